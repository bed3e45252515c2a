"""Who wins when two people changed one field: the server's push asks here, per field.

Pure, on plain JSON values (a ``msgspec.Raw`` must be decoded first). ``old`` is what the
author saw, ``new`` what the author wrote, ``current`` what the server holds. Nothing is
lost: whenever ``is_conflict`` is true the caller keeps the value that did not win (I9).

=========  ==============================================================================
later      what reaches the server later wins; the current value is the loser
office     the server's value wins (credit limit, tax id, status, territory); also ``server``
set        lists merge by element: what the author added and removed is done to ``current``
both       long notes: both texts in full, one below the other; recorded all the same
archive    once put away a row stays put away
=========  ==============================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

RULES = frozenset({"later", "office", "server", "set", "both", "archive"})


class Verdict(StrEnum):
    """What became of the author's value."""

    TAKEN = "taken"
    SAME = "same"
    CONFLICT_NEW_WINS = "conflict_new_wins"
    CONFLICT_CURRENT_WINS = "conflict_current_wins"


@dataclass(frozen=True, slots=True)
class Merge:
    """The value to keep, and how it came about."""

    value: Any
    outcome: Verdict

    @property
    def is_conflict(self) -> bool:
        """Whether a value did not win and must be kept elsewhere."""
        return self.outcome in (Verdict.CONFLICT_NEW_WINS, Verdict.CONFLICT_CURRENT_WINS)


def field(rule: str, old: Any, new: Any, current: Any) -> Merge:
    """Merge one field by its ``rule``; an unknown rule is a ``KeyError``."""
    if rule not in RULES:
        raise KeyError(rule)
    if equal(new, current) or equal(new, old):
        return Merge(current, Verdict.SAME)
    if rule == "archive":
        return _archive(new, current)
    if equal(old, current):
        return Merge(new, Verdict.TAKEN)
    if rule == "set":
        return _set(old, new, current)
    if rule == "both":
        return _both(new, current)
    if rule == "later":
        return Merge(new, Verdict.CONFLICT_NEW_WINS)
    return Merge(current, Verdict.CONFLICT_CURRENT_WINS)


def equal(one: Any, other: Any) -> bool:
    """Return whether two JSON values are the same; 1, 1.0 and true are three values."""
    return bool(_key(one) == _key(other))


def _key(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value, order="sorted")


def _archive(new: Any, current: Any) -> Merge:
    if current is None:
        return Merge(new, Verdict.TAKEN)
    return Merge(current, Verdict.SAME if new is not None else Verdict.CONFLICT_CURRENT_WINS)


def _set(old: Any, new: Any, current: Any) -> Merge:
    before, after = _elements(old), _elements(new)
    removed = before.keys() - after.keys()
    added = {key: value for key, value in after.items() if key not in before}
    kept = {key: value for key, value in _elements(current).items() if key not in removed}
    value = list((kept | {key: value for key, value in added.items() if key not in kept}).values())
    return Merge(value, Verdict.SAME if equal(value, current) else Verdict.TAKEN)


def _elements(value: Any) -> dict[Any, Any]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return {_key(item): item for item in items}


def _both(new: Any, current: Any) -> Merge:
    texts = [text for text in (current, new) if isinstance(text, str) and text]
    if len(texts) < 2 or texts[1] in texts[0]:
        value = texts[0] if texts else new
    elif texts[0] in texts[1]:
        value = texts[1]
    else:
        value = f"{texts[0]}\n\n{texts[1]}"
    return Merge(value, Verdict.CONFLICT_NEW_WINS)
