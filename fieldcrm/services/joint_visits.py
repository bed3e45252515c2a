"""Going together (V3): invite, join, agree, check in beside each other, sign, hand over by file.

A manager who joins needs nobody's leave; anybody who is invited may decline with a reason. The
check-ins find the accompanied visit by themselves, so nothing is typed twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.joint_visits import JointState, JointVisit
from fieldcrm.model.plans import PlanOrigin, PlanStatus, VisitPlan
from fieldcrm.model.users import User
from fieldcrm.model.visits import CheckIn, Visit
from fieldcrm.rules import positions
from fieldcrm.services import plans

FORM, EDITION, MOST_BYTES = "fieldcrm joint visit", 1, 16_384
YES, NO = "yes", "no"
_TIME = re.compile(r"([01]?[0-9]|2[0-3])(?::([0-5][0-9]))?")


@dataclass(frozen=True, slots=True)
class Joint:
    """One accompanied visit as one of the two sees it; ``partner_signed`` is "yes", "no" or empty."""

    id: UUID
    joint_id: UUID
    account_id: UUID
    account: str
    on: date
    start_time: str | None
    from_time: str | None
    until_time: str | None
    state: JointState
    partner: str
    i_am_host: bool
    i_was_asked: bool
    reason: str
    my_visit_id: UUID | None
    partner_visit_id: UUID | None
    signed: str
    partner_signed: str


@dataclass(frozen=True, slots=True)
class Together:
    """What the two records of one visit say of each other; distances and times where both are known."""

    host: str
    guest: str
    host_signed: str
    guest_signed: str
    minutes_apart: int | None = None
    metres_apart: int | None = None


def invite(session: Session, plan_id: UUID, guest_id: UUID, *, me: UUID, today: date) -> UUID:
    """Ask somebody along to a planned visit; whoever joins himself has agreed already."""
    plan = session.get(VisitPlan, plan_id)
    if plan is None or plan.archived_at is not None or plan.status != PlanStatus.PLANNED:
        raise NotFound("visit_plan", plan_id)
    if guest_id == plan.rep_id:
        raise Invalid("not_oneself", field="guest")
    if plan.on < today:
        raise Invalid("day_is_past", field="on", on=plan.on)
    if _living(session, JointVisit.host_id == plan.rep_id, plan.account_id, plan.on):
        raise RuleBroken("already_accompanied")
    host, guest = session.get_one(User, plan.rep_id), session.get_one(User, guest_id)
    row = JointVisit(
        id=new_id(), joint_id=new_id(), rep_id=host.id, host_id=host.id, guest_id=guest.id,
        host_name=host.name, guest_name=guest.name, account_id=plan.account_id, on=plan.on,
        start_time=plan.start_time, state=JointState.AGREED if me == guest_id else JointState.INVITED,
    )  # fmt: skip
    session.add(row)
    if me == guest_id:
        _plan_for_guest(session, row, me, today)
    return row.id


def agree(session: Session, row_id: UUID, *, me: UUID, today: date) -> None:
    """Go along; the visit enters one's own plan."""
    row = _asked(session, row_id, me)
    row.state = JointState.AGREED
    _plan_for_guest(session, row, me, today)


def decline(session: Session, row_id: UUID, reason: str, *, me: UUID) -> None:
    """Stay away, with a reason that the other reads."""
    if not reason.strip():
        raise Invalid("required", field="reason")
    row = _asked(session, row_id, me)
    row.state, row.reason = JointState.DECLINED, reason.strip()


def call_off(session: Session, row_id: UUID, at: datetime, *, me: UUID) -> None:
    """Take back an accompanied visit that has not begun."""
    row = _mine(session, row_id, me)
    if row.host_visit_id or row.guest_visit_id:
        raise RuleBroken("already_visited")
    row.archived_at = at


def bring_back(session: Session, row_id: UUID) -> None:
    """Undo ``call_off``."""
    session.get_one(JointVisit, row_id).archived_at = None


def say_when(session: Session, row_id: UUID, first: str, last: str, *, me: UUID) -> None:
    """Say between which times whoever comes along can; nothing typed takes it back.

    A route keeps the visit within them and is free to move it there.
    """
    row = _mine(session, row_id, me)
    if row.host_visit_id or row.guest_visit_id:
        raise RuleBroken("already_visited")
    begin, end = _clock(first, "from_time"), _clock(last, "until_time")
    if (begin is None) != (end is None):
        raise Invalid("required", field="until_time" if end is None else "from_time")
    if begin is not None and end is not None and end <= begin:
        raise Invalid("ends_before_it_begins", field="until_time")
    row.from_time, row.until_time = begin, end


