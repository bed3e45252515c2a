"""Settling what sync could not (I9): choosing between two values, and refused changes.

Choosing the value that lost is an ordinary edit of the field plus the conflict's ``state``;
both travel like any other change. Nothing is forgotten: settled conflicts stay readable.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound
from fieldcrm.model.accounts import Contact
from fieldcrm.model.conflicts import Conflict, ConflictState, Quarantine
from fieldcrm.model.users import User
from fieldcrm.services import fields


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """One field with its three values, in wire form, and who wrote them when.

    ``can_take`` says whether the row is still here to take the value that lost; ``account``
    names the store of a row that is not one itself.
    """

    conflict_id: UUID
    mutation_id: UUID
    entity: str
    row_id: UUID
    title: str
    field: str
    base: Any
    winner: Any
    loser: Any
    won_by: str
    won_at: datetime | None
    lost_by: str
    lost_at: datetime
    mine_lost: bool
    reason: str
    state: ConflictState
    account: str
    can_take: bool


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """A change the server refused, with what it held."""

    quarantine_id: UUID
    mutation_id: UUID
    entity: str
    row_id: UUID
    title: str
    code: str
    reason: str
    payload: dict[str, Any]
    at: datetime


def open_conflicts(session: Session, me: UUID) -> list[FieldConflict]:
    """Return what of mine is still undecided, one entry a field, rows together."""
    return _conflicts(session, me, ConflictState.OPEN)


def how_many_open(session: Session, me: UUID) -> int:
    """Return how many records have fields of mine that are undecided."""
    rows = select(Conflict.entity, Conflict.row_id).where(*_mine(me), Conflict.state == ConflictState.OPEN)
    return session.scalar(select(func.count()).select_from(rows.distinct().subquery())) or 0


def settled_conflicts(session: Session, me: UUID, limit: int = 100) -> list[FieldConflict]:
    """Return the latest decisions; either value can still be chosen."""
    kept = _conflicts(session, me, ConflictState.KEPT) + _conflicts(session, me, ConflictState.SWAPPED)
    return sorted(kept, key=lambda c: c.lost_at, reverse=True)[:limit]


def of_others(session: Session, me: UUID, limit: int = 100) -> list[FieldConflict]:
    """Return the latest conflicts between other people that this device may see, decided or not."""
    found = _found(session, me, Conflict.archived_at.is_(None), ~or_(*_written_by(me)))
    return sorted(found, key=lambda c: c.lost_at, reverse=True)[:limit]


def of_account(
    session: Session, account_id: UUID, me: UUID
) -> tuple[list[FieldConflict], list[FieldConflict]]:
    """Return the conflicts of a store and its people: mine, and those between others."""
    people = select(Contact.id).where(Contact.account_id == account_id)
    of = or_(Conflict.row_id == account_id, Conflict.row_id.in_(people))
    others = (Conflict.archived_at.is_(None), ~or_(*_written_by(me)))
    return _found(session, me, of, *_mine(me)), _found(session, me, of, *others)


def keep(session: Session, conflict_id: UUID) -> None:
    """Let the value that won stand; where the other had been chosen, put it back."""
    conflict = _conflict(session, conflict_id)
    if conflict.state == ConflictState.SWAPPED:
        _write(session, conflict, conflict.winner)
    conflict.state = ConflictState.KEPT


def take_other(session: Session, conflict_id: UUID) -> None:
    """Put the value that lost in place of the one that won; a row that is gone cannot take it."""
    conflict = _conflict(session, conflict_id)
    if conflict.state != ConflictState.SWAPPED:
        _write(session, conflict, conflict.loser)
    conflict.state = ConflictState.SWAPPED


def reopen(session: Session, conflict_id: UUID) -> None:
    """Take a decision back: the field holds the value that won, and the conflict is open again."""
    conflict = _conflict(session, conflict_id)
    if conflict.state == ConflictState.SWAPPED:
        _write(session, conflict, conflict.winner)
    conflict.state = ConflictState.OPEN


def refused(session: Session, me: UUID) -> list[RefusedChange]:
    """Return my changes that the server refused and nobody has settled."""
    rows = session.scalars(
        select(Quarantine)
        .where(Quarantine.rep_id == me, Quarantine.settled.is_(False))
        .order_by(Quarantine.at.desc())
    )
    return [
        RefusedChange(
            row.id,
            row.mutation_id,
            row.entity,
            row.row_id,
            fields.title(session, fields.row(session, row.entity, row.row_id)),
            row.code,
            row.reason,
            row.payload,
            row.at,
        )
        for row in rows
    ]


def _mine(me: UUID) -> tuple[ColumnElement[bool], ...]:
    return or_(*_written_by(me)), Conflict.archived_at.is_(None)


def _written_by(me: UUID) -> tuple[ColumnElement[bool], ...]:
    """Return what makes a conflict mine; the office's side may have no name."""
    return func.coalesce(Conflict.lost_by == me, False), func.coalesce(Conflict.won_by == me, False)


def settle_refusal(session: Session, mutation_id: UUID) -> None:
    """Note for every device that a refused change needs nobody any more."""
    for row in session.scalars(select(Quarantine).where(Quarantine.mutation_id == mutation_id)):
        row.settled = True


def _conflicts(session: Session, me: UUID, state: ConflictState) -> list[FieldConflict]:
    return _found(session, me, *_mine(me), Conflict.state == state)


def _found(session: Session, me: UUID, *where: ColumnElement[bool]) -> list[FieldConflict]:
    names: dict[UUID | None, str] = {user.id: user.name for user in session.scalars(select(User))}
    rows = session.scalars(
        select(Conflict)
        .where(*where)
        .order_by(Conflict.entity, Conflict.row_id, Conflict.lost_at, Conflict.field)
    )
    return [_shown(session, row, names, me) for row in rows]


def _shown(session: Session, row: Conflict, names: dict[UUID | None, str], me: UUID) -> FieldConflict:
    target = fields.row(session, row.entity, row.row_id)
    return FieldConflict(
        conflict_id=row.id, mutation_id=row.mutation_id, entity=row.entity, row_id=row.row_id,
        title=fields.title(session, target), field=row.field,
        base=row.base, winner=row.winner, loser=row.loser,
        won_by=names.get(row.won_by, ""), won_at=row.won_at,
        lost_by=names.get(row.lost_by, ""), lost_at=row.lost_at, mine_lost=row.lost_by == me,
        reason=row.reason, state=row.state, account=fields.account(session, target),
        can_take=fields.can_take(target, row.field),
    )  # fmt: skip


def _conflict(session: Session, conflict_id: UUID) -> Conflict:
    conflict = session.get(Conflict, conflict_id)
    if conflict is None:
        raise NotFound("conflict", conflict_id)
    return conflict


def _write(session: Session, conflict: Conflict, value: Any) -> None:
    fields.write(session, conflict.entity, conflict.row_id, conflict.field, value)
