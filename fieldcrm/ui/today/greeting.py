"""What happens once when a day begins: forgotten visits are closed, what is due is said."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QObject
from sqlalchemy.orm import Session

from fieldcrm.services import missed_visits, todos
from fieldcrm.services.todos import TodoRow
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr
from fieldcrm.ui.today import words

Begun = tuple[int, list[TodoRow]]


class Greeting(QObject):
    """Begins each day once, when the program starts and when midnight has passed."""

    def __init__(self, page: QObject, context: Context) -> None:
        super().__init__(page)
        self._context = context
        self._greeted: date | None = None

    def say(self) -> None:
        """Begin the day unless it has begun; a window that only looks writes nothing and says nothing."""
        today, now, me = self._context.today(), self._context.now(), self._context.me.id
        if self._greeted == today:
            return
        self._greeted = today

        def begin(session: Session) -> Begun:
            closed = missed_visits.close_overdue(session, me, now)
            return len(closed), todos.due(session, me, today)

        self._context.jobs.write(self, begin, self._on_begun, lambda _error: None)

    def _on_begun(self, begun: Begun) -> None:
        closed, due = begun
        said = [words.reminder(due, self._context.today())] if due else []
        if closed:
            said.append(
                ntr("{n} forgotten visit closed by rule", "{n} forgotten visits closed by rule", closed)
            )
        if said:
            self._context.shell.toast(" · ".join(said))
