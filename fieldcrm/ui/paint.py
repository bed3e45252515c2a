"""Painted pieces that delegates and small widgets share.

Text stands on a baseline computed from its size, because Han fallback fonts have other
ascents and would move a centred line up or down. Everything asks the theme at paint time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import cache, lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from fieldcrm.ui import icons
from fieldcrm.ui.theme import color, font
from fieldcrm.ui.tokens import BADGE_RADIUS, REGULAR, SEMIBOLD

LEFT, CENTRE, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight


class Status(StrEnum):
    """Every state the interface knows; each has its own shape."""

    DONE = "done"
    CURRENT = "current"
    OPEN = "open"
    SKIPPED = "skipped"
    WARNING = "warning"
    OVERDUE = "overdue"
    FAILED = "failed"
    CONFLICT = "conflict"
    SAVED = "saved"
    QUEUED = "queued"
    SENT = "sent"
    OFFLINE = "offline"
    RETURNED = "returned"
    DUE = "due"
    INFO = "info"


SIGN: dict[Status, tuple[str, str]] = {
    Status.DONE: ("check-circle", "ok"),
    Status.CURRENT: ("play-circle", "accent"),
    Status.OPEN: ("circle-outline", "neutral"),
    Status.SKIPPED: ("minus-circle-outline", "neutral"),
    Status.WARNING: ("alert", "warn"),
    Status.OVERDUE: ("alert-octagon", "bad"),
    Status.FAILED: ("close-octagon", "bad"),
    Status.CONFLICT: ("source-branch", "bad"),
    Status.SAVED: ("content-save-outline", "local"),
    Status.QUEUED: ("tray-arrow-up", "local"),
    Status.SENT: ("cloud-check-outline", "ok"),
    Status.OFFLINE: ("cloud-off-outline", "local"),
    Status.RETURNED: ("undo-variant", "warn"),
    Status.DUE: ("clock-alert-outline", "warn"),
    Status.INFO: ("information-outline", "accent"),
}


_cuts: list[str] | None = None


@contextmanager
def noticing_cuts() -> Iterator[list[str]]:
    """Collect the texts that are drawn shortened meanwhile, for a tip."""
    global _cuts
    _cuts = []
    try:
        yield _cuts
    finally:
        _cuts = None


@cache
def metrics(px: int, weight: int) -> QFontMetricsF:
    """Return the measures of the interface font; share them."""
    return QFontMetricsF(font(px, weight))


@lru_cache(maxsize=8_192)  # shaping a text costs as much as drawing it, and most are drawn many times
def width(words: str, px: int = 14, weight: int = REGULAR) -> float:
    """Return how wide ``words`` are drawn."""
    return metrics(px, weight).horizontalAdvance(words)


def text(
    painter: QPainter, rect: QRectF, words: str, px: int = 14, weight: int = REGULAR, tone: str = "text",
    align: Qt.AlignmentFlag = LEFT, elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> float:  # fmt: skip
    """Draw one line in the vertical middle of ``rect``, elided; return its width."""
    whole = words = words.replace("\n", " ")
    advance = width(whole, px, weight)
    if advance > rect.width() + 0.5:
        words = metrics(px, weight).elidedText(whole, elide, rect.width() + 0.5)
        advance = width(words, px, weight)
    if words != whole and _cuts is not None:
        _cuts.append(whole)
    x = rect.x()
    if align & RIGHT:
        x = rect.right() - advance
    elif align & CENTRE:
        x = rect.center().x() - advance / 2
    painter.setFont(font(px, weight))
    painter.setPen(color(tone))
    painter.drawText(QPointF(round(x), round(rect.center().y() + px * 0.37)), words)
    return advance


def box(
    painter: QPainter, rect: QRectF, radius: float, fill: str = "", border: str = "", thickness: float = 1
) -> None:
    """Draw a rounded box; its border lies inside ``rect``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color(border), thickness) if border else Qt.PenStyle.NoPen)
    painter.setBrush(color(fill) if fill else Qt.BrushStyle.NoBrush)
    inset = thickness / 2 if border else 0
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)


