"""Lists and tables whose rows are painted, never made of widgets.

A page gives a ``draw`` function and gets selection, hover and focus drawn for it: the
selected row is soft accent with a 3 px bar, the row that has the focus a 2 px border.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QHelpEvent, QKeyEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from fieldcrm.ui import paint
from fieldcrm.ui.tables import ROW_ROLE, RowsModel, WindowModel
from fieldcrm.ui.theme import color, font
from fieldcrm.ui.tips import plain
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.scrollbars import FloatingBar

_AnyIndex = QModelIndex | QPersistentModelIndex


@dataclass(slots=True)
class Cell:
    """What a ``draw`` function gets: where, what, and in which state."""

    painter: QPainter
    rect: QRectF
    row: Any
    column: int
    number: int
    selected: bool
    hovered: bool
    said: str
    align: Qt.AlignmentFlag

    def text(self, words: str, px: int = 14, weight: int = 400, tone: str = "text") -> None:
        """Draw one line in the middle, aligned like its column."""
        paint.text(self.painter, self.rect, words, px, weight, tone, self.align)

    def two_lines(self, first: str, second: str, weight: int = SEMIBOLD, tone: str = "text3") -> None:
        """Draw a title over a smaller line."""
        if not second:
            self.text(first, 14, weight)
            return
        top = self.rect.center().y() - 19
        upper = QRectF(self.rect.x(), top, self.rect.width(), 20)
        lower = QRectF(self.rect.x(), top + 20, self.rect.width(), 18)
        paint.text(self.painter, upper, first, 14, weight, "text", self.align)
        paint.text(self.painter, lower, second, 12, 400, tone, self.align)


Draw = Callable[[Cell], object]


def _state(option: QStyleOptionViewItem, state: QStyle.StateFlag) -> bool:
    return bool(option.state & state)


class _Delegate(QStyledItemDelegate):
    """Draws the ground, the selection and the focus; ``draw`` draws the rest."""

    def __init__(self, view: QAbstractItemView, draw: Draw | None, height: int, inset: int) -> None:
        super().__init__(view)
        self._draw, self.height, self._inset = draw, height, inset
        self.lines = True
        self.cells: dict[int, Draw] = {}
        self.heights: Callable[[Any], int] | None = None

    def sizeHint(self, option: QStyleOptionViewItem, index: _AnyIndex) -> QSize:
        return QSize(10, self.heights(index.data(ROW_ROLE)) if self.heights else self.height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _AnyIndex) -> None:
        row = index.data(ROW_ROLE)
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = _state(option, QStyle.StateFlag.State_Selected)
        enabled = bool(index.flags() & Qt.ItemFlag.ItemIsEnabled)
        hovered = enabled and _state(option, QStyle.StateFlag.State_MouseOver)
        self.ground(painter, rect, index, selected, hovered)
        if row is None:
            paint.box(painter, rect.adjusted(self._inset, 18, -rect.width() / 3, -18), 4, "track")
        else:
            cell = Cell(
                painter, rect.adjusted(self._inset, 0, -self._inset, 0), row, index.column(), index.row(),
                selected, hovered, index.data() or "", self._alignment(index),
            )  # fmt: skip
            self._cell(cell)
        painter.restore()

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: _AnyIndex
    ) -> bool:
        """Say in a tip what the row had to cut."""
        with paint.noticing_cuts() as cut:
            painter = QPainter(QPixmap(1, 1))
            self.paint(painter, option, index)
            painter.end()
        if not cut:
            return super().helpEvent(event, view, option, index)
        QToolTip.showText(event.globalPos(), plain("\n".join(cut)), view)
        return True

    def _alignment(self, index: _AnyIndex) -> Qt.AlignmentFlag:
        value = index.data(Qt.ItemDataRole.TextAlignmentRole)
        return Qt.AlignmentFlag(value) & Qt.AlignmentFlag.AlignHorizontal_Mask if value else paint.LEFT

    def _cell(self, cell: Cell) -> None:
        draw = self.cells.get(cell.column, self._draw)
        if draw is None:
            cell.text(cell.said)
        else:
            draw(cell)

    def ground(
        self, painter: QPainter, rect: QRectF, index: _AnyIndex, selected: bool, hovered: bool
    ) -> None:
        """Draw what lies under a row."""
        view = self.parent()
        assert isinstance(view, QAbstractItemView)  # noqa: S101 - for the type checker
        if selected or hovered:
            painter.fillRect(rect, color("accentSoft" if selected else "hover"))
        first = index.column() == 0
        if selected and first:
            painter.fillRect(QRectF(rect.x(), rect.y(), 3, rect.height()), color("accent"))
        if self.lines and not selected:
            left = 0 if isinstance(view, QTableView) else self._inset
            painter.fillRect(
                QRectF(rect.x() + left, rect.bottom() - 1, rect.width() - left, 1), color("line")
            )
        if view.hasFocus() and view.currentIndex().row() == index.row():
            self._ring(painter, rect, view, index)

    def _ring(self, painter: QPainter, rect: QRectF, view: QAbstractItemView, index: _AnyIndex) -> None:
        last = index.model().columnCount() - 1 if isinstance(view, QTableView) else index.column()
        accent = color("accent")
        painter.fillRect(QRectF(rect.x(), rect.y(), rect.width(), 2), accent)
        painter.fillRect(QRectF(rect.x(), rect.bottom() - 2, rect.width(), 2), accent)
        if index.column() == 0:
            painter.fillRect(QRectF(rect.x(), rect.y(), 2, rect.height()), accent)
        if index.column() == last:
            painter.fillRect(QRectF(rect.right() - 2, rect.y(), 2, rect.height()), accent)


def _select_current(view: QAbstractItemView) -> None:
    """Let what the focus made current be chosen as well: what is acted upon is seen to be."""
    chosen, current = view.selectionModel(), view.currentIndex()
    can = view.selectionMode() is not QAbstractItemView.SelectionMode.NoSelection
    if can and current.isValid() and not chosen.hasSelection():
        flag = chosen.SelectionFlag
        chosen.select(current, flag.ClearAndSelect | flag.Rows)


class RowList(QListView):
    """A list of painted rows; Enter or a double click opens one.

    With ``heights`` rows differ in height: headings between them, say, that cannot be chosen.
    """

    opened = Signal(object)  # the row
    picked = Signal(object)  # the row that is current now, or None

    def __init__(
        self, model: QAbstractItemModel, draw: Draw, height: int = 56, *, name: str, inset: int = 16,
        lines: bool = True, heights: Callable[[Any], int] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.setModel(model)
        self.delegate = _Delegate(self, draw, height, inset)
        self.delegate.lines = lines
        self.delegate.heights = heights
        self.setItemDelegate(self.delegate)
        self.setAccessibleName(name)
        self.setUniformItemSizes(heights is None)
        _prepare(self)
        self._kept: object = None
        self._whole = height if heights is None else 1
        self.doubleClicked.connect(lambda index: self.opened.emit(index.data(ROW_ROLE)))
        self.selectionModel().currentChanged.connect(self._on_current)
        model.modelReset.connect(self._restore)

    def row(self) -> Any:
        """Return the current row, or None."""
        index = self.currentIndex()
        return index.data(ROW_ROLE) if index.isValid() else None

    def pick(self, number: int) -> None:
        """Make a row current; beyond the end nothing happens."""
        index = self.model().index(number, 0)
        if index.isValid():
            self.setCurrentIndex(index)

    def _on_current(self, index: QModelIndex) -> None:
        if index.isValid():
            self._kept = _key(self.model(), index.row())
        self.picked.emit(index.data(ROW_ROLE) if index.isValid() else None)

    def _restore(self) -> None:
        self.pick(_place(self.model(), self._kept))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        _select_current(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setViewportMargins(0, 0, 0, self.height() % self._whole)  # no half row at the end

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & _OTHERS:
            if self.row() is not None:
                self.opened.emit(self.row())
            return
        super().keyPressEvent(event)


class RowTable(QTableView):
    """A table of painted rows with a sortable header; Enter or a double click opens a row."""

    opened = Signal(object)
    picked = Signal(object)
    _placing = True  # until the table is put together

    def __init__(
        self, model: RowsModel[Any] | WindowModel[Any], height: int = 52, *, name: str,
        cells: dict[int, Draw] | None = None, sortable: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.setModel(model)
        self.delegate = _Delegate(self, None, height, 12)
        self.delegate.cells = cells or {}
        self.setItemDelegate(self.delegate)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        _prepare(self)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(height)
        self.verticalHeader().setMinimumSectionSize(24)
        self._kept: object = None
        header = _Header(self, [column.sort is not None for column in model.columns] if sortable else [])
        self.setHorizontalHeader(header)
        self._widths([column.width for column in model.columns])
        self.doubleClicked.connect(lambda index: self.opened.emit(index.data(ROW_ROLE)))
        self.selectionModel().currentRowChanged.connect(self._on_current)
        model.modelReset.connect(self._restore)
        self._placing = False

    def updateGeometries(self) -> None:
        """Leave out at the bottom what would show a part of a row only."""
        if self._placing:
            return
        self._placing = True
        super().updateGeometries()
        top = self.horizontalHeader().height()
        self.setViewportMargins(0, top, 0, (self.height() - top) % self.delegate.height)
        bar, seen = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(seen)
        bar.setRange(0, max(0, self.verticalHeader().length() - seen))
        self._placing = False

    def _widths(self, widths: Sequence[int]) -> None:
        header = self.horizontalHeader()
        for number, wide in enumerate(widths):
            if wide:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Fixed)
                self.setColumnWidth(number, wide)
            else:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)

    def show_order(self, section: int, order: Qt.SortOrder) -> None:
        """Show by which column the rows are sorted."""
        header = self.horizontalHeader()
        if isinstance(header, _Header):
            header.show_order(section, order)

    def row(self) -> Any:
        """Return the current row, or None."""
        index = self.currentIndex()
        return index.data(ROW_ROLE) if index.isValid() else None

    def pick(self, number: int) -> None:
        """Make a row current; beyond the end nothing happens."""
        index = self.model().index(number, 0)
        if index.isValid():
            self.setCurrentIndex(index)

    def _on_current(self, index: QModelIndex) -> None:
        if index.isValid():
            self._kept = _key(self.model(), index.row())
        self.picked.emit(index.data(ROW_ROLE) if index.isValid() else None)

    def _restore(self) -> None:
        self.pick(_place(self.model(), self._kept))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        _select_current(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & _OTHERS:
            if self.row() is not None:
                self.opened.emit(self.row())
            return
        super().keyPressEvent(event)


class _Header(QHeaderView):
    """A header that draws its own titles, aligned with its cells, and an arrow where sorted."""

    def __init__(self, table: QTableView, sortable: Sequence[bool]) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._sortable = list(sortable)
        self.setFixedHeight(36)
        self.setFont(font(12, SEMIBOLD))
        self.setHighlightSections(False)
        self.setSectionsClickable(bool(sortable))
        self.setMinimumSectionSize(24)
        if sortable:
            self.setSortIndicatorShown(False)
            self.setSortIndicatorClearable(True)
            self.sectionClicked.connect(self._on_clicked)
        self.sorted_by: tuple[int, Qt.SortOrder] | None = None

    def _on_clicked(self, section: int) -> None:
        if not self._sortable[section]:
            return
        down = self.sorted_by == (section, Qt.SortOrder.AscendingOrder)
        order = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
        self.show_order(section, order)
        self.model().sort(section, order)

    def show_order(self, section: int, order: Qt.SortOrder) -> None:
        """Show the arrow on ``section``."""
        self.sorted_by = (section, order)
        self.viewport().update()

    def paintSection(self, painter: QPainter, rect: Any, section: int) -> None:
        area = QRectF(rect)
        painter.fillRect(QRectF(area.x(), area.bottom() - 1, area.width(), 1), color("line"))
        model, across = self.model(), Qt.Orientation.Horizontal
        words = model.headerData(section, across, Qt.ItemDataRole.DisplayRole) or ""
        align = model.headerData(section, across, Qt.ItemDataRole.TextAlignmentRole) or paint.LEFT
        align = Qt.AlignmentFlag(align) & Qt.AlignmentFlag.AlignHorizontal_Mask
        inner = area.adjusted(12, 0, -12, 0)
        wide = paint.text(painter, inner, words, 12, SEMIBOLD, "text3", align)
        if self.sorted_by is not None and self.sorted_by[0] == section:
            up = self.sorted_by[1] == Qt.SortOrder.AscendingOrder
            left = inner.right() - wide - 18 if align & paint.RIGHT else inner.x() + wide + 4
            paint.icon(painter, "arrow-up" if up else "arrow-down", left, area.center().y() - 7, 14, "accent")


_OTHERS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


def _prepare(view: QAbstractItemView) -> None:
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setMouseTracking(True)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    FloatingBar(view)


def _key(model: QAbstractItemModel, number: int) -> object:
    return model.key(number) if isinstance(model, RowsModel | WindowModel) else number


def _place(model: QAbstractItemModel, key: object) -> int:
    return model.number_of(key) if isinstance(model, RowsModel) and key is not None else -1


def elided(words: str, wide: float, px: int = 14, weight: int = 400) -> str:
    """Return ``words`` cut to ``wide`` as they would be drawn."""
    return QFontMetricsF(font(px, weight)).elidedText(words, Qt.TextElideMode.ElideRight, wide)


def height_of(rows: int, view: QWidget, row_height: int) -> None:
    """Make a short list exactly as high as its rows."""
    view.setFixedHeight(rows * row_height)
