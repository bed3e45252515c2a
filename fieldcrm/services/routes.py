"""A rep's day as a question to the route search, from rows to the rule and back (V5).

What is done, being visited or fixed to a time keeps its place. Today begins where the rep is:
after the store he is in or was in last, at this moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.model.accounts import Account
from fieldcrm.model.joint_visits import JointState, JointVisit
from fieldcrm.model.visits import CheckOut, Visit
from fieldcrm.rules import opening, positions
from fieldcrm.rules.routing.day import DayRoute, Stop, Terms, Window, timed
from fieldcrm.rules.routing.distances import Place
from fieldcrm.rules.routing.offers import Offer, OtherDay, Question
from fieldcrm.rules.routing.problem import REQUIRED
from fieldcrm.services import cadence, plan_board, team
from fieldcrm.services.plan_board import PlannedVisit, StopState

Order = list[tuple[UUID, str | None]]

_AWAY = (StopState.SKIPPED, StopState.MOVED)
_BEGUN = (StopState.DONE, StopState.CURRENT)
_WORTH: Mapping[str, float] = {"A": 1.5, "B": 1.2}  # two C stores are worth more than one A
_LOCKED_WORTH = 10.0
_DAYS_AROUND = 7


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the rep is willing to change so that more fits into the day; minutes by plan."""

    lunch_minutes: int | None = None
    day_longer: int = 0
    shorter: Mapping[UUID, int] = field(default_factory=dict)
    open_longer: Mapping[UUID, int] = field(default_factory=dict)
    to_day: Mapping[UUID, date] = field(default_factory=dict)
    without: frozenset[UUID] = frozenset()


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class DayQuestion:
    """A day to be planned: ``now`` is how it stands, ``cards`` all its visits that count."""

    on: date
    question: Question[UUID]
    now: DayRoute[UUID]
    cards: tuple[PlannedVisit, ...]
    wishes: Wishes

    @property
    def begun(self) -> int:
        """Return how many visits are done or under way."""
        return sum(card.state in _BEGUN for card in self.cards)

    def order(self, offer: Offer[UUID]) -> Order:
        """Return the day's plans as ``plans.arrange`` takes them; what is left out comes last, untimed."""
        begun: Order = [(c.plan_id, c.start_time) for c in self.cards if c.state in _BEGUN]
        planned: Order = [(stop.key, clock_text(stop.begin)) for stop in offer.route.stops]
        in_day = {key for key, _ in planned}
        for card in self._waiting(in_day):
            if card.locked and card.start_time:
                place = sum(1 for _, time in planned if (time or "") <= card.start_time)
                planned.insert(place, (card.plan_id, card.start_time))
                in_day.add(card.plan_id)
        return [*begun, *planned, *((card.plan_id, None) for card in self._waiting(in_day))]

    def _waiting(self, in_day: set[UUID]) -> list[PlannedVisit]:
        gone = in_day | set(self.wishes.to_day)
        return [card for card in self.cards if card.state not in _BEGUN and card.plan_id not in gone]

    @property
    def positions(self) -> dict[UUID, Place]:
        """Return where the stops are that have a place."""
        return {stop.key: stop.place for stop in self.question.stops if stop.place}


