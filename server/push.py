"""Takes a laptop's mutations: decides all, writes all, answers each; receipts commit with the effects.

The normal way decides every mutation in memory and writes them together. If that write fails,
the transaction is begun again and every mutation gets a savepoint of its own, so that one
that cannot be stored (a poison) gets ``retry`` and harms nobody else. A mutation that was
refused is kept word for word in ``quarantine``. Later mutations of a row wait for earlier
ones; mutations of other rows never do. On SQLite, pushes that wait for the only writer go
together (``convoy.py``), each all or nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from fieldcrm import faults
from fieldcrm.errors import FieldCrmError, Invalid, Malformed, Rejected, SyncError
from fieldcrm.ids import new_id
from fieldcrm.sync import casts
from fieldcrm.sync.entities import registry
from fieldcrm.sync.proofs import content
from fieldcrm.sync.protocol import MAX_BATCH, Ack, Mutation, Op, Outcome
from server import backlog, chains, documents, leases, noted, scope, stamp, windows
from server.batch import Batch, Held, Step, references
from server.convoy import Disbanded
from server.database import Database, run, run_many
from server.decide import decide
from server.errors import recognised
from server.order import in_order
from server.poison import contained
from server.scope import Principal

log = logging.getLogger("server.push")

POISON_TRIES = 3
WAIT_TRIES = 10
MAX_NEEDS = 1_000
_AGAIN = {"40001", "40P01", "55P03"}
_FINAL = frozenset({Outcome.APPLIED, Outcome.MERGED, Outcome.REJECTED, Outcome.GONE})
_DONE = frozenset({Outcome.APPLIED, Outcome.MERGED})


@dataclass(frozen=True, slots=True)
class Pushed:
    """The answers, in the order asked, the device's new high-water mark and its next lease.

    ``behind`` says that too much waits for its number for this device to wait with it.
    """

    acks: list[Ack]
    n_applied: int
    lease: str | None = None
    behind: bool = False


@dataclass(slots=True)
class _Push:
    """One request's mutations on their way through the server."""

    principal: Principal
    mutations: Sequence[Mutation]
    check: Callable[[Connection], object]
    at_ms: int
    sent: tuple[int, str | None] = (0, None)
    lease: str | None = None
    unsent: int | None = None
    acks: dict[str, Ack] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    waiting_rows: dict[str, int] = field(default_factory=dict)
    seen_ms: int = 0
    n_applied: int = 0
    behind: bool = False


class _Wait(Exception):
    """What this mutation needs is not here yet."""


def push(
    database: Database,
    principal: Principal,
    mutations: Sequence[Mutation],
    check: Callable[[Connection], object],
    at_ms: int,
    sent: tuple[int, str | None] = (0, None),
    lease: str | None = None,
    unsent: int | None = None,
) -> Pushed:
    """Take a batch in one transaction and return its answers.

    What ``check`` raises, in the transaction, stops the push.
    ``sent`` is what the device's steady clock said when it sent this, and in which boot;
    ``lease`` is the one that it showed, ``unsent`` how much more it says it holds.
    """
    asked = _normal(mutations)
    clean = list({m.id: m for m in reversed(asked)}.values())
    company, together = database.dialect == "sqlite", True
    for attempt in (1, 2, 3):
        request = _Push(principal, clean, check, at_ms, sent, lease, unsent)
        try:
            _written(database, request, company=company, together=together)
            faults.reach("server.push.committed")
            return Pushed(_answers(request, asked), request.n_applied, request.lease, request.behind)
        except Disbanded:
            company = False
        except DBAPIError as error:
            if attempt == 3 or not _worth_repeating(error):
                raise
            company = together = False
    raise SyncError("busy")


