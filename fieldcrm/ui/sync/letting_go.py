"""What a person does about a refused change: send it again, copy it, let it go.

Letting go is written down only when its toast has gone, so that Undo brings back everything,
also the row of something new that the office never took.
"""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from sqlalchemy.orm import Session

from fieldcrm.services import conflicts
from fieldcrm.sync import status
from fieldcrm.sync.status import Refused
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.sync import details, reasons, values
from fieldcrm.ui.sync.values import Naming
from fieldcrm.ui.widgets.overlays import confirm

UNDO_MS = 6_000


class Refusals(QObject):
    """Does it; ``changed`` tells that a change went off the list or came back to it."""

    changed = Signal()
    came_back = Signal(object)  # mutation id

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.gone: UUID | None = None
        self._later = QTimer(self, interval=UNDO_MS, singleShot=True)
        self._later.timeout.connect(self.write)

    def try_again(self, refused: Refused) -> None:
        """Send a refused change once more, with the next sync."""
        self._context.jobs.write(
            self, lambda session: status.send_again(session, refused.mutation_id), self._on_sent_again
        )

    def _on_sent_again(self, _none: object) -> None:
        self._context.jobs.announce({"outbox"})
        self._context.shell.toast(tr("It waits again and goes with the next sync."))

    def copy(self, refused: Refused, title: str, naming: Naming) -> None:
        """Put a refused change on the clipboard as text."""
        why, _ = reasons.why(refused.code, refused.entity, refused.message)
        facts = values.facts(refused.entity, refused.changes, naming)
        QGuiApplication.clipboard().setText(details.as_text(title, why, facts))
        self._context.shell.toast(tr("Copied as text"))

    def ask(self, refused: Refused, title: str) -> None:
        """Ask, then take a refused change off the list."""
        text = tr("What you wrote is removed from this laptop; the office never took it. {what}", what=title)
        confirm(
            self._context.shell.window(), tr("Let this change go?"), text, tr("Let it go"),
            lambda: self._soon(refused.mutation_id, title), keep=tr("Keep it"),
        )  # fmt: skip

    def _soon(self, mutation_id: UUID, title: str) -> None:
        self.write()
        self.gone = mutation_id
        self._later.start()
        self.changed.emit()
        self._context.shell.toast(tr("Let go: {what}", what=title), undo=self._keep)

    def _keep(self) -> None:
        self._later.stop()
        mutation_id, self.gone = self.gone, None
        if mutation_id is not None:
            self.came_back.emit(mutation_id)

    def write(self) -> None:
        """Write down what was let go, now."""
        self._later.stop()
        mutation_id, self.gone = self.gone, None
        if mutation_id is not None:
            self._context.jobs.write(
                self, lambda session: _let_go(session, mutation_id),
                lambda _none: self._context.jobs.announce({"outbox"}),
            )  # fmt: skip


def _let_go(session: Session, mutation_id: UUID) -> None:
    status.let_go(session, mutation_id)
    conflicts.settle_refusal(session, mutation_id)
