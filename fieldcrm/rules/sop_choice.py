"""Which template a store's visit gets (V4), and which editions would leave that undecided.

A template may be made for a purpose, for store types (tags of the account) and for channels;
what it does not name fits every store. Of the templates that fit, the one that names the
purpose wins, then the one that names the type, then the one that names the channel. Of one
template only its newest edition that holds on the day counts. Two templates of the same rank
that fit one store are a tie: none may be published so; an older laptop takes the first by code.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Edition:
    """What choosing a template looks at; ``sunset_on`` is for visits begun with earlier editions."""

    id: Any
    code: str
    edition: int
    channels: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    purpose: str = ""
    store_types: tuple[str, ...] = ()
    sunset_on: date | None = None

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """How special it is: purpose, type, channel."""
        return bool(self.purpose), bool(self.store_types), bool(self.channels)

    def holds(self, on: date) -> bool:
        """Return whether visits may begin with it on a day, newer editions apart."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def choose(
    editions: Iterable[Edition], channel: str, on: date, *, purpose: str = "", types: Collection[str] = ()
) -> Edition | None:
    """Return the template for a visit to a store on a day, or None when there is none."""
    fitting = [e for e in current(editions, on) if _fits(e, channel, purpose, types)]
    ranked = sorted(fitting, key=lambda e: e.code)
    return max(ranked, key=lambda e: e.rank, default=None)


def current(editions: Iterable[Edition], on: date) -> list[Edition]:
    """Return the newest edition of each template that holds on a day."""
    newest: dict[str, Edition] = {}
    for each in editions:
        before = newest.get(each.code)
        if each.holds(on) and (before is None or _age(each) > _age(before)):
            newest[each.code] = each
    return list(newest.values())


def tie(made: Edition, others: Iterable[Edition]) -> Edition | None:
    """Return a template of the same rank that would fit some store as well as ``made``, or None."""
    known = [e for e in others if e.code != made.code and e.rank == made.rank]
    later = {e.valid_from for e in known if made.holds(e.valid_from)}
    for day in sorted({made.valid_from, *later}):
        for other in current(known, day):
            if _overlap(made, other):
                return other
    return None


def may_finish(begun: Edition, editions: Iterable[Edition], on: date) -> bool:
    """Return whether a visit begun with an edition may still be finished with it."""
    return not any(
        e.code == begun.code and e.edition > begun.edition and e.valid_from <= on
        and e.sunset_on is not None and e.sunset_on < on
        for e in editions
    )  # fmt: skip


def _fits(edition: Edition, channel: str, purpose: str, types: Collection[str]) -> bool:
    return (
        edition.purpose in ("", purpose)
        and (not edition.store_types or not set(types).isdisjoint(edition.store_types))
        and (not edition.channels or channel in edition.channels)
    )


def _overlap(one: Edition, other: Edition) -> bool:
    return (
        one.purpose == other.purpose
        and _share(one.store_types, other.store_types)
        and _share(one.channels, other.channels)
    )


def _share(some: Collection[str], others: Collection[str]) -> bool:
    return not some or not set(some).isdisjoint(others)


def _age(edition: Edition) -> tuple[int, date]:
    return edition.edition, edition.valid_from