def _clock(text: str, field: str) -> str | None:
    """Return HH:MM of a time as it was typed, None for nothing."""
    if not text.strip():
        return None
    found = _TIME.fullmatch(text.strip().replace("：", ":"))
    if found is None:
        raise Invalid("not_a_time", field=field)
    return f"{int(found[1]):02d}:{found[2] or '00'}"


def began(session: Session, visit: Visit, on: date) -> None:
    """Note a check-in in the accompanied visit it belongs to, if there is one."""
    for row in _living(session, _with(visit.rep_id), visit.account_id, on):
        if row.state is not JointState.AGREED:
            continue
        if row.host_id == visit.rep_id:
            row.host_visit_id = row.host_visit_id or visit.id
        else:
            row.guest_visit_id = row.guest_visit_id or visit.id


def sign(session: Session, row_id: UUID, *, was_there: bool, me: UUID, at: datetime) -> None:
    """Say whether the other was there; said once, with one's own visit behind it."""
    row = _mine(session, row_id, me)
    if (row.host_visit_id if me == row.host_id else row.guest_visit_id) is None:
        raise RuleBroken("not_visited_yet")
    word = YES if was_there else NO
    if me == row.host_id:
        row.host_signed, row.host_signed_at = word, at
    else:
        row.guest_signed, row.guest_signed_at = word, at


def mine(session: Session, me: UUID, since: date) -> list[Joint]:
    """Return my accompanied visits from a day on, those that ask something of me first."""
    rows = session.execute(
        select(JointVisit, Account.name)
        .outerjoin(Account, Account.id == JointVisit.account_id)
        .where(_with(me), JointVisit.on >= since, JointVisit.archived_at.is_(None))
        .order_by(JointVisit.on, JointVisit.start_time)
    )
    found = [_joint(row, name or "", me) for row, name in rows]
    return sorted(found, key=lambda joint: not joint.i_was_asked)


def asks_me(session: Session, me: UUID, since: date) -> int:
    """Return how many invitations wait for my word."""
    return sum(joint.i_was_asked for joint in mine(session, me, since))


def together(session: Session, visit_id: UUID) -> Together | None:
    """Return what both records say of each other, or None for a visit alone."""
    own = session.scalars(
        select(JointVisit).where(
            or_(JointVisit.host_visit_id == visit_id, JointVisit.guest_visit_id == visit_id),
            JointVisit.archived_at.is_(None),
        )
    ).all()
    if not own:
        return None
    rows = session.scalars(select(JointVisit).where(JointVisit.joint_id == own[0].joint_id)).all()
    host_visit = next((row.host_visit_id for row in rows if row.host_visit_id), None)
    guest_visit = next((row.guest_visit_id for row in rows if row.guest_visit_id), None)
    minutes, metres = _apart(session, host_visit, guest_visit)
    return Together(
        own[0].host_name,
        own[0].guest_name,
        next((row.host_signed for row in rows if row.host_signed), ""),
        next((row.guest_signed for row in rows if row.guest_signed), ""),
        minutes,
        metres,
    )


