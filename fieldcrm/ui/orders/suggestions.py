"""Why so much of an article is suggested, in words: what is in the store, what it takes, how it is packed."""

from __future__ import annotations

from decimal import Decimal

from fieldcrm.ui import formats
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.orders.lines import EntryRow


def why(row: EntryRow) -> str:
    """Return why this much is suggested; empty when nothing is."""
    need, unit = row.need, row.article.sales_unit
    if need is None or not need.suggested:
        return ""

    def many(number: Decimal) -> str:
        return formats.quantity(round(number, 1), unit.name)

    if need.in_store is None:
        there = tr("nobody counted it yet")
    elif need.is_counted:
        there = tr("{quantity} in the store, counted in this visit", quantity=many(need.in_store))
    else:
        there = tr("{quantity} in the store at the last count", quantity=many(need.in_store))
    pieces = [there]
    if need.orders:
        taken = ntr("usually {quantity}, by the last order", "usually {quantity}, by the last {n} orders",
                    need.orders, quantity=many(need.usual))  # fmt: skip
        pieces.append(taken)
    if unit.factor != 1:
        base = formats.quantity(unit.factor, row.article.base_unit)
        pieces.append(tr("whole {unit} of {base}", unit=formats.unit(unit.name, 2), base=base))
    return tr("{quantity} suggested: {reasons}.", quantity=many(need.suggested),
              reasons=tr("; ").join(pieces))  # fmt: skip
