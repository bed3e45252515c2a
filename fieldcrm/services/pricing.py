"""Rows as pricing values, and prices as rows see them: the laptop and the server both use this.

Nothing else (with ``price_books``) turns rows into values of ``rules.pricing``. ``quote`` prices
a draft that is not saved, ``price_order`` a stored order, ``check`` what a laptop submitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.model.accounts import Account
from fieldcrm.model.base import SCALE
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.prices import BookLevel
from fieldcrm.model.products import Product as ProductRow
from fieldcrm.model.products import ProductUnit
from fieldcrm.model.users import Territory
from fieldcrm.model.wire import amount_text
from fieldcrm.rules import orders, pricing
from fieldcrm.rules.pricing import Cart, CartLine, Customer, Priced, Problem, Product, Rules
from fieldcrm.services import price_books
from fieldcrm.services.remembered import Remembered, states

WAITING = (OrderStatus.SUBMITTED, OrderStatus.NEEDS_REVIEW)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """What somebody wants to order, before it has a price."""

    product_id: UUID
    unit: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything one customer's prices on one day depend on; price any draft with it."""

    customer: Customer
    on: date
    rules: Rules
    incomplete: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """A draft with prices: what could be priced, and what is wrong with the rest.

    The keys of lines and problems are the positions in the draft, as text.
    """

    priced: Priced
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Why the server does not take an order as it stands; ``data`` is plain JSON."""

    code: str
    data: dict[str, Any]


def basis(session: Session, account_id: UUID, on: date, product_ids: Iterable[UUID] | None = None) -> Basis:
    """Return what ``account_id``'s prices depend on; ``product_ids`` None means the whole catalogue."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    references = _references(session, account)
    complete, incomplete = price_books.of_customer(session, references, on)
    customer = Customer(str(account.id), references)
    products = _products(session, product_ids)
    return Basis(customer, on, Rules(products, complete), incomplete)


def bases(session: Session, wanted: Iterable[tuple[UUID, date]]) -> dict[tuple[UUID, date], Basis]:
    """Return the basis of many accounts and days at once, with the whole catalogue.

    Accounts that are unknown are left out, and days on which some book is incomplete.
    """
    pairs = set(wanted)
    of_products, of_books, of_areas = states(session, "product", "price_book", "territory")
    areas = _areas.value(session, of_areas)
    references = _references_of(session, {key for key, _ in pairs}, areas)
    everyone: dict[str, frozenset[str]] = {}
    for named in references.values():
        everyone |= {level: everyone.get(level, frozenset()) | names for level, names in named.items()}
    products, among = _catalogue.value(session, of_products), _listing.value(session, of_books)
    days = {on: price_books.of_customer(session, everyone, on, among) for on in {on for _, on in pairs}}
    rules = {on: Rules(products, complete) for on, (complete, incomplete) in days.items() if not incomplete}
    return {
        (key, on): Basis(Customer(str(key), references[key]), on, rules[on])
        for key, on in pairs
        if key in references and on in rules
    }


def quote(known: Basis, lines: Sequence[DraftLine]) -> Quote:
    """Price a draft that is not saved; lines without a price are named, the others still add up."""
    wanted = tuple(
        CartLine(str(n), str(line.product_id), line.quantity, line.unit) for n, line in enumerate(lines)
    )
    cart = Cart(known.customer, known.on, wanted)
    try:
        return Quote(pricing.price(cart, known.rules), ())
    except (RuleBroken, Invalid):  # rarely: some line cannot be sold, the others still add up
        sound, problems = pricing.separate(cart, known.rules)
        return Quote(pricing.price(sound, known.rules), problems)


def price_order(session: Session, order_id: UUID, on: date | None = None) -> Priced:
    """Price a stored order, on its own day unless told otherwise; raises for the first bad line."""
    order = session.get(Order, order_id)
    if order is None:
        raise NotFound("order", order_id)
    lines = order_lines(session, order_id)
    known = basis(session, order.account_id, on or order.ordered_on, {line.product_id for line in lines})
    wanted = tuple(CartLine(str(line.id), str(line.product_id), line.quantity, line.unit) for line in lines)
    return pricing.price(Cart(known.customer, known.on, wanted), known.rules)


