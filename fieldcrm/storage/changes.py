"""Which tables a save touched, told after its commit so that pages can read again.

A part counts as its owner too: a changed ``order_line`` means the ``order`` changed.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import Table, event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, sessionmaker

from fieldcrm.model import Base

_KEY = "changed tables"


def watch(sessions: sessionmaker[Session]) -> None:
    """Note every table that sessions of this maker write."""
    event.listen(sessions, "after_flush", _on_flush)
    event.listen(sessions, "do_orm_execute", _on_execute)


def taken(session: Session) -> frozenset[str]:
    """Return the tables written since the session began, and forget them."""
    return frozenset(session.info.pop(_KEY, ()))


def _on_flush(session: Session, _context: UOWTransaction) -> None:
    rows = (*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row)))
    _note(session, {row.__table__.name for row in rows})


def _on_execute(state: ORMExecuteState) -> None:
    table = getattr(state.statement, "table", None)
    if isinstance(table, Table) and (state.is_insert or state.is_update or state.is_delete):
        _note(state.session, {table.name})


def _note(session: Session, names: set[str]) -> None:
    noted: set[str] = session.info.setdefault(_KEY, set())
    noted |= names | {owners()[name] for name in names if name in owners()}


@cache
def owners() -> dict[str, str]:
    """Return the owner's table for every part's table, as in order_line -> order."""
    classes = [mapper.class_ for mapper in Base.registry.mappers]
    return {part: c.__table__.name for c in classes for part in getattr(c, "__parts__", {}).values()}
