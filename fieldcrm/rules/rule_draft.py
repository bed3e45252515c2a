"""The rules while the office writes the next set: what differs from the published ones (P5–P8).

A rule is a plain document under its noun and key, numbers and days as text. Changes are whole
documents; None ends a rule. A change that says what is published anyway is none, however the
number is spelled. Drafts are values: every function returns a new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

Doc = dict[str, Any]
Docs = Mapping[str, Mapping[str, Doc]]
Key = tuple[str, str]

NOUNS = (
    "product_category", "product_attribute", "product", "cost_price", "price_book", "price_entry",
    "promotion", "rebate_program", "sellable_range", "quantity_rule", "approval_rung", "sales_bom",
)  # fmt: skip
_is_number = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?").fullmatch
_EMPTY: tuple[Any, ...] = (None, "", False, {}, [])


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What the next set changes of set ``based_on``; ``valid_from`` None means as soon as it is published."""

    based_on: int = 0
    name: str = ""
    valid_from: datetime | None = None
    changes: Mapping[Key, Doc | None] = field(default_factory=dict)

    def put(self, published: Docs, noun: str, key: str, doc: Doc | None) -> RuleDraft:
        """Return the draft in which a rule says ``doc``; None ends it."""
        return self.put_all(published, {(noun, key): doc})

    def put_all(self, published: Docs, changes: Mapping[Key, Doc | None]) -> RuleDraft:
        """Return the draft with many changes made at once."""
        kept = {place: doc for place, doc in self.changes.items() if place not in changes}
        made = {
            (noun, key): doc
            for (noun, key), doc in changes.items()
            if not is_same(published.get(noun, {}).get(key), doc)
        }
        return replace(self, changes=kept | made)

    def without(self, noun: str, key: str) -> RuleDraft:
        """Return the draft in which a rule is as it is published."""
        return replace(
            self, changes={place: doc for place, doc in self.changes.items() if place != (noun, key)}
        )

    def of(self, noun: str) -> dict[str, Doc | None]:
        """Return the changes of one noun by key."""
        return {key: doc for (each, key), doc in self.changes.items() if each == noun}


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule before and after; None where it is not there."""

    noun: str
    key: str
    before: Doc | None
    after: Doc | None

    @property
    def fields(self) -> list[str]:
        """The names of what differs, where the rule is there before and after."""
        before, after = self.before or {}, self.after or {}
        if self.before is None or self.after is None:
            return []
        return [name for name in {**before, **after} if not is_same(before.get(name), after.get(name))]


def applied(published: Docs, draft: RuleDraft) -> dict[str, dict[str, Doc]]:
    """Return every rule as it is with the draft; the prices of a book end with it."""
    found = {noun: dict(published.get(noun, {})) for noun in NOUNS}
    for (noun, key), doc in draft.changes.items():
        if doc is None:
            found[noun].pop(key, None)
        else:
            found[noun][key] = doc
    ended = {key for key, doc in draft.of("price_book").items() if doc is None}
    if ended:
        found["price_entry"] = {
            key: doc for key, doc in found["price_entry"].items() if doc["price_book_id"] not in ended
        }
    return found


def differences(published: Docs, draft: RuleDraft) -> list[Difference]:
    """Return what the draft changes, by noun in their order and by key."""
    return [
        Difference(noun, key, published.get(noun, {}).get(key), doc)
        for (noun, key), doc in sorted(
            draft.changes.items(), key=lambda change: (NOUNS.index(change[0][0]), change[0][1])
        )
    ]


def between(before: Docs, after: Docs) -> Iterator[tuple[Key, Doc | None]]:
    """Yield the changes that lead from one whole set of documents to another."""
    for noun in NOUNS:
        old, new = before.get(noun, {}), after.get(noun, {})
        for key in {**old, **new}:
            if not is_same(old.get(key), new.get(key)):
                yield (noun, key), new.get(key)


def is_same(one: Any, other: Any) -> bool:
    """Say whether two documents mean the same: what is left out is nothing, 10.00 is 10."""
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        said = ((name, _plain(each)) for name, each in value.items())
        return {name: each for name, each in said if each not in _EMPTY} or None
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value] or None
    if isinstance(value, bool):
        return value or None
    if isinstance(value, int) or (isinstance(value, str) and _is_number(value)):
        text = str(value)
        return text.rstrip("0").rstrip(".") if "." in text else text
    return None if value in _EMPTY else value
