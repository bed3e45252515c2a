"""What ``doctor`` looks at in the feed: every row announced, fences behind it, time going forward."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from fieldcrm import clock
from fieldcrm.sync.entities import registry
from server.database import run, run_many

_LEEWAY_MS = 300_000
_UNTOLD = (
    'SELECT id FROM "{name}" WHERE version > 0 AND id NOT IN (SELECT row_id FROM sync_row WHERE entity = ?) '
    "AND id NOT IN (SELECT row_id FROM sync_outbox WHERE entity = ?) AND id NOT IN (SELECT row_id FROM aged)"
)

Found = tuple[str, bool, str]


def untold(connection: Connection) -> dict[str, list[str]]:
    """Return the rows, by entity, that the feed has never named: no laptop hears of them."""
    found = {
        name: [row_id for (row_id,) in run(connection, _UNTOLD.format(name=name), name, name)]
        for name in registry()
    }
    return {name: ids for name, ids in found.items() if ids}


def announce(connection: Connection) -> int:
    """Put every untold row into the outbox, as a trigger would have; return how many."""
    lines = [(name, row_id) for name, ids in untold(connection).items() for row_id in ids]
    run_many(connection, "INSERT INTO sync_outbox (entity, row_id, kind) VALUES (?, ?, 'row')", lines)
    return len(lines)


def examine(connection: Connection, parcels: Path) -> Iterator[Found]:
    """Yield what was found: the check, whether all is well, and a sentence."""
    missing = sum(map(len, untold(connection).values()))
    yield "feed", not missing, f"{missing} rows were never announced to laptops"
    newest = run(connection, "SELECT max(seq_hi) FROM sync_tick").scalar() or 0
    ahead = run(connection, "SELECT count(*) FROM sync_scope WHERE purged_before_seq > ?", newest).scalar()
    yield "fences", not ahead, f"{ahead} scopes are fenced off beyond the end of the feed"
    epochs = run(connection, "SELECT count(*) FROM sync_epoch").scalar() or 0
    yield "epoch", epochs > 0, f"the data is in its epoch number {epochs}"
    last = run(connection, "SELECT max(at) FROM sync_tick").scalar() or 0
    late = (last - clock.to_ms(clock.now())) // 1000
    yield "clock", late * 1000 <= _LEEWAY_MS, _clock(late)
    names = [str(row_id) for (row_id,) in run(connection, "SELECT id FROM parcel")]
    gone = sum(not (parcels / name).exists() for name in names)
    yield "parcels", not gone, f"{len(names)} sealed parcels, {gone} missing"


def _clock(late: int) -> str:
    if late * 1000 <= _LEEWAY_MS:
        return "this machine's clock goes forward"
    return f"this machine's clock stands {late} seconds before the newest change"
