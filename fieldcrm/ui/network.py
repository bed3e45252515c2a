"""The system's word about the network: there or not, and paid by its bytes or not.

Where the system says nothing (no backend of Qt's), the network counts as there and free, and
the choice "always" in Settings still holds photos back.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QNetworkInformation

AUTO, ALWAYS, NEVER = "auto", "always", "never"
_Reach = QNetworkInformation.Reachability


class Network(QObject):
    """What sync needs to know of the network; ``treat`` is how the user wants metering taken."""

    came = Signal()
    left = Signal()
    metered_changed = Signal()

    def __init__(self, parent: QObject | None = None, treat: Callable[[], str] = lambda: AUTO) -> None:
        super().__init__(parent)
        self._treat = treat
        self._system = _system()
        if self._system is not None:
            self._system.reachabilityChanged.connect(self._on_reach)
            self._system.isMeteredChanged.connect(lambda _metered: self.metered_changed.emit())

    @property
    def is_metered(self) -> bool:
        """Whether bytes cost: by the user's word, else by the system's."""
        said = self._treat()
        return said == ALWAYS or (said == AUTO and self._system is not None and self._system.isMetered())

    def _on_reach(self, reach: QNetworkInformation.Reachability) -> None:
        (self.left if reach == _Reach.Disconnected else self.came).emit()


def _system() -> QNetworkInformation | None:
    return QNetworkInformation.instance() if QNetworkInformation.loadDefaultBackend() else None
