"""Photos as they are stored: upright, at most 1600 pixels, with store, time and place drawn in.

Saving again drops what a camera hides in its files (owner, serial number); when, where and with
what it was taken is kept beside the picture. Runs beside the interface; QImage may be painted in
any thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter

from fieldcrm.errors import Invalid
from fieldcrm.rules import exif, likeness
from fieldcrm.ui.theme import font
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD

EDGE = 1600
QUALITY = 82
MAX_BYTES = 60_000_000
MEDIA_TYPE = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A photo ready to be stored."""

    content: bytes
    width: int
    height: int
    likeness: str | None = None
    looks: tuple[str, ...] = ()
    exif: dict[str, Any] | None = None


def prepared(content: bytes, lines: Sequence[str]) -> Prepared:
    """Return a picture recompressed with its watermark; ``Invalid`` when it is none."""
    return replace(finished(_read(content), lines), exif=exif.read(content))


def finished(image: QImage, lines: Sequence[str]) -> Prepared:
    """Return an image as a JPEG of at most 1600 pixels with ``lines`` drawn at its foot."""
    if max(image.width(), image.height()) > EDGE:
        smooth = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(QSize(EDGE, EDGE), Qt.AspectRatioMode.KeepAspectRatio, smooth)
    image = _opaque(image)
    grey = _grey(image)
    if lines:
        _draw(image, lines)
    facts = likeness.likeness(grey), likeness.looks(grey)
    return Prepared(_jpeg(image), image.width(), image.height(), *facts)


def png(image: QImage) -> bytes:
    """Return an image as PNG, for signatures."""
    return _saved(image, "PNG", -1)


def _read(content: bytes) -> QImage:
    if len(content) > MAX_BYTES:
        raise Invalid("picture_too_large", field="photo", maximum=MAX_BYTES)
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    image = reader.read()
    if image.isNull():
        raise Invalid("not_a_picture", field="photo")
    return image


def _opaque(image: QImage) -> QImage:
    if not image.hasAlphaChannel():
        return image.convertToFormat(QImage.Format.Format_RGB32)
    flat = QImage(image.size(), QImage.Format.Format_RGB32)
    flat.fill(QColor("white"))
    painter = QPainter(flat)
    painter.drawImage(0, 0, image)
    painter.end()
    return flat


def _grey(image: QImage) -> bytes:
    """Return the picture without its watermark as the rules compare it."""
    small = image.scaled(
        QSize(likeness.EDGE, likeness.EDGE),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    return bytes(small.convertToFormat(QImage.Format.Format_Grayscale8).constBits())


def _draw(image: QImage, lines: Sequence[str]) -> None:
    size = max(12, round(min(image.width(), image.height()) / 36))
    step = size * 1.45
    high = step * len(lines) + size * 0.9
    band = QRectF(0, image.height() - high, image.width(), high)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.fillRect(band, QColor(0, 0, 0, 150))
    painter.setPen(QColor("white"))
    for number, line in enumerate(lines):
        painter.setFont(font(size, SEMIBOLD if number == 0 else REGULAR))
        words = painter.fontMetrics().elidedText(
            line, Qt.TextElideMode.ElideRight, int(image.width() - 2 * size)
        )
        painter.drawText(int(size), int(band.y() + size * 0.45 + step * number + size), words)
    painter.end()


def _jpeg(image: QImage) -> bytes:
    return _saved(image, "JPEG", QUALITY)


def _saved(image: QImage, kind: str, quality: int) -> bytes:
    store = QByteArray()
    buffer = QBuffer(store)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, kind, quality):  # type: ignore[call-overload]  # the stub wants bytes
        raise Invalid("not_a_picture", field="photo")
    return bytes(store.data())
