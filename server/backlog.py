"""What was committed and has no number yet, and when that is more than anybody should wait for.

After a realignment or an import the numbers of a hundred thousand rows are made in the background,
step by step. Meanwhile a push is answered without waiting for them: its page tells what is
numbered and says ``more``.
"""

from __future__ import annotations

from sqlalchemy import Connection

from server import moves, stamp
from server.database import run

LINES = 4_000


def waits(connection: Connection) -> bool:
    """Say whether any row waits for its number, or to follow its account."""
    return stamp.waiting(connection) or moves.waiting(connection)


def is_long(connection: Connection) -> bool:
    """Say whether so much waits that it takes several steps."""
    found = run(
        connection,
        "SELECT EXISTS (SELECT 1 FROM sync_outbox ORDER BY id LIMIT 1 OFFSET ?)"
        " OR EXISTS (SELECT 1 FROM sync_move ORDER BY id LIMIT 1 OFFSET ?)",
        LINES, moves.ACCOUNTS,
    )  # fmt: skip
    return bool(found.scalar())
