"""Everything that is known of one account on one page (A1).

One call, a handful of indexed queries; what is long is cut to the latest entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import NotFound
from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import Conflict, ConflictState
from fieldcrm.model.orders import Order, OrderLine
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.model.users import Territory, User
from fieldcrm.model.visits import CheckOut, Photo, Visit, VisitReview
from fieldcrm.rules import positions
from fieldcrm.rules.cadence import Outlook, Rhythm
from fieldcrm.rules.positions import Position
from fieldcrm.services import accounts, cadence, calls, contacts, money, paying, todos
from fieldcrm.services.calls import CallRow
from fieldcrm.services.contacts import ContactRow
from fieldcrm.services.paying import Means
from fieldcrm.services.todos import TodoRow

LATEST = 200
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit; ``left_at`` is None while it is open, ``decision`` the latest review's."""

    id: UUID
    started_at: datetime
    left_at: datetime | None
    rep: str
    purpose: str
    summary: str
    photos: int
    decision: str

    @property
    def minutes(self) -> int | None:
        """Return how long it took."""
        return None if self.left_at is None else round((self.left_at - self.started_at).total_seconds() / 60)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order; ``number`` is provisional until the server gives the final one."""

    id: UUID
    number: str
    is_final: bool
    ordered_on: date
    status: str
    total: Decimal
    lines: int
    rep: str


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """One picture; ``stored`` once the server has its bytes."""

    id: UUID
    visit_id: UUID
    sha256: str
    caption: str
    taken_at: datetime
    stored: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One account with its story; ``can_edit`` is false where the territory is not the user's."""

    id: UUID
    version: int
    code: str
    name: str
    channel: str
    grade: str
    phone: str
    province: str
    city: str
    district: str
    address: str
    postcode: str
    position: Position | None
    opening: tuple[dict[str, Any], ...]
    service_minutes: int
    cadence_days: int | None
    cadence_reason: str
    rhythm: Rhythm
    outlook: Outlook
    tags: tuple[str, ...]
    tax_id: str
    credit_limit: Decimal | None
    receivable: Decimal
    overdue_since: date | None
    price_group: str
    note: str
    territory_id: UUID
    territory: str
    owner: str
    parent_id: UUID | None
    parent: str
    branches: tuple[tuple[UUID, str], ...]
    archived_at: datetime | None
    possible_duplicate: bool
    can_edit: bool
    next_planned_on: date | None
    contacts: tuple[ContactRow, ...]
    visits: tuple[VisitRow, ...]
    orders: tuple[OrderRow, ...]
    photos: tuple[PhotoRow, ...]
    todos: tuple[TodoRow, ...]
    conflicts: tuple[str, ...]
    calls: tuple[CallRow, ...] = ()
    balances: Mapping[str, Decimal] = field(default_factory=dict)
    means: Means = Means()

    @property
    def full_address(self) -> str:
        """Return district and address as one, without saying the district twice."""
        said = tuple(place for place in (self.district, self.city) if place)
        if not self.district or self.address.startswith(said):
            return self.address or self.district
        return f"{self.district}{self.address}"


