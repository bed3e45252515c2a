"""Asking under which name a call list is kept."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from fieldcrm.services.call_lists import MAX_NAME
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField


def ask_name(host: QWidget, keep: Callable[[str], object]) -> Dialog:
    """Ask for the name of a list; the same name again means the new filter."""
    dialog = Dialog(tr("Save this call list under which name?"))
    name = LineField()
    name.setMaxLength(MAX_NAME)
    field = Field(tr("List name"), name)
    dialog.add(field)

    def press() -> None:
        if not name.text().strip():
            field.show_error(tr("Write a name."))
            name.setFocus()
            return
        dialog.leave()
        keep(name.text().strip())

    name.returnPressed.connect(press)
    dialog.button(tr("Cancel"))
    dialog.button(tr("Save"), "primary", press, stays=True)
    dialog.ask(host, focus=name)
    return dialog
