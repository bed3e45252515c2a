"""The twenty checks of the interface, as far as a machine can judge them.

A ``Witness`` notes every line of text that is painted while a window is grabbed, with where
and how it was painted; ``faults`` then looks at the widgets, the painted lines and the
picture. Numbers in the messages are those of the design's screenshot review.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from sys import _getframe
from types import FrameType
from typing import Any

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QTextLayout
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)

from fieldcrm.ui import i18n, paint, resources, theme
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.labels import Label, Paragraph
from fieldcrm.ui.widgets.lists import RowList, RowTable
from fieldcrm.ui.widgets.overlays import Overlay, Toast
from tests.ui.translations import ALLOWED

_HAN = re.compile(r"[\u4e00-\u9fff]")
_RAW = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-|\b[0-9a-f]{24,}\b|\b(None|null|nan|NaN|undefined)\b|\d{4}-\d\d-\d\dT\d"
    r"|\b[a-z]+_[a-z_]+\b|\{[a-z_]*\}|(?:/[\w.-]+){3,}|\b[A-Z]:\\|<class|Error\b|\bTrue\b|\bFalse\b"
    r"|\b[A-Z]{3,}_[A-Z]+"
)
_CODE = re.compile(r"\b[A-Z]{2}\d+|https?://\S+")
_WORD = re.compile(r"[A-Za-z]{2,}")
_NO_SPACE = re.compile(r"[\u4e00-\u9fff][0-9A-Za-z]|[0-9A-Za-z][\u4e00-\u9fff]")
# 11月18日 is written without spaces; A 级 with one.
_DATES = re.compile(r"\d+(?=[年月日])|(?<=[年月])\d+")
# Not Chinese: Han at a date, a Latin comma, another word for 你, ¥ for 元.
_UNCHINESE = re.compile(r"(?![年月日])[\u4e00-\u9fff]\d+[年月]|[\u4e00-\u9fff], |您|/¥$")
_QUOTES = re.compile("[“”‘]|(?<!\\w)-¥|¥-")
_SIMPLIFIED = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI", "PingFang SC")
_KEYS = {"Left", "Right", "Up", "Down", "Return", "PgUp", "PgDown"}
_KEPT = ALLOWED | _KEYS | {"ml", "cm", "min", "HZ", "rep", "SO", "OSRM", "Valhalla", "Nominatim", "Photon"}
_LEAST_PX = 12
_APART = 40  # what may be empty between two neighbours
_MARGIN = 24  # what may be empty at the edge of a surface
_TELL_ON_HOVER = ("Cards",)  # their tip is that of the card under the pointer
_LEAST_CONTRAST = 4.5


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that a designer would not accept."""

    look: str
    check: str
    what: str

    def __str__(self) -> str:
        return f"{self.look}: {self.check}: {self.what}"


@dataclass(frozen=True, slots=True)
class Said:
    """One painted line: the words meant, the words shown, how, where, and by whom."""

    words: str
    shown: str
    px: int
    weight: int
    tone: str
    rect: QRect
    in_row: bool
    painter: QWidget | None


class Witness:
    """Notes what ``paint.text`` draws."""

    @contextmanager
    def watching(self) -> Iterator[list[Said]]:
        """Note everything that is painted meanwhile."""
        noted: list[Said] = []
        draw = paint.text

        def noting(
            painter: QPainter, rect: QRectF, words: str, px: int = 14, weight: int = 400, tone: str = "text",
            *rest: Any, **more: Any,
        ) -> float:  # fmt: skip
            wide = draw(painter, rect, words, px, weight, tone, *rest, **more)
            face = QFontMetricsF(theme.font(px, weight))
            plain = words.replace("\n", " ")
            cut = face.horizontalAdvance(plain) > rect.width() + 1
            align = more.get("align") or (rest[0] if rest else paint.LEFT)
            inked = _inked(rect, min(wide, rect.width()), px, align)
            place = painter.deviceTransform().mapRect(inked).toAlignedRect()
            who, in_row = _painting(_getframe(1))
            noted.append(Said(words, "…" if cut else plain, px, weight, tone, place, in_row, who))
            return wide

        paint.text = noting  # type: ignore[assignment]  # the same call, watched
        try:
            yield noted
        finally:
            paint.text = draw


def _inked(rect: QRectF, wide: float, px: int, align: Qt.AlignmentFlag) -> QRectF:
    """Return the part of a box that its text covers."""
    left = rect.x()
    if align & paint.RIGHT:
        left = rect.right() - wide
    elif align & paint.CENTRE:
        left = rect.center().x() - wide / 2
    return QRectF(left, rect.center().y() - px / 2, wide, px)


