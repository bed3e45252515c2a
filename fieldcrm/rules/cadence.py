"""How often a store is visited, and how it stands: done, due, overdue (V1).

The most specific rule wins: what the account itself says; else the rule for its channel and
grade, for its channel, for its grade, for every store; among rules that are equally
specific the one of the nearest area, then of the areas above it, then of the company. Two
rules for the same stores are refused when they are saved; should two meet by sync all the
same, the later one counts. With no rule at all it is 7, 14 and 28 days for A, B and C.

A store is **due** on the first day that is ``every`` days after the visit before, by the season
of that day; a closed day gives way to the open day before it, or after it where that would
be nearer than ``least``. It is **overdue** after ``most`` days, on the first open day at the
soonest. A store never visited is due at once and is not overdue.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from fieldcrm.errors import Invalid
from fieldcrm.rules.workdays import Workdays

LONGEST = 365
_USUAL: Mapping[str, int] = {"A": 7, "B": 14, "C": 28}
_NEAREST, _FARTHEST = 0.5, 1.5


class Standing(StrEnum):
    """How a store stands towards its rhythm."""

    NEW = "new"
    DONE = "done"
    DUE = "due"
    OVERDUE = "overdue"


class Source(StrEnum):
    """What says how often a store is visited, the most specific first."""

    ACCOUNT = "account"
    CHANNEL_AND_GRADE = "channel_and_grade"
    CHANNEL = "channel"
    GRADE = "grade"
    EVERYONE = "everyone"
    USUAL = "usual"


@dataclass(frozen=True, slots=True)
class Pace:
    """Days from one visit to the next: as wished, at least, at most."""

    every: int
    least: int
    most: int


def pace(every: int, least: int | None = None, most: int | None = None) -> Pace:
    """Return a pace; without bounds two visits lie half to one and a half times the wish apart.

    It comes from rows that another version wrote: what lies outside a year is brought into it.
    """
    wish = min(max(every, 1), LONGEST)
    nearest = math.ceil(wish * _NEAREST) if least is None else least
    farthest = math.ceil(wish * _FARTHEST) if most is None else most
    return Pace(wish, min(max(nearest, 1), wish), min(max(farthest, wish), 2 * LONGEST - 1))


@dataclass(frozen=True, slots=True)
class Season:
    """A part of every year with a pace of its own; days are MM-DD, both included."""

    first: str
    last: str
    pace: Pace

    def holds(self, on: date) -> bool:
        """Return whether a day lies in it; a season may reach over the new year."""
        day = f"{on:%m-%d}"
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The pace of one store through the year, and what says so."""

    pace: Pace
    seasons: tuple[Season, ...] = ()
    source: Source = Source.USUAL

    def on(self, day: date) -> Pace:
        """Return the pace of a day."""
        return next((season.pace for season in self.seasons if season.holds(day)), self.pace)

    def earliest(self, last: date | None) -> date:
        """Return the first day that is not too soon after a visit."""
        return date.min if last is None else self._first(last, "least")

    def due(self, last: date, workdays: Workdays) -> date:
        """Return the open day on which the next visit is due."""
        on = self._first(last, "every")
        return workdays.on_or_before(
            on, max(self.earliest(last), last + timedelta(1))
        ) or workdays.on_or_after(on)

    def latest(self, last: date, workdays: Workdays) -> date:
        """Return the last day that is not overdue."""
        return max(workdays.on_or_after(self._first(last, "most")), self.due(last, workdays))

    def _first(self, last: date, bound: str) -> date:
        return (
            _first_after(self, last, bound) if self.seasons else last + timedelta(getattr(self.pace, bound))
        )


