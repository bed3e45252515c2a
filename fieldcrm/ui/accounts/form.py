"""The fields of an account: their widgets, their checks, their values as plain JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.errors import Invalid
from fieldcrm.rules import accounts as rules
from fieldcrm.rules import opening
from fieldcrm.rules.importing import values as readers
from fieldcrm.rules.positions import Position, of_degrees
from fieldcrm.services import accounts
from fieldcrm.services.addresses import one_line
from fieldcrm.ui.accounts import words
from fieldcrm.ui.accounts.hours import HoursField
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import ChoiceField, Field
from fieldcrm.ui.widgets.frames import card, column, row
from fieldcrm.ui.widgets.labels import section_title
from fieldcrm.ui.widgets.typing import LineField, TextField

LINES = (
    "name", "code", "phone", "province", "city", "district", "address", "postcode", "latitude", "longitude",
    "service_minutes", "cadence_days", "tags", "tax_id",
)  # fmt: skip
_NUMBERS = ("service_minutes", "cadence_days")
_PLACE = ("latitude", "longitude")


class Form(QWidget):
    """Four groups of fields; ``changed`` follows every keystroke."""

    changed = Signal()
    pick_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._showing = False
        self.lines = {name: LineField() for name in LINES}
        self.note = TextField(height=88)
        self.channel = ChoiceField([(code, words.channel(code)) for code in words.CHANNEL])
        self.grade = ChoiceField([(code, words.grade(code)) for code in words.GRADES])
        self.datum = ChoiceField([(code, tr(name)) for code, name in words.DATUMS.items()])
        self.territories = ChoiceField()
        self.hours = HoursField()
        self._fields = self._labelled()
        self._lay_out()
        for name, line in self.lines.items():
            line.textEdited.connect(lambda _text: self._tell())
            line.left.connect(lambda name=name: self._on_left(name))
        for choice in (self.channel, self.grade, self.datum, self.territories):
            choice.chosen.connect(lambda _value: self._tell())
        self.note.settled.connect(lambda _text: self._tell())
        self.hours.changed.connect(self._on_hours)

    def _labelled(self) -> dict[str, Field]:
        help_ = {
            "latitude": tr("Such as 30.2741"), "longitude": tr("Such as 120.1551"),
            "cadence_days": tr("Empty: by the office's rules"),
            "tags": tr("Separated by commas"),
        }  # fmt: skip
        fields = {
            name: Field(tr(words.FIELDS[name]), line, help_.get(name, ""), required=name == "name")
            for name, line in self.lines.items()
        }
        fields["datum"] = Field(
            tr("Coordinate system"), self.datum, tr("Phones give WGS-84; Chinese maps give GCJ-02 or BD-09.")
        )
        fields["channel"] = Field(tr("Channel"), self.channel)
        fields["grade"] = Field(tr("Grade"), self.grade)
        fields["territory"] = Field(tr("Territory"), self.territories)
        fields["opening"] = Field(tr("Opening hours"), self.hours)
        fields["note"] = Field(tr("Note"), self.note)
        return fields

    def _lay_out(self) -> None:
        field = self._fields
        pick = Button(tr("Pick on the map"), icon="map-marker-plus-outline", on_click=self.pick_wanted.emit)
        store = card(
            section_title(tr("Store")), field["name"],
            _beside(field["code"], field["channel"], field["grade"]),
            _beside(field["phone"], field["territory"]), gap=12,
        )  # fmt: skip
        place = card(
            row(section_title(tr("Address and position")), None, pick), field["address"],
            _beside(field["province"], field["city"], field["district"], field["postcode"]),
            _beside(field["latitude"], field["longitude"], field["datum"]), gap=12,
        )  # fmt: skip
        visits = card(
            section_title(tr("Store visits")), field["opening"],
            _beside(field["service_minutes"], field["cadence_days"]), gap=12,
        )  # fmt: skip
        more = card(section_title(tr("More")), _beside(field["tax_id"], field["tags"]), field["note"], gap=12)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(column(store, place, visits, more, gap=16))

    # -- values ---------------------------------------------------------------------------

    def show_values(self, values: dict[str, Any]) -> None:
        """Show these values and forget what was wrong."""
        self._showing = True
        for name, line in self.lines.items():
            value = values.get(name)
            line.setText(
                tr(", ").join(value) if isinstance(value, list) else "" if value is None else str(value)
            )
        self.note.setText(values.get("note", ""))
        self.channel.choose(values.get("channel"))
        self.grade.choose(values.get("grade"))
        self.datum.choose(values.get("datum"))
        self.hours.show_windows(opening.windows_of(values.get("opening", [])))
        for field in self._fields.values():
            field.show_error("")
        self._showing = False

    def values(self) -> dict[str, Any]:
        """Return what is typed now, as plain JSON; a field that cannot be read stays as its text."""
        found: dict[str, Any] = {name: line.text().strip() for name, line in self.lines.items()}
        for name in _NUMBERS:
            found[name] = _number(found[name])
        found["tags"] = rules.tags(found["tags"])
        return found | {
            "note": self.note.text(), "channel": self.channel.value, "grade": self.grade.value,
            "datum": self.datum.value, "opening": self.hours.stored(),
        }  # fmt: skip

    def show_territories(self, choices: Sequence[tuple[UUID, str]], current: UUID | None) -> None:
        """Offer the territories a user may write in; one alone is not asked for."""
        self.territories.show_choices(choices, current)
        self._fields["territory"].setVisible(len(choices) > 1)

    def territory(self) -> UUID | None:
        """Return the chosen territory."""
        return self.territories.value if isinstance(self.territories.value, UUID) else None

    def position(self) -> Position | None:
        """Return the typed position, or None when it is empty or cannot be read."""
        try:
            return self._position()
        except Invalid:
            return None

    def whole_address(self) -> str:
        """Return the address as one asks for it."""
        return one_line(*(self.lines[name].text() for name in ("province", "city", "district", "address")))

    def show_position(self, position: Position) -> None:
        """Take a position picked on the map, in the map's own datum."""
        self.lines["latitude"].setText(f"{position.latitude:.7f}")
        self.lines["longitude"].setText(f"{position.longitude:.7f}")
        self.datum.choose(position.datum)
        for name in _PLACE:
            self._fields[name].show_error("")
        self._tell()

    # -- checking -------------------------------------------------------------------------

    def has(self, name: str) -> bool:
        """Return whether there is such a field."""
        return name in self._fields

    def show_error(self, name: str, said: str) -> None:
        """Say what is wrong with a field."""
        self._fields[name].show_error(said)

    def check_all(self) -> list[str]:
        """Check every field; returns those that cannot stay, from top to bottom."""
        return [name for name in (*self.lines, "opening", "note") if not self._check(name)]

    def settle(self) -> None:
        """Bring the place into its official spelling before it is saved."""
        city = self.lines["city"]
        if city.text().strip():
            place = accounts.settle_place({"city": city.text(), "province": self.lines["province"].text()})
            for name, value in place.items():
                if value:
                    self.lines[name].setText(value)

    def focus_field(self, name: str) -> None:
        """Give a field the focus; a name that is no field means the first."""
        control = self._fields.get({"position": "latitude"}.get(name, name), self._fields["name"]).control
        control.setFocus()
        if isinstance(control, LineField):
            control.selectAll()

    def first(self) -> QWidget:
        """Return the first field."""
        return self.lines["name"]

    def _on_left(self, name: str) -> None:
        if name in ("city", "province"):
            self.settle()
        self._check(name)

    def _on_hours(self) -> None:
        self._check("opening")
        self._tell()

    def _check(self, name: str) -> bool:
        try:
            kept = self._kept(name)
        except Invalid as error:
            self._fields[name].show_error(worded(error).title)
            return False
        self._fields[name].show_error("")
        if isinstance(kept, str) and name in self.lines and kept != self.lines[name].text():
            self.lines[name].setText(kept)
        return True

    def _kept(self, name: str) -> object:
        if name in _PLACE:
            self._position()
            return None
        if name == "opening":
            return accounts.checked(name, self.hours.stored())
        if name == "note":
            return accounts.checked(name, self.note.text())
        text = self.lines[name].text().strip()
        if name in _NUMBERS:
            if not text and name == "service_minutes":
                raise Invalid("required", field=name)
            return accounts.checked(name, readers.whole(text, name)) if text else None
        if name == "tags":
            return None
        return accounts.checked(name, text) if text or name == "name" else ""

    def _position(self) -> Position | None:
        north, east = (self.lines[name].text().strip() for name in _PLACE)
        if not north and not east:
            return None
        if not north or not east:
            raise Invalid("half_a_position", field="latitude")
        degrees = readers.degrees(north, "latitude"), readers.degrees(east, "longitude")
        return of_degrees(float(degrees[0]), float(degrees[1]), str(self.datum.value))

    def _tell(self) -> None:
        if not self._showing:
            self.changed.emit()


def _beside(*fields: Field) -> Any:
    line = row(*fields, gap=12)
    for place in range(len(fields)):
        line.setStretch(place, 1)
    return line


def _shown(value: object) -> str:
    if isinstance(value, list):
        return tr(", ").join(value)
    return "" if value is None else str(value)


def _number(text: str) -> int | str | None:
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() else text