def ask(
    session: Session, rep_id: UUID, on: date, *, today: date, terms: Terms, at: datetime | None = None,
    wishes: Wishes = NO_WISHES, joint: Mapping[UUID, tuple[Window, ...]] = MappingProxyType({}),
) -> DayQuestion:  # fmt: skip
    """Return the open visits of a day as a question; ``at`` is this moment, if the day has begun.

    ``joint`` says by plan when whoever comes along can that day; what two people said themselves
    counts where it is silent.
    """
    first, last = min(on, today), on + timedelta(_DAYS_AROUND)
    days = plan_board.days(session, rep_id, first, last, today)
    cards = tuple(c for day in days if day.on == on for c in day.stops if c.state not in _AWAY)
    accounts = _accounts(session, [card.account_id for day in days for card in day.stops])
    if wishes.lunch_minutes is not None:
        terms = replace(terms, lunch_minutes=wishes.lunch_minutes)
    begun = [card for card in cards if card.state in _BEGUN]
    here = replace(terms, latest=terms.latest + wishes.day_longer)
    if on == today and at is not None:
        here = _from_now(session, rep_id, begun, here, at)
    open_cards = [card for card in cards if card.state not in _BEGUN]
    said = joint_windows(session, rep_id, on, on)
    spoken = {c.plan_id: said[on, c.account_id] for c in open_cards if (on, c.account_id) in said}
    joint = {**spoken, **joint}
    stops = [
        replace(_wished(stop_of(c, accounts[c.account_id], on), wishes), joint=joint.get(c.plan_id))
        for c in open_cards
    ]
    agreed = agreed_times(session, rep_id, on, on)
    times = {card.plan_id: agreed.get((on, card.account_id)) for card in open_cards}
    stops = [replace(s, appointment=times[s.key] if s.appointment is None else s.appointment) for s in stops]
    stops = _unplaced(stops, {card.plan_id for card in open_cards if card.start_time is None})
    shared = {plan_id for plan_id, time in times.items() if time is not None} | set(joint)
    alone = [card for card in open_cards if card.plan_id not in shared]  # what two agreed on keeps its day
    wanted = [s for s in stops if s.key not in wishes.without and s.key not in wishes.to_day]
    workdays = cadence.load(session).workdays(team.area_of(session, rep_id))
    suiting = [day for day in days if day.on != on and day.on > today and workdays.is_open(day.on)]
    others = [_other(day, alone, accounts, terms) for day in suiting]
    question = Question(tuple(wanted), here, tuple(others))
    return DayQuestion(on, question, timed(wanted, here), cards, wishes)


def _unplaced(stops: list[Stop[UUID]], untimed: set[UUID]) -> list[Stop[UUID]]:
    """Mark what has no time on a day that has been timed: it was added to the order or left out of it."""
    if len(untimed) == len(stops):
        return stops
    return [replace(stop, placed=stop.key not in untimed) for stop in stops]


def agreed_times(session: Session, rep_id: UUID, first: date, last: date) -> dict[tuple[date, UUID], int]:
    """Return when visits together begin that two people agreed on, by day and account."""
    rows = session.execute(
        select(JointVisit.on, JointVisit.account_id, JointVisit.start_time).where(
            or_(JointVisit.rep_id == rep_id, JointVisit.guest_id == rep_id),
            JointVisit.on.between(first, last),
            JointVisit.state == JointState.AGREED,
            JointVisit.archived_at.is_(None),
            JointVisit.from_time.is_(None),  # who said when he can is not held to one minute
        )
    )
    return {(on, account_id): found for on, account_id, time in rows if (found := _minutes(time)) is not None}


def joint_windows(
    session: Session, rep_id: UUID, first: date, last: date
) -> dict[tuple[date, UUID], tuple[Window, ...]]:
    """Return when whoever comes along can, by day and account."""
    rows = session.execute(
        select(JointVisit.on, JointVisit.account_id, JointVisit.from_time, JointVisit.until_time).where(
            or_(JointVisit.rep_id == rep_id, JointVisit.guest_id == rep_id),
            JointVisit.on.between(first, last),
            JointVisit.state == JointState.AGREED,
            JointVisit.archived_at.is_(None),
            JointVisit.from_time.is_not(None),
        )
    )
    found: dict[tuple[date, UUID], tuple[Window, ...]] = {}
    for on, account_id, begin, end in rows:
        window = (_minutes(begin) or 0, _minutes(end) or 24 * 60)
        found[on, account_id] = (*found.get((on, account_id), ()), window)
    return found