def _written(database: Database, request: _Push, *, company: bool, together: bool) -> None:
    def work(connection: Connection) -> None:
        faults.reach("server.push.begun")
        _take(connection, request, together=together)
        request.behind = backlog.is_long(connection)
        faults.reach("server.push.written")

    def last(connection: Connection) -> None:
        # One writer at a time: numbering now saves a commit, unless much older waits before it.
        if database.dialect == "sqlite" and not backlog.is_long(connection):
            while stamp.stamp_in(connection, request.at_ms) == stamp.BATCH:
                pass

    if company:
        database.convoy.ride(work, last)
        return
    with database.writing() as connection:
        work(connection)
        last(connection)


def _worth_repeating(error: DBAPIError) -> bool:
    """Say whether the next round, one by one, may find that only one mutation is to blame."""
    state = getattr(error.orig, "sqlstate", None) or ""
    return state in _AGAIN or recognised(error) is None


def _normal(mutations: Sequence[Mutation]) -> list[Mutation]:
    """Return the mutations with ids in their one spelling; bad ids are ``Malformed``."""
    if len(mutations) > MAX_BATCH:
        raise SyncError("too_large", limit=MAX_BATCH)
    if not all(map(_possible, mutations)):
        raise Malformed("malformed", part="push")
    try:
        return list(map(_tidy, mutations))
    except ValueError as error:
        raise Malformed("malformed", part="push") from error


def _possible(mutation: Mutation) -> bool:
    return (
        0 < mutation.n < 2**53 and abs(mutation.at) < 2**53
        and "\0" not in mutation.agg[0] and len(mutation.needs) <= MAX_NEEDS
    )  # fmt: skip


def _tidy(mutation: Mutation) -> Mutation:
    return msgspec.structs.replace(
        mutation,
        id=documents.id_text(mutation.id),
        agg=(mutation.agg[0], documents.id_text(mutation.agg[1])),
        needs=[documents.id_text(need) for need in mutation.needs],
    )


def _answers(request: _Push, asked: Sequence[Mutation]) -> list[Ack]:
    """Return one answer for each mutation asked; what came twice in one batch is a ``dup``."""
    answers: list[Ack] = []
    first: dict[str, Mutation] = {}
    for mutation in asked:
        ack, before = request.acks[mutation.id], first.setdefault(mutation.id, mutation)
        if before is not mutation and content(before) != content(mutation):
            ack = _reused(mutation)
        elif before is not mutation and ack.o in _FINAL:
            ack = msgspec.structs.replace(ack, o=Outcome.DUP, was=ack.o)
        answers.append(ack)
    return answers


def _reused(mutation: Mutation) -> Ack:
    return Ack(mutation.id, Outcome.REJECTED, code="mutation_reused")


def _take(connection: Connection, request: _Push, *, together: bool) -> None:
    _open_device(connection, request)
    request.check(connection)
    device, pushed = request.principal.device_id, [m.id for m in request.mutations]
    leases.check(connection, device, request.lease, pushed)
    _answer_known(connection, request)
    again = faults.planted("dup_applies_twice")
    fresh = [m for m in in_order(request.mutations) if again or m.id not in request.acks]
    if fresh:
        _load_attempts(connection, request, fresh)
        if together:
            _decide_together(connection, request, fresh)
        else:
            _decide_apart(connection, request, fresh)
    done = [m.n for m in request.mutations if request.acks[m.id].o is not Outcome.RETRY]
    request.n_applied = max([request.n_applied, *done])
    run(
        connection,
        "UPDATE device SET n_applied = ?, seen_at = ?, told_at = coalesce(?, told_at), "
        "unsent = coalesce(?, unsent) WHERE id = ?",
        request.n_applied, request.at_ms, None if request.unsent is None else request.at_ms,
        request.unsent, str(device),
    )  # fmt: skip
    request.lease = leases.renewed(connection, device, request.lease, pushed, news=bool(fresh))


def _open_device(connection: Connection, request: _Push) -> None:
    """Find or enrol the device, and let no other request of it in until this one is done."""
    device, user = str(request.principal.device_id), str(request.principal.user_id)
    lock = " FOR UPDATE" if connection.dialect.name == "postgresql" else ""
    find = "SELECT n_applied, seen_at FROM device WHERE id = ?" + lock  # noqa: S608 - a constant
    row = run(connection, find, device).first()
    if row is None:
        run(
            connection, "INSERT INTO device (id, user_id) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
            device, user,
        )  # fmt: skip
        row = run(connection, find, device).one()
    request.principal = scope.confirmed(connection, request.principal, request.at_ms)
    request.n_applied, request.seen_ms = row[0], row[1] or 0


