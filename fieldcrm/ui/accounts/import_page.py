"""Importing a list in four steps: choose, map, check, done.

Nothing is written before the check has said, line by line, what will happen; afterwards the
whole import can be undone as one action, also after it was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from fieldcrm.errors import FieldCrmError
from fieldcrm.services import accounts
from fieldcrm.services.account_imports import Undone
from fieldcrm.storage import import_log
from fieldcrm.storage.import_log import Run
from fieldcrm.ui import formats
from fieldcrm.ui.accounts import findings_file, importing
from fieldcrm.ui.accounts.import_check import CheckStep
from fieldcrm.ui.accounts.import_mapping import MappingStep
from fieldcrm.ui.accounts.import_steps import ChooseStep, DoneStep
from fieldcrm.ui.accounts.importing import Job, Preview, Progress, Report
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.jobs import Task
from fieldcrm.ui.page import Page
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Footer, Header
from fieldcrm.ui.widgets.labels import secondary
from fieldcrm.ui.widgets.states import ProgressRow

CHOOSE, MAPPING, CHECK, DONE = range(4)


class ImportPage(Page):
    """The steps of one import."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._preview: Preview | None = None
        self._job: Job | None = None
        self._report: Report | None = None
        self._run: Run | None = None
        self._task: Task | None = None
        self._lead = IconButton("arrow-left", tr("Back"), self._back, quiet=True)
        self.header = Header(tr("Import accounts"), "", [], self._lead)
        self.choose_step = ChooseStep(self._ask_file, self._undo_run)
        self.mapping_step = MappingStep()
        self.check_step = CheckStep(self._save_report)
        self.done_step = DoneStep(self._undo, self._save_report, self._again)
        self.stack = QStackedWidget()
        for step in (self.choose_step, self.mapping_step, self.check_step, self.done_step):
            self.stack.addWidget(step)
        self.progress = ProgressRow("", self._stop)
        self.progress.hide()
        self._left = Button(tr("Back"), height=44, on_click=self._back)
        self._facts = secondary("")
        self.next = Button("", "primary", height=44, on_click=self.go_on, wide=160)
        self.outer.addWidget(self.header)
        self.outer.addWidget(self.stack, 1)
        self._footer = Footer(self._left, self.progress, self._facts, None, self.next)
        self.outer.addWidget(self._footer)
        self.setAcceptDrops(True)
        self.bind("Ctrl+Return", self.go_on, tr("Next step"))
        self._show_step(CHOOSE)

    def panes(self) -> list[QWidget]:
        """Return the step and its button."""
        return [self.stack, self.next]

    def step_back(self) -> bool:
        """Esc goes one step back."""
        self._back()
        return True

    def refresh(self) -> None:
        """Read the imports made here and the territories to choose from."""
        me = self.context.me.id
        self.jobs.read(
            self, import_log.runs, lambda runs: self.choose_step.show_runs(runs, self.context.now())
        )
        self.jobs.read(
            self, lambda s: accounts.territory_names(s, me),
            lambda names: self.mapping_step.show_territories(names, self.context.me.territory_id),
        )  # fmt: skip

    # -- steps ----------------------------------------------------------------------------

    def _show_step(self, step: int) -> None:
        self.stack.setCurrentIndex(step)
        titles = (tr("Choose a file"), tr("Match the columns"), tr("Check"), tr("Done"))
        file = self._preview.sheet.path.name if self._preview and step else ""
        self.header.show_facts(
            " · ".join(part for part in (tr("Step {n} of 4", n=step + 1), titles[step], file) if part)
        )
        self._left.setVisible(step in (MAPPING, CHECK))
        self.next.setVisible(step != CHOOSE)
        self._footer.setVisible(step != CHOOSE)
        verbs = (tr("Choose a file"), tr("Check the list"), self._import_words(), tr("To the accounts"))
        self.next.setText(verbs[step])
        self._facts.show_text("")
        first = self.choose_step.choose if step == CHOOSE else self.next
        self.setFocusProxy(first)
        first.setFocus()

    def _import_words(self) -> str:
        if self._report is None:
            return tr("Import")
        number = self._report.lines - self._report.left_out
        return ntr("Import {n} store", "Import {n} stores", number)

    def go_on(self) -> None:
        """Do what the primary button says."""
        if self._task is not None:
            return
        actions: tuple[Callable[[], object], ...] = (
            self._ask_file, self._check, self._import, lambda: self.context.shell.open("accounts"),
        )  # fmt: skip
        actions[self.stack.currentIndex()]()

    def _back(self) -> None:
        if self._task is not None:
            self._stop()
            return
        step = self.stack.currentIndex()
        if step in (MAPPING, CHECK):
            self._show_step(step - 1)
        else:
            self._again()
            self.context.shell.back()

    def _again(self) -> None:
        self._preview = self._job = self._report = self._run = None
        self._show_step(CHOOSE)
        self.refresh()

    def _ask_file(self) -> None:
        kinds = tr("Lists") + " (*.csv *.txt *.tsv *.xlsx)"
        path, _ = QFileDialog.getOpenFileName(self.context.shell.window(), tr("Choose a list"), "", kinds)
        if path:
            self.take(Path(path))

    def take(self, path: Path, sheet: str = "") -> None:
        """Look at a file and go on to its columns."""
        known = self._preview.sheet if self._preview and sheet else None
        chosen = replace(known, sheet=sheet) if known else None
        self._begin(
            lambda _stop, _tell: importing.preview(path, chosen), self._on_preview, tr("Reading the file")
        )

    def _on_preview(self, preview: Preview) -> None:
        self._preview = preview
        self.mapping_step.show_preview(preview, lambda sheet: self.take(preview.sheet.path, sheet))
        self._show_step(MAPPING)

    def _check(self) -> None:
        if self._preview is None:
            return
        missing = self.mapping_step.missing()
        if missing:
            self._facts.show_text(missing, "warn")
            return
        job = self._job = self.mapping_step.job(self._preview)
        database = self.context.database
        self._begin(
            lambda stop, tell: importing.dry_run(database, job, stop, tell),
            self._on_report,
            tr("Checking lines"),
        )

    def _on_report(self, report: Report) -> None:
        if report.stopped:
            return
        self._report = report
        self.check_step.show_report(report)
        self._show_step(CHECK)
        if report.lines == report.left_out:
            self._facts.show_text(tr("No line can be imported. Go back and match the columns."), "warn")

    def _import(self) -> None:
        job, report = self._job, self._report
        if job is None or report is None or report.lines == report.left_out:
            return
        database, me = self.context.database, self.context.me.id
        self._begin(
            lambda stop, tell: importing.run(database, job, me=me, total=report.lines, stop=stop, tell=tell),
            self._on_run, tr("Importing lines"),
        )  # fmt: skip

    def _on_run(self, run: Run) -> None:
        self._run = run
        self.done_step.show_run(run)
        self._show_step(DONE)

    # -- undo and report ------------------------------------------------------------------

    def _undo(self) -> None:
        if self._run is not None:
            self._undo_run(self._run)

    def _undo_run(self, run: Run) -> None:
        database, at = self.context.database, self.context.now()
        self._begin(
            lambda stop, tell: importing.undo(database, run.id, at=at, stop=stop, tell=tell),
            self._on_undone, tr("Undoing lines"),
        )  # fmt: skip

    def _on_undone(self, undone: Undone) -> None:
        said = ntr("{n} change undone", "{n} changes undone", undone.undone)
        if undone.kept:
            said += tr(", {n} kept: edited or used since", n=undone.kept)
        self.context.shell.toast(said)
        self._again()

    def _save_report(self) -> None:
        report = self._report
        if report is None:
            return
        name = tr("Import report") + ".csv"
        path, _ = QFileDialog.getSaveFileName(
            self.context.shell.window(), tr("Save the report"), name, "CSV (*.csv)"
        )
        if path:
            findings_file.write(Path(path), report.findings)
            self.context.shell.toast(tr("Report saved"))

    # -- long work ------------------------------------------------------------------------

    def _begin(self, work: Callable[..., object], then: Callable[..., object], words: str) -> None:
        def done(answer: object) -> None:
            self._end()
            then(answer)

        def failed(error: FieldCrmError) -> None:
            self._end()
            self.context.shell.show_error(error)

        self.next.set_running(True)
        self.progress.show_progress(words, None)
        self.progress.show()
        self._footer.show()
        self._task = self.jobs.task(
            self, work, done, failed, lambda news: self._on_progress(words, cast("Progress", news))
        )

    def _on_progress(self, words: str, progress: Progress) -> None:
        share = progress.done / progress.total if progress.total else None
        text = f"{words} {formats.count(progress.done)}"
        if progress.total:
            text += f" / {formats.count(progress.total)}"
        self.progress.show_progress(text, share)

    def _end(self) -> None:
        self._task = None
        self.progress.hide()
        self._footer.setVisible(self.stack.currentIndex() != CHOOSE)
        self.next.set_running(False)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and self.stack.currentIndex() == CHOOSE:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            self.take(Path(files[0]))
