"""The order's table: painted rows, digits typed straight into the quantity of the current one.

No widget lives in a row. A digit begins a new number, more digits go on with it, Backspace takes
one back, + and − step, Enter goes down; − and + can be pressed with the pointer as well. A scanner
types like a person: digits beyond any quantity are its code, and leave the quantity as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent

from fieldcrm.rules.orders import MAX_QUANTITY
from fieldcrm.rules.pricing import Step
from fieldcrm.services.products import Article, Unit
from fieldcrm.services.replenishment import Need
from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.orders import words
from fieldcrm.ui.orders.draft import Key
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.lists import Cell, RowTable

ROW = 56
ITEM, PRICE, STOCK, LAST, UNIT, QUANTITY, SUBTOTAL = range(7)
_STEPPER = QRectF(0, 0, 120, 36)
_BUTTON = 34
_DIGITS, _PLACES = 7, 4  # of a quantity, before and after its point
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One article in one unit, with what is known and what is ordered of it."""

    article: Article
    unit: Unit
    quantity: Decimal
    price: Decimal | None
    subtotal: Decimal | None
    problem: str
    need: Need | None
    steps: tuple[Step, ...] = field(default=(), compare=False)  # nothing of them is drawn in the table
    manual: Decimal | None = None
    inside: str | None = None  # what was chosen in a configurable article; "" when nothing yet
    number: int = 1  # of the lines of an article that hold different things inside

    @property
    def key(self) -> Key:
        """What identifies the row."""
        plain = self.article.id, self.unit.name
        return plain if self.number == 1 else (*plain, self.number)


def _stock(row: EntryRow) -> str:
    if row.need is None or row.need.in_store is None:
        return formats.NONE
    if not row.need.in_store:
        return tr("Out")
    return formats.quantity(row.need.in_store, row.article.sales_unit.name)


def _last(row: EntryRow) -> str:
    if row.need is None or row.need.last_ordered is None:
        return formats.NONE
    return formats.quantity(row.need.last_ordered, row.article.sales_unit.name)


def _quantity(row: EntryRow) -> str:
    return formats.decimal(row.quantity)


_R = paint.RIGHT
COLUMNS: tuple[Column[EntryRow], ...] = (
    Column(mark("Item"), lambda r: r.article.name, hint=lambda r: r.article.name,
           drawn=lambda r: (r.article, r.inside)),
    Column(mark("Price/¥"), lambda r: formats.figure(r.price), align=_R, width=92,
           drawn=lambda r: (r.price, r.problem)),
    Column(mark("In store"), _stock, align=_R, width=92),
    Column(mark("Last order"), _last, align=_R, width=92),
    Column(mark("Unit"), lambda r: formats.unit(r.unit.name, 1), width=80,
           drawn=lambda r: (r.unit, r.article)),
    Column(mark("Quantity"), _quantity, align=_R, width=144),
    Column(mark("Subtotal/¥"), lambda r: formats.figure(r.subtotal), align=_R, width=108),
)  # fmt: skip


def model() -> RowsModel[EntryRow]:
    """Return the empty table."""
    return RowsModel(COLUMNS, key=lambda row: row.key, whole=False)


