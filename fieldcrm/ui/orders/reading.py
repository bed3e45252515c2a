"""What the order pages read in one go, beside the interface's thread."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.prices import OnChange, PriceBook
from fieldcrm.rules import money
from fieldcrm.rules.pricing import books, rebates
from fieldcrm.rules.slices import Limit, Named
from fieldcrm.services import (
    order_list,
    orders,
    paying,
    pricing,
    products,
    quote_orders,
    replenishment,
    rule_sets,
    slices,
)
from fieldcrm.services.order_list import OrderDetail
from fieldcrm.services.paying import Means
from fieldcrm.services.pricing import Basis, DraftLine
from fieldcrm.services.products import Article, Category
from fieldcrm.services.quote_orders import Promise
from fieldcrm.services.replenishment import Need
from fieldcrm.services.slices import Share
from fieldcrm.storage import drafts
from fieldcrm.storage.local import UNSENT, OutboxEntry
from fieldcrm.ui.orders import after, refused
from fieldcrm.ui.orders.after import After
from fieldcrm.ui.orders.draft import Draft, Key
from fieldcrm.ui.orders.moved import Cost, Costs
from fieldcrm.ui.orders.refused import Refused

KIND = "order"
HANDED_OVER = (OrderStatus.SUBMITTED, OrderStatus.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Honour:
    """What a price book does for an order whose prices newer rules have replaced."""

    on_change: OnChange
    honour_days: int


@dataclass(frozen=True, slots=True)
class Counter:
    """Everything the entry page needs to take an order without asking again.

    ``promise`` is the quote that the order was made of and ``promised`` what it is priced by; ``kept``
    is what the lines came to when the order was saved.
    """

    account_id: UUID
    account: str
    credit_limit: Decimal | None
    owed: Decimal
    articles: Mapping[UUID, Article]
    categories: tuple[Category, ...]
    needs: Mapping[UUID, Need]
    basis: Basis
    prices: Mapping[tuple[UUID, str], Decimal]
    last_lines: tuple[DraftLine, ...]
    barcodes: Mapping[str, tuple[UUID, str]]
    number: str = ""
    status: OrderStatus = OrderStatus.DRAFT
    rebate: Decimal = Decimal()
    goods: tuple[tuple[str, Decimal], ...] = ()
    shares: Mapping[Named, Share] = field(default_factory=dict)
    means: Means = Means()
    honours: Mapping[str, Honour] = field(default_factory=dict)
    replaced_at: datetime | None = None
    promise: Promise | None = None
    promised: Basis | None = None
    kept: Costs = field(default_factory=dict)
    sold: int = field(init=False, default=0)  # articles that are

    def __post_init__(self) -> None:
        """Count once what a screen says at every key."""
        object.__setattr__(self, "sold", sum(each.active for each in self.articles.values()))


@dataclass(frozen=True, slots=True)
class Opened:
    """The counter with the draft to go on with; ``restored`` came back after a crash.

    ``refused`` is a change that is typed on.
    """

    counter: Counter
    draft: Draft
    restored: bool
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """One order and how far it has come."""

    detail: OrderDetail
    is_waiting: bool
    after: After = field(default_factory=After)


def open_counter(
    session: Session, *, account_id: UUID | None, visit_id: UUID | None, order_id: UUID | None,
    me: UUID, on: date, also: Collection[UUID] = (), at: datetime | None = None, again: UUID | None = None,
) -> Opened:  # fmt: skip
    """Return the entry page for an order, for a visit's order, or for a new one of an account.

    ``also`` are articles of a draft that is already on the screen: they are read even if withdrawn.
    ``again`` is a refused change whose content is to be typed on.
    """
    if order_id is None and account_id is not None:
        order_id = _open_draft(session, account_id, visit_id, me, on)
    order = session.get(Order, order_id) if order_id is not None else None
    if order is not None:
        account_id, visit_id = order.account_id, order.visit_id
    if account_id is None:
        raise NotFound("account", account_id)
    draft = Draft(account_id, visit_id, order_id if order is not None else None)
    kept: Costs = {}
    if order is not None:
        _fill(session, draft, order)
        kept = _kept(session, order, draft)
    typed = refused.one(session, again) if again is not None else None
    if typed is not None:
        refused.put_into(draft, typed)
    restored = draft.restore(drafts.load(session, KIND, draft.name))
    counter = counter_of(session, account_id, visit_id, order, on, {*also, *draft.products}, at)
    return Opened(replace(counter, kept=kept), draft, restored, typed)


def saved_draft(session: Session, typed: Draft) -> Draft:
    """Return what was saved of an order that is being typed; nothing when it never was."""
    draft = Draft(typed.account_id, typed.visit_id, typed.order_id, wanted_on=typed.wanted_on)
    order = session.get(Order, typed.order_id) if typed.order_id is not None else None
    if order is not None:
        _fill(session, draft, order)
    return draft


def _fill(session: Session, draft: Draft, order: Order) -> None:
    draft.fill(order_list.draft_lines(session, order.id))
    draft.wanted_on, draft.note = order.wanted_on, order.note
    asked = {key for key, _ in order_list.rebates(session, order.id)}
    draft.uses_rebate, draft.takes_goods = bool(asked - {rebates.GOODS}), rebates.GOODS in asked
    draft.spared = money.spared(order.paid_from, order.total_amount)


def spared(session: Session, order_id: UUID) -> set[str]:
    """Return which of the customer's purses an order left alone."""
    order = session.get_one(Order, order_id)
    return money.spared(order.paid_from, order.total_amount)