def place_of(account: Account) -> Place | None:
    """Return where the account is in WGS84, or None when nobody wrote it down."""
    stored = positions.stored(account.latitude_e7, account.longitude_e7, account.datum)
    if stored is None:
        return None
    wgs84 = stored.to(positions.WGS84)
    return Place(wgs84.latitude, wgs84.longitude)


def _from_now(session: Session, rep_id: UUID, begun: list[PlannedVisit], terms: Terms, at: datetime) -> Terms:
    """Begin the rest of the day where and when the rep is; lunch is over when its time is."""
    local = at.astimezone(DEFAULT_ZONE)
    depart = local.hour * 60 + local.minute
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    last = session.execute(
        select(Visit, Account, CheckOut.id.is_(None))
        .join(Account, Account.id == Visit.account_id)
        .outerjoin(CheckOut, CheckOut.visit_id == Visit.id)
        .where(Visit.rep_id == rep_id, Visit.started_at >= midnight)
        .order_by(Visit.started_at.desc())
        .limit(1)
    ).first()
    start = terms.start
    if last is not None:
        visit, account, is_open = last
        start = place_of(account) or start
        if is_open:
            planned = next((c.minutes for c in begun if c.plan_id == visit.plan_id), account.service_minutes)
            over = visit.started_at.astimezone(DEFAULT_ZONE) + timedelta(minutes=planned)
            depart = max(depart, over.hour * 60 + over.minute)
    elif depart < terms.depart:
        depart = terms.depart
    eaten = depart > terms.lunch_until
    return replace(
        terms, start=start, depart=depart, latest=max(terms.latest, depart),
        lunch_from=None if eaten else terms.lunch_from,
    )  # fmt: skip


def _other(
    day: plan_board.DayPlan, cards: list[PlannedVisit], accounts: dict[UUID, Account], terms: Terms
) -> OtherDay[UUID]:
    there = [card for card in day.stops if card.state not in _AWAY]
    taken = {card.account_id for card in there}
    planned = tuple(stop_of(card, accounts[card.account_id], day.on) for card in there)
    here = {
        c.plan_id: replace(stop_of(c, accounts[c.account_id], day.on), appointment=None)
        for c in cards
        if c.account_id not in taken and not c.locked
    }
    return OtherDay(day.on, planned, terms, here)


def stop_of(card: PlannedVisit, account: Account, on: date) -> Stop[UUID]:
    """Return a planned visit as a stop of that day."""
    windows, known = windows_of(account, on)
    fixed = _minutes(card.start_time) if card.locked else None
    worth = REQUIRED * (_LOCKED_WORTH if card.locked else _WORTH.get(card.grade, 1.0))
    return Stop(
        card.plan_id,
        place_of(account),
        card.minutes,
        windows,
        fixed,
        closed=known and not windows,
        worth=worth,
    )


def _wished(stop: Stop[UUID], wishes: Wishes) -> Stop[UUID]:
    longer = wishes.open_longer.get(stop.key, 0)
    windows = stop.windows
    if longer and windows:
        *before, (opens, closes) = sorted(windows)
        windows = (*before, (opens, closes + longer))
    return replace(stop, minutes=stop.minutes - wishes.shorter.get(stop.key, 0), windows=windows)


def _accounts(session: Session, ids: list[UUID]) -> dict[UUID, Account]:
    return {account.id: account for account in session.scalars(select(Account).where(Account.id.in_(ids)))}


def windows_of(account: Account, on: date) -> tuple[tuple[tuple[int, int], ...], bool]:
    """Return when the account is open that day, and whether anybody wrote down when it is at all."""
    windows = opening.windows_of(account.opening or [])
    hours = tuple(
        (_minutes(w.open) or 0, _minutes(w.close) or 24 * 60) for w in windows if on.isoweekday() in w.days
    )
    return hours, bool(windows)


def _minutes(text: str | None) -> int | None:
    if text is None:
        return None
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def clock_text(minutes: int) -> str:
    """Return HH:MM of a minute of the day."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
