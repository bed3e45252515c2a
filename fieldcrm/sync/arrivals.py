"""Which page last told this device of which row: what is in doubt after the server was set back.

A restored server tells again only what changed since; a row that changed in the time that
was lost would stay here for ever. So every page notes its rows, the ones that left too,
and after a rewind exactly those are asked for anew. Rows of the first sync are older than
any page and cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldcrm.storage.cipher import Connection


def note(connection: Connection, rows: Iterable[tuple[str, str]], page: int) -> None:
    """Note that ``page`` told of these rows, each (entity, id)."""
    connection.executemany(
        "INSERT INTO arrival (entity, row_id, page) VALUES (?, ?, ?)"
        " ON CONFLICT (entity, row_id) DO UPDATE SET page = excluded.page",
        [(entity, row_id, page) for entity, row_id in rows],
    )


def note_later_sets(connection: Connection, named_at: int) -> None:
    """Let sets of rules wait for the feed that were published after the server named the scopes.

    A book that was made with one of them is in none of these.
    """
    found = connection.execute("SELECT id FROM rule_set WHERE published_at >= ?", (named_at,))
    note(connection, [("rule_set", row_id) for (row_id,) in found.fetchall()], 1)


def are_waiting(connection: Connection, entity: str) -> bool:
    """Say whether rows of an entity came since this device was last up to date."""
    found = connection.execute(
        "SELECT 1 FROM arrival WHERE entity = ? AND page >"
        " (SELECT coalesce(max(id), 0) FROM cursor_history WHERE whole) LIMIT 1",
        (entity,),
    )
    return found.fetchone() is not None


def since(connection: Connection, page: int) -> list[tuple[str, str]]:
    """Return the rows that ``page`` or a later one told of, the latest first."""
    found = connection.execute(
        "SELECT entity, row_id FROM arrival WHERE page >= ? ORDER BY page DESC, row_id", (page,)
    )
    return [(entity, row_id) for entity, row_id in found.fetchall()]


def forget_old(connection: Connection) -> None:
    """Forget what is older than every remembered place: nothing could ask for it."""
    connection.execute("DELETE FROM arrival WHERE page < (SELECT min(id) FROM cursor_history WHERE whole)")


def clear(connection: Connection) -> None:
    """Forget everything: this device begins anew."""
    connection.execute("DELETE FROM arrival")
