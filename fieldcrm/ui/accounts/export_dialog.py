"""Writing the accounts shown, or all of them, into a workbook or a CSV file."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from PySide6.QtWidgets import QFileDialog
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid
from fieldcrm.services import account_exports
from fieldcrm.storage import account_list
from fieldcrm.ui.accounts import words
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.widgets.buttons import Segments
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.overlays import Dialog

XLSX, CSV = "xlsx", "csv"
SHOWN, ALL = "shown", "all"


class ExportDialog(Dialog):
    """Asks how much and in which form; the file is written beside the interface."""

    def __init__(self, context: Context, shown: array[int], everything: int) -> None:
        super().__init__(tr("Export accounts"), tr("The file is not encrypted. Keep it safe."))
        self._context, self._shown = context, shown
        self.which = Segments(
            [(SHOWN, tr("Shown, {n}", n=len(shown))), (ALL, tr("All, {n}", n=everything))], current=SHOWN
        )
        self.form = Segments([(XLSX, "Excel"), (CSV, "CSV")], current=XLSX)
        self.add(Field(tr("Accounts"), self.which), Field(tr("File"), self.form))
        self.button(tr("Cancel"))
        self.button(tr("Export"), "primary", self._choose)

    def open(self) -> None:
        """Show the question."""
        self.ask(self._context.shell.window())

    def _choose(self) -> None:
        form = str(self.form.current)
        name = f"{tr('Accounts')} {self._context.today():%Y-%m-%d}.{form}"
        kinds = "Excel (*.xlsx)" if form == XLSX else "CSV (*.csv)"
        path, _ = QFileDialog.getSaveFileName(
            self._context.shell.window(), tr("Export accounts"), name, kinds
        )
        if path:
            self.write(Path(path))

    def write(self, path: Path) -> None:
        """Write the file and say how many accounts it holds."""
        shell, keys = self._context.shell, self._shown
        everything, form = self.which.current == ALL, str(self.form.current)
        titles = [tr(words.FIELDS[name]) for name in account_exports.FIELDS]
        today = self._context.today()

        def done(count: int) -> None:
            shell.toast(ntr("{n} account exported", "{n} accounts exported", count))

        def read(session: Session) -> int:
            wanted = account_list.order(session, account_list.Query(), today) if everything else keys
            ids = account_list.ids(session, wanted)
            return _written(session, path, form, titles, ids)

        self._context.jobs.read(self._context.shell.window(), read, done)


_WRITERS: dict[str, Callable[..., int]] = {
    XLSX: account_exports.write_xlsx,
    CSV: account_exports.write_csv,
}


def _written(session: Session, path: Path, form: str, titles: list[str], ids: list[UUID]) -> int:
    try:
        return _WRITERS[form](path, titles, account_exports.lines(session, ids))
    except OSError as error:
        raise Invalid("cannot_write", field="file", file=path.name) from error
