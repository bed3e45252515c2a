"""Small questions of Today: why a stop is skipped, where it moves, whom to call, how to get there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from fieldcrm.rules.positions import WGS84, Position
from fieldcrm.services.today import Stop
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.map.canvas import MapCanvas
from fieldcrm.ui.map.pins import Mark, Pin
from fieldcrm.ui.map.tiles import Sheet
from fieldcrm.ui.today import words
from fieldcrm.ui.tokens import FIELD_ACTION, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Chips
from fieldcrm.ui.widgets.fields import DayField, Field, Tick
from fieldcrm.ui.widgets.frames import column, holder
from fieldcrm.ui.widgets.labels import Label, secondary
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField


def ask_skip(host: QWidget, stop: Stop, skip: Callable[[str], object]) -> Dialog:
    """Ask why a stop is left out today; its own words beat the reasons offered."""
    dialog = Dialog(tr("Skip {store} today?", store=stop.name), tr("The reason goes into the day's report."))
    ticks = [Tick(tr(reason), on=number == 0, round=True) for number, reason in enumerate(words.SKIP_REASONS)]
    for tick in ticks:
        tick.setAutoExclusive(True)
    other = LineField(height=FIELD_ACTION)
    dialog.add(holder(column(*ticks, gap=4)), Field(tr("Another reason"), other))

    def press() -> None:
        chosen = next(tick.text() for tick in ticks if tick.isChecked())
        skip(other.text().strip() or chosen)

    dialog.button(tr("Cancel"))
    dialog.button(tr("Skip"), "primary", press)
    dialog.ask(host, focus=ticks[0])
    return dialog


def ask_move(host: QWidget, stop: Stop, today: date, move: Callable[[date, str], object]) -> Dialog:
    """Ask for the new day of a stop, and why it moves."""
    dialog = Dialog(tr("Move {store} to which day?", store=stop.name))
    days = [today + timedelta(n) for n in (1, 2, 7)]
    chips = Chips([(day, _near_day(day, today)) for day in days], current=days[0])
    field = DayField(days[0], height=FIELD_ACTION)
    reason = LineField(height=FIELD_ACTION)
    chips.changed.connect(lambda: field.show_day(_day(chips.current, field.day)))
    field.chosen.connect(chips.choose)
    help_line = Field(tr("New day"), field)
    dialog.add(chips, help_line, Field(tr("Reason, if any"), reason))

    def press() -> None:
        if field.day <= today:
            help_line.show_error(tr("Choose a day after today."))
            field.setFocus()
            return
        dialog.leave()
        move(field.day, reason.text().strip())

    dialog.button(tr("Cancel"))
    dialog.button(tr("Move"), "primary", press, stays=True)
    dialog.ask(host, focus=field)
    return dialog


def _near_day(day: date, today: date) -> str:
    return tr("Tomorrow") if (day - today).days == 1 else formats.day(day, today)


def _day(chosen: object, otherwise: date) -> date:
    return chosen if isinstance(chosen, date) else otherwise


def show_phone(host: QWidget, stop: Stop) -> Dialog:
    """Show whom to call; the number can be copied or handed to a phone program."""
    facts = stop.facts
    who = " ".join(word for word in (facts.contact_title, facts.contact) if word) or stop.name
    dialog = Dialog(tr("Call {person}", person=who), stop.name)
    dialog.add(Label(formats.phone(facts.phone), 28, SEMIBOLD))
    dialog.button(tr("Close"))
    dialog.button(tr("Copy number"), on_click=lambda: QGuiApplication.clipboard().setText(facts.phone))
    dialog.button(
        tr("Call"), "primary", lambda: QDesktopServices.openUrl(QUrl(f"tel:{facts.phone.replace(' ', '')}"))
    )
    dialog.ask(host)
    return dialog


def show_route(host: QWidget, stop: Stop, here: Position | None, sheet: Sheet | None) -> Dialog:
    """Show the store and the stop before it on a larger map, with its address to copy."""
    dialog = Dialog(tr("Way to {store}", store=stop.name), width=760)
    canvas = MapCanvas(tr("Map of the way"))
    canvas.setFixedHeight(360)
    canvas.use_sheet(sheet)
    store = stop.position
    marks = [Mark(here, Pin.DONE, "", tr("Stop before"))] if here is not None else []
    if store is not None:
        marks.append(Mark(store, Pin.NEXT, str(stop.number), stop.name))
    ends = (here, store) if here is not None and store is not None else ()
    canvas.show_marks(marks, (), [end for end in ends if end is not None])
    text = [stop.address or tr("No address")]
    if stop.leg_km is not None and stop.leg_minutes is not None:
        text.append(
            tr(
                "about {distance}, {time}",
                distance=formats.distance(stop.leg_km * 1000),
                time=formats.duration(60 * round(stop.leg_minutes)),
            )
        )
    dialog.add(canvas, secondary(" · ".join(text)))
    dialog.button(tr("Close"))
    dialog.button(tr("Copy address"), on_click=lambda: QGuiApplication.clipboard().setText(_spot(stop)))
    dialog.ask(host)
    return dialog


def _spot(stop: Stop) -> str:
    if stop.position is None:
        return stop.address
    place = stop.position.to(WGS84)
    return f"{stop.name}, {stop.address}, {place.latitude:.6f}, {place.longitude:.6f}"
