"""Rows as pricing values, and prices as rows see them: the laptop and the server both use this.

Nothing else (with ``price_books``, ``rule_sets`` and ``rule_facts``) turns rows into values of
``rules.pricing``. ``quote`` prices a draft that is not saved, ``price_order`` a stored order;
``price_check`` judges what a laptop submitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.errors import FieldCrmError, Invalid, NotFound, RuleBroken
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.prices import BookLevel
from fieldcrm.model.products import Product as ProductRow
from fieldcrm.model.products import ProductCategory, ProductUnit
from fieldcrm.model.users import Territory
from fieldcrm.rules import pricing
from fieldcrm.rules.pricing import Book, Cart, CartLine, Customer, Priced, Problem, Product, Rules
from fieldcrm.rules.pricing.bills import Choices, heard
from fieldcrm.services import credit, price_books, rule_facts, rule_sets
from fieldcrm.services.remembered import Remembered, states
from fieldcrm.services.rule_facts import Facts
from fieldcrm.services.rule_sets import Rulebook

WAITING = (OrderStatus.SUBMITTED, OrderStatus.NEEDS_REVIEW)


Rebates = Sequence[tuple[str, Decimal | None]]

ALLOWED = "allowed"  # in a session's info: what makes of a basis one with no more than may be used here


@dataclass(frozen=True, slots=True)
class DraftLine:
    """What somebody wants to order, before it has a price; ``manual_price`` is what the rep asks for.

    ``chosen`` is what goes into a configurable article.
    """

    product_id: UUID
    unit: str
    quantity: Decimal
    manual_price: Decimal | None = None
    chosen: Choices = ()


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything one customer's prices on one day depend on; price any draft with it.

    ``is_coming`` says that newer rules, or the customer's own prices, are still on their way.
    """

    customer: Customer
    on: date
    rules: Rules
    incomplete: tuple[str, ...] = ()
    rulebook: Rulebook = rule_sets.NOTHING
    is_coming: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """A draft with prices: what could be priced, and what is wrong with the rest.

    The keys of lines and problems are the positions in the draft, as text. ``broken`` is what the
    order as a whole does wrong (a discount too high, quantities that do not go together); the
    prices are then those without it.
    """

    priced: Priced
    problems: tuple[Problem, ...]
    broken: FieldCrmError | None = None


