"""The one window: it holds the sign-in screen or the shell, and remembers its place.

It is shown before anything heavy is imported. Closing never loses work: pages save what is
half typed, queued saves are finished by ``Jobs.close``.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QStackedLayout, QWidget

from fieldcrm.ui.preferences import Preferences

SMALLEST = (1120, 680)
USUAL = (1440, 900)


class MainWindow(QWidget):
    """The frame around whatever is shown."""

    closing = Signal()

    def __init__(self, settings: Preferences) -> None:
        super().__init__()
        self._settings = settings
        self.may_close: Callable[[], bool] = lambda: True
        self.setWindowTitle("fieldcrm")
        self.setProperty("surface", "canvas")
        self.setMinimumSize(*SMALLEST)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._restore()

    def show_content(self, content: QWidget, *, keep: bool = False) -> None:
        """Show ``content`` instead of what is shown, which goes unless it is to ``keep`` working."""
        old = self._stack.currentWidget()
        self._stack.addWidget(content)
        self._stack.setCurrentWidget(content)
        if old is not None and old is not content:
            self._stack.removeWidget(old)
            old.hide()
            if not keep:
                old.deleteLater()
        content.setFocus()

    def come_forward(self) -> None:
        """Show the window before all others, as far as the system allows."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    @property
    def content(self) -> QWidget | None:
        """What is shown."""
        return self._stack.currentWidget()

    def _restore(self) -> None:
        kept = self._settings.get("window")
        if isinstance(kept, str) and self.restoreGeometry(QByteArray.fromBase64(kept.encode())):
            return
        room = QGuiApplication.primaryScreen().availableGeometry()
        self.resize(min(USUAL[0], room.width()), min(USUAL[1], room.height()))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.may_close():
            event.ignore()
            return
        self._settings.set("window", bytes(self.saveGeometry().toBase64().data()).decode())
        self.closing.emit()
        super().closeEvent(event)
