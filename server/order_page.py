"""The page where a customer orders by himself (R1): by a token, without signing in.

The token is in the address and nowhere else, as for quotes. What he orders is an order of the rep who
gave him the page, made, priced, judged and numbered by the same code as one from a laptop. Every page
with prices carries a number of its own; an order is made once under it, however often it is confirmed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day, to_ms
from fieldcrm.errors import FieldCrmError, NotFound, RuleBroken, SignInRequired
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, Origin
from fieldcrm.model.users import Role, User
from fieldcrm.rules.orders import MAX_LINES, check_quantity
from fieldcrm.rules.pricing import books
from fieldcrm.rules.pricing.sellable import assortment
from fieldcrm.services import order_list, orders, pricing, products
from fieldcrm.services.order_list import OrderDetail, OrderRow
from fieldcrm.services.pricing import Basis, DraftLine, Quote
from fieldcrm.services.products import Article
from fieldcrm.sync.protocol import Mutation, Op
from server import operations, records, scope, scope_office, tokens
from server.batch import Batch
from server.decide import decide
from server.scope import Principal
from server.tables import order_link

VALID = timedelta(days=90)
PAGE = 40
PORTAL = uuid5(NAMESPACE_URL, "fieldcrm:order-page")
_NUMBER = re.compile(r"[0-9a-f]{12}")
_LATELY = 5


@dataclass(frozen=True, slots=True)
class Offer:
    """One article on the page, in the unit it is usually sold in."""

    article: Article
    price: Decimal


@dataclass(frozen=True, slots=True)
class Shop:
    """What the page shows: a part of the range, what was entered so far, orders made here before."""

    account: str
    offers: tuple[Offer, ...]
    found: int
    first: int
    text: str
    wanted: Mapping[UUID, Decimal]
    before: tuple[OrderRow, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was entered with its prices; ``number`` and ``content`` go back with the confirmation."""

    account: str
    quote: Quote
    wanted: Mapping[UUID, Decimal]
    articles: Mapping[str, Article]
    number: str
    content: str
    moved: bool = False


@dataclass(frozen=True, slots=True)
class _Open:
    account: Account
    rep: User


def make(connection: Connection, principal: Principal, account_id: UUID, at: datetime) -> str:
    """Give a customer a page of his own and return its token; the page he had ends."""
    areas = scope_office.seen_territories(connection, principal)
    table = Account.__table__
    where = [] if areas is None else [table.c.territory_id.in_(areas)]
    records.one(connection, "account", account_id, where)
    if principal.role not in (Role.REP, Role.MANAGER):
        raise RuleBroken("not_allowed", act="make_order_page")
    token = secrets.token_urlsafe(32)
    connection.execute(delete(order_link).where(order_link.c.account_id == account_id))
    connection.execute(
        insert(order_link).values(
            token=tokens.digest(token), account_id=account_id, made_at=at, made_by=principal.user_id,
            ends_at=at + VALID,
        )
    )  # fmt: skip
    operations.record(
        connection, "order_link_made", at, user_id=principal.user_id, entity="account", row_id=account_id
    )
    return token


