"""A map of many stores: circles that gather them, a lasso around them, a day's route on top.

Mouse: a click on a circle goes nearer, on a store chooses it; with the lasso (or Shift) a
drag encircles stores; a disc of the route dragged onto another takes its place. Keys: L takes
the lasso up, V chooses all that is in view. What is chosen stays chosen while the map moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import hypot

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QCursor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QGraphicsView, QToolTip

from fieldcrm.ui import formats, paint
from fieldcrm.ui.map import mercator
from fieldcrm.ui.map.canvas import MapCanvas
from fieldcrm.ui.map.crowd import Crowd
from fieldcrm.ui.map.pins import Disc
from fieldcrm.ui.theme import color
from fieldcrm.ui.tips import plain
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD

_DOT, _LARGEST = 7.0, 21.0
_NAMED, _NAMED_FROM = 40, 14.0  # names are drawn when so few single stores are in view
_HIT = 12.0


class StoreMap(MapCanvas):
    """Every store of a list, those chosen, and the route of a day."""

    chosen_changed = Signal()
    reordered = Signal(int, int)  # the disc that was dragged, the disc whose place it takes
    lasso_changed = Signal(bool)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.crowd = Crowd()
        self.chosen: set[int] = set()
        self._lassoing = False
        self._loop: list[QPointF] = []
        self._dragged: int | None = None
        self._pointer = QPointF()

    def show_crowd(self, crowd: Crowd) -> None:
        """Show these stores; the chosen ones stay chosen as far as they are among them."""
        kept = {self.crowd.points.ids[number] for number in self.chosen}
        first = not len(self.crowd)
        self.crowd = crowd
        self.chosen = {number for number, key in enumerate(crowd.points.ids) if key in kept}
        if first and len(crowd):
            self.show_all()
        self.viewport().update()
        self.chosen_changed.emit()

    def show_all(self) -> None:
        """Show every store, but not the few that lie far from all others."""
        if not len(self.crowd):
            self.fit()
            return
        low, high = max(0, len(self.crowd) // 100), -1 - len(self.crowd) // 100
        xs, ys = sorted(self.crowd.xs.tolist()), sorted(self.crowd.ys.tolist())
        size = self.viewport().size()
        self.look_at_box([(xs[low], ys[low]), (xs[high], ys[high])], size.width(), size.height())

    def look_at_box(self, corners: list[tuple[float, float]], width: int, height: int) -> None:
        """Show the box between scene points."""
        (x, y), zoom = mercator.fitting(corners, max(40, width - 80), max(40, height - 80))
        self.look_at(mercator.from_scene(x, y, self.datum), zoom)

    def in_view(self) -> list[int]:
        """Return the stores inside the view."""
        area = self.mapToScene(self.viewport().rect()).boundingRect()
        return self.crowd.inside(
            [(p.x(), p.y()) for p in (area.topLeft(), area.topRight(), area.bottomRight(), area.bottomLeft())]
        )

    def choose(self, numbers: Sequence[int], *, on: bool | None = None) -> None:
        """Choose stores, or take the choice back; without ``on`` each is turned over."""
        for number in numbers:
            wanted = number not in self.chosen if on is None else on
            (self.chosen.add if wanted else self.chosen.discard)(number)
        self.viewport().update()
        self.chosen_changed.emit()

    def clear_choice(self) -> None:
        """Choose nothing."""
        self.chosen.clear()
        self.viewport().update()
        self.chosen_changed.emit()

    @property
    def lassoing(self) -> bool:
        """Whether a drag encircles stores."""
        return self._lassoing

    def set_lasso(self, on: bool) -> None:
        """Let a drag encircle stores, or pan again."""
        self._lassoing = on
        self.viewport().setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.OpenHandCursor)
        self.lasso_changed.emit(on)

    # -- painting -------------------------------------------------------------------------

    def drawBackground(self, painter: QPainter, rect: QRectF | object) -> None:
        super().drawBackground(painter, rect)
        with self._on_screen(painter):
            self._draw_crowd(painter)

    def drawForeground(self, painter: QPainter, rect: QRectF | object) -> None:
        with self._on_screen(painter):
            self._draw_loop(painter)
        super().drawForeground(painter, rect)

    @contextmanager
    def _on_screen(self, painter: QPainter) -> Iterator[None]:
        """Paint in pixels of the viewport meanwhile, not in the scene's units."""
        painter.save()
        painter.resetTransform()
        ratio = self.viewport().devicePixelRatioF()
        painter.scale(ratio, ratio)
        yield
        painter.restore()

    def _draw_crowd(self, painter: QPainter) -> None:
        clusters = self.crowd.at(self.zoom)
        shown = self._shown()
        singles = [(int(clusters.of(n)[0]), at) for n, at in shown if clusters.counts[n] == 1]
        for number, point in shown:
            if (count := int(clusters.counts[number])) > 1:
                chosen = bool(self.chosen) and not self.chosen.isdisjoint(clusters.of(number).tolist())
                _draw_circle(painter, point, count, int(clusters.due[number]), chosen=chosen)
        for store, point in singles:
            _draw_dot(painter, point, due=self.crowd.points.due[store], chosen=store in self.chosen)
        if len(singles) <= _NAMED and self.zoom >= _NAMED_FROM:
            self._draw_names(painter, singles)

    def _draw_names(self, painter: QPainter, singles: Sequence[tuple[int, QPointF]]) -> None:
        """Name the stores; a name that would run into another one is left to the tooltip."""
        taken: list[QRectF] = []
        for store, point in singles:
            name = self.crowd.points.names[store]
            place = QRectF(point.x() + 12, point.y() - 9, paint.width(name, 12) + 2, 18)
            if not any(place.intersects(other) for other in taken):
                taken.append(place)
                paint.text(painter, place, name, 12, REGULAR, "text2")

    def _shown(self) -> list[tuple[int, QPointF]]:
        """Return the circles in view with their place on the screen."""
        area = self.viewport().rect()
        view = self.mapToScene(area.adjusted(-24, -24, 24, 24)).boundingRect()
        clusters = self.crowd.at(self.zoom)
        scale = mercator.scale_of(self.zoom)
        corner = self.mapToScene(QPoint(0, 0))
        return [
            (n, QPointF((clusters.xs[n] - corner.x()) * scale, (clusters.ys[n] - corner.y()) * scale))
            for n in clusters.within(view.left(), view.top(), view.right(), view.bottom()).tolist()
        ]

    def _draw_loop(self, painter: QPainter) -> None:
        painter.setPen(QPen(color("accent"), 2, Qt.PenStyle.DashLine))
        if self._loop:
            path = QPainterPath()
            path.addPolygon(QPolygonF([*self._loop, self._loop[0]]))
            veil = color("accent")
            veil.setAlphaF(0.12)
            painter.fillPath(path, veil)
            painter.drawPath(path)
        if self._dragged is not None:
            start = QPointF(self.mapFromScene(self.discs()[self._dragged].pos()))
            painter.drawLine(start, self._pointer)
            painter.drawEllipse(self._pointer, 14, 14)

    # -- pointer --------------------------------------------------------------------------

    def discs(self) -> list[Disc]:
        """Return the discs of the route, first to last."""
        found = [item for item in self.scene().items(Qt.SortOrder.AscendingOrder) if isinstance(item, Disc)]
        return sorted(found, key=lambda disc: disc.number)

    def store_at(self, point: QPointF) -> tuple[int, ...]:
        """Return the stores of the circle under a point of the viewport."""
        near = [(hypot(at.x() - point.x(), at.y() - point.y()), number) for number, at in self._shown()]
        if not near:
            return ()
        apart, number = min(near)
        clusters = self.crowd.at(self.zoom)
        reach = _radius(int(clusters.counts[number])) if clusters.counts[number] > 1 else _HIT
        return tuple(clusters.of(number).tolist()) if apart <= reach else ()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        left = event.button() == Qt.MouseButton.LeftButton
        if left and (self._lassoing or event.modifiers() & Qt.KeyboardModifier.ShiftModifier):
            self._loop = [event.position()]
            return
        item = self.itemAt(event.position().toPoint())
        if left and isinstance(item, Disc):
            self._dragged = item.number
            self.setDragMode(QGraphicsView.DragMode.NoDrag)
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        if self._loop:
            self._loop.append(event.position())
            self.viewport().update()
            return
        if self._dragged is not None:
            self.viewport().update()
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._loop:
            self._end_loop(add=not event.modifiers() & Qt.KeyboardModifier.AltModifier)
            return
        dragged, self._dragged = self._dragged, None
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        item = self.itemAt(event.position().toPoint())
        if dragged is not None and isinstance(item, Disc) and item.number != dragged:
            self._pressed = None
            self.reordered.emit(dragged, item.number)
            return
        still = self._pressed is not None and (event.position() - self._pressed).manhattanLength() <= 4
        super().mouseReleaseEvent(event)
        if still and not isinstance(item, Disc):
            self._on_click(event.position())

    def _end_loop(self, *, add: bool) -> None:
        corners = [self.mapToScene(point.toPoint()) for point in self._loop]
        self._loop = []
        self.choose(self.crowd.inside([(corner.x(), corner.y()) for corner in corners]), on=add)

    def _on_click(self, point: QPointF) -> None:
        stores = self.store_at(point)
        if len(stores) > 1 and self.zoom < mercator.MAX_ZOOM - 1:
            corners = [(float(self.crowd.xs[n]), float(self.crowd.ys[n])) for n in stores]
            before = self.zoom
            self.look_at_box(corners, self.viewport().width(), self.viewport().height())
            if self.zoom <= before:
                self.zoom_by(before + 1 - self.zoom)
        elif stores:
            self.choose(stores)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_0:
            self.show_all()
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            stores = self.store_at(QPointF(event.pos()))
            names = [self.crowd.points.names[number] for number in stores[:6]]
            if names:
                more = ["…"] if len(stores) > len(names) else []
                QToolTip.showText(QCursor.pos(), plain("\n".join(names + more)), self)
                return True
        return super().viewportEvent(event)


