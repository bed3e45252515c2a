"""What the server merged without a clash, and putting a value back (an ordinary edit).

Nothing is noted about having put one back: the field itself tells which value it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound
from fieldcrm.model.accounts import Contact
from fieldcrm.model.base import Synced
from fieldcrm.model.conflicts import MergedField
from fieldcrm.model.users import Role, User
from fieldcrm.services import fields


@dataclass(frozen=True, slots=True)
class FieldMerge:
    """One field that somebody changed while a colleague changed another; values in wire form.

    ``now`` is what the field holds at present, ``by`` who changed it, empty if it is nobody
    this laptop knows.
    """

    merge_id: UUID
    mutation_id: UUID
    entity: str
    row_id: UUID
    title: str
    account: str
    field: str
    before: Any
    after: Any
    now: Any
    by: str
    mine: bool
    at: datetime
    can_put_back: bool


def lately(session: Session, me: UUID, limit: int = 100) -> list[FieldMerge]:
    """Return the latest merges of every record here."""
    return _found(session, me, limit)


def of_account(session: Session, account_id: UUID, me: UUID, limit: int = 100) -> list[FieldMerge]:
    """Return the latest merges of a store and its people."""
    people = select(Contact.id).where(Contact.account_id == account_id)
    return _found(
        session, me, limit,
        or_(
            and_(MergedField.entity == "account", MergedField.row_id == account_id),
            and_(MergedField.entity == "contact", MergedField.row_id.in_(people)),
        ),
    )  # fmt: skip


def put(session: Session, merge_id: UUID, value: Any) -> None:
    """Put a value in the field: the one before, the one that was merged, or what stood meanwhile."""
    merge = session.get(MergedField, merge_id)
    if merge is None:
        raise NotFound("merged_field", merge_id)
    fields.write(session, merge.entity, merge.row_id, merge.field, value)


def _found(session: Session, me: UUID, limit: int, *where: ColumnElement[bool]) -> list[FieldMerge]:
    rows = session.scalars(
        select(MergedField)
        .where(MergedField.archived_at.is_(None), *where)
        .order_by(MergedField.changed_at.desc(), MergedField.id)
        .limit(limit)
    ).all()
    people = {user.id: user for user in session.scalars(select(User))}
    decides = me in people and people[me].role == Role.MANAGER
    return [_shown(session, row, people, me, decides=decides) for row in rows]


def _shown(
    session: Session, merge: MergedField, people: dict[UUID, User], me: UUID, *, decides: bool
) -> FieldMerge:
    of = fields.row(session, merge.entity, merge.row_id)
    who = people.get(merge.changed_by)
    return FieldMerge(
        merge_id=merge.id, mutation_id=merge.mutation_id, entity=merge.entity, row_id=merge.row_id,
        title=fields.title(session, of), account=fields.account(session, of), field=merge.field,
        before=merge.before, after=merge.after, now=fields.read(of, merge.field),
        by=who.name if who else "", mine=merge.changed_by == me, at=merge.changed_at,
        can_put_back=fields.can_take(of, merge.field) and (decides or not _is_the_offices(of, merge.field)),
    )  # fmt: skip


def _is_the_offices(of: Synced | None, name: str) -> bool:
    found = fields.column(of, name)
    return found is not None and found.info.get("merge") in ("office", "server")
