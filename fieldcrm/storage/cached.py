"""The list of photo bytes that the server has too, and which of them go when room is wanted."""

from __future__ import annotations

from collections.abc import Iterable

from fieldcrm.storage.cipher import Connection

File = tuple[str, bool]


def note(connection: Connection, sha256: str, size: int, at_ms: int, *, small: bool = False) -> None:
    """Put a file on the list, or note that it was looked at now."""
    connection.execute(
        "INSERT INTO cached_file (sha256, small, size, used_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (sha256, small) DO UPDATE SET used_at = excluded.used_at",
        (sha256, small, size, at_ms),
    )


def touch(connection: Connection, sha256: str, at_ms: int) -> None:
    """Note that a file was looked at; one that is not on the list stays off it."""
    connection.execute("UPDATE cached_file SET used_at = ? WHERE sha256 = ?", (at_ms, sha256))


def is_cached(connection: Connection, sha256: str) -> bool:
    """Whether the whole photo may be fetched again."""
    query = "SELECT 1 FROM cached_file WHERE sha256 = ? AND NOT small"
    return connection.execute(query, (sha256,)).fetchone() is not None


def take_unused(connection: Connection, most: int) -> list[File]:
    """Take the longest unused files off the list until the rest is within ``most`` bytes; return them."""
    (left,) = connection.execute("SELECT coalesce(sum(size), 0) FROM cached_file").fetchone()
    taken: list[File] = []
    query = "SELECT sha256, small, size FROM cached_file ORDER BY used_at, sha256"
    for sha256, small, size in connection.execute(query).fetchall():
        if left <= most:
            break
        left -= size
        taken.append((sha256, bool(small)))
    connection.executemany("DELETE FROM cached_file WHERE sha256 = ? AND small = ?", taken)
    return taken


def forget(connection: Connection, hashes: Iterable[str]) -> None:
    """Take these off the list, whole and small."""
    connection.executemany("DELETE FROM cached_file WHERE sha256 = ?", [(sha256,) for sha256 in hashes])
