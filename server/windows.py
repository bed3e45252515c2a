"""Rows older than their window leave the laptops; the office keeps them.

Which rows, and after how many days, is declared with each table (``__window__``,
``__ages_with__``). Age is not a condition that every reader would work out at his own moment:
once a night a row is *put out*, noted in ``aged`` and told by the feed as ``gone``. So the feed,
a bootstrap and a digest agree at any moment, a child never stays without its visit, and no
laptop's clock makes anything old: a date that cannot be true is kept beside in ``misdated``,
with the moment that the server believes.
"""

# ruff: noqa: S608 - names in statements come from the registry, never from outside

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from fieldcrm.clock import to_ms
from fieldcrm.sync.entities import Entity, registry
from fieldcrm.sync.protocol import Mutation, Op
from server.database import Database, quoted, run, run_many

CHUNK = 500
_DAY_MS = 86_400_000
_DOUBT_MS = 2 * _DAY_MS
_AGED = "INSERT INTO aged (row_id, entity) VALUES (?, ?) ON CONFLICT (row_id) DO NOTHING"
_TOLD = "INSERT INTO sync_outbox (entity, row_id) VALUES (?, ?)"


def among(connection: Connection, name: str, ids: Iterable[str]) -> frozenset[str]:
    """Return which of these rows of an entity were put out."""
    entity, wanted = registry()[name], list(ids)
    if not wanted or not has_window(entity):
        return frozenset()
    found = run(connection, "SELECT row_id FROM aged WHERE row_id IN ?", wanted)
    return frozenset(row_id for (row_id,) in found)


def has_window(entity: Entity) -> bool:
    """Say whether rows of this table are ever put out."""
    return entity.window is not None or entity.ages_with is not None


def within(entity: Entity) -> str:
    """Return the condition, to be added to others, that a row was not put out."""
    if not has_window(entity):
        return ""
    return f" AND NOT EXISTS (SELECT 1 FROM aged WHERE aged.row_id = {quoted(entity.name)}.id)"


def put_out(database: Database, at: datetime) -> int:
    """Put out what has grown too old, in short steps; return how many rows went."""
    gone = 0
    for entity in registry().values():
        while has_window(entity):
            with database.writing() as connection:
                step = _step(connection, entity, at) if entity.window else _latecomers(connection, entity)
            gone += step
            if not step:
                break
    return gone


def _step(connection: Connection, entity: Entity, at: datetime) -> int:
    assert entity.window is not None  # noqa: S101 - the caller looked
    column, days = entity.window
    edge = datetime.combine(at.astimezone(UTC).date(), datetime.min.time(), UTC) - timedelta(days=days)
    told: Any = edge.date().isoformat() if _is_day(entity, column) else to_ms(edge)
    found = run(
        connection,
        f"SELECT r.id FROM {quoted(entity.name)} r LEFT JOIN misdated m ON m.row_id = r.id "
        f"WHERE r.version > 0 AND (m.captured_at < ? OR (m.row_id IS NULL AND r.{quoted(column)} < ?)) "
        "AND NOT EXISTS (SELECT 1 FROM aged a WHERE a.row_id = r.id) ORDER BY r.id LIMIT ?",
        to_ms(edge), told, CHUNK,
    )  # fmt: skip
    ids = [row_id for (row_id,) in found]
    return leave(connection, entity.name, ids) + _leave_with(connection, entity.name, ids)


def _leave_with(connection: Connection, owner: str, ids: list[str]) -> int:
    """Put out everything that ages with these rows, in the same transaction."""
    left = 0
    for entity in registry().values() if ids else ():
        if entity.ages_with is not None and _owner(entity) == owner:
            column = quoted(entity.ages_with)
            found = run(connection, f"SELECT id FROM {quoted(entity.name)} WHERE {column} IN ?", ids)
            left += leave(connection, entity.name, [row_id for (row_id,) in found])
    return left


def _latecomers(connection: Connection, entity: Entity) -> int:
    """Put out rows that came after the row they age with had gone."""
    found = run(
        connection,
        f"SELECT r.id FROM aged a JOIN {quoted(entity.name)} r "
        f"ON r.{quoted(entity.ages_with or '')} = a.row_id "
        "WHERE a.entity = ? AND NOT EXISTS (SELECT 1 FROM aged b WHERE b.row_id = r.id) LIMIT ?",
        _owner(entity), CHUNK,
    )  # fmt: skip
    return leave(connection, entity.name, [row_id for (row_id,) in found])


def leave(connection: Connection, name: str, ids: list[str]) -> int:
    """Put out rows of a table that has a window, also before their time; return how many."""
    run_many(connection, _AGED, [(row_id, name) for row_id in ids])
    run_many(connection, _TOLD, [(name, row_id) for row_id in ids])
    return len(ids)


def _owner(entity: Entity) -> str:
    """Return the table that a row ages with, as in ``visit_id``."""
    return (entity.ages_with or "").removesuffix("_id")


def _is_day(entity: Entity, column: str) -> bool:
    field = entity.field(column)
    return field is not None and field.type == "day"


def note_misdated(connection: Connection, made: Iterable[tuple[Mutation, int]]) -> None:
    """Keep when new rows were captured, as far as the server can tell, if their own date is far from it."""
    noted = []
    for mutation, captured in made:
        entity = registry().get(mutation.agg[0])
        if mutation.op is Op.CREATE and entity is not None and entity.window is not None:
            said = _ms((mutation.doc or {}).get(entity.window[0]))
            if said is not None and abs(said - captured) > _DOUBT_MS:
                noted.append((mutation.agg[1], captured))
    run_many(
        connection,
        "INSERT INTO misdated (row_id, captured_at) VALUES (?, ?) ON CONFLICT (row_id) DO NOTHING",
        noted,
    )


def _ms(said: Any) -> int | None:
    if isinstance(said, str):
        day = date.fromisoformat(said)
        return to_ms(datetime(day.year, day.month, day.day, tzinfo=UTC))
    return said if isinstance(said, int) else None
