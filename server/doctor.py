"""``doctor``: looks whether database, feed and files agree; ``repair`` mends what is safe to mend."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from fieldcrm import clock
from fieldcrm.rules import chain
from server import chains, doctor_feed, files, holdings, limits, schema_version, stamp
from server.database import Database
from server.settings import Settings
from server.tables import sync_outbox
from server.tables_auth import blob

_BACKLOG = 20_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    ok: bool
    detail: str = ""


def examine(settings: Settings, *, deep: bool) -> Iterator[Finding]:
    """Yield what was found, one check after the other; ``deep`` hashes every file again."""
    database = Database(settings.database_url)
    store = files.Store(settings.blobs, settings.uploads)
    with database.reading() as connection:
        schema = _schema(connection)
        yield schema
        if schema.ok:
            yield from _integrity(connection)
            yield _backlog(connection)
            yield from _files(connection, store)
            yield chains_hold(connection)
            for name, ok, said in doctor_feed.examine(connection, settings.parcels):
                yield Finding(name, ok, said)
    if deep:
        yield _hashes(store)
    free = shutil.disk_usage(settings.data).free
    yield Finding("disk", free > 4 * limits.FREE_DISK, f"{free // 2**20} MiB free")
    mode = settings.data.stat().st_mode & 0o077
    yield Finding(
        "data_folder", mode == 0, "closed to others" if mode == 0 else f"open to others ({mode:03o})"
    )
    database.close()


def repair(settings: Settings) -> Finding:
    """Announce rows the feed forgot, number what waits, mark photos whose file is here; delete nothing."""
    database = Database(settings.database_url)
    with database.writing() as connection:
        told = doctor_feed.announce(connection)
        marked = holdings.mark_all_stored(connection)
    stamp.stamp_all(database, clock.to_ms(clock.now()))
    database.close()
    return Finding("repaired", True, f"{told} rows announced, {marked} photos marked as stored")


def _schema(connection: Connection) -> Finding:
    here = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory.from_config(schema_version.config(connection)).get_current_head()
    return Finding("schema", here == newest, f"{here} of {newest}")


def _integrity(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        return
    said = connection.exec_driver_sql("PRAGMA integrity_check(5)").scalars().all()
    yield Finding("integrity", said == ["ok"], "; ".join(said))
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    yield Finding("references", not broken, f"{len(broken)} rows point at nothing")


def _backlog(connection: Connection) -> Finding:
    waiting = connection.execute(select(func.count()).select_from(sync_outbox)).scalar_one()
    return Finding("unstamped", waiting <= _BACKLOG, f"{waiting} changes wait for their number")


def _files(connection: Connection, store: files.Store) -> Iterator[Finding]:
    known = set(connection.execute(select(blob.c.sha256)).scalars())
    here = set(files.stored_on_disk(store))
    claimed = set(
        connection.execute(select(holdings.photo.c.sha256).where(holdings.photo.c.stored.is_(True))).scalars()
    )
    lost, unknown = (known | claimed) - here, here - known
    yield Finding("files", not lost, f"{len(here)} files, {len(lost)} missing")
    yield Finding("files_noted", not unknown, f"{len(unknown)} files the database does not know")
    left = holdings.orphans(connection)
    yield Finding("orphans", True, f"{len(left)} files kept that no photo names")


def chains_hold(connection: Connection) -> Finding:
    """Look whether visit events are what their devices wrote, and as far as the server signed."""
    found = chains.check(connection)
    wrong = len(found.forged_anchors), len(found.contradicted)
    said = f"{found.events} events in {found.chains} chains, {found.unsealed} from before the chain"
    if found.broken:
        said += f"; {len(found.broken)} broken, first: {chain.named(found.broken)}"
    if any(wrong):
        first = (found.forged_anchors or found.contradicted)[0]
        said += (
            f"; {wrong[0]} anchors forged, {wrong[1]} contradicted, first: number {first[1]} of {first[0]}"
        )
    return Finding("visit_chains", not (found.broken or any(wrong)), said)


def _hashes(store: files.Store) -> Finding:
    wrong = [sha256 for sha256 in files.stored_on_disk(store) if _hash(store, sha256) != sha256]
    return Finding("hashes", not wrong, f"{len(wrong)} files are not what their name says")


def _hash(store: files.Store, sha256: str) -> str:
    with store.blob(sha256).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
