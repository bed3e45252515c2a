"""How a visit ends: checked out, sent again, closed late, or amended; each all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from PySide6.QtCore import QObject
from sqlalchemy.orm import Session

from fieldcrm.services import visits
from fieldcrm.services.workspace import Workspace
from fieldcrm.storage import drafts
from fieldcrm.ui.context import Context
from fieldcrm.ui.visit import amendments, progress
from fieldcrm.ui.visit.progress import Progress


class Closing(QObject):
    """Writes the end of a visit; ``done`` hears which, ``refused`` why not."""

    def __init__(
        self,
        page: QObject,
        context: Context,
        done: Callable[[UUID], object],
        refused: Callable[[Exception], object],
    ) -> None:
        super().__init__(page)
        self._context, self._done, self._refused = context, done, refused

    def check_out(self, visit: Workspace, held: Progress) -> None:
        """Check out; of a report that was sent back everything is written already."""
        at, snapshot, visit_id = self._context.now(), progress.to_json(held), visit.visit_id
        if visit.is_open:
            self._write(visit_id, lambda s: progress.check_out(s, visit_id, snapshot, at))
        else:
            self._write(visit_id, lambda s: drafts.discard(s, progress.KIND, visit_id))

    def close_missed(self, visit: Workspace, left_at: datetime, summary: str) -> None:
        """Close a visit whose check-out was forgotten."""
        now, visit_id = self._context.now(), visit.visit_id

        def close(session: Session) -> None:
            visits.close_missed(session, visit_id, left_at=left_at, now=now, summary=summary)
            drafts.discard(session, progress.KIND, visit_id)

        self._write(visit_id, close)

    def amend(self, visit: Workspace, held: Progress) -> None:
        """Ask why, then send the amendment."""
        snapshot, me, visit_id = progress.to_json(held), self._context.me.id, visit.visit_id

        def send(reason: str) -> None:
            at = self._context.now()
            self._write(visit_id, lambda s: progress.amend(s, visit_id, snapshot, reason, me, at))

        amendments.ask_reason(self._context.shell.window(), send)

    def _write(self, visit_id: UUID, work: Callable[[Session], object]) -> None:
        self._context.jobs.write(self, work, lambda _: self._done(visit_id), self._refused)
