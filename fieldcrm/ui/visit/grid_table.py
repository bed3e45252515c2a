"""The table of a group: painted cells, one editor at a time, so that 200 rows stay fluent.

Typing begins an answer and every key of it is kept at once; Enter goes down, arrows move, Space
turns or opens what is chosen, the digits 1 to 9 choose, Delete empties a cell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from fieldcrm.rules.sop import FieldType, Rows, given
from fieldcrm.rules.visits import FAIL, NOT_APPLICABLE, PASS
from fieldcrm.ui import paint
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.theme import color, font
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.visit import words
from fieldcrm.ui.visit.grid import GridModel
from fieldcrm.ui.widgets.scrollbars import FloatingBar

_AnyIndex = QModelIndex | QPersistentModelIndex
ROW, HEAD, SEEN = 48, 36, 10
_TYPED = frozenset({FieldType.TEXT, FieldType.NUMBER, FieldType.DATE})
_WIDTH = {
    FieldType.TEXT: 120, FieldType.NUMBER: 88, FieldType.CHOICE: 92, FieldType.YES_NO: 64,
    FieldType.CHECK: 96, FieldType.DATE: 112, FieldType.PHOTO: 72,
}  # fmt: skip
_LEFT = paint.LEFT
_BY_KEY = QAbstractItemView.EditTrigger.AnyKeyPressed
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


class GridTable(QTableView):
    """Cells of a ``GridModel``; ``changed`` follows every answer."""

    changed = Signal()
    photo_asked = Signal(object)  # index

    def __init__(self, model: GridModel, name: str) -> None:
        super().__init__()
        self.grid = model
        self.setModel(model)
        self.setAccessibleName(name)
        self.setItemDelegate(_Delegate(self))
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(_BY_KEY)  # by hand below, and by an input method
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        FloatingBar(self)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self._widths()
        model.modelReset.connect(self._fit)
        self._fit()

    def _widths(self) -> None:
        header = self.horizontalHeader()
        header.setFixedHeight(HEAD)
        header.setFont(font(12, SEMIBOLD))
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(24)
        added = self.grid.group.rows is Rows.ADDED
        texts = [n for n, each in enumerate(self.grid.fields, 1) if each.type is FieldType.TEXT]
        wide = texts[0] if added and texts else 0
        for number in range(self.grid.columnCount()):
            asked = self.grid.field(number)
            if number == wide:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
                continue
            header.setSectionResizeMode(number, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(number, 44 if number == 0 else 76 if asked is None else _WIDTH[asked.type])

    def _fit(self) -> None:
        """Be as high as the rows, up to ten; more of them scroll inside."""
        self.setFixedHeight(HEAD + ROW * max(1, min(self.grid.rowCount(), SEEN)))

    # -- answering ---------------------------------------------------------------------

    def keep(self, index: _AnyIndex, value: Any) -> None:
        """Keep a cell's answer and tell of it."""
        if self.grid.put(index, value):
            self.changed.emit()

    def event(self, event: QEvent) -> bool:
        """Take plain keys before the page's own single-letter keys get them."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_plain(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        plain = not event.modifiers() & _COMMANDS
        if plain and index.isValid() and self.grid.is_asked(index) and self._answered(index, event):
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            self.go_down()
            return
        if plain and self._leaves(event.key()):
            event.ignore()
            return
        super().keyPressEvent(event)

    def _leaves(self, key: int) -> bool:
        row, last = self.currentIndex().row(), self.grid.rowCount() - 1
        return (key == Qt.Key.Key_Up and row == 0) or (key == Qt.Key.Key_Down and row == last)

    def _answered(self, index: QModelIndex, event: QKeyEvent) -> bool:
        asked, text, key = self.grid.field(index.column()), event.text(), event.key()
        if asked is None:
            return False
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.keep(index, None)
            return True
        if asked.type in _TYPED:
            if text.isprintable() and text.strip():
                return self.edit(index, _BY_KEY, event)
            if key == Qt.Key.Key_F2:
                self.edit(index)
            return key == Qt.Key.Key_F2
        if key == Qt.Key.Key_Space or (asked.type is FieldType.PHOTO and key == Qt.Key.Key_Return):
            self.press(index)
            return True
        choices = self._choices(index)
        if text.isdecimal() and text.isascii() and 1 <= int(text) <= len(choices):
            self.keep(index, choices[int(text) - 1])
            self.go_down()
            return True
        return bool(text.strip()) and text.isprintable()

    def _choices(self, index: _AnyIndex) -> list[Any]:
        asked = self.grid.field(index.column())
        if asked is None:
            return []
        if asked.type is FieldType.YES_NO:
            return [True, False]
        return [PASS, FAIL, NOT_APPLICABLE] if asked.type is FieldType.CHECK else list(asked.choices)

    def press(self, index: _AnyIndex) -> None:
        """Turn a cell to its next answer, open its choices, or ask for its photo."""
        asked = self.grid.field(index.column())
        if asked is None or not self.grid.is_asked(index):
            return
        if asked.type is FieldType.PHOTO:
            self.photo_asked.emit(index)
        elif asked.type is FieldType.CHOICE:
            self._offer(index)
        elif asked.type in _TYPED:
            self.edit(index)
        else:
            turns = [None, *self._choices(index)]
            self.keep(index, turns[(turns.index(self.grid.value(index)) + 1) % len(turns)])

    def _offer(self, index: _AnyIndex) -> None:
        asked, held = self.grid.field(index.column()), self.grid.value(index)
        menu, spot = QMenu(self), QPersistentModelIndex(index)
        chosen = held if isinstance(held, list) else [held]
        for choice in asked.choices if asked is not None else ():
            action = menu.addAction(choice)
            action.setCheckable(True)
            action.setChecked(choice in chosen)
            many = asked is not None and asked.many
            action.triggered.connect(self._taker(spot, choice, chosen if many else None))
        menu.addAction(tr("No answer"), lambda: self.keep(spot, None))
        menu.popup(self.viewport().mapToGlobal(self.visualRect(index).bottomLeft()))

    def _taker(
        self, spot: QPersistentModelIndex, choice: str, several: list[Any] | None
    ) -> Callable[[], None]:
        def take() -> None:
            if several is None:
                self.keep(spot, choice)
                return
            others = [each for each in several if given(each) and each != choice]
            self.keep(spot, others if choice in several else [*others, choice])

        return take

    def go_down(self, by: int = 1) -> None:
        """Go to the same question of the next row."""
        index = self.currentIndex()
        below = self.grid.index(index.row() + by, index.column())
        if below.isValid():
            self.setCurrentIndex(below)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        super().closeEditor(editor, hint)
        self.setFocus()
        if hint == QAbstractItemDelegate.EndEditHint.SubmitModelCache:
            self.go_down()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.press(index)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.grid.rowCount():
            self.setCurrentIndex(self.grid.index(0, 1))
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()


class _Delegate(QStyledItemDelegate):
    """Draws the cells and makes the one editor."""

    def __init__(self, table: GridTable) -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _AnyIndex) -> None:
        grid, rect = self._table.grid, QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_MouseOver and grid.is_asked(index):
            painter.fillRect(rect, color("hover"))
        painter.fillRect(QRectF(rect.x(), rect.bottom() - 1, rect.width(), 1), color("line"))
        row = grid.row(index.row())
        if row is not None and index.column() == 0:
            self._two(painter, rect, row.name, row.under, "text", "text3")
        elif row is not None:
            self._answer(painter, rect, index)
        if index == self._table.currentIndex() and self._table.hasFocus():
            paint.focus(painter, rect.adjusted(1, 1, -1, -2), 6)
        painter.restore()

    def _answer(self, painter: QPainter, rect: QRectF, index: _AnyIndex) -> None:
        grid = self._table.grid
        asked, said = grid.field(index.column()), grid.say(index)
        if asked is not None and not grid.is_asked(index):
            return
        hint, tone = grid.hint(index)
        if grid.wrong(index) or grid.missing(index):
            paint.box(painter, rect.adjusted(2, 3, -2, -4), 6, "badSoft", "bad")
        is_right = asked is None or asked.type is FieldType.NUMBER
        ink = "text3" if said == "—" else "warn" if tone == "warn" else "text"
        if asked is not None and asked.type is FieldType.CHECK and given(grid.value(index)):
            sign, ink = next((s, t) for key, _, s, t in words.CHECKS if key == grid.value(index))
            paint.icon(painter, sign, rect.x() + 8, rect.center().y() - 8, 16, ink)
            rect = rect.adjusted(18, 0, 0, 0)
        if asked is not None and asked.type is FieldType.PHOTO:
            paint.icon(painter, "camera-outline", rect.x() + 10, rect.center().y() - 9, 18, "text2")
            rect = rect.adjusted(24, 0, 0, 0)
        align = paint.RIGHT if is_right else paint.LEFT
        self._two(painter, rect, said, hint, ink, tone or "text3", align)

    def _two(
        self, painter: QPainter, rect: QRectF, first: str, second: str, tone: str, under: str,
        align: Qt.AlignmentFlag = _LEFT,
    ) -> None:  # fmt: skip
        inner = rect.adjusted(10, 0, -10, 0)
        if not second:
            paint.text(painter, inner, first, 14, 400, tone, align)
            return
        middle = inner.center().y()
        paint.text(painter, QRectF(inner.x(), middle - 20, inner.width(), 20), first, 14, 400, tone, align)
        paint.text(painter, QRectF(inner.x(), middle, inner.width(), 17), second, 12, 400, under, align)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _AnyIndex) -> QWidget:
        asked, spot = self._table.grid.field(index.column()), QPersistentModelIndex(index)
        if asked is None or asked.type not in _TYPED:
            return None  # type: ignore[return-value]  # Qt takes it for no editor
        editor = QLineEdit(parent)
        editor.setFont(font(14))
        editor.setAccessibleName(words.inner_label(asked))
        if asked.type is FieldType.NUMBER:
            editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        editor.textEdited.connect(lambda text: self._table.keep(spot, _typed(text)))
        return editor

    def setEditorData(self, editor: QWidget, index: _AnyIndex) -> None:
        value = self._table.grid.value(index)
        said = str(value) if given(value) else ""
        if isinstance(editor, QLineEdit) and _typed(editor.text()) != (said or None):
            editor.setText(said)

    def setModelData(self, editor: QWidget, model: Any, index: _AnyIndex) -> None:
        if isinstance(editor, QLineEdit):
            self._table.keep(index, _typed(editor.text()))

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _AnyIndex) -> None:
        box: QRect = option.rect
        editor.setGeometry(box.adjusted(2, 4, -2, -5))

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and isinstance(editor, QWidget)
        ):
            steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
            if event.key() in steps:
                self.commitData.emit(editor)
                self.closeEditor.emit(editor, QAbstractItemDelegate.EndEditHint.NoHint)
                self._table.go_down(steps[Qt.Key(event.key())])
                return True
        return super().eventFilter(editor, event)


def _is_plain(event: QKeyEvent) -> bool:
    return bool(event.text()) and event.text().isprintable() and not event.modifiers() & _COMMANDS


def _typed(text: str) -> str | None:
    return text.strip().replace("。", ".") or None
