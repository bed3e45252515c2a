"""What the Today page reads at once, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.services import attention, month, today
from fieldcrm.ui.today import gone, stages
from fieldcrm.ui.today.gone import Gone
from fieldcrm.ui.today.stages import Stage


@dataclass(frozen=True, slots=True)
class View:
    """A day with the month, the concerns and how far its records have come."""

    at: datetime
    day: today.Day
    month: month.Month
    concerns: tuple[attention.Item, ...]
    stages: Mapping[int, Stage]
    gone: tuple[Gone, ...]


def view(session: Session, me: UUID, territory_id: UUID | None, at: datetime) -> View:
    """Read everything the page shows."""
    on = business_day(at)
    day = today.day(session, me, at)
    return View(
        at,
        day,
        month.so_far(session, me, territory_id, on),
        tuple(attention.needed(session, me, on)),
        stages.of_stops(session, day.stops),
        gone.lately(session, me, at),
    )
