"""What both replays of a month do: ask at the left, run beside the interface, answer at the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtWidgets import QStackedWidget, QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import prose, tr
from fieldcrm.ui.jobs import Progress, Stop, Task
from fieldcrm.ui.sandbox.month import WIDTH, MonthBox
from fieldcrm.ui.sandbox.reading import Versions
from fieldcrm.ui.tokens import REGULAR
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import ChoiceField
from fieldcrm.ui.widgets.frames import column, row, scrolling, surface
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.states import EmptyState, ProgressRow

Found = TypeVar("Found")


def asking(width: int, *parts: QWidget) -> QWidget:
    """Return the pane at the left in which something is asked."""
    asked = column(*parts, None, gap=12, margins=(24, 16, 20, 16))
    pane = surface("left", column(scrolling(asked), gap=0, margins=(0, 0, 1, 0)))
    pane.setFixedWidth(width)
    return pane


class ReplayView(QWidget):
    """A month's orders are replayed; the run can be stopped, and what it did until then is shown."""

    def __init__(self, context: Context, versions: Versions, verb: str, icon: str) -> None:
        super().__init__()
        self._context, self._versions = context, versions
        self._task: Task | None = None
        self.months = MonthBox(context.today())
        self.start = Button(verb, "primary", icon, on_click=self.run)
        self.progress = ProgressRow("", self.cancel)
        self.progress.setVisible(False)
        self.note = Paragraph("", 13, tone="warn")
        self._right = QStackedWidget()

    def _lay_out(self, asked: Sequence[QWidget], assumed: str, empty: EmptyState, answer: QWidget) -> None:
        said = Paragraph(assumed, 12, REGULAR, "text3")
        left = asking(WIDTH, self.months, *asked, self.start, self.progress, said)
        self._right.addWidget(empty)
        self._right.addWidget(answer)
        body = row(left, gap=0)
        body.addWidget(self._right, 1)
        self.setLayout(body)

    def run(self) -> None:
        """Replay the month as asked."""
        raise NotImplementedError

    def _chosen(self, *fields: ChoiceField) -> tuple[int, ...] | None:
        """Return the versions that are chosen; says so while there are none to choose from yet."""
        keys = tuple(each.value for each in fields if isinstance(each.value, int))
        if len(keys) == len(fields):
            return keys
        self._context.shell.toast(tr("The rules are still being read. Try again in a moment."))
        return None

    def _replay(
        self, work: Callable[[Session, Stop, Progress], Found], show: Callable[[Found], object]
    ) -> None:
        """Run ``work`` and show what it found; a run under way is stopped and forgotten."""
        self.cancel()
        database = self._context.database

        def replay(stop: Stop, progress: Progress) -> Found:
            with database.reading() as session:
                return work(session, stop, progress)

        def over() -> bool:
            if self._task is not task:
                return False
            self._task = None
            self.start.set_running(False)
            self.progress.setVisible(False)
            return True

        def done(found: Found) -> None:
            if over():
                show(found)
                self._right.setCurrentIndex(1)

        def failed(error: FieldCrmError) -> None:
            if over():
                self._context.shell.show_error(error)

        self.start.set_running(True)
        self.progress.setVisible(True)
        self._on_progress((0, 0))
        self._task = task = self._context.jobs.task(self, replay, done, failed, self._on_progress)

    def cancel(self) -> None:
        """Stop the replay; what it has done so far is shown."""
        if self._task is not None:
            self._task.cancel()

    def _on_progress(self, news: tuple[int, int]) -> None:
        done, expected = news
        said = tr("Orders {done} / {number}", done=formats.count(done), number=formats.count(expected))
        self.progress.show_progress(said, done / expected if expected else None)

    def _say_note(self, done: int, expected: int, *more: str) -> None:
        """Say that it was stopped, if it was, and what else there is to say."""
        stopped = tr("Stopped after {done} of {number} orders.", done=formats.count(done),
                     number=formats.count(expected))  # fmt: skip
        said = [each for each in (stopped if done < expected else "", *more) if each]
        self.note.show_text(prose(*said))
        self.note.setVisible(bool(said))
