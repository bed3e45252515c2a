"""Visits whose events changed since the server last looked at them (``looking.py``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from fieldcrm.rules.chain import SEALED
from fieldcrm.sync.protocol import Mutation
from server.database import run, run_many

Noted = tuple[str, int]
_TELLING = SEALED | {"visit_share", "visit_review"}


def note(connection: Connection, taken: Iterable[Mutation], at_ms: int) -> None:
    """Note the visits that these mutations belong to."""
    visits = {_visit_of(mutation) for mutation in taken if mutation.agg[0] in _TELLING}
    add(connection, visits - {""}, at_ms)


def add(connection: Connection, visit_ids: Iterable[str], at_ms: int) -> None:
    """Note that these visits are to be looked at."""
    run_many(
        connection,
        "INSERT INTO to_look_at (visit_id, at) VALUES (?, ?) "
        "ON CONFLICT (visit_id) DO UPDATE SET at = excluded.at",
        [(visit_id, at_ms) for visit_id in sorted(visit_ids)],
    )


def some(connection: Connection, most: int) -> list[Noted]:
    """Return visits that wait, the longest first, each with when it was noted."""
    rows = run(connection, "SELECT visit_id, at FROM to_look_at ORDER BY at, visit_id LIMIT ?", most)
    return [(visit_id, at) for visit_id, at in rows]


def forget(connection: Connection, noted: Sequence[Noted]) -> None:
    """Take visits off the list; one that changed meanwhile stays."""
    run_many(connection, "DELETE FROM to_look_at WHERE visit_id = ? AND at = ?", list(noted))


def _visit_of(mutation: Mutation) -> str:
    if mutation.agg[0] == "visit":
        return mutation.agg[1]
    return str((mutation.doc or {}).get("visit_id") or "").lower()