class LinesTable(RowTable):
    """The table; ``typed`` tells a new quantity, ``unit_asked`` the wish for another unit.

    ``scanned`` tells digits that are no quantity, once Enter ends them.
    """

    typed = Signal(object, object)  # Key, Decimal
    unit_asked = Signal(object)  # Key
    scanned = Signal(object, str)  # Key, the digits: perhaps a quantity and then a code
    current_changed = Signal(object)  # EntryRow | None

    def __init__(self, rows: RowsModel[EntryRow], height: int = ROW) -> None:
        super().__init__(
            rows, height, name=tr("Order lines"),
            cells={
                ITEM: self._draw_item, PRICE: self._draw_price, STOCK: self._draw_stock,
                LAST: self._draw_plain, UNIT: self._draw_unit, QUANTITY: self._draw_quantity,
                SUBTOTAL: self._draw_subtotal,
            },
        )  # fmt: skip
        self._number = ""
        self._before = Decimal()  # the quantity before the number was begun
        self.picked.connect(self._on_picked)

    def _on_picked(self, row: EntryRow | None) -> None:
        self._number = ""
        self.current_changed.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row: EntryRow | None = self.row()
        plain = not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        )
        if row is None or not plain or not self._edited(row, event):
            super().keyPressEvent(event)

    def _edited(self, row: EntryRow, event: QKeyEvent) -> bool:
        """Change the quantity if ``event`` means it."""
        text, key = event.text(), event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if _is_beyond(self._number):
                number, self._number = self._number, ""
                self.scanned.emit(row.key, number)
                return True
            self.pick(self.currentIndex().row() + 1)
        elif text.isdecimal() and text.isascii():
            self._type(row, self._number + text)
        elif text == "." and "." not in self._number:
            self._begin(row)
            self._number = (self._number or "0") + "."
        elif key == Qt.Key.Key_Backspace:
            self._type(row, (self._number or _plain(row.quantity))[:-1])
        elif key == Qt.Key.Key_Delete:
            self._step(row, -row.quantity)
        elif text in ("+", "="):
            self._step(row, Decimal(1))
        elif text in ("-", "_", "−"):
            self._step(row, Decimal(-1))
        else:
            return False
        return True

    def _begin(self, row: EntryRow) -> None:
        if not self._number:
            self._before = row.quantity

    def _type(self, row: EntryRow, number: str) -> None:
        self._begin(row)
        if len(number.partition(".")[2]) <= _PLACES:
            self._number = number
        self.typed.emit(row.key, self._before if _is_beyond(number) else Decimal(self._number or "0"))

    def _step(self, row: EntryRow, by: Decimal) -> None:
        self._number = ""
        self.typed.emit(row.key, max(row.quantity + by, Decimal()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        row: EntryRow | None = self.row()
        if not index.isValid() or row is None:
            return
        if index.column() == UNIT and len(row.article.units) > 1:
            self.unit_asked.emit(row.key)
        elif index.column() == QUANTITY:
            self._press(row, index, event.position().toPoint())

    def _press(self, row: EntryRow, index: QModelIndex | QPersistentModelIndex, at: QPoint) -> None:
        cell = QRectF(self.visualRect(index)).adjusted(12, 0, -12, 0)
        left = cell.right() - _STEPPER.width()
        if left <= at.x() < left + _BUTTON:
            self._step(row, Decimal(-1))
        elif at.x() >= cell.right() - _BUTTON:
            self._step(row, Decimal(1))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._number = ""
        super().focusOutEvent(event)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self.pick(0)
        self.viewport().update()

    def _draw_item(self, cell: Cell) -> None:
        row: EntryRow = cell.row
        rect = cell.rect
        tile = QRectF(rect.x(), rect.center().y() - 18, 36, 36)
        paint.box(cell.painter, tile, 8, "card" if cell.selected else "sunken")
        paint.icon(cell.painter, _picture(row.article), tile.x() + 8, tile.y() + 8, 20, "text3")
        cell.rect = rect.adjusted(48, 0, 0, 0)
        cell.two_lines(row.article.name, _facts(row.article) if row.inside is None else _inside(row))

    def _draw_price(self, cell: Cell) -> None:
        row: EntryRow = cell.row
        if row.price is not None and not row.problem:
            cell.text(cell.said)
        else:
            self._badge(cell, words.problem(row.problem or "price_not_found"))

    def _draw_stock(self, cell: Cell) -> None:
        need = cell.row.need
        if need is not None and need.in_store == 0:
            self._badge(cell, cell.said)
        else:
            cell.text(cell.said, tone="text3" if cell.said == formats.NONE else "text2")

    def _draw_plain(self, cell: Cell) -> None:
        cell.text(cell.said, tone="text3" if cell.said == formats.NONE else "text2")

    def _badge(self, cell: Cell, said: str) -> None:
        sign, tone = paint.SIGN[paint.Status.OVERDUE]
        paint.badge(cell.painter, cell.rect.right(), cell.rect.center().y(), said, tone, sign, to_left=True)

    def _draw_unit(self, cell: Cell) -> None:
        row: EntryRow = cell.row
        wide = paint.text(cell.painter, cell.rect, cell.said, 14, REGULAR, "text2")
        if len(row.article.units) > 1:
            left, middle = cell.rect.x() + wide + 4, cell.rect.center().y()
            paint.icon(cell.painter, "chevron-down", left, middle - 8, 16, "text3")

    def _draw_quantity(self, cell: Cell) -> None:
        row: EntryRow = cell.row
        rect = cell.rect
        box = QRectF(rect.right() - _STEPPER.width(), rect.center().y() - 18, _STEPPER.width(), 36)
        on = cell.selected and self.hasFocus()
        paint.box(cell.painter, box, 8, "card", "accent" if on else "lineStrong", 2 if on else 1)
        less = "text2" if row.quantity else "disabled"
        paint.icon(cell.painter, "minus", box.x() + 9, box.y() + 9, 18, less)
        paint.icon(cell.painter, "plus", box.right() - 27, box.y() + 9, 18, "accent")
        typing = on and self._number and not _is_beyond(self._number)
        said = self._number if typing else cell.said
        middle = box.adjusted(_BUTTON, 0, -_BUTTON, 0)
        if on:
            wide = paint.width(said, 15, SEMIBOLD) + 8
            paint.box(
                cell.painter, QRectF(middle.center().x() - wide / 2, box.y() + 7, wide, 22), 4, "accent"
            )
        tone = "onAccent" if on else "text" if row.quantity else "text3"
        paint.text(cell.painter, middle, said, 15, SEMIBOLD if row.quantity else REGULAR, tone, paint.CENTRE)

    def _draw_subtotal(self, cell: Cell) -> None:
        nothing = cell.said == formats.NONE
        cell.text(cell.said, 14, REGULAR if nothing else SEMIBOLD, "text3" if nothing else "text")


def _is_beyond(number: str) -> bool:
    """Say whether digits are more than anybody may order."""
    return len(number.partition(".")[0]) > _DIGITS or Decimal(number or "0") > MAX_QUANTITY


def _plain(quantity: Decimal) -> str:
    return formats.decimal(quantity).replace(",", "") if quantity else ""


def _facts(article: Article) -> str:
    """Return brand and packing: 清岚 · 15 瓶/箱."""
    sold = article.sales_unit
    packing = ""
    if sold.name != article.base_unit:
        inside = formats.quantity(sold.factor, article.base_unit)
        packing = tr("{inside}/{unit}", inside=inside, unit=formats.unit(sold.name, 1))
    return " · ".join(part for part in (article.brand, packing) if part)


def _inside(row: EntryRow) -> str:
    return row.inside or tr("Choose its contents")


_PICTURES = {"瓶": "bottle-soda", "罐": "bottle-soda", "盒": "package-variant-closed"}


def _picture(article: Article) -> str:
    return _PICTURES.get(article.base_unit, "shopping-outline")