def _painting(frame: FrameType | None) -> tuple[QWidget | None, bool]:
    """Return the widget that paints, and whether a row of a list is being painted."""
    who: QWidget | None = None
    for _ in range(12):
        if frame is None:
            break
        me = frame.f_locals.get("self")
        if type(me).__name__ == "_Delegate":
            return who, True
        if isinstance(me, QWidget) and who is None:
            who = me
        frame = frame.f_back
    return who, False


def faults(
    look: str, top: QWidget, picture: QImage, painted: Sequence[Said], *, primaries: int,
    data: Sequence[str] = (),
) -> list[Fault]:  # fmt: skip
    """Return what is wrong with a window and its picture."""
    found: list[Fault] = []

    def note(check: str, what: str) -> None:
        found.append(Fault(look, check, what))

    widgets = [w for w in [top, *top.findChildren(QWidget)] if _is_seen(w)]
    covered = isinstance(top, Overlay)
    if covered:
        painted = [p for p in painted if p.painter is not None and top.isAncestorOf(p.painter)]
    _check_fit(widgets, top.window(), note)
    _check_cut(widgets, painted, note)
    _check_chosen(widgets, note)
    _check_words([*_texts(widgets), *(p.words for p in painted)], data, note)
    _check_type(widgets, painted, note)
    if not covered:
        _check_contrast(widgets, painted, picture, note)
    _check_primary(widgets, primaries, note)
    focus = QApplication.focusWidget()
    if focus is None or not focus.isVisible() or not (focus is top or top.isAncestorOf(focus)):
        note("12 focus", f"on nothing that is seen: {focus}")
    return list(dict.fromkeys(found))


def _is_seen(widget: QWidget) -> bool:
    return widget.isVisible() and not widget.visibleRegion().isEmpty()


def _name(widget: QWidget) -> str:
    said = getattr(widget, "text", None)
    text = str(said()) if callable(said) else widget.accessibleName()
    return f"{type(widget).__name__} {text[:40]!r}"


# -- 1 nothing is clipped, nothing overlaps ------------------------------------------------------


def _check_fit(widgets: Sequence[QWidget], window: QWidget, note: Any) -> None:
    for widget in widgets:
        parent = widget.parentWidget()
        if parent is None or widget.isWindow():
            continue
        if isinstance(widget, QScrollArea) and widget.widget() is not None:
            inner, port = widget.widget(), widget.viewport()
            if inner.width() > port.width() + 1 and not widget.horizontalScrollBar().isVisible():
                note("1 clipped", f"{_name(inner)} is {inner.width()} in {port.width()} wide")
        if not isinstance(parent.parentWidget(), QAbstractScrollArea) and not _holds_all(parent, widget):
            note("1 clipped", f"{_name(widget)} {_box(widget)} leaves {_name(parent)} {_box(parent)}")
        if isinstance(widget, Paragraph) and widget.height() < widget.heightForWidth(widget.width()):
            note("1 clipped", f"{_name(widget)} is {widget.height()} high")
    _check_overlaps(widgets, note)


def _holds_all(parent: QWidget, widget: QWidget) -> bool:
    box = widget.geometry()
    return parent.rect().adjusted(-1, -1, 1, 1).contains(box)


def _box(widget: QWidget) -> str:
    box = widget.geometry()
    return f"({box.x()},{box.y()} {box.width()}×{box.height()})"


def _check_overlaps(widgets: Sequence[QWidget], note: Any) -> None:
    by_parent: dict[QWidget, list[QWidget]] = {}
    for widget in widgets:
        if isinstance(widget, QLabel | QPushButton | QLineEdit) and widget.parentWidget() is not None:
            by_parent.setdefault(widget.parentWidget(), []).append(widget)
    for siblings in by_parent.values():
        for number, one in enumerate(siblings):
            for other in siblings[number + 1 :]:
                if one.geometry().adjusted(1, 1, -1, -1).intersects(other.geometry()) and _speak(one, other):
                    note("1 overlap", f"{_name(one)} {_box(one)} and {_name(other)} {_box(other)}")


def _speak(*widgets: QWidget) -> bool:
    return all(not isinstance(w, QLabel) or w.text() for w in widgets)


