"""What one should know while standing in the store: contact, money, and what was agreed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from fieldcrm.services.todos import TodoRow
from fieldcrm.services.workspace import Workspace
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tips import plain
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import Tick
from fieldcrm.ui.widgets.frames import Inspector, column, row, rule
from fieldcrm.ui.widgets.labels import Label, caption, secondary, section_title

WIDTH = 288


class FactsPane(Inspector):
    """The store's facts and its to-dos; ticking one is telling."""

    ticked = Signal(object, bool)  # todo id, done
    add_asked = Signal()

    def __init__(self) -> None:
        self._lines = QVBoxLayout()
        self._lines.setSpacing(8)
        self._todos = QVBoxLayout()
        self._todos.setSpacing(4)
        self._none = secondary(tr("Nothing is open."), "text3")
        add = Button(tr("Add a to-do"), "link", "plus", height=28, on_click=lambda: self.add_asked.emit())
        body = column(
            section_title(tr("Store facts")),
            self._lines,
            rule(),
            section_title(tr("Agreed last time")),
            self._todos,
            self._none,
            row(add, None),
            None,
            gap=12,
            margins=(20, 20, 20, 20),
        )
        super().__init__(body, width=WIDTH)
        self._shown: tuple[object, ...] = ()

    def show_facts(self, visit: Workspace, today: date) -> None:
        """Show the store as of today."""
        facts = visit.facts
        credit = facts.credit_left
        last = facts.last_visit_on
        lines = [
            (_contact(facts.contact_title), facts.contact, ""),
            (tr("Phone"), formats.phone(facts.phone), ""),
            (tr("Last visit"), formats.days_ago(last, today) if last else tr("never"), ""),
            (tr("Sales, 30 days"), formats.money(facts.sales_30d), ""),
            (tr("Receivable"), formats.money(facts.receivable), "bad" if facts.overdue_since else ""),
            (tr("Credit left"), formats.money(credit), "bad" if credit is not None and credit < 0 else ""),
        ]
        if facts.overdue_since is not None:
            days = formats.days_ago(facts.overdue_since, today)
            lines.insert(5, (tr("Overdue since"), days, "bad"))
        key = (tuple(lines), visit.todos)
        if key != self._shown:
            self._shown = key
            self._show_lines([line for line in lines if line[1]])
            self._show_todos(visit.todos, today)

    def _show_lines(self, lines: Sequence[tuple[str, str, str]]) -> None:
        _empty(self._lines)
        for name, value, tone in lines:
            shown = Label(value, 13, SEMIBOLD if tone else REGULAR, tone or "text")
            self._lines.addLayout(row(secondary(name), None, shown))

    def _show_todos(self, todos: Sequence[TodoRow], today: date) -> None:
        _empty(self._todos)
        self._none.setVisible(not todos)
        for todo in todos:
            tick = Tick(todo.title, on=todo.done_at is not None)
            tick.setToolTip(plain(todo.title))
            tick.toggled.connect(lambda on, todo=todo: self.ticked.emit(todo.id, on))
            self._todos.addWidget(tick)
            if todo.due_on is not None and todo.done_at is None:
                late = todo.is_overdue(today)
                when = tr("due {day}", day=formats.day(todo.due_on, today))
                text = f"{when} · {tr('overdue')}" if late else when
                self._todos.addLayout(row(32, caption(text, "bad" if late else "text3")))


def _contact(title: str) -> str:
    return title or tr("Contact")


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            while (part := inner.takeAt(0)) is not None:
                if (widget := part.widget()) is not None:
                    widget.deleteLater()
