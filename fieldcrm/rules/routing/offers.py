"""Ways to plan a day, side by side, each with what it leaves out and what would let that in (V5).

``first`` answers at once with what insertion finds; ``offers`` goes on from there and is meant
for a process of its own. A question holds plain values only, so that it can travel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic

from fieldcrm.rules.routing.day import DayRoute, Key, Stop, Terms
from fieldcrm.rules.routing.insertion import cheapest
from fieldcrm.rules.routing.planning import DayPlan, Keep, kept, plan_day, problem_of
from fieldcrm.rules.routing.problem import NEVER
from fieldcrm.rules.routing.relaxing import LeftOut, Relaxation, explain, reason
from fieldcrm.rules.routing.tours import tour

_EXPLAINED = 8  # stops; who leaves out more has to choose other stores anyway
_SMALL_SECONDS = 0.4
_STEP = 0.04  # of the whole, between two words about it
_SECONDS_A_STOP = 0.075


@dataclass(frozen=True)
class OtherDay(Generic[Key]):
    """Another day as it is planned; ``here`` is how stops of the day in question would be on it."""

    on: date
    planned: tuple[Stop[Key], ...]
    terms: Terms
    here: Mapping[Key, Stop[Key]]


@dataclass(frozen=True)
class Question(Generic[Key]):
    """A day to be planned: its open stops in the order of now, and the days around it."""

    stops: tuple[Stop[Key], ...]
    terms: Terms
    others: tuple[OtherDay[Key], ...] = ()


@dataclass(frozen=True)
class Out(Generic[Key]):
    """A stop left out, why, what would let it in, and the day it would cost least on."""

    why: LeftOut[Key]
    other_day: date | None = None
    other_minutes: int = 0

    @property
    def relaxations(self) -> tuple[Relaxation[Key], ...]:
        """Return the changes that let it in, the cheapest first."""
        return self.why.relaxations


@dataclass(frozen=True)
class Offer(Generic[Key]):
    """One way to plan the day; ``is_final`` says that nothing better is being looked for."""

    keep: Keep
    route: DayRoute[Key]
    left_out: tuple[Out[Key], ...]
    ways_changed: int
    is_final: bool = False


@dataclass(frozen=True)
class Progress(Generic[Key]):
    """How far the search is, and what it has."""

    share: float
    offers: tuple[Offer[Key], ...] = field(default=())


def first(question: Question[Key]) -> tuple[Offer[Key], ...]:
    """Return a usable plan for each way at once: nothing is searched, nothing explained."""
    plans = {keep: plan_day(question.stops, question.terms, keep=keep, rounds=0) for keep in Keep}
    return tuple(_plain(question, keep, plan) for keep, plan in plans.items())


def offers(
    question: Question[Key],
    told: Callable[[Progress[Key]], None] = lambda _progress: None,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Offer[Key], ...]:
    """Return the best plan found for each way; ``stop`` ends the search with what there is."""
    found = {offer.keep: offer for offer in first(question)}

    heard = -1.0

    def tell(share: float) -> None:
        nonlocal heard
        if share - heard >= _STEP:
            heard = share
            told(Progress(share, tuple(found.values())))

    seconds = {Keep.SMALL: _SMALL_SECONDS, Keep.BEST: max(1.0, _SECONDS_A_STOP * len(question.stops))}
    begun = 0.0
    for keep, part in ((Keep.SMALL, 0.2), (Keep.BEST, 0.6)):
        plan = plan_day(
            question.stops, question.terms, keep=keep, seconds=seconds[keep], stop=stop,
            told=lambda share, begun=begun, part=part: tell(begun + part * share),  # type: ignore[misc]
        )  # fmt: skip
        found[keep] = _better(found[keep], _plain(question, keep, plan))
        begun += part
    _cheapest_is_best(found)
    for number, keep in enumerate(Keep):
        tell(begun + (1 - begun) * number / len(Keep))
        found[keep] = _explained(question, found[keep], stop)
    return tuple(found.values())


def _better(before: Offer[Key], now: Offer[Key]) -> Offer[Key]:
    """Return what leaves out less; the search may be stopped before it beats the first plan."""
    return before if len(before.left_out) < len(now.left_out) else now


def _cheapest_is_best(found: dict[Keep, Offer[Key]]) -> None:
    """Offer as the best what is best, whichever way found it."""
    best = min(found.values(), key=lambda offer: (len(offer.left_out), offer.route.cost))
    if best.keep is not Keep.BEST and len(best.left_out) <= len(found[Keep.BEST].left_out):
        found[Keep.BEST] = Offer(Keep.BEST, best.route, best.left_out, best.ways_changed)


def _plain(question: Question[Key], keep: Keep, plan: DayPlan[Key]) -> Offer[Key]:
    out = tuple(Out(LeftOut(each.key, reason((), each, question.terms), ())) for each in plan.left_out)
    return Offer(keep, plan.route, out, plan.ways_changed)


def _explained(question: Question[Key], offer: Offer[Key], stop: Callable[[], bool]) -> Offer[Key]:
    by_key = {each.key: each for each in question.stops}
    planned = [by_key[each.key] for each in offer.route.stops]
    out = list(offer.left_out)
    for number, each in enumerate(out[:_EXPLAINED]):
        if stop():
            break
        [why] = explain(planned, [by_key[each.why.key]], question.terms)
        on, minutes = cheapest_day(question.others, each.why.key)
        out[number] = Out(why, on, minutes)
    return Offer(offer.keep, offer.route, tuple(out), offer.ways_changed, is_final=True)


def cheapest_day(others: Sequence[OtherDay[Key]], key: Key) -> tuple[date | None, int]:
    """Return the day on which the stop costs least more road and time, and how many minutes."""
    found = [(cost, other.on) for other in others if (cost := _cost_on(other, key)) < NEVER]
    if not found:
        return None, 0
    cost, on = min(found)
    return on, round(cost)


def _cost_on(other: OtherDay[Key], key: Key) -> float:
    stop = other.here.get(key)
    if stop is None or stop.closed:
        return NEVER
    problem = problem_of((), [*other.planned, stop], other.terms)
    order, _ = kept(problem, range(len(other.planned)))
    stands = tour(problem, 0, order)
    place = None if stands is None else cheapest(problem, [stands], len(other.planned), NEVER)
    return NEVER if place is None else place[0]
