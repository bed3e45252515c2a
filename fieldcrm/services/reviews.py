"""The manager's inbox and what is said of a visit (V9).

A visit's state is the latest decision among its reviews; ``seen`` and ``comment`` do not
decide. A returned visit that got new answers or photos since is resubmitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import Invalid, NotFound
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.users import User
from fieldcrm.model.visits import (
    CheckIn,
    CheckOut,
    Decision,
    Photo,
    SopTemplate,
    StepAnswer,
    Visit,
    VisitReview,
)
from fieldcrm.rules import evidence, reviewing
from fieldcrm.rules.findings import Finding
from fieldcrm.rules.store_changes import Change, Compared
from fieldcrm.rules.visits import GapCode
from fieldcrm.services import amending, joint_visits, sops, store_changes
from fieldcrm.services import evidence as compared
from fieldcrm.services.amending import Amended
from fieldcrm.services.joint_visits import Together
from fieldcrm.services.review_facts import Facts

SHORT_VISIT_MINUTES = 5
_DECIDING = (Decision.APPROVED, Decision.RETURNED)


class ReviewState(StrEnum):
    """Where a report stands with its manager."""

    WAITING = "waiting"
    RETURNED = "returned"
    RESUBMITTED = "resubmitted"
    APPROVED = "approved"


class Flag(StrEnum):
    """Why a report deserves a look first; flags explain, they never block."""

    FAILED_CHECK = "failed_check"
    FAR = "far"
    NO_POSITION = "no_position"
    SHORT = "short"
    GAPS = "gaps"
    CLOCK = "clock"
    TRAVEL = "travel"
    BURST = "burst"
    BACKWARDS = "backwards"
    SAME_SPOT = "same_spot"
    SAME_ANSWERS = "same_answers"
    REUSED_PHOTO = "reused_photo"
    EDITED = "edited"
    STORE_CODE = "store_code"
    PHOTO_TIME = "photo_time"
    PHOTO_PLACE = "photo_place"
    PHOTO_EDITED = "photo_edited"
    AMENDED = "amended"
    LATE_CHECK_OUT = "late_check_out"
    CLOSED_BY_RULE = "closed_by_rule"


@dataclass(frozen=True, slots=True)
class Report:
    """One line of the inbox."""

    visit_id: UUID
    account: str
    rep_id: UUID
    rep: str
    started_at: datetime
    left_at: datetime
    state: ReviewState
    flags: tuple[Flag, ...]
    failed: tuple[str, ...]
    seen: bool
    account_id: UUID
    due_on: date
    changes: tuple[Change, ...] = ()

    @property
    def undecided(self) -> bool:
        """Whether a decision is still to be made."""
        return self.state in (ReviewState.WAITING, ReviewState.RESUBMITTED)

    @property
    def plain(self) -> bool:
        """Whether nothing in it asks to be read: no flag, nothing serious changed."""
        return self.state == ReviewState.WAITING and not self.flags and not self.serious

    @property
    def serious(self) -> tuple[Change, ...]:
        """Return the changes that put it before others."""
        return tuple(change for change in self.changes if change.serious)


@dataclass(frozen=True, slots=True)
class About:
    """What a comment points at: nothing, an answer, a photo, or a spot of it in thousandths."""

    step_key: str = ""
    field_key: str | None = None
    photo_id: UUID | None = None
    spot: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One thing somebody said of a visit."""

    by: str
    decision: Decision
    text: str
    step_key: str
    at: datetime
    about: About = field(default_factory=lambda: About())


@dataclass(frozen=True, slots=True)
class AnsweredStep:
    """A step with its questions and the answers that stand."""

    key: str
    title: str
    fields: tuple[dict[str, Any], ...]
    answers: dict[str, Any]
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class PhotoOf:
    """What is known of one photo of the visit."""

    photo_id: UUID
    sha256: str
    step_key: str
    field_key: str
    caption: str
    taken_at: datetime
    stored: bool