def _check_cut(widgets: Sequence[QWidget], painted: Sequence[Said], note: Any) -> None:
    for widget in widgets:
        words = widget.text() if isinstance(widget, QLabel | QPushButton) else ""
        if not words or isinstance(widget, Paragraph):
            continue
        wide = QFontMetricsF(widget.font()).horizontalAdvance(words)
        if isinstance(widget, Label):
            if wide > widget.width() + 1 and widget.toolTip() != words:
                note("1 elided", f"{_name(widget)} without a tooltip")
            if wide > widget.width() + 1 and _room_beside(widget) > wide - widget.width() + _APART:
                note("1 elided", f"{_name(widget)} though there is room beside it")
        elif isinstance(widget, QPushButton):
            icon = 0 if widget.icon().isNull() else widget.iconSize().width() + 4
            if wide + icon > widget.width() - 4 and widget.property("kind") != "nav":
                note("1 clipped", f"{_name(widget)} needs {wide + icon:.0f} of {widget.width()}")
        elif wide > widget.width() + 1 and not widget.wordWrap():
            note("1 clipped", f"{_name(widget)}")
    for each in painted:
        if each.shown == "…" and not each.in_row and not isinstance(each.painter, Label):
            tip = each.painter.toolTip() if each.painter is not None else ""
            if not tip and type(each.painter).__name__ not in _TELL_ON_HOVER:
                note("1 elided", f"painted {each.words!r} by {type(each.painter).__name__}")
    for widget in widgets:
        if isinstance(widget, QLineEdit) and not widget.text():
            hint = widget.placeholderText()
            margins = widget.textMargins()
            room = widget.width() - margins.left() - margins.right() - 12
            if QFontMetricsF(widget.font()).horizontalAdvance(hint) > room:
                note("1 clipped", f"placeholder {hint!r} in {widget.width()}")


def _room_beside(label: QWidget) -> int:
    """Return how much nothing is at the right of a label, up to its neighbour or its parent's edge."""
    parent, box = label.parentWidget(), label.geometry()
    if parent is None:
        return 0
    line = QRect(box.right() + 1, box.top(), parent.width() - box.right() - 1, box.height())
    others = parent.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    lefts = [
        each.x()
        for each in others
        if each.isVisible() and each is not label and each.geometry().intersects(line)
    ]
    return min((*lefts, parent.width() - _MARGIN)) - box.right()


def _check_chosen(widgets: Sequence[QWidget], note: Any) -> None:
    for view in widgets:
        if not isinstance(view, RowTable | RowList) or not view.hasFocus():
            continue
        can = view.selectionMode() is not view.SelectionMode.NoSelection
        if can and view.currentIndex().isValid() and not view.selectionModel().hasSelection():
            note("13 selection", f"{view.accessibleName()}: the row in focus is not shown as chosen")


# -- 7, 19 words ---------------------------------------------------------------------------------


def _texts(widgets: Sequence[QWidget]) -> Iterator[str]:
    for widget in widgets:
        if isinstance(widget, QLabel | QPushButton):
            yield widget.text()
        elif isinstance(widget, QLineEdit):
            yield widget.text() or widget.placeholderText()


def _check_words(texts: Sequence[str], data: Sequence[str], note: Any) -> None:
    for text in dict.fromkeys(texts):
        plain = text
        for known in data:
            plain = plain.replace(known, "")
        if _RAW.search(plain):
            note("7 raw", repr(text))
        if "-¥" in plain or "¥-" in plain:
            note("10 minus", repr(text))
        if i18n.is_chinese():
            if left := set(_WORD.findall(_CODE.sub("", plain))) - _KEPT:
                note("19 English", f"{sorted(left)} in {text!r}")
            if _NO_SPACE.search(_DATES.sub("", plain)) and _is_ours(text):
                note("7 space", repr(text))
            if "。 " in plain or (_UNCHINESE.search(plain) and _is_ours(text)):
                note("19 Chinese", repr(text))
            if _QUOTES.search(plain):
                note("7 quotes", repr(text))
        elif _HAN.search(plain):
            for part in re.split(r" · |: |, ", plain):
                if _is_ours(part):
                    note("19 Chinese", f"{part!r} in {text!r}")


@cache
def _chinese() -> tuple[frozenset[str], re.Pattern[str]]:
    """Return the catalogue's plain translations, and a pattern of those with values in them."""
    said = i18n.catalogue(resources.path("translations", i18n.CHINESE)).values()
    plain = frozenset(text for text in said if "{" not in text and _HAN.search(text))
    filled = {text for text in said if "{" in text and len(_HAN.findall(re.sub(r"\{.*?\}", "", text))) > 1}
    shapes = "|".join(re.sub(r"\\\{.*?\\\}", ".+?", re.escape(text)) for text in sorted(filled))
    return plain, re.compile(shapes)


