"""The orders of a visit inside a step, and the way to take one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from fieldcrm.rules.sop import Field
from fieldcrm.services.workspace import OrderRow
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.tokens import FIELD_ACTION, SEMIBOLD
from fieldcrm.ui.visit import words
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Label, secondary


class OrderBox(QFrame):
    """The orders of this visit and the way to take one."""

    take = Signal()
    opened = Signal(object)  # order id

    def __init__(self, asked: Field) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        self.button = Button(
            tr("Take an order"), icon="cart-plus", height=FIELD_ACTION, on_click=self.take.emit
        )
        self._none = secondary(tr("No order yet. You can go on without one."))
        head = row(Label(asked.label, 15, SEMIBOLD), None, self.button)
        self.setLayout(column(head, self._none, self._rows, gap=8, margins=(20, 12, 16, 12)))

    def show_orders(self, orders: Sequence[OrderRow]) -> None:
        """Show what was ordered."""
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self._none.setVisible(not orders)
        for order in orders:
            lines = ntr("{n} item", "{n} items", order.lines)
            text = f"{words.order_status(order.status)} · {lines} · {formats.money(order.total)}"
            line = Button(text, "link", height=32, on_click=partial(self.opened.emit, order.id))
            self._rows.addWidget(line)
        self.button.setText(tr("Take another order") if orders else tr("Take an order"))
