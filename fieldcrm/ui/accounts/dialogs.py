"""Small questions of the accounts: when to visit, whom to call, which stores to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from fieldcrm.storage.account_list import Query
from fieldcrm.ui import formats
from fieldcrm.ui.accounts import words
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import FIELD_ACTION, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Chips
from fieldcrm.ui.widgets.fields import ChoiceField, DayField, Field
from fieldcrm.ui.widgets.labels import Label
from fieldcrm.ui.widgets.overlays import Dialog


def ask_day(host: QWidget, name: str, today: date, plan: Callable[[date], object]) -> Dialog:
    """Ask for the day of a visit."""
    dialog = Dialog(tr("Visit {store} on which day?", store=name))
    days = [today + timedelta(n) for n in (0, 1, 2, 7)]
    chips = Chips([(day, _near(day, today)) for day in days], current=days[1])
    field = DayField(days[1], height=FIELD_ACTION)
    line = Field(tr("Day"), field)

    def on_chip() -> None:
        if isinstance(chips.current, date):
            field.show_day(chips.current)

    def press() -> None:
        if field.day < today:
            line.show_error(tr("Choose today or a later day."))
            field.setFocus()
            return
        dialog.leave()
        plan(field.day)

    chips.changed.connect(on_chip)
    field.chosen.connect(chips.choose)
    dialog.add(chips, line)
    dialog.button(tr("Cancel"))
    dialog.button(tr("Schedule visit"), "primary", press, stays=True)
    dialog.ask(host, focus=field)
    return dialog


def _near(day: date, today: date) -> str:
    away = (day - today).days
    return (tr("Today"), tr("Tomorrow"))[away] if away < 2 else formats.day(day, today)


def show_phone(
    host: QWidget, person: str, place: str, phone: str, record: Callable[[], object] | None = None
) -> Dialog:
    """Show whom to call; the number can be copied or handed to a phone program, the call written down."""
    dialog = Dialog(tr("Call {person}", person=person or place), place if person else "")
    dialog.add(Label(formats.phone(phone), 28, SEMIBOLD))
    dialog.button(tr("Close"))
    dialog.button(tr("Copy number"), on_click=lambda: QGuiApplication.clipboard().setText(phone))
    if record is not None:
        dialog.button(tr("Write it down"), on_click=record)
    dialog.button(
        tr("Call"), "primary", lambda: QDesktopServices.openUrl(QUrl(f"tel:{phone.replace(' ', '')}"))
    )
    dialog.ask(host)
    return dialog


def ask_filter(host: QWidget, query: Query, cities: Sequence[str], show: Callable[[Query], object]) -> Dialog:
    """Ask for channel, grade and city; they combine with the chips and the search."""
    dialog = Dialog(tr("Which stores to show?"))
    channel = ChoiceField([("", tr("All channels")), *((c, words.channel(c)) for c in words.CHANNEL)])
    grade = ChoiceField([("", tr("All grades")), *((g, words.grade(g)) for g in words.GRADES)])
    city = ChoiceField([("", tr("All cities")), *((c, c) for c in cities)])
    for field, value in ((channel, query.channel), (grade, query.grade), (city, query.city)):
        field.choose(value)
    dialog.add(Field(tr("Channel"), channel), Field(tr("Grade"), grade), Field(tr("City"), city))

    def press() -> None:
        show(replace(query, channel=str(channel.value), grade=str(grade.value), city=str(city.value)))

    dialog.button(tr("Cancel"))
    dialog.button(tr("Clear"), on_click=lambda: show(replace(query, channel="", grade="", city="")))
    dialog.button(tr("Show stores"), "primary", press)
    dialog.ask(host, focus=channel)
    return dialog