def paid_besides(
    session: Session, order_id: UUID, due: Decimal, left_alone: set[str]
) -> Mapping[str, Decimal] | None:
    """Return how an order that comes to something else is paid when some purses are left alone again."""
    order = session.get_one(Order, order_id)
    held = paying.means(session, order.account_id, order.ordered_on, besides=order_id)
    return Draft(order.account_id, spared=left_alone).paid_from(held, due)


def _kept(session: Session, order: Order, draft: Draft) -> dict[Key, Cost]:
    """Return what the lines of an order came to when it was saved; those without a price are left out."""
    rows = [row for row in pricing.order_lines(session, order.id) if row.gift_by is None]
    if len(rows) != len(draft.quantities):  # two lines of one article are one in the entry
        return {}
    return {
        key: Cost(row.quantity, row.manual_price, row.unit_price, row.net_amount)
        for key, row in zip(draft.quantities, rows, strict=True)
        if row.price_book_id is not None
    }


def _open_draft(session: Session, account_id: UUID, visit_id: UUID | None, me: UUID, on: date) -> UUID | None:
    """Return the draft that was begun in this visit, or today outside any."""
    begun = Order.ordered_on == on if visit_id is None else Order.visit_id == visit_id
    query = select(Order.id).where(
        Order.account_id == account_id, Order.rep_id == me, Order.status == OrderStatus.DRAFT,
        Order.archived_at.is_(None), begun, Order.visit_id.is_(None) if visit_id is None else begun,
    )  # fmt: skip
    return session.scalar(query.order_by(Order.id.desc()).limit(1))