def order_lines(session: Session, order_id: UUID) -> list[OrderLine]:
    """Return an order's lines in their order."""
    query = select(OrderLine).where(OrderLine.order_id == order_id)
    return list(session.scalars(query.order_by(OrderLine.position, OrderLine.id)))


@dataclass(frozen=True, slots=True)
class SubmittedLine:
    """One line as its author priced it."""

    product_id: UUID
    unit: str
    quantity: Decimal
    unit_price: Decimal
    discount_amount: Decimal
    net_amount: Decimal
    tax_rate: Decimal
    tax_amount: Decimal


@dataclass(frozen=True, slots=True)
class Submitted:
    """An order as its author priced it, wherever it comes from: a row or a document in a batch."""

    order_id: UUID
    account_id: UUID
    ordered_on: date
    total_amount: Decimal
    lines: tuple[SubmittedLine, ...]


@dataclass(frozen=True, slots=True)
class Credit:
    """How much an account may owe (None: no limit), and what it owes besides the order in question."""

    limit: Decimal | None
    owed: Decimal


def check_submitted(session: Session, order: Order) -> Difference | None:
    """Check a stored order as ``check`` does."""
    lines = tuple(
        SubmittedLine(
            line.product_id, line.unit, line.quantity, line.unit_price,
            line.discount_amount, line.net_amount, line.tax_rate, line.tax_amount,
        )
        for line in order_lines(session, order.id)
    )  # fmt: skip
    return check(session, Submitted(order.id, order.account_id, order.ordered_on, order.total_amount, lines))


def check(
    session: Session, order: Submitted, known: Basis | None = None, credit: Credit | None = None
) -> Difference | None:
    """Price what was submitted again; return why it cannot simply be accepted, if so.

    ``order_empty``, ``books_incomplete``; ``no_price``, ``withdrawn``, ``line_refused``: a line
    cannot be sold; ``price_changed``: the books say other amounts; ``totals_differ``: the document
    contradicts itself; ``credit_exceeded``: the amount is right and beyond the account's limit.
    ``known`` is its basis and ``credit`` its account's, if the caller has them already (see ``bases``).
    """
    if not order.lines:
        return Difference("order_empty", {})
    if known is None:
        known = basis(session, order.account_id, order.ordered_on, {line.product_id for line in order.lines})
    if known.incomplete:
        return Difference("books_incomplete", {"books": list(known.incomplete)})
    now = quote(known, [DraftLine(line.product_id, line.unit, line.quantity) for line in order.lines])
    return (
        _refused(now)
        or _changed(order, now.priced)
        or _beyond_credit(order, credit or _credit(session, order))
    )


_REFUSALS = {"price_not_found": "no_price", "product_withdrawn": "withdrawn", "product_unknown": "withdrawn"}


def _refused(now: Quote) -> Difference | None:
    if not now.problems:
        return None
    codes = {_REFUSALS.get(problem.code, "line_refused") for problem in now.problems}
    code = codes.pop() if len(codes) == 1 else "line_refused"
    named = [{"product_id": problem.product, "code": problem.code} for problem in now.problems]
    return Difference(code, {"lines": named})


def _changed(order: Submitted, now: Priced) -> Difference | None:
    changed = [
        {
            "product_id": str(line.product_id), "unit": line.unit,
            "old": _text(line.unit_price), "new": _text(priced.unit_price),
        }
        for line, priced in zip(order.lines, now.lines, strict=True)
        if (line.unit_price, line.discount_amount, line.net_amount)
        != (priced.unit_price, priced.discount_amount, priced.net_amount)
    ]  # fmt: skip
    totals = {"old_total": _text(order.total_amount), "new_total": _text(now.payable)}
    if changed:
        return Difference("price_changed", {"lines": changed} | totals)
    taxes = [(line.tax_rate, line.tax_amount) for line in order.lines]
    right = [(priced.tax_rate, priced.tax_amount) for priced in now.lines]
    if taxes != right or order.total_amount != now.payable:
        return Difference("totals_differ", totals)
    return None


def _credit(session: Session, order: Submitted) -> Credit:
    account = session.get(Account, order.account_id)
    if account is None:
        raise NotFound("account", order.account_id)
    if account.credit_limit is None:
        return Credit(None, Decimal())
    return Credit(account.credit_limit, exposure(session, account, besides=order.order_id))


