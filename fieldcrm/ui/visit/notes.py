"""Writing something down in a visit: a line for the report, or a to-do with its day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from PySide6.QtCore import QObject
from sqlalchemy.orm import Session

from fieldcrm.services import todos
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.visit import dialogs
from fieldcrm.ui.visit.keeping import Keeper


class Notes(QObject):
    """The notes and to-dos of the visit that is kept."""

    def __init__(self, page: QObject, context: Context, keeper: Keeper, noted: Callable[[], object]) -> None:
        super().__init__(page)
        self._context, self._keeper, self._noted = context, keeper, noted

    def ask(self, kind: str) -> None:
        """Ask what to write down."""
        visit = self._keeper.visit
        if visit is not None:
            context = self._context
            dialogs.ask_note(context.shell.window(), context.today(), kind, self.keep)

    def keep(self, text: str, due_on: date | None) -> None:
        """Add to the report; with a day make it a to-do."""
        if due_on is not None:
            self._add_todo(text, due_on)
            return
        progress = self._keeper.progress
        progress.summary = "\n".join(line for line in (progress.summary, text) if line)
        self._keeper.save()
        self._noted()
        self._context.shell.toast(tr("Added to the report"))

    def _add_todo(self, text: str, due_on: date) -> None:
        visit, me = self._keeper.visit, self._context.me.id
        if visit is None:
            return

        def add(session: Session) -> None:
            where = {"account_id": visit.account_id, "visit_id": visit.visit_id}
            todos.add(session, text, me=me, due_on=due_on, **where)

        self._context.jobs.write(self, add)

    def tick(self, todo_id: UUID, done: bool) -> None:
        """Tick a to-do off, or open it again."""
        at = self._context.now() if done else None
        self._context.jobs.write(self, lambda session: todos.set_done(session, todo_id, at))
