"""The photos of a step: tiles with their time, one to add more; files may be dropped on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton, QFrame, QGridLayout, QSizePolicy

from fieldcrm.ui import paint
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.theme import color
from fieldcrm.ui.tips import plain
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import IconButton
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Label, secondary

TILE = QSize(132, 196)
_ACROSS = 4
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


@dataclass(frozen=True, slots=True)
class Tile:
    """One photo as the strip shows it; ``removable`` until its step is left."""

    sha256: str
    caption: str
    removable: bool


class PhotoStrip(QFrame):
    """Photos and the place to add one."""

    add_asked = Signal()
    dropped = Signal(object)  # list[Path]
    remove_asked = Signal(str)  # sha256
    opened = Signal(str)

    def __init__(self, thumbnail: Callable[[str, Callable[[QImage], object]], object]) -> None:
        super().__init__()
        self._thumbnail = thumbnail
        self._tiles: tuple[Tile, ...] = ()
        self._title, self._count = Label("", 15, SEMIBOLD), secondary("", "text3")
        self._grid = QGridLayout()
        self._grid.setSpacing(16)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._add = _AddTile()
        self._add.clicked.connect(self.add_asked.emit)
        self.setLayout(column(row(self._title, self._count, None), self._grid, gap=12))
        self.setAcceptDrops(True)
        self._place()

    def show_photos(self, title: str, tiles: Sequence[Tile]) -> None:
        """Show these photos."""
        self._title.show_text(title)
        count = ntr("{n} photo", "{n} photos", len(tiles))
        mark = tr("each with store, time and place")
        self._count.show_text(f"{count} · {mark}" if tiles else tr("none yet"))
        if tuple(tiles) != self._tiles:
            self._tiles = tuple(tiles)
            self._place()

    def _place(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget is not self._add:
                widget.deleteLater()
        for number, tile in enumerate(self._tiles):
            made = _PhotoTile(tile)
            made.clicked.connect(lambda _on=False, sha=tile.sha256: self.opened.emit(sha))
            made.remove.clicked.connect(lambda _on=False, sha=tile.sha256: self.remove_asked.emit(sha))
            self._thumbnail(tile.sha256, made.show_image)
            self._grid.addWidget(made, number // _ACROSS, number % _ACROSS)
        place = len(self._tiles)
        self._grid.addWidget(self._add, place // _ACROSS, place % _ACROSS)
        for number in range(_ACROSS):
            self._grid.setColumnStretch(number, 1)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if paths(event.mimeData().urls()):
            event.acceptProposedAction()
            self._add.set_hot(True)

    def dragLeaveEvent(self, event: object) -> None:
        self._add.set_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._add.set_hot(False)
        found = paths(event.mimeData().urls())
        if found:
            event.acceptProposedAction()
            self.dropped.emit(found)


def paths(urls: Sequence[object]) -> list[Path]:
    """Return the picture files among dropped addresses."""
    local = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]  # type: ignore[attr-defined]  # QUrl
    return [path for path in local if path.suffix.lower() in SUFFIXES]


class _PhotoTile(QAbstractButton):
    def __init__(self, tile: Tile) -> None:
        super().__init__()
        self._tile, self._picture = tile, QPixmap()
        self.setAccessibleName(tr("Photo: {caption}", caption=tile.caption))
        self.setToolTip(plain(tile.caption))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(TILE)
        self.setMaximumHeight(TILE.height())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.remove = IconButton("close", tr("Remove this photo"), size=28)
        self.remove.setParent(self)
        self.remove.setVisible(tile.removable)

    def show_image(self, image: QImage) -> None:
        self._picture = QPixmap.fromImage(image)
        self.update()

    def sizeHint(self) -> QSize:
        return TILE

    def resizeEvent(self, event: object) -> None:
        self.remove.move(self.width() - 34, 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        rect = QRectF(self.rect())
        path = QPainterPath()
        path.addRoundedRect(rect, 8, 8)
        painter.setClipPath(path)
        painter.fillRect(rect, color("track"))
        if not self._picture.isNull():
            painter.drawPixmap(rect, self._picture, _covering(self._picture, rect))
        band = QRectF(0, rect.height() - 24, rect.width(), 24)
        painter.fillRect(band, color("scrim"))
        paint.text(painter, band.adjusted(10, 0, -10, 0), self._tile.caption, 12, SEMIBOLD, "onScrim")
        painter.setClipping(False)
        if self.hasFocus():
            paint.focus(painter, rect)
        painter.end()


def _covering(picture: QPixmap, rect: QRectF) -> QRectF:
    """Return the middle of a picture that fills ``rect``."""
    scale = max(rect.width() / picture.width(), rect.height() / picture.height())
    wide, high = rect.width() / scale, rect.height() / scale
    return QRectF((picture.width() - wide) / 2, (picture.height() - high) / 2, wide, high)


class _AddTile(QAbstractButton):
    def __init__(self) -> None:
        super().__init__()
        self._hot = False
        self.setAccessibleName(tr("Add a photo"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(TILE)
        self.setMaximumHeight(TILE.height())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_hot(self, hot: bool) -> None:
        self._hot = hot
        self.update()

    def sizeHint(self) -> QSize:
        return TILE

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        active = self._hot or self.hasFocus()
        pen = QPen(color("accent" if active else "lineStrong"), 2 if active else 1.5, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(color("accentSoft" if self._hot else "card"))
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 8, 8)
        middle = rect.center()
        paint.icon(painter, "camera-plus-outline", middle.x() - 14, middle.y() - 34, 28, "accent")
        first = QRectF(8, middle.y() + 4, rect.width() - 16, 20)
        paint.text(painter, first, tr("Add (Space)"), 13, REGULAR, "text2", paint.CENTRE)
        second = first.translated(0, 20)
        paint.text(painter, second, tr("or drop files"), 12, REGULAR, "text3", paint.CENTRE)
        painter.end()
