"""Everything one visit's screen shows, in one read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.products import Product, ProductUnit
from fieldcrm.model.visits import CheckIn, CheckOut, Photo, StepAnswer, Visit
from fieldcrm.rules import evidence
from fieldcrm.rules.positions import Position
from fieldcrm.rules.visits import Work
from fieldcrm.services import (
    amending,
    group_rows,
    sops,
    stock_counts,
    store_codes,
    store_facts,
    todos,
    visits,
)

_SHELF_LIMIT = 60
_OLDER_ANSWERS = 12


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """One photo of the visit."""

    id: UUID
    step_key: str
    field_key: str
    caption: str
    sha256: str
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of the visit."""

    id: UUID
    number: str
    status: str
    lines: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class StockItem:
    """One article of a stock count; ``last`` is what an earlier visit counted."""

    product_id: UUID
    code: str
    name: str
    specification: str
    unit: str
    last: Decimal | None = None
    base_unit: str = ""
    standard: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """The check-in and what it proves."""

    at: datetime
    fix: evidence.Fix
    position: Position | None
    far_reason: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """A visit with its template, what was done, and the store's facts.

    ``before`` holds the answers of earlier visits by step, ``later`` a newer edition of the
    template and whether the visit may stay with its own.
    """

    visit_id: UUID
    account_id: UUID
    account: str
    address: str
    channel: str
    grade: str
    position: Position | None
    started_at: datetime
    ended_at: datetime | None
    arrived: Arrived | None
    template: sops.Template | None
    work: Work
    photos: tuple[PhotoRow, ...]
    orders: tuple[OrderRow, ...]
    todos: tuple[todos.TodoRow, ...]
    facts: store_facts.StoreFacts
    shelf: tuple[StockItem, ...]
    returned: str | None = None
    summary: str = ""
    may_amend: bool = False
    amending: bool = False
    catalogue: tuple[StockItem, ...] = ()
    before: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    later: tuple[sops.Template, bool] | None = None

    @property
    def is_open(self) -> bool:
        """Return whether the visit has no check-out yet."""
        return self.ended_at is None

    @property
    def must_go_over(self) -> bool:
        """Return whether its edition has ended: it is closed with the later one."""
        return self.later is not None and not self.later[1]

    @property
    def takes_answers(self) -> bool:
        """Return whether answers may still be given: while open, sent back, or being amended."""
        return self.is_open or self.returned is not None or self.amending


def of_visit(session: Session, visit_id: UUID, on: date) -> Workspace:
    """Return a visit's whole screen as of a day."""
    visit = session.get(Visit, visit_id)
    account = None if visit is None else session.get(Account, visit.account_id)
    if visit is None or account is None:
        raise NotFound("visit", visit_id)
    template = sops.of_visit(session, visit)
    facts = store_facts.of_stores(session, [account.id], on)
    sent_back = visits.returned(session, visit_id)
    return Workspace(
        visit_id=visit.id,
        account_id=account.id,
        account=account.name,
        address=account.address,
        channel=str(account.channel),
        grade=str(account.grade),
        position=visits.store_position(account),
        started_at=visit.started_at,
        ended_at=session.scalar(select(CheckOut.at).where(CheckOut.visit_id == visit_id)),
        arrived=_arrived(session, visit_id),
        template=template,
        work=visits.work(session, visit_id),
        photos=_photos(session, visit_id),
        orders=_orders(session, visit_id),
        todos=tuple(todos.of_account(session, account.id, since=visit.started_at)),
        facts=facts.get(account.id, store_facts.NOTHING),
        shelf=_shelf(session, visit) if group_rows.lists_articles(template) else (),
        catalogue=_catalogue(session, template),
        before=group_rows.before(session, visit, template),
        later=None if template is None else sops.later_edition(session, template, on),
        returned=None if sent_back is None else sent_back.text,
        summary=amending.summary_of(session, visit_id),
        may_amend=sent_back is None and amending.may_amend(session, visit_id),
    )


def _arrived(session: Session, visit_id: UUID) -> Arrived | None:
    row = session.scalar(select(CheckIn).where(CheckIn.visit_id == visit_id).order_by(CheckIn.at))
    if row is None:
        return None
    place = None
    if row.latitude_e7 is not None and row.longitude_e7 is not None:
        place = Position(row.latitude_e7, row.longitude_e7, str(row.datum))
    coded = any(each.counts for each in store_codes.standings(session, [row]).values())
    fix = evidence.Fix(str(row.source), row.accuracy_m, row.fix_age_s, row.distance_m, coded)
    return Arrived(row.at, fix, place, row.far_reason)


