"""What the customer has with us, how this order is paid from it, and what of it this laptop may use."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from fieldcrm.rules import money
from fieldcrm.rules.money import Payment
from fieldcrm.services.paying import Means
from fieldcrm.services.slices import Share
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.limits import lost
from fieldcrm.ui.widgets.fields import FactRow, Tick
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, caption, section_title

_PURSES = {money.PREPAY: mark("From what was paid ahead"), money.CASH: mark("From cash laid down")}
_OWN = {
    money.PREPAY: mark("This laptop may use {left} of what was paid ahead."),
    money.CASH: mark("This laptop may use {left} of the cash."),
    money.CREDIT: mark("This laptop may sell {left} more on credit."),
}
_NONE = {
    money.PREPAY: mark("This laptop has no share of what was paid ahead. Sync to get one."),
    money.CASH: mark("This laptop has no share of the cash. Sync to get one."),
    money.CREDIT: mark("This laptop has no share of the credit: the office must release the order."
                       " Sync to get one."),
}  # fmt: skip


def share_text(purse: str, share: Share) -> str:
    """Say what a laptop may still use of a purse or of credit, why it is less, and what helps."""
    if not share.given:
        return lost.after(tr(_NONE[purse]), share)
    return lost.after(tr(_OWN[purse]).format(left=formats.money(share.left)), share)


def beyond(means: Means, over: Decimal) -> str:
    """Say why the office must release an order: the limit is passed, or this laptop's share of it."""
    share, free = means.share(money.CREDIT), means.at_stake.free
    if share is not None and not share.given:
        return lost.after(tr(_NONE[money.CREDIT]), share)
    if share is not None and free is not None and share.left < free:
        return tr("{over} beyond this laptop's share of the credit: the office must release the order,"
                  " or sync for a larger share.", over=formats.money(over))  # fmt: skip
    return tr("{over} beyond the credit limit: the office must release the order.", over=formats.money(over))


class PurseRow(QWidget):
    """One purse: whether it pays, how much, and what of it this laptop may use."""

    chosen = Signal(str, bool)

    def __init__(self, purse: str) -> None:
        super().__init__()
        self._purse = purse
        self._tick = Tick(tr(_PURSES[purse]))
        self._tick.toggled.connect(lambda on: self.chosen.emit(self._purse, not on))
        self._amount = Label("", 13)
        self._share = Paragraph("", 12, tone="text3")
        self.setLayout(column(row(self._tick, None, self._amount), self._share, gap=2))

    def show_purse(self, means: Means, used: Decimal, *, spared: bool) -> None:
        """Show what the purse pays; hidden while it holds nothing."""
        held = means.balances.get(self._purse, Decimal())
        self.setVisible(held > 0)
        self._tick.blockSignals(True)
        self._tick.setChecked(not spared)
        self._tick.blockSignals(False)
        self._amount.show_text(formats.money(used))
        share = means.share(self._purse)
        short = share is not None and share.left < held
        self._share.setVisible(short)
        if share is not None:
            self._share.show_text(share_text(self._purse, share), "text3" if share.given else "warn")


class MoneyBox(QWidget):
    """A line for every purse that holds something, in the order of use; hidden while none does."""

    spared = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._lines = {purse: PurseRow(purse) for purse in money.ORDER_OF_USE}
        for line in self._lines.values():
            line.chosen.connect(self.spared.emit)
        self._credit = FactRow(tr("On credit"))
        self._held = caption("")
        title = section_title(tr("How it is paid"))
        self.setLayout(column(title, *self._lines.values(), self._credit, self._held, gap=8))

    def show_payment(self, means: Means, pays: Payment, spared: Collection[str]) -> None:
        """Show what each purse pays, and what the customer holds."""
        for purse, line in self._lines.items():
            line.show_purse(means, pays.used.get(purse, Decimal()), spared=purse in spared)
        self._credit.value.show_text(formats.money(pays.on_credit + pays.uncovered))
        held = sum((means.balances.get(purse, Decimal()) for purse in money.ORDER_OF_USE), Decimal())
        self._held.show_text(tr("The customer holds {amount}", amount=formats.money(held)))
        self.setVisible(held > 0)
