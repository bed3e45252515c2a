"""Beside an order being taken: what promotions give and why others do not, rebate, the rep's own discount."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from fieldcrm import money
from fieldcrm.rules.pricing import Priced
from fieldcrm.rules.slices import Named
from fieldcrm.services.pricing import Quote
from fieldcrm.services.slices import Share
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.orders import price_words
from fieldcrm.ui.orders.lines import EntryRow
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import FactRow, Tick
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, section_title
from fieldcrm.ui.widgets.typing import LineField


class _Given(QWidget):
    """One promotion with its amount, or one gift."""

    def __init__(self) -> None:
        super().__init__()
        self._sign, self._said = Sign("check-circle", 16, "ok"), Paragraph("", 13)
        self._amount = Label("", 13, tone="ok", rigid=True)
        line = row(gap=8)
        line.addLayout(column(2, self._sign, None, gap=0))
        line.addWidget(self._said, 1)
        line.addWidget(self._amount, 0, Qt.AlignmentFlag.AlignTop)
        self.setLayout(line)

    def show_given(self, sign: str, text: str, amount: str) -> None:
        """Say what is given."""
        self._sign.show_sign(sign, "ok")
        self._said.show_text(text)
        self._amount.show_text(amount)
        self.show()


class PromotionBox(QWidget):
    """Promotions with their amounts, gifts with their value, and on demand why others do not apply."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[_Given] = []  # they stay when fewer are needed: prices follow every key
        self._given = column(gap=8)
        self._shares, self._lost = Paragraph("", 12, tone="text2"), Paragraph("", 12, tone="text3")
        self._more = Button("", "link", height=20, on_click=self._toggle)
        self._open = False
        self._why_not: Callable[[], list[str]] = list
        more = row(self._more, None, gap=0)
        said = column(self._shares, more, self._lost, gap=4)
        self.setLayout(column(section_title(tr("Promotions")), self._given, said, gap=8))

    def show_quote(self, quote: Quote, name: Callable[[str], str], shares: Mapping[Named, Share]) -> None:
        """Show what a priced draft gets; hidden when no promotion is about it.

        ``shares`` is what this device may still spend of what many share.
        """
        priced = quote.priced
        given = list(_given(priced, name))
        said = price_words.left_of_shares(priced.applied, shares)
        self._lost_count = len(price_words.lost(priced.steps))
        self._why_not = partial(price_words.why_not, priced.steps, shares)
        self.setVisible(bool(given or self._lost_count))
        self._show_given(given)
        self._shares.setVisible(bool(said))
        self._shares.show_text("\n".join(said))
        self._more.setVisible(bool(self._lost_count))
        self._show_lost()

    def _show_given(self, given: list[tuple[str, str, str]]) -> None:
        for number, each in enumerate(given):
            if number == len(self._rows):
                self._rows.append(_Given())
                self._given.addWidget(self._rows[-1])
            self._rows[number].show_given(*each)
        for spare in self._rows[len(given) :]:
            spare.hide()

    def _show_lost(self) -> None:
        """Word why others do not apply only for who looks at it."""
        self._more.setText(tr("Hide") if self._open else tr("Why not? {n} more", n=self._lost_count))
        self._lost.setVisible(self._open and bool(self._lost_count))
        if self._open:
            self._lost.show_text("\n".join(self._why_not()))

    def _toggle(self) -> None:
        self._open = not self._open
        self._show_lost()


def _given(priced: Priced, name: Callable[[str], str]) -> Iterator[tuple[str, str, str]]:
    for label, amount in price_words.reductions(priced):
        yield "check-circle", label, formats.money(-amount)
    for gift in price_words.gifts(priced, name):
        yield "gift-outline", gift, ""


class RebateBox(QWidget):
    """Whether the rebate that is left is used, and how much of it this order may use."""

    chosen = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._tick = Tick(tr("Use the rebate"))
        self._tick.toggled.connect(self.chosen.emit)
        self._left = FactRow(tr("Rebate left"))
        self.setLayout(column(self._tick, self._left, gap=4))

    def show_rebate(self, balance: Decimal, used: Decimal, *, on: bool) -> None:
        """Show the balance after this order; hidden while there is none."""
        self.setVisible(balance > 0)
        self._tick.blockSignals(True)
        self._tick.setChecked(on)
        self._tick.blockSignals(False)
        self._left.value.show_text(formats.money(balance - used))


