"""Order numbers, ``SO-<year>-<6 digits>``: gapless within their year, given at acceptance."""

from __future__ import annotations

from sqlalchemy import Connection

from server.database import run


def next_number(connection: Connection, year: int) -> str:
    """Return the next number of ``year``; it is taken when the transaction commits."""
    value = run(
        connection,
        "INSERT INTO counter (name, value) VALUES (?, 1) "
        "ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value",
        f"order-{year}",
    ).scalar_one()
    return f"SO-{year}-{value:06d}"
