"""All rules as a workbook and back: shown before it is taken, every wrong cell named, stopped at will."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.rules.rule_draft import RuleDraft, applied, differences
from fieldcrm.services import rule_cells, rule_faults, rule_workbooks, workbooks
from fieldcrm.services.rule_workbooks import Found, LineFault, Stopped
from fieldcrm.ui import formats, i18n, paint, papers, resources
from fieldcrm.ui.errors import messages, worded
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.prices import publishing, words
from fieldcrm.ui.prices.reading import Desk
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.widgets.fields import FactRow
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.lists import RowTable
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.states import ProgressRow

if TYPE_CHECKING:
    from fieldcrm.ui.prices.page import PricesPage

_SHOW_AFTER_MS = 700


class Working:
    """A task with its progress: a dialog with a bar and a way to stop, if it takes longer than a moment."""

    def __init__(
        self, page: PricesPage, title: str, work: Callable[..., Any], done: Callable[[Any], object]
    ) -> None:
        self._page, self._done = page, done
        self._dialog = Dialog(title)
        self.row = ProgressRow("", self.stop)
        self._dialog.add(self.row)
        self._is_open = False
        self._timer = QTimer(page, interval=_SHOW_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self._open)
        self._timer.start()
        self.task = page.jobs.task(page, _stoppable(work), self._ended, self._failed, self._progress)

    def stop(self) -> None:
        """Stop; nothing of it stays."""
        self.task.cancel()

    def _open(self) -> None:
        self._is_open = True
        self._dialog.ask(self._page.context.shell.window(), self.row.cancel)

    def _close(self) -> None:
        self._timer.stop()
        if self._is_open:
            self._dialog.leave()

    def _progress(self, news: object) -> None:
        done, total = news if isinstance(news, tuple) else (0, 0)
        text = f"{formats.count(done)} / {formats.count(total)}"
        self.row.show_progress(text, done / total if total else None)

    def _ended(self, answer: Any) -> None:
        self._close()
        if answer is None:
            self._page.context.shell.toast(tr("Stopped; nothing was changed"))
        else:
            self._done(answer)

    def _failed(self, error: FieldCrmError) -> None:
        self._close()
        self._page.context.shell.show_error(error)


def _stoppable(work: Callable[..., Any]) -> Callable[..., Any]:
    def run(stop: Callable[[], bool], tell: Callable[[object], None]) -> Any:
        try:
            return work(stop, lambda done, total: tell((done, total)))
        except Stopped:
            return None

    return run


# -- saving ----------------------------------------------------------------------------------


def save(page: PricesPage) -> None:
    """Ask where to, and write every rule with the draft's changes."""
    name = f"{tr('Prices')} {page.context.today().isoformat()}.xlsx"
    kinds = f"{tr('Workbook')} (*.xlsx)"
    path, _ = QFileDialog.getSaveFileName(page.context.shell.window(), tr("Save as a workbook"), name, kinds)
    if path:
        save_to(page, Path(path))


def save_to(page: PricesPage, path: Path) -> None:
    """Write every rule into a file."""
    desk, said = page.desk, words.workbook()
    if desk is None:
        return
    docs, known = desk.docs, rule_cells.names(desk.docs)

    def work(stop: Callable[[], bool], tell: Callable[[int, int], object]) -> int:
        with papers.writable(path):
            return rule_workbooks.write(path, docs, known, said, tell, stop)

    def done(lines: int) -> None:
        page.context.shell.toast(
            ntr("{n} line saved as {name}", "{n} lines saved as {name}", lines, name=path.name)
        )

    Working(page, tr("Writing the workbook"), work, done)


# -- bringing --------------------------------------------------------------------------------


def bring(page: PricesPage) -> None:
    """Ask for a workbook and read it."""
    kinds = f"{tr('Workbook')} (*.xlsx)"
    path, _ = QFileDialog.getOpenFileName(page.context.shell.window(), tr("Bring a workbook"), "", kinds)
    if path:
        bring_from(page, Path(path))


def bring_from(page: PricesPage, path: Path) -> None:
    """Read a workbook, and show what it changes or what is wrong with it."""
    desk, said = page.desk, words.workbook()
    if desk is None:
        return

    def work(stop: Callable[[], bool], tell: Callable[[int, int], object]) -> Found:
        found = rule_workbooks.read(path, desk.docs, rule_cells.names(desk.docs), said, tell, stop)
        if found.faults or not found.changes:
            return found
        whole = applied(desk.docs, RuleDraft(changes=found.changes))
        wrong = [each for each in rule_faults.faults(whole) if _is_of(each, found)]
        return Found(found.changes, rule_workbooks.located(found, wrong), found.lines, found.rows)

    Working(page, tr("Reading the workbook"), work, lambda found: _show(page, desk, found, path))