@dataclass(frozen=True, slots=True)
class OrderOf:
    """An order written during the visit."""

    order_id: UUID
    number: str
    status: OrderStatus
    total: Decimal


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the rep was at check-in, as far as it is known."""

    source: str
    accuracy_m: int | None
    fix_age_s: int | None
    distance_m: int | None
    far_reason: str
    clock_off_s: int | None = None
    coded: bool = False

    @property
    def fix(self) -> evidence.Fix:
        """The position as the rules of evidence see it."""
        return evidence.Fix(self.source, self.accuracy_m, self.fix_age_s, self.distance_m, self.coded)


@dataclass(frozen=True, slots=True)
class FullReport:
    """Everything a manager needs to decide on one visit."""

    report: Report
    account_id: UUID
    channel: str
    grade: str
    summary: str
    next_visit_on: date | None
    evidence: Evidence
    steps: tuple[AnsweredStep, ...]
    photos: tuple[PhotoOf, ...]
    orders: tuple[OrderOf, ...]
    said: tuple[Said, ...]
    findings: tuple[Finding, ...] = ()
    amended: tuple[Amended, ...] = ()
    compared: Compared = field(default_factory=Compared)
    names: Mapping[str, str] = field(default_factory=dict)
    together: Together | None = None


def inbox(
    session: Session,
    rep_ids: Iterable[UUID],
    *,
    since: datetime,
    until: datetime | None = None,
    states: Sequence[ReviewState] = (),
    compare_all: bool = False,
) -> list[Report]:
    """Return finished visits since a moment: undecided first, then what changed, flagged, the newest.

    Only undecided ones are looked at as evidence here and compared with the visit before, unless all
    are asked for; of the others it tells what the server found.
    """
    visits = session.execute(
        select(Visit, CheckOut, Account.name, User.name)
        .join(CheckOut, CheckOut.visit_id == Visit.id)
        .join(Account, Account.id == Visit.account_id)
        .join(User, User.id == Visit.rep_id)
        .where(
            Visit.rep_id.in_(list(rep_ids)),
            Visit.started_at >= since,
            true() if until is None else Visit.started_at < until,
        )
    ).all()
    ids = [visit.id for visit, *_ in visits]
    facts = Facts(session, ids)
    looked_at = [
        visit for visit, *_ in visits if compare_all or _state(visit.id, facts) != ReviewState.APPROVED
    ]
    odd = compared.with_the_servers(session, looked_at, ids)
    found = [
        _report(visit, out, account, rep, facts, odd.get(visit.id, ())) for visit, out, account, rep in visits
    ]
    found = _with_changes(session, [visit for visit, *_ in visits], found, every=compare_all)
    wanted = [report for report in found if not states or report.state in states]
    wanted.sort(key=lambda r: r.started_at, reverse=True)
    return sorted(wanted, key=lambda r: (r.state == ReviewState.APPROVED, not r.serious, not r.flags))


def changed_names(session: Session, reports: Iterable[Report]) -> dict[str, str]:
    """Return what the articles among the reports' changes are called, by id."""
    return store_changes.names(session, [Compared(changes=report.changes) for report in reports])


def undecided(session: Session, rep_ids: Iterable[UUID], *, since: datetime) -> int:
    """Return how many finished visits nobody has approved or returned."""
    decided = select(VisitReview.visit_id).where(VisitReview.decision.in_(_DECIDING))
    query = (
        select(func.count())
        .select_from(Visit)
        .join(CheckOut, CheckOut.visit_id == Visit.id)
        .where(Visit.rep_id.in_(list(rep_ids)), Visit.started_at >= since, Visit.id.not_in(decided))
    )
    return session.scalar(query) or 0


