"""Which visit template an account gets on a day (V4); an edition never changes under a visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.visits import SopTemplate
from fieldcrm.rules import sop
from fieldcrm.rules.sop import Step


@dataclass(frozen=True, slots=True)
class Template:
    """One edition of a visit template."""

    id: UUID
    code: str
    name: str
    edition: int
    purpose: str
    steps: tuple[Step, ...]


def template_for(session: Session, channel: str, on: date) -> Template | None:
    """Return the template for a store's channel on a day, or None when there is none."""
    rows = session.scalars(select(SopTemplate).where(SopTemplate.archived_at.is_(None)))
    known = {row.id: row for row in rows}
    chosen = sop.choose([_edition(row) for row in known.values()], channel, on)
    return None if chosen is None else _template(known[chosen.id])


def template(session: Session, template_id: UUID | None) -> Template | None:
    """Return the edition a visit was begun with, also when it has been put away since."""
    row = None if template_id is None else session.get(SopTemplate, template_id)
    return None if row is None else _template(row)


def _edition(row: SopTemplate) -> sop.Edition:
    channels = tuple(str(channel) for channel in row.channels or ())
    return sop.Edition(row.id, row.code, row.edition, channels, row.valid_from, row.valid_to)


def _template(row: SopTemplate) -> Template:
    return Template(row.id, row.code, row.name, row.edition, row.purpose, sop.steps_of(row.steps))
