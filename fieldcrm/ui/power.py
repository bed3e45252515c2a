"""Notices that the system goes to sleep or woke up, where the system tells it.

Windows tells every window (WM_POWERBROADCAST); the login service of Linux tells on the system
bus. Elsewhere nothing is told beforehand: the pacer notices afterwards that time has passed.
"""

from __future__ import annotations

import ctypes
import sys

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication, QObject, Signal, Slot

_POWER = 0x0218  # WM_POWERBROADCAST
_SUSPENDING = 0x0004  # PBT_APMSUSPEND
_RESUMED = (0x0007, 0x0012)  # PBT_APMRESUMESUSPEND, PBT_APMRESUMEAUTOMATIC


class _Message(ctypes.Structure):
    """The head of the MSG structure."""

    _fields_ = (
        ("window", ctypes.c_void_p), ("message", ctypes.c_uint), ("wparam", ctypes.c_size_t),
        ("lparam", ctypes.c_ssize_t),
    )  # fmt: skip


class _Filter(QAbstractNativeEventFilter):
    def __init__(self, power: Power) -> None:
        super().__init__()
        self._power = power

    def nativeEventFilter(
        self, kind: QByteArray | bytes | bytearray | memoryview[int], message: int
    ) -> tuple[bool, int]:
        if QByteArray(kind) == b"windows_generic_MSG":
            told = _Message.from_address(int(message))
            if told.message == _POWER:
                self._power.on_windows(told.wparam)
        return False, 0


class Power(QObject):
    """``sleeping`` comes a moment before the system sleeps, ``woke`` after."""

    sleeping = Signal()
    woke = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._filter: _Filter | None = None
        application = QCoreApplication.instance()
        if sys.platform == "win32" and application is not None:
            self._filter = _Filter(self)
            application.installNativeEventFilter(self._filter)
        elif sys.platform == "linux":
            self._ask_login_service()

    def on_windows(self, what: int) -> None:
        """Take in the kind of a power message."""
        if what == _SUSPENDING:
            self.sleeping.emit()
        elif what in _RESUMED:
            self.woke.emit()

    @Slot(bool)
    def on_login_service(self, going: bool) -> None:
        """Take in PrepareForSleep: true before, false after."""
        (self.sleeping if going else self.woke).emit()

    def _ask_login_service(self) -> None:
        try:
            from PySide6.QtCore import SLOT
            from PySide6.QtDBus import QDBusConnection
        except ImportError:
            return
        bus = QDBusConnection.systemBus()
        if bus.isConnected():
            bus.connect(
                "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager",
                "PrepareForSleep", self, SLOT("on_login_service(bool)").encode(),
            )  # fmt: skip
