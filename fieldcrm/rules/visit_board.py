"""What became of a plan: the figures of the visit board, each with the rows it was counted from (V1).

All of a span of days, for one rep or several. A figure without anything to count says so
(``Figure.share`` is None): nothing planned is not nought per cent.

- planned: visits planned for a day of the span; one moved within the span counts on its new day
- done: planned visits with a finished visit; its share is of the planned visits whose day is over, or done
- missed: planned visits that were skipped, moved out of the span, or whose day passed; with the reason
- coverage: active stores of a grade visited at least once, of all of the grade
- strike rate: finished visits with an order, of all finished visits, planned or not
- route kept: of the planned stores visited on a day, the most that were visited in the planned order; days
  with fewer than two say nothing
- time in store: from check-in to check-out of finished visits
- time on the road: from leaving a store to arriving at the next on the same day; what is longer than
  ``LONGEST_ROAD`` was something else and is not counted
- in time: stores that are not overdue at the end of the span, of those with a visit ever
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from uuid import UUID

from fieldcrm.clock import business_day
from fieldcrm.rules.cadence import Rhythm, Standing, outlook
from fieldcrm.rules.workdays import Workdays

LONGEST_ROAD = timedelta(hours=2)
MOVED, NO_REASON = "moved", ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A planned visit; ``word`` is what the plan itself says of it."""

    id: UUID
    account_id: UUID
    rep_id: UUID
    on: date
    sequence: int
    word: str = "planned"
    reason: str = ""
    moved_to: date | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """A visit that was made; without ``end`` it is not finished."""

    id: UUID
    account_id: UUID
    rep_id: UUID
    plan_id: UUID | None
    begin: datetime
    end: datetime | None
    ordered: bool = False

    @property
    def on(self) -> date:
        """Return its business day."""
        return business_day(self.begin)


@dataclass(frozen=True, slots=True)
class Store:
    """An active store with its rhythm and the days it was ever visited on, in order."""

    account_id: UUID
    rep_id: UUID | None
    grade: str
    rhythm: Rhythm
    visited: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One row behind a figure; ``counts`` says whether it is in its upper part."""

    account_id: UUID
    on: date | None
    counts: bool = True
    note: str = ""
    minutes: float | None = None
    visit_id: UUID | None = None
    rep_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and what it was counted from."""

    part: float = 0
    whole: float | None = None
    lines: tuple[Line, ...] = ()

    @property
    def share(self) -> float | None:
        """Return the part of the whole, or None where there is nothing to count."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Board:
    """Every figure of one span."""

    planned: Figure = Figure()
    done: Figure = Figure()
    missed: Figure = Figure()
    reasons: tuple[tuple[str, int], ...] = ()
    coverage: Mapping[str, Figure] = field(default_factory=dict)
    strike: Figure = Figure()
    route: Figure = Figure()
    in_store: Figure = Figure()
    on_road: Figure = Figure()
    in_time: Figure = Figure()


def board(
    plans: Sequence[Plan], stays: Sequence[Stay], stores: Sequence[Store], first: date, last: date, *,
    today: date, workdays: Workdays,
) -> Board:  # fmt: skip
    """Work out every figure from the first day to the last, both included."""
    meant = [p for p in plans if first <= p.on <= last and not _moved_within(p, first, last)]
    made = [stay for stay in stays if first <= stay.on <= last]
    finished = [stay for stay in made if stay.end is not None]
    done_by = {stay.plan_id: stay for stay in stays if stay.end is not None and stay.plan_id is not None}
    done = [plan for plan in meant if plan.id in done_by]
    missed = [
        plan for plan in meant if plan.id not in done_by and (plan.word != "planned" or plan.on < today)
    ]
    lost = {plan.id for plan in missed}
    over = [plan for plan in meant if plan.id in done_by or plan.id in lost]
    return Board(
        planned=Figure(len(meant), None, tuple(_of_plan(plan, note=plan.reason) for plan in meant)),
        done=Figure(
            len(done), len(over),
            tuple(_of_plan(p, done_by.get(p.id), counts=p.id in done_by, note=p.reason) for p in over),
        ),
        missed=Figure(len(missed), len(over), tuple(_of_plan(plan, note=why(plan)) for plan in missed)),
        reasons=_reasons(missed),
        coverage=_coverage(stores, finished),
        strike=Figure(
            sum(stay.ordered for stay in finished), len(finished),
            tuple(_of_stay(stay, counts=stay.ordered) for stay in finished),
        ),
        route=_route(meant, done_by),
        in_store=_in_store(finished),
        on_road=_on_road(finished),
        in_time=_in_time(stores, min(last, today), workdays),
    )  # fmt: skip


def is_over(plan: Plan, today: date) -> bool:
    """Return whether a visit that was not made cannot be made any more as planned."""
    return plan.word != "planned" or plan.on < today


def why(plan: Plan) -> str:
    """Return why a planned visit was missed: the rep's word, that it was moved, or nothing."""
    return plan.reason or (MOVED if plan.word == "moved" else NO_REASON)