def account_page(session: Session, account_id: UUID, *, me: UUID, today: date) -> AccountPage:
    """Return everything of one account, or raise ``NotFound``."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    held, store, last = cadence.load(session), cadence.store_of(account), _last_visit(session, account_id)
    return AccountPage(
        id=account.id,
        version=account.version,
        code=account.code,
        name=account.name,
        channel=str(account.channel),
        grade=str(account.grade),
        phone=account.phone,
        province=account.province,
        city=account.city,
        district=account.district,
        address=account.address,
        postcode=account.postcode,
        position=positions.stored(account.latitude_e7, account.longitude_e7, str(account.datum)),
        opening=tuple(account.opening),
        service_minutes=account.service_minutes,
        cadence_days=account.cadence_days,
        cadence_reason=account.cadence_reason or "",
        rhythm=held.rhythm(store),
        outlook=held.outlook(store, last, today),
        tags=tuple(account.tags),
        tax_id=account.tax_id,
        credit_limit=account.credit_limit,
        receivable=account.receivable,
        overdue_since=account.overdue_since,
        price_group=account.price_group or "",
        note=account.note,
        territory_id=account.territory_id,
        territory=_name(session, Territory, account.territory_id),
        owner=_name(session, User, account.owner_id),
        parent_id=account.parent_id,
        parent=_name(session, Account, account.parent_id),
        branches=_branches(session, account_id),
        archived_at=account.archived_at,
        possible_duplicate=account.possible_duplicate,
        can_edit=account.territory_id in accounts.territories_of(session, me),
        next_planned_on=_next_plan(session, account_id, today),
        contacts=tuple(contacts.of_account(session, account_id)),
        visits=_visits(session, account_id),
        orders=_orders(session, account_id),
        photos=_photos(session, account_id),
        todos=tuple(todos.of_account(session, account_id, _EVER)),
        conflicts=_conflicts(session, account_id),
        calls=calls.of_account(session, account_id),
        balances=money.balances(session, account_id, today),
        means=paying.means(session, account_id, today),
    )


def _name(session: Session, kind: type[Territory] | type[User] | type[Account], key: UUID | None) -> str:
    return (session.scalar(select(kind.name).where(kind.id == key)) or "") if key else ""


def _branches(session: Session, account_id: UUID) -> tuple[tuple[UUID, str], ...]:
    wanted = select(Account.id, Account.name).where(
        Account.parent_id == account_id, Account.archived_at.is_(None)
    )
    return tuple((row.id, row.name) for row in session.execute(wanted.order_by(Account.name).limit(50)))


def _next_plan(session: Session, account_id: UUID, today: date) -> date | None:
    return session.scalar(
        select(func.min(VisitPlan.on)).where(
            VisitPlan.account_id == account_id,
            VisitPlan.on >= today,
            VisitPlan.status == PlanStatus.PLANNED,
            VisitPlan.archived_at.is_(None),
        )
    )


def _visits(session: Session, account_id: UUID) -> tuple[VisitRow, ...]:
    latest, summary = func.max(CheckOut.at).label("at"), func.max(CheckOut.summary).label("summary")
    ended = select(CheckOut.visit_id, latest, summary).where(CheckOut.account_id == account_id)
    left = ended.group_by(CheckOut.visit_id).subquery()
    found = session.execute(
        select(Visit.id, Visit.started_at, left.c.at, User.name, Visit.purpose, left.c.summary)
        .outerjoin(left, left.c.visit_id == Visit.id)
        .outerjoin(User, User.id == Visit.rep_id)
        .where(Visit.account_id == account_id, Visit.archived_at.is_(None))
        .order_by(Visit.started_at.desc())
        .limit(LATEST)
    ).all()
    pictures = _counted(session, account_id)
    decisions = _decisions(session, [row.id for row in found])
    return tuple(
        VisitRow(
            visit_id, started, left_at, rep or "", purpose, said or "", pictures.get(visit_id, 0),
            decisions.get(visit_id, ""),
        )
        for visit_id, started, left_at, rep, purpose, said in found
    )  # fmt: skip


def _counted(session: Session, account_id: UUID) -> dict[UUID, int]:
    wanted = select(Photo.visit_id, func.count()).where(
        Photo.account_id == account_id, Photo.archived_at.is_(None)
    )
    return {row[0]: row[1] for row in session.execute(wanted.group_by(Photo.visit_id))}


def _decisions(session: Session, visit_ids: list[UUID]) -> dict[UUID, str]:
    wanted = select(VisitReview.visit_id, VisitReview.decision).where(VisitReview.visit_id.in_(visit_ids))
    return {row.visit_id: str(row.decision) for row in session.execute(wanted.order_by(VisitReview.at))}


def _orders(session: Session, account_id: UUID) -> tuple[OrderRow, ...]:
    lines = select(func.count()).where(OrderLine.order_id == Order.id).scalar_subquery()
    found = session.execute(
        select(Order, lines, User.name)
        .outerjoin(User, User.id == Order.rep_id)
        .where(Order.account_id == account_id, Order.archived_at.is_(None))
        .order_by(Order.ordered_on.desc(), Order.id.desc())
        .limit(LATEST)
    )
    return tuple(
        OrderRow(
            order.id, order.number or order.provisional_number, order.number is not None, order.ordered_on,
            str(order.status), order.total_amount, count, rep or "",
        )
        for order, count, rep in found
    )  # fmt: skip


def _photos(session: Session, account_id: UUID) -> tuple[PhotoRow, ...]:
    found = session.scalars(
        select(Photo)
        .where(Photo.account_id == account_id, Photo.archived_at.is_(None))
        .order_by(Photo.taken_at.desc())
        .limit(LATEST)
    )
    return tuple(PhotoRow(p.id, p.visit_id, p.sha256, p.caption, p.taken_at, p.stored) for p in found)


def _conflicts(session: Session, account_id: UUID) -> tuple[str, ...]:
    wanted = select(Conflict.field).where(
        Conflict.entity == "account", Conflict.row_id == account_id, Conflict.state == ConflictState.OPEN
    )
    return tuple(session.scalars(wanted.order_by(Conflict.field)))


def _last_visit(session: Session, account_id: UUID) -> date | None:
    at = session.scalar(
        select(func.max(Visit.started_at)).where(Visit.account_id == account_id, Visit.archived_at.is_(None))
    )
    return None if at is None else business_day(at)