def report(session: Session, visit_id: UUID) -> FullReport:
    """Return one visit's whole report."""
    visit = session.get(Visit, visit_id)
    out = session.scalar(select(CheckOut).where(CheckOut.visit_id == visit_id))
    if visit is None or out is None:
        raise NotFound("visit", visit_id)
    account, rep = session.get(Account, visit.account_id), session.get(User, visit.rep_id)
    if account is None:
        raise NotFound("account", visit.account_id)
    facts = Facts(session, [visit_id])
    odd = compared.with_the_servers(session, [visit]).get(visit_id, ())
    line = _report(visit, out, account.name, "" if rep is None else rep.name, facts, odd)
    compared_with = store_changes.compared(session, [visit])[visit_id]
    line = replace(line, changes=compared_with.changes)
    return FullReport(
        line,
        account.id,
        str(account.channel),
        str(account.grade),
        amending.summary_of(session, visit_id),
        out.next_visit_on,
        _evidence(facts.check_ins.get(visit_id), out, coded=visit_id in facts.coded),
        _steps(facts.templates.get(visit_id), facts.answers[visit_id]),
        tuple(_photo(photo) for photo in facts.photos[visit_id]),
        _orders(session, visit_id),
        _said(session, visit_id),
        odd,
        amending.amended(session, visit_id, _template_steps(facts, visit_id), out.summary),
        compared_with,
        store_changes.names(session, [compared_with]),
        joint_visits.together(session, visit_id),
    )


def say(
    session: Session,
    visit_id: UUID,
    decision: Decision,
    *,
    me: UUID,
    at: datetime,
    text: str = "",
    about: About | None = None,
) -> UUID:
    """Approve, return or comment; returning and commenting need words."""
    about = about or About()
    if decision in (Decision.RETURNED, Decision.COMMENT) and not text.strip():
        raise Invalid("required", field="text")
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise NotFound("visit", visit_id)
    review = VisitReview(
        id=new_id(),
        visit_id=visit_id,
        rep_id=visit.rep_id,
        reviewer_id=me,
        decision=decision,
        text=text.strip(),
        step_key=about.step_key,
        field_key=about.field_key,
        photo_id=about.photo_id,
        spot_x=about.spot[0] if about.spot else None,
        spot_y=about.spot[1] if about.spot else None,
        at=at,
    )
    session.add(review)
    return review.id


def mark_seen(session: Session, visit_id: UUID, *, me: UUID, at: datetime) -> None:
    """Note once that ``me`` has opened the report."""
    known = select(func.count()).where(
        VisitReview.visit_id == visit_id, VisitReview.reviewer_id == me, VisitReview.decision == Decision.SEEN
    )
    if not session.scalar(known):
        say(session, visit_id, Decision.SEEN, me=me, at=at)


def _report(
    visit: Visit, out: CheckOut, account: str, rep: str, facts: Facts, odd: tuple[Finding, ...]
) -> Report:
    failed = _failed(facts.templates.get(visit.id), facts.answers[visit.id])
    workdays = facts.cadences.workdays(str(visit.territory_id))
    return Report(
        visit.id,
        account,
        visit.rep_id,
        rep,
        visit.started_at,
        out.at,
        _state(visit.id, facts),
        (*_flags(visit, out, failed, facts), *dict.fromkeys(Flag(each.code) for each in odd)),
        failed,
        any(review.decision != Decision.COMMENT for review in facts.reviews[visit.id]),
        visit.account_id,
        reviewing.due_on(business_day(out.at), workdays),
    )


def _state(visit_id: UUID, facts: Facts) -> ReviewState:
    decided = [review for review in facts.reviews[visit_id] if review.decision in _DECIDING]
    if not decided:
        return ReviewState.WAITING
    last = decided[-1]
    if last.decision == Decision.APPROVED:
        return ReviewState.APPROVED
    later = any(answer.answered_at > last.at for answer in facts.answers[visit_id])
    later = later or any(photo.taken_at > last.at for photo in facts.photos[visit_id])
    return ReviewState.RESUBMITTED if later else ReviewState.RETURNED


