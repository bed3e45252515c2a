"""The map canvas: land, tiles if any, the day's line and its numbered discs.

Mouse: drag pans, wheel zooms, a click on a disc tells its number. Keys: arrows pan, + and −
zoom, 0 shows everything; while a position is being picked, Enter takes the cross. Positions
are converted to the map's datum when they are shown, so nothing lies hundreds of metres off.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import floor

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsScene,
    QGraphicsView,
)

from fieldcrm.rules.positions import WGS84, Position
from fieldcrm.ui import formats, paint
from fieldcrm.ui.map import mercator
from fieldcrm.ui.map.pins import Disc, Mark, Pin, Way
from fieldcrm.ui.map.tiles import Sheet, Tiles
from fieldcrm.ui.theme import color, is_dark
from fieldcrm.ui.tokens import REGULAR

_PAN = 80
_MARGIN = 28
_CLICK = 4
_GRID_PIXELS = 120


class MapCanvas(QGraphicsView):
    """A map of marks and lines."""

    mark_clicked = Signal(int)
    picked = Signal(object)  # Position, in the map's datum
    moved = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._land = QGraphicsScene(0, 0, mercator.WORLD, mercator.WORLD, self)
        self._land.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(self._land)
        self._zoom, self._picking, self._fitted = 12.0, False, True
        self._marks: tuple[Mark, ...] = ()
        self._lines: tuple[tuple[Sequence[Position], bool], ...] = ()
        self._tiles: Tiles | None = None
        self._pressed: QPointF | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._apply_zoom()

    @property
    def datum(self) -> str:
        """Return the datum the map is drawn in."""
        return WGS84 if self._tiles is None else self._tiles.sheet.datum

    @property
    def zoom(self) -> float:
        """Return the zoom level shown."""
        return self._zoom

    def use_sheet(self, sheet: Sheet | None) -> None:
        """Draw tiles of ``sheet`` under everything, or none."""
        if self._tiles is not None:
            self._tiles.close()
            self._tiles.deleteLater()
        self._tiles = None if sheet is None else Tiles(sheet, self)
        if self._tiles is not None:
            self._tiles.arrived.connect(self.viewport().update)
        self._rebuild()

    def show_marks(
        self,
        marks: Sequence[Mark],
        travelled: Sequence[Position] = (),
        remaining: Sequence[Position] = (),
    ) -> None:
        """Show discs, the way already gone (solid) and the way ahead (dashed)."""
        self._marks = tuple(marks)
        self._lines = ((tuple(travelled), True), (tuple(remaining), False))
        self._rebuild()
        if self._fitted:
            self.fit()

    def fit(self) -> None:
        """Show every mark."""
        points = [mercator.to_scene(mark.position, self.datum) for mark in self._marks]
        if not points:
            return
        size = self.viewport().size()
        room = max(40, size.width() - 2 * _MARGIN), max(40, size.height() - 2 * _MARGIN)
        (x, y), self._zoom = mercator.fitting(points, *room)
        self._apply_zoom()
        self.centerOn(x, y)
        self._fitted = True

    def keep_in_sight(self) -> None:
        """Show every mark if one of them is out of sight."""
        area = self.viewport().rect()
        points = [QPointF(*mercator.to_scene(mark.position, self.datum)) for mark in self._marks]
        if not all(area.contains(self.mapFromScene(point)) for point in points):
            self.fit()

    def look_at(self, position: Position, zoom: float = 16.0) -> None:
        """Show the surroundings of a position."""
        self._zoom, self._fitted = zoom, False
        self._apply_zoom()
        self.centerOn(*mercator.to_scene(position, self.datum))
        self.moved.emit()

    def set_picking(self, picking: bool) -> None:
        """Let a click or Enter choose a position, shown by a cross in the middle."""
        self._picking = picking
        self.viewport().update()

    def centre(self) -> Position:
        """Return the position in the middle of the view, in the map's datum."""
        middle = self.mapToScene(self.viewport().rect().center())
        return mercator.from_scene(middle.x(), middle.y(), self.datum)

    def zoom_by(self, steps: float, at: QPointF | None = None) -> None:
        """Zoom around a point of the viewport, or its middle."""
        anchor = at or QPointF(self.viewport().rect().center())
        before = self.mapToScene(anchor.toPoint())
        self._zoom = max(mercator.MIN_ZOOM, min(mercator.MAX_ZOOM, self._zoom + steps))
        self._apply_zoom()
        after = self.mapToScene(anchor.toPoint())
        middle = self.mapToScene(self.viewport().rect().center())
        self.centerOn(middle + before - after)
        self._fitted = False
        self.moved.emit()

    def _apply_zoom(self) -> None:
        scale = mercator.scale_of(self._zoom)
        self.resetTransform()
        self.scale(scale, scale)

    def _rebuild(self) -> None:
        self._land.clear()
        for positions, travelled in self._lines:
            if len(positions) > 1:
                points = [QPointF(*mercator.to_scene(each, self.datum)) for each in positions]
                self._land.addItem(Way(points, travelled))
        for number, mark in enumerate(self._marks):
            disc = Disc(mark, number, partial(self.mark_clicked.emit, number))
            disc.setPos(QPointF(*mercator.to_scene(mark.position, self.datum)))
            disc.setZValue(2 if mark.pin in (Pin.NEXT, Pin.ME) else 1)
            self._land.addItem(disc)
        self.viewport().update()

    def drawBackground(self, painter: QPainter, rect: QRectF | object) -> None:
        area = self.mapToScene(self.viewport().rect()).boundingRect()
        painter.fillRect(area, color("mapLand"))
        if self._tiles is None:
            self._draw_grid(painter, area)
        else:
            self._draw_tiles(painter, area, self._tiles)

    def _draw_grid(self, painter: QPainter, area: QRectF) -> None:
        per_pixel = mercator.metres_per_pixel(self.centre().latitude, self._zoom)
        step = mercator.bar_metres(per_pixel, _GRID_PIXELS) / per_pixel / mercator.scale_of(self._zoom)
        pen = QPen(color("mapRoadEdge"), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for n in range(floor(area.left() / step), floor(area.right() / step) + 1):
            painter.drawLine(QPointF(n * step, area.top()), QPointF(n * step, area.bottom()))
        for n in range(floor(area.top() / step), floor(area.bottom() / step) + 1):
            painter.drawLine(QPointF(area.left(), n * step), QPointF(area.right(), n * step))

    def _draw_tiles(self, painter: QPainter, area: QRectF, tiles: Tiles) -> None:
        sheet = tiles.sheet
        level = max(sheet.lowest, min(sheet.highest, round(self._zoom)))
        side = mercator.tile_span(level)
        most = (1 << level) - 1
        for x in range(max(0, floor(area.left() / side)), min(most, floor(area.right() / side)) + 1):
            for y in range(max(0, floor(area.top() / side)), min(most, floor(area.bottom() / side)) + 1):
                picture = tiles.picture((level, x, y))
                if picture is not None:
                    painter.drawImage(QRectF(x * side, y * side, side, side), picture)
        if is_dark():
            veil = color("mapLand")
            painter.setOpacity(0.55)
            painter.fillRect(area, veil)
            painter.setOpacity(1)

    def drawForeground(self, painter: QPainter, rect: QRectF | object) -> None:
        painter.save()
        painter.resetTransform()
        ratio = self.viewport().devicePixelRatioF()
        painter.scale(ratio, ratio)
        area = QRectF(self.viewport().rect())
        self._draw_bar(painter, area)
        if self._picking:
            self._draw_cross(painter, area.center())
        if self.hasFocus():
            paint.focus(painter, area, 6)
        painter.restore()

    def _draw_bar(self, painter: QPainter, area: QRectF) -> None:
        per_pixel = mercator.metres_per_pixel(self.centre().latitude, self._zoom)
        metres = mercator.bar_metres(per_pixel, min(96.0, area.width() / 3))
        wide = metres / per_pixel
        y = area.bottom() - 12
        painter.fillRect(QRectF(12, y - 1, wide, 2), color("text2"))
        for x in (12.0, 12 + wide - 2):
            painter.fillRect(QRectF(x, y - 5, 2, 6), color("text2"))
        words = formats.distance(metres).replace(".0 ", " ")
        paint.text(painter, QRectF(12, y - 22, 120, 16), words, 12, REGULAR, "text2")
        if self._tiles is not None and self._tiles.sheet.attribution:
            credit = QRectF(area.width() / 2, y - 10, area.width() / 2 - 8, 16)
            paint.text(painter, credit, self._tiles.sheet.attribution, 12, REGULAR, "text2", paint.RIGHT)

    def _draw_cross(self, painter: QPainter, middle: QPointF) -> None:
        painter.setPen(QPen(color("accent"), 2))
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            start = middle + QPointF(dx * 6, dy * 6)
            painter.drawLine(start, middle + QPointF(dx * 18, dy * 18))
        painter.drawEllipse(middle, 3, 3)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(event.angleDelta().y() / 240, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        start, self._pressed = self._pressed, None
        if start is None:
            return
        if (event.position() - start).manhattanLength() > _CLICK:
            self._fitted = False
            self.moved.emit()
            return
        item = self.itemAt(event.position().toPoint())
        if self._picking:
            point = self.mapToScene(event.position().toPoint())
            self._take(mercator.from_scene(point.x(), point.y(), self.datum))
        elif isinstance(item, Disc):
            item.clicked()

    def _take(self, position: Position) -> None:
        self._fitted = False
        self.centerOn(*mercator.to_scene(position, self.datum))
        self.picked.emit(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        pans = {
            Qt.Key.Key_Left: (-_PAN, 0),
            Qt.Key.Key_Right: (_PAN, 0),
            Qt.Key.Key_Up: (0, -_PAN),
            Qt.Key.Key_Down: (0, _PAN),
        }
        key = Qt.Key(event.key())
        if key in pans:
            self.pan(*pans[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(1)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(-1)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif self._picking and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.centre())
        else:
            event.ignore()

    def pan(self, dx: int, dy: int) -> None:
        """Move the view by pixels."""
        middle = self.viewport().rect().center()
        middle.setX(middle.x() + dx)
        middle.setY(middle.y() + dy)
        self.centerOn(self.mapToScene(middle))
        self._fitted = False
        self.moved.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def hideEvent(self, event: QHideEvent) -> None:
        self._pressed = None
        super().hideEvent(event)