def _answer_known(connection: Connection, request: _Push) -> None:
    """Answer what was answered before in the same words (I2); another mutation under its id is refused."""
    if faults.planted("no_receipt"):
        return
    asked = {mutation.id: mutation for mutation in request.mutations}
    rows = run(
        connection, "SELECT mutation_id, user_id, outcome, content FROM receipt WHERE mutation_id IN ?",
        list(asked),
    )  # fmt: skip
    for mutation_id, user_id, outcome, said in rows:
        if user_id != str(request.principal.user_id):
            request.acks[mutation_id] = Ack(mutation_id, Outcome.REJECTED, code="id_taken")
            continue
        if said not in (None, content(asked[mutation_id])):
            request.acks[mutation_id] = _reused(asked[mutation_id])
            continue
        was = msgspec.json.decode(outcome, type=Ack)
        request.acks[mutation_id] = msgspec.structs.replace(was, o=Outcome.DUP, was=was.o)


def _load_attempts(connection: Connection, request: _Push, fresh: Sequence[Mutation]) -> None:
    """Find out how often these were tried, by whatever device, and what of this one waits before them."""
    here = {mutation.id for mutation in fresh}
    rows = run(
        connection,
        "SELECT mutation_id, n, row_id, tries FROM attempt WHERE mutation_id IN ?"
        " OR (device_id = ? AND row_id IN ?)",
        sorted(here), str(request.principal.device_id), [mutation.agg[1] for mutation in fresh],
    )  # fmt: skip
    for mutation_id, n, row_id, tries in rows:
        request.tries[mutation_id] = tries
        if mutation_id not in here:
            request.waiting_rows[row_id] = min(n, request.waiting_rows.get(row_id, n))


def _batch(connection: Connection, request: _Push, mutations: Sequence[Mutation]) -> Batch:
    accounts = sorted({value for m in mutations for table, value in references(m) if table == "account"})
    standing = scope.standing(connection, request.principal, accounts, request.at_ms)
    batch = Batch(connection, standing, request.at_ms, request.seen_ms, request.sent)
    batch.prepare(mutations)
    return batch


def _decide_together(connection: Connection, request: _Push, fresh: Sequence[Mutation]) -> None:
    batch = _batch(connection, request, fresh)
    satisfied = _needs(connection, fresh)
    for mutation in fresh:
        _decide_one(batch, request, mutation, satisfied)
    batch.flush()
    _note(batch, request, fresh)
    _record(connection, request, fresh)


def _decide_apart(connection: Connection, request: _Push, fresh: Sequence[Mutation]) -> None:
    """Give every mutation a savepoint of its own; whoever fails is put off, alone (I17)."""
    satisfied = _needs(connection, fresh)
    for mutation in fresh:
        failed = contained(
            partial(_decide_in_savepoint, connection, request, mutation, satisfied), stored=True
        )
        if failed is not None:
            log.error("poison", extra={"facts": {"mutation": mutation.id}}, exc_info=failed)
            _record_poison(connection, request, mutation)


def _note(batch: Batch, request: _Push, mutations: Sequence[Mutation]) -> None:
    """Write down what follows from what was taken: odd dates, how far chains came, what to look at."""
    taken = [m for m in mutations if request.acks[m.id].o in _DONE]
    windows.note_misdated(batch.connection, [(m, batch.captured(m)) for m in taken])
    chains.anchor(batch.connection, taken, request.at_ms)
    noted.note(batch.connection, taken, request.at_ms)


