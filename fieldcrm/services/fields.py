"""Any field of any synced row by its name, as it travels: what conflicts and merges read and write."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Column, TypeDecorator
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound, RuleBroken
from fieldcrm.model import Base
from fieldcrm.model.accounts import Account
from fieldcrm.model.base import Synced
from fieldcrm.model.wire import field_of, from_wire, to_wire

_NO_DIALECT = DefaultDialect()  # our types store the same on each


def row(session: Session, entity: str, row_id: UUID) -> Synced | None:
    """Return the row, or None if it is not here or of a kind only newer versions know."""
    mapped = next((m.class_ for m in Base.registry.mappers if m.class_.__tablename__ == entity), None)
    if mapped is None or not issubclass(mapped, Synced):
        return None
    found = session.get(mapped, row_id)
    return found if isinstance(found, Synced) else None


def column(of: Synced | None, name: str) -> Column[Any] | None:
    """Return the column called ``name``, or None for a part or a field of a newer version."""
    return None if of is None else type(of).__table__.columns.get(name)  # type: ignore[attr-defined]  # mapped


def read(of: Synced | None, name: str) -> Any:
    """Return what a field holds, as it travels."""
    found = column(of, name)
    if found is None:
        return None
    held = getattr(of, name)
    kind = found.type
    stored = kind.process_bind_param(held, _NO_DIALECT) if isinstance(kind, TypeDecorator) else held
    value = to_wire(field_of(found), stored)
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value


def write(session: Session, entity: str, row_id: UUID, name: str, value: Any) -> None:
    """Put a value that travelled into a field: an ordinary edit."""
    of = row(session, entity, row_id)
    if of is None:
        raise NotFound(entity, row_id)
    found = column(of, name)
    if found is None:
        raise RuleBroken("field_of_newer_version", field=name)
    stored, kind = from_wire(field_of(found), value), found.type
    held = kind.process_result_value(stored, _NO_DIALECT) if isinstance(kind, TypeDecorator) else stored
    setattr(of, name, held)


def can_take(of: Synced | None, name: str) -> bool:
    """Say whether the row is still here, in use, and has such a field."""
    return of is not None and of.archived_at is None and column(of, name) is not None


def title(session: Session, of: Synced | None) -> str:
    """Return what the record is called; one without a name is called like its store."""
    return getattr(of, "name", "") or getattr(of, "title", "") or account(session, of)


def account(session: Session, of: Synced | None) -> str:
    """Return the store of a row that is not one itself."""
    account_id = getattr(of, "account_id", None)
    found = session.get(Account, account_id) if account_id is not None else None
    return found.name if found is not None else ""