@lru_cache(maxsize=50_000)
def _first_after(rhythm: Rhythm, last: date, bound: str) -> date:
    """Return the first day that lies as far from ``last`` as the season of that day asks for."""
    for n in range(1, 2 * LONGEST):
        on = last + timedelta(n)
        if n >= getattr(rhythm.on(on), bound):
            return on
    return last + timedelta(getattr(rhythm.pace, bound))


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a store stands on a day: ``due_on`` is the next visit, ``latest_on`` the last that is in time."""

    standing: Standing
    due_on: date
    earliest_on: date
    latest_on: date

    @property
    def is_wanted(self) -> bool:
        """Return whether a visit is wanted now."""
        return self.standing is not Standing.DONE


def outlook(rhythm: Rhythm, workdays: Workdays, last: date | None, today: date) -> Outlook:
    """Return how a store that was last visited on ``last`` stands today."""
    if last is None:
        return Outlook(Standing.NEW, today, date.min, today)
    due, latest = rhythm.due(last, workdays), rhythm.latest(last, workdays)
    found = Standing.DONE if today < due else Standing.DUE if today <= latest else Standing.OVERDUE
    return Outlook(found, due, rhythm.earliest(last), latest)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the office; what it leaves open it says of all."""

    id: str
    rhythm: Rhythm
    grade: str = ""
    channel: str = ""
    area: str = ""

    @property
    def source(self) -> Source:
        """Return how specific it is."""
        match bool(self.channel), bool(self.grade):
            case True, True:
                return Source.CHANNEL_AND_GRADE
            case True, False:
                return Source.CHANNEL
            case False, True:
                return Source.GRADE
        return Source.EVERYONE

    def fits(self, store: Store) -> bool:
        """Return whether it speaks of such a store, its area aside."""
        return self.grade in ("", store.grade) and self.channel in ("", store.channel)


@dataclass(frozen=True, slots=True)
class Store:
    """What of an account decides its rhythm; ``every`` and its bounds are the account's own word."""

    grade: str
    channel: str = ""
    area: str = ""
    every: int | None = None
    least: int | None = None
    most: int | None = None


_ORDER = tuple(Source)


@dataclass(frozen=True, slots=True)
class Cadences:
    """Every rule and every marked day; ``above`` maps an area to the one it lies in.

    What was worked out is remembered: 100,000 stores are of a few hundred kinds.
    """

    rules: tuple[Rule, ...] = ()
    days: Mapping[str, Mapping[date, bool]] = field(default_factory=dict)
    above: Mapping[str, str] = field(default_factory=dict)
    _kinds: dict[Store, tuple[Rhythm, Workdays]] = field(default_factory=dict, compare=False, repr=False)
    _dues: dict[tuple[Store, date], date] = field(default_factory=dict, compare=False, repr=False)

    def rhythm(self, store: Store) -> Rhythm:
        """Return how often a store is visited."""
        if store.every is not None:
            return Rhythm(pace(store.every, store.least, store.most), source=Source.ACCOUNT)
        found = self.rule(store)
        return found.rhythm if found else Rhythm(pace(_USUAL.get(store.grade, _USUAL["C"])))

    def rule(self, store: Store) -> Rule | None:
        """Return the rule that speaks for a store, if the account itself says nothing."""
        way = self.way(store.area)
        fitting = [rule for rule in self.rules if rule.area in way and rule.fits(store)]
        ranked = sorted(fitting, key=lambda rule: rule.id, reverse=True)
        return min(ranked, key=lambda r: (_ORDER.index(r.source), way.index(r.area)), default=None)

    def workdays(self, area: str = "") -> Workdays:
        """Return the calendar of an area; a nearer area's word goes before the company's."""
        marked: dict[date, bool] = {}
        for each in reversed(self.way(area)):
            marked |= self.days.get(each, {})
        return Workdays(marked)

    def way(self, area: str) -> list[str]:
        """Return an area, those above it, and at last the company (an empty name)."""
        found: list[str] = []
        while area and area not in found:
            found.append(area)
            area = self.above.get(area, "")
        return [*found, ""]

    def outlook(self, store: Store, last: date | None, today: date) -> Outlook:
        """Return how a store stands today."""
        return outlook(*self._kind(store), last, today)

    def due(self, store: Store, last: date) -> date:
        """Return the day the next visit is due."""
        found = self._dues.get((store, last))
        if found is None:
            rhythm, workdays = self._kind(store)
            found = self._dues[store, last] = rhythm.due(last, workdays)
        return found

    def _kind(self, store: Store) -> tuple[Rhythm, Workdays]:
        found = self._kinds.get(store)
        if found is None:
            found = self._kinds[store] = self.rhythm(store), self.workdays(store.area)
        return found


