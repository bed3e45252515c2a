"""The next weeks as a question to the route search, and the plans that come of its answer (V1, V5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.model.accounts import Account
from fieldcrm.model.plans import PlanOrigin
from fieldcrm.model.visits import Visit
from fieldcrm.rules.cadence import Cadences
from fieldcrm.rules.routing.day import Stop, Terms, Window
from fieldcrm.rules.routing.weeks import Proposed, Store, Weeks, WorkDay
from fieldcrm.services import cadence, plan_board, plans, routes, team
from fieldcrm.services.plan_board import PlannedVisit, StopState

Joint = Mapping[date, tuple[Window, ...]]

_AWAY = (StopState.SKIPPED, StopState.MOVED)
_SECONDS_A_WEEK = 4.0


@dataclass(frozen=True, slots=True)
class WeeksQuestion:
    """Keys are accounts for what is new and plans for what is planned; ``names`` has both."""

    question: Weeks[UUID]
    names: dict[UUID, str]


def ask(
    session: Session, territory_ids: Iterable[UUID], rep_id: UUID, first: date, weeks: int, *, today: date,
    terms: Terms, joint: Mapping[UUID, Joint] = MappingProxyType({}),
) -> WeeksQuestion:  # fmt: skip
    """Return the working days of some weeks from ``first`` on, and every store that may want a visit.

    ``joint`` says for a store when whoever comes along to it can.
    """
    begin = max(first, today + timedelta(1))
    last = first + timedelta(7 * weeks - 1)
    board = plan_board.days(session, rep_id, begin, last, today)
    held, area = cadence.load(session), team.area_of(session, rep_id)
    workdays = held.workdays(area)
    working = [day for day in board if workdays.is_open(day.on)]
    counted = [(day.on, card) for day in board for card in day.stops if card.state not in _AWAY]
    accounts = list(
        session.scalars(
            select(Account).where(
                Account.territory_id.in_(list(territory_ids)),
                Account.archived_at.is_(None),
                Account.status == "active",
            )
        )
    )
    seen = _last_seen(session, counted)
    stores = [
        replace(_store(account, held, seen.get(account.id), begin), joint=joint.get(account.id))
        for account in accounts
    ]
    by_id = {account.id: account for account in accounts}
    agreed = routes.agreed_times(session, rep_id, begin, last)
    along = routes.joint_windows(session, rep_id, begin, last)
    days = tuple(WorkDay(day.on, terms, _planned(day, by_id, agreed, along)) for day in working)
    stops = {a.id: Stop(a.id, routes.place_of(a), a.service_minutes) for a in accounts}
    names = {a.id: a.name for a in accounts} | {card.plan_id: card.account for _, card in counted}
    question = Weeks(tuple(stores), days, stops, _SECONDS_A_WEEK * weeks, workdays=workdays)
    return WeeksQuestion(question, names)


def accept(
    session: Session, rep_id: UUID, days: Sequence[Proposed[UUID]], *, today: date
) -> tuple[list[UUID], dict[date, routes.Order]]:
    """Plan what is new and put the days in order; return the new plans and each day's order before."""
    made: list[UUID] = []
    before: dict[date, routes.Order] = {}
    for day in days:
        [board] = plan_board.days(session, rep_id, day.on, day.on, today)
        before[day.on] = [(card.plan_id, card.start_time) for card in board.stops]
        fresh = {
            key: plans.add(session, key, day.on, rep_id=rep_id, today=today, origin=PlanOrigin.CADENCE)
            for key in (*day.fresh, *day.added)
        }
        session.flush()
        order = [(fresh.get(stop.key, stop.key), routes.clock_text(stop.begin)) for stop in day.route.stops]
        plans.arrange(session, rep_id, day.on, [*order, *((fresh[key], None) for key in day.added)])
        made += fresh.values()
    return made, before


def _last_seen(session: Session, planned: Sequence[tuple[date, PlannedVisit]]) -> dict[UUID, date]:
    """Return the last day of each store, visits planned in these weeks included."""
    rows = session.execute(select(Visit.account_id, func.max(Visit.started_at)).group_by(Visit.account_id))
    seen = {account_id: business_day(at) for account_id, at in rows}
    for on, card in planned:
        seen[card.account_id] = max(on, seen.get(card.account_id, on))
    return seen


def _store(account: Account, held: Cadences, last_on: date | None, first: date) -> Store[UUID]:
    store = cadence.store_of(account)
    rhythm = held.rhythm(store)
    due_on = held.outlook(store, last_on, first).due_on
    monday = first - timedelta(first.weekday())
    week = {n: routes.windows_of(account, monday + timedelta(n - 1)) for n in range(1, 8)}
    known = any(is_known for _, is_known in week.values())
    hours = {n: windows for n, (windows, _) in week.items() if windows} if known else None
    return Store(account.id, store.grade, rhythm, due_on, last_on, hours)


def _planned(
    day: plan_board.DayPlan, accounts: dict[UUID, Account], agreed: Mapping[tuple[date, UUID], int],
    along: Mapping[tuple[date, UUID], tuple[Window, ...]],
) -> tuple[Stop[UUID], ...]:  # fmt: skip
    made = []
    for card in day.stops:
        if card.state not in _AWAY and card.account_id in accounts:
            stop = routes.stop_of(card, accounts[card.account_id], day.on)
            time = agreed.get((day.on, card.account_id)) if stop.appointment is None else stop.appointment
            made.append(replace(stop, appointment=time, joint=along.get((day.on, card.account_id))))
    return tuple(made)
