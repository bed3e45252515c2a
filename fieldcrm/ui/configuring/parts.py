"""What is inside a configured line, indented under it, on panes and in painted lists."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from fieldcrm.services.insides import Part
from fieldcrm.ui import formats, paint
from fieldcrm.ui.tokens import REGULAR
from fieldcrm.ui.widgets.frames import holder, row
from fieldcrm.ui.widgets.labels import Label

INDENT = 16
HEIGHT = 24


def said(part: Part) -> str:
    """Return how much of a part is in the whole line."""
    return formats.quantity(part.quantity, part.unit)


def widget(part: Part) -> QWidget:
    """Return one part as a line of a pane."""
    name, many = Label(part.name, 12, tone="text2"), Label(said(part), 12, tone="text2", rigid=True)
    line = row(name, None, many, gap=8, margins=(INDENT * part.depth, 0, 0, 0))
    line.setStretch(0, 1)
    return holder(line)


def draw(painter: QPainter, rect: QRectF, part: Part) -> None:
    """Draw one part in a list, at the top of ``rect``."""
    rect = QRectF(rect.x(), rect.y(), rect.width(), HEIGHT)
    wide = paint.text(painter, rect, said(part), 12, REGULAR, "text2", paint.RIGHT)
    inner = rect.adjusted(INDENT * part.depth, 0, -wide - 12, 0)
    paint.text(painter, inner, part.name, 12, REGULAR, "text2")
