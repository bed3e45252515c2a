"""What the customer has with us, and how this order would be paid from it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from PySide6.QtWidgets import QWidget

from fieldcrm.rules import money
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.widgets.fields import FactRow
from fieldcrm.ui.widgets.frames import column
from fieldcrm.ui.widgets.labels import caption, section_title

_PURSES = {money.PREPAY: mark("From what was paid ahead"), money.CASH: mark("From cash laid down")}


class MoneyBox(QWidget):
    """A line for every purse that holds something, in the order of use; hidden while none does."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = {purse: FactRow(tr(_PURSES[purse])) for purse in money.ORDER_OF_USE}
        self._held = caption("")
        self.setLayout(column(section_title(tr("How it is paid")), *self._lines.values(), self._held, gap=8))

    def show_payment(self, balances: Mapping[str, Decimal], due: Decimal) -> None:
        """Show what the purses would pay of ``due``, and what they hold."""
        plan = money.payment(due, balances, None)
        for purse, line in self._lines.items():
            line.setVisible(balances.get(purse, Decimal()) > 0)
            line.value.show_text(formats.money(plan.used.get(purse, Decimal())))
        held = sum((balances.get(purse, Decimal()) for purse in money.ORDER_OF_USE), Decimal())
        self._held.show_text(tr("The customer holds {amount}", amount=formats.money(held)))
        self.setVisible(held > 0)
