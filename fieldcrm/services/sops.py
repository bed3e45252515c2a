"""Which visit template a visit gets, and which edition it keeps (V4).

An edition never changes under a visit. A visit that its rep took over to another edition says
so by an answer of the reserved step ``EDITION``, because nothing of a visit is ever patched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.faults import planted
from fieldcrm.model.visits import SopTemplate, StepAnswer, Visit
from fieldcrm.rules import sop_choice
from fieldcrm.rules.sop import Step
from fieldcrm.rules.sop_choice import Edition
from fieldcrm.rules.sop_reading import steps_of, texts

EDITION = "$edition"


@dataclass(frozen=True, slots=True)
class Template:
    """One edition of a visit template."""

    id: UUID
    code: str
    name: str
    edition: int
    purpose: str
    steps: tuple[Step, ...]


def template_for(
    session: Session, channel: str, on: date, *, purpose: str = "", types: Collection[str] = ()
) -> Template | None:
    """Return the template for a visit to a store on a day, or None when there is none."""
    known = {row.id: row for row in _rows(session)}
    chosen = sop_choice.choose(map(edition, known.values()), channel, on, purpose=purpose, types=types)
    return None if chosen is None else _template(known[chosen.id])


def template(session: Session, template_id: UUID | None) -> Template | None:
    """Return an edition, also when it has been put away since."""
    row = None if template_id is None else session.get(SopTemplate, template_id)
    return None if row is None else _template(row)


def of_visit(session: Session, visit: Visit) -> Template | None:
    """Return the edition a visit is worked with: the one it began with unless it was taken over."""
    used = template(session, editions_of(session, [visit.id]).get(visit.id, visit.sop_template_id))
    if used is not None and planted("edition_moves"):
        later = later_edition(session, used, business_day(visit.started_at))
        return later[0] if later else used
    return used


def editions_of(session: Session, visit_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the editions of those visits that were taken over to another one."""
    rows = session.execute(
        select(StepAnswer.visit_id, StepAnswer.answers)
        .where(StepAnswer.visit_id.in_(list(visit_ids)), StepAnswer.step_key == EDITION)
        .order_by(StepAnswer.answered_at, StepAnswer.id)
    )
    return {visit_id: known for visit_id, said in rows if (known := _told(said)) is not None}


def later_edition(session: Session, begun: Template, on: date) -> tuple[Template, bool] | None:
    """Return the newest later edition that holds, and whether the visit may stay with its own."""
    rows = [row for row in _rows(session) if row.code == begun.code]
    mine = session.get_one(SopTemplate, begun.id)
    later = [row for row in rows if row.edition > begun.edition and edition(row).holds(on)]
    if not later:
        return None
    newest = max(later, key=lambda row: row.edition)
    return _template(newest), sop_choice.may_finish(edition(mine), map(edition, rows), on)


def edition(row: SopTemplate) -> Edition:
    """Return what choosing looks at."""
    return Edition(
        row.id, row.code, row.edition, texts(row.channels), row.valid_from, row.valid_to, row.purpose,
        texts(row.store_types), row.sunset_on,
    )  # fmt: skip


def _rows(session: Session) -> list[SopTemplate]:
    return list(session.scalars(select(SopTemplate).where(SopTemplate.archived_at.is_(None))))


def _told(answers: Mapping[str, Any]) -> UUID | None:
    try:
        return UUID(str(answers.get("template_id")))
    except ValueError:
        return None


def _template(row: SopTemplate) -> Template:
    return Template(row.id, row.code, row.name, row.edition, row.purpose, steps_of(row.steps))