def _is_ours(text: str) -> bool:
    plain, shapes = _chinese()
    return bool(_HAN.search(text)) and (text.strip() in plain or shapes.fullmatch(text.strip()) is not None)


# -- 6, 8 type -----------------------------------------------------------------------------------


def _check_type(widgets: Sequence[QWidget], painted: Sequence[Said], note: Any) -> None:
    fonts = [(w.text(), w.font()) for w in widgets if isinstance(w, QLabel | QPushButton | QLineEdit)]
    fonts += [(p.words, theme.font(p.px, p.weight)) for p in painted]
    for words, font in fonts:
        if words and font.pixelSize() < _LEAST_PX:
            note("6 small", f"{words!r} is {font.pixelSize()} px")
    han = {
        (char, font.weight(), font.families()[0] if font.families() else font.family()): font
        for words, font in fonts
        for char in _HAN.findall(words)
    }
    for (char, weight, _), font in han.items():
        family = _family(char, int(weight), tuple(font.families()))
        if family not in _SIMPLIFIED:
            note("8 glyphs", f"{char} from {family}")


@cache
def _family(char: str, weight: int, families: tuple[str, ...]) -> str:
    font = QFont()
    font.setFamilies(list(families))
    font.setPixelSize(14)
    font.setWeight(QFont.Weight(weight))
    layout = QTextLayout(char, font)
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return next((run.rawFont().familyName() for run in layout.glyphRuns()), "")


# -- 5 contrast ----------------------------------------------------------------------------------


def _check_contrast(
    widgets: Sequence[QWidget], painted: Sequence[Said], picture: QImage, note: Any
) -> None:  # fmt: skip
    window = widgets[0].window() if widgets else None
    shadows = [w.geometry().adjusted(-48, -48, 48, 48) for w in widgets if isinstance(w, Toast)]
    for each in painted:
        if any(shadow.intersects(each.rect) for shadow in shadows):
            continue
        placed = each.painter is not None or each.in_row  # a map's pins are drawn in another place
        if not placed or each.tone == "disabled" or not each.words.strip() or not each.rect.isValid():
            continue
        _judge(picture, each.rect, theme.color(each.tone), each.words, note)
    for widget in widgets:
        if isinstance(widget, Paragraph) and widget.text() and widget.isEnabled() and window is not None:
            box = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
            tone = widget._tone
            _judge(picture, box, theme.color(tone), widget.text(), note)


def _judge(picture: QImage, box: QRect, ink: QColor, words: str, note: Any) -> None:
    inside = box.adjusted(-4, -3, 4, 3).intersected(picture.rect())
    if inside.width() < 4 or inside.height() < 4:
        return
    ground = _ground(picture, inside, ink.rgb())
    seen = contrast(ink.rgb(), ground)
    if seen < _LEAST_CONTRAST:
        note("5 contrast", f"{seen:.1f} for {words[:30]!r} on #{ground & 0xFFFFFF:06x}")


def _ground(picture: QImage, box: QRect, ink: int) -> int:
    """Return the commonest colour besides the ink along four lines through a box."""
    step = max(1, box.width() // 12)
    rows = [box.top() + box.height() * part // 8 for part in (0, 2, 5, 7)]
    seen = Counter(picture.pixel(x, y) for y in rows for x in range(box.left(), box.right(), step))
    if len(seen) > 1:
        del seen[ink]
    return seen.most_common(1)[0][0]


@cache
def contrast(one: int, other: int) -> float:
    """Return the WCAG contrast of two colours."""
    lights = sorted((_light(one), _light(other)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def _light(rgb: int) -> float:
    parts = [((rgb >> shift) & 255) / 255 for shift in (16, 8, 0)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# -- 3, 20 the primary button ----------------------------------------------------------------------


def _check_primary(widgets: Sequence[QWidget], wanted: int, note: Any) -> None:
    seen = [w for w in widgets if isinstance(w, Button) and w.property("kind") in ("primary", "destroy")]
    if len(seen) != wanted:
        note("3 primary", f"{len(seen)} instead of {wanted}: {[w.text() for w in seen]}")
    for each in seen:
        if each.visibleRegion().boundingRect().size() != each.size():
            note("20 primary", f"{each.text()!r} is not wholly seen")
