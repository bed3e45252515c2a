"""Which stores a rep may add to today: those due, those near, those found by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, radians
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.rules.positions import E7, WGS84, Position, quick_distance_m
from fieldcrm.services import plan_board, store_facts
from fieldcrm.services.visits import store_position

NEAR_KM = 10
_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A store that is not planned today."""

    account_id: UUID
    name: str
    channel: str
    grade: str
    address: str
    due_on: date | None = None
    last_visit_on: date | None = None
    distance_m: float | None = None


def due(
    session: Session, me: UUID, territory_id: UUID | None, on: date, here: Position | None, limit: int = 50
) -> list[Candidate]:
    """Return stores that are due today or overdue, the longest overdue first."""
    if territory_id is None:
        return []
    rows = plan_board.unplanned(session, [territory_id], me, on, on)[:limit]
    known = _accounts(session, [row.account_id for row in rows])
    return [
        _candidate(known[row.account_id], here, row.due_on, row.last_visit_on)
        for row in rows
        if row.account_id in known
    ]


def near(session: Session, me: UUID, on: date, here: Position, limit: int = 50) -> list[Candidate]:
    """Return the stores nearest to a position, within a day's reach."""
    middle = here.to(WGS84)
    tall = int(NEAR_KM / 111.0 * E7)
    wide = int(tall / max(0.1, cos(radians(middle.latitude))))
    inside = and_(
        Account.latitude_e7.between(middle.latitude_e7 - tall, middle.latitude_e7 + tall),
        Account.longitude_e7.between(middle.longitude_e7 - wide, middle.longitude_e7 + wide),
    )
    accounts = session.scalars(_open(me, on, inside).limit(_LOOKED_AT)).all()
    found = sorted((_candidate(account, here) for account in accounts), key=lambda c: c.distance_m or 0)
    return _with_last_visits(session, found[:limit], on)


def named(
    session: Session, me: UUID, on: date, account_ids: Sequence[UUID], here: Position | None
) -> list[Candidate]:
    """Return the stores a search found, in its order, without those planned already."""
    rows = session.scalars(_open(me, on, Account.id.in_(account_ids))).all()
    place = {account_id: n for n, account_id in enumerate(account_ids)}
    found = [_candidate(row, here) for row in sorted(rows, key=lambda row: place[row.id])]
    return _with_last_visits(session, found, on)


def _open(me: UUID, on: date, wanted: ColumnElement[bool]) -> Select[Account]:
    planned = select(VisitPlan.account_id).where(
        VisitPlan.rep_id == me,
        VisitPlan.on == on,
        VisitPlan.status == PlanStatus.PLANNED,
        VisitPlan.archived_at.is_(None),
    )
    return select(Account).where(
        wanted, Account.archived_at.is_(None), Account.status == "active", Account.id.not_in(planned)
    )


def _accounts(session: Session, ids: Sequence[UUID]) -> dict[UUID, Account]:
    return {row.id: row for row in session.scalars(select(Account).where(Account.id.in_(ids)))}


def _candidate(
    account: Account, here: Position | None, due_on: date | None = None, last: date | None = None
) -> Candidate:
    place = store_position(account)
    metres = quick_distance_m(here, place) if here and place else None
    return Candidate(
        account.id,
        account.name,
        str(account.channel),
        str(account.grade),
        account.address,
        due_on,
        last,
        metres,
    )


def _with_last_visits(session: Session, found: Sequence[Candidate], on: date) -> list[Candidate]:
    last = store_facts.last_visits(session, [candidate.account_id for candidate in found], on)
    return [
        Candidate(
            c.account_id, c.name, c.channel, c.grade, c.address, None, last.get(c.account_id), c.distance_m
        )
        for c in found
    ]
