"""A visit from check-in to check-out (V4, V6): every call appends events, none changes one.

Only one visit is open at a time. A check-in keeps the position exactly as it was given, with
the distance this laptop computed; a far one needs a reason and is then accepted. A visit of
an earlier day that was never closed is closed with the time the rep states, marked so. A
report that was sent back takes new answers and photos again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.plans import PlanStatus, VisitPlan
from fieldcrm.model.visits import (
    CheckIn,
    CheckOut,
    Decision,
    Photo,
    PositionSource,
    StepAnswer,
    Visit,
    VisitReview,
)
from fieldcrm.rules import evidence, positions, store_codes, visits
from fieldcrm.rules.positions import Position
from fieldcrm.rules.visits import Gap, GapCode, Work
from fieldcrm.services import joint_visits, plans, reused_photos, sops
from fieldcrm.services.store_codes import Shown

FAR_FUTURE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the rep's laptop knows of where it is; without a position the source is NONE."""

    source: PositionSource = PositionSource.NONE
    position: Position | None = None
    accuracy_m: int | None = None
    fix_age_s: int | None = None
    code: Shown | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored photo's facts; the bytes are in this device's file store under ``sha256``."""

    sha256: str
    size: int
    media_type: str
    width: int
    height: int
    taken_at: datetime
    step_key: str = ""
    field_key: str = ""
    caption: str = ""
    likeness: str | None = None
    looks: Sequence[str] = ()
    exif: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class OpenVisit:
    """A visit that has no check-out yet."""

    visit_id: UUID
    account_id: UUID
    account: str
    plan_id: UUID | None
    started_at: datetime
    state: visits.VisitState


def store_position(account: Account) -> Position | None:
    """Return where the store is, as far as anybody wrote it down."""
    return positions.stored(account.latitude_e7, account.longitude_e7, account.datum)


def fix(arrival: Arrival, store: Position | None) -> evidence.Fix:
    """Return an arrival as evidence: with its distance to the store when both are known."""
    known = arrival.position is not None and store is not None
    metres = round(positions.distance_m(arrival.position, store)) if known else None  # type: ignore[arg-type]  # known says so
    coded = arrival.code is not None
    return evidence.Fix(str(arrival.source), arrival.accuracy_m, arrival.fix_age_s, metres, coded)


def open_visits(session: Session, me: UUID, on: date) -> list[OpenVisit]:
    """Return my visits without a check-out, the newest first."""
    closed = select(CheckOut.visit_id)
    query = (
        select(Visit, Account.name)
        .outerjoin(Account, Account.id == Visit.account_id)
        .where(Visit.rep_id == me, Visit.archived_at.is_(None), Visit.id.not_in(closed))
        .order_by(Visit.started_at.desc())
    )
    return [
        OpenVisit(
            visit.id,
            visit.account_id,
            name or "",
            visit.plan_id,
            visit.started_at,
            visits.state(visit.started_at, None, on),
        )
        for visit, name in session.execute(query)
    ]


def start(
    session: Session,
    account_id: UUID,
    arrival: Arrival,
    *,
    me: UUID,
    at: datetime,
    far_reason: str = "",
    plan_id: UUID | None = None,
    purpose: str = "",
) -> UUID:
    """Check in: begin the one open visit, with the template that holds today."""
    account = _account(session, account_id)
    if running := open_visits(session, me, business_day(at)):
        raise RuleBroken("visit_open", visit_id=running[0].visit_id, account=running[0].account)
    proof = fix(arrival, store_position(account))
    if evidence.needs_reason(proof) and not far_reason.strip():
        raise RuleBroken(
            "far_reason_needed", distance_m=proof.distance_m, allowed_m=evidence.allowed_m(proof.accuracy_m)
        )
    plan = None if plan_id is None or purpose else session.get(VisitPlan, plan_id)
    purpose = plan.purpose if plan is not None else purpose
    template = sops.template_for(
        session, account.channel, business_day(at), purpose=purpose, types=account.tags or ()
    )
    visit = Visit(
        id=new_id(),
        account_id=account.id,
        rep_id=me,
        territory_id=account.territory_id,
        plan_id=plan_id,
        sop_template_id=None if template is None else template.id,
        started_at=at,
        purpose=purpose,
    )
    session.add_all([visit, _check_in(visit, arrival, proof, at, far_reason.strip())])
    joint_visits.began(session, visit, business_day(at))
    return visit.id


def answer(
    session: Session,
    visit_id: UUID,
    step_key: str,
    answers: Mapping[str, Any],
    at: datetime,
    amendment_id: UUID | None = None,
) -> UUID | None:
    """Keep a step's answers, empty ones too: the step was looked at.

    Returns None when nothing changed since the last time. ``amendment_id`` names the amendment
    of a submitted report that it belongs to.
    """
    visit = _amendable(session, visit_id, amending=amendment_id is not None)
    last = _last_answer(session, visit_id, step_key)
    if last is not None and dict(answers) == last.answers:
        return None
    event = StepAnswer(
        id=new_id(),
        **of(visit),
        step_key=step_key,
        answers=dict(answers),
        answered_at=at,
        replaces_id=None if last is None else last.id,
        amendment_id=amendment_id,
    )
    session.add(event)
    return event.id


def add_photo(session: Session, visit_id: UUID, picture: Picture, *, amending: bool = False) -> UUID:
    """Keep what is known of a photo; its bytes must be in the file store already."""
    visit = _amendable(session, visit_id, amending=amending)
    facts = asdict(picture)
    like_id = reused_photos.earlier(session, visit.id, facts.pop("looks"))
    photo = Photo(id=new_id(), **of(visit), **facts, like_id=like_id)
    session.add(photo)
    return photo.id


def latest_answers(session: Session, visit_id: UUID) -> dict[str, dict[str, Any]]:
    """Return the answers that count, by step."""
    rows = session.scalars(
        select(StepAnswer)
        .where(StepAnswer.visit_id == visit_id)
        .order_by(StepAnswer.answered_at, StepAnswer.id)
    )
    return {row.step_key: row.answers for row in rows}


def work(session: Session, visit_id: UUID) -> Work:
    """Return what was done in a visit so far, as the rules see it."""
    photos = session.execute(
        select(Photo.step_key, Photo.field_key).where(Photo.visit_id == visit_id, Photo.archived_at.is_(None))
    )
    orders = session.scalar(
        select(func.count())
        .select_from(Order)
        .where(
            Order.visit_id == visit_id,
            Order.archived_at.is_(None),
            Order.status != OrderStatus.CANCELLED,
        )
    )
    counted = Counter((step, field) for step, field in photos)
    return Work(latest_answers(session, visit_id), counted, orders or 0)


def gaps(session: Session, visit_id: UUID) -> tuple[Gap, ...]:
    """Return what is missing in a visit, in the order of its steps."""
    template = sops.of_visit(session, load(session, visit_id))
    return () if template is None else visits.gaps(template.steps, work(session, visit_id))


def check_out(
    session: Session,
    visit_id: UUID,
    *,
    at: datetime,
    summary: str = "",
    next_visit_on: date | None = None,
    next_time: str | None = None,
) -> UUID:
    """Close the visit; a next visit's day becomes a plan. Required answers gate it."""
    visit = _open(session, visit_id)
    missing = gaps(session, visit_id)
    visits.may_check_out(missing)
    if next_visit_on is not None:
        _plan_next(session, visit, next_visit_on, next_time, business_day(at))
    return _close(session, visit, at, summary, next_visit_on, missing)


