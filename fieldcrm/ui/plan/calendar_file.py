"""The plan that is shown, saved as a file for any calendar program (V2)."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from PySide6.QtWidgets import QFileDialog

from fieldcrm.services import calendars
from fieldcrm.ui import saving
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr


def ask_and_save(context: Context, rep_id: UUID, name: str) -> None:
    """Ask where the file goes, and write it."""
    suggested = tr("Visits of {name}", name=name) + ".ics"
    host = context.shell.window()
    path, _ = QFileDialog.getSaveFileName(host, tr("Save as a calendar file"), suggested, "iCalendar (*.ics)")
    if path:
        save(context, rep_id, Path(path).with_suffix(".ics"))


def save(context: Context, rep_id: UUID, path: Path) -> None:
    """Write the file and say so."""
    at = context.now()
    saving.save(
        context.shell.window(), context, path, lambda session: calendars.calendar(session, rep_id, at)
    )