def _radius(count: int) -> float:
    return min(_LARGEST, 12.0 + 2.2 * len(str(count)) + (2 if count >= 50 else 0))


def _draw_circle(painter: QPainter, point: QPointF, count: int, due: int, *, chosen: bool) -> None:
    radius = _radius(count)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color("card"))
    painter.drawEllipse(point, radius + 2, radius + 2)
    painter.setPen(QPen(color("accent"), 3 if chosen else 1))
    painter.setBrush(color("accentSoft"))
    painter.drawEllipse(point, radius, radius)
    if due:
        _draw_share(painter, point, radius, due / count)
    box = QRectF(point.x() - radius, point.y() - radius, 2 * radius, 2 * radius)
    paint.text(painter, box, formats.short_count(count), 12, SEMIBOLD, "text", paint.CENTRE)


def _draw_share(painter: QPainter, point: QPointF, radius: float, share: float) -> None:
    """Draw how many of a circle's stores are due, as an arc from the top."""
    pen = QPen(color("warn"), 3)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    box = QRectF(point.x() - radius, point.y() - radius, 2 * radius, 2 * radius)
    painter.drawArc(box, 90 * 16, -round(360 * 16 * share))


def _draw_dot(painter: QPainter, point: QPointF, *, due: bool, chosen: bool) -> None:
    """Draw one store: a disc, or a diamond when it is due; a ring and a tick when it is chosen."""
    painter.setPen(QPen(color("card"), 2))
    if chosen:
        painter.setBrush(color("accent"))
        painter.drawEllipse(point, _DOT + 3, _DOT + 3)
        paint.icon(painter, "check", point.x() - 7, point.y() - 7, 14, "onAccent")
        return
    painter.setBrush(color("warn" if due else "accent"))
    if not due:
        painter.drawEllipse(point, _DOT, _DOT)
        return
    side = _DOT + 2
    corners = [QPointF(0, -side), QPointF(side, 0), QPointF(0, side), QPointF(-side, 0)]
    painter.drawPolygon(QPolygonF([point + corner for corner in corners]))
