"""Text with fixed line boxes, so that a page is laid out the same in Han and in Latin.

``Label`` is one line that elides and then shows its whole text as a tooltip; ``Paragraph``
wraps. Both draw by baseline themselves and take their colour from the theme when painting.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from fieldcrm.ui import paint
from fieldcrm.ui.theme import color, font
from fieldcrm.ui.tips import plain
from fieldcrm.ui.tokens import LINE, REGULAR, SEMIBOLD


class Label(QLabel):
    """One line of text."""

    def __init__(
        self, text: str = "", px: int = 14, weight: int = REGULAR, tone: str = "text", *,
        align: Qt.AlignmentFlag = paint.LEFT, elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        rigid: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(text)
        self._px, self._weight, self._tone, self._align, self._elide = px, weight, tone, align, elide
        self._rigid = rigid
        self.setFont(font(px, weight))
        self.setFixedHeight(LINE[px])
        self.setTextFormat(Qt.TextFormat.PlainText)
        grows = QSizePolicy.Policy.Fixed if rigid else QSizePolicy.Policy.Preferred
        self.setSizePolicy(grows, QSizePolicy.Policy.Fixed)

    def set_tone(self, tone: str) -> None:
        """Take another colour."""
        self._tone = tone
        self.update()

    def show_text(self, text: str, tone: str = "") -> None:
        """Say something else, perhaps in another colour."""
        if text == self.text() and tone in ("", self._tone):
            return
        self._tone = tone or self._tone
        self.setText(text)
        self._explain()
        self.updateGeometry()
        self.update()

    def _explain(self) -> None:
        self.setToolTip(plain(self.text()) if self._wanted() > self.width() + 0.5 else "")

    def _wanted(self) -> float:
        return paint.width(self.text(), self._px, self._weight)

    def sizeHint(self) -> QSize:
        return QSize(int(self._wanted()) + 1, LINE[self._px])

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint() if self._rigid else QSize(min(24, self.sizeHint().width()), LINE[self._px])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tone = self._tone if self.isEnabled() else "disabled"
        rect = QRectF(self.rect())
        paint.text(painter, rect, self.text(), self._px, self._weight, tone, self._align, self._elide)
        painter.end()


class Paragraph(QLabel):
    """Text over several lines; ``lines`` is the most it shows, 0 for all."""

    def __init__(
        self, text: str = "", px: int = 14, weight: int = REGULAR, tone: str = "text", lines: int = 0,
        align: Qt.AlignmentFlag = paint.LEFT,
    ) -> None:  # fmt: skip
        super().__init__(text)
        self._px, self._weight, self._tone, self._lines, self._align = px, weight, tone, lines, align
        self._font = font(px, weight)
        self.setFont(self._font)
        self.setTextFormat(Qt.TextFormat.PlainText)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_text(self, text: str, tone: str = "") -> None:
        """Say something else, perhaps in another colour."""
        if text == self.text() and tone in ("", self._tone):
            return
        self._tone = tone or self._tone
        self.setText(text)
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return max(1, len(self._broken(width)[0])) * LINE[self._px]

    def sizeHint(self) -> QSize:
        wide = min(
            480, int(max(paint.width(line, self._px, self._weight) for line in self.text().split("\n"))) + 2
        )
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:
        return QSize(48, LINE[self._px])

    def _broken(self, width: int) -> tuple[list[str], bool]:
        """Return the lines that fit ``width``, and whether some were left out."""
        broken = _broken(self.text(), self._px, self._weight, width)
        if self._lines and len(broken) > self._lines:
            return list(broken[: self._lines]), True
        return list(broken), False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._font)
        painter.setPen(color(self._tone if self.isEnabled() else "disabled"))
        lines, cut = self._broken(self.width())
        high, shown = LINE[self._px], event.rect()
        for number in range(max(0, shown.top() // high), min(len(lines), shown.bottom() // high + 1)):
            line = lines[number]
            if cut and number == len(lines) - 1:
                line = paint.metrics(self._px, self._weight).elidedText(
                    line + "…" * 2, Qt.TextElideMode.ElideRight, self.width()
                )
            x = 0.0
            if self._align & paint.CENTRE:
                x = (self.width() - paint.width(line, self._px, self._weight)) / 2
            painter.drawText(QPointF(round(x), round(number * high + high / 2 + self._px * 0.37)), line)
        painter.end()
        self.setToolTip(plain(self.text()) if cut else "")


@lru_cache(maxsize=1_024)  # a layout asks for the same text at the same width again and again
def _broken(text: str, px: int, weight: int, width: int) -> tuple[str, ...]:
    """Return the lines that a text makes at a width."""
    return tuple(line for part in text.split("\n") for line in _lines_of(part, px, weight, width))


@lru_cache(maxsize=4_096)  # and of a long one that changes, most lines stay
def _lines_of(part: str, px: int, weight: int, width: int) -> tuple[str, ...]:
    layout, option = QTextLayout(part, font(px, weight)), QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    broken: list[str] = []
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        broken.append(part[line.textStart() : line.textStart() + line.textLength()].rstrip())
    layout.endLayout()
    return tuple(broken) if part else ("",)


class Sign(QWidget):
    """An icon beside text; it follows the theme."""

    def __init__(self, name: str, size: int = 20, tone: str = "text2") -> None:
        super().__init__()
        self._name, self._tone = name, tone
        self.setFixedSize(size, size)

    def show_sign(self, name: str, tone: str) -> None:
        """Show another icon."""
        self._name, self._tone = name, tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.icon(painter, self._name, 0, 0, self.width(), self._tone)
        painter.end()


def caption(text: str, tone: str = "text3") -> Label:
    """Return a 12 px line."""
    return Label(text, 12, REGULAR, tone)


def secondary(text: str, tone: str = "text2") -> Label:
    """Return a 13 px line."""
    return Label(text, 13, REGULAR, tone)


def section_title(text: str) -> Label:
    """Return the title of a card or a part of a page."""
    return Label(text, 15, SEMIBOLD)
