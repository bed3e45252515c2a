"""What stored photos look like, measured from their bytes, among all photos of the company (V6).

A laptop can only compare with what it holds, and says itself what its photos look like. Here
the bytes speak, and colleagues in other territories are in the comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from fieldcrm.rules import likeness
from server.database import Database, run, run_many
from server.files import Store

_MOST_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A stored photo that nobody has looked at yet."""

    photo_id: str
    visit_id: str
    sha256: str
    taken_at: int


@dataclass(frozen=True, slots=True)
class Look:
    """What one photo looks like; without a likeness it is blank, no picture, or not here."""

    photo: Unmeasured
    likeness: str | None = None
    looks: tuple[str, ...] = ()


def unmeasured(connection: Connection, visit_ids: Sequence[str]) -> list[Unmeasured]:
    """Return the stored photos of these visits that were not measured."""
    if not visit_ids:
        return []
    rows = run(
        connection,
        "SELECT id, visit_id, sha256, taken_at FROM photo WHERE visit_id IN ? AND stored = ? AND NOT EXISTS "
        "(SELECT 1 FROM photo_look WHERE photo_id = photo.id) ORDER BY taken_at, id",
        list(visit_ids), True,
    )  # fmt: skip
    return [Unmeasured(*row) for row in rows]


def measured(store: Store, photo: Unmeasured) -> Look:
    """Return what a stored photo looks like."""
    from PIL import Image, ImageOps

    try:
        with Image.open(store.blob(photo.sha256)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return Look(photo)
            upright = ImageOps.exif_transpose(picture).convert("L")
    except Exception:
        return Look(photo)
    grey = upright.resize((likeness.EDGE, likeness.EDGE), Image.Resampling.BOX).tobytes()
    return Look(photo, likeness.likeness(grey), likeness.looks(grey))


def keep(database: Database, looks: Sequence[Look], at_ms: int) -> None:
    """Keep what was measured, with the earlier photo of another visit that each one looks like."""
    for look in looks:  # one by one: two of one visit's lot may show the same
        with database.reading() as connection:
            like_id = _earlier(connection, look) if look.likeness else None
        with database.writing() as connection:
            run_many(
                connection,
                "INSERT INTO photo_look (photo_id, at, likeness, like_id) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (photo_id) DO NOTHING",
                [(look.photo.photo_id, at_ms, look.likeness, like_id)],
            )


def _earlier(connection: Connection, look: Look) -> str | None:
    rows = run(
        connection,
        "SELECT l.likeness, l.photo_id FROM photo_look l JOIN photo p ON p.id = l.photo_id "
        "WHERE l.likeness IS NOT NULL AND p.visit_id <> ? AND p.taken_at <= ?",
        look.photo.visit_id, look.photo.taken_at,
    )  # fmt: skip
    near = min(((likeness.differing(one, look.looks), photo_id) for one, photo_id in rows), default=None)
    return None if near is None or near[0] > likeness.SAME_BITS else str(near[1])
