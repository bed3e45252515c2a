"""What imports did on this device, so that each can be undone as one action at any time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound
from fieldcrm.ids import new_id
from fieldcrm.rules.importing.duplicates import Change
from fieldcrm.storage.local import ImportChange, ImportRun, ImportState


@dataclass(frozen=True, slots=True)
class Run:
    """One import of a list."""

    id: UUID
    file_name: str
    at: datetime
    state: ImportState
    created: int
    updated: int
    left_out: int


def begin(session: Session, file_name: str, at: datetime) -> UUID:
    """Open the record of an import, before its first row."""
    run = ImportRun(id=new_id(), file_name=file_name, at=at)
    session.add(run)
    return run.id


def note(session: Session, run_id: UUID, changes: Iterable[Change], *, left_out: int = 0) -> None:
    """Add what one chunk did, in the chunk's own transaction."""
    done = list(changes)
    run = _run(session, run_id)
    run.created += sum(change.entity == "account" and change.before is None for change in done)
    run.updated += sum(change.before is not None for change in done)
    run.left_out += left_out
    if done:
        rows = [
            {"run_id": run_id, "line": c.line, "entity": c.entity, "row_id": c.row_id, "before": c.before,
             "after": c.after}
            for c in done
        ]  # fmt: skip
        session.execute(insert(ImportChange), rows)


def finish(session: Session, run_id: UUID, state: ImportState) -> Run:
    """Close the record; returns its figures."""
    run = _run(session, run_id)
    run.state = state
    return _row(run)


def runs(session: Session, limit: int = 20) -> list[Run]:
    """Return the latest imports."""
    return [
        _row(run) for run in session.scalars(select(ImportRun).order_by(ImportRun.at.desc()).limit(limit))
    ]


def take_back(session: Session, run_id: UUID, limit: int) -> list[Change]:
    """Return the latest changes not yet taken back, oldest first, and strike them from the record."""
    wanted = select(ImportChange).where(ImportChange.run_id == run_id).order_by(ImportChange.id.desc())
    found = list(session.scalars(wanted.limit(limit)))
    for row in found:
        session.delete(row)
    return [Change(row.line, row.entity, row.row_id, row.before, row.after) for row in reversed(found)]


def _run(session: Session, run_id: UUID) -> ImportRun:
    run = session.get(ImportRun, run_id)
    if run is None:
        raise NotFound("import", run_id)
    return run


def _row(run: ImportRun) -> Run:
    return Run(run.id, run.file_name, run.at, run.state, run.created, run.updated, run.left_out)