def _decide_in_savepoint(
    connection: Connection, request: _Push, mutation: Mutation, satisfied: Mapping[str, Outcome]
) -> None:
    with connection.begin_nested():
        faults.reach("server.savepoint.begun")
        batch = _batch(connection, request, [mutation])
        _decide_one(batch, request, mutation, satisfied)
        batch.flush()
        _note(batch, request, [mutation])
        _record(connection, request, [mutation])
    faults.reach("server.savepoint.released")


def _record_poison(connection: Connection, request: _Push, mutation: Mutation) -> None:
    with connection.begin_nested():
        batch = Batch(
            connection,
            scope.standing(connection, request.principal, [], request.at_ms),
            request.at_ms,
            request.seen_ms,
        )
        _put_off(batch, request, mutation, "internal", POISON_TRIES)
        batch.flush()
        _record(connection, request, [mutation])


def _decide_one(batch: Batch, request: _Push, mutation: Mutation, satisfied: Mapping[str, Outcome]) -> None:
    if _must_wait(request, mutation):
        _wait(request, mutation)
        return
    failed = contained(partial(_judge, batch, request, mutation, satisfied))
    if failed is not None:
        log.error("poison", extra={"facts": {"mutation": mutation.id}}, exc_info=failed)
        _put_off(batch, request, mutation, "internal", POISON_TRIES)
    if request.acks[mutation.id].o is Outcome.RETRY:
        n = request.waiting_rows.get(mutation.agg[1], mutation.n)
        request.waiting_rows[mutation.agg[1]] = min(n, mutation.n)


def _wait(request: _Push, mutation: Mutation) -> None:
    """Put off behind an earlier one of its row; waits count, so that poisons in a row end together (I17)."""
    request.tries[mutation.id] = min(request.tries.get(mutation.id, 0) + 1, POISON_TRIES - 1)
    request.acks[mutation.id] = Ack(mutation.id, Outcome.RETRY, code="waits")


def _must_wait(request: _Push, mutation: Mutation) -> bool:
    if faults.planted("poison_blocks_queue") and any(a.o is Outcome.RETRY for a in request.acks.values()):
        return True
    return request.waiting_rows.get(mutation.agg[1], mutation.n) < mutation.n


def _judge(batch: Batch, request: _Push, mutation: Mutation, satisfied: Mapping[str, Outcome]) -> None:
    try:
        faults.reach(f"server.mutation.{mutation.id}")
        _check_needs(batch, request, mutation, satisfied)
        step = decide(batch, casts.sent(mutation))
        batch.accept(step)
        request.acks[mutation.id] = step.ack
    except _Wait:
        _put_off(batch, request, mutation, "needs_missing", WAIT_TRIES)
    except FieldCrmError as error:
        _refuse(batch, request, mutation, error)


# -- what a mutation needs ---------------------------------------------------------------------


def _needs(connection: Connection, fresh: Sequence[Mutation]) -> dict[str, Outcome]:
    """Return what became, in earlier pushes, of everything that these mutations need."""
    wanted = sorted({need for mutation in fresh for need in mutation.needs})
    if not wanted:
        return {}
    known: dict[str, Outcome] = {}
    refused = run(connection, "SELECT row_id FROM quarantine WHERE row_id IN ?", wanted)
    known.update((row_id, Outcome.REJECTED) for (row_id,) in refused)
    rows = run(connection, _any_row(), *[wanted] * len(registry()))
    known.update((row_id, Outcome.APPLIED) for (row_id,) in rows)
    for row_id, outcome in run(
        connection, "SELECT mutation_id, outcome FROM receipt WHERE mutation_id IN ?", wanted
    ):
        known[row_id] = msgspec.json.decode(outcome, type=Ack).o
    return known


@cache
def _any_row() -> str:
    """Return the question which of some ids are rows, whatever they are: one question for all tables."""
    return " UNION ALL ".join(f'SELECT id FROM "{name}" WHERE id IN ?' for name in registry())  # noqa: S608


