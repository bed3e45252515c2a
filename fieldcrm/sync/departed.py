"""What remains of an account that left this device: its name, when and why (table ``departed``).

The row itself goes with everything of it (I5). Without this note a store would simply not be
there any more one morning. A territory that is taken away whole is told by the sync log; then
only stores with unsent work get a note. Notes go after a month.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from fieldcrm.storage.cipher import Connection
from fieldcrm.sync.apply import Applied
from fieldcrm.sync.entities import registry

_KEPT_MS = timedelta(days=30) // timedelta(milliseconds=1)
_MOST = 500
_TERRITORY = "territory"


def note(connection: Connection, applied: Applied, now_ms: int) -> None:
    """Write down who left and strike out who came back, in the transaction that does both."""
    back = [(row_id,) for row_id in applied.written.get("account", ())]
    connection.executemany("DELETE FROM departed WHERE row_id = ?", back)
    if not applied.departed:
        return
    connection.executemany(
        "INSERT INTO departed (row_id, entity, label, left_at, reason) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (row_id) DO NOTHING",
        [(row_id, entity, name, now_ms, why) for row_id, (entity, name, why) in applied.departed.items()],
    )
    connection.execute("DELETE FROM departed WHERE left_at < ?", (now_ms - _KEPT_MS,))
    connection.execute(
        "DELETE FROM departed WHERE row_id NOT IN"
        " (SELECT row_id FROM departed ORDER BY left_at DESC LIMIT ?)",
        (_MOST,),
    )


def with_work(connection: Connection, entity: str, ids: Iterable[str]) -> dict[str, str]:
    """Return those accounts of a lost territory on which unsent work hangs, with their reason."""
    if entity != "account":
        return {}
    wanted = set(ids)
    unsent = "SELECT row_id FROM outbox WHERE state IN ('pending', 'inflight') AND entity = ?"
    held = {row_id for (row_id,) in connection.execute(unsent, (entity,))}
    for child in registry().values():
        if child.field("account_id") is not None:
            query = f'SELECT account_id FROM "{child.name}" WHERE id IN ({unsent})'  # noqa: S608  # own names
            held |= {row_id for (row_id,) in connection.execute(query, (child.name,))}
    return dict.fromkeys(wanted & held, _TERRITORY)
