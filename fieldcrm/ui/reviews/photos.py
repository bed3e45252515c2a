"""The photos of a report: tiles that fill when the bytes are here, and one large view.

A photo whose bytes have not arrived is a grey tile that says so; nothing waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from fieldcrm.errors import FieldCrmError
from fieldcrm.services.reviews import About, PhotoOf, Said
from fieldcrm.sync.downloads import Downloads
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.reviews.large_photo import LargePhoto
from fieldcrm.ui.theme import color
from fieldcrm.ui.widgets.overlays import Overlay

TILE_HEIGHT = 256
_LARGEST = 1600


class PhotoTile(QWidget):
    """One photo with its caption; Enter, Space or a click shows it large."""

    opened = Signal()

    def __init__(self, caption: str, *, stands_out: bool = False, height: int = TILE_HEIGHT) -> None:
        super().__init__()
        self._caption, self._stands_out = caption, stands_out
        self._pixmap: QPixmap | None = None
        self._state = tr("Still arriving")
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(caption)

    def show_image(self, image: QImage) -> None:
        """Fill the tile."""
        self._pixmap = QPixmap.fromImage(image)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(196, self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rect = QRectF(self.rect())
        shape = QPainterPath()
        shape.addRoundedRect(rect, 8, 8)
        painter.setClipPath(shape)
        painter.fillRect(rect, color("track"))
        if self._pixmap is None:
            paint.icon(painter, "image-outline", rect.center().x() - 14, rect.center().y() - 30, 28, "text3")
            words = rect.adjusted(8, 20, -8, 20)
            paint.text(painter, words, self._state, 12, 400, "text2", paint.CENTRE)
        else:
            self._draw_pixmap(painter, rect)
        self._draw_caption(painter, rect)
        painter.setClipping(False)
        if self._stands_out:
            paint.box(painter, rect, 8, border="bad", thickness=3)
        if self.hasFocus():
            paint.focus(painter, rect)
        painter.end()

    def _draw_pixmap(self, painter: QPainter, rect: QRectF) -> None:
        pixmap = self._pixmap
        if pixmap is None:
            return
        scale = max(rect.width() / pixmap.width(), rect.height() / pixmap.height())
        wide, high = pixmap.width() * scale, pixmap.height() * scale
        spot = QRectF(rect.center().x() - wide / 2, rect.center().y() - high / 2, wide, high)
        painter.drawPixmap(spot, pixmap, QRectF(pixmap.rect()))

    def _draw_caption(self, painter: QPainter, rect: QRectF) -> None:
        strip = QRectF(rect.x(), rect.bottom() - 24, rect.width(), 24)
        ground = color("scrim")
        ground.setAlphaF(0.8)
        painter.fillRect(strip, ground)
        paint.text(painter, strip.adjusted(8, 0, -8, 0), self._caption, 12, 400, "onScrim")


class PhotoWall(QWidget):
    """The tiles of one report, four in a row."""

    about_chosen = Signal(object, str)  # About, what it is called

    def __init__(self, context: Context, *, small_only: bool = False) -> None:
        """``small_only``: the office gives no more of these than their small pictures."""
        super().__init__()
        self._small_only = small_only
        self._said: Sequence[Said] = ()
        self._context = context
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(12)
        self._tiles: list[PhotoTile] = []

    def show_photos(
        self, photos: Sequence[PhotoOf], failed_steps: Sequence[str] = (), said: Sequence[Said] = ()
    ) -> None:
        """Show tiles for these photos and fill them as their bytes are read."""
        self._said = said
        while item := self._grid.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        self._tiles = [self._tile(photo, photo.step_key in failed_steps) for photo in photos]
        for place, tile in enumerate(self._tiles):
            self._grid.addWidget(tile, place // 4, place % 4)
        for place in range(4):
            self._grid.setColumnStretch(place, 1)
        for photo, tile in zip(photos, self._tiles, strict=True):
            self._fill(photo, tile)

    def focus_first(self) -> None:
        """Give the first photo the focus."""
        if self._tiles:
            self._tiles[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _tile(self, photo: PhotoOf, stands_out: bool) -> PhotoTile:
        name = photo.caption or tr("Photo")
        tile = PhotoTile(f"{name} {formats.clock(photo.taken_at)}", stands_out=stands_out)
        tile.opened.connect(lambda: self._enlarge(photo))
        return tile

    def _fill(self, photo: PhotoOf, tile: PhotoTile) -> None:
        self._context.jobs.task(
            tile,
            lambda _stop, _progress: _image(self._small(photo), 640),
            tile.show_image,
            failed=lambda _error: None,
        )

    def _enlarge(self, photo: PhotoOf) -> None:
        self._context.jobs.task(
            self,
            lambda _stop, _progress: _image(self._seen(photo), _LARGEST),
            lambda image: self._show_large(photo, image),
            failed=self._not_here,
        )

    def _small(self, photo: PhotoOf) -> bytes:
        """Return the thumbnail, from this laptop or the office; runs beside the interface."""
        if (downloads := self._downloads()) is not None:
            return downloads.thumbnail(str(photo.photo_id), photo.sha256)
        content: bytes = self._context.files.thumbnail(photo.sha256)
        return content

    def _seen(self, photo: PhotoOf) -> bytes:
        return self._small(photo) if self._small_only else self._bytes(photo.sha256)

    def _bytes(self, sha256: str) -> bytes:
        """Return the whole photo, from this laptop or the office; runs beside the interface."""
        if (downloads := self._downloads()) is not None:
            return downloads.whole(sha256)
        content: bytes = self._context.files.get(sha256)
        return content

    def _downloads(self) -> Downloads | None:
        laptop = self._context.laptop
        return None if laptop is None else Downloads(laptop.database, laptop.files, laptop.remote)

    def _show_large(self, photo: PhotoOf, image: QImage) -> None:
        spots = [one.about.spot for one in self._said if one.about.photo_id == photo.photo_id]
        large = LargePhoto(image, self.window().size(), [spot for spot in spots if spot is not None])
        overlay = Overlay(self, large)

        def take(x: int, y: int) -> None:
            overlay.close_now()
            about = About(photo.step_key, photo_id=photo.photo_id, spot=(x, y))
            self.about_chosen.emit(about, photo.caption or tr("Photo"))

        large.taken.connect(take)
        overlay.open()

    def _not_here(self, _error: FieldCrmError) -> None:
        self._context.shell.toast(tr("This photo is not on this laptop yet. It comes with the next sync."))


def _image(content: bytes, longest: int) -> QImage:
    image = QImage.fromData(content)
    if max(image.width(), image.height()) > longest:
        room = QSize(longest, longest)
        mode = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, mode)
    return image
