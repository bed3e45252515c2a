"""Beside an order that was made of a quote: whether that still holds, and the way back to it."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from fieldcrm.rules.quote_orders import Lost
from fieldcrm.services.quote_orders import Promise
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, prose, tr
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Paragraph, Sign

_LOST = {
    Lost.CHANGED: mark("This is not quote {number} any more."),
    Lost.ENDED: mark("Quote {number} ended on {day}."),
    Lost.PRICES: mark("What quote {number} offered does not come to the same any more."),
    Lost.RULES: mark("The rules of quote {number} are not on this laptop. Sync to get them."),
}


class PromiseNotice(QWidget):
    """Says that a quote's prices and approval hold, or why they do not; hidden for other orders."""

    back = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._sign = Sign("file-check-outline", 16, "ok")
        self._said = Paragraph("", 13, tone="text2")
        self.button = Button(tr("As it was quoted"), "link", height=24, on_click=self.back.emit)
        line = row(gap=8)
        line.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._said, 1)
        self.setLayout(column(line, row(self.button, None, gap=0, margins=(22, 0, 0, 0)), gap=0))

    def show_promise(self, promise: Promise | None, lost: Lost | None, today: date) -> None:
        """Show where an order stands to its quote."""
        self.setVisible(promise is not None)
        if promise is None:
            return
        self._sign.show_sign("alert" if lost else "file-check-outline", "warn" if lost else "ok")
        day = formats.plain_day(promise.valid_until, today)
        self._said.show_text(_said(promise, lost, day), "warn" if lost else "text2")
        self.button.setVisible(lost is Lost.CHANGED)


def _said(promise: Promise, lost: Lost | None, day: str) -> str:
    if lost is not None:
        then = tr("The order has the prices of today, and a discount needs consent again.")
        return prose(tr(_LOST[lost], number=promise.number, day=day), then)
    if promise.approver is None:
        return tr("As quoted in {number}: these prices hold until {day}.", number=promise.number, day=day)
    return tr("As approved in quote {number}: nobody has to agree again until {day}.",
              number=promise.number, day=day)  # fmt: skip
