"""What is said on a laptop that was reported lost and has destroyed its data."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.ui.i18n import ntr, prose, tr
from fieldcrm.ui.widgets.states import EmptyState


class WipedPage(QWidget):
    """One plain screen; whoever it belongs to signs in on it as on a new laptop."""

    def __init__(self, sealed: int, on_sign_in: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("surface", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.state = EmptyState(
            "shield-lock-outline", tr("This laptop was reported lost."), self._text(sealed), tr("Sign in"),
            on_sign_in,
        )  # fmt: skip
        layout = QVBoxLayout(self)
        layout.addWidget(self.state)

    def _text(self, sealed: int) -> str:
        text = tr("The office ordered it to destroy its data, and it has. Nothing can be read here any more.")
        if sealed:
            kept = ntr(
                "{n} thing that was not sent is sealed for the office; nobody else can open it.",
                "{n} things that were not sent are sealed for the office; nobody else can open them.", sealed,
            )  # fmt: skip
            return prose(text, kept)
        return text
