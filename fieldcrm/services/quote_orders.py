"""What a confirmed quote promises the order that is made of it: its prices and its approval (Q3, R1).

Which order that is says the act ``ordered``, which the server has checked. The order is priced by the
quote's own rules on the quote's own day; only if that comes to what was quoted, to the cent, does the
promise hold. Laptop and server ask the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.errors import RuleBroken
from fieldcrm.model.orders import Order, Origin
from fieldcrm.model.quotes import Act, Quote, QuoteAct
from fieldcrm.rules import quote_orders as rules
from fieldcrm.rules.items import Item
from fieldcrm.rules.pricing import Priced, Product
from fieldcrm.rules.quote_orders import Asked, Lost
from fieldcrm.services import pricing, quote_rows
from fieldcrm.services.pricing import Basis, DraftLine, Rebates

_FINEST = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Promise:
    """A confirmed round as its order needs it; ``lines`` are without gifts, ``items`` with them."""

    quote_id: UUID
    number: str
    account_id: UUID
    quoted_on: date
    valid_until: date
    rule_set: int
    approver: str | None
    lines: tuple[DraftLine, ...]
    items: tuple[Item, ...]

    def lost(self, lines: Iterable[DraftLine], on: date) -> Lost | None:
        """Return why it does not hold for these lines on a day; None while it may."""
        return rules.lost(self.valid_until, on, map(asked, self.lines), map(asked, lines))


@dataclass(frozen=True, slots=True)
class Found:
    """A priced order of a quote: by what, and why the promise does not hold, if so."""

    quote: pricing.Quote
    basis: Basis
    lost: Lost | None = None


def asked(line: DraftLine) -> Asked:
    """Return a line as the rule compares it."""
    return Asked(str(line.product_id), line.unit, line.quantity, line.manual_price, line.chosen)


def of_order(session: Session, order_id: UUID, account_id: UUID) -> Promise | None:
    """Return the round that an order was made of; None for any other order."""
    query = quote_rows.counting().where(
        QuoteAct.account_id == account_id, QuoteAct.order_id == order_id, QuoteAct.act == Act.ORDERED
    )
    act = session.scalars(query.order_by(QuoteAct.at, QuoteAct.id).limit(1)).first()
    quote = session.get(Quote, act.quote_id) if act is not None else None
    if act is None or quote is None or quote.account_id != account_id or act.content != quote.content:
        return None
    number = quote.number or quote.provisional_number
    return Promise(
        quote.id, number, account_id, quote.quoted_on, quote.valid_until, quote.rule_set or 0, quote.approver,
        tuple(quote_rows.draft_lines(session, quote.id)),
        tuple(quote_rows.items(quote_rows.lines_of(session, quote.id))),
    )  # fmt: skip


def priced_on(session: Session, order: Order) -> date:
    """Return the day whose prices an order has: the quote's, as long as it has the rules of it."""
    promise = of_order(session, order.id, order.account_id) if order.origin == Origin.QUOTE else None
    kept = promise is not None and promise.rule_set == (order.rule_set or 0)
    return promise.quoted_on if promise is not None and kept else order.ordered_on


def basis(session: Session, promise: Promise, *, besides: UUID | None) -> Basis | None:
    """Return what the quote's prices depended on; None when the rules of then are not here."""
    wanted = {line.product_id for line in promise.lines}
    try:
        known = pricing.basis(
            session, promise.account_id, promise.quoted_on, wanted, rule_set=promise.rule_set, besides=besides
        )
    except RuleBroken:
        return None
    return None if known.incomplete else relieved(known, promise)


def relieved(known: Basis, promise: Promise) -> Basis:
    """Return a basis with floors no higher than what was promised: one raised since is for others."""
    products = dict(known.rules.products)
    for item in promise.items:
        product = products.get(item.product)
        if product is not None and product.floor is not None and item.gift_by is None:
            products[item.product] = replace(product, floor=min(product.floor, _of_unit(item, product)))
    return replace(known, rules=replace(known.rules, products=products))


def _of_unit(item: Item, product: Product) -> Decimal:
    return (item.net / (item.quantity * product.factor(item.unit))).quantize(_FINEST, ROUND_FLOOR)


def priced(
    known: Basis, promise: Promise | None, promised: Basis | None, lines: Sequence[DraftLine],
    rebates: Rebates, on: date,
) -> Found:  # fmt: skip
    """Price an order by its quote as long as that holds, else by ``known``; nobody is asked twice."""
    if promise is None:
        return Found(pricing.quote(known, lines, rebates), known)
    lost = promise.lost(lines, on) or (Lost.RULES if promised is None else None)
    if lost is None and promised is not None:
        found = pricing.quote(promised, lines, rebates)
        if _holds(promise, found, lines):
            return Found(replace(found, priced=agreed(found.priced)), promised)
    return Found(pricing.quote(known, lines, rebates), known, lost or Lost.PRICES)


def _holds(promise: Promise, found: pricing.Quote, lines: Sequence[DraftLine]) -> bool:
    if found.problems or found.broken is not None:
        return False
    return rules.comes_out(promise.items, items(lines, found.priced))


def items(lines: Sequence[DraftLine], priced: Priced) -> list[Item]:
    """Return a priced order as the rule compares it."""
    goods = [
        Item(
            line.product, line.unit, line.quantity, line.unit_price, line.net_amount, line.tax_amount,
            chosen=lines[int(line.key)].chosen,
        )
        for line in priced.lines
    ]  # fmt: skip
    none = Decimal()
    gifts = [Item(g.product, g.unit, g.quantity, none, none, none, g.promotion) for g in priced.gifts]
    return goods + gifts


def agreed(priced: Priced) -> Priced:
    """Return prices whose discount waits for nobody: it was agreed to with the quote."""
    needed = priced.approval
    return priced if needed is None else replace(priced, approval=replace(needed, pending=False))
