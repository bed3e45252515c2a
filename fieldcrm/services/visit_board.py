"""The visit board of one rep or a team, from the rows of this laptop alone (V1).

Of half a year's plans and visits only those are read in full that a figure of the span counts;
of the others just what proposals need. Ids that come again and again are made once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, String, and_, or_, select, type_coerce
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE, business_day, from_ms
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order
from fieldcrm.model.plans import PlanOrigin, VisitPlan
from fieldcrm.model.visits import CheckOut, Visit
from fieldcrm.rules import next_period
from fieldcrm.rules.cadence import Cadences
from fieldcrm.rules.next_period import LOOKED_BACK, Change, Proposed
from fieldcrm.rules.visit_board import Board, Plan, Stay, Store, board
from fieldcrm.rules.workdays import Workdays
from fieldcrm.services import cadence, plans, team
from fieldcrm.services.store_facts import ORDERED
from fieldcrm.services.team import Member

_Row = TypeVar("_Row", Plan, Stay, Store)
_AHEAD = timedelta(days=13)
_FIRST_DAYS = 2


@dataclass(frozen=True, slots=True)
class Whole:
    """The board of all the reps asked for, each rep's own, and what to change; ``names`` of the stores."""

    board: Board
    by_rep: tuple[tuple[Member, Board], ...]
    changes: tuple[Proposed, ...]
    names: dict[UUID, str]
    people: dict[UUID, str]


def read(session: Session, reps: Sequence[Member], first: date, last: date, *, today: date) -> Whole:
    """Return the board from the first day to the last."""
    ids = [rep.id for rep in reps]
    looked_at = _looked_at(ids, first, last, today)
    meant = _plans(session, looked_at)
    stays = _stays(session, ids, first, last, looked_at)
    held = cadence.load(session)
    areas = _areas(session, reps)
    accounts = _accounts(session, areas)
    stores = _stores(session, accounts, areas, held)
    workdays = held.workdays(str(reps[0].territory_id)) if reps and reps[0].territory_id else Workdays()
    whole = board(meant, stays, stores, first, last, today=today, workdays=workdays)
    plans_of, stays_of, stores_of = _by_rep(meant), _by_rep(stays), _by_rep(stores)
    each = tuple(
        (
            rep,
            board(
                plans_of[rep.id], stays_of[rep.id], stores_of[rep.id], first, last,
                today=today, workdays=workdays,
            ),
        )
        for rep in reps
    )  # fmt: skip
    done = frozenset(stay.plan_id for stay in stays if stay.end and stay.plan_id)
    coming = {plan.account_id for plan in meant if plan.on > today and plan.word == "planned"}
    changes = [
        each
        for each in next_period.proposals(stores, meant, done, workdays, today)
        if each.change is not Change.FIRST or each.account_id not in coming
    ]
    names = {account.id: account.name for account in accounts} | _other_names(session, meant, stays, accounts)
    return Whole(whole, each, tuple(changes), names, {rep.id: rep.name for rep in reps})


def go_first(session: Session, account_id: UUID, rep_id: UUID, *, today: date) -> UUID:
    """Plan a store early in the next week: on the emptier of its first two open days."""
    held, area = cadence.load(session), team.area_of(session, rep_id)
    monday = today + timedelta(7 - today.weekday())
    open_days = held.workdays(area).between(monday, monday + timedelta(6))[:_FIRST_DAYS] or [monday]
    loads = dict.fromkeys(open_days[:2], 0)
    for on in session.scalars(
        select(VisitPlan.on).where(
            VisitPlan.rep_id == rep_id, VisitPlan.on.in_(open_days), VisitPlan.archived_at.is_(None)
        )
    ):
        if on in loads:
            loads[on] += 1
    on = min(loads, key=lambda day: (loads[day], day))
    return plans.add(session, account_id, on, rep_id=rep_id, today=today, origin=PlanOrigin.CADENCE)


def _looked_at(reps: Iterable[UUID], first: date, last: date, today: date) -> tuple[ColumnElement[bool], ...]:
    """Return what picks the plans that count: of the span, those missed for a reason, those to come."""
    return (
        VisitPlan.rep_id.in_(list(reps)),
        VisitPlan.on.between(min(first, today - LOOKED_BACK), max(last, today + _AHEAD)),
        VisitPlan.archived_at.is_(None),
        or_(VisitPlan.on.between(first, last), VisitPlan.reason != "", VisitPlan.on > today),
    )


class _Ids(dict[str | None, Any]):
    """UUIDs by their text, each made once."""

    def __missing__(self, text: str | None) -> UUID | None:
        self[text] = made = None if text is None else UUID(text)
        return made


