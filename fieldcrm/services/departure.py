"""The departure check: what the visits of the next days still lack on this laptop.

Only what these tables say: the store itself, the price books that speak to it on that day
(whole by count and hash), the visit template valid on that day, and how long the laptop stays
unlocked. Stores near the planned stops are looked at too, for the visit nobody planned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.model.accounts import Account
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.rules import positions
from fieldcrm.rules.positions import Position
from fieldcrm.services import pricing, sops

NEAR_M = 2_000
MOST_NEAR = 200


class Lack(StrEnum):
    """What is missing."""

    STORE = "store"
    ARCHIVED = "archived"
    BOOK = "book"
    PRICES = "prices"
    TEMPLATE = "template"
    UNLOCKED = "unlocked"


@dataclass(frozen=True, slots=True)
class Visit:
    """A planned visit, or with ``is_near`` a store near the route; ready when nothing lacks."""

    account_id: UUID
    name: str
    on: date
    start_time: str
    is_near: bool
    lacks: tuple[Lack, ...]
    books: tuple[str, ...] = ()
    template: str = ""


@dataclass(frozen=True, slots=True)
class Departure:
    """What was found, and when."""

    at: datetime
    visits: tuple[Visit, ...]
    near: tuple[Visit, ...]

    @property
    def lacking(self) -> int:
        """Return how many planned visits lack something."""
        return sum(bool(visit.lacks) for visit in self.visits)

    @property
    def near_lacking(self) -> int:
        """Return how many stores near the route lack something."""
        return sum(bool(visit.lacks) for visit in self.near)


def check(
    session: Session, me: UUID, first: date, days: int, *, at: datetime, lease_ms: int | None
) -> Departure:
    """Look at the visits planned from ``first`` on for so many days, and at the stores around them."""
    plans = _plans(session, me, first, first + timedelta(days - 1))
    accounts = _accounts(session, [plan.account_id for plan in plans])
    visits = [_planned(session, plan, accounts.get(plan.account_id), at, lease_ms) for plan in plans]
    stops = [(plan.on, place) for plan in plans if (place := _place(accounts.get(plan.account_id)))]
    near = [
        _visit(session, account, on, "", at, lease_ms, near=True)
        for account, on in _near(session, stops, set(accounts))
    ]
    return Departure(at, tuple(visits), tuple(near))


def _plans(session: Session, me: UUID, first: date, last: date) -> Sequence[VisitPlan]:
    return session.scalars(
        select(VisitPlan)
        .where(
            VisitPlan.rep_id == me, VisitPlan.on.between(first, last),
            VisitPlan.status == PlanStatus.PLANNED, VisitPlan.archived_at.is_(None),
        )
        .order_by(VisitPlan.on, VisitPlan.sequence, VisitPlan.id)
    ).all()  # fmt: skip


def _accounts(session: Session, ids: Sequence[UUID]) -> dict[UUID, Account]:
    return {each.id: each for each in session.scalars(select(Account).where(Account.id.in_(set(ids))))}


def _planned(
    session: Session, plan: VisitPlan, account: Account | None, at: datetime, lease_ms: int | None
) -> Visit:
    start = plan.start_time or ""
    if account is None:
        return Visit(plan.account_id, "", plan.on, start, False, (Lack.STORE,))
    if account.archived_at is not None:
        return Visit(account.id, account.name, plan.on, start, False, (Lack.ARCHIVED,))
    return _visit(session, account, plan.on, start, at, lease_ms, near=False, purpose=plan.purpose)


def _visit(
    session: Session,
    account: Account,
    on: date,
    start: str,
    at: datetime,
    lease_ms: int | None,
    *,
    near: bool,
    purpose: str = "",
) -> Visit:
    lacks: list[Lack] = []
    known = pricing.basis(session, account.id, on, ())
    if known.incomplete:
        lacks.append(Lack.BOOK)
    elif not known.rules.books:
        lacks.append(Lack.PRICES)
    template = sops.template_for(session, account.channel, on, purpose=purpose, types=account.tags or ())
    if template is None:
        lacks.append(Lack.TEMPLATE)
    if lease_ms is not None and at + timedelta(milliseconds=lease_ms) < _end_of(on):
        lacks.append(Lack.UNLOCKED)
    said = "" if template is None else template.name
    return Visit(account.id, account.name, on, start, near, tuple(lacks), known.incomplete, said)


def _end_of(on: date) -> datetime:
    return datetime.combine(on + timedelta(1), time(), DEFAULT_ZONE)


def _place(account: Account | None) -> Position | None:
    if account is None:
        return None
    return positions.stored(account.latitude_e7, account.longitude_e7, str(account.datum))


def _near(
    session: Session, stops: Sequence[tuple[date, Position]], planned: set[UUID]
) -> list[tuple[Account, date]]:
    """Return stores within ``NEAR_M`` of a stop that are not planned, nearest first, each with that day."""
    if not stops:
        return []
    found: list[tuple[float, Account, date]] = []
    for account in _around(session, [place for _, place in stops]):
        here = _place(account)
        if account.id in planned or here is None:
            continue
        metres, on = min((positions.quick_distance_m(here, place), on) for on, place in stops)
        if metres <= NEAR_M:
            found.append((metres, account, on))
    return [(account, on) for _, account, on in sorted(found, key=lambda each: each[0])[:MOST_NEAR]]


def _around(session: Session, places: Sequence[Position]) -> Sequence[Account]:
    """Return the accounts in the box around all places."""
    reach = NEAR_M * 90 + positions.DATUM_SLACK_E7
    centres = [place.to(positions.WGS84) for place in places]
    north = [place.latitude_e7 for place in centres]
    east = [place.longitude_e7 for place in centres]
    wanted = select(Account).where(
        Account.archived_at.is_(None),
        Account.latitude_e7.between(min(north) - reach, max(north) + reach),
        Account.longitude_e7.between(min(east) - 2 * reach, max(east) + 2 * reach),
    )
    return session.scalars(wanted).all()