def _photos(session: Session, visit_id: UUID) -> tuple[PhotoRow, ...]:
    rows = session.scalars(
        select(Photo)
        .where(Photo.visit_id == visit_id, Photo.archived_at.is_(None))
        .order_by(Photo.taken_at, Photo.id)
    )
    return tuple(
        PhotoRow(row.id, row.step_key, row.field_key, row.caption, row.sha256, row.taken_at) for row in rows
    )


def _orders(session: Session, visit_id: UUID) -> tuple[OrderRow, ...]:
    orders = session.scalars(
        select(Order)
        .where(
            Order.visit_id == visit_id,
            Order.archived_at.is_(None),
            Order.status != OrderStatus.CANCELLED,
        )
        .order_by(Order.id)
    ).all()
    owners = session.scalars(select(OrderLine.order_id).where(OrderLine.order_id.in_([o.id for o in orders])))
    counted = list(owners)
    return tuple(
        OrderRow(o.id, o.number or o.provisional_number, str(o.status), counted.count(o.id), o.total_amount)
        for o in orders
    )


def _shelf(session: Session, visit: Visit) -> tuple[StockItem, ...]:
    """Return what to count: what was counted last, what was ordered lately, else the catalogue."""
    last = _last_counts(session, visit)
    wanted = group_rows.articles_in(visits.latest_answers(session, visit.id).values())
    wanted += [i for i in last if i not in wanted]
    wanted += [i for i in _ordered_lately(session, visit) if i not in wanted]
    query = select(Product).where(Product.active, Product.archived_at.is_(None))
    query = query.where(Product.id.in_(wanted[:_SHELF_LIMIT])) if wanted else query.limit(_SHELF_LIMIT // 2)
    products = session.scalars(query.order_by(Product.code)).all()
    return tuple(_items(session, products, last))


def _catalogue(session: Session, template: sops.Template | None) -> tuple[StockItem, ...]:
    if not group_rows.lists_catalogue(template):
        return ()
    return tuple(_items(session, group_rows.sellable(session)))


def stock_items(session: Session, product_ids: Collection[UUID]) -> list[StockItem]:
    """Return articles that answers name though the store has no history of them."""
    if not product_ids:
        return []
    wanted = select(Product).where(Product.id.in_(list(product_ids))).order_by(Product.code)
    return _items(session, session.scalars(wanted).all())


def stock_item(session: Session, product_id: UUID) -> StockItem:
    """Return an article that the rep adds to a stock count."""
    product = session.get(Product, product_id)
    if product is None:
        raise NotFound("product", product_id)
    return _items(session, [product])[0]


def _items(
    session: Session, products: Sequence[Product], last: Mapping[UUID, Decimal] | None = None
) -> list[StockItem]:
    """Return articles with their last counts; the standard price is that of one base unit, as on a shelf."""
    units = select(ProductUnit.product_id, ProductUnit.unit, ProductUnit.factor)
    rows = session.execute(units.where(ProductUnit.product_id.in_([product.id for product in products])))
    factors = {(product_id, unit): factor for product_id, unit, factor in rows}
    return [
        StockItem(
            p.id, p.code, p.name, p.specification, p.sales_unit, (last or {}).get(p.id), p.base_unit,
            p.standard_price / factors.get((p.id, p.sales_unit), Decimal(1)) or None,
        )
        for p in products
    ]  # fmt: skip


def _last_counts(session: Session, visit: Visit) -> dict[UUID, Decimal]:
    rows = session.scalars(
        select(StepAnswer)
        .where(StepAnswer.account_id == visit.account_id, StepAnswer.visit_id != visit.id)
        .order_by(StepAnswer.answered_at.desc())
        .limit(_OLDER_ANSWERS)
    )
    counts: dict[UUID, Decimal] = {}
    for row in rows:
        for value in row.answers.values():
            for product_id, count in stock_counts.read(session, value).items():
                counts.setdefault(product_id, count)
    return counts


def _ordered_lately(session: Session, visit: Visit) -> list[UUID]:
    rows = session.scalars(
        select(OrderLine.product_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.account_id == visit.account_id, Order.archived_at.is_(None))
        .order_by(Order.ordered_on.desc(), OrderLine.position)
        .limit(_SHELF_LIMIT * 2)
    )
    return list(dict.fromkeys(rows))
