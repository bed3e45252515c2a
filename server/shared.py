"""What a colleague gets of a report that was shown to him: a row of his own, written here (V7).

Nobody's scope grows. A share counts only if it names the visit's own rep, because its scope
was judged by that; what the report says is taken from the server's rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Connection, Table, select
from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound
from fieldcrm.model.shares import SharedReport, VisitShare
from fieldcrm.model.visits import Photo, Visit
from fieldcrm.services import sharing

_photo, _report = cast(Table, Photo.__table__), cast(Table, SharedReport.__table__)


def write(connection: Connection, visit_ids: Iterable[str]) -> None:
    """Write or bring up to date what was shared of these visits."""
    session = Session(connection, autoflush=False, join_transaction_mode="rollback_only")
    wanted = [UUID(each) for each in visit_ids]
    rows = session.execute(
        select(VisitShare, Visit).join(Visit, Visit.id == VisitShare.visit_id).where(Visit.id.in_(wanted))
    ).all()
    for share, visit in rows:
        if share.rep_id == visit.rep_id:
            _write(session, share, visit)
    session.flush()


def _write(session: Session, share: VisitShare, visit: Visit) -> None:
    try:
        report = sharing.told(session, share)
    except NotFound:  # not checked out yet, or its account has gone
        return
    row_id = uuid5(NAMESPACE_OID, f"shared {share.id}")
    known = session.get(SharedReport, row_id)
    if known is None:
        session.add(
            SharedReport(
                id=row_id, visit_id=visit.id, rep_id=visit.rep_id, to_id=share.to_id,
                started_at=visit.started_at, report=report,
            )
        )  # fmt: skip
    elif known.report != report:
        known.report = report


def photos(connection: Connection, photo_id: UUID, user_id: UUID) -> list[dict[str, Any]]:
    """Return a photo's row if a report that was shown to this person names it."""
    rows = connection.execute(
        select(_photo, _report.c.report)
        .join(_report, _report.c.visit_id == _photo.c.visit_id)
        .where(_photo.c.id == photo_id, _report.c.to_id == user_id, _report.c.archived_at.is_(None))
    ).mappings()
    return [
        dict(row)
        for row in rows
        if any(photo.photo_id == photo_id for photo in sharing.photos_of(row["report"]))
    ]
