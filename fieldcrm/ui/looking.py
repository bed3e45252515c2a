"""The bar of a second window on the same data: it may look everything up and saves nothing.

The two windows speak through a local socket named after the profile's folder: the second one asks the
first to come to the front.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column
from fieldcrm.ui.widgets.labels import Paragraph, Sign

_PATIENCE_MS = 1_000


class LookingBar(QFrame):
    """Says that this window only looks; ``again_wanted`` when the other one may have been closed."""

    again_wanted = Signal()

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.setProperty("surface", "warn")
        self._title = Paragraph("", 14, SEMIBOLD)
        self._text = Paragraph("", 13, 400, "text2")
        self.other = Button("", height=32, on_click=lambda: call(folder))
        self.again = Button("", height=32, on_click=self.again_wanted.emit)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 8, 12, 8)
        layout.setSpacing(12)
        layout.addWidget(Sign("eye-outline", 20, "warn"))
        layout.addLayout(column(self._title, self._text, gap=0), 1)
        layout.addWidget(self.other)
        layout.addWidget(self.again)
        self.relabel()

    def relabel(self) -> None:
        """Say it in the language of now."""
        self._title.show_text(tr("Only for looking things up"))
        self._text.show_text(
            tr("Your data is open in another window, which may change it. Nothing can be saved here.")
        )
        self.other.setText(tr("Show the other window"))
        self.again.setText(tr("Try again"))
        self.setAccessibleName(f"{self._title.text()} {self._text.text()}")


class Doorbell(QObject):
    """Listens, in the window that owns the data, for another one that asks it to come to the front."""

    rung = Signal()

    def __init__(self, folder: Path, window: QWidget) -> None:
        super().__init__(window)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_ring)
        name = _name(folder)
        if not self._server.listen(name):
            QLocalServer.removeServer(name)  # left by a window that was killed; we own the file
            self._server.listen(name)

    def stop(self) -> None:
        """Listen no more."""
        self._server.close()

    def _on_ring(self) -> None:
        while self._server.hasPendingConnections():
            self._server.nextPendingConnection().deleteLater()
        self.rung.emit()


def call(folder: Path) -> bool:
    """Ask the other window to come to the front; say whether it heard."""
    socket = QLocalSocket()
    socket.connectToServer(_name(folder))
    heard = socket.waitForConnected(_PATIENCE_MS)
    socket.abort()
    return heard


def _name(folder: Path) -> str:
    return f"fieldcrm-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}"
