"""Changing the visit plan: add, move, skip, repeat, put in order (V1, V2).

Moving a visit of today or earlier leaves a trace (status moved, with the new day); moving a
future one just changes it. What was visited stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.plans import PlanOrigin, PlanStatus, VisitPlan
from fieldcrm.services.plan_board import StopState, days, visited

AHEAD_DAYS = 366


def add(
    session: Session,
    account_id: UUID,
    on: date,
    *,
    rep_id: UUID,
    today: date,
    start_time: str | None = None,
    origin: PlanOrigin = PlanOrigin.REP,
    purpose: str = "",
) -> UUID:
    """Plan a visit at the end of the day; the same store twice on one day is refused."""
    account = session.get(Account, account_id)
    if account is None or account.archived_at is not None:
        raise NotFound("account", account_id)
    _plannable(on, today)
    stops = _open_plans(session, rep_id, on)
    if any(plan.account_id == account_id for plan in stops):
        raise RuleBroken("already_planned", account=account.name, on=on)
    plan = VisitPlan(
        id=new_id(),
        rep_id=rep_id,
        account_id=account_id,
        on=on,
        start_time=clock_text(start_time),
        sequence=max((plan.sequence for plan in stops), default=0) + 1,
        minutes=account.service_minutes,
        origin=origin,
        purpose=purpose,
    )
    session.add(plan)
    return plan.id


def add_many(
    session: Session, account_ids: Sequence[UUID], on: date, *, rep_id: UUID, today: date, origin: PlanOrigin
) -> list[UUID]:
    """Plan visits at the end of a day; stores that are planned on it already are left out."""
    planned = {plan.account_id for plan in _open_plans(session, rep_id, on)}
    made = []
    for account_id in dict.fromkeys(account_ids):
        if account_id not in planned:
            made.append(add(session, account_id, on, rep_id=rep_id, today=today, origin=origin))
            session.flush()
    return made


def move(session: Session, plan_id: UUID, on: date, *, today: date, reason: str = "") -> UUID:
    """Move a planned visit to another day and return the plan that now stands for it."""
    plan = _planned(session, plan_id)
    _plannable(on, today)
    if plan.on == on:
        return plan.id
    if any(other.account_id == plan.account_id for other in _open_plans(session, plan.rep_id, on)):
        raise RuleBroken("already_planned", on=on)
    if plan.on > today:
        plan.sequence = _last_place(session, plan.rep_id, on) + 1
        plan.on, plan.start_time = on, None
        return plan.id
    plan.status, plan.moved_to, plan.reason = PlanStatus.MOVED, on, reason.strip()
    return add(
        session,
        plan.account_id,
        on,
        rep_id=plan.rep_id,
        today=today,
        origin=plan.origin,
        purpose=plan.purpose,
    )


def unmove(session: Session, plan_id: UUID, new_plan_id: UUID, at: datetime) -> None:
    """Take a move back: the trace becomes the plan again, the new day forgets it."""
    plan, moved = session.get(VisitPlan, plan_id), session.get(VisitPlan, new_plan_id)
    if plan is None or moved is None or plan.status != PlanStatus.MOVED:
        raise NotFound("visit_plan", plan_id)
    plan.status, plan.moved_to, plan.reason = PlanStatus.PLANNED, None, ""
    moved.archived_at = at


def skip(session: Session, plan_id: UUID, reason: str) -> None:
    """Leave a visit out, with a reason."""
    if not reason.strip():
        raise Invalid("required", field="reason")
    plan = _planned(session, plan_id)
    plan.status, plan.reason = PlanStatus.SKIPPED, reason.strip()


def unskip(session: Session, plan_id: UUID) -> None:
    """Take a skip back."""
    plan = session.get(VisitPlan, plan_id)
    if plan is None or plan.status != PlanStatus.SKIPPED:
        raise NotFound("visit_plan", plan_id)
    plan.status, plan.reason = PlanStatus.PLANNED, ""


def arrange(session: Session, rep_id: UUID, on: date, order: Sequence[tuple[UUID, str | None]]) -> None:
    """Put a day's plans into the order given, with their start times; others keep their place after them."""
    plans = {plan.id: plan for plan in _open_plans(session, rep_id, on)}
    for place, (plan_id, start_time) in enumerate(order, start=1):
        if plan := plans.pop(plan_id, None):
            plan.sequence, plan.start_time = place, clock_text(start_time)
    for place, plan in enumerate(plans.values(), start=len(order) + 1):
        plan.sequence = place


def take_minutes(session: Session, plan_id: UUID, minutes: int) -> int:
    """Let a planned visit take so long, and return how long it took before."""
    if not 5 <= minutes <= 8 * 60:
        raise Invalid("not_a_duration", field="minutes", value=minutes)
    plan = _planned(session, plan_id)
    before, plan.minutes = plan.minutes, minutes
    return before


def repeat_week(session: Session, rep_id: UUID, monday: date, *, today: date) -> list[UUID]:
    """Plan next week's visits as this week's, leaving out stores that are planned there already."""
    made = []
    for day in days(session, rep_id, monday, monday + timedelta(6), today):
        on = day.on + timedelta(7)
        if on < today:
            continue
        taken = {plan.account_id for plan in _open_plans(session, rep_id, on)}
        made += [
            add(session, stop.account_id, on, rep_id=rep_id, today=today, start_time=stop.start_time)
            for stop in day.stops
            if stop.state not in (StopState.SKIPPED, StopState.MOVED) and stop.account_id not in taken
        ]
        session.flush()
    return made


def _plannable(on: date, today: date) -> None:
    if on < today:
        raise Invalid("day_is_past", field="on", on=on)
    if on > today + timedelta(AHEAD_DAYS):
        raise Invalid("day_is_too_far", field="on", on=on)


def _open_plans(session: Session, rep_id: UUID, on: date) -> list[VisitPlan]:
    return list(
        session.scalars(
            select(VisitPlan)
            .where(
                VisitPlan.rep_id == rep_id,
                VisitPlan.on == on,
                VisitPlan.status == PlanStatus.PLANNED,
                VisitPlan.archived_at.is_(None),
            )
            .order_by(VisitPlan.sequence)
        )
    )


def _last_place(session: Session, rep_id: UUID, on: date) -> int:
    return max((plan.sequence for plan in _open_plans(session, rep_id, on)), default=0)


def _planned(session: Session, plan_id: UUID) -> VisitPlan:
    plan = session.get(VisitPlan, plan_id)
    if plan is None or plan.archived_at is not None:
        raise NotFound("visit_plan", plan_id)
    if plan.status != PlanStatus.PLANNED:
        raise RuleBroken("not_planned_any_more", status=str(plan.status))
    done, current = visited(session, [plan.id])
    if done or current:
        raise RuleBroken("already_visited")
    return plan


def clock_text(text: str | None) -> str | None:
    """Return a time as HH:MM, or raise ``Invalid``."""
    if text is None:
        return None
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        raise Invalid("not_a_time", field="start_time", value=text)
    return f"{int(hours):02d}:{int(minutes):02d}"


def remove(session: Session, plan_id: UUID, at: datetime) -> None:
    """Take an open plan out again, as if it had never been meant."""
    _planned(session, plan_id).archived_at = at
