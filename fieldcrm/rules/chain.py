"""One chain per device over the events of its visits: who changes one afterwards breaks it (V6).

Every event carries a seal: its place in the chain, the link of the event before it, and its
own link, a hash over both and over what it says. Anybody who holds rows can check them, in
whatever order they came: a row that says something else than its link is edited, two
neighbours that do not fit are torn. What is not here proves nothing: it may be on its way, be
another territory's, or lie on a laptop that was lost. A copy of a laptop that goes on by
itself makes two events with one number; that is told apart from an edit, and with the
server's word for one of them also when the other one never comes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from fieldcrm.faults import planted

FORMAT = "1"
_OF_VISIT = ("account_id", "rep_id")
_SAID: Mapping[str, tuple[str, ...]] = {
    "visit": (*_OF_VISIT, "plan_id", "sop_template_id", "started_at", "purpose"),
    "check_in": (
        *_OF_VISIT, "visit_id", "at", "source", "latitude_e7", "longitude_e7", "datum", "accuracy_m",
        "fix_age_s", "far_reason", "code_edition", "code_signature",
    ),
    "step_answer": (
        *_OF_VISIT, "visit_id", "step_key", "answers", "answered_at", "replaces_id", "amendment_id",
    ),
    "photo": (
        *_OF_VISIT, "visit_id", "step_key", "field_key", "caption", "sha256", "size", "media_type", "width",
        "height", "taken_at", "likeness", "like_id", "exif",
    ),
    "check_out": (*_OF_VISIT, "visit_id", "at", "summary", "next_visit_on", "gaps"),
    "visit_amendment": (*_OF_VISIT, "visit_id", "at", "reason", "summary"),
}  # fmt: skip
"""What each event says, for format 1; a released list never changes, a new one gets a new format."""
SEALED = frozenset(_SAID)


class Fault(StrEnum):
    """What is wrong with an event's place in its chain."""

    EDITED = "edited"  # it says something else than its own link
    TORN = "torn"  # the event after it was bound to another one
    UNSEALED = "unsealed"  # it has no seal though earlier ones of its visit have
    FORKED = "forked"  # two copies of one laptop went on from the same place


@dataclass(frozen=True, slots=True)
class Seal:
    """An event's place: number ``n`` of a chain, the link before it and its own."""

    chain: str
    n: int
    before: str
    link: str

    def __str__(self) -> str:
        return f"{FORMAT}.{self.chain}.{self.n}.{self.before}.{self.link}"


@dataclass(frozen=True, slots=True)
class Event:
    """One row as evidence; ``said`` is its body in wire form."""

    entity: str
    row_id: str
    visit_id: str
    at_ms: int
    seal: str | None
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """One event whose place does not hold, and the chain it was in."""

    event: Event
    fault: Fault
    seal: Seal | None = None


def next_seal(chain: str, n: int, before: str, entity: str, row_id: str, said: Mapping[str, Any]) -> Seal:
    """Return the seal of a chain's next event."""
    return Seal(chain, n, before, _link(chain, n, before, entity, row_id, said))


def read(text: str | None) -> Seal | None:
    """Return a seal as it was written; None for none, for a newer format and for no seal at all."""
    parts = (text or "").split(".")
    if len(parts) != 5 or parts[0] != FORMAT or not parts[2].isdecimal() or len(parts[2]) > 12:
        return None
    return Seal(parts[1], int(parts[2]), parts[3], parts[4])


def holds(entity: str, row_id: str, said: Mapping[str, Any], seal: Seal) -> bool:
    """Return whether a row says what its seal was made over."""
    if planted("edit_unnoticed"):
        return True
    return seal.link == _link(seal.chain, seal.n, seal.before, entity, row_id, said)


def broken(events: Iterable[Event], attested: Collection[str] = ()) -> list[Broken]:
    """Return what does not hold among these events, by chain in its order; gaps are no fault.

    ``attested`` are links that the server signed when they came: an event with such a link was not
    made to fit later, so the event after it that is bound to another one is a copy's.
    """
    rows = list(events)
    sealed = [(event, seal) for event in rows if (seal := read(event.seal)) is not None]
    found = [
        Broken(event, Fault.EDITED, seal)
        for event, seal in sealed
        if not holds(event.entity, event.row_id, event.said, seal)
    ]
    edited = {each.event.row_id for each in found}
    found += [each for each in _torn(sealed, attested) if each.event.row_id not in edited]
    found += _unsealed(rows)
    return sorted(found, key=lambda each: (each.seal.chain, each.seal.n) if each.seal else ("", 0))


def named(broken: Sequence[Broken]) -> str:
    """Name the first broken link; empty when all hold."""
    if not broken:
        return ""
    first = broken[0]
    place = f", number {first.seal.n} of chain {first.seal.chain}" if first.seal else ""
    return f"{first.event.entity} {first.event.row_id} is {first.fault}{place}"


def _torn(sealed: list[tuple[Event, Seal]], attested: Collection[str]) -> Iterator[Broken]:
    places: defaultdict[tuple[str, int], list[tuple[Event, Seal]]] = defaultdict(list)
    for event, seal in sealed:
        places[seal.chain, seal.n].append((event, seal))
    for (chain, n), here in places.items():
        if len(here) > 1:
            yield from (Broken(event, Fault.FORKED, seal) for event, seal in here)
        before = places.get((chain, n - 1), ())
        links = {seal.link for _, seal in before}
        if links and not any(seal.before in links for _, seal in here):
            for event, seal in before:
                yield Broken(event, Fault.FORKED if seal.link in attested else Fault.TORN, seal)


def _unsealed(rows: list[Event]) -> Iterator[Broken]:
    """Find events without a seal that came after a sealed one of the same visit."""
    first: dict[str, int] = {}
    for event in rows:
        if event.seal is not None:
            first[event.visit_id] = min(event.at_ms, first.get(event.visit_id, event.at_ms))
    for event in rows:
        if event.seal is None and event.at_ms > first.get(event.visit_id, event.at_ms):
            yield Broken(event, Fault.UNSEALED)


def _link(chain: str, n: int, before: str, entity: str, row_id: str, said: Mapping[str, Any]) -> str:
    told = [FORMAT, chain, n, before, entity, row_id, {name: said.get(name) for name in _SAID[entity]}]
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return blake2b(text.encode("ascii"), digest_size=16).hexdigest()
