"""What became of one row when two people's edits met without a clash, kept for both to look at.

Nobody asked for a choice there, and each saw the other's value only later. So each field is
kept with its author and the value before (``merged_field``), and can be put back by an
ordinary edit. What clashed is not told here: ``settle.py`` keeps it as a conflict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

import msgspec

from fieldcrm.ids import new_id
from fieldcrm.model.base import Kind
from fieldcrm.sync.entities import registry
from fieldcrm.sync.protocol import Mutation
from server import documents
from server.batch import Author, Batch, Held

_NOT_OF_PEOPLE = frozenset({"conflict", "quarantine"})
_BOOKKEEPING = frozenset({"archived_at"})
_Told = tuple[str, Author, Any, Any]


class Taken(msgspec.Struct, frozen=True):
    """What a patch made of one field, from which value; one that clashed is a conflict's matter."""

    before: Any
    after: Any
    clashed: bool


def rows(
    batch: Batch, held: Held, mutation: Mutation, taken: Mapping[str, Taken], lost: Set[str]
) -> list[Held]:
    """Return a row for each field that met another's without a clash; none if nobody else had written."""
    entity = held.entity
    if entity.kind is not Kind.MASTER or entity.name in _NOT_OF_PEOPLE or mutation.base + 1 >= _now(held):
        return []
    mine = [(name, each) for name, each in taken.items() if not each.clashed and _is_told(held, name)]
    authors = _authors(batch, held)
    others = {n: who for n, who in authors.items() if _is_others(batch, who) and who.version > mutation.base}
    if not mine or not others.keys() - lost:
        return []
    last = max((who.version for who in authors.values() if not _is_others(batch, who)), default=0)
    fresh = {name: who for name, who in others.items() if who.version > last and name not in lost}
    me = Author(batch.standing.me, batch.captured(mutation), 0)
    told = [*_of_others(held, fresh, taken), *((name, me, each.before, each.after) for name, each in mine)]
    return [_row(held, mutation, each) for each in told]


def _now(held: Held) -> int:
    return int(held.row["version"])


def _is_told(held: Held, name: str) -> bool:
    return held.entity.field(name) is not None and name not in _BOOKKEEPING


def _is_others(batch: Batch, who: Author) -> bool:
    return who.user_id != batch.standing.me


def _authors(batch: Batch, held: Held) -> dict[str, Author]:
    """Return who wrote the row's fields last, as they were before this patch."""
    row_id = held.row["id"]
    found = ((each.name, batch.authors.get((row_id, each.name))) for each in held.entity.fields)
    return {name: who for name, who in found if who is not None and _is_told(held, name)}


def _of_others(held: Held, fresh: Mapping[str, Author], taken: Mapping[str, Taken]) -> Iterator[_Told]:
    """Yield what others wrote, as it stood until this patch; one whose value before nobody knows is left."""
    for name, who in fresh.items():
        field = held.entity.field(name)
        if field is None or who.prior is None:
            continue
        stood = taken[name].before if name in taken else documents.plain(field, held.row[name])
        yield name, who, msgspec.json.decode(who.prior), stood


def _row(held: Held, mutation: Mutation, told: _Told) -> Held:
    name, who, before, after = told
    scope, _, of = held.entity.scope_of(held.row).partition(":")
    row = {
        "id": str(new_id()), "version": 1, "extra": None, "archived_at": None,
        "entity": held.entity.name, "row_id": held.row["id"], "field": name,
        "before": _json(before), "after": _json(after), "changed_by": who.user_id, "changed_at": who.at,
        "mutation_id": mutation.id, "territory_id": of if scope == "terr" else None,
        "rep_id": of if scope == "rep" else None,
    }  # fmt: skip
    return Held(registry()["merged_field"], row, new=True)


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
