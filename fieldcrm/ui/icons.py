"""Material Design icons, drawn as glyphs of their font at paint time.

Drawing late gives every icon the colour of the theme shown now and sharp edges at any
scale. The font and its list of names are qtawesome's; its Python code is not loaded,
which keeps the start short.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QIcon, QIconEngine, QPainter, QPixmap

_FONT = "materialdesignicons6-webfont-*.ttf"
_NAMES = "materialdesignicons6-webfont-charmap-*.json"


def _one(pattern: str) -> Path:
    spec = find_spec("qtawesome")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("qtawesome")
    return next((Path(spec.origin).parent / "fonts").glob(pattern))


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_one(_FONT)))
    return QFontDatabase.applicationFontFamilies(number)[0]


@cache
def _codes() -> dict[str, str]:
    codes: dict[str, str] = json.loads(_one(_NAMES).read_text("utf-8"))
    return codes


@cache
def _font(px: int) -> QFont:
    font = QFont(_family())
    font.setPixelSize(px)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


@cache
def glyph(name: str) -> str:
    """Return the character of an icon; an unknown name is a ``KeyError``."""
    return chr(int(_codes()[name], 16))


def draw(painter: QPainter, name: str, rect: QRectF, color: QColor) -> None:
    """Draw an icon to fill the smaller side of ``rect``, at its left: the rest is a gap."""
    size = int(min(rect.width(), rect.height()))
    font, sign = _font(size), glyph(name)
    metrics = QFontMetricsF(font)
    x = rect.x() + (size - metrics.horizontalAdvance(sign)) / 2
    y = rect.center().y() + (metrics.ascent() - metrics.descent()) / 2
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(QPointF(x, y), sign)


class _Engine(QIconEngine):
    def __init__(self, name: str, tone: str, colors: Callable[[str], QColor]) -> None:
        super().__init__()
        self._name, self._tone, self._colors = name, tone, colors

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        tone = "disabled" if mode is QIcon.Mode.Disabled else self._tone
        draw(painter, self._name, QRectF(rect), self._colors(tone))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._tone, self._colors)


def tinted(name: str, tone: str, colors: Callable[[str], QColor]) -> QIcon:
    """Return an icon that asks ``colors`` for its tone each time it is drawn."""
    glyph(name)
    return QIcon(_Engine(name, tone, colors))
