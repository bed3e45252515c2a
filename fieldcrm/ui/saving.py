"""A file that a person chooses a place for: made and written beside the interface's thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog
from sqlalchemy.orm import Session

from fieldcrm.ui import papers
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr

Make = Callable[[Session], bytes]
_PDF = "PDF (*.pdf)"
_FORBIDDEN = str.maketrans('\\/:*?"<>|', "_" * 9)  # in the name of a file, on one system or another


def ask(context: Context, question: str, name: str, make: Make) -> None:
    """Ask where a PDF goes, and write there what ``make`` returns; ``name`` is without its ending."""
    window = context.shell.window()
    suggested = f"{name.translate(_FORBIDDEN)}.pdf"
    path, _ = QFileDialog.getSaveFileName(window, question, suggested, _PDF)
    if path:
        save(window, context, Path(path), make)


def save(host: QObject, context: Context, path: Path, make: Make, said: str = "") -> None:
    """Write what ``make`` returns, and say ``said``, or that it is there, while ``host`` is."""
    shell, database = context.shell, context.database
    said = said or tr("Saved as {name}", name=path.name)

    def work(_stop: object, _told: object) -> None:
        with database.reading() as session:
            content = make(session)
        papers.save(path, content)

    context.jobs.task(host, work, lambda _done: shell.toast(said), shell.show_error)
