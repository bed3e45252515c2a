"""The middle of phone work: whom to call, what came of it, what follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.model.calls import CallOutcome
from fieldcrm.services.account_pages import AccountPage
from fieldcrm.services.calls import Report
from fieldcrm.ui import formats
from fieldcrm.ui.calls import words
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, Chips, IconButton
from fieldcrm.ui.widgets.fields import DayField, Field, Stepper
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Label, caption, secondary, section_title
from fieldcrm.ui.widgets.typing import LineField, TextField

MORNING = "10:00"


class CallForm(QWidget):
    """Numbers to call and the record of the call; ``report`` says what is wrong beside its field."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        self._page: AccountPage | None = None
        self._aside: dict[UUID, tuple[object, str]] = {}
        self._begun: datetime | None = None
        self._dialled: tuple[UUID | None, str] = (None, "")
        self._numbers = QVBoxLayout()
        self._numbers.setSpacing(8)
        self.outcome = Chips([(key, tr(text)) for key, text in words.OUTCOMES.items()])
        self.outcome.changed.connect(self._on_outcome)
        self.missing = Label("", 12, tone="bad")
        self.note = TextField(height=72, name=tr("Note"))
        self.minutes = Stepper(most=Decimal(240), name=tr("Minutes"))
        self.step = Chips([(key, tr(text)) for key, text in words.STEPS.items()], current=words.NOTHING)
        self.step.changed.connect(self._show_step)
        self.day, self.time = DayField(), LineField(MORNING)
        self.todo = LineField()
        self._day = Field(tr("Day"), self.day)
        self._time = Field(tr("Time"), self.time)
        self._todo = Field(tr("What was agreed"), self.todo)
        self._build()
        self._show_step()

    def _build(self) -> None:
        times = row(self._day, self._time, None, gap=12)
        said = row(Field(tr("Note"), self.note), Field(tr("Minutes"), self.minutes), gap=16)
        said.setStretch(0, 1)
        self.setLayout(
            column(
                section_title(tr("Numbers")), self._numbers, 4,
                section_title(tr("What came of it")), self.outcome, self.missing, said,
                section_title(tr("Next step")), self.step, self._todo, times, None,
                gap=8,
            )
        )  # fmt: skip

    def show_account(self, page: AccountPage, today: date) -> None:
        """Begin with a store; one that is shown already keeps what was typed."""
        was = self._page
        self._page = page
        if was is None or was.id != page.id:
            self._put_aside(was)
            self.clear(today)
            self._take_up(page)
        self._show_numbers(page)

    def clear(self, today: date) -> None:
        """Begin anew."""
        self._begun, self._dialled = None, (None, "")
        self.outcome.choose(None)
        self.step.choose(words.NOTHING)
        self.note.setText("")
        self.todo.setText("")
        self.time.setText(MORNING)
        self.day.show_day(today + timedelta(1))
        self.minutes.set_value(Decimal())
        self._complain("")
        self._show_step()

    def _put_aside(self, page: AccountPage | None) -> None:
        """Remember what was typed of a call that was not kept."""
        typed = self.outcome.current, self.note.text()
        if page is not None and any(typed):
            self._aside[page.id] = typed

    def _take_up(self, page: AccountPage) -> None:
        outcome, note = self._aside.pop(page.id, (None, ""))
        self.note.setText(note)
        if outcome is not None:
            self.outcome.choose(outcome)

    def _show_numbers(self, page: AccountPage) -> None:
        while item := self._numbers.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        known = [(each.id, each.name, each.title or each.role, each.phone) for each in page.contacts]
        people: list[tuple[UUID | None, str, str, str]] = [each for each in known if each[3]]
        if page.phone:
            people.append((None, tr("The store's own number"), "", page.phone))
        for contact_id, name, title, phone in people:
            self._numbers.addWidget(_Number(name, title, phone, partial(self.dial, contact_id, phone)))
        if not people:
            self._numbers.addWidget(secondary(tr("No number is known. Add a contact on the account's page.")))

    def dial(self, contact_id: UUID | None = None, phone: str = "") -> None:
        """Hand a number to the phone program and begin to count the minutes; the first without one."""
        if not phone and self._page is not None:
            person = next((each for each in self._page.contacts if each.phone), None)
            contact_id = person.id if person else None
            phone = person.phone if person else self._page.phone
        if phone:
            self._begun, self._dialled = self._now(), (contact_id, phone)
            QDesktopServices.openUrl(QUrl(f"tel:{phone.replace(' ', '')}"))

    def _on_outcome(self) -> None:
        self._complain("")
        if self._begun is not None and not self.minutes.value:
            self.minutes.set_value(Decimal(round((self._now() - self._begun).total_seconds() / 60)))
        if self.outcome.current is CallOutcome.CALL_BACK:
            self.step.choose(words.AGAIN)
            self._show_step()

    def pick_outcome(self, number: int) -> None:
        """Choose an outcome by its place."""
        self.outcome.choose(list(words.OUTCOMES)[number])
        self._on_outcome()

    def _show_step(self) -> None:
        step = self.step.current
        self._todo.setVisible(step == words.TODO)
        self._day.setVisible(step != words.NOTHING)
        self._time.setVisible(step == words.AGAIN)

    def _complain(self, error: str) -> None:
        self.missing.show_text(error)
        self.missing.setVisible(bool(error))
        for field in (self._todo, self._day, self._time):
            field.show_error("")

    @property
    def started_at(self) -> datetime:
        """When the call began, as well as that is known."""
        return self._begun or self._now() - timedelta(minutes=int(self.minutes.value))

    def report(self) -> Report | None:
        """Return what is to be kept, or None after saying what is missing and going there."""
        self._complain("")
        outcome, step = self.outcome.current, self.step.current
        if not isinstance(outcome, CallOutcome):
            self._complain(tr("Choose what came of the call."))
            self.outcome.focusNextChild()
            return None
        if outcome is CallOutcome.CALL_BACK and step != words.AGAIN:
            self.step.choose(words.AGAIN)
            self._show_step()
            return None
        if step == words.TODO and not self.todo.text().strip():
            self._lacks(self._todo, tr("Write what was agreed."))
            return None
        if step != words.NOTHING and self.day.day < self._now().astimezone(DEFAULT_ZONE).date():
            self._lacks(self._day, tr("Choose today or a later day."))
            return None
        again = moment(self.day.day, self.time.text()) if step == words.AGAIN else None
        if step == words.AGAIN and (again is None or again <= self._now()):
            self._lacks(self._time, tr("Choose a time to come, as in 14:30."))
            return None
        return self._report(outcome, again)

    def _report(self, outcome: CallOutcome, again: datetime | None) -> Report:
        step, (contact_id, phone) = self.step.current, self._dialled
        return Report(
            outcome,
            contact_id=contact_id,
            phone=phone,
            seconds=int(self.minutes.value) * 60,
            note=self.note.text(),
            call_back_at=again,
            visit_on=self.day.day if step == words.VISIT else None,
            todo=self.todo.text() if step == words.TODO else "",
            todo_due=self.day.day if step == words.TODO else None,
        )

    def _lacks(self, field: Field, error: str) -> None:
        field.show_error(error)
        field.control.setFocus()


def moment(on: date, said: str) -> datetime | None:
    """Return the time of day that was typed, on a day; None where it is no time."""
    try:
        at = time.fromisoformat(said.strip().replace("：", ":"))
    except ValueError:
        return None
    return datetime.combine(on, at.replace(tzinfo=None), DEFAULT_ZONE)


class _Number(QWidget):
    """One person and the number, to call or to copy."""

    def __init__(self, name: str, title: str, phone: str, dial: Callable[[], object]) -> None:
        super().__init__()
        number = formats.phone(phone)
        said = column(Label(f"{name}  {number}", 14, SEMIBOLD), caption(title), gap=0)
        if not title:
            said = column(Label(f"{name}  {number}", 14, SEMIBOLD), gap=0)
        copy = IconButton(
            "content-copy", tr("Copy {number}", number=number),
            lambda: QGuiApplication.clipboard().setText(phone), quiet=True,
        )  # fmt: skip
        line = row(said, copy, Button(tr("Call"), icon="phone-outline", on_click=dial), gap=8)
        line.setStretch(0, 1)
        self.setLayout(line)