def close_missed(
    session: Session,
    visit_id: UUID,
    *,
    left_at: datetime,
    now: datetime,
    summary: str = "",
    code: GapCode = GapCode.MISSED_CHECK_OUT,
) -> UUID:
    """Close a visit whose check-out was forgotten, at the time the rep states or a rule finds."""
    visit = _open(session, visit_id)
    if visits.state(visit.started_at, None, business_day(now)) is not visits.VisitState.MISSED_CHECK_OUT:
        raise RuleBroken("check_out_not_missed", visit_id=visit_id)
    if not visit.started_at <= left_at <= now:
        raise Invalid("out_of_range", field="left_at", minimum=visit.started_at, maximum=now)
    late = Gap("", "", "", code, gates=False)
    return _close(session, visit, left_at, summary, None, (late, *gaps(session, visit_id)))


def _close(
    session: Session,
    visit: Visit,
    at: datetime,
    summary: str,
    next_visit_on: date | None,
    missing: tuple[Gap, ...],
) -> UUID:
    event = CheckOut(
        id=new_id(),
        **of(visit),
        at=at,
        summary=summary.strip(),
        next_visit_on=next_visit_on,
        gaps=[
            {"step": gap.step_key, "field": gap.field_key, "label": gap.label, "code": str(gap.code)}
            for gap in missing
        ],
    )
    session.add(event)
    return event.id