def _moved_within(plan: Plan, first: date, last: date) -> bool:
    return plan.word == "moved" and plan.moved_to is not None and first <= plan.moved_to <= last


def _of_plan(plan: Plan, stay: Stay | None = None, *, counts: bool = True, note: str = "") -> Line:
    visit = stay.id if stay else None
    return Line(plan.account_id, plan.on, counts, note, visit_id=visit, rep_id=plan.rep_id)


def _of_stay(stay: Stay, *, counts: bool = True, minutes: float | None = None) -> Line:
    return Line(stay.account_id, stay.on, counts, minutes=minutes, visit_id=stay.id, rep_id=stay.rep_id)


def _reasons(missed: Iterable[Plan]) -> tuple[tuple[str, int], ...]:
    counted: dict[str, int] = {}
    for plan in missed:
        counted[why(plan)] = counted.get(why(plan), 0) + 1
    return tuple(sorted(counted.items(), key=lambda each: (-each[1], each[0])))


def _coverage(stores: Sequence[Store], finished: Sequence[Stay]) -> dict[str, Figure]:
    seen = {stay.account_id: stay for stay in finished}
    found = {}
    for grade in sorted({store.grade for store in stores}):
        lines = tuple(_covered(each, seen.get(each.account_id)) for each in stores if each.grade == grade)
        found[grade] = Figure(sum(line.counts for line in lines), len(lines), lines)
    return found


def _covered(store: Store, stay: Stay | None) -> Line:
    if stay is None:
        return Line(store.account_id, None, counts=False, rep_id=store.rep_id)
    return Line(store.account_id, stay.on, visit_id=stay.id, rep_id=store.rep_id)


def _route(meant: Sequence[Plan], done_by: Mapping[UUID, Stay]) -> Figure:
    def day(plan: Plan) -> tuple[UUID, date]:
        return plan.rep_id, plan.on

    kept, lines = 0, list[Line]()
    visited = [plan for plan in meant if plan.id in done_by and done_by[plan.id].on == plan.on]
    for _, group in groupby(sorted(visited, key=lambda p: (str(p.rep_id), p.on)), key=day):
        walked = sorted(group, key=lambda plan: done_by[plan.id].begin)
        if len(walked) < 2:
            continue
        in_order = _longest_rise([plan.sequence for plan in walked])
        kept += len(in_order)
        lines += [_of_plan(p, done_by[p.id], counts=n in in_order) for n, p in enumerate(walked)]
    return Figure(kept, len(lines), tuple(lines))


def _longest_rise(places: Sequence[int]) -> frozenset[int]:
    """Return which of these belong to the longest row that only rises."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for number, place in enumerate(places):
        found = bisect_left(ends, place)
        before.append(at[found - 1] if found else -1)
        if found == len(ends):
            ends.append(place)
            at.append(number)
        else:
            ends[found], at[found] = place, number
    chain, here = [], at[-1] if at else -1
    while here >= 0:
        chain.append(here)
        here = before[here]
    return frozenset(chain)


def _in_store(finished: Sequence[Stay]) -> Figure:
    lines = tuple(
        _of_stay(stay, minutes=(stay.end - stay.begin).total_seconds() / 60) for stay in finished if stay.end
    )
    return Figure(sum(line.minutes or 0 for line in lines), len(lines) or None, lines)


def _on_road(finished: Sequence[Stay]) -> Figure:
    def day(stay: Stay) -> tuple[str, date]:
        return str(stay.rep_id), stay.on

    lines: list[Line] = []
    for _, group in groupby(sorted(finished, key=lambda s: (*day(s), s.begin)), key=day):
        for left, came in pairwise(group):
            way = came.begin - left.end if left.end else LONGEST_ROAD * 2
            if timedelta(0) <= way <= LONGEST_ROAD:
                lines.append(_of_stay(came, minutes=way.total_seconds() / 60))
    return Figure(sum(line.minutes or 0 for line in lines), len(lines) or None, tuple(lines))


def _in_time(stores: Sequence[Store], on: date, workdays: Workdays) -> Figure:
    lines = []
    for store in stores:
        last = max((day for day in store.visited if day <= on), default=None)
        if last is not None:
            found = outlook(store.rhythm, workdays, last, on)
            in_time = found.standing is not Standing.OVERDUE
            lines.append(Line(store.account_id, last, in_time, rep_id=store.rep_id))
    return Figure(sum(line.counts for line in lines), len(lines), tuple(lines))
