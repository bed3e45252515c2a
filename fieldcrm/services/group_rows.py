"""What the rows of a group can be, and what was answered at this store before (V4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.products import Product
from fieldcrm.model.visits import SopTemplate, StepAnswer, Visit
from fieldcrm.rules.sop import GROUPS, Field, FieldType, Rows, Step
from fieldcrm.services.sops import Template

_EARLIER = 40
MOST = 1000


def fields_of(template: Template | None) -> tuple[Field, ...]:
    """Return every field of a template."""
    steps: tuple[Step, ...] = () if template is None else template.steps
    return tuple(field for step in steps for field in step.fields)


def lists_articles(template: Template | None) -> bool:
    """Return whether some field lists what the store has or took."""
    return any(
        field.type is FieldType.STOCK or (field.type in GROUPS and field.rows is Rows.PLANNED)
        for field in fields_of(template)
    )


def lists_catalogue(template: Template | None) -> bool:
    """Return whether some field lists everything that can be sold."""
    return any(field.type in GROUPS and field.rows is Rows.SELLABLE for field in fields_of(template))


def sellable(session: Session) -> list[Product]:
    """Return what can be sold, by code."""
    query = select(Product).where(Product.active, Product.archived_at.is_(None))
    return list(session.scalars(query.order_by(Product.code).limit(MOST)))


def articles_in(answers: Iterable[Mapping[str, Any]]) -> list[UUID]:
    """Return the articles that steps' answers name, in their order."""
    found: dict[UUID, None] = {}
    for given in answers:
        for value in given.values():
            for key in value if isinstance(value, dict) else ():
                if (product_id := _id(key)) is not None:
                    found[product_id] = None
    return list(found)


def before(session: Session, visit: Visit, template: Template | None) -> dict[str, dict[str, Any]]:
    """Return the last answers of earlier visits to this store with the same template, by step."""
    if template is None:
        return {}
    same = select(SopTemplate.id).where(SopTemplate.code == template.code)
    rows = session.execute(
        select(StepAnswer.step_key, StepAnswer.answers)
        .join(Visit, Visit.id == StepAnswer.visit_id)
        .where(
            StepAnswer.account_id == visit.account_id, StepAnswer.visit_id != visit.id,
            StepAnswer.archived_at.is_(None), Visit.sop_template_id.in_(same),
            Visit.started_at < visit.started_at,
        )
        .order_by(StepAnswer.answered_at.desc(), StepAnswer.id.desc())
        .limit(_EARLIER)
    )  # fmt: skip
    found: dict[str, dict[str, Any]] = {}
    for step_key, answers in rows:
        held = found.setdefault(step_key, {})
        for key, value in answers.items():
            held.setdefault(key, value)
    return found


def _id(key: Any) -> UUID | None:
    try:
        return UUID(str(key))
    except ValueError:
        return None
