"""The server was set back: find where both agree, send again what it lost, take its word for the rest.

The newest whole place of the cursor history that the server still knows is common ground.
Work it had acknowledged and has no receipt of is sealed work again, under the same ids:
what the backup does hold is answered ``dup``. Rows that came after the common place are
asked for anew and taken as they are, whatever their version; what the office had written
into them goes along, so that the server can keep it for review. Everything is gathered
first and done in one transaction with cursor, epoch and lease: a cut before it changes
nothing, and the next cycle asks again. Without common ground everything is fetched anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from fieldcrm.errors import Malformed
from fieldcrm.faults import planted, reach
from fieldcrm.model.base import Kind
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.storage.local import UNSENT, OutboxState, UploadState
from fieldcrm.sync import apply, arrivals, documents, first, intents, outbox, page, scopes, state
from fieldcrm.sync.apply import Applied
from fieldcrm.sync.entities import registry
from fieldcrm.sync.intents import ARCHIVED, STATUS, SUBMITTED_AT
from fieldcrm.sync.protocol import (
    MAX_ACKED,
    MAX_HASHES,
    MAX_HELD,
    SCHEMA,
    Have,
    HeldRow,
    HeldRows,
    Op,
    RewindAnswer,
    RewindRequest,
    Row,
)
from fieldcrm.sync.remote import Remote

SPREAD_SECONDS = 600
"""Devices that recover by themselves begin somewhere within this time, not all at once."""

_MOST = 20_000
_ANSWERED = "(state = 'acked' OR (state = 'rejected' AND outcome != ?))"
"""What the server has answered; a refusal that somebody has dealt with is not asked again."""
_DAY_MS = 86_400_000
_ALSO: dict[Op, frozenset[str | None]] = {
    Op.CREATE: frozenset({None}), Op.DELETE: frozenset({ARCHIVED}),
    Op.ACT: frozenset({STATUS, SUBMITTED_AT}),
}  # fmt: skip
_TOLD = frozenset({Kind.MASTER, Kind.DOCUMENT, Kind.REFERENCE})


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found and done; ``days`` is how far back the work reaches that is sent again."""

    again: int
    days: int
    rows: int
    photos: int
    anew: bool
    pictures: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """What this device knows of itself before it asks."""

    request: RewindRequest
    places: list[int]
    acked: list[str]


def standing(connection: Connection, device: str) -> Standing:
    """Return what to ask with."""
    known = state.history(connection)
    answered = connection.execute(f"SELECT mutation_id FROM outbox WHERE {_ANSWERED}", (outbox.SETTLED,))  # noqa: S608
    acked = [mutation_id for (mutation_id,) in answered]
    request = RewindRequest(
        dev=device, epoch=state.read(connection, state.EPOCH, ""), lease=state.read(connection, state.LEASE),
        history=[cursor for _, cursor in known], grants=state.read(connection, state.GRANTS, []),
        acked=acked[:MAX_ACKED],
    )  # fmt: skip
    return Standing(request, [place for place, _ in known], acked)


def doubtful(connection: Connection, told: Standing, answer: RewindAnswer) -> list[HeldRow] | None:
    """Return the rows to ask for anew, or None if that would be more than fetching everything."""
    if answer.common is None:
        return None
    rows = arrivals.since(connection, told.places[answer.common])
    if len(rows) > _MOST:
        return None
    return list(_held(connection, rows, set(answer.missing)))


def settle(
    connection: Connection, told: Standing, answer: RewindAnswer, fresh: Sequence[Row], applied: Applied
) -> int:
    """Go back to the common place; return how many mutations will be sent again."""
    again = seal_again(connection, answer.missing)
    apply.overwrite(connection, fresh, applied)
    gone = set(told.request.grants) - set(answer.grants)
    # A scope that the restore gave back is fetched as a new one; until then none of its rows is held.
    scopes.purge(connection, sorted(set(told.request.grants) ^ set(answer.grants)), applied)
    place = told.places[answer.common] if answer.common is not None else 0
    connection.execute("DELETE FROM cursor_history WHERE id > ?", (place,))
    # They are as they are now, beyond the common place: another restore asks for them once more.
    arrivals.note(connection, ((row.entity, row.id) for row in fresh), place + 1)
    state.write(connection, state.CURSOR, answer.cursor)
    state.write(connection, state.EPOCH, answer.epoch)
    state.write(connection, state.GRANTS, sorted(set(told.request.grants) - gone))
    state.take_lease(connection, answer.lease_next)
    reach("client.rewind.settled")
    return again


def seal_again(connection: Connection, missing: Iterable[str]) -> int:
    """Turn answered work that the server lost into sealed work again, and keep its rows' copies.

    What it had refused is judged once more: its quarantine has gone too.
    """
    if planted("no_repush"):
        return 0
    again = 0
    for mutation_id in missing:
        answered = (mutation_id, outbox.SETTLED)
        for entry in outbox.select(connection, f"mutation_id = ? AND {_ANSWERED}", answered):
            connection.execute(
                "UPDATE outbox SET state = 'inflight', outcome = NULL, code = NULL, message = NULL,"
                " acked_at = NULL WHERE n = ?",
                (entry.n,),
            )
            _keep_copy(connection, entry)
            again += 1
    return again


def _keep_copy(connection: Connection, entry: outbox.Entry) -> None:
    entity = registry()[entry.entity]
    document = documents.read(connection, entity, (entry.row_id,)).get(entry.row_id)
    if document is None or not document.version or entry.mutation.op is Op.CREATE:
        return
    outbox.keep_base(connection, entry.entity, entry.row_id, document)
    if entry.state is OutboxState.REJECTED:  # its row shows the server's copy
        shown = intents.overlaid(document.body, entry.intent, entry.mutation.at)
        documents.write(connection, entity, [(entry.row_id, document.version, shown)])


