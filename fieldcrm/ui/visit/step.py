"""One step in the middle: its questions, counts, orders, signature and photos.

The widgets are made once for a step; answers are shown into them. The digits 1 to 3 answer
the current check and go on to the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from fieldcrm.rules.sop import NOTE, Field, FieldType, Step
from fieldcrm.rules.visits import FAIL
from fieldcrm.services.workspace import OrderRow, StockItem
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.tokens import FIELD_ACTION, REGULAR, SEMIBOLD
from fieldcrm.ui.visit import words
from fieldcrm.ui.visit.photos import PhotoStrip, Tile
from fieldcrm.ui.visit.questions import DateAnswer, QuestionRow
from fieldcrm.ui.visit.signature import SignatureBox
from fieldcrm.ui.visit.stock import StockTable
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column, row, rule, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, secondary

_OWN_CARD = {FieldType.STOCK, FieldType.PHOTO, FieldType.ORDER, FieldType.SIGNATURE}
Thumbnail = Callable[[str, Callable[[QImage], object]], object]


class OrderBox(QFrame):
    """The orders of this visit and the way to take one."""

    take = Signal()
    opened = Signal(object)  # order id

    def __init__(self, asked: Field) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        self.button = Button(
            tr("Take an order"), icon="cart-plus", height=FIELD_ACTION, on_click=self.take.emit
        )
        self._none = secondary(tr("No order yet. You can go on without one."))
        head = row(Label(asked.label, 15, SEMIBOLD), None, self.button)
        self.setLayout(column(head, self._none, self._rows, gap=8, margins=(20, 12, 16, 12)))

    def show_orders(self, orders: Sequence[OrderRow]) -> None:
        """Show what was ordered."""
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self._none.setVisible(not orders)
        for order in orders:
            lines = ntr("{n} item", "{n} items", order.lines)
            text = f"{words.order_status(order.status)} · {lines} · {formats.money(order.total)}"
            line = Button(text, "link", height=32, on_click=partial(self.opened.emit, order.id))
            self._rows.addWidget(line)
        self.button.setText(tr("Take another order") if orders else tr("Take an order"))


class StepView(QWidget):
    """A step's widgets; every answer is told at once."""

    answered = Signal(str, object)  # field key, value
    photo_asked = Signal(str)  # field key
    photos_dropped = Signal(str, object)  # field key, paths
    photo_removed = Signal(str)
    photo_opened = Signal(str)
    signed = Signal(str, object)
    order_asked = Signal()
    order_opened = Signal(object)
    article_asked = Signal()

    def __init__(self, step: Step, thumbnail: Thumbnail, today: date) -> None:
        super().__init__()
        self.step = step
        self.setProperty("surface", "clear")
        self.rows: dict[str, QuestionRow] = {}
        self.stocks: dict[str, StockTable] = {}
        self._orders: list[OrderBox] = []
        self._signatures: dict[str, SignatureBox] = {}
        self.photos = PhotoStrip(thumbnail)
        hint = [Paragraph(step.hint, 14, REGULAR, "text2")] if step.hint else []
        layout = column(Label(step.title, 20, SEMIBOLD), *hint, 12, gap=2, margins=(32, 24, 32, 16))
        body = column(gap=16)
        self._add_questions(body, today)
        self._add_cards(body)
        body.addWidget(self.photos)
        body.addStretch(1)
        layout.addLayout(body, 1)
        self.setLayout(layout)
        self.photos.add_asked.connect(lambda: self.photo_asked.emit(self.photo_field()))
        self.photos.dropped.connect(lambda found: self.photos_dropped.emit(self.photo_field(), found))
        self.photos.remove_asked.connect(self.photo_removed.emit)
        self.photos.opened.connect(self.photo_opened.emit)

    def _add_questions(self, body: QVBoxLayout, today: date) -> None:
        plain = [asked for asked in self.step.fields if asked.type not in _OWN_CARD]
        if not plain:
            return
        inside = column(gap=0, margins=(1, 1, 1, 1))
        for number, asked in enumerate(plain):
            line = self.rows[asked.key] = QuestionRow(asked)
            line.changed.connect(self.answered.emit)
            line.noted.connect(lambda key, note: self.answered.emit(key + NOTE, note or None))
            if isinstance(line.answer, DateAnswer):
                line.answer.start_from(today)
            if number:
                inside.addWidget(rule())
            inside.addWidget(line)
        body.addWidget(surface("card", inside))

    def _add_cards(self, body: QVBoxLayout) -> None:
        for asked in self.step.fields:
            if asked.type is FieldType.STOCK:
                table = self.stocks[asked.key] = StockTable(asked)
                table.changed.connect(self.answered.emit)
                table.add_asked.connect(self.article_asked.emit)
                body.addWidget(table)
            elif asked.type is FieldType.ORDER:
                box = OrderBox(asked)
                box.take.connect(self.order_asked.emit)
                box.opened.connect(self.order_opened.emit)
                self._orders.append(box)
                body.addWidget(box)
            elif asked.type is FieldType.SIGNATURE:
                pad = self._signatures[asked.key] = SignatureBox(asked)
                pad.signed.connect(self.signed.emit)
                body.addWidget(pad)

    def show_answers(
        self, answers: Mapping[str, Any], photos: Mapping[tuple[str, str], int], items: Sequence[StockItem]
    ) -> None:
        """Show the answers given so far."""
        for key, line in self.rows.items():
            line.show_answer(answers.get(key), str(answers.get(key + NOTE) or ""))
            line.show_photos(photos.get((self.step.key, key), 0))
        for key, table in self.stocks.items():
            table.show_counts(items, answers.get(key))
        for key, pad in self._signatures.items():
            pad.show_signed(photos.get((self.step.key, key), 0) > 0)
        self.mark_current()

    def show_orders(self, orders: Sequence[OrderRow]) -> None:
        """Show the visit's orders where the step asks for one."""
        for box in self._orders:
            box.show_orders(orders)

    def show_photos(self, tiles: Sequence[Tile]) -> None:
        """Show the step's photos under the name of its photo field."""
        named = [asked.label for asked in self.step.fields if asked.type is FieldType.PHOTO]
        self.photos.show_photos(named[0] if named else tr("Photos of this step"), tiles)

    def mark_current(self) -> None:
        """Make the question to answer strong."""
        current = self.current()
        for line in self.rows.values():
            line.set_current(line is current)

    def current(self) -> QuestionRow | None:
        """Return the question that has the focus, else the first one without an answer."""
        focus = QApplication.focusWidget()
        for line in self.rows.values():
            if focus is not None and line.isAncestorOf(focus):
                return line
        return next((line for line in self.rows.values() if not line.is_answered), None)

    def answer_check(self, value: str) -> None:
        """Answer the current check and go on; a fail stays for its note and photo."""
        line = self.current()
        if line is None or line.asked.type is not FieldType.CHECK:
            return
        line.show_answer(value)
        self.answered.emit(line.asked.key, value)
        if value == FAIL and line.asked.photo_on_fail:
            line.answer.take_focus()
        else:
            self.go_on(line)
        self.mark_current()

    def go_on(self, line: QuestionRow) -> None:
        """Go to the question after ``line``."""
        lines = list(self.rows.values())
        place = lines.index(line) + 1
        (lines[place] if place < len(lines) else line).answer.take_focus()

    def photo_field(self) -> str:
        """Return the field a new photo belongs to: the failed check in focus, one that wants its
        photo, else the photo field.
        """
        line = self.current()
        if line is not None and line.has_failed:
            return line.asked.key
        wanting = [key for key, each in self.rows.items() if each.wants_photo]
        photo = [asked.key for asked in self.step.fields if asked.type is FieldType.PHOTO]
        return (wanting + photo + [""])[0]

    def take_focus(self, field_key: str = "") -> None:
        """Go to a field, or to the first thing to answer."""
        line = self.rows.get(field_key) or self.current()
        if field_key in self.stocks or (not self.rows and self.stocks):
            table = self.stocks.get(field_key) or next(iter(self.stocks.values()))
            table.take_focus()
        elif field_key in self._signatures:
            self._signatures[field_key].take_focus()
        elif line is not None:
            line.answer.take_focus()
        elif self._orders:
            self._orders[0].button.setFocus()
        self.mark_current()

    def add_item(self, item: StockItem) -> None:
        """Put an article into the step's count."""
        for table in self.stocks.values():
            table.add_item(item)