def seasons_of(stored: Any) -> tuple[Season, ...]:
    """Read the seasons of a rule; what another version wrote and this one cannot read is left out."""
    found = []
    for each in stored if isinstance(stored, list) else ():
        try:
            found.append(_season(each))
        except (Invalid, KeyError, TypeError, ValueError):
            continue
    return tuple(found)


def _season(stored: Mapping[str, Any]) -> Season:
    first, last = _month_day(stored["from"]), _month_day(stored["to"])
    return Season(first, last, checked_pace(stored["every"], stored.get("least"), stored.get("most")))


def checked_pace(every: Any, least: Any = None, most: Any = None) -> Pace:
    """Return a pace that makes sense, or raise ``Invalid`` naming the field."""
    for name, value in (("every_days", every), ("least_days", least), ("most_days", most)):
        if value is None and name != "every_days":
            continue
        if not isinstance(value, int) or not 1 <= value <= LONGEST:
            raise Invalid("out_of_range", field=name, least=1, most=LONGEST, value=value)
    if least is not None and least > every:
        raise Invalid("longer_than_the_wish", field="least_days", value=least, every=every)
    if most is not None and most < every:
        raise Invalid("shorter_than_the_wish", field="most_days", value=most, every=every)
    return pace(every, least, most)


def checked_seasons(stored: Sequence[Mapping[str, Any]]) -> tuple[Season, ...]:
    """Return seasons that make sense and do not overlap, or raise ``Invalid`` naming the field."""
    found: list[Season] = []
    for each in stored:
        season = _season(each)
        if any(_meet(season, other) for other in found):
            raise Invalid("seasons_overlap", field="seasons", first=season.first, last=season.last)
        found.append(season)
    return tuple(found)


def _meet(one: Season, other: Season) -> bool:
    leap = date(2024, 1, 1)
    return any(one.holds(on) and other.holds(on) for on in (leap + timedelta(n) for n in range(366)))


def _month_day(text: Any) -> str:
    try:
        return f"{date.fromisoformat(f'2024-{text}'):%m-%d}"
    except ValueError as error:
        raise Invalid("not_a_month_day", field="seasons", value=str(text)) from error


def same_stores(rules: Iterable[Rule], rule: Rule) -> Rule | None:
    """Return another rule that speaks of exactly the same stores: both cannot hold."""
    subject = (rule.area, rule.channel, rule.grade)
    others = (each for each in rules if each.id != rule.id)
    return next((each for each in others if (each.area, each.channel, each.grade) == subject), None)


def rule(
    id_: str,
    every: int,
    least: int | None,
    most: int | None,
    seasons: Any,
    *,
    grade: str,
    channel: str,
    area: str,
) -> Rule:
    """Return a rule from its stored columns."""
    bare = Rule(id_, Rhythm(pace(every)), grade, channel, area)
    return Rule(id_, Rhythm(pace(every, least, most), seasons_of(seasons), bare.source), grade, channel, area)


@lru_cache(maxsize=4)
def from_text(text: str) -> Cadences:
    """Read what ``to_text`` wrote; a database function is handed it again for every row."""
    rules, days, above = json.loads(text)
    marked: dict[str, dict[date, bool]] = {}
    for area, on, is_open in days:
        marked.setdefault(area, {})[date.fromisoformat(on)] = bool(is_open)
    return Cadences(
        tuple(
            rule(id_, every, least, most, seasons, grade=grade, channel=channel, area=area)
            for id_, every, least, most, seasons, grade, channel, area in rules
        ),
        marked,
        above,
    )


def to_text(rules: Iterable[Sequence[Any]], days: Iterable[Sequence[Any]], above: Mapping[str, str]) -> str:
    """Write rules (id, every, least, most, seasons, grade, channel, area) and days (area, on, open)."""
    return json.dumps([[list(each) for each in rules], [list(each) for each in days], dict(above)])