def recover(database: Database, remote: Remote, files: Files, now_ms: int) -> Recovered:
    """Ask, gather and settle; raises what the line or the server said, with nothing changed."""
    with database.reading() as session:
        told = standing(outbox.raw(session), remote.device)
    answer = _asked(remote, told)
    with database.reading() as session:
        held = doubtful(outbox.raw(session), told, answer)
        oldest = _oldest(outbox.raw(session), answer.missing)
    fresh = list(_fetched(remote, answer.epoch, held or []))
    lost = _lost_files(database, remote, files)
    reach("client.rewind.gathered")
    applied = Applied()
    with database.loading() as connection:
        again = (
            seal_again(connection, answer.missing)
            if held is None
            else settle(connection, told, answer, fresh, applied)
        )
        _send_files_again(connection, lost)
        if held is None:
            state.take_lease(connection, answer.lease_next)
    reach("client.rewind.committed")
    if held is None:
        first.restart(database)
    database.announce(applied.touched | {"outbox", "upload"})
    days = 0 if oldest is None else max(1, -((oldest - now_ms) // _DAY_MS))
    return Recovered(again, days, len(fresh), len(lost), held is None, frozenset(applied.pictures))


def _asked(remote: Remote, told: Standing) -> RewindAnswer:
    answer = _answer(remote, told.request)
    missing = list(answer.missing)
    for part, start in enumerate(range(MAX_ACKED, len(told.acked), MAX_ACKED), 1):
        more = msgspec.structs.replace(
            told.request, history=[], acked=told.acked[start : start + MAX_ACKED], part=part
        )
        missing += _answer(remote, more).missing
    return msgspec.structs.replace(answer, missing=missing)


def _answer(remote: Remote, request: RewindRequest) -> RewindAnswer:
    body = remote.call("POST", "/sync/v1/rewind", msgspec.json.encode(request)).body
    try:
        answer = msgspec.json.decode(body, type=RewindAnswer)
    except msgspec.DecodeError as error:
        raise Malformed("not_our_protocol") from error
    if answer.common is not None and not 0 <= answer.common < len(request.history):
        raise Malformed("no_such_place")
    return answer


def _fetched(remote: Remote, epoch: str, held: Sequence[HeldRow]) -> Iterator[Row]:
    for start in range(0, len(held), MAX_HELD):
        some = HeldRows(remote.device, epoch, list(held[start : start + MAX_HELD]), SCHEMA)
        body = remote.call("POST", "/sync/v1/rewind/rows", msgspec.json.encode(some)).body
        yield from page.read(body).rows


def _held(connection: Connection, rows: Iterable[tuple[str, str]], missing: set[str]) -> Iterator[HeldRow]:
    """Yield the rows in doubt with what is not this device's own work in them."""
    grouped: dict[str, list[str]] = {}
    for name, row_id in rows:
        if name in registry():
            grouped.setdefault(name, []).append(row_id)
    for name, ids in grouped.items():
        here = documents.read(connection, registry()[name], ids)
        for row_id in ids:
            document = here.get(row_id)
            if document is None:
                yield HeldRow(name, row_id)
                continue
            mine = _mine(connection, name, row_id, missing)
            told = registry()[name].kind in _TOLD and None not in mine
            body = {key: value for key, value in document.body.items() if key not in mine} if told else None
            yield HeldRow(name, row_id, document.version, body)


def _mine(connection: Connection, entity: str, row_id: str, missing: set[str]) -> set[str | None]:
    """Return the fields that this device's own work will write again; None among them is the whole row."""
    entries = outbox.select(connection, "entity = ? AND row_id = ? AND state != 'rejected'", (entity, row_id))
    fields: set[str | None] = set()
    for entry in entries:
        if entry.state not in UNSENT and entry.mutation_id not in missing:
            continue
        fields |= set(entry.intent.changes)
        fields |= _ALSO.get(entry.mutation.op, frozenset())
    return fields


def _oldest(connection: Connection, missing: Iterable[str]) -> int | None:
    found = [
        entry.mutation.at
        for mutation_id in missing
        for entry in outbox.select(connection, "mutation_id = ?", (mutation_id,))
    ]
    return min(found, default=None)


# -- photos -----------------------------------------------------------------------------------


def _lost_files(database: Database, remote: Remote, files: Files) -> list[str]:
    """Return the hashes that were sent, are still here, and that the server has not."""
    with database.reading() as session:
        rows = outbox.raw(session).execute(
            "SELECT DISTINCT sha256 FROM upload WHERE state IN ('sent', 'stored')"
        )
        here = [sha256 for (sha256,) in rows.fetchall() if files.has(sha256)]
    lost: list[str] = []
    for start in range(0, len(here), MAX_HASHES):
        asked = msgspec.json.encode(Have(here[start : start + MAX_HASHES]))
        lost += _missing(remote.call("POST", "/sync/v1/have", asked).body)
    return lost


def _missing(body: bytes) -> list[str]:
    try:
        found: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
        return msgspec.convert(found.get("missing"), list[str])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Malformed("not_our_protocol") from error


def _send_files_again(connection: Connection, hashes: Iterable[str]) -> None:
    connection.executemany(
        "UPDATE upload SET state = ?, offset = 0, url = NULL"
        " WHERE sha256 = ? AND state IN ('sent', 'stored')",
        [(UploadState.WAITING, sha256) for sha256 in hashes],
    )
