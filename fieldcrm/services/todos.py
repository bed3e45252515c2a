"""Things agreed, with a day they are due (V7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from fieldcrm.errors import Invalid, NotFound
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.plans import Todo
from fieldcrm.model.users import User

_GIVER, _ASSIGNEE = aliased(User), aliased(User)


@dataclass(frozen=True, slots=True)
class TodoRow:
    """One to-do as lists show it."""

    id: UUID
    title: str
    account_id: UUID | None
    account: str
    visit_id: UUID | None
    due_on: date | None
    done_at: datetime | None
    giver: str = ""  # who gave it, where that is somebody else
    assignee: str = ""

    def is_overdue(self, on: date) -> bool:
        """Return whether it should have been done before ``on``."""
        return self.done_at is None and self.due_on is not None and self.due_on < on


def add(
    session: Session,
    title: str,
    *,
    me: UUID,
    account_id: UUID | None = None,
    visit_id: UUID | None = None,
    due_on: date | None = None,
    assignee_id: UUID | None = None,
) -> UUID:
    """Write down what was agreed; one's own unless it is given to somebody."""
    if not title.strip():
        raise Invalid("required", field="title")
    todo = Todo(
        id=new_id(),
        assignee_id=assignee_id or me,
        created_by=me,
        account_id=account_id,
        visit_id=visit_id,
        title=title.strip(),
        due_on=due_on,
    )
    session.add(todo)
    return todo.id


def set_done(session: Session, todo_id: UUID, at: datetime | None) -> None:
    """Tick a to-do off, or open it again with ``at=None``."""
    _todo(session, todo_id).done_at = at


def remove(session: Session, todo_id: UUID, at: datetime) -> None:
    """Put a to-do away."""
    _todo(session, todo_id).archived_at = at


def of_account(session: Session, account_id: UUID, since: datetime | None = None) -> list[TodoRow]:
    """Return an account's open to-dos and those done after ``since``, open ones by due day first."""
    wanted = Todo.done_at.is_(None) if since is None else or_(Todo.done_at.is_(None), Todo.done_at >= since)
    rows = _rows(session, Todo.account_id == account_id, wanted)
    return sorted(rows, key=lambda row: (row.done_at is not None, row.due_on or date.max, row.title))


def due(session: Session, me: UUID, on: date) -> list[TodoRow]:
    """Return my open to-dos that are due by ``on``: the overdue first, those of the day last."""
    rows = _rows(session, Todo.assignee_id == me, Todo.done_at.is_(None), Todo.due_on <= on)
    return sorted(rows, key=lambda row: (row.due_on or on, row.title))


def _rows(session: Session, *where: ColumnElement[bool]) -> list[TodoRow]:
    query = (
        select(Todo, Account.name, _GIVER.name, _ASSIGNEE.name)
        .outerjoin(Account, Account.id == Todo.account_id)
        .outerjoin(_GIVER, and_(_GIVER.id == Todo.created_by, Todo.created_by != Todo.assignee_id))
        .outerjoin(_ASSIGNEE, _ASSIGNEE.id == Todo.assignee_id)
        .where(Todo.archived_at.is_(None), *where)
    )
    return [
        TodoRow(
            todo.id,
            todo.title,
            todo.account_id,
            name or "",
            todo.visit_id,
            todo.due_on,
            todo.done_at,
            giver or "",
            assignee or "",
        )
        for todo, name, giver, assignee in session.execute(query)
    ]


def _todo(session: Session, todo_id: UUID) -> Todo:
    todo = session.get(Todo, todo_id)
    if todo is None:
        raise NotFound("todo", todo_id)
    return todo