def _plan_next(session: Session, visit: Visit, on: date, time: str | None, today: date) -> None:
    if not today < on <= today + FAR_FUTURE:
        raise Invalid("out_of_range", field="next_visit_on", minimum=today, maximum=today + FAR_FUTURE)
    same = select(VisitPlan.id).where(
        VisitPlan.rep_id == visit.rep_id,
        VisitPlan.account_id == visit.account_id,
        VisitPlan.on == on,
        VisitPlan.status == PlanStatus.PLANNED,
        VisitPlan.archived_at.is_(None),
    )
    if session.scalar(same) is None:
        plans.add(session, visit.account_id, on, rep_id=visit.rep_id, today=today, start_time=time)


def _check_in(visit: Visit, arrival: Arrival, proof: evidence.Fix, at: datetime, reason: str) -> CheckIn:
    position, code = arrival.position, arrival.code
    return CheckIn(
        id=new_id(),
        **of(visit),
        at=at,
        source=arrival.source,
        latitude_e7=None if position is None else position.latitude_e7,
        longitude_e7=None if position is None else position.longitude_e7,
        datum=positions.WGS84 if position is None else position.datum,
        accuracy_m=arrival.accuracy_m,
        fix_age_s=arrival.fix_age_s,
        distance_m=proof.distance_m,
        far_reason=reason,
        code_edition=None if code is None else code.edition,
        code_signature=None
        if code is None
        else store_codes.sign(code.code, visit.account_id, code.edition, visit.id, at),
    )


def of(visit: Visit) -> dict[str, UUID]:
    """Return the columns that an event shares with its visit."""
    owner = {
        "account_id": visit.account_id,
        "rep_id": visit.rep_id,
        "territory_id": visit.territory_id,
    }
    return owner | {"visit_id": visit.id}


def _last_answer(session: Session, visit_id: UUID, step_key: str) -> StepAnswer | None:
    return session.scalar(
        select(StepAnswer)
        .where(StepAnswer.visit_id == visit_id, StepAnswer.step_key == step_key)
        .order_by(StepAnswer.answered_at.desc(), StepAnswer.id.desc())
        .limit(1)
    )


def returned(session: Session, visit_id: UUID) -> VisitReview | None:
    """Return the review that sent a report back, unless a later one decided otherwise."""
    return _decided(session, visit_id, Decision.RETURNED)


def approved(session: Session, visit_id: UUID) -> VisitReview | None:
    """Return the review that settled a report, unless a later one sent it back."""
    return _decided(session, visit_id, Decision.APPROVED)


def is_closed(session: Session, visit_id: UUID) -> bool:
    """Return whether a visit has its check-out."""
    return session.scalar(select(CheckOut.id).where(CheckOut.visit_id == visit_id)) is not None


def _decided(session: Session, visit_id: UUID, wanted: Decision) -> VisitReview | None:
    latest = session.scalar(
        select(VisitReview)
        .where(
            VisitReview.visit_id == visit_id,
            VisitReview.decision.in_((Decision.APPROVED, Decision.RETURNED)),
        )
        .order_by(VisitReview.at.desc())
        .limit(1)
    )
    return latest if latest is not None and latest.decision is wanted else None


def _amendable(session: Session, visit_id: UUID, *, amending: bool = False) -> Visit:
    """Return a visit that takes answers: an open one, a report that was sent back or is being amended."""
    if amending or returned(session, visit_id) is not None:
        return load(session, visit_id)
    return _open(session, visit_id)


def _open(session: Session, visit_id: UUID) -> Visit:
    visit = load(session, visit_id)
    if is_closed(session, visit_id):
        raise RuleBroken("visit_closed", visit_id=visit_id)
    return visit


def load(session: Session, visit_id: UUID) -> Visit:
    """Return a visit, or raise ``NotFound``."""
    found = session.get(Visit, visit_id)
    if found is None:
        raise NotFound("visit", visit_id)
    return found


def _account(session: Session, account_id: UUID) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    return account