def _text(column: Any) -> Any:
    return type_coerce(column, String)


def _plans(session: Session, looked_at: Iterable[ColumnElement[bool]]) -> list[Plan]:
    rows = session.execute(
        select(
            VisitPlan.id, _text(VisitPlan.account_id), _text(VisitPlan.rep_id), VisitPlan.on,
            VisitPlan.sequence, VisitPlan.status, VisitPlan.reason, VisitPlan.moved_to,
        ).where(*looked_at)
    )  # fmt: skip
    ids = _Ids()
    return [
        Plan(key, ids[account], ids[rep], on, place, str(status), reason, moved_to)
        for key, account, rep, on, place, status, reason, moved_to in rows
    ]


def _stays(
    session: Session, reps: Sequence[UUID], first: date, last: date, looked_at: Iterable[ColumnElement[bool]]
) -> list[Stay]:
    begin = datetime.combine(first, time(), DEFAULT_ZONE)
    end = datetime.combine(last + timedelta(1), time(), DEFAULT_ZONE)
    planned = Visit.plan_id.in_(select(VisitPlan.id).where(*looked_at))
    rows = session.execute(
        select(
            Visit.id, _text(Visit.account_id), _text(Visit.rep_id), Visit.plan_id, Visit.started_at,
            CheckOut.at,
        )
        .outerjoin(CheckOut, CheckOut.visit_id == Visit.id)
        .where(
            Visit.rep_id.in_(reps), Visit.archived_at.is_(None),
            or_(and_(Visit.started_at >= begin, Visit.started_at < end), planned),
        )
        .order_by(Visit.started_at, Visit.id)
    ).all()  # fmt: skip
    ordered = set(
        session.scalars(
            select(Order.visit_id).where(
                Order.rep_id.in_(reps),
                Order.ordered_on >= first,
                Order.visit_id.is_not(None),
                Order.status.in_(ORDERED),
                Order.archived_at.is_(None),
            )
        )
    )
    ids = _Ids()
    return list(
        {
            key: Stay(key, ids[account], ids[rep], plan, at, left, key in ordered)
            for key, account, rep, plan, at, left in rows
        }.values()
    )


def _by_rep(rows: Iterable[_Row]) -> defaultdict[UUID | None, list[_Row]]:
    found: defaultdict[UUID | None, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.rep_id].append(row)
    return found


def _areas(session: Session, reps: Sequence[Member]) -> dict[UUID, UUID]:
    """Return which rep looks after which area; an area of two reps is the first one's."""
    found: dict[UUID, UUID] = {}
    for rep in reps:
        for area in team.territories_under(session, rep.territory_id):
            found.setdefault(area, rep.id)
    return found


def _accounts(session: Session, areas: Iterable[UUID]) -> Sequence[Any]:
    query = select(
        Account.id, Account.name, Account.grade, Account.channel, Account.territory_id,
        Account.cadence_days, Account.cadence_least_days, Account.cadence_most_days,
    )  # fmt: skip
    wanted = Account.territory_id.in_(list(areas)), Account.archived_at.is_(None), Account.status == "active"
    return session.execute(query.where(*wanted)).all()


def _stores(
    session: Session, accounts: Sequence[Any], areas: dict[UUID, UUID], held: Cadences
) -> list[Store]:
    seen: defaultdict[str, set[date]] = defaultdict(set)
    rows = session.execute(
        select(_text(Visit.account_id), type_coerce(Visit.started_at, BigInteger)).where(
            Visit.territory_id.in_(list(areas)), Visit.archived_at.is_(None)
        )
    )
    for account_id, at in rows:
        seen[account_id].add(_day(at // _QUARTER))
    return [
        Store(
            account.id, areas[account.territory_id], str(account.grade),
            held.rhythm(cadence.store_of(account)), tuple(sorted(seen[str(account.id)])),
        )
        for account in accounts
    ]  # fmt: skip


_QUARTER = 15 * 60 * 1000


@lru_cache(maxsize=1 << 16)
def _day(quarter: int) -> date:
    """Return the business day of a quarter of an hour: no zone's midnight lies within one."""
    return business_day(from_ms(quarter * _QUARTER))


def _other_names(
    session: Session, meant: Sequence[Plan], stays: Sequence[Stay], known: Sequence[Any]
) -> dict[UUID, str]:
    named = {plan.account_id for plan in meant} | {stay.account_id for stay in stays}
    missing = named - {account.id for account in known}
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(list(missing))))
    return {row.id: row.name for row in rows}
