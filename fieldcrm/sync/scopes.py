"""Rows that this device may no longer hold, found by their own columns.

A row belongs to exactly one scope, and ``Entity.scope`` says which of its columns names
it; so no membership table is needed to purge a scope (I5).
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldcrm.faults import planted, reach
from fieldcrm.storage.cipher import Connection
from fieldcrm.sync import apply, departed, outbox, state
from fieldcrm.sync.apply import Applied, Base
from fieldcrm.sync.entities import GLOBAL_SCOPE, Entity, registry


def purge(connection: Connection, removed: Iterable[str], applied: Applied) -> None:
    """Remove every row of the ``removed`` scopes; unsent work pins its own row until answered.

    A row the server refused to take stays until somebody mends it or lets it go.
    """
    for scope in () if planted("purge_keeps_rows") else removed:
        remove(connection, scope, applied)
        reach("client.scope.purged")


def remove(connection: Connection, scope: str, applied: Applied, *, unnamed: bool = False) -> None:
    """Remove the rows of one scope; with ``unnamed``, those that the server did not name (``reconciled``).

    Where a whole territory goes, only accounts with unsent work leave a note.
    """
    for entity in reversed(registry().values()):
        where = condition(entity, scope)
        if where is None:
            continue
        query = f'SELECT id, version FROM "{entity.name}" WHERE {where[0]}'  # noqa: S608  # own names
        found: dict[str, int] = dict(connection.execute(query, where[1]).fetchall())
        if unnamed:
            named = _named(connection, entity.name)
            found = {row_id: v for row_id, v in found.items() if v > 0 and row_id not in named}
        unsent, refused = _working(connection, entity.name)
        noted = dict.fromkeys(found, "moved") if unnamed else None
        applied.depart(connection, entity.name, noted or departed.with_work(connection, entity.name, found))
        apply.discard(connection, entity, [i for i in found if i not in unsent | refused], applied)
        for row_id in found.keys() & unsent:
            apply.set_base(connection, entity.name, row_id, Base(found[row_id], None))


def _named(connection: Connection, entity: str) -> set[str]:
    rows = connection.execute("SELECT row_id FROM reconciled WHERE entity = ?", (entity,)).fetchall()
    return {row_id for (row_id,) in rows}


def condition(entity: Entity, scope: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the SQL that finds an entity's rows of ``scope``, or None if it has none there."""
    prefix, _, value = scope.partition(":")
    if scope == GLOBAL_SCOPE:
        nulls = " AND ".join(f'"{column}" IS NULL' for _, column in entity.scope)
        return (nulls or "1 = 1", ())
    for place, (name, column) in enumerate(entity.scope):
        if name == prefix:
            earlier = [f'"{other}" IS NULL AND ' for _, other in entity.scope[:place]]
            return ("".join(earlier) + f'"{column}" = ?', (value,))
    return None


def remove_unconfirmed(connection: Connection, applied: Applied) -> None:
    """Remove rows that the server took but that never came back: they belong to others' scopes.

    Called when up to date: whatever this device may hold of its own creations is here by now.
    """
    waiting = state.read(connection, state.UNCONFIRMED, [])
    if not waiting:
        return
    for name, row_id in waiting:
        entity = registry()[name]
        found = connection.execute(f'SELECT version FROM "{name}" WHERE id = ?', (row_id,)).fetchone()  # noqa: S608
        if found is None or found[0] > 0:
            continue
        if outbox.unsent(connection, name, row_id):
            apply.set_base(connection, name, row_id, Base(0, None))
        else:
            apply.discard(connection, entity, [row_id], applied)
    state.write(connection, state.UNCONFIRMED, [])


def _working(connection: Connection, entity: str) -> tuple[set[str], set[str]]:
    """Return the rows with unsent work, and those the server refused to take, which live only here."""
    rows = connection.execute(
        "SELECT row_id, state FROM outbox WHERE entity = ? AND (state IN ('pending', 'inflight')"
        " OR (state = 'rejected' AND op = 'create' AND outcome != ?))",
        (entity, outbox.SETTLED),
    ).fetchall()
    refused = {row_id for row_id, ended in rows if ended == "rejected"}
    return {row_id for row_id, _ in rows} - refused, refused