def _beyond_credit(order: Submitted, credit: Credit) -> Difference | None:
    over = orders.exceeds_credit(credit.limit, credit.owed, order.total_amount)
    if not over:
        return None
    return Difference(
        "credit_exceeded",
        {"limit": _text(credit.limit or Decimal()), "owed": _text(credit.owed), "over": _text(over)},
    )


def _text(amount: Decimal) -> str:
    return amount_text(int(amount * SCALE))


def exposure(session: Session, account: Account, besides: UUID | None = None) -> Decimal:
    """Return what an account owes plus its orders that wait to be accepted."""
    query = select(func.sum(Order.total_amount)).where(
        Order.account_id == account.id,
        Order.status.in_(WAITING),
        Order.archived_at.is_(None),
        Order.id != besides if besides is not None else Order.id.is_not(None),
    )
    return account.receivable + (session.scalar(query) or Decimal())


def _references(session: Session, account: Account) -> dict[str, frozenset[str]]:
    """Return what books may call this account, by level: ids and codes alike."""
    session.flush()
    return _references_of(session, {account.id}, _all_areas(session))[account.id]


_Areas = Mapping[UUID, tuple[str, UUID | None]]
_THESE = Account.id.in_(bindparam("ids", expanding=True))
_ACCOUNTS = select(
    Account.id, Account.code, Account.price_group, Account.parent_id, Account.territory_id
).where(_THESE)
_CODES = select(Account.id, Account.code).where(_THESE)


def _references_of(
    session: Session, accounts: set[UUID], areas: _Areas
) -> dict[UUID, dict[str, frozenset[str]]]:
    connection = session.connection()  # past the ORM: the server asks this for every push
    rows = connection.execute(_ACCOUNTS, {"ids": list(accounts)}).all()
    above = {row.parent_id for row in rows if row.parent_id is not None}
    parents = connection.execute(_CODES, {"ids": list(above)}) if above else None
    codes: dict[UUID, str] = dict(parents.tuples().all()) if parents else {}
    found: dict[UUID, dict[str, frozenset[str]]] = {}
    for row in rows:
        named = {BookLevel.CUSTOMER: _names(row.id, row.code)}
        if row.price_group:
            named[BookLevel.GROUP] = frozenset({row.price_group})
        if row.parent_id is not None:
            named[BookLevel.PARTNER] = _names(row.parent_id, codes.get(row.parent_id, ""))
        named[BookLevel.TERRITORY] = _areas_above(areas, row.territory_id)
        found[row.id] = {str(level): names for level, names in named.items()}
    return found


def _all_areas(session: Session) -> _Areas:
    return {
        key: (code, parent)
        for key, code, parent in session.execute(select(Territory.id, Territory.code, Territory.parent_id))
    }


def _areas_above(areas: _Areas, territory_id: UUID | None) -> frozenset[str]:
    names: set[str] = set()
    while territory_id is not None and str(territory_id) not in names:
        code, above = areas.get(territory_id, ("", None))
        names |= _names(territory_id, code)
        territory_id = above
    return frozenset(names)


def _names(key: UUID, code: str) -> frozenset[str]:
    return frozenset({str(key), code}) - {""}


def _products(session: Session, product_ids: Iterable[UUID] | None) -> dict[str, Product]:
    query = select(
        ProductRow.id, ProductRow.name, ProductRow.base_unit, ProductRow.tax_rate, ProductRow.floor_price,
        ProductRow.active, ProductRow.archived_at, ProductUnit.unit, ProductUnit.factor,
    ).outerjoin(ProductUnit, ProductUnit.product_id == ProductRow.id)  # fmt: skip
    if product_ids is not None:
        query = query.where(ProductRow.id.in_(set(product_ids)))
    units: dict[UUID, dict[str, Decimal]] = {}
    rows: dict[UUID, Any] = {}
    for row in session.execute(query):
        rows[row.id] = row
        held = units.setdefault(row.id, {})
        if row.unit is not None:
            held[row.unit] = row.factor
    return {
        str(key): Product(
            key=str(key), base_unit=row.base_unit, units=units[key], tax_rate=row.tax_rate,
            floor=row.floor_price, active=row.active and row.archived_at is None, label=row.name,
        )
        for key, row in rows.items()
    }  # fmt: skip


_areas = Remembered(_all_areas)
_listing = Remembered(price_books.listing)
_catalogue: Remembered[dict[str, Product]] = Remembered(lambda session: _products(session, None))
