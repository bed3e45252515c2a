"""How much of a scarce article there is: changed on line, also below what laptops hold."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from fieldcrm.money import typed
from fieldcrm.sync.limits import Stock
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.office_dialog import OfficeDialog
from fieldcrm.ui.widgets.fields import FactRow, Field
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.typing import LineField


class StockDialog(OfficeDialog):
    """The quantity in all, with what is sold and out; it says before whether parts are called back."""

    def __init__(self, article: str, stock: Stock, then: Callable[[Decimal], object]) -> None:
        super().__init__(tr("How many of “{name}” are there?", name=article), width=480)
        self._stock, self._then = stock, then
        before = "" if stock.quantity is None else formats.decimal(stock.quantity)
        self.quantity = LineField(before, name=tr("In all, in base units"))
        self._quantity = Field(tr("In all, in base units"), self.quantity)
        self.hint = Paragraph("", 13, tone="warn")
        sold, held = formats.decimal(stock.sold), formats.decimal(stock.with_laptops)
        self.add(FactRow(tr("Sold"), sold), FactRow(tr("With laptops"), held), self._quantity, self.hint)
        self.button(tr("Cancel"))
        self.sends(tr("Save"), self._press, self.quantity)
        self.quantity.settled.connect(lambda _text: self._look())
        self._look()

    def _typed(self) -> Decimal | None:
        """Return what was typed, or say what is wrong with it."""
        try:
            found = Decimal(typed(self.quantity.text()))
            right = found.is_finite() and found >= 0 and found == found.quantize(Decimal("0.0001"))
        except InvalidOperation:
            right = False
        if not right:
            self._quantity.show_error(tr("Type a number from 0 on."))
            return None
        if found < self._stock.sold:
            sold = formats.decimal(self._stock.sold)
            self._quantity.show_error(tr("{sold} are sold already; there cannot be fewer.", sold=sold))
            return None
        self._quantity.show_error("")
        return found

    def _look(self) -> None:
        found = self._typed()
        short = found is not None and found - self._stock.sold < self._stock.with_laptops
        self.hint.setVisible(short)
        self.hint.show_text(
            tr("Laptops hold more than that leaves: parts are called back with their next sync, the largest"
               " first. What a laptop without a network sells meanwhile is accepted.")
        )  # fmt: skip
        self.save.setText(tr("Call back and save") if short else tr("Save"))

    def _press(self) -> None:
        found = self._typed()
        if found is None:
            self.quantity.setFocus()
            return
        self._then(found)
