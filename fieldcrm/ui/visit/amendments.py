"""Amending a submitted report: the workspace opens again, the reason is asked at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.services.workspace import Workspace
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.visit import progress
from fieldcrm.ui.visit.progress import Progress
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import TextField


def begun(session: Session, written: Workspace) -> tuple[Workspace, Progress]:
    """Return a submitted report as one amends it: what was submitted, and what was changed so far."""
    kept = progress.load(session, written.visit_id, written, progress.AMENDMENT)
    if not kept.step:
        kept.summary = written.summary
    return replace(written, amending=True), kept


def ask_reason(host: QWidget, send: Callable[[str], object]) -> Dialog:
    """Ask why the report is changed; without a reason nothing is sent."""
    dialog = Dialog(tr("Why do you amend the report?"), width=520)
    reason = TextField(height=96, name=tr("Reason"))
    asked = Field(tr("Reason"), reason)
    note = tr("Your manager sees the reason and what you changed. What you submitted before is kept.")
    dialog.add(Paragraph(note, 14, 400, "text2"), asked)

    def press() -> None:
        if not reason.text().strip():
            asked.show_error(tr("Write a few words."))
            reason.setFocus()
            return
        dialog.leave()
        send(reason.text().strip())

    dialog.button(tr("Cancel"))
    dialog.button(tr("Send the amendment"), "primary", press, stays=True)
    dialog.ask(host, focus=reason)
    return dialog
