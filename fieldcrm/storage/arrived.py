"""Whether everything that belongs to a row is here, and not the row alone.

A page may end anywhere, and what everybody shares comes before what is one's own. So what the
server wrote together with a row may still be on its way, and nothing here can name what is
missing. Only a place in the feed behind which nothing waited says that all of it has come.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.storage.local import Arrival, CursorHistory

_WHOLE = select(func.coalesce(func.max(CursorHistory.id), 0)).where(CursorHistory.whole).scalar_subquery()


def with_everything(session: Session, entity: str, row_id: UUID) -> bool:
    """Say whether this device was up to date since a page last told it of the row."""
    mine = (Arrival.entity == entity, Arrival.row_id == row_id)
    return session.scalar(select(Arrival.page).where(*mine, Arrival.page > _WHOLE)) is None