def handed_over(session: Session, row_id: UUID, *, me: UUID) -> bytes:
    """Return the file by which a colleague without a server learns of the visit; it holds no secret."""
    row = _mine(session, row_id, me)
    account = session.get(Account, row.account_id)
    told = {
        "form": FORM, "edition": EDITION, "joint_id": str(row.joint_id), "host_id": str(row.host_id),
        "guest_id": str(row.guest_id), "host_name": row.host_name, "guest_name": row.guest_name,
        "account_id": str(row.account_id), "account": account.name if account else "",
        "on": row.on.isoformat(), "start_time": row.start_time,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def taken_over(session: Session, content: bytes, *, me: UUID, today: date) -> UUID:
    """Take a colleague's file over; ``Invalid`` says what is wrong with it."""
    told = _read(content)
    joint_id, host_id, guest_id, account_id = told["ids"]
    if me not in (host_id, guest_id):
        raise Invalid("file_for_somebody_else", field="file", name=told["guest_name"])
    if (account := session.get(Account, account_id)) is None or account.archived_at is not None:
        raise Invalid("store_not_here", field="file", account=told["account"])
    known = session.scalar(
        select(JointVisit).where(JointVisit.joint_id == joint_id, _with(me), JointVisit.archived_at.is_(None))
    )
    if known is not None:
        return known.id
    row = JointVisit(
        id=new_id(), joint_id=joint_id, rep_id=me, host_id=host_id, guest_id=guest_id,
        host_name=told["host_name"], guest_name=told["guest_name"], account_id=account_id, on=told["on"],
        start_time=told["start_time"], state=JointState.AGREED,
    )  # fmt: skip
    session.add(row)
    _plan_for_guest(session, row, me, today)
    return row.id


def _read(content: bytes) -> dict[str, Any]:
    if len(content) > MOST_BYTES:
        raise Invalid("not_a_joint_visit", field="file")
    try:
        told = json.loads(content)
        if told["form"] != FORM or told["edition"] != EDITION:
            raise Invalid("not_a_joint_visit", field="file")
        ids = [UUID(told[name]) for name in ("joint_id", "host_id", "guest_id", "account_id")]
        start = told["start_time"]
        return {
            "ids": ids,
            "on": date.fromisoformat(told["on"]),
            "start_time": None if start is None else plans.clock_text(str(start)),
            **{name: str(told[name])[:120] for name in ("host_name", "guest_name", "account")},
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid("not_a_joint_visit", field="file") from error


def _plan_for_guest(session: Session, row: JointVisit, me: UUID, today: date) -> None:
    """Put the visit into the guest's own plan unless it is there already or the day has passed."""
    if me != row.guest_id or row.on < today or session.get(Account, row.account_id) is None:
        return
    made = plans.add_many(
        session, [row.account_id], row.on, rep_id=me, today=today, origin=PlanOrigin.MANAGER
    )
    if made and row.start_time:
        session.get_one(VisitPlan, made[0]).start_time = row.start_time


def _with(user_id: UUID) -> Any:
    return or_(JointVisit.host_id == user_id, JointVisit.guest_id == user_id)


def _living(session: Session, who: Any, account_id: UUID, on: date) -> list[JointVisit]:
    query = select(JointVisit).where(
        who, JointVisit.account_id == account_id, JointVisit.on == on, JointVisit.archived_at.is_(None),
        JointVisit.state != JointState.DECLINED,
    )  # fmt: skip
    return list(session.scalars(query))


def _mine(session: Session, row_id: UUID, me: UUID) -> JointVisit:
    row = session.get(JointVisit, row_id)
    if row is None or row.archived_at is not None or me not in (row.host_id, row.guest_id):
        raise NotFound("joint_visit", row_id)
    return row


def _asked(session: Session, row_id: UUID, me: UUID) -> JointVisit:
    row = _mine(session, row_id, me)
    if me != row.guest_id or row.state is not JointState.INVITED:
        raise NotFound("joint_visit", row_id)
    return row


def _joint(row: JointVisit, account: str, me: UUID) -> Joint:
    host = row.host_id == me
    return Joint(
        row.id, row.joint_id, row.account_id, account, row.on, row.start_time, row.from_time,
        row.until_time, row.state, row.guest_name if host else row.host_name, host,
        not host and row.state is JointState.INVITED, row.reason,
        row.host_visit_id if host else row.guest_visit_id,
        row.guest_visit_id if host else row.host_visit_id,
        (row.host_signed if host else row.guest_signed) or "",
        (row.guest_signed if host else row.host_signed) or "",
    )  # fmt: skip


def _apart(session: Session, one: UUID | None, other: UUID | None) -> tuple[int | None, int | None]:
    if one is None or other is None:
        return None, None
    arrived = {
        row.visit_id: row
        for row in session.scalars(select(CheckIn).where(CheckIn.visit_id.in_([one, other])))
    }
    if len(arrived) < 2:
        return None, None
    first, second = arrived[one], arrived[other]
    minutes = round(abs((first.at - second.at).total_seconds()) / 60)
    places = [
        positions.stored(each.latitude_e7, each.longitude_e7, str(each.datum)) for each in (first, second)
    ]
    known = [place for place in places if place is not None]
    return minutes, round(positions.distance_m(*known)) if len(known) == 2 else None


def guests(session: Session, me: UUID, host_ids: Iterable[UUID]) -> list[tuple[UUID, str]]:
    """Return whom one may ask along: everybody in sight but oneself and the hosts."""
    out = {me, *host_ids}
    rows = session.execute(select(User.id, User.name).where(User.archived_at.is_(None)).order_by(User.name))
    return [(key, name) for key, name in rows if key not in out]