def _flags(visit: Visit, out: CheckOut, failed: tuple[str, ...], facts: Facts) -> tuple[Flag, ...]:
    check_in = facts.check_ins.get(visit.id)
    fix = _evidence(check_in, out).fix
    codes = {gap["code"] for gap in out.gaps}
    claims = (
        (Flag.FAILED_CHECK, bool(failed)),
        (Flag.NO_POSITION, fix.distance_m is None and visit.id not in facts.coded),
        (Flag.FAR, evidence.is_far(fix)),
        (Flag.SHORT, 0 <= (out.at - visit.started_at).total_seconds() < SHORT_VISIT_MINUTES * 60),
        (Flag.GAPS, bool(codes - {GapCode.MISSED_CHECK_OUT, GapCode.CLOSED_BY_RULE})),
        (Flag.LATE_CHECK_OUT, GapCode.MISSED_CHECK_OUT in codes),
        (Flag.CLOSED_BY_RULE, GapCode.CLOSED_BY_RULE in codes),
        (Flag.AMENDED, visit.id in facts.amended),
        (Flag.CLOCK, any(evidence.is_clock_off(each.clock_off_s) for each in (check_in, out) if each)),
    )
    return tuple(flag for flag, holds in claims if holds)


def _template_steps(facts: Facts, visit_id: UUID) -> list[dict[str, Any]]:
    template = facts.templates.get(visit_id)
    return [] if template is None else template.steps


def _failed(template: SopTemplate | None, answers: list[StepAnswer]) -> tuple[str, ...]:
    if template is None:
        return ()
    given = {answer.step_key: answer.answers for answer in answers}
    return tuple(
        field["label"]
        for step in template.steps
        for field in step["fields"]
        if field["type"] == "check" and given.get(step["key"], {}).get(field["key"]) == "fail"
    )


def _steps(template: SopTemplate | None, answers: list[StepAnswer]) -> tuple[AnsweredStep, ...]:
    given = {answer.step_key: answer for answer in answers if answer.step_key != sops.EDITION}
    if template is None:
        return tuple(
            AnsweredStep(a.step_key, a.step_key, (), a.answers, a.answered_at) for a in given.values()
        )
    made = []
    for step in template.steps:
        answer = given.get(step["key"])
        made.append(
            AnsweredStep(
                step["key"],
                step["title"],
                tuple(step["fields"]),
                {} if answer is None else answer.answers,
                None if answer is None else answer.answered_at,
            )
        )
    return tuple(made)


def _evidence(check_in: CheckIn | None, out: CheckOut, *, coded: bool = False) -> Evidence:
    if check_in is None:
        return Evidence("none", None, None, None, "", out.clock_off_s)
    offs = [each.clock_off_s for each in (check_in, out) if each.clock_off_s is not None]
    return Evidence(
        str(check_in.source),
        check_in.accuracy_m,
        check_in.fix_age_s,
        check_in.distance_m,
        check_in.far_reason,
        max(offs, key=abs, default=None),
        coded,
    )


def _photo(photo: Photo) -> PhotoOf:
    return PhotoOf(
        photo.id, photo.sha256, photo.step_key, photo.field_key, photo.caption, photo.taken_at, photo.stored
    )


def _orders(session: Session, visit_id: UUID) -> tuple[OrderOf, ...]:
    rows = session.scalars(select(Order).where(Order.visit_id == visit_id, Order.archived_at.is_(None)))
    return tuple(OrderOf(o.id, o.number or o.provisional_number, o.status, o.total_amount) for o in rows)


def _said(session: Session, visit_id: UUID) -> tuple[Said, ...]:
    rows = session.execute(
        select(VisitReview, User.name)
        .outerjoin(User, User.id == VisitReview.reviewer_id)
        .where(VisitReview.visit_id == visit_id, VisitReview.decision != Decision.SEEN)
        .order_by(VisitReview.at)
    )
    return tuple(
        Said(name or "", review.decision, review.text, review.step_key, review.at, _about(review))
        for review, name in rows
    )


def _about(review: VisitReview) -> About:
    x, y = review.spot_x, review.spot_y
    spot = None if x is None or y is None else (x, y)
    return About(review.step_key, review.field_key, review.photo_id, spot)


def _with_changes(
    session: Session, visits: Sequence[Visit], reports: list[Report], *, every: bool
) -> list[Report]:
    wanted = {report.visit_id for report in reports if every or report.undecided}
    found = store_changes.compared(session, [visit for visit in visits if visit.id in wanted])
    return [
        replace(each, changes=found[each.visit_id].changes) if each.visit_id in found else each
        for each in reports
    ]
