"""What is left of a price, in words: over the cost where that is known, else over the floor price."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from fieldcrm.rules.margins import Margin, Total
from fieldcrm.services.quote_list import Detail, LineRow
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import listed, prose, tr

_TENTH = Decimal("0.1")
_NAMED = 3


def line(row: LineRow) -> str:
    """Return what is left of a line; without a cost price it says so."""
    if row.margin is not None:
        return tr("margin {amount}", amount=amount(row.margin))
    if row.over_floor is not None:
        return tr("no cost price, {amount} over the floor", amount=formats.money(row.over_floor))
    return tr("no cost price")


def amount(margin: Margin) -> str:
    """Return a margin with its share of what comes in."""
    said = formats.money(margin.amount)
    percent = margin.percent
    if percent is None:
        return said
    share = formats.decimal(percent.quantize(_TENTH, ROUND_HALF_UP))
    return tr("{amount} ({percent}%)", amount=said, percent=share)


def whole(detail: Detail) -> tuple[str, str]:
    """Return what the margin of a round is called, and what it is."""
    total = detail.margin
    if total is not None and total.known:
        return tr("Margin"), amount(total.margin)
    over = [row.over_floor for row in detail.lines if row.over_floor is not None]
    return tr("Over the floor price"), formats.money(sum(over, Decimal())) if over else formats.NONE


def beside(detail: Detail) -> str:
    """Return what the margin leaves out: lines that nobody knows the cost of, and fees."""
    total, said = detail.margin, []
    if total is None:
        return ""
    if not total.known:
        said.append(tr("No item has a cost price."))
    elif not total.is_whole:
        names = list(dict.fromkeys(row.name for row in detail.lines if row.margin is None))
        named = listed(names[:_NAMED]) + ("…" if len(names) > _NAMED else "")
        said += [
            tr("Over {n} of {all} lines.", n=total.known, all=total.lines),
            tr("No cost price for {items}.", items=named),
        ]
    if detail.fees:
        said.append(tr("Fees are not in it."))
    return prose(*said)


def compared(total: Total) -> str:
    """Return the margin of a round in one cell."""
    if not total.known:
        return tr("no cost price")
    said = amount(total.margin)
    return said if total.is_whole else f"{said} · {tr('{n} of {all} lines', n=total.known, all=total.lines)}"
