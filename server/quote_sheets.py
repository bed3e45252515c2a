"""Sheets of phone codes: what a rep's laptop needs to recognise an approver's codes without a network.

A job keeps every active device supplied: some codes of each manager above it, for a month. The
codes themselves are nowhere; a sheet holds a slow hash of each one-time number.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from fieldcrm.clock import to_ms
from fieldcrm.ids import new_id
from fieldcrm.rules import quote_codes
from server import approver_keys
from server.database import Database, run

VALID = timedelta(days=30)
ENDS_SOON = timedelta(days=7)
CODES = 10
FEW = 4
MOST_APPROVERS = 4
AT_ONCE = 8  # sheets a turn: each takes a tenth of a second of hashing
_LADDER = "SELECT 1 FROM approval_rung WHERE until_set IS NULL AND approver IS NOT NULL"
_DEVICES = (
    'SELECT d.id, d.user_id, u.territory_id FROM device d JOIN "user" u ON u.id = d.user_id '
    "WHERE d.state = 'active' AND u.role IN ('rep', 'manager') AND u.active AND u.archived_at IS NULL "
    "AND u.territory_id IS NOT NULL ORDER BY d.id"
)
_MANAGERS = (
    "SELECT id, territory_id FROM \"user\" WHERE role = 'manager' AND active AND archived_at IS NULL "
    "AND territory_id IS NOT NULL ORDER BY id"
)
_SHEETS = (
    "SELECT rep_id, device_id, approver_id, key_number, first_place, checks FROM quote_codes "
    "WHERE expires_at > ? AND archived_at IS NULL"
)
_INSERT = (
    "INSERT INTO quote_codes (id, version, rep_id, device_id, approver_id, key_number, first_place, checks,"
    " given_at, expires_at) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A device that has few codes of an approver; ``key`` is the approver's with its ``number``."""

    device: str
    rep: str
    approver: str
    number: int
    key: bytes


def hand_out(database: Database, at: datetime) -> int:
    """Give every device that runs low its next sheets; return how many."""
    with database.reading() as connection:
        if run(connection, _LADDER).first() is None:
            return 0
        wanted = _wanted(connection, at)[:AT_ONCE]
        begins = {(each.rep, each.approver): _next_place(connection, each) for each in wanted}
    made = []
    for each in wanted:
        first = begins[each.rep, each.approver]
        begins[each.rep, each.approver] += CODES
        if first + CODES <= quote_codes.PLACES:
            made.append(_sheet(each, first, at))
    if made:
        _write(database, made)
    return len(made)


def _sheet(wanted: _Wanted, first: int, at: datetime) -> tuple[object, ...]:
    key, rep = new_id(), UUID(wanted.rep)
    checks = [
        quote_codes.check_of(quote_codes.once(wanted.key, rep, place), key, place)
        for place in range(first, first + CODES)
    ]
    return (
        str(key), wanted.rep, wanted.device, wanted.approver, wanted.number, first, json.dumps(checks),
        to_ms(at), to_ms(at + VALID),
    )  # fmt: skip


def _write(database: Database, made: list[tuple[object, ...]]) -> None:
    """Write the sheets, except where another worker gave the same places meanwhile.

    The approvers' rows are the lock of this: one worker after the other.
    """
    with database.writing() as connection:
        lock = " FOR NO KEY UPDATE" if connection.dialect.name == "postgresql" else ""
        held = f'SELECT id FROM "user" WHERE id IN ? ORDER BY id{lock}'  # noqa: S608
        run(connection, held, sorted({str(sheet[3]) for sheet in made})).all()
        for sheet in made:
            _, rep, _, approver, _, first, *_ = sheet
            taken = run(
                connection,
                "SELECT 1 FROM quote_codes WHERE rep_id = ? AND approver_id = ? AND first_place = ?",
                rep, approver, first,
            ).first()  # fmt: skip
            if taken is None:
                run(connection, _INSERT, *sheet)


def _next_place(connection: Connection, wanted: _Wanted) -> int:
    """Return the first place that this rep never had of this approver, on any of his laptops."""
    last = run(
        connection, "SELECT max(first_place) FROM quote_codes WHERE rep_id = ? AND approver_id = ?",
        wanted.rep, wanted.approver,
    ).scalar()  # fmt: skip
    return 0 if last is None else int(last) + CODES


def _wanted(connection: Connection, at: datetime) -> list[_Wanted]:
    left = _left(connection, at)
    above = _Above(connection)
    keys: dict[str, tuple[int, bytes]] = {}
    found = []
    for device, rep, area in run(connection, _DEVICES).all():
        for approver in [each for each in above(area) if each != rep][:MOST_APPROVERS]:
            if approver not in keys:
                number = approver_keys.number(connection, UUID(approver))
                keys[approver] = number, approver_keys.secret(connection, UUID(approver), number)
            number, key = keys[approver]
            if left[device, approver, number] < FEW:
                found.append(_Wanted(device, rep, approver, number, key))
    return found


def _left(connection: Connection, at: datetime) -> defaultdict[tuple[str, str, int], int]:
    """Count the codes that last for a while yet, by device, approver and key."""
    used = {
        tuple(each)
        for each in run(
            connection, "SELECT by_id, approver_id, code_place FROM quote_act WHERE code_place IS NOT NULL"
        )
    }
    left: defaultdict[tuple[str, str, int], int] = defaultdict(int)
    for rep, device, approver, number, first, checks in run(connection, _SHEETS, to_ms(at + ENDS_SOON)):
        places = range(first, first + len(json.loads(checks)))
        left[device, approver, number] += sum((rep, approver, place) not in used for place in places)
    return left


class _Above:
    """Who approves in an area: the managers of it and of what lies above, the nearest first."""

    def __init__(self, connection: Connection) -> None:
        self._parents = dict(run(connection, "SELECT id, parent_id FROM territory").all())
        self._of: defaultdict[str, list[str]] = defaultdict(list)
        for manager, area in run(connection, _MANAGERS):
            self._of[area].append(manager)

    def __call__(self, area: str) -> Iterator[str]:
        here: str | None = area
        while here is not None:
            yield from self._of[here]
            here = self._parents.get(here)
