"""What is said of limits and the parts of them that laptops hold."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from fieldcrm import clock
from fieldcrm.rules.slices import COUNTED, Limit
from fieldcrm.sync.limits import Held, Holder
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, ntr, tr

_KINDS = {
    Limit.BUDGET: mark("Budget of a promotion"), Limit.USES: mark("Uses of a promotion"),
    Limit.TURN: mark("Turn of a customer"), Limit.REBATE: mark("Rebate"),
    Limit.PREPAY: mark("Paid ahead"), Limit.CASH: mark("Laid down"), Limit.CREDIT: mark("Credit"),
    Limit.STOCK: mark("Scarce stock"),
}  # fmt: skip


def kind(held: Held) -> str:
    """Return what a limit is of."""
    return tr(_KINDS[Limit(held.kind)])


def amount(held: Held, number: Decimal | None) -> str:
    """Return an amount of a limit: money, or a count."""
    if number is None:
        return formats.NONE
    return formats.decimal(number) if Limit(held.kind) in COUNTED else formats.money(number)


def holder(each: Holder, now: datetime) -> str:
    """Return until when a laptop may use its part, and when it was last here."""
    until = formats.moment(clock.from_ms(each.until), now)
    if each.called_back:
        said = tr("called back; at the latest {until}", until=until)
    else:
        said = tr("until {until}", until=until)
    if each.seen_at is None:
        return said
    seen = tr("last here {when}", when=formats.moment(clock.from_ms(each.seen_at), now))
    return tr(" · ").join((said, seen))


def returning(asked_back: int, came_back: int) -> str:
    """Return how far calling back has come; empty when nothing is called back."""
    if not asked_back:
        return ""
    return tr("Calling back, {n} of {m} returned", n=came_back, m=asked_back)


def standing(held: Held) -> str:
    """Return in a sentence whether laptops hold more than there is."""
    laptops = ntr("{n} laptop", "{n} laptops", len(held.holders))
    out = amount(held, held.out)
    if held.there is None:
        return tr("{out} with {laptops}. Nothing limits it now: it ends by itself.", laptops=laptops, out=out)
    if held.over:
        over = amount(held, held.over)
        return tr(
            "{out} with {laptops}, {over} more than there is. Their parts come back as they sync; "
            "the new limit counts from then on.", laptops=laptops, out=out, over=over,
        )  # fmt: skip
    return tr("{out} of {there} with {laptops}.", laptops=laptops, out=out, there=amount(held, held.there))
