"""The bar above a page that says what went wrong, what was kept and what to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout

from fieldcrm.ui import errors
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import column
from fieldcrm.ui.widgets.labels import Paragraph, Sign


class ErrorBar(QFrame):
    """Stays until it is closed or replaced; never a toast, never a dialog."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "bad")
        self._details = ""
        self._error: Exception | None = None
        self._retry: Callable[[], object] | None = None
        self._title = Paragraph("", 14, SEMIBOLD)
        self._text = Paragraph("", 13, 400, "text2")
        self._again = Button("", height=32, on_click=self._on_again)
        self._copy = Button("", "ghost", height=32, on_click=self._on_copy)
        self._close = IconButton("close", tr("Close"), self.leave, size=32, quiet=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 8, 12, 8)
        layout.setSpacing(12)
        layout.addWidget(Sign("alert-octagon", 20, "bad"))
        layout.addLayout(column(self._title, self._text, gap=0), 1)
        layout.addWidget(self._again)
        layout.addWidget(self._copy)
        layout.addWidget(self._close)
        self.hide()

    def show_error(self, error: Exception, retry: Callable[[], object] | None = None) -> None:
        """Say what happened; ``retry`` offers to do it again."""
        wording = errors.worded(error)
        self._error = error
        self._details, self._retry = errors.details(error), retry
        self._title.show_text(wording.title)
        self._text.show_text(wording.text)
        self._text.setVisible(bool(wording.text))
        self._again.setText(tr("Retry"))
        self._again.setVisible(retry is not None)
        self._copy.setText(tr("Copy details"))
        self.setAccessibleName(f"{wording.title} {wording.text}")
        self.show()

    @property
    def text(self) -> str:
        """What the bar says."""
        return f"{self._title.text()} {self._text.text()}".strip()

    def settle(self, kind: type[Exception]) -> None:
        """Go away if what went wrong was of this kind: it works again."""
        if isinstance(self._error, kind):
            self.leave()

    def leave(self) -> None:
        """Go away."""
        self.hide()

    def _on_again(self) -> None:
        retry = self._retry
        self.leave()
        if retry is not None:
            retry()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)
        self._copy.setText(tr("Copied"))
