"""The events of visits as links of their devices' chains (V6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import to_ms
from fieldcrm.model.base import Synced
from fieldcrm.model.said import said
from fieldcrm.model.visits import CheckIn, CheckOut, Photo, StepAnswer, Visit, VisitAmendment
from fieldcrm.rules import chain
from fieldcrm.rules.chain import Event, Fault
from fieldcrm.rules.findings import Code, Finding, Weight

_MOMENT: dict[type[Any], str] = {
    Visit: "started_at", CheckIn: "at", StepAnswer: "answered_at", Photo: "taken_at", CheckOut: "at",
    VisitAmendment: "at",
}  # fmt: skip
_LOT = 2_000

Attested = Callable[[Collection[str]], Collection[str]]
"""Tells which of some links the server signed when they came; a laptop has nobody to ask."""


def events(session: Session, visit_ids: Collection[UUID]) -> list[Event]:
    """Return every event of these visits that is here."""
    found: list[Event] = []
    for kind in _MOMENT:
        key = kind.id if kind is Visit else kind.visit_id
        found += map(event_of, session.scalars(select(kind).where(key.in_(visit_ids))))
    return found


def findings(
    session: Session, visit_ids: Collection[UUID], attested: Attested | None = None
) -> dict[UUID, tuple[Finding, ...]]:
    """Return the visits among these whose events were changed after they were written."""
    found: dict[UUID, tuple[Finding, ...]] = {}
    rows = events(session, visit_ids)
    broken = chain.broken(rows)
    if broken and attested is not None:
        broken = chain.broken(rows, attested({each.seal.link for each in broken if each.seal}))
    for each in broken:
        visit_id = UUID(each.event.visit_id)
        if each.fault is not Fault.FORKED and visit_id not in found:
            facts = {"what": each.event.entity, "at": each.event.at_ms}
            found[visit_id] = (Finding(Code.EDITED, Weight.STRONG, facts),)
    return found


def every(session: Session) -> Iterator[Event]:
    """Yield every visit event that is here, in lots, so that a large file fits."""
    for kind in _MOMENT:
        rows = session.scalars(select(kind).execution_options(yield_per=_LOT))
        for row in rows:
            yield event_of(row)


def event_of(row: Synced) -> Event:
    """Return one row as a link of its chain."""
    kind = type(row)
    visit_id = row.id if kind is Visit else row.visit_id  # type: ignore[attr-defined]  # every other has one
    at = to_ms(getattr(row, _MOMENT[kind]))
    return Event(str(kind.__tablename__), str(row.id), str(visit_id), at, row.seal, said(row))  # type: ignore[attr-defined]
