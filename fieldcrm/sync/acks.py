"""What an answer does to the work it answers: by mutation id, never by row (F12).

Taken work is folded into the kept server copy, so what is shown stays until the row
itself comes. Refused work leaves the shown row and stays on the list; a refused creation
keeps its row, as the user left it, to be mended. A postponed one stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fieldcrm.faults import planted, reach
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.local import OutboxState
from fieldcrm.sync import apply, intents, outbox, state
from fieldcrm.sync.apply import Applied, Base
from fieldcrm.sync.entities import Entity, registry
from fieldcrm.sync.outbox import SETTLED, Entry
from fieldcrm.sync.protocol import Ack, Op, Outcome

_TAKEN = (Outcome.APPLIED, Outcome.MERGED)


@dataclass(slots=True)
class Settled:
    """How many mutations ended how; ``postponed`` holds mutation ids to send later."""

    applied: int = 0
    merged: int = 0
    rejected: int = 0
    conflicts: int = 0
    postponed: set[str] = field(default_factory=set)


def settle(
    connection: Connection,
    acks: Sequence[Ack],
    now_ms: int,
    applied: Applied,
    coming: Mapping[tuple[str, str], int] | None = None,
) -> Settled:
    """Take in every answer of one response; ``coming`` are versions of rows that the response brings too.

    A row that holds what was taken needs no copy to stand in for it: it is written once, in its turn.
    """
    settled = Settled()
    aggregates: dict[tuple[str, str], None] = {}
    if planted("ack_by_position"):
        acks = _by_position(connection, acks)
    sent = {entry.mutation.id: entry for entry in outbox.inflight(connection, [ack.id for ack in acks])}
    closed = []
    for ack in acks:
        entry = sent.pop(ack.id, None)
        if entry is None:
            continue
        outcome = (ack.was or Outcome.APPLIED) if ack.o is Outcome.DUP else ack.o
        if outcome is Outcome.RETRY:
            settled.postponed.add(ack.id)
            _note(connection, entry, ack)
            continue
        closed.append(_ending(entry, ack, outcome, now_ms))
        if outcome in _TAKEN:
            settled.applied += outcome is Outcome.APPLIED
            settled.merged += outcome is Outcome.MERGED
            settled.conflicts += len(ack.conflicts)
            if ack.ver is not None and (coming or {}).get((entry.entity, entry.row_id), -1) >= ack.ver:
                continue
            _taken(connection, entry, ack)
        else:
            settled.rejected += 1
            _refused(connection, entry, outcome)
        aggregates[entry.entity, entry.row_id] = None
    _close(connection, closed)
    reach("client.ack.settled")
    _tidy(connection, aggregates, applied)
    return settled


def _by_position(connection: Connection, acks: Sequence[Ack]) -> list[Ack]:
    """Believe that answers come in the order in which entries are kept, as the planted mistake does."""
    sent = outbox.select(connection, "state = 'inflight'")
    return [msgspec.structs.replace(a, id=e.mutation_id) for a, e in zip(acks, sent, strict=False)]


def _note(connection: Connection, entry: Entry, ack: Ack) -> None:
    connection.execute("UPDATE outbox SET code = ?, message = ? WHERE n = ?", (ack.code, ack.msg, entry.n))


def _ending(entry: Entry, ack: Ack, outcome: Outcome, now_ms: int) -> tuple[Any, ...]:
    ended = OutboxState.ACKED if outcome in _TAKEN else OutboxState.REJECTED
    return (
        ended, outcome, ack.code or (outcome if ended is OutboxState.REJECTED else None), ack.msg,
        msgspec.json.encode(ack.conflicts).decode(), now_ms, entry.n, entry.row_id,
    )  # fmt: skip


def _close(connection: Connection, endings: Sequence[tuple[Any, ...]]) -> None:
    where = "(n = ?7 OR row_id = ?8)" if planted("ack_swallows_edit") else "n = ?7 AND row_id = ?8"
    connection.executemany(
        "UPDATE outbox SET state = ?1, outcome = ?2, code = ?3, message = ?4, conflicts = ?5, acked_at = ?6"  # noqa: S608
        f" WHERE state IN ('pending', 'inflight') AND {where}",
        endings,
    )


def _taken(connection: Connection, entry: Entry, ack: Ack) -> None:
    base = apply.base_of(connection, entry.entity, entry.row_id)
    if entry.mutation.op is Op.CREATE:
        waiting = state.read(connection, state.UNCONFIRMED, [])
        state.write(connection, state.UNCONFIRMED, [*waiting, [entry.entity, entry.row_id]])
        base = base or Base(0, {})
    if base is None or base.body is None:
        return
    # A version we have already seen holds whatever became of this edit: the kept copy stands.
    if ack.ver is None or ack.ver > base.version:
        body = intents.overlaid(base.body, entry.intent, entry.mutation.at)
        base = Base(base.version, body)
    apply.set_base(connection, entry.entity, entry.row_id, base)


def _refused(connection: Connection, entry: Entry, outcome: Outcome) -> None:
    if outcome is Outcome.GONE:
        known = apply.base_of(connection, entry.entity, entry.row_id)
        left = Base(known.version if known else 0, None)
        apply.set_base(connection, entry.entity, entry.row_id, left)


def _tidy(connection: Connection, rows: Iterable[tuple[str, str]], applied: Applied) -> None:
    """Show what is left of these aggregates' unsent work, and let go of what is not needed."""
    shown: dict[str, list[tuple[str, int, apply.Body]]] = {}
    for name, row_id in rows:
        seen = _left(connection, registry()[name], row_id, applied)
        if seen is not None:
            shown.setdefault(name, []).append((row_id, *seen))
    for name, puts in shown.items():
        apply.store(connection, registry()[name], puts, applied, told=False)


def _left(
    connection: Connection, entity: Entity, row_id: str, applied: Applied
) -> tuple[int, apply.Body] | None:
    """Return version and body to show, if the row is to be shown anew."""
    waiting = outbox.unsent(connection, entity.name, row_id)
    base = apply.base_of(connection, entity.name, row_id)
    if base is not None and base.body is None:
        if not waiting:
            apply.discard(connection, entity, [row_id], applied)
        return None
    refused = _refused_making(connection, entity.name, row_id)
    if not waiting:
        apply.drop_bases(connection, entity.name, [row_id])
    if base is not None and base.body is not None:
        return base.version, apply.as_seen(base.body, waiting)
    if refused and refused[0].mutation.doc is not None:
        return 0, apply.as_seen(refused[0].mutation.doc, [*refused[1:], *waiting])
    return None


def _refused_making(connection: Connection, entity: str, row_id: str) -> list[Entry]:
    """Return the latest refused creation of a row and what was refused after it: all to be mended."""
    found = outbox.select(
        connection,
        "entity = ? AND row_id = ? AND state = 'rejected' AND outcome != ?",
        (entity, row_id, SETTLED),
    )
    making = [n for n, entry in enumerate(found) if entry.mutation.op is Op.CREATE]
    return found[making[-1] :] if making else []


def release(connection: Connection, applied: Applied) -> None:
    """Let go of server copies that no unsent work needs, and of rows that were only pinned by it."""
    idle = connection.execute(
        "SELECT entity, row_id FROM sync_base b WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE"
        " o.entity = b.entity AND o.row_id = b.row_id AND o.state IN ('pending', 'inflight'))"
    ).fetchall()
    _tidy(connection, idle, applied)