def shop(
    connection: Connection, token: str, at: datetime, *, text: str = "", first: int = 0,
    wanted: Mapping[UUID, Decimal] | None = None,
) -> Shop:  # fmt: skip
    """Return a part of what this customer may buy, at his prices."""
    with _session(connection) as session:
        found = _open(session, token, at)
        known = pricing.basis(session, found.account.id, business_day(at), at=at)
        offers = _offers(session, known, text)
        first = max(0, min(first, (len(offers) - 1) // PAGE * PAGE))
        before = order_list.page(
            session, account_id=found.account.id, origin=Origin.CUSTOMER, limit=_LATELY
        )  # fmt: skip
        return Shop(
            found.account.name, tuple(offers[first : first + PAGE]), len(offers), first, text, wanted or {},
            tuple(before),
        )  # fmt: skip


def check(connection: Connection, token: str, wanted: Mapping[UUID, Decimal], at: datetime) -> Checked:
    """Return what was entered at the prices of this moment, promotions and gifts among it."""
    with _session(connection) as session:
        return _checked(session, _open(session, token, at), wanted, at, secrets.token_hex(6))


def confirm(
    connection: Connection, token: str, wanted: Mapping[UUID, Decimal], number: str, content: str,
    at: datetime,
) -> Checked | None:  # fmt: skip
    """Make the order if it still costs what was shown; None when it is made, now or before."""
    if not _NUMBER.fullmatch(number):
        raise NotFound("order", number)
    digest = tokens.digest(token)
    connection.execute(
        select(order_link.c.token).where(order_link.c.token == digest).with_for_update()
    )  # fmt: skip
    with _session(connection) as session:
        found = _open(session, token, at)
        if _made(session, found.account.id, number) is not None:
            return None
        now = _checked(session, found, wanted, at, number)
        if now.content != content or now.quote.problems or now.quote.broken is not None:
            return Checked(
                now.account, now.quote, wanted, now.articles, secrets.token_hex(6), now.content, moved=True
            )  # fmt: skip
        order_id = orders.start(
            session, found.account.id, me=found.rep.id, at=at, origin=Origin.CUSTOMER, number=f"W-{number}"
        )
        orders.save(session, order_id, _lines(wanted, now.articles), at=at)
        session.flush()
        standing = Principal(found.rep.id, found.rep.role, found.rep.territory_id, PORTAL)
    _submit(connection, standing, order_id, at)
    return None


def done(connection: Connection, token: str, number: str, at: datetime) -> OrderDetail:
    """Return the order that was made under a page's number."""
    with _session(connection) as session:
        found = _open(session, token, at)
        key = _made(session, found.account.id, number)
        if key is None:
            raise NotFound("order", number)
        return order_list.detail(session, key)


def read_wanted(form: Mapping[str, str]) -> tuple[dict[UUID, Decimal], list[UUID]]:
    """Return the quantities of a form, and the articles of which no quantity can be made out."""
    wanted: dict[UUID, Decimal] = {}
    wrong: list[UUID] = []
    for name, value in form.items():
        if not name.startswith("n.") or not value.strip():
            continue
        try:
            key = UUID(name[2:])
        except ValueError:
            continue
        try:
            number = Decimal(value.strip())
            if number:
                wanted[key] = check_quantity(number)
        except (InvalidOperation, FieldCrmError):
            wrong.append(key)
    if len(wanted) > MAX_LINES:
        raise RuleBroken("order_too_long", lines=len(wanted), limit=MAX_LINES)
    return wanted, wrong


def _session(connection: Connection) -> Session:
    return Session(connection, join_transaction_mode="rollback_only")


def _open(session: Session, token: str, at: datetime) -> _Open:
    link = session.execute(
        select(order_link.c.account_id, order_link.c.made_by, order_link.c.ends_at).where(
            order_link.c.token == tokens.digest(token)
        )
    ).first()
    account = session.get(Account, link.account_id) if link is not None else None
    rep = session.get(User, link.made_by) if link is not None else None
    gone = account is None or account.archived_at is not None or account.merged_into is not None
    if link is None or account is None or rep is None or gone or at >= link.ends_at or not rep.active:
        raise NotFound("order_link", "")
    return _Open(account, rep)


def _offers(session: Session, known: Basis, text: str) -> list[Offer]:
    held = books.in_force(known.rules.books, known.customer, known.on)
    range_ = assortment(known.customer, known.rules.ranges)
    said = text.strip().casefold()
    found = []
    for article in products.articles(session):
        product = known.rules.products.get(str(article.id))
        if product is None or article.id in _configured(known) or not range_.verdict(product)[0]:
            continue
        if said and said not in f"{article.name} {article.code} {article.specification}".casefold():
            continue
        price = books.single(product, article.sales_unit.name, held)
        if price is not None:
            found.append(Offer(article, price))
    return found


def _configured(known: Basis) -> frozenset[UUID]:
    """Return the articles that are put together first: nobody does so on this page."""
    return frozenset(UUID(key) for key in known.rules.bills)


def _lines(wanted: Mapping[UUID, Decimal], articles: Mapping[str, Article]) -> list[DraftLine]:
    return [
        DraftLine(key, articles[str(key)].sales_unit.name, quantity)
        for key, quantity in wanted.items()
        if str(key) in articles
    ]


def _checked(
    session: Session, found: _Open, wanted: Mapping[UUID, Decimal], at: datetime, number: str
) -> Checked:
    known = pricing.basis(session, found.account.id, business_day(at), at=at)
    sold = {str(each.id): each for each in products.articles(session, wanted)}
    quote = pricing.quote(known, _lines(wanted, sold))
    gifts = [UUID(gift.product) for gift in quote.priced.gifts]
    articles = sold | {str(each.id): each for each in products.articles(session, gifts)}
    return Checked(found.account.name, quote, wanted, articles, number, _content(quote))


def _content(quote: Quote) -> str:
    """Return the hash of what was shown: lines, gifts, total."""
    priced = quote.priced
    said = [(x.product, x.unit, str(x.quantity), f"{x.net_amount:.2f}") for x in priced.lines]
    gifts = [(x.product, x.unit, str(x.quantity)) for x in priced.gifts]
    return sha256(repr((said, gifts, f"{priced.payable:.2f}")).encode()).hexdigest()


def _made(session: Session, account_id: UUID, number: str) -> UUID | None:
    return session.scalar(
        select(Order.id).where(Order.account_id == account_id, Order.provisional_number == f"W-{number}")
    )


def _submit(connection: Connection, who: Principal, order_id: UUID, at: datetime) -> None:
    """Hand the draft over as its rep's laptop would; who may no longer do so ends the page."""
    try:
        me = scope.confirmed(connection, who)
    except SignInRequired as error:
        raise NotFound("order_link", "") from error
    at_ms = to_ms(at)
    batch = Batch(connection, scope.standing(connection, me, [], at_ms), at_ms, at_ms)
    act = Mutation(str(new_id()), 1, ("order", str(order_id)), Op.ACT, at_ms, act="submit")
    batch.prepare([act])
    batch.accept(decide(batch, act))
    batch.flush()