def icon(painter: QPainter, name: str, x: float, y: float, size: int, tone: str = "text2") -> None:
    """Draw an icon with its upper left corner at ``x``, ``y``."""
    icons.draw(painter, name, QRectF(round(x), round(y), size, size), color(tone))


def status(painter: QPainter, state: Status, x: float, y: float, size: int = 20) -> None:
    """Draw a state's sign in its tone."""
    name, tone = SIGN[state]
    icon(painter, name, x, y, size, tone)


def badge_width(words: str, sign: str = "") -> int:
    """Return how wide a badge is."""
    return round(width(words, 12, SEMIBOLD)) + 16 + (18 if sign else 0)


def badge(
    painter: QPainter, x: float, middle: float, words: str, tone: str = "neutral", sign: str = "",
    *, to_left: bool = False,
) -> int:  # fmt: skip
    """Draw a badge beginning (or, ``to_left``, ending) at ``x``; return its width."""
    wide = badge_width(words, sign)
    rect = QRectF(x - wide if to_left else x, middle - 11, wide, 22)
    box(painter, rect, BADGE_RADIUS, f"{tone}Soft")
    start = rect.x() + 8
    if sign:
        icon(painter, sign, start, middle - 7, 14, tone)
        start += 18
    text(painter, QRectF(start, rect.y(), rect.right() - start, 22), words, 12, SEMIBOLD, tone)
    return wide


def status_badge(
    painter: QPainter, x: float, middle: float, words: str, state: Status, *, to_left: bool = False
) -> int:
    """Draw a badge with a state's sign and tone; return its width."""
    sign, tone = SIGN[state]
    return badge(painter, x, middle, words, tone, sign, to_left=to_left)


def bar(
    painter: QPainter, rect: QRectF, share: float, tone: str = "accent", tick: float | None = None
) -> None:
    """Draw how much of a whole is done; ``tick`` marks where it should be by now."""
    radius = rect.height() / 2
    box(painter, rect, radius, "track")
    if share > 0:
        filled = max(rect.height(), rect.width() * min(share, 1.0))
        box(painter, QRectF(rect.x(), rect.y(), filled, rect.height()), radius, tone)
    if tick is not None:
        x = round(rect.x() + rect.width() * min(max(tick, 0.0), 1.0))
        painter.fillRect(QRectF(x - 1, rect.y() - 4, 2, rect.height() + 8), color("text"))


def bars(painter: QPainter, rect: QRectF, values: Sequence[float], strong: int = 4) -> None:
    """Draw a trend of small bars from zero; the last ``strong`` stand out."""
    if not values:
        return
    top = max(max(values), 1e-9)
    step = rect.width() / len(values)
    gap = 1 if step < 8 else 2
    for index, value in enumerate(values):
        high = max(2.0, rect.height() * max(value, 0) / top)
        tone = "accent" if index >= len(values) - strong else "lineStrong"
        left = rect.x() + index * step
        painter.fillRect(QRectF(left, rect.bottom() - high, step - gap, high), color(tone))


def line(painter: QPainter, points: Sequence[QPointF], tone: str, thickness: float = 2) -> None:
    """Draw a line through ``points``."""
    painter.setPen(QPen(color(tone), thickness))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(list(points))


def avatar(
    painter: QPainter,
    centre: QPointF,
    radius: float,
    initials: str,
    tone: str = "accent",
    *,
    ring: bool = False,
) -> None:
    """Draw a person as initials in a disc."""
    rect = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
    box(painter, rect, radius, f"{tone}Soft", "accent" if ring else "", 2)
    text(painter, rect, initials, max(12, int(radius * 0.85)), SEMIBOLD, tone, CENTRE)


def initials(name: str) -> str:
    """Return what stands for a name: 陈 for 陈嘉禾, CJ for Chen Jiahe."""
    words = name.split()
    if not words:
        return ""
    if words[0][0] > "\u2e7f":
        return words[0][0]
    return "".join(word[0] for word in words[:2]).upper()


def focus(painter: QPainter, rect: QRectF, radius: float = 8) -> None:
    """Draw the focus border inside ``rect``."""
    box(painter, rect, radius, "", "accent", 2)
