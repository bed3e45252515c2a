"""What exists only on this device: the work that a wipe would destroy and a rescue carries.

Counted from the outbox (pending or in flight) and from photos whose bytes the server has
not confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.storage import device
from fieldcrm.storage.local import UNSENT, OutboxEntry, Upload, UploadState


@dataclass(frozen=True, slots=True)
class Unsent:
    """How much waits; ``not_rescued`` of it is in no rescue bundle either."""

    changes: int
    photos: int
    not_rescued: int

    @property
    def count(self) -> int:
        """Everything that waits."""
        return self.changes + self.photos


def unsent(session: Session) -> Unsent:
    """Count what waits."""
    entries = set(session.scalars(select(OutboxEntry.mutation_id).where(OutboxEntry.state.in_(UNSENT))))
    photos = set(session.scalars(select(Upload.photo_id).where(Upload.state != UploadState.STORED)))
    rescued = set(device.fact(session, device.RESCUED, ()))
    missing = sum(str(each) not in rescued for each in entries | photos)
    return Unsent(len(entries), len(photos), missing)


def waiting(session: Session) -> int:
    """Return how many changes wait; cheap enough for the badge."""
    counted = select(func.count()).select_from(OutboxEntry).where(OutboxEntry.state.in_(UNSENT))
    return session.scalar(counted) or 0