def counter_of(
    session: Session, account_id: UUID, visit_id: UUID | None, order: Order | None, on: date,
    ordered: Collection[UUID], at: datetime | None,
) -> Counter:  # fmt: skip
    """Return everything the entry of an account needs; ``ordered`` are read even if withdrawn."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    rule_set, order_id = None, order.id if order is not None else None
    if order is not None and at is not None and order.status in HANDED_OVER:
        on, rule_set = orders.terms_of_amending(session, order, at)
    basis = pricing.basis(session, account_id, on, at=at, rule_set=rule_set, besides=order_id)
    promise = quote_orders.of_order(session, order.id, account_id) if order is not None else None
    newer = rule_sets.next_after(session, basis.rulebook.number)
    sold = {article.id: article for article in products.articles(session)}
    gone = set(ordered) - set(sold)
    sold |= {article.id: article for article in products.articles(session, gone)} if gone else {}
    held = [each for each in basis.rules.rebates if each.holds_on(on)]
    return Counter(
        account_id=account_id,
        account=account.name,
        credit_limit=account.credit_limit,
        owed=pricing.exposure(session, account, besides=order_id),
        articles=sold,
        categories=products.categories(session),
        needs=replenishment.needs(session, account_id, visit_id, on),
        basis=basis,
        prices=_prices(basis, sold.values()),
        last_lines=orders.last_lines(session, account_id, besides=order_id),
        barcodes={
            unit.barcode: (article.id, unit.name)
            for article in sold.values()
            for unit in article.units
            if unit.barcode
        },
        number=order.provisional_number if order is not None else "",
        status=order.status if order is not None else OrderStatus.DRAFT,
        rebate=sum((each.balance for each in held if not each.product), Decimal()),
        goods=tuple((each.product, each.balance) for each in held if each.product),
        means=paying.means(session, account_id, on, besides=order_id),
        shares=_shares(session, basis, order_id),
        honours=_honours(session, basis),
        replaced_at=None if newer is None else newer.valid_from,
        promise=promise,
        promised=None if promise is None else quote_orders.basis(session, promise, besides=order_id),
    )


def _shares(session: Session, basis: Basis, besides: UUID | None) -> dict[Named, Share]:
    """Return what this device may still spend of everything that this customer's orders can exceed."""
    book, account = basis.rulebook, basis.customer.key
    wanted: set[Named] = {(Limit.BUDGET, code) for code in book.budgeted}
    wanted |= {(Limit.USES, code) for code in book.capped}
    wanted |= {(limit, account) for limit in (Limit.TURN, Limit.PREPAY, Limit.CASH, Limit.CREDIT)}
    wanted |= {(Limit.REBATE, each.key) for each in basis.rules.rebates}
    wanted |= {(Limit.STOCK, product) for product in slices.scarce(session)}
    return slices.left_of_mine(session, wanted, besides) or {}


def _honours(session: Session, basis: Basis) -> dict[str, Honour]:
    ids = [UUID(book.key) for book in basis.rules.books]
    query = select(PriceBook.id, PriceBook.on_change, PriceBook.honour_days).where(PriceBook.id.in_(ids))
    return {str(key): Honour(change, days) for key, change, days in session.execute(query)}


def _prices(basis: Basis, articles: Iterable[Article]) -> dict[tuple[UUID, str], Decimal]:
    """Return what one of each unit costs, for the rows that are not ordered yet."""
    held = books.in_force(basis.rules.books, basis.customer, basis.on)
    found = {}
    for article in articles:
        product = basis.rules.products.get(str(article.id))
        for unit in article.units if product is not None and product.active else ():
            price = books.single(product, unit.name, held)  # type: ignore[arg-type]  # None was left out
            if price is not None:
                found[article.id, unit.name] = price
    return found


def follow(session: Session, order_id: UUID, me: UUID | None = None) -> Followed:
    """Return one order, what became of it, and whether something of it still waits to be sent."""
    return Followed(
        order_list.detail(session, order_id, me), order_id in waiting(session, [order_id]),
        after.read(session, order_id),
    )  # fmt: skip


def waiting(session: Session, ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return which of these orders the server has not confirmed in full."""
    query = select(OutboxEntry.row_id).where(
        OutboxEntry.entity == "order", OutboxEntry.row_id.in_(set(ids)), OutboxEntry.state.in_(UNSENT)
    )
    return frozenset(session.scalars(query))


def keep(session: Session, draft_name: str, value: Any, at: Any) -> None:
    """Keep half-typed input; nothing ordered means nothing to keep."""
    if value["lines"]:
        drafts.save(session, KIND, draft_name, value, at)
    else:
        drafts.discard(session, KIND, draft_name)
