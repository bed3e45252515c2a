"""Writing answers of visits into a workbook or a CSV file, with progress and a way to stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QFileDialog

from fieldcrm.errors import Invalid
from fieldcrm.services import account_exports, sop_exports, team
from fieldcrm.services.sop_exports import Wanted
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.jobs import Task
from fieldcrm.ui.widgets.buttons import Button, Segments
from fieldcrm.ui.widgets.fields import ChoiceField, DayField, Field
from fieldcrm.ui.widgets.frames import holder, row
from fieldcrm.ui.widgets.labels import Label
from fieldcrm.ui.widgets.overlays import Dialog

XLSX, CSV = "xlsx", "csv"
_MONTH = timedelta(30)


class ExportDialog(Dialog):
    """Asks which template, days, people and form; the file is written beside the interface."""

    def __init__(self, context: Context, templates: Sequence[tuple[str, str]], chosen: str) -> None:
        super().__init__(tr("Export answers"), tr("The file is not encrypted. Keep it safe."), width=520)
        self._context = context
        self._task: Task | None = None
        self._reps: list[UUID] = []
        today = context.today()
        self.template = ChoiceField([("", tr("All templates")), *templates], chosen)
        self.since, self.until = DayField(today - _MONTH), DayField(today)
        self.people = ChoiceField([(None, tr("Everybody in my team"))])
        self.form = Segments([(XLSX, "Excel"), (CSV, "CSV")], current=XLSX)
        days = row(Field(tr("First day"), self.since), Field(tr("Last day"), self.until), gap=12)
        self._progress = Label("", 13, 400, "text2")
        self._stop = Button(tr("Stop"), "link", height=28, on_click=self.stop)
        self._running = holder(row(self._progress, None, self._stop))
        self.add(Field(tr("Template"), self.template), holder(days), Field(tr("People"), self.people),
                 Field(tr("File"), self.form), self._running)  # fmt: skip
        self._running.hide()
        self.button(tr("Cancel"), on_click=self.stop)
        self._button = self.button(tr("Export"), "primary", self._choose, stays=True)

    def open(self) -> None:
        """Show the question."""
        self.ask(self._context.shell.window(), focus=self._button)
        me = self._context.me.id
        self._context.jobs.read(self, lambda session: team.reps_of(session, me), self._show_people)

    def _show_people(self, reps: Sequence[Any]) -> None:
        self._reps = [rep.id for rep in reps]
        everybody = (None, tr("Everybody in my team"))
        self.people.show_choices([everybody, *((rep.id, rep.name) for rep in reps)])

    def _choose(self) -> None:
        form = str(self.form.current)
        name = f"{tr('Answers')} {self.since.day:%Y-%m-%d} {self.until.day:%Y-%m-%d}.{form}"
        kinds = "Excel (*.xlsx)" if form == XLSX else "CSV (*.csv)"
        path, _ = QFileDialog.getSaveFileName(self._context.shell.window(), tr("Export answers"), name, kinds)
        if path:
            self.write(Path(path))

    @property
    def wanted(self) -> Wanted:
        """Which visits are asked for."""
        one = self.people.value
        whose = [one] if isinstance(one, UUID) else self._reps or None
        return Wanted(self.since.day, self.until.day, str(self.template.value or ""), whose)

    def write(self, path: Path) -> None:
        """Write the file and say how many lines it holds; what was stopped leaves no file."""
        database, wanted, form = self._context.database, self.wanted, str(self.form.current)
        sheets = (tr("Answers"), tr("Columns"))
        self._button.set_running(True)
        self._running.show()
        self._progress.show_text(tr("Reading the visits…"))

        def work(stop: Any, progress: Any) -> int | None:
            try:
                with database.reading() as session:
                    lines = _write(session, wanted, path, form, sheets, stop, progress)
            except OSError as error:
                raise Invalid("cannot_write", field="file", file=path.name) from error
            if stop():
                path.unlink(missing_ok=True)
                return None
            return lines

        self._task = self._context.jobs.task(self, work, self._done, self._failed, self._on_progress)

    def stop(self) -> None:
        """Ask the writing to stop."""
        if self._task is not None:
            self._task.cancel()

    def _on_progress(self, told: Any) -> None:
        done, every = told
        self._progress.show_text(tr("{done} of {n} visits", done=done, n=every))

    def _done(self, lines: int | None) -> None:
        self.leave()
        shell = self._context.shell
        shell.toast(
            tr("Stopped; no file was kept")
            if lines is None
            else ntr("{n} line exported", "{n} lines exported", lines)
        )

    def _failed(self, error: Exception) -> None:
        self.leave()
        self._context.shell.show_error(error)


def _write(
    session: Any, wanted: Wanted, path: Path, form: str, sheets: tuple[str, str], stop: Any, progress: Any
) -> int:  # fmt: skip
    columns = sop_exports.columns(session, wanted)
    keys = [column.key for column in columns]
    titles = [*sop_exports.FIXED, *keys]
    rows = sop_exports.lines(session, wanted, keys, progress, stop)
    if form == CSV:
        return account_exports.write_csv(path, titles, rows)
    more = {sheets[1]: [[column.key, column.label] for column in columns]}
    return account_exports.write_xlsx(path, titles, rows, sheets[0], more)
