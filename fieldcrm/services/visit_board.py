"""The visit board of one rep or a team, from the rows of this laptop alone (V1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE, business_day
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
    since = min(first, today - LOOKED_BACK)
    ids = [rep.id for rep in reps]
    meant = _plans(session, ids, since, max(last, today + _AHEAD))
    stays = _stays(session, ids, since)
    held = cadence.load(session)
    areas = _areas(session, reps)
    accounts = _accounts(session, areas)
    stores = _stores(session, accounts, areas, held)
    workdays = held.workdays(str(reps[0].territory_id)) if reps and reps[0].territory_id else Workdays()
    whole = board(meant, stays, stores, first, last, today=today, workdays=workdays)
    each = tuple(
        (
            rep,
            board(
                [plan for plan in meant if plan.rep_id == rep.id],
                [stay for stay in stays if stay.rep_id == rep.id],
                [store for store in stores if store.rep_id == rep.id],
                first, last, today=today, workdays=workdays,
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


def _plans(session: Session, reps: Iterable[UUID], first: date, last: date) -> list[Plan]:
    rows = session.execute(
        select(
            VisitPlan.id, VisitPlan.account_id, VisitPlan.rep_id, VisitPlan.on, VisitPlan.sequence,
            VisitPlan.status, VisitPlan.reason, VisitPlan.moved_to,
        ).where(
            VisitPlan.rep_id.in_(list(reps)),
            VisitPlan.on.between(first, last),
            VisitPlan.archived_at.is_(None),
        )
    )  # fmt: skip
    return [Plan(*row[:5], str(row.status), row.reason, row.moved_to) for row in rows]


def _stays(session: Session, reps: Iterable[UUID], first: date) -> list[Stay]:
    since = datetime.combine(first, time(), DEFAULT_ZONE)
    rows = session.execute(
        select(Visit.id, Visit.account_id, Visit.rep_id, Visit.plan_id, Visit.started_at, CheckOut.at)
        .outerjoin(CheckOut, CheckOut.visit_id == Visit.id)
        .where(Visit.rep_id.in_(list(reps)), Visit.started_at >= since, Visit.archived_at.is_(None))
        .order_by(Visit.started_at, Visit.id)
    ).all()
    ordered = set(
        session.scalars(
            select(Order.visit_id).where(
                Order.rep_id.in_(list(reps)),
                Order.ordered_on >= first,
                Order.visit_id.is_not(None),
                Order.status.in_(ORDERED),
                Order.archived_at.is_(None),
            )
        )
    )
    return list({row.id: Stay(*row, row.id in ordered) for row in rows}.values())


def _areas(session: Session, reps: Sequence[Member]) -> dict[UUID, UUID]:
    """Return which rep looks after which area; an area of two reps is the first one's."""
    found: dict[UUID, UUID] = {}
    for rep in reps:
        for area in team.territories_under(session, rep.territory_id):
            found.setdefault(area, rep.id)
    return found


def _accounts(session: Session, areas: Iterable[UUID]) -> list[Account]:
    return list(
        session.scalars(
            select(Account).where(
                Account.territory_id.in_(list(areas)),
                Account.archived_at.is_(None),
                Account.status == "active",
            )
        )
    )


def _stores(
    session: Session, accounts: Sequence[Account], areas: dict[UUID, UUID], held: Cadences
) -> list[Store]:
    seen: defaultdict[UUID, set[date]] = defaultdict(set)
    rows = session.execute(
        select(Visit.account_id, Visit.started_at).where(
            Visit.territory_id.in_(list(areas)), Visit.archived_at.is_(None)
        )
    )
    for account_id, at in rows:
        seen[account_id].add(business_day(at))
    return [
        Store(
            account.id, areas[account.territory_id], str(account.grade),
            held.rhythm(cadence.store_of(account)), tuple(sorted(seen[account.id])),
        )
        for account in accounts
    ]  # fmt: skip


def _other_names(
    session: Session, meant: Sequence[Plan], stays: Sequence[Stay], known: Sequence[Account]
) -> dict[UUID, str]:
    named = {plan.account_id for plan in meant} | {stay.account_id for stay in stays}
    missing = named - {account.id for account in known}
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(list(missing))))
    return {row.id: row.name for row in rows}