def basis(
    session: Session, account_id: UUID, on: date, product_ids: Iterable[UUID] | None = None, *,
    at: datetime | None = None, rule_set: int | None = None, besides: UUID | None = None,
) -> Basis:  # fmt: skip
    """Return what ``account_id``'s prices depend on; ``product_ids`` None means the whole catalogue.

    The rules are those of set ``rule_set``, or the ones in force at ``at`` (now, unless told);
    ``besides`` is an order that does not count as an earlier one of itself. A session may be ``ALLOWED``
    less of the limits than there is.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    book = _rulebook(session, at, rule_set)
    references = _references(session, account)
    complete, incomplete = price_books.of_customer(session, references, on, rule_set=book.number)
    customer = Customer(str(account.id), references)
    products = _products(session, None if product_ids is None else {*product_ids, *book.brings})
    facts = rule_facts.of_accounts(session, book, {account_id}, besides=besides)[account_id]
    is_coming = book.behind or not rule_sets.has_come(session, "account", account.id)
    found = Basis(customer, on, _rules(products, complete, book, on, facts), incomplete, book, is_coming)
    allowed: Callable[[Basis], Basis] | None = session.info.get(ALLOWED)
    return found if allowed is None else allowed(found)


def _rulebook(session: Session, at: datetime | None, number: int | None) -> Rulebook:
    if number is None:
        return rule_sets.in_force(session, at or clock.now())
    book = rule_sets.numbered(session, number)
    if book is None:
        raise RuleBroken("rules_unknown", number=number)
    return book


def _rules(
    products: Mapping[str, Product], books: Sequence[Book], book: Rulebook, on: date, facts: Facts
) -> Rules:
    return Rules(
        products, books, book.promotions, book.ranges_on(on), facts.rebates, book.ladder, book.ties,
        facts.limits, book.configurations, book.number,
    )  # fmt: skip


def bases(
    session: Session, wanted: Iterable[tuple[UUID, date, int]], *, plain: bool = False
) -> dict[tuple[UUID, date, int], Basis]:
    """Return the basis of many accounts, days and sets of rules at once, with the whole catalogue.

    Accounts and sets that are unknown are left out, and days on which some book is incomplete;
    ``plain`` leaves out what was ordered and used before.
    """
    asked = set(wanted)
    of_products, of_books, of_areas = states(session, "product", "price_book", "territory")
    areas = _areas.value(session, of_areas)
    references = _references_of(session, {key for key, _, _ in asked}, areas)
    products, among = _catalogue.value(session, of_products), _listing.value(session, of_books)
    found: dict[tuple[UUID, date, int], Basis] = {}
    for on, number in {(on, number) for _, on, number in asked}:
        book = rule_sets.numbered(session, number)
        accounts = {key for key, day, set_ in asked if (day, set_) == (on, number) and key in references}
        if book is None or not accounts:
            continue
        complete, incomplete = price_books.of_customer(
            session, _together(references[key] for key in accounts), on, among, number
        )
        if incomplete:
            continue
        facts = {} if plain else rule_facts.of_accounts(session, book, accounts)
        shared = _rules(products, complete, book, on, rule_facts.NONE)
        for key in accounts:
            said = facts.get(key, rule_facts.NONE)
            mine = shared if said is rule_facts.NONE else _with_facts(shared, said)
            found[key, on, number] = Basis(Customer(str(key), references[key]), on, mine, (), book)
    return found


def with_facts_now(session: Session, known: Basis, account_id: UUID, besides: UUID) -> Basis:
    """Return a basis with what the account ordered and used as the database has it now."""
    facts = rule_facts.of_accounts(session, known.rulebook, {account_id}, besides=besides)[account_id]
    return replace(known, rules=_with_facts(known.rules, facts))


def _together(references: Iterable[Mapping[str, frozenset[str]]]) -> dict[str, frozenset[str]]:
    everyone: dict[str, frozenset[str]] = {}
    for named in references:
        everyone |= {level: everyone.get(level, frozenset()) | names for level, names in named.items()}
    return everyone


def _with_facts(rules: Rules, facts: Facts) -> Rules:
    return replace(rules, rebates=facts.rebates, limits=facts.limits)


def quote(known: Basis, lines: Sequence[DraftLine], rebates: Rebates = ()) -> Quote:
    """Price a draft that is not saved; lines without a price are named, the others still add up."""
    cart = _cart(known, lines, rebates)
    try:
        return Quote(pricing.price(cart, known.rules), ())
    except (RuleBroken, Invalid):  # rarely: some line cannot be sold, the others still add up
        sound, problems = pricing.separate(cart, known.rules)
    try:
        return Quote(pricing.price(sound, known.rules), problems)
    except (RuleBroken, Invalid) as error:
        plain = replace(sound, rebates=(), lines=tuple(replace(x, manual_price=None) for x in sound.lines))
        return Quote(pricing.price(plain, replace(known.rules, ties=())), problems, error)


def price_order(session: Session, order_id: UUID, on: date | None = None) -> Priced:
    """Price a stored order by its own rules, on its own day unless told otherwise; raises for a bad line."""
    order = session.get(Order, order_id)
    if order is None:
        raise NotFound("order", order_id)
    lines = draft_lines(session, order_id)
    known = basis(
        session, order.account_id, on or order.ordered_on, {line.product_id for line in lines},
        rule_set=order.rule_set or 0, besides=order_id,
    )  # fmt: skip
    return pricing.price(_cart(known, lines, asked_rebates(order.rebates)), known.rules)


def _cart(known: Basis, lines: Sequence[DraftLine], rebates: Rebates) -> Cart:
    wanted = tuple(
        CartLine(str(n), str(line.product_id), line.quantity, line.unit, line.manual_price, line.chosen)
        for n, line in enumerate(lines)
    )
    return Cart(known.customer, known.on, wanted, tuple(rebates))


def asked_rebates(said: Iterable[Any] | None) -> Rebates:
    """Return the rebates an order asks for, as it keeps them."""
    return tuple((str(key), None if amount is None else Decimal(str(amount))) for key, amount in said or ())


def draft_lines(session: Session, order_id: UUID) -> list[DraftLine]:
    """Return what a stored order wants, without the gifts it gets."""
    return [
        DraftLine(line.product_id, line.unit, line.quantity, line.manual_price, heard(line.configuration))
        for line in order_lines(session, order_id)
        if line.gift_by is None
    ]


def order_lines(session: Session, order_id: UUID) -> list[OrderLine]:
    """Return an order's lines in their order."""
    query = select(OrderLine).where(OrderLine.order_id == order_id)
    return list(session.scalars(query.order_by(OrderLine.position, OrderLine.id)))


def exposure(session: Session, account: Account, besides: UUID | None = None) -> Decimal:
    """Return what an account owes, orders that are confirmed or wait to be accepted among it."""
    return credit.exposure(session, account, besides).owed


def customers(session: Session, accounts: Iterable[UUID]) -> dict[UUID, Customer]:
    """Return who these accounts are to rules."""
    [of_areas] = states(session, "territory")
    references = _references_of(session, set(accounts), _areas.value(session, of_areas))
    return {key: Customer(str(key), named) for key, named in references.items()}


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
    codes: dict[UUID, str] = {row.id: row.code for row in parents} if parents else {}
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
        ProductRow.active, ProductRow.archived_at, ProductRow.promotable, ProductRow.category_id,
        ProductRow.brand, ProductRow.attributes, ProductUnit.unit, ProductUnit.factor,
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
    above = shelves(session)
    return {
        str(key): Product(
            key=str(key), base_unit=row.base_unit, units=units[key], tax_rate=row.tax_rate,
            floor=row.floor_price, promotable=row.promotable,
            active=row.active and row.archived_at is None, label=row.name, traits=traits(row, above),
        )
        for key, row in rows.items()
    }  # fmt: skip


def catalogue(session: Session) -> dict[str, Product]:
    """Return every article."""
    return _products(session, None)


def shelves(session: Session) -> dict[UUID, frozenset[str]]:
    """Return what a category is called, by it: its own code and those above it."""
    table = {
        key: (code, parent)
        for key, code, parent in session.execute(
            select(ProductCategory.id, ProductCategory.code, ProductCategory.parent_id)
        )
    }
    return {key: _areas_above(table, key) for key in table}


def traits(row: Any, above: Mapping[UUID, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return what an article is, for rules that name none; ``above`` are the shelves by category."""
    said = {name: frozenset({str(value)}) for name, value in (row.attributes or {}).items()}
    return said | {
        "category": above.get(row.category_id, frozenset()), "brand": frozenset({row.brand}),
    }  # fmt: skip


_areas = Remembered(_all_areas)
_listing = Remembered(price_books.listing)
_catalogue: Remembered[dict[str, Product]] = Remembered(lambda session: _products(session, None))
