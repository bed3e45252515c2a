"""The server's signed receipts on this laptop: checked when they come, kept with the work they are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.errors import Damaged
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.local import OutboxEntry, OutboxState, Proof
from fieldcrm.sync import outbox, proofs
from fieldcrm.sync.proofs import Line
from fieldcrm.sync.protocol import Header, Mutation

_KEPT_AS = "fieldcrm receipt"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The server's word for one record: ``lines`` are its mutations, in order."""

    at: datetime
    lines: tuple[Line, ...]
    statement: str
    signature: str
    server_key: str


class _File(msgspec.Struct):
    what: str
    statement: str
    signature: str
    server_key: str
    mutations: list[Mutation]


def keep(connection: Connection, header: Header, device: str, server_key: str, now_ms: int) -> bool:
    """Keep the receipt of an answer and let its work point at it; say whether it is as it should be."""
    if not isinstance(header.proof, str):
        return True
    sent = {ack.id: entry for ack in header.acks if (entry := _sent(connection, ack.id)) is not None}
    signed = proofs.statement(header.epoch, device, header.server_time, header.acks, sent)
    if signed is None:
        return True
    if server_key and not proofs.holds(signed, header.proof, server_key):
        return False
    made = connection.execute(
        "INSERT INTO proof (at, statement, signature, server_key) VALUES (?, ?, ?, ?)",
        (now_ms, signed.decode(), header.proof, server_key),
    )
    covered = [(made.lastrowid, line.mutation_id) for line in proofs.read(signed).lines]
    connection.executemany("UPDATE outbox SET proof_id = ? WHERE mutation_id = ?", covered)
    return True


def _sent(connection: Connection, mutation_id: str) -> Mutation | None:
    found = outbox.select(connection, "mutation_id = ?", (mutation_id,))
    return found[0].mutation if found else None


def of_record(session: Session, entity: str, row_id: UUID) -> Receipt | None:
    """Return the latest receipt for a record, or None while there is none."""
    entry = session.scalars(
        select(OutboxEntry)
        .where(
            OutboxEntry.entity == entity, OutboxEntry.row_id == row_id, OutboxEntry.proof_id.is_not(None),
            OutboxEntry.state == OutboxState.ACKED,
        )
        .order_by(OutboxEntry.n.desc())
    ).first()  # fmt: skip
    proof = session.get(Proof, entry.proof_id) if entry is not None else None
    if entry is None or proof is None:
        return None
    said = proofs.read(proof.statement.encode())
    mine = tuple(line for line in said.lines if line.mutation_id == str(entry.mutation_id))
    return Receipt(clock.from_ms(said.at), mine, proof.statement, proof.signature, proof.server_key)


def as_file(session: Session, receipt: Receipt) -> bytes:
    """Return a receipt as JSON that stands alone: what was signed, by whom, and what the work said."""
    wanted = [UUID(line.mutation_id) for line in receipt.lines]
    payloads = session.scalars(select(OutboxEntry.payload).where(OutboxEntry.mutation_id.in_(wanted)))
    mutations = [outbox.mutation(payload) for payload in payloads]
    told = _File(_KEPT_AS, receipt.statement, receipt.signature, receipt.server_key, mutations)
    return msgspec.json.format(msgspec.json.encode(told), indent=1)


def check_file(content: bytes) -> tuple[Sequence[Line], datetime, str]:
    """Return what a receipt file proves, when and by whose key; ``Damaged`` if anything was changed."""
    try:
        told = msgspec.json.decode(content, type=_File)
        said = proofs.read(told.statement.encode())
    except (msgspec.DecodeError, ValueError) as error:
        raise Damaged(what="receipt") from error
    hashes = {mutation.id: proofs.content(mutation) for mutation in told.mutations}
    proved = [line for line in said.lines if hashes.get(line.mutation_id) == line.content]
    if len(proved) < len(hashes) or not proofs.holds(
        told.statement.encode(), told.signature, told.server_key
    ):
        raise Damaged(what="receipt")
    return proved, clock.from_ms(said.at), told.server_key


def count(session: Session, server_key: str) -> tuple[int, int]:
    """Return how many receipts are kept, and how many of them do not hold."""
    kept = session.scalars(select(Proof)).all()
    wrong = [
        proof for proof in kept
        if not proofs.holds(proof.statement.encode(), proof.signature, proof.server_key or server_key)
    ]  # fmt: skip
    return len(kept), len(wrong)
