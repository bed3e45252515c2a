"""The options of one step: painted rows that are chosen by key or pointer and say why they are closed."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from fieldcrm.rules.pricing.choices import State
from fieldcrm.services.configuring import Desk, Row
from fieldcrm.ui import formats, paint
from fieldcrm.ui.configuring import words
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tables import ROW_ROLE, Column, RowsModel
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.lists import Cell, RowList

ROW = 64
_STEPPER = 120
_BUTTON = 36
_PRICE = 104
_MARKS = {
    (False, False): "checkbox-blank-outline", (False, True): "checkbox-marked",
    (True, False): "radiobox-blank", (True, True): "radiobox-marked",
}  # fmt: skip
_CHOSEN = (State.CHOSEN, State.REQUIRED)


class OptionList(RowList):
    """The list; ``toggled`` and ``stepped`` tell what is wanted, ``moved`` the wish for another step,
    ``added`` that what is needed goes in."""

    toggled = Signal(object)  # Row
    stepped = Signal(object, int)  # Row, +1 or -1
    moved = Signal(int)
    added = Signal()

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        said: Column[Row] = Column("", self._said)
        self.rows: RowsModel[Row] = RowsModel((said,), key=lambda row: row.path)
        super().__init__(self.rows, self._draw, ROW, name=tr("Options"))

    def show_rows(self, rows: list[Row]) -> None:
        """Show the options of a step."""
        self.rows.show_rows(rows)
        if not self.currentIndex().isValid():
            self.pick(0)

    def _said(self, row: Row) -> str:
        """Return a row for those who hear it."""
        parts = [self._desk.name(row.answer.option.product), self._facts(row)]
        if row.answer.state in _CHOSEN:
            parts.insert(1, tr("chosen"))
        return ", ".join(part for part in parts if part)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row: Row | None = self.row()
        commands = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        if row is None or commands or not self._done(row, event):
            super().keyPressEvent(event)

    def _done(self, row: Row, event: QKeyEvent) -> bool:
        key, text = event.key(), event.text()
        if key == Qt.Key.Key_Space:
            self.toggled.emit(row)
        elif text in ("+", "="):
            self.stepped.emit(row, 1)
        elif text in ("-", "_", "−"):
            self.stepped.emit(row, -1)
        elif text in ("a", "A"):
            self.added.emit()
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.moved.emit(1)
        elif key == Qt.Key.Key_Left:
            self.moved.emit(-1)
        else:
            return False
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if not index.isValid():
            return
        row: Row = index.data(ROW_ROLE)
        by = self._pressed(row, QRectF(self.visualRect(index)), event.position().toPoint())
        if by:
            self.stepped.emit(row, by)
        else:
            self.toggled.emit(row)

    def _pressed(self, row: Row, rect: QRectF, at: QPoint) -> int:
        box = _stepper(rect.adjusted(16, 0, -16, 0))
        if not _has_steps(row) or not box.contains(at):
            return 0
        return -1 if at.x() < box.x() + _BUTTON else 1 if at.x() >= box.right() - _BUTTON else 0

    def _draw(self, cell: Cell) -> None:
        row: Row = cell.row
        chosen, closed = row.answer.state in _CHOSEN, row.answer.state is State.CLOSED
        rect = cell.rect
        mark = "lock-outline" if closed or row.answer.state is State.REQUIRED else _MARKS[row.is_one, chosen]
        tone = "accent" if chosen else "text3" if closed else "text2"
        paint.icon(cell.painter, mark, rect.x(), rect.center().y() - 10, 20, tone)
        amount, is_more = self._amount(row)
        price = QRectF(rect.right() - _PRICE, rect.y(), _PRICE, rect.height())
        paint.text(cell.painter, price, amount, 14, REGULAR, "text2" if is_more else "text3", paint.RIGHT)
        right = rect.right() - _PRICE - 8
        if _has_steps(row):
            self._draw_stepper(cell, _stepper(rect), row)
            right = _stepper(rect).x() - 12
        cell.rect = QRectF(rect.x() + 36, rect.y(), right - rect.x() - 36, rect.height())
        name = self._desk.name(row.answer.option.product)
        weight, second = (SEMIBOLD if chosen else REGULAR), self._facts(row)
        cell.two_lines(name, second, weight, "warn" if row.answer.why is not None else "text3")

    def _amount(self, row: Row) -> tuple[str, bool]:
        """Return by how much the price changes if an open option is chosen, or what it adds, and if so."""
        option = row.answer.option
        unit = self._desk.unit(option.product) if option.most > 1 else ""
        amount, of_each = self._desk.difference(row), ""
        if amount is None:
            amount, of_each = option.delta, unit
        return (words.added(amount, of_each), True) if amount else (tr("included"), False)

    def _facts(self, row: Row) -> str:
        answer = row.answer
        if answer.why is not None:
            return words.why(answer.why, self._desk.name, is_open=answer.state is State.OPEN)
        option, unit = answer.option, self._desk.unit(answer.option.product)
        if option.least < option.most:
            said = words.limits(option.least, option.most, option.step)
            each = words.added(option.delta, unit) if option.delta and answer.state is State.OPEN else ""
            return " · ".join(part for part in (said, each) if part)
        return formats.quantity(answer.quantity, unit) if answer.quantity != 1 else ""

    def _draw_stepper(self, cell: Cell, box: QRectF, row: Row) -> None:
        answer, painter = row.answer, cell.painter
        paint.box(painter, box, 8, "card", "lineStrong", 1)
        more = answer.quantity + answer.option.step <= answer.option.most
        paint.icon(painter, "minus", box.x() + 9, box.y() + 9, 18, "text2")
        paint.icon(painter, "plus", box.right() - 27, box.y() + 9, 18, "accent" if more else "disabled")
        middle = box.adjusted(_BUTTON, 0, -_BUTTON, 0)
        said = formats.decimal(answer.quantity)
        paint.text(painter, middle, said, 15, SEMIBOLD, "text", paint.CENTRE)


def _has_steps(row: Row) -> bool:
    return row.answer.state in _CHOSEN and row.answer.option.least < row.answer.option.most


def _stepper(rect: QRectF) -> QRectF:
    return QRectF(rect.right() - _PRICE - 8 - _STEPPER, rect.center().y() - 18, _STEPPER, 36)


def amount_of(price: Decimal | None) -> str:
    """Return a price as it is shown; none is a dash."""
    return formats.NONE if price is None else formats.money(price)
