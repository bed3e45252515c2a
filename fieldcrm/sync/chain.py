"""Seals this device's visit events as they are written, in the same transaction (``rules/chain.py``).

The head of the chain is a fact of the device, so a save that fails takes its links back. A file
that goes on under another device id (a copy that enrolled itself anew) begins a new chain whose
first event names the last of the old. An event that is changed before it was sent takes a new
place at the end: its old number stays empty, which is no fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from fieldcrm.faults import planted
from fieldcrm.model.said import said
from fieldcrm.rules import chain
from fieldcrm.rules.chain import SEALED, Broken, Fault
from fieldcrm.services import linked
from fieldcrm.storage import device
from fieldcrm.storage.cipher import Connection
from fieldcrm.sync.entities import registry

_FACT = "chain"


@dataclass(frozen=True, slots=True)
class Head:
    """How far this device's chain has come."""

    device: str
    id: str
    n: int = 0
    link: str = ""


def seal(session: Session, connection: Connection, new_id: Callable[[], UUID]) -> None:
    """Seal the events of a flush that is done and not yet recorded for sending."""
    rows: Iterable[Any] = (*session.new, *(row for row in session.dirty if session.is_modified(row)))
    events = [row for row in rows if row.__table__.name in SEALED and not _is_sealed(row)]
    if not events:
        return
    head = _head(connection, new_id)
    for row in sorted(events, key=_order):
        name = row.__table__.name
        named = "" if planted("seal_names_no_row") else str(row.id)
        made = chain.next_seal(head.id, head.n + 1, head.link, name, named, said(row))
        connection.execute(f'UPDATE "{name}" SET seal = ? WHERE id = ?', (str(made), str(row.id)))  # noqa: S608
        set_committed_value(row, "seal", str(made))
        head = Head(head.device, head.id, made.n, made.link)
    _keep(connection, head)


def check(session: Session) -> tuple[int, list[Broken]]:
    """Return how many sealed events are here and which of them do not hold; copies are no fault."""
    events = list(linked.every(session))
    broken = [each for each in chain.broken(events) if each.fault is not Fault.FORKED]
    return sum(event.seal is not None for event in events), broken


def _is_sealed(row: Any) -> bool:
    """Return whether the row stands as it was sealed."""
    written = chain.read(row.seal)
    return written is not None and chain.holds(row.__table__.name, str(row.id), said(row), written)


def _order(row: Any) -> tuple[int, str]:
    return registry()[row.__table__.name].rank, str(row.id)


def _head(connection: Connection, new_id: Callable[[], UUID]) -> Head:
    here = _fact(connection, device.DEVICE_ID) or ""
    kept = _fact(connection, _FACT)
    if kept is None:
        return Head(here, str(new_id()))
    head = msgspec.convert(kept, Head)
    return head if head.device == here else Head(here, str(new_id()), 0, head.link)


def _fact(connection: Connection, name: str) -> Any:
    row = connection.execute("SELECT value FROM device WHERE key = ?", (name,)).fetchone()
    return None if row is None else msgspec.json.decode(row[0])


def _keep(connection: Connection, head: Head) -> None:
    value = msgspec.json.encode(head).decode()
    connection.execute(
        "INSERT INTO device (key, value) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (_FACT, value),
    )
