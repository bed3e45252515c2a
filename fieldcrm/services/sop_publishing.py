"""Publishing visit templates and taking them back (V4): an edition is made, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.visits import SopTemplate
from fieldcrm.rules import sop_check, sop_choice
from fieldcrm.services import sops


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be published; ``code`` is empty for a template that is new."""

    name: str
    code: str = ""
    channels: tuple[str, ...] = ()
    store_types: tuple[str, ...] = ()
    purpose: str = ""
    valid_from: date = date.min
    sunset_on: date | None = None
    steps: Sequence[Mapping[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Published:
    """One edition as the list shows it."""

    id: UUID
    code: str
    name: str
    edition: int
    channels: tuple[str, ...]
    store_types: tuple[str, ...]
    purpose: str
    valid_from: date
    valid_to: date | None
    sunset_on: date | None
    newest: bool
    steps: tuple[Mapping[str, Any], ...]


def editions(session: Session) -> list[Published]:
    """Return every edition, by name, the newest of each template first."""
    rows = session.scalars(select(SopTemplate).where(SopTemplate.archived_at.is_(None))).all()
    newest = {row.code: max(r.edition for r in rows if r.code == row.code) for row in rows}
    ordered = sorted(rows, key=lambda row: (row.name, row.code, -row.edition))
    return [_published(row, newest=row.edition == newest[row.code]) for row in ordered]


def publish(session: Session, plan: Plan, *, today: date) -> UUID:
    """Make the next edition of a template; what is wrong with it names step and field."""
    if not plan.name.strip():
        raise Invalid("required", field="name")
    sop_check.check(plan.steps)
    if plan.valid_from < today:
        raise Invalid("out_of_range", field="valid_from", minimum=today, maximum=date.max)
    if plan.sunset_on is not None and plan.sunset_on < plan.valid_from:
        raise Invalid("out_of_range", field="sunset_on", minimum=plan.valid_from, maximum=date.max)
    row = _row(session, plan)
    known = session.scalars(select(SopTemplate).where(SopTemplate.archived_at.is_(None))).all()
    tie = sop_choice.tie(sops.edition(row), [sops.edition(each) for each in known])
    if tie is not None:
        other = next(each.name for each in known if each.id == tie.id)
        raise RuleBroken("template_tie", template=row.name, other=other)
    session.add(row)
    return row.id


def end(session: Session, template_id: UUID, on: date | None) -> None:
    """Let no visit begin with an edition after a day; None takes that back."""
    row = session.get(SopTemplate, template_id)
    if row is None:
        raise NotFound("sop_template", template_id)
    if on is not None and on < row.valid_from:
        raise Invalid("out_of_range", field="valid_to", minimum=row.valid_from, maximum=date.max)
    row.valid_to = on


def withdraw(session: Session, template_id: UUID, at: datetime) -> None:
    """Put an edition away; visits that were begun with it keep it."""
    row = session.get(SopTemplate, template_id)
    if row is None:
        raise NotFound("sop_template", template_id)
    row.archived_at = at


def _row(session: Session, plan: Plan) -> SopTemplate:
    code = plan.code or f"T{new_id().hex[-8:].upper()}"
    known = session.scalars(select(SopTemplate.edition).where(SopTemplate.code == code)).all()
    return SopTemplate(
        id=new_id(),
        code=code,
        name=plan.name.strip(),
        edition=max(known, default=0) + 1,
        channels=list(plan.channels),
        store_types=list(plan.store_types),
        purpose=plan.purpose.strip(),
        steps=[dict(step) for step in plan.steps],
        valid_from=plan.valid_from,
        sunset_on=plan.sunset_on,
    )


def _published(row: SopTemplate, *, newest: bool) -> Published:
    seen = sops.edition(row)
    return Published(
        row.id, row.code, row.name, row.edition, seen.channels, seen.store_types, row.purpose,
        row.valid_from, row.valid_to, row.sunset_on, newest, tuple(row.steps or ()),
    )  # fmt: skip
