"""A rep's plan as a calendar, for the file of the plan page and the server's feed (V2)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE, business_day
from fieldcrm.model.accounts import Account
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.model.users import User
from fieldcrm.rules import ics, positions

BEHIND, AHEAD = timedelta(days=31), timedelta(days=120)


def calendar(session: Session, rep_id: UUID, at: datetime) -> bytes:
    """Return the month behind and four ahead; what was skipped, moved or taken out is cancelled."""
    today = business_day(at)
    rows = session.execute(
        select(VisitPlan, Account)
        .join(Account, Account.id == VisitPlan.account_id)
        .where(VisitPlan.rep_id == rep_id, VisitPlan.on.between(today - BEHIND, today + AHEAD))
        .order_by(VisitPlan.on, VisitPlan.sequence, VisitPlan.id)
    )
    user = session.get(User, rep_id)
    name = user.name if user is not None else ""
    return ics.write(f"fieldcrm · {name}", (_event(plan, account) for plan, account in rows), at)


def _event(plan: VisitPlan, account: Account) -> ics.Event:
    place = positions.stored(account.latitude_e7, account.longitude_e7, str(account.datum))
    wgs84 = place.to(positions.WGS84) if place else None
    return ics.Event(
        uid=f"{plan.id}@visit.fieldcrm",
        on=plan.on,
        title=account.name,
        start=_start(plan.on, plan.start_time),
        minutes=plan.minutes,
        sequence=plan.version,
        cancelled=plan.status != PlanStatus.PLANNED or plan.archived_at is not None,
        place=account.address,
        note="\n".join(said for said in (plan.purpose, plan.reason) if said),
        position=(wgs84.latitude, wgs84.longitude) if wgs84 else None,
    )


def _start(on: date, clock_text: str | None) -> datetime | None:
    return datetime.combine(on, time.fromisoformat(clock_text), DEFAULT_ZONE) if clock_text else None
