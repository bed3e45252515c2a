"""Which customers' limits are looked at again: who changed since the last look, or whose time has come.

Who may have more depends on the customer's own rows (told by the feed), on his slices' moments, and on what
is the same for all: the devices, the rules, the day, what the office asked back. When that changes, and once
an hour in any case, all are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day, to_ms
from fieldcrm.rules import slices
from fieldcrm.services import rule_sets
from server import calling_back, handing
from server.database import Database, run

WHOLE = timedelta(hours=1)
_MOST = 2_000  # customers; for more it is simpler to look at all
_CHANGED = (
    "SELECT entity, row_id FROM sync_row WHERE scope_id IN ? AND seq > ? "
    "AND entity IN ('account', 'money_entry', 'rebate_entry')"
)
_TIMELY = (
    "SELECT DISTINCT account_id FROM limit_slice WHERE account_id IS NOT NULL AND (archived_at > ? "
    "AND archived_at <= ? OR archived_at IS NULL AND expires_at > ? AND expires_at <= ? AND amount > spent)"
)


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at ``at``: how far the feed had come, what is the same for all, and when all were looked at."""

    at: datetime
    seq: int
    world: tuple[object, ...]
    whole_at: datetime


class Customers:
    """Gives out what is customers', and remembers the last look."""

    def __init__(self) -> None:
        self._last: _Look | None = None

    def hand_out(self, database: Database, at: datetime) -> int:
        """Give the devices that serve customers what is theirs to spend; return how many slices were new."""
        with database.reading() as connection:
            seq = run(connection, "SELECT max(seq_hi) FROM sync_tick").scalar() or 0
            world = _world(connection, at)
            due = self._due(connection, at, world)
        given = handing.hand_out_customers(database, at, due)
        last = self._last
        whole_at = at if due is None or last is None else last.whole_at
        self._last = _Look(at, int(seq), world, whole_at)
        return given

    def _due(self, connection: Connection, at: datetime, world: tuple[object, ...]) -> list[str] | None:
        """Return the customers to look at; None means all."""
        last = self._last
        if last is None or world != last.world or at - last.whole_at >= WHOLE:
            return None
        found = _changed(connection, last.seq) | _timely(connection, last.at, at)
        return sorted(found) if len(found) <= _MOST else None


def _world(connection: Connection, at: datetime) -> tuple[object, ...]:
    with Session(connection, join_transaction_mode="rollback_only") as session:
        rules = rule_sets.in_force(session, at).number
    devices = tuple(map(tuple, handing.devices(connection, at)))
    return business_day(at), rules, calling_back.lately(connection, at), devices


def _changed(connection: Connection, seq: int) -> set[str]:
    """Return the customers of whom the feed told something since, by the areas they are in."""
    areas = [f"terr:{key}" for (key,) in run(connection, "SELECT id FROM territory")]
    of_entity: dict[str, list[str]] = {"account": [], "money_entry": [], "rebate_entry": []}
    for entity, row_id in run(connection, _CHANGED, areas, seq):
        of_entity[entity].append(row_id)
    found = set(of_entity.pop("account"))
    for entity, ids in of_entity.items():
        for start in range(0, len(ids), handing.CHUNK):
            rows = run(
                connection,
                f"SELECT DISTINCT account_id FROM {entity} WHERE id IN ?",  # noqa: S608
                ids[start : start + handing.CHUNK],
            )
            found |= {account for (account,) in rows}
    return found


def _timely(connection: Connection, since: datetime, at: datetime) -> set[str]:
    """Return whose slices came back long enough ago to be given anew, or are to go on."""
    rested = [to_ms(moment) - handing.REST_MS for moment in (since, at)]
    rows = run(connection, _TIMELY, *rested, to_ms(at), to_ms(at + slices.VALID / 2))
    return {account for (account,) in rows}
