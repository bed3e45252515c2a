"""What can be done to a plan from the board, each step with the step that takes it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.model.plans import PlanOrigin
from fieldcrm.rules.routing.offers import Offer
from fieldcrm.rules.routing.weeks import Proposed
from fieldcrm.services import joint_visits, plan_board, plans, weeks
from fieldcrm.services.routes import DayQuestion

Undo = Callable[[Session], object]
Order = Sequence[tuple[UUID, str | None]]


@dataclass(frozen=True, slots=True)
class Step:
    """Something done, by which it can be undone."""

    undo: Undo


def add(account_id: UUID, on: date, place: int, *, rep_id: UUID, at: datetime, today: date,
        origin: PlanOrigin) -> Callable[[Session], Step]:  # fmt: skip
    """Plan a store at a place of a day."""

    def do(session: Session) -> Step:
        plan_id = plans.add(session, account_id, on, rep_id=rep_id, today=today, origin=origin)
        session.flush()
        _place(session, rep_id, on, plan_id, place, today)
        return Step(lambda s: plans.remove(s, plan_id, at))

    return do


def add_many(account_ids: Sequence[UUID], on: date, *, rep_id: UUID, at: datetime, today: date,
             origin: PlanOrigin) -> Callable[[Session], tuple[Step, int]]:  # fmt: skip
    """Plan several stores at the end of a day; the number says how many were not planned yet."""

    def do(session: Session) -> tuple[Step, int]:
        return _many(plans.add_many(session, account_ids, on, rep_id=rep_id, today=today, origin=origin), at)

    return do


def move(plan_id: UUID, came_from: date, on: date, place: int, *, rep_id: UUID, at: datetime,
         today: date) -> Callable[[Session], Step]:  # fmt: skip
    """Move a visit to another day, or to another place of its own."""

    def do(session: Session) -> Step:
        before = _order(session, rep_id, on, today)
        new_id = plans.move(session, plan_id, on, today=today)
        session.flush()
        _place(session, rep_id, on, new_id, place, today)
        if on == came_from:
            return Step(lambda s: plans.arrange(s, rep_id, on, before))
        if new_id != plan_id:
            return Step(lambda s: plans.unmove(s, plan_id, new_id, at))
        return Step(lambda s: plans.move(s, plan_id, came_from, today=today))

    return do


def invite(plan_id: UUID, guest: UUID, *, me: UUID, at: datetime, today: date) -> Callable[[Session], Step]:
    """Let somebody come along to a planned visit."""

    def do(session: Session) -> Step:
        row_id = joint_visits.invite(session, plan_id, guest, me=me, today=today)
        return Step(lambda s: joint_visits.call_off(s, row_id, at, me=me))

    return do


def skip(plan_id: UUID, reason: str) -> Callable[[Session], Step]:
    """Leave a visit out."""

    def do(session: Session) -> Step:
        plans.skip(session, plan_id, reason)
        return Step(lambda s: plans.unskip(s, plan_id))

    return do


def remove(plan_id: UUID, account_id: UUID, on: date, *, rep_id: UUID, at: datetime,
           today: date) -> Callable[[Session], Step]:  # fmt: skip
    """Take a visit out of the plan."""

    def do(session: Session) -> Step:
        plans.remove(session, plan_id, at)
        return Step(lambda s: plans.add(s, account_id, on, rep_id=rep_id, today=today))

    return do


def repeat(monday: date, *, rep_id: UUID, at: datetime, today: date) -> Callable[[Session], tuple[Step, int]]:
    """Plan next week as this one; the number says how many visits that made."""

    def do(session: Session) -> tuple[Step, int]:
        return _many(plans.repeat_week(session, rep_id, monday, today=today), at)

    return do


def take_weeks(
    days: Sequence[Proposed[UUID]], *, rep_id: UUID, at: datetime, today: date
) -> Callable[[Session], tuple[Step, int]]:
    """Plan the days of a proposal that were ticked."""

    def do(session: Session) -> tuple[Step, int]:
        made, before = weeks.accept(session, rep_id, days, today=today)

        def undo(session: Session) -> None:
            for plan_id in made:
                plans.remove(session, plan_id, at)
            session.flush()
            for on, order in before.items():
                plans.arrange(session, rep_id, on, order)

        return Step(undo), len(made)

    return do


def _many(made: Sequence[UUID], at: datetime) -> tuple[Step, int]:
    def undo(session: Session) -> None:
        for plan_id in made:
            plans.remove(session, plan_id, at)

    return Step(undo), len(made)


def arrange(on: date, order: Order, *, rep_id: UUID, today: date) -> Callable[[Session], Step]:
    """Put a day into an order."""

    def do(session: Session) -> Step:
        before = _order(session, rep_id, on, today)
        plans.arrange(session, rep_id, on, order)
        return Step(lambda s: plans.arrange(s, rep_id, on, before))

    return do


def replan(
    asked: DayQuestion, offer: Offer[UUID], *, rep_id: UUID, at: datetime, today: date
) -> Callable[[Session], Step]:
    """Take an offer over: the order and its times, shorter visits, and what moves to another day."""
    wishes = asked.wishes

    def do(session: Session) -> Step:
        before = _order(session, rep_id, asked.on, today)
        planned = {stop.key for stop in offer.route.stops}
        minutes = {card.plan_id: card.minutes for card in asked.cards}
        was = {
            key: plans.take_minutes(session, key, minutes[key] - less)
            for key, less in wishes.shorter.items()
            if key in planned
        }
        moves = {key: plans.move(session, key, on, today=today) for key, on in wishes.to_day.items()}
        session.flush()
        plans.arrange(session, rep_id, asked.on, asked.order(offer))

        def undo(session: Session) -> None:
            for key, made in moves.items():
                if made == key:
                    plans.move(session, key, asked.on, today=today)
                else:
                    plans.unmove(session, key, made, at)
            for key, long in was.items():
                plans.take_minutes(session, key, long)
            session.flush()
            plans.arrange(session, rep_id, asked.on, before)

        return Step(undo)

    return do


def _order(session: Session, rep_id: UUID, on: date, today: date) -> list[tuple[UUID, str | None]]:
    [day] = plan_board.days(session, rep_id, on, on, today)
    return [(stop.plan_id, stop.start_time) for stop in day.stops]


def _place(session: Session, rep_id: UUID, on: date, plan_id: UUID, place: int, today: date) -> None:
    order = _order(session, rep_id, on, today)
    mine = next(entry for entry in order if entry[0] == plan_id)
    rest = [entry for entry in order if entry[0] != plan_id]
    plans.arrange(session, rep_id, on, [*rest[:place], mine, *rest[place:]])
