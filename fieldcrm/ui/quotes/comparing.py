"""Two rounds side by side: what was added, taken away, changed."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtWidgets import QGridLayout

from fieldcrm.rules.quotes import Item
from fieldcrm.services.quote_list import Compared
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.frames import holder, scrolling
from fieldcrm.ui.widgets.labels import Label
from fieldcrm.ui.widgets.overlays import Dialog

_MOST_HIGH = 420
_LINE = 32


class CompareDialog(Dialog):
    """A table of what differs; lines that are the same are left out."""

    def __init__(self, context: Context, found: Compared) -> None:
        super().__init__(
            tr("Round {before} and round {after}", before=found.before, after=found.after), width=720
        )
        self._context = context
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 12, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        lines = rows(found)
        for number, texts in enumerate(lines):
            heavy = number in (0, len(lines) - 1)
            for place, text in enumerate(texts):
                align = paint.LEFT if place == 0 else paint.RIGHT
                grid.addWidget(Label(text, 13, SEMIBOLD if heavy else REGULAR, align=align), number, place)
        area = scrolling(holder(grid))
        area.setFixedHeight(min(_LINE * len(lines) + 8, _MOST_HIGH))
        self.add(area)
        self.button(tr("Close"), "primary")

    def open(self) -> None:
        """Show the table."""
        self.ask(self._context.shell.window())


def rows(found: Compared) -> list[tuple[str, str, str]]:
    """Return the table: a title, a line for each difference, the totals."""
    heads = ("", tr("Round {n}", n=found.before), tr("Round {n}", n=found.after))
    goods = [(name, _said(each.before), _said(each.after)) for name, each in found.changes]
    fees = [(name, _money(before), _money(after)) for name, before, after in found.fees]
    return [heads, *goods, *fees, (tr("Total"), _money(found.before_total), _money(found.after_total))]


def _money(amount: Decimal | None) -> str:
    return tr("not in it") if amount is None else formats.money(amount)


def _said(item: Item | None) -> str:
    if item is None:
        return tr("not in it")
    number = formats.quantity(item.quantity, item.unit)
    if item.gift_by is not None:
        return f"{number} · {tr('Gift')}"
    return f"{number} × {formats.money(item.unit_price)} = {formats.money(item.net)}"
