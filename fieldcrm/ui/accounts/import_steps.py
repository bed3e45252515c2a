"""The first and the last step of an import: choosing a file, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.storage.import_log import Run
from fieldcrm.storage.local import ImportState
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import card, column, holder, row, scrolling
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, secondary, section_title

READING = 760
_STATES = {
    ImportState.RUNNING: mark("broken off"), ImportState.DONE: mark("imported"),
    ImportState.STOPPED: mark("stopped"), ImportState.UNDONE: mark("undone"),
}  # fmt: skip


class ChooseStep(QWidget):
    """What can be imported, and the imports made on this laptop."""

    def __init__(self, choose: Callable[[], object], undo: Callable[[Run], object]) -> None:
        super().__init__()
        self._undo = undo
        self.choose = Button(
            tr("Choose a file"), "primary", "folder-open-outline", height=44, on_click=choose
        )
        what = card(
            row(Sign("file-table-outline", 28, "accent"), None, margins=(0, 4, 0, 4)),
            Label(tr("Bring a list of stores"), 20, SEMIBOLD),
            Paragraph(
                tr(
                    "A CSV file in any usual encoding, or an Excel workbook. One line for each store;"
                    " only the name is required. Nothing is written before you have seen what will happen."
                ),
                14, 400, "text2",
            ),
            row(
                self.choose,
                secondary(tr("or drop it here"), "text3"), None, gap=12, margins=(0, 8, 0, 4),
            ),
            gap=8,
        )  # fmt: skip
        self._runs = column()
        self._earlier = card(section_title(tr("Imports on this laptop")), holder(self._runs), gap=8)
        inside = column(what, self._earlier, None, gap=16)
        reading = holder(inside)
        reading.setMaximumWidth(READING)
        middle = row(None, reading, None, gap=0, margins=(24, 24, 24, 24))
        middle.setStretch(1, 8)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(holder(middle)))
        self._earlier.hide()

    def show_runs(self, runs: Sequence[Run], now: datetime) -> None:
        """Show what was imported here; each can be undone."""
        while item := self._runs.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._earlier.setVisible(bool(runs))
        for run in runs[:8]:
            facts = [formats.moment(run.at, now), _came(run), tr(_STATES[run.state])]
            words = column(Label(run.file_name, 14, SEMIBOLD), secondary(" · ".join(facts)), gap=0)
            line = row(words, gap=12)
            line.setStretch(0, 1)
            if run.state is not ImportState.UNDONE and run.created + run.updated:
                line.addWidget(Button(tr("Undo"), icon="undo-variant", on_click=partial(self._undo, run)))
            self._runs.addWidget(holder(line))


class DoneStep(QWidget):
    """What was written, with one button to take it all back."""

    def __init__(
        self, undo: Callable[[], object], report: Callable[[], object], again: Callable[[], object]
    ) -> None:
        super().__init__()
        self._sign = Sign("check-circle", 28, "ok")
        self._title = Label("", 24, SEMIBOLD)
        self._facts = Paragraph("", 14, 400, "text2")
        self._undo = Button(tr("Undo this import"), icon="undo-variant", height=44, on_click=undo)
        self._report = Button(tr("Save the report…"), icon="download-outline", height=44, on_click=report)
        more = Button(tr("Import another list"), "ghost", height=44, on_click=again)
        inside = card(
            self._sign, self._title, self._facts,
            row(self._undo, self._report, more, None, gap=12, margins=(0, 12, 0, 4)), gap=8,
        )  # fmt: skip
        inside.setMaximumWidth(READING)
        middle = row(None, inside, None, gap=0, margins=(24, 24, 24, 24))
        middle.setStretch(1, 8)
        self.setLayout(column(middle, None, gap=0))

    def show_run(self, run: Run) -> None:
        """Show what came of an import."""
        stopped = run.state is ImportState.STOPPED
        self._sign.show_sign(
            "minus-circle-outline" if stopped else "check-circle", "warn" if stopped else "ok"
        )
        self._title.show_text(tr("Stopped: {what}", what=_came(run)) if stopped else _came(run))
        left = ntr("{n} line left out", "{n} lines left out", run.left_out)
        self._facts.show_text(
            tr(
                "{left}. Everything is on this laptop and will be sent with the next sync."
                " The undo also works after that.", left=left,
            )
        )  # fmt: skip
        self._undo.setVisible(bool(run.created + run.updated))


def _came(run: Run) -> str:
    created = ntr("{n} store added", "{n} stores added", run.created)
    return created + (tr(", {n} updated", n=run.updated) if run.updated else "")
