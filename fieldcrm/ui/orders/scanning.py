"""What a scanner typed: a code, into the search or the table, there perhaps after a quantity."""

from __future__ import annotations

from collections.abc import Container
from decimal import Decimal
from typing import TYPE_CHECKING

from fieldcrm.ui.widgets.typing import SearchField

if TYPE_CHECKING:
    from fieldcrm.ui.orders.entry import EntryView

_DIGITS = 7  # of the largest quantity


def heard(digits: str, codes: Container[str]) -> tuple[Decimal | None, str] | None:
    """Return the quantity that was typed before the scan, if any, and the code; None when there is none."""
    for place in range(min(_DIGITS, len(digits) - 1) + 1):
        if digits[place:] in codes:
            return (Decimal(digits[:place]) if place else None), digits[place:]
    return None


def entered(entry: EntryView, search: SearchField) -> None:
    """Add what carries the code that stands in the search, or go to the first row that was found."""
    if search.is_composing:
        return
    if entry.add_scanned(search.text()):
        search.clear()
    search.settle_now()
    entry.table.setFocus()
