"""Two versions of the rules compared: what is new, what ends, what says something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fieldcrm.rules.rule_columns import Column, Table, get, parts, table
from fieldcrm.rules.rule_draft import NOUNS, Difference, Doc, Docs, between, is_same

_IDS = {"price_book": ("id", "territory_id"), "price_entry": ("price_book_id",)}


@dataclass(frozen=True, slots=True)
class Change:
    """One field, or one list inside a rule, before and after."""

    before: Any
    after: Any
    column: Column | None = None
    part: Table | None = None


def compared(before: Docs, after: Docs) -> list[Difference]:
    """Return what leads from one version to another, by noun in their order and by code.

    A book of which only the id differs is the same book: one that was succeeded has another.
    """
    left, right = _by_code(before, before), _by_code(after, after)
    found = [
        Difference(noun, key, left.get(noun, {}).get(key), doc)
        for (noun, key), doc in between(_without_ids(left), _without_ids(right))
    ]
    whole = [
        Difference(each.noun, each.key, each.before, right.get(each.noun, {}).get(each.key)) for each in found
    ]
    return sorted(whole, key=lambda each: (NOUNS.index(each.noun), each.key))


def _by_code(docs: Docs, known: Docs) -> dict[str, dict[str, Doc]]:
    codes = {key: str(doc["code"]) for key, doc in known.get("price_book", {}).items()}

    def place(noun: str, key: str) -> str:
        if noun not in ("price_book", "price_entry"):
            return key
        book, sign, rest = key.partition("|")
        return f"{codes.get(book, book)}{sign}{rest}"

    return {noun: {place(noun, key): doc for key, doc in held.items()} for noun, held in docs.items()}


def _without_ids(docs: Docs) -> dict[str, dict[str, Doc]]:
    return {noun: {key: _without(noun, doc) for key, doc in held.items()} for noun, held in docs.items()}


def _without(noun: str, doc: Doc) -> Doc:
    ids = _IDS.get(noun, ())
    return {name: each for name, each in doc.items() if name not in ids} if ids else doc


def changes(found: Difference) -> Iterator[Change]:
    """Yield the fields that differ; of a rule that is new or ends those that say something."""
    left: Mapping[str, Any] = found.before or {}
    right: Mapping[str, Any] = found.after or {}
    for each in table(found.noun).columns:
        before, after = get(left, each.path), get(right, each.path)
        if not is_same(before, after):
            yield Change(before, after, column=each)
    for part in parts(found.noun):
        before, after = get(left, part.part) or [], get(right, part.part) or []
        if not is_same(before, after):
            yield Change(before, after, part=part)