def _check_needs(batch: Batch, request: _Push, mutation: Mutation, satisfied: Mapping[str, Outcome]) -> None:
    for need in mutation.needs:
        here = request.acks.get(need)
        outcome = (here.was or here.o) if here else satisfied.get(need)
        made = need in batch.known.get("row", ())
        if outcome in (Outcome.REJECTED, Outcome.GONE) and not made:
            raise Rejected("needs_rejected", need=need)
        if outcome not in _DONE and not made:
            if _create_was_refused(request, need):
                raise Rejected("needs_rejected", need=need)
            raise _Wait


def _create_was_refused(request: _Push, row_id: str) -> bool:
    return any(
        mutation.agg[1] == row_id and mutation.op is Op.CREATE
        and (ack := request.acks.get(mutation.id)) is not None
        and (ack.was or ack.o) in (Outcome.REJECTED, Outcome.GONE)
        for mutation in request.mutations
    )  # fmt: skip


# -- refusing, putting off, recording ----------------------------------------------------------


def _put_off(batch: Batch, request: _Push, mutation: Mutation, code: str, limit: int) -> None:
    tries = request.tries.get(mutation.id, 0) + 1
    if tries >= limit and not faults.planted("poison_blocks_queue"):
        _refuse(batch, request, mutation, Rejected(code, tries=tries))
        return
    request.tries[mutation.id] = tries
    request.acks[mutation.id] = Ack(mutation.id, Outcome.RETRY, code=code)


def _refuse(batch: Batch, request: _Push, mutation: Mutation, error: FieldCrmError) -> None:
    gone = error.code == "gone" and mutation.op is not Op.CREATE
    reason = _reason(error)
    request.acks[mutation.id] = Ack(
        mutation.id, Outcome.GONE if gone else Outcome.REJECTED, code=error.code, msg=reason or None
    )
    batch.accept(Step(request.acks[mutation.id], rows=[_quarantined(request, mutation, error.code, reason)]))


def _reason(error: FieldCrmError) -> str:
    if isinstance(error, Invalid):
        return error.field[:500].replace("\0", "")
    return ", ".join(f"{name}={value}" for name, value in error.data.items())[:500].replace("\0", "")


def _quarantined(request: _Push, mutation: Mutation, code: str, reason: str) -> Held:
    row: dict[str, Any] = {
        "id": str(new_id()), "version": 1, "extra": None, "archived_at": None, "mutation_id": mutation.id,
        "device_id": str(request.principal.device_id), "rep_id": str(request.principal.user_id),
        "entity": mutation.agg[0][:200], "row_id": mutation.agg[1], "at": request.at_ms, "settled": False,
        "payload": msgspec.json.encode(mutation).decode(), "code": code, "reason": reason,
    }  # fmt: skip
    return Held(registry()["quarantine"], row, new=True)


def _record(connection: Connection, request: _Push, mutations: Sequence[Mutation]) -> None:
    """Write the receipts of what is final and count the tries of what is not."""
    device, user = str(request.principal.device_id), str(request.principal.user_id)
    receipts, attempts, settled = [], [], []
    for mutation in mutations:
        ack, row_id = request.acks[mutation.id], mutation.agg[1]
        if ack.o in _FINAL:
            outcome = msgspec.json.encode(ack).decode()
            receipts.append((
                mutation.id, user, device, mutation.n, mutation.agg[0][:40], row_id, outcome, request.at_ms,
                content(mutation),
            ))  # fmt: skip
            settled += [(mutation.id,)] if mutation.id in request.tries else []
        elif mutation.id in request.tries:
            tries = request.tries[mutation.id]
            attempts.append((mutation.id, device, mutation.n, row_id, ack.code, tries))
    if not faults.planted("no_receipt"):
        run_many(
            connection,
            "INSERT INTO receipt (mutation_id, user_id, device_id, n, entity, row_id, outcome, at, content) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            receipts,
        )
    run_many(connection, "DELETE FROM attempt WHERE mutation_id = ?", settled)
    run_many(
        connection,
        "INSERT INTO attempt (mutation_id, device_id, n, row_id, code, tries) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (mutation_id) DO UPDATE SET device_id = excluded.device_id, n = excluded.n,"
        " tries = excluded.tries, code = excluded.code",
        attempts,
    )
