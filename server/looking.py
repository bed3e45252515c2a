"""What the server itself finds in visits, by the laptops' own rules, over what the whole team sent (V6).

A push only notes which visits changed. A job looks at them soon after: all visits of that
person around them are judged again, because one more may make the others odd. What is found
reaches those who review it as an ordinary row; whatever a laptop claims of its own visits,
nobody needs to believe it. Measuring and judging read; only the results need the writer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from fieldcrm.clock import to_ms
from fieldcrm.model.evidence import VisitFinding
from fieldcrm.model.visits import Photo, Visit
from fieldcrm.services import evidence
from server import chains, likenesses, noted, shared
from server.database import Database
from server.files import Store
from server.tables import photo_look

_NEAR = timedelta(days=1)
_LOT = 40


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of one visit, as plain JSON."""

    visit_id: UUID
    rep_id: UUID
    told: list[dict[str, Any]]


def look(database: Database, store: Store, at: datetime) -> int:
    """Look at some of the visits that wait; return how many there were."""
    with database.reading() as connection:
        waiting = noted.some(connection, _LOT)
        visits = [visit_id for visit_id, _ in waiting]
        photos = likenesses.unmeasured(connection, visits)
    looks = [likenesses.measured(store, photo) for photo in photos]
    if looks:
        likenesses.keep(database, looks, to_ms(at))
    if waiting:
        with database.reading() as connection:
            judged = _judged(connection, visits)
        with database.writing() as connection:
            _write(connection, judged, at)
            shared.write(connection, visits)
            noted.forget(connection, waiting)
    return len(waiting)


def _judged(connection: Connection, visit_ids: Iterable[str]) -> list[Judged]:
    session = Session(connection, autoflush=False, join_transaction_mode="rollback_only")
    signed = partial(chains.attested, connection)
    found: list[Judged] = []
    for visits in _around(session, visit_ids).values():
        odd = evidence.findings(session, visits, _alike(session, visits), signed)
        found += [
            Judged(visit.id, visit.rep_id, [each.told() for each in odd.get(visit.id, ())])
            for visit in visits
        ]
    return found


def _around(session: Session, visit_ids: Iterable[str]) -> dict[UUID, list[Visit]]:
    """Return these visits and their neighbours of a day, by rep."""
    wanted: defaultdict[UUID, dict[UUID, Visit]] = defaultdict(dict)
    for visit in session.scalars(select(Visit).where(Visit.id.in_([UUID(each) for each in visit_ids]))):
        near = Visit.started_at.between(visit.started_at - _NEAR, visit.started_at + _NEAR)
        others = session.scalars(select(Visit).where(Visit.rep_id == visit.rep_id, near))
        wanted[visit.rep_id] |= {each.id: each for each in (visit, *others)}
    return {rep_id: list(visits.values()) for rep_id, visits in wanted.items()}


def _alike(session: Session, visits: list[Visit]) -> dict[UUID, UUID]:
    rows = session.execute(
        select(Photo.id, photo_look.c.like_id)
        .join(photo_look, photo_look.c.photo_id == Photo.id)
        .where(Photo.visit_id.in_([visit.id for visit in visits]), photo_look.c.like_id.is_not(None))
    )
    return {photo_id: UUID(like_id) for photo_id, like_id in rows}


def _write(connection: Connection, judged: Iterable[Judged], at: datetime) -> None:
    """Keep what was found, where it is not what was known."""
    session = Session(connection, autoflush=False, join_transaction_mode="rollback_only")
    for each in judged:
        row_id = uuid5(NAMESPACE_OID, f"finding {each.visit_id}")
        known = session.get(VisitFinding, row_id)
        if known is None and each.told:
            session.add(
                VisitFinding(id=row_id, visit_id=each.visit_id, rep_id=each.rep_id, at=at, found=each.told)
            )
        elif known is not None and known.found != each.told:
            known.found, known.at = each.told, at
    session.flush()