def _is_of(fault: rule_faults.RuleFault, found: Found) -> bool:
    return any((fault.noun, key) in found.changes for key in (fault.key, fault.other))


def _show(page: PricesPage, desk: Desk, found: Found, path: Path) -> None:
    if found.faults:
        FaultsDialog(page, found.faults, path).open()
    elif not found.changes:
        page.context.shell.toast(tr("The workbook says what is here already"))
    else:
        TakeDialog(page, desk, found).open()


class TakeDialog(Dialog):
    """What a workbook changes, before it is taken."""

    def __init__(self, page: PricesPage, desk: Desk, found: Found) -> None:
        super().__init__(
            tr("Take these changes into the draft?"), tr("Nothing is published by it."), width=480
        )
        self._page, self._found = page, found
        for noun, said in publishing.counts(differences(desk.docs, RuleDraft(changes=found.changes))):
            self.add(FactRow(noun, said))
        ends = sum(doc is None for doc in found.changes.values())
        if ends:
            text = ntr("{n} rule is not in its sheet any more and ends.",
                       "{n} rules are not in their sheets any more and end.", ends)  # fmt: skip
            self.add(Paragraph(text, 13, 400, "warn"))
        self.button(tr("Cancel"))
        self.take = self.button(tr("Take them"), "primary", self._take)

    def open(self) -> None:
        """Show the question."""
        self.ask(self._page.context.shell.window(), focus=self.take)

    def _take(self) -> None:
        number = len(self._found.changes)
        self._page.change(self._found.changes, ntr("{n} change taken", "{n} changes taken", number))


class FaultsDialog(Dialog):
    """What is wrong with a workbook, line by line."""

    def __init__(self, page: PricesPage, faults: Sequence[LineFault], path: Path) -> None:
        title = ntr("{n} cell cannot be taken", "{n} cells cannot be taken", len(faults))
        super().__init__(title, tr("Nothing was changed. Mend the workbook and bring it again."), width=880)
        self._page, self.faults, self._path = page, faults, path
        columns: tuple[Column[LineFault], ...] = (
            Column(mark("Sheet"), lambda each: words.sheet(each.table), width=132),
            Column(mark("Line"), lambda each: str(each.line or formats.NONE), align=paint.RIGHT, width=64),
            Column(mark("Column"), _column, width=148, hint=_column),
            Column(mark("What is wrong"), reason, hint=reason),
            Column(mark("Written there"), lambda each: each.value, width=128, hint=lambda each: each.value),
        )  # fmt: skip
        self.model: RowsModel[LineFault] = RowsModel(
            columns, key=lambda each: (each.table, each.line, each.path)
        )
        self.model.show_rows(list(faults))
        self.table = RowTable(self.model, 40, name=tr("What is wrong"))
        self.table.setFixedHeight(min(360, 40 + 40 * max(3, len(faults))))
        self.add(self.table)
        self.button(tr("Close"))
        self.button(tr("Save the list"), on_click=self._save, stays=True)

    def open(self) -> None:
        """Show the lines."""
        self.ask(self._page.context.shell.window(), focus=self.table)

    def _save(self) -> None:
        name = f"{self._path.stem} {tr('what is wrong')}.xlsx"
        path, _ = QFileDialog.getSaveFileName(self, tr("Save the list"), name, f"{tr('Workbook')} (*.xlsx)")
        if path:
            self.save_to(Path(path))

    def save_to(self, path: Path) -> None:
        """Write the lines into a file, the reasons in both languages."""
        try:
            with papers.writable(path):
                workbooks.write(path, [report(self.faults)])
        except Invalid as error:
            self._page.context.shell.show_error(error)
        else:
            self._page.context.shell.toast(tr("Saved as {name}", name=path.name))


def _column(fault: LineFault) -> str:
    return words.column(fault.path) if fault.path else formats.NONE


def reason(fault: LineFault) -> str:
    """Return why a cell cannot be taken."""
    return worded(fault.error).title


def report(faults: Sequence[LineFault]) -> workbooks.Sheet:
    """Return the faults as a sheet, the reason in English and in Chinese."""
    chinese = i18n.catalogue(resources.path("translations", i18n.CHINESE))
    titles = [
        ("表 Sheet", 18),
        ("行 Line", 8),
        ("列 Column", 22),
        ("内容 Value", 24),
        ("原因", 40),
        ("Reason", 48),
    ]
    rows: list[list[workbooks.Cell]] = [
        [words.sheet(each.table), each.line, words.column(each.path), each.value,
         chinese.get(messages(each.error)[0], ""), messages(each.error)[0]]
        for each in faults
    ]  # fmt: skip
    return workbooks.Sheet("Faults", titles, rows)
