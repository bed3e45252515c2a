"""This laptop's position device and cameras, where the optional extra and a device are there.

``fieldcrm[device]`` brings QtPositioning and QtMultimedia. Without them, or without a device,
the answer is None or an empty list and the screen says so: nothing is made up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from fieldcrm.clock import from_ms
from fieldcrm.rules.positions import Position, of_degrees

WAIT_MS = 20_000


@dataclass(frozen=True, slots=True)
class DeviceFix:
    """What the device said: WGS84, with its own idea of accuracy and time."""

    position: Position
    accuracy_m: int | None
    taken_at: datetime


class Locator(QObject):
    """Asks the device once; ``found`` or ``failed`` answers."""

    found = Signal(object)  # DeviceFix
    failed = Signal()

    def __init__(self, parent: QObject, source: Any) -> None:
        super().__init__(parent)
        self._source = source
        source.setParent(self)
        source.positionUpdated.connect(self._on_update)
        source.errorOccurred.connect(lambda _error: self.failed.emit())

    def ask(self) -> None:
        """Ask for a position; the answer may take a while."""
        self._source.requestUpdate(WAIT_MS)
        self._late = QTimer.singleShot(WAIT_MS + 500, self, self.failed.emit)

    def _on_update(self, info: Any) -> None:
        from PySide6.QtPositioning import QGeoPositionInfo

        if not info.isValid():
            self.failed.emit()
            return
        place = info.coordinate()
        accuracy = info.attribute(QGeoPositionInfo.Attribute.HorizontalAccuracy)
        taken_at = from_ms(info.timestamp().toMSecsSinceEpoch())
        known = round(accuracy) if accuracy == accuracy and accuracy >= 0 else None
        self.found.emit(DeviceFix(of_degrees(place.latitude(), place.longitude()), known, taken_at))


def locator(parent: QObject) -> Locator | None:
    """Return the laptop's position device, or None when it has none."""
    try:
        from PySide6.QtPositioning import QGeoPositionInfoSource
    except ImportError:
        return None
    source = QGeoPositionInfoSource.createDefaultSource(parent)
    return None if source is None else Locator(parent, source)


def cameras() -> list[Any]:
    """Return the cameras this laptop has."""
    try:
        from PySide6.QtMultimedia import QMediaDevices
    except ImportError:
        return []
    return list(QMediaDevices.videoInputs())


class Camera(QObject):
    """One camera: it shows pictures until it is closed."""

    def __init__(self, parent: QObject, device: Any, shown: Callable[[QImage], object]) -> None:
        from PySide6.QtMultimedia import QCamera, QMediaCaptureSession, QVideoSink

        super().__init__(parent)
        self.latest = QImage()
        self._shown = shown
        self._camera, self._sink = QCamera(device, self), QVideoSink(self)
        self._session = QMediaCaptureSession(self)
        self._session.setCamera(self._camera)
        self._session.setVideoSink(self._sink)
        self._sink.videoFrameChanged.connect(self._on_frame)
        self._camera.start()

    def _on_frame(self, frame: Any) -> None:
        image = frame.toImage()
        if not image.isNull():
            self.latest = image
            self._shown(image)

    def close(self) -> None:
        """Let the camera go."""
        self._camera.stop()
