"""Numbers of documents, gapless within their year: ``SO-2026-000001`` for an order, ``QT-`` for a quote."""

from __future__ import annotations

from sqlalchemy import Connection

from server.database import run


def next_number(connection: Connection, year: int) -> str:
    """Return the next number of ``year``; it is taken when the transaction commits."""
    return next_numbers(connection, year, 1)[0]


def next_numbers(connection: Connection, year: int, count: int) -> list[str]:
    """Return the next ``count`` numbers of ``year``; others who want one wait for the commit."""
    return _next(connection, "order", "SO", year, count)


def next_quote_number(connection: Connection, year: int) -> str:
    """Return the next number of a quote."""
    return _next(connection, "quote", "QT", year, 1)[0]


def _next(connection: Connection, what: str, prefix: str, year: int, count: int) -> list[str]:
    last = run(
        connection,
        "INSERT INTO counter (name, value) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value RETURNING value",
        f"{what}-{year}", count,
    ).scalar_one()  # fmt: skip
    return [f"{prefix}-{year}-{value:06d}" for value in range(last - count + 1, last + 1)]
