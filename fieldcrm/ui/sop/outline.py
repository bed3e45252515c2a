"""A template as an outline: steps, their fields, and what groups ask; dragged or moved by keys.

A row can be dropped between others of its kind. Alt+↑ and Alt+↓ do the same, Delete removes,
Ctrl+D copies; the page does what the signals ask.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
)

from fieldcrm.rules import sop_draft
from fieldcrm.rules.sop import FieldType
from fieldcrm.rules.sop_draft import Document, Path
from fieldcrm.ui import paint
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.sop import words
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.theme import color
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.lists import Cell, RowList

MIME = "application/x-fieldcrm-template-part"
_ROW, _INDENT = 40, 18


@dataclass(frozen=True, slots=True)
class Part:
    """One row: where it stands, how it is called, and what stands out about it."""

    path: Path
    title: str
    icon: str
    required: bool = False
    conditional: bool = False
    wrong: bool = False

    def spoken(self) -> str:
        """Return the row for a screen reader."""
        notes = [
            tr("required") if self.required else "", tr("with a condition") if self.conditional else "",
            tr("something is wrong") if self.wrong else "",
        ]  # fmt: skip
        return ", ".join(part for part in (self.title, *notes) if part)


def parts(document: Document, wrong: set[tuple[str, str]]) -> list[Part]:
    """Return the rows of a template; ``wrong`` holds (step key, field key) of what has a finding."""
    return [_part(document, path, wrong) for path in sop_draft.places(document)]


def _part(document: Document, path: Path, wrong: set[tuple[str, str]]) -> Part:
    here = sop_draft.at(document, path)
    if not path:
        return Part(path, str(here.get("name") or ""), "clipboard-text-outline", wrong=("", "") in wrong)
    step = sop_draft.at(document, path[:1])
    conditional = bool(here.get("show") or here.get("require"))
    required = bool(here.get("required"))
    if len(path) == 1:
        bad = (str(here.get("key")), "") in wrong
        return Part(path, str(here.get("title") or ""), "", required, conditional, bad)
    kind = str(here.get("type") or "")
    icon = (
        words.TYPES[FieldType(kind)][1]
        if kind in set(FieldType) - {FieldType.OTHER}
        else "help-circle-outline"
    )
    bad = len(path) == 2 and (str(step.get("key")), str(here.get("key"))) in wrong
    return Part(path, str(here.get("label") or ""), icon, required, conditional, bad)


class _Model(RowsModel[Part]):
    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        found = super().flags(index)
        part = self.row(index.row())
        return found | Qt.ItemFlag.ItemIsDragEnabled if part is not None and part.path else found


class Outline(RowList):
    """The rows; ``moved`` asks for a move before another place."""

    moved = Signal(object, object)  # Path, Path
    nudged = Signal(object, int)
    removed = Signal(object)
    copied = Signal(object)

    def __init__(self) -> None:
        said: Column[Part] = Column("", Part.spoken)
        self.parts = _Model((said,), key=lambda part: part.path)
        super().__init__(self.parts, _draw, _ROW, name=tr("Steps and questions"), inset=12, lines=False)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self._slot = -1

    def show_parts(self, rows: list[Part], here: Path) -> None:
        """Show a template's rows and make one of them current."""
        self.blockSignals(True)
        self.parts.show_rows(rows)
        self.pick(max(0, self.parts.number_of(here)))
        self.scrollTo(self.currentIndex())
        self.blockSignals(False)

    def startDrag(self, actions: Qt.DropAction) -> None:
        part = self.row()
        if part is None or not part.path:
            return
        data = QMimeData()
        data.setData(MIME, json.dumps(part.path).encode())
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.MoveAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        path = _carried(event.mimeData())
        self._slot = self._slot_at(event.position().toPoint()) if path else -1
        self.viewport().update()
        if path and self.target(path, self._slot) is not None:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._slot = -1
        self.viewport().update()

    def dropEvent(self, event: QDropEvent) -> None:
        path, slot = _carried(event.mimeData()), self._slot_at(event.position().toPoint())
        self._slot = -1
        self.viewport().update()
        to = self.target(path, slot) if path else None
        if path and to is not None:
            event.acceptProposedAction()
            self.moved.emit(path, to)

    def _slot_at(self, point: QPoint) -> int:
        """Return the number of the row that a drop would come before."""
        index = self.indexAt(point)
        if not index.isValid():
            return len(self.parts.rows)
        box = self.visualRect(index)
        return index.row() + (1 if point.y() > box.center().y() else 0)

    def target(self, path: Path, slot: int) -> Path | None:
        """Return before which path a row dropped into a slot would stand, or None where it cannot."""
        paths = [part.path for part in self.parts.rows]
        depth = len(path)
        before = [p for p in paths[:slot] if p]
        after = paths[slot] if slot < len(paths) else None
        if after is not None and len(after) == depth and (depth < 3 or after[:2] == path[:2]):
            return after
        if depth == 1:
            return (sum(1 for p in before if len(p) == 1),)
        if not before:
            return None
        parent = before[-1][: depth - 1]
        if len(parent) < depth - 1 or (depth == 3 and parent != path[:2]):
            return None
        return (*parent, sum(1 for p in paths if len(p) == depth and p[:-1] == parent and p in before))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        part, key = self.row(), event.key()
        modifiers = event.modifiers()
        if part is not None and part.path:
            alt = bool(modifiers & Qt.KeyboardModifier.AltModifier)
            if alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self.nudged.emit(part.path, -1 if key == Qt.Key.Key_Up else 1)
                return
            if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self.removed.emit(part.path)
                return
            if key == Qt.Key.Key_D and modifiers & Qt.KeyboardModifier.ControlModifier:
                self.copied.emit(part.path)
                return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._slot < 0:
            return
        painter = QPainter(self.viewport())
        last = self.parts.index(len(self.parts.rows) - 1, 0)
        at = self.parts.index(self._slot, 0)
        y = self.visualRect(at).top() if at.isValid() else self.visualRect(last).bottom()
        painter.fillRect(QRectF(12, y - 1, self.viewport().width() - 24, 2), color("accent"))
        painter.end()


def _carried(data: QMimeData) -> Path:
    try:
        found: Any = json.loads(bytes(data.data(MIME).data())) if data.hasFormat(MIME) else ()
    except ValueError:
        return ()
    return tuple(int(number) for number in found)


def _draw(cell: Cell) -> None:
    part: Part = cell.row
    rect, middle = cell.rect, cell.rect.center().y()
    left = rect.x() + _INDENT * max(0, len(part.path) - 1)
    right = rect.right()
    if part.wrong:
        paint.icon(cell.painter, "alert-circle", right - 18, middle - 9, 18, "bad")
        right -= 24
    if part.conditional:
        paint.icon(cell.painter, "source-branch", right - 16, middle - 8, 16, "text3")
        right -= 22
    if len(part.path) == 1:
        disc = QRectF(left, middle - 11, 22, 22)
        paint.box(cell.painter, disc, 11, "accentSoft")
        paint.text(cell.painter, disc, str(part.path[0] + 1), 12, SEMIBOLD, "accent", paint.CENTRE)
    else:
        paint.icon(cell.painter, part.icon, left + 2, middle - 9, 18, "text2")
    words_at = QRectF(left + 30, rect.y(), right - left - 34, rect.height())
    weight = SEMIBOLD if len(part.path) < 2 else REGULAR
    title = part.title + (" *" if part.required and len(part.path) > 1 else "")
    paint.text(
        cell.painter, words_at, title or tr("Without words"), 14, weight, "text" if part.title else "bad"
    )
