"""The last step: what is missing, what to report, when to come back; and the summary after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.rules.visits import Gap
from fieldcrm.services.workspace import Workspace
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.tokens import FIELD_ACTION, REGULAR, SEMIBOLD
from fieldcrm.ui.visit import words
from fieldcrm.ui.visit.progress import Progress
from fieldcrm.ui.widgets.buttons import Button, Chips
from fieldcrm.ui.widgets.fields import DayField, Field
from fieldcrm.ui.widgets.frames import card, column, row
from fieldcrm.ui.widgets.labels import Label, Sign, caption, secondary, section_title
from fieldcrm.ui.widgets.typing import LineField, TextField

_LATER = (7, 14, 28)


class Figures(QWidget):
    """A few figures side by side."""

    def __init__(self, count: int = 5) -> None:
        super().__init__()
        self._pairs = [(caption(""), Label("", 20, SEMIBOLD)) for _ in range(count)]
        cells = [column(name, value, gap=2) for name, value in self._pairs]
        self.setLayout(row(*cells, gap=32))

    def show_figures(self, figures: Sequence[tuple[str, str]]) -> None:
        """Show (name, value) from left to right."""
        for (name, value), (text, figure) in zip(self._pairs, figures, strict=False):
            name.show_text(text)
            value.show_text(figure)


class WrapUp(QWidget):
    """Gaps, the report and the next visit; every change is told at once."""

    changed = Signal()
    gap_chosen = Signal(str, str)  # step key, field key

    def __init__(self, today: date) -> None:
        super().__init__()
        self._today = today
        self.setProperty("surface", "clear")
        self.figures = Figures()
        self._gaps = QVBoxLayout()
        self._gaps.setSpacing(0)
        self._gap_title = section_title("")
        self._gap_card = card(self._gap_title, self._gaps, gap=4)
        self._summary = TextField(height=96, name=tr("Report"))
        days = [(today + timedelta(n), _in_days(n)) for n in _LATER]
        self._chips = Chips([(None, tr("No date")), *days])
        self._day = DayField(today + timedelta(7), height=FIELD_ACTION, name=tr("Next visit"))
        self._day.setFixedWidth(176)
        self._time = LineField(hint="10:30", height=FIELD_ACTION, name=tr("Time of the next visit"))
        self._time.setFixedWidth(96)
        next_row = row(self._day, self._time, secondary(tr("it becomes a plan"), "text3"), None, gap=12)
        self._body = column(
            Label(tr("Wrap up and check out"), 20, SEMIBOLD),
            card(self.figures),
            self._gap_card,
            card(Field(tr("Report for your manager"), self._summary)),
            card(section_title(tr("Next visit")), self._chips, next_row, gap=12),
            None,
            gap=16,
            margins=(32, 24, 32, 16),
        )
        self.setLayout(self._body)
        self._summary.settled.connect(lambda _text: self.changed.emit())
        self._chips.changed.connect(self._on_chip)
        self._day.chosen.connect(self._on_day)
        self._time.settled.connect(lambda _text: self.changed.emit())

    def show_progress(self, progress: Progress) -> None:
        """Show what was written so far."""
        self._summary.blockSignals(True)
        self._summary.setText(progress.summary)
        self._summary.blockSignals(False)
        if progress.next_on is not None:
            self._day.show_day(progress.next_on)
        self._chips.choose(progress.next_on)
        self._show_day(progress.next_on is not None)
        self._time.blockSignals(True)
        self._time.setText(progress.next_time)
        self._time.blockSignals(False)

    def take(self, progress: Progress) -> None:
        """Write what stands here into ``progress``."""
        progress.summary = self._summary.text()
        progress.next_on = self._day.day if not self._day.isHidden() else None
        progress.next_time = self._time.text().strip() if progress.next_on else ""

    def time_is_wrong(self) -> bool:
        """Whether the time of the next visit is no time; says so at the field."""
        wrong = bool(self._time.text().strip()) and not is_time(self._time.text().strip())
        self._time.set_wrong(wrong and not self._time.isHidden())
        return wrong and not self._time.isHidden()

    def show_gaps(self, gaps: Sequence[Gap]) -> None:
        """List what is missing; a press goes there."""
        while (item := self._gaps.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for gap in gaps:
            self._gaps.addWidget(_GapLine(gap, partial(self._go, gap)))
        gating = sum(gap.gates for gap in gaps)
        self._gap_title.show_text(
            ntr("{n} required answer is missing", "{n} required answers are missing", gating)
            if gating
            else tr("Optional answers left")
        )
        self._gap_card.setVisible(bool(gaps))

    def take_focus(self) -> None:
        """Go to the report."""
        self._summary.setFocus()

    def _go(self, gap: Gap) -> None:
        self.gap_chosen.emit(gap.step_key, gap.field_key)

    def _on_chip(self) -> None:
        chosen = self._chips.current
        if isinstance(chosen, date):
            self._day.show_day(chosen)
        self._show_day(isinstance(chosen, date))
        self.changed.emit()

    def _on_day(self, day: object) -> None:
        self._chips.choose(day)
        self.changed.emit()

    def _show_day(self, shown: bool) -> None:
        self._day.setVisible(shown)
        self._time.setVisible(shown)


class _GapLine(QWidget):
    def __init__(self, gap: Gap, go: Callable[[], object]) -> None:
        super().__init__()
        sign = Sign("alert" if gap.gates else "circle-outline", 18, "warn" if gap.gates else "neutral")
        button = Button(tr("Go there"), "link", height=28, on_click=go)
        line = row(sign, Label(words.gap(gap), 14, REGULAR), None, button)
        self.setLayout(line)
        self.setFixedHeight(36)


class Summary(QWidget):
    """What a finished visit held, step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "clear")
        self._title = Label(tr("Visit done"), 20, SEMIBOLD)
        self._text = Label("", 14, REGULAR, "text2")
        self.figures = Figures()
        self._steps = column(gap=16)
        self.setLayout(
            column(
                row(Sign("check-circle", 28, "ok"), column(self._title, self._text, gap=2), gap=12),
                card(self.figures),
                self._steps,
                None,
                gap=16,
                margins=(32, 24, 32, 16),
            )
        )

    def show_visit(self, visit: Workspace) -> None:
        """Show a closed visit."""
        if visit.ended_at is not None:
            self._text.show_text(formats.clock_range(visit.started_at, visit.ended_at))
        self.figures.show_figures(figures(visit, visit.ended_at or visit.started_at, 0))
        while (item := self._steps.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for step in visit.template.steps if visit.template else ():
            answers = visit.work.answers.get(step.key, {})
            lines = [
                row(secondary(asked.label), None, Label(words.answer(asked, answers.get(asked.key)), 13))
                for asked in step.fields
                if answers.get(asked.key) is not None
            ]
            if lines:
                self._steps.addWidget(card(section_title(step.title), *lines))


def figures(visit: Workspace, until: datetime, unwritten_photos: int) -> list[tuple[str, str]]:
    """Return the figures of a visit: time, photos, orders, to-dos."""
    stayed = (until - visit.started_at).total_seconds()
    ordered = sum((order.total for order in visit.orders), Decimal())
    done = sum(todo.done_at is not None for todo in visit.todos)
    return [
        (tr("Time in store"), formats.duration(stayed)),
        (tr("Photos"), formats.count(len(visit.photos) + unwritten_photos)),
        (tr("Orders"), formats.count(len(visit.orders))),
        (tr("Order total"), formats.money(ordered)),
        (tr("To-dos done"), f"{done} / {len(visit.todos)}"),
    ]


def is_time(text: str) -> bool:
    """Return whether ``text`` is a time of day such as 9:20."""
    hours, colon, minutes = text.partition(":")
    digits = hours.isdigit() and minutes.isdigit() and len(minutes) == 2
    return bool(colon) and digits and int(hours) < 24 and int(minutes) < 60


def _in_days(days: int) -> str:
    weeks = days // 7
    return ntr("In {n} week", "In {n} weeks", weeks)