class GoodsBox(QWidget):
    """Whether the goods that rebates earned come along, and which there are."""

    chosen = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._tick = Tick(tr("Take the goods earned"))
        self._tick.toggled.connect(self.chosen.emit)
        self._left = Paragraph("", 12, tone="text2")
        self.setLayout(column(self._tick, self._left, gap=4))

    def show_goods(
        self, lots: Iterable[tuple[str, Decimal]], name: Callable[[str], str], *, on: bool
    ) -> None:
        """Show what is there to take; hidden while there is nothing."""
        held: dict[str, Decimal] = {}
        for product, balance in lots:
            held[product] = held.get(product, Decimal()) + balance
        self.setVisible(bool(held))
        self._tick.blockSignals(True)
        self._tick.setChecked(on)
        self._tick.blockSignals(False)
        said = (f"{name(product)} × {formats.decimal(number)}" for product, number in held.items())
        self._left.show_text("\n".join(said))


class DiscountBox(QWidget):
    """The price the rep offers for the current line."""

    offered = Signal(object, object)  # key, price or None for the book's

    def __init__(self) -> None:
        super().__init__()
        self._row: EntryRow | None = None
        self._field = LineField("", "", height=32, name=tr("Your price"))
        self._field.left.connect(self._tell)
        self._back = Button(tr("Back to the list price"), "link", height=24, on_click=self._clear)
        head = row(Label(tr("Your price"), 13, SEMIBOLD), None, self._field, gap=8)
        self._field.setFixedWidth(112)
        self.setLayout(column(head, row(self._back, None, gap=0), gap=4))

    def show_row(self, shown: EntryRow | None) -> None:
        """Offer a price for this row; only what is ordered and has a price can be discounted."""
        possible = shown is not None and bool(shown.quantity) and shown.price is not None
        self._row = shown if possible else None
        self.setVisible(possible)
        manual = shown.manual if shown is not None and possible else None
        self._back.setVisible(manual is not None)
        if not self._field.hasFocus():
            self._field.setText("" if manual is None else formats.figure(manual))
            self._field.setPlaceholderText(formats.figure(shown.price) if shown is not None else "")
            self._field.set_wrong(False)

    def take_typed(self) -> bool:
        """Offer what is typed and was not left yet; False when it is no price."""
        if self.isHidden() or self._tell():
            return True
        self._field.setFocus()
        return False

    def _tell(self) -> bool:
        text = money.typed(self._field.text())
        if self._row is None or (not text and self._row.manual is None):
            return True
        try:
            price = Decimal(text) if text else None
        except InvalidOperation:
            price = Decimal(-1)
        wrong = price is not None and (not price.is_finite() or price < 0 or price.as_tuple().exponent < -2)  # type: ignore[operator]
        self._field.set_wrong(wrong)
        if not wrong and price != self._row.manual:
            self.offered.emit(self._row.key, price)
        return not wrong

    def _clear(self) -> None:
        if self._row is not None:
            self._field.setText("")
            self.offered.emit(self._row.key, None)


class ConsentNotice(QWidget):
    """Who must agree to the rep's discount, or what the order as a whole does wrong."""

    def __init__(self) -> None:
        super().__init__()
        self._said = Paragraph("", 13, tone="text2", lines=3)
        self._sign = Sign("account-check-outline", 16, "warn")
        layout = row(gap=8)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._said, 1)
        self.setLayout(layout)

    def show_quote(self, quote: Quote, name: Callable[[str], str]) -> None:
        """Show the notice; hidden while there is nothing to say."""
        approval, broken = quote.priced.approval, quote.broken
        self.setVisible(approval is not None or broken is not None)
        if broken is not None:
            self._sign.show_sign("alert-octagon", "bad")
            self._said.show_text(price_words.broken(broken, name), "bad")
        elif approval is not None:
            self._sign.show_sign("account-check-outline", "warn" if approval.pending else "ok")
            self._said.show_text(price_words.approval(approval), "text2")
