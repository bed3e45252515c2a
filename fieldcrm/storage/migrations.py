"""Bringing an older file up to this version without ever risking it.

Copy, migrate the copy, check it, and only then rename it into place. The old file stays
as ``<name>.previous`` until the next successful sync. Outbox payloads are never rewritten:
each carries the schema it was made with, and the server understands it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from fieldcrm.errors import Damaged
from fieldcrm.faults import planted, reach
from fieldcrm.storage import cipher, disk, lifting, schema, steps
from fieldcrm.storage.cipher import Connection

Step = Callable[[Connection], None]
STEPS: tuple[Step, ...] = (steps.to_version_2,)
"""``STEPS[i]`` turns version ``i + 1`` into ``i + 2``, inside one transaction."""


def bring_up_to_date(path: Path, key: bytes, version: int, todo: Sequence[Step] | None = None) -> None:
    """Migrate the file from ``version``; whatever goes wrong leaves it as it was."""
    wanted = (STEPS if todo is None else todo)[version - 1 :]
    if not wanted:
        return
    fresh = path.with_name(path.name + ".migrating")
    with cipher.translated(path):
        _settle(path, key)
        disk.remove_database(fresh)
        shutil.copyfile(path, fresh)
        reach("storage.migration.copied")
        _run(fresh, key, wanted, version)
        reach("storage.migration.checked")
        _keep(path)
        disk.put_in_place(fresh, path)
        reach("storage.migration.done")


def previous(path: Path) -> Path:
    """Return where the file of the version before is kept."""
    return path.with_name(path.name + ".previous")


def _settle(path: Path, key: bytes) -> None:
    """Fold the log into the file, so that the copy is the whole truth and no log outlives it."""
    connection = cipher.connect(path, key)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    finally:
        connection.close()


def _run(fresh: Path, key: bytes, steps: Sequence[Step], version: int) -> None:
    connection = cipher.connect(fresh, key)
    try:
        connection.execute("BEGIN IMMEDIATE")
        for step in steps:
            step(connection)
        lifting.lift(connection)
        if planted("old_outbox_dropped"):
            connection.execute("DELETE FROM outbox WHERE state IN ('pending', 'inflight')")
        connection.execute(f"PRAGMA user_version = {version + len(steps)}")
        connection.execute("COMMIT")
        problems = schema.problems(connection)
        if problems:
            raise Damaged(file=fresh.name, reason=problems[0])
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
    finally:
        connection.close()


def _keep(path: Path) -> None:
    kept = previous(path)
    kept.unlink(missing_ok=True)
    try:
        os.link(path, kept)
    except OSError:
        shutil.copyfile(path, kept)
