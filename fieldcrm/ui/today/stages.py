"""How far a stop's records have come: saved on this laptop, being sent, at the office, refused.

Read from the outbox, where an entry stays after it was acknowledged; a row without entries
that the server knows counts as sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.visits import CheckOut
from fieldcrm.services.today import Stop, StopState
from fieldcrm.storage.local import OutboxEntry, OutboxState


class Stage(StrEnum):
    """Where a stop's records are."""

    SAVED = "saved"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"


_ORDER = (
    (OutboxState.REJECTED, Stage.REFUSED),
    (OutboxState.PENDING, Stage.SAVED),
    (OutboxState.INFLIGHT, Stage.SENDING),
)
_TOLD = (StopState.DONE, StopState.SKIPPED, StopState.MOVED)


def of_stops(session: Session, stops: Sequence[Stop]) -> dict[int, Stage]:
    """Return the stage of every finished stop, by its number."""
    told = [stop for stop in stops if stop.state in _TOLD]
    rows_of = {stop.number: _rows(stop) for stop in told}
    for visit_id, row_id in _parts(session, [stop.visit_id for stop in told if stop.visit_id]):
        for stop in told:
            if stop.visit_id == visit_id:
                rows_of[stop.number].append(row_id)
    states = _states(session, [row for rows in rows_of.values() for row in rows])
    return {number: _stage(set().union(*(states[row] for row in rows))) for number, rows in rows_of.items()}


def _rows(stop: Stop) -> list[UUID]:
    return [row for row in (stop.plan_id, stop.visit_id) if row is not None]


def _parts(session: Session, visit_ids: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
    ids = list(visit_ids)
    check_outs = session.execute(
        select(CheckOut.visit_id, CheckOut.id).where(CheckOut.visit_id.in_(ids))
    ).all()
    orders = session.execute(
        select(Order.visit_id, Order.id).where(Order.visit_id.in_(ids), Order.status != OrderStatus.DRAFT)
    ).all()
    pairs = [(visit_id, row_id) for visit_id, row_id in (*check_outs, *orders)]
    return [(visit_id, row_id) for visit_id, row_id in pairs if visit_id is not None]


def _states(session: Session, row_ids: Sequence[UUID]) -> defaultdict[UUID, set[OutboxState]]:
    found: defaultdict[UUID, set[OutboxState]] = defaultdict(set)
    rows = session.execute(
        select(OutboxEntry.row_id, OutboxEntry.state).where(OutboxEntry.row_id.in_(row_ids))
    )
    for row_id, state in rows:
        found[row_id].add(state)
    return found


def _stage(states: set[OutboxState]) -> Stage:
    return next((stage for state, stage in _ORDER if state in states), Stage.SENT)
