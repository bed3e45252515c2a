"""Small painted things: badge, avatar, bars, trends, a count."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fieldcrm.ui import paint
from fieldcrm.ui.paint import Status
from fieldcrm.ui.theme import color
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD


class Badge(QWidget):
    """A word with a sign on a soft ground; hidden while it has no word."""

    def __init__(
        self, text: str = "", tone: str = "neutral", sign: str = "", status: Status | None = None
    ) -> None:
        super().__init__()
        self.show_badge(text, tone, sign, status)

    def show_badge(
        self, text: str, tone: str = "neutral", sign: str = "", status: Status | None = None
    ) -> None:
        """Show another word."""
        if status is not None:
            sign, tone = paint.SIGN[status]
        self._text, self._tone, self._sign = text, tone, sign
        self.setFixedSize(paint.badge_width(text, sign), 22)
        self.setAccessibleName(text)
        if not text or self.parent() is not None:
            self.setVisible(bool(text))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.badge(painter, 0, 11, self._text, self._tone, self._sign)
        painter.end()


class Avatar(QWidget):
    """A person as initials in a disc."""

    def __init__(self, name: str, size: int = 32, tone: str = "accent") -> None:
        super().__init__()
        self._name, self._tone = name, tone
        self.setFixedSize(size, size)
        self.setAccessibleName(name)

    def show_name(self, name: str) -> None:
        """Stand for somebody else."""
        self._name = name
        self.setAccessibleName(name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        half = self.width() / 2
        paint.avatar(painter, QPointF(half, half), half, paint.initials(self._name), self._tone)
        painter.end()


class Painted(QWidget):
    """A widget that ``draw(painter, rect)`` paints; give it an accessible name."""

    def __init__(
        self, draw: Callable[[QPainter, QRectF], object], width: int = 0, height: int = 0, name: str = ""
    ) -> None:
        super().__init__()
        self._draw = draw
        if width:
            self.setFixedWidth(width)
        if height:
            self.setFixedHeight(height)
        self.setAccessibleName(name)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw(painter, QRectF(self.rect()))
        painter.end()


class Meter(QWidget):
    """A target: its name, value and goal over a bar with a tick at what today should show."""

    def __init__(self, name: str = "", value: str = "", goal: str = "") -> None:
        super().__init__()
        self.setFixedHeight(36)
        self.show_meter(name, value, goal, 0, None)

    def show_meter(
        self, name: str, value: str, goal: str, share: float, tick: float | None, tone: str = ""
    ) -> None:
        """Show figures; behind the tick the bar turns to the warning tone unless ``tone`` says otherwise."""
        self._name, self._value, self._goal = name, value, goal
        self._share, self._tick = share, tick
        behind = tick is not None and share < tick * 0.9
        self._tone = tone or ("warn" if behind else "accent")
        self.setAccessibleName(f"{name} {value} / {goal}" if goal else f"{name} {value}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        top = QRectF(0, 0, self.width(), 20)
        goal = f" / {self._goal}" if self._goal else ""
        goal_wide = paint.width(goal, 13)
        paint.text(painter, top, goal, 13, REGULAR, "text3", paint.RIGHT)
        value_box = QRectF(0, 0, self.width() - goal_wide, 20)
        value_wide = paint.text(painter, value_box, self._value, 14, SEMIBOLD, "text", paint.RIGHT)
        name_box = QRectF(0, 0, self.width() - goal_wide - value_wide - 12, 20)
        paint.text(painter, name_box, self._name, 13, REGULAR, "text2")
        paint.bar(painter, QRectF(0, 25, self.width(), 6), self._share, self._tone, self._tick)
        painter.end()


class Bars(QWidget):
    """A trend of bars from zero; the last ones stand out."""

    def __init__(self, values: Sequence[float] = (), *, strong: int = 4, height: int = 70) -> None:
        super().__init__()
        self._values, self._strong = tuple(values), strong
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, values: Sequence[float], name: str) -> None:
        """Show other values; ``name`` says them in words."""
        self._values = tuple(values)
        self.setAccessibleName(name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.bars(painter, QRectF(self.rect()), self._values, self._strong)
        painter.end()


class Trend(QWidget):
    """A line over a few values with two grid values; the last point carries its figure."""

    def __init__(self, height: int = 112) -> None:
        super().__init__()
        self._values: tuple[float, ...] = ()
        self._grid: tuple[float, ...] = ()
        self._ends = ("", "")
        self.setFixedHeight(height)

    def show_values(
        self, values: Sequence[float], grid: Sequence[float], ends: tuple[str, str], name: str
    ) -> None:
        """Show values between grid lines; ``ends`` label the first and the last point."""
        self._values, self._grid, self._ends = tuple(values), tuple(grid), ends
        self.setAccessibleName(name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._values:
            self._draw(painter)
        painter.end()

    def _draw(self, painter: QPainter) -> None:
        everything = (*self._values, *self._grid)
        low, high = min(everything), max(everything)
        plot = QRectF(6, 12, self.width() - 42, self.height() - 44)

        def point(index: int, value: float) -> QPointF:
            across = index / max(1, len(self._values) - 1)
            up = (value - low) / ((high - low) or 1)
            return QPointF(plot.x() + across * plot.width(), plot.bottom() - up * plot.height())

        for value in self._grid:
            y = round(point(0, value).y())
            painter.fillRect(QRectF(0, y, self.width() - 30, 1), color("line"))
            label = QRectF(self.width() - 30, y - 8, 30, 16)
            paint.text(painter, label, f"{value:g}", 12, REGULAR, "text3", paint.RIGHT)
        points = [point(index, value) for index, value in enumerate(self._values)]
        paint.line(painter, points, "accent", 2)
        for each in points:
            paint.box(painter, QRectF(each.x() - 4, each.y() - 4, 8, 8), 4, "card", "accent", 2)
        last = points[-1]
        under = QRectF(last.x() - 24, last.y() + 6, 48, 16)
        paint.text(painter, under, f"{self._values[-1]:g}", 13, SEMIBOLD, "text", paint.CENTRE)
        foot = QRectF(0, self.height() - 16, self.width() - 30, 16)
        paint.text(painter, foot, self._ends[0], 12, REGULAR, "text3")
        paint.text(painter, foot, self._ends[1], 12, REGULAR, "text3", paint.RIGHT)


class StackedBar(QWidget):
    """Shares of a whole side by side; name each part beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: tuple[tuple[float, str], ...] = ()
        self.setFixedHeight(8)

    def show_parts(self, parts: Sequence[tuple[float, str]], name: str) -> None:
        """Show (share, tone) from left to right; what is left over is free."""
        self._parts = tuple(parts)
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.box(painter, QRectF(self.rect()), 4, "track")
        end = 0.0
        ends = []
        for share, tone in self._parts:
            end = min(1.0, end + max(share, 0))
            ends.append((end, tone))
        for end, tone in reversed(ends):
            if end > 0:
                wide = max(8.0, self.width() * end)
                paint.box(painter, QRectF(0, 0, wide, 8), 4, tone)
        painter.end()
