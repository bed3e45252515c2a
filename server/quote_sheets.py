"""Sheets of phone codes: what a rep's laptop needs to recognise an approver's codes without a network.

A job keeps every active device supplied: some codes of each manager above it, for a month. The
codes themselves are nowhere; a sheet holds a slow hash of each one-time number. A sheet that is used up
or whose key ended leaves the laptops; the table keeps it, so that no place is ever given twice.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from fieldcrm.clock import to_ms
from fieldcrm.ids import new_id
from fieldcrm.rules import quote_codes
from fieldcrm.sync.entities import registry
from server import approver_keys, windows
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
    "SELECT id, rep_id, device_id, approver_id, key_number, first_place, checks, expires_at FROM quote_codes "
    "WHERE expires_at > ? AND archived_at IS NULL"
)
_USED = "SELECT by_id, approver_id, code_place FROM quote_act WHERE code_place IS NOT NULL AND by_id IN ?"
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
        keys = _Keys(connection)
        left, through = _held(connection, keys, at)
        wanted = _wanted(connection, keys, left)[:AT_ONCE]
        begins = {(each.rep, each.approver): _next_place(connection, each) for each in wanted}
    made = []
    for each in wanted:
        first = begins[each.rep, each.approver]
        begins[each.rep, each.approver] += CODES
        if first + CODES <= quote_codes.PLACES:
            made.append(_sheet(each, first, at))
    if through:
        with database.writing() as connection:
            windows.leave(connection, "quote_codes", through)
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


def _wanted(connection: Connection, keys: _Keys, left: Mapping[tuple[str, str], int]) -> list[_Wanted]:
    above = _Above(connection)
    return [
        _Wanted(device, rep, approver, *keys(approver))
        for device, rep, area in run(connection, _DEVICES).all()
        for approver in [each for each in above(area) if each != rep][:MOST_APPROVERS]
        if left.get((device, approver), 0) < FEW
    ]


def _held(connection: Connection, keys: _Keys, at: datetime) -> tuple[dict[tuple[str, str], int], list[str]]:
    """Count the codes that last a while yet, by device and approver; name the sheets that are of no use."""
    sheets = run(connection, _SHEETS + windows.within(registry()["quote_codes"]), to_ms(at)).all()
    used = {tuple(each) for each in run(connection, _USED, sorted({rep for _, rep, *_ in sheets}))}
    lasts = to_ms(at + ENDS_SOON)
    left: defaultdict[tuple[str, str], int] = defaultdict(int)
    through = []
    for sheet, rep, device, approver, number, first, checks, until in sheets:
        places = range(first, first + len(json.loads(checks)))
        free = sum((rep, approver, place) not in used for place in places)
        if not free or number != keys(approver)[0]:
            through.append(sheet)
        elif until > lasts:
            left[device, approver] += free
    return left, through


class _Keys:
    """The number and the key of each approver, asked for once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[str, tuple[int, bytes]] = {}

    def __call__(self, approver: str) -> tuple[int, bytes]:
        if approver not in self._known:
            number = approver_keys.number(self._connection, UUID(approver))
            self._known[approver] = number, approver_keys.secret(self._connection, UUID(approver), number)
        return self._known[approver]


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
