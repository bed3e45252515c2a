"""Visits beside the visit before at the same store, for the manager's inbox (V9).

The visit before is the latest finished one of anybody whose row is on this laptop, at most
``BACK`` earlier; older ones say little about a shelf.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.products import Product
from fieldcrm.model.visits import CheckOut, SopTemplate, StepAnswer, Visit
from fieldcrm.rules import store_changes as rules
from fieldcrm.rules.sop_reading import steps_of
from fieldcrm.rules.store_changes import Compared, Look
from fieldcrm.services import sops

BACK = timedelta(days=120)
_NO_SALE = (OrderStatus.CANCELLED, OrderStatus.DRAFT)


def compared(session: Session, visits: Sequence[Visit]) -> dict[UUID, Compared]:
    """Return what is different in each visit from the visit before at its store."""
    if not visits:
        return {}
    before = _before(session, visits)
    looks = _Looks(session, [*visits, *before.values()])
    overdue = _overdue(session, {visit.account_id for visit in visits})
    return {
        visit.id: rules.compare(
            looks.of(visit, overdue.get(visit.account_id, Decimal())),
            looks.of(before[visit.id]) if visit.id in before else None,
        )
        for visit in visits
    }


def names(session: Session, found: Iterable[Compared]) -> dict[str, str]:
    """Return what the articles among the changes are called, by id."""
    subjects = {change.subject for each in found for change in each.changes}
    ids = [key for key in map(_uuid, subjects) if key is not None]
    rows = session.execute(select(Product.id, Product.name).where(Product.id.in_(ids)))
    return {str(key): name for key, name in rows}


def _before(session: Session, visits: Sequence[Visit]) -> dict[UUID, Visit]:
    """Return the visit before by visit, those without one left out."""
    since = min(visit.started_at for visit in visits) - BACK
    rows = session.scalars(
        select(Visit)
        .join(CheckOut, CheckOut.visit_id == Visit.id)
        .where(
            Visit.account_id.in_({visit.account_id for visit in visits}),
            Visit.started_at >= since,
            Visit.archived_at.is_(None),
        )
        .order_by(Visit.started_at)
    )
    at_store: defaultdict[UUID, list[Visit]] = defaultdict(list)
    for row in rows:
        at_store[row.account_id].append(row)
    found = {}
    for visit in visits:
        earlier = [each for each in at_store[visit.account_id] if each.started_at < visit.started_at]
        if earlier and visit.started_at - earlier[-1].started_at <= BACK:
            found[visit.id] = earlier[-1]
    return found


class _Looks:
    """What several visits saw, each kind of row read once."""

    def __init__(self, session: Session, visits: Sequence[Visit]) -> None:
        ids = {visit.id for visit in visits}
        self._answers = _answers(session, ids)
        self._editions = sops.editions_of(session, ids)
        used = {self._edition(visit) for visit in visits} - {None}
        rows = session.scalars(select(SopTemplate).where(SopTemplate.id.in_(used)))
        self._steps = {row.id: steps_of(row.steps) for row in rows}
        self._ordered = _ordered(session, ids)

    def _edition(self, visit: Visit) -> UUID | None:
        return self._editions.get(visit.id, visit.sop_template_id)

    def of(self, visit: Visit, overdue: Decimal = Decimal()) -> Look:
        """Return one visit as the rule sees it."""
        edition = self._edition(visit)
        return Look(
            business_day(visit.started_at),
            self._steps.get(edition, ()) if edition else (),
            self._answers[visit.id],
            self._ordered.get(visit.id, Decimal()),
            overdue,
        )


def _answers(
    session: Session, visit_ids: Collection[UUID]
) -> defaultdict[UUID, dict[str, Mapping[str, Any]]]:
    rows = session.execute(
        select(StepAnswer.visit_id, StepAnswer.step_key, StepAnswer.answers)
        .where(StepAnswer.visit_id.in_(visit_ids))
        .order_by(StepAnswer.answered_at, StepAnswer.id)
    )
    found: defaultdict[UUID, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for visit_id, step_key, answers in rows:
        found[visit_id][step_key] = answers
    return found


def _ordered(session: Session, visit_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    rows = session.execute(
        select(Order.visit_id, func.sum(Order.total_amount))
        .where(Order.visit_id.in_(visit_ids), Order.archived_at.is_(None), Order.status.not_in(_NO_SALE))
        .group_by(Order.visit_id)
    )
    return {visit_id: total for visit_id, total in rows if visit_id is not None}


def _overdue(session: Session, account_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    rows = session.execute(
        select(Account.id, Account.receivable).where(
            Account.id.in_(account_ids), Account.overdue_since.is_not(None), Account.receivable > 0
        )
    )
    return {key: amount for key, amount in rows}  # noqa: C416 - rows


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
