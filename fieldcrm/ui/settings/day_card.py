"""The terms of one's days: when and where they begin and end, lunch, how fast one gets around (V5)."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QFrame, QWidget

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.model.planning_defaults import TERMS
from fieldcrm.rules.positions import Position, of_degrees
from fieldcrm.rules.routing.day import Terms
from fieldcrm.rules.routing.distances import Place, Travel
from fieldcrm.rules.routing.terms import USUAL
from fieldcrm.storage import planning
from fieldcrm.ui.accounts.position_dialog import PositionDialog
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.plan import route_words
from fieldcrm.ui.settings.defaults import DefaultLine
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import Field, Tick
from fieldcrm.ui.widgets.frames import card, column, holder, row
from fieldcrm.ui.widgets.labels import caption, secondary, section_title
from fieldcrm.ui.widgets.typing import LineField

_CLOCKS = ("depart", "latest", "lunch_from", "lunch_until")


class DayCard:
    """Every planning uses what is saved here."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._places: dict[str, Place | None] = {"start": None, "end": None}
        self._said = {"start": secondary(""), "end": secondary("")}
        self._none: dict[str, Button] = {}
        self.lunch = Tick(tr("A lunch break"), on=True)
        self.fields = {
            "depart": Field(tr("The day begins"), LineField()),
            "latest": Field(tr("and ends at the latest"), LineField()),
            "lunch_from": Field(tr("Lunch begins between"), LineField()),
            "lunch_until": Field(tr("and"), LineField()),
            "lunch_minutes": Field(tr("Minutes for lunch"), LineField()),
            "kmh": Field(tr("Usual speed, km/h"), LineField()),
            "detour": Field(tr("Road per straight km"), LineField(), tr("1.35 where roads are winding")),
            "parking_minutes": Field(tr("Minutes to park"), LineField()),
        }
        self.save = Button(tr("Save these terms"), icon="check", on_click=self._save)
        self.note = secondary("")
        self.default = DefaultLine(context, TERMS, self.load)
        names = {"start": tr("Begins at"), "end": tr("Ends at")}
        self.card: QFrame = card(
            section_title(tr("Your day on the road")),
            caption(tr("Used for every route. It stays on this laptop; nobody else sees where you start.")),
            4, self._beside("depart", "latest"), self._place("start", names["start"]),
            self._place("end", names["end"]), self.lunch,
            self._beside("lunch_from", "lunch_until", "lunch_minutes"),
            self._beside("kmh", "detour", "parking_minutes"), row(self.save, self.note, None, gap=12),
            self.default, gap=12,
        )  # fmt: skip
        self.lunch.toggled.connect(self._show_lunch)
        self.show_terms(USUAL)

    def load(self) -> None:
        """Read what is kept."""
        self._context.jobs.read(self.card, planning.terms, self.show_terms)
        self.default.load()

    def show_terms(self, terms: Terms) -> None:
        """Show terms."""
        lunch_from = USUAL.lunch_from if terms.lunch_from is None else terms.lunch_from
        clocks = (terms.depart, terms.latest, lunch_from or 0, terms.lunch_until)
        for name, minutes in zip(_CLOCKS, clocks, strict=True):
            self._line(name).setText(route_words.clock(minutes))
        travel = terms.travel
        numbers = (terms.lunch_minutes, travel.kmh, travel.detour, travel.parking_minutes)
        for name, value in zip(("lunch_minutes", "kmh", "detour", "parking_minutes"), numbers, strict=True):
            self._line(name).setText(f"{value:g}")
        self._put("start", terms.start)
        self._put("end", terms.end)
        self.lunch.setChecked(terms.lunch_from is not None)
        self._show_lunch(terms.lunch_from is not None)

    def typed(self) -> Terms:
        """Return what is typed, or raise ``Invalid`` naming the field."""
        clocks = {name: _minutes(name, self._line(name).text()) for name in _CLOCKS}
        travel = Travel(
            detour=self._number("detour"),
            kmh=self._number("kmh"),
            parking_minutes=self._number("parking_minutes"),
        )
        has_lunch = self.lunch.isChecked()
        return replace(
            USUAL, depart=clocks["depart"], latest=clocks["latest"], travel=travel,
            start=self._places["start"], end=self._places["end"],
            lunch_from=clocks["lunch_from"] if has_lunch else None,
            lunch_until=clocks["lunch_until"] if has_lunch else USUAL.lunch_until,
            lunch_minutes=round(self._number("lunch_minutes")),
        )  # fmt: skip

    def _save(self) -> None:
        for field in self.fields.values():
            field.show_error("")
        self.note.show_text("")
        try:
            terms = self.typed()
        except Invalid as error:
            self._refuse(error)
            return
        self._context.jobs.write(
            self.card, lambda session: planning.keep_terms(session, terms), self._kept, self._refuse
        )

    def _kept(self, _nothing: object) -> None:
        self.note.show_text(tr("Saved. The next route uses it."), "ok")
        self.default.load()

    def _refuse(self, error: FieldCrmError) -> None:
        if not isinstance(error, Invalid) or error.field not in self.fields:
            self._context.shell.show_error(error)
            return
        field = self.fields[error.field]
        field.show_error(_said(error))
        field.control.setFocus()

    def _show_lunch(self, has: bool) -> None:
        for name in ("lunch_from", "lunch_until", "lunch_minutes"):
            self.fields[name].setEnabled(has)

    def _place(self, which: str, name: str) -> QWidget:
        pick = Button(tr("Pick on the map"), icon="map-marker-outline", on_click=lambda: self._pick(which))
        pick.setAccessibleName(f"{name}: {pick.text()}")
        none = self._none[which] = Button(tr("No place"), "link", on_click=lambda: self._put(which, None))
        none.setAccessibleName(f"{name}: {none.text()}")
        return holder(column(row(caption(name), self._said[which], None, none, pick, gap=12)))

    def _pick(self, which: str) -> None:
        place = self._places[which]
        current = of_degrees(place.latitude, place.longitude) if place else None

        def take(position: Position) -> None:
            self._put(which, position.place())

        title = tr("Where does your day begin?") if which == "start" else tr("Where does your day end?")
        PositionDialog(self._context, current, take, title=title).open()

    def _put(self, which: str, place: Place | None) -> None:
        self._places[which] = place
        self._none[which].setVisible(place is not None)
        nowhere = tr("at the first store") if which == "start" else tr("at the last store")
        self._said[which].show_text(f"{place.latitude:.5f}, {place.longitude:.5f}" if place else nowhere)

    def _beside(self, *names: str) -> QWidget:
        return holder(row(*(self.fields[name] for name in names), gap=16))

    def _line(self, name: str) -> LineField:
        control = self.fields[name].control
        assert isinstance(control, LineField)  # noqa: S101 - made above
        return control

    def _number(self, name: str) -> float:
        try:
            return float(self._line(name).text().strip().replace(",", ".").replace("，", "."))
        except ValueError:
            raise Invalid("not_a_number", field=name) from None


def _minutes(name: str, text: str) -> int:
    hours, _, minutes = text.strip().replace("：", ":").partition(":")
    try:
        found = int(hours) * 60 + int(minutes or 0)
    except ValueError:
        raise Invalid("not_a_time", field=name) from None
    if not 0 <= found <= 24 * 60:
        raise Invalid("not_a_time", field=name)
    return found


def _said(error: Invalid) -> str:
    match error.code:
        case "not_a_time":
            return tr("A time such as 8:30.")
        case "not_a_number":
            return tr("A number, please.")
        case "ends_before_it_begins":
            return tr("It ends before it begins.")
        case _ if "minimum" in error.data:
            least, most = error.data["minimum"], error.data["maximum"]
            return tr("Between {least} and {most}.", least=least, most=most)
    return tr("This cannot stay.")
