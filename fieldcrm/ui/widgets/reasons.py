"""Asking why: a dialog that sends nothing without a few words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import TextField


def ask_reason(
    host: QWidget, title: str, text: str, verb: str, then: Callable[[str], object], *,
    keep: str = "", destroys: bool = False, typed: str = "",
) -> Dialog:  # fmt: skip
    """Ask for a reason, beginning with ``typed``; it stays until the question is answered or left."""
    dialog = Dialog(title, width=520)
    reason = TextField(height=88, name=tr("Reason"))
    reason.setText(typed)
    asked = Field(tr("Reason"), reason)
    dialog.add(Paragraph(text, 14, 400, "text2"), asked)

    def press() -> None:
        said = reason.text().strip()
        if not said:
            asked.show_error(tr("Write a few words."))
            reason.setFocus()
            return
        dialog.leave()
        then(said)

    dialog.button(keep or tr("Cancel"))
    dialog.button(verb, "danger" if destroys else "primary", press, stays=True)
    dialog.ask(host, focus=reason)
    return dialog
