"""What does not fit together in the visits of one person (V6): it is explained and never blocks.

Each finding has a stable code, the facts its sentence is made of, and how much it weighs. The
limits leave room for honest work: two shops of one mall share a position, a fast train does
300 km/h, and "all checks passed" is the same answer everywhere and says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

from fieldcrm.rules import positions
from fieldcrm.rules.positions import Position

ROAD_KMH, TRAIN_KMH = 150, 350
TRAIN_FROM_M = 50_000
TRAVEL_FROM_M = 2_000
BURST, BURST_WITHIN = 6, timedelta(minutes=20)
APART_M = 1_000
TELLING_ELSEWHERE, TELLING_HERE = 4, 8
_MEASURED_OR_TYPED = frozenset({"device", "typed"})


class Code(StrEnum):
    """What was found."""

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


class Weight(StrEnum):
    """How hard a finding is to explain by honest work."""

    NOTICE = "notice"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Seen:
    """One visit as evidence; ``store`` is where the account stands, ``form`` its template."""

    visit_id: UUID
    rep_id: UUID
    account_id: UUID
    account: str
    started_at: datetime
    left_at: datetime | None
    position: Position | None = None
    source: str = "none"
    accuracy_m: int = 0
    store: Position | None = None
    form: UUID | None = None
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit, of one visit; ``facts`` fill its sentence and are plain JSON."""

    code: Code
    weight: Weight
    facts: Mapping[str, Any]

    def told(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {"code": str(self.code), "weight": str(self.weight), "facts": dict(self.facts)}


Found = Iterator[tuple[Seen, Finding]]


def findings(visits: Iterable[Seen]) -> dict[UUID, tuple[Finding, ...]]:
    """Return what was found by visit; visits of different people are never compared here."""
    found: defaultdict[UUID, list[Finding]] = defaultdict(list)
    for days in _by_rep(visits):
        for rule in _RULES:
            for seen, finding in rule(days):
                found[seen.visit_id].append(finding)
    return {visit_id: tuple(each) for visit_id, each in found.items()}


def heard(told: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Return what ``Finding.told`` told; what only a newer version finds is passed by."""
    known = set(Code), set(Weight)
    return tuple(
        Finding(Code(each["code"]), Weight(each["weight"]), each["facts"])
        for each in told
        if each["code"] in known[0] and each["weight"] in known[1]
    )


def telling(answers: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str, str], str]:
    """Return the answers that two visits hardly share by chance: counts above zero and free text."""
    return {key: value for key, value in _values(answers) if _tells(value)}


def _by_rep(visits: Iterable[Seen]) -> Iterator[list[Seen]]:
    reps: defaultdict[UUID, list[Seen]] = defaultdict(list)
    for seen in sorted(visits, key=lambda each: each.started_at):
        reps[seen.rep_id].append(seen)
    yield from reps.values()


def _travel(days: Sequence[Seen]) -> Found:
    for before, after in pairwise(days):
        if before.position is None or after.position is None:
            continue
        away = positions.quick_distance_m(before.position, after.position)
        away -= before.accuracy_m + after.accuracy_m
        left = max(before.left_at or before.started_at, before.started_at)
        seconds = max((after.started_at - left).total_seconds(), 60.0)
        speed = away / seconds * 3.6
        limit = TRAIN_KMH if away > TRAIN_FROM_M else ROAD_KMH
        if away > TRAVEL_FROM_M and speed > limit:
            facts = {"other": before.account, "metres": round(away), "seconds": round(seconds)}
            yield after, Finding(Code.TRAVEL, Weight.STRONG, facts | {"kmh": round(speed)})


def _burst(days: Sequence[Seen]) -> Found:
    most: dict[UUID, int] = {}
    first = 0
    for last, seen in enumerate(days):
        while seen.started_at - days[first].started_at > BURST_WITHIN:
            first += 1
        count = last - first + 1
        if count >= BURST:
            for each in days[first : last + 1]:
                most[each.visit_id] = max(most.get(each.visit_id, 0), count)
    minutes = round(BURST_WITHIN.total_seconds() / 60)
    for seen in days:
        if seen.visit_id in most:
            facts = {"visits": most[seen.visit_id], "minutes": minutes}
            yield seen, Finding(Code.BURST, Weight.STRONG, facts)


def _backwards(days: Sequence[Seen]) -> Found:
    for seen in days:
        if seen.left_at is not None and seen.left_at < seen.started_at:
            seconds = round((seen.started_at - seen.left_at).total_seconds())
            yield seen, Finding(Code.BACKWARDS, Weight.STRONG, {"seconds": seconds})


def _same_spot(days: Sequence[Seen]) -> Found:
    """Find one position, the same to a centimetre, given for two stores that are not neighbours."""
    spots: defaultdict[Position, list[Seen]] = defaultdict(list)
    for seen in days:
        if seen.position is None or seen.source not in _MEASURED_OR_TYPED:
            continue
        here = spots[seen.position]
        other = next((each for each in reversed(here) if _apart(each, seen)), None)
        here.append(seen)
        if other is not None:
            yield seen, Finding(Code.SAME_SPOT, Weight.STRONG, {"other": other.account})


def _apart(one: Seen, other: Seen) -> bool:
    if one.account_id == other.account_id or one.store is None or other.store is None:
        return False
    return positions.quick_distance_m(one.store, other.store) > APART_M


def _same_answers(days: Sequence[Seen]) -> Found:
    before: dict[UUID, tuple[Seen, dict[tuple[str, str, str], str]]] = {}
    for seen in days:
        if seen.form is None or not seen.answers:
            continue
        said = telling(seen.answers)
        last = before.get(seen.form)
        before[seen.form] = (seen, said)
        if last is None or last[1] != said:
            continue
        least = TELLING_HERE if last[0].account_id == seen.account_id else TELLING_ELSEWHERE
        if len(said) >= least:
            facts = {"other": last[0].account, "answers": len(said)}
            yield seen, Finding(Code.SAME_ANSWERS, Weight.NOTICE, facts)


def _values(answers: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str, str], str]]:
    for step, fields in answers.items():
        for name, value in fields.items():
            if isinstance(value, Mapping):
                yield from (((step, name, str(item)), str(count)) for item, count in value.items())
            elif isinstance(value, str | int) and not isinstance(value, bool):
                yield (step, name, ""), str(value)


def _tells(value: str) -> bool:
    try:
        return Decimal(value) != 0
    except InvalidOperation:
        return len(value) > 12


_RULES: tuple[Callable[[Sequence[Seen]], Found], ...] = (
    _travel, _burst, _backwards, _same_spot, _same_answers,
)  # fmt: skip
