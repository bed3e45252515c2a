"""What is known of the store that is being called: money, last visit, what happened last."""

from __future__ import annotations

from datetime import date
from functools import partial
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from fieldcrm.ui.accounts import inspector
from fieldcrm.ui.accounts.account_page import figures
from fieldcrm.ui.accounts.inspector import Shown
from fieldcrm.ui.i18n import listed, tr
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import FactRow
from fieldcrm.ui.widgets.frames import column, holder, row, rule
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, caption, secondary, section_title

WIDTH = 300
_LATEST = 6


class Beside(QFrame):
    """The account's facts beside its call."""

    opened = Signal()
    correct = Signal(object)  # CallRow

    def __init__(self, me: UUID) -> None:
        super().__init__()
        self._me = me
        self.setProperty("surface", "card")
        self.setFixedWidth(WIDTH)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        self.setLayout(
            column(
                row(section_title(tr("The store")), None,
                    Button(tr("Open"), "link", height=24, on_click=self.opened.emit)),
                self._rows, None, gap=8, margins=(20, 16, 20, 16),
            )
        )  # fmt: skip

    def show_account(self, shown: Shown, today: date) -> None:
        """Show an account's figures, open to-dos and latest events."""
        while item := self._rows.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for name, value, _note, tone in figures(shown, today):
            self._rows.addWidget(FactRow(name, value, tone=tone, weight=SEMIBOLD))
        todos = [each.title for each in shown.page.todos if each.done_at is None]
        if todos:
            self._rows.addWidget(Paragraph(tr("To-dos: {titles}", titles=listed(todos)), 13))
        self._rows.addWidget(rule())
        self._rows.addWidget(caption(tr("Latest")))
        latest = inspector.events(shown.page, today)[:_LATEST]
        for event in latest:
            text = column(Label(event.title, 13, SEMIBOLD), caption(event.fact), gap=0)
            line = row(Sign(event.sign, 20, "text2"), text, gap=12)
            line.setStretch(1, 1)
            if event.call is not None and event.call.rep_id == self._me:
                again = partial(self.correct.emit, event.call)
                line.addWidget(Button(tr("Correct…"), "link", height=24, on_click=again))
            self._rows.addWidget(holder(line))
        if not latest:
            self._rows.addWidget(secondary(tr("Nothing has happened here yet.")))
