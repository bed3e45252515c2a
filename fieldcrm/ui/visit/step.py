"""One step in the middle: its questions, counts, orders, signature and photos.

The widgets are made once for a step; answers are shown into them. The digits 1 to 3 answer
the current check and go on to the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from fieldcrm.rules.sop import GROUPS, NOTE, Field, FieldType, Rows, Step
from fieldcrm.rules.visits import FAIL
from fieldcrm.services.workspace import OrderRow, StockItem
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.visit.group import GroupBox
from fieldcrm.ui.visit.order_box import OrderBox
from fieldcrm.ui.visit.photos import PhotoStrip, Tile
from fieldcrm.ui.visit.questions import DateAnswer, QuestionRow
from fieldcrm.ui.visit.signature import SignatureBox
from fieldcrm.ui.visit.stock import StockTable
from fieldcrm.ui.widgets.frames import column, rule, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph

_OWN_CARD = {FieldType.STOCK, FieldType.PHOTO, FieldType.ORDER, FieldType.SIGNATURE, *GROUPS}
Thumbnail = Callable[[str, Callable[[QImage], object]], object]


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands beside a step's answers: photos, articles, the last time, and the step as asked now."""

    photos: Mapping[tuple[str, str], int] = dataclass_field(default_factory=dict)
    items: Sequence[StockItem] = ()
    catalogue: Sequence[StockItem] = ()
    before: Mapping[str, Any] = dataclass_field(default_factory=dict)
    asked: Step | None = None


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
        self.groups: dict[str, GroupBox] = {}
        self._places: dict[str, QWidget] = {}
        self._rules: dict[str, QWidget] = {}
        self._cards: dict[str, QWidget] = {}
        self._asked = step
        self._orders: list[OrderBox] = []
        self._signatures: dict[str, SignatureBox] = {}
        self.photos = PhotoStrip(thumbnail)
        hint = [Paragraph(step.hint, 14, REGULAR, "text2")] if step.hint else []
        layout = column(Label(step.title, 20, SEMIBOLD), *hint, 12, gap=2, margins=(32, 24, 32, 16))
        body = column(gap=16)
        self._add_fields(body, today)
        body.addWidget(self.photos)
        body.addStretch(1)
        layout.addLayout(body, 1)
        self.setLayout(layout)
        self.photos.add_asked.connect(lambda: self.photo_asked.emit(self.photo_field()))
        self.photos.dropped.connect(lambda found: self.photos_dropped.emit(self.photo_field(), found))
        self.photos.remove_asked.connect(self.photo_removed.emit)
        self.photos.opened.connect(self.photo_opened.emit)

    def _add_fields(self, body: QVBoxLayout, today: date) -> None:
        """Add the fields in their order; questions that follow each other share a card."""
        inside: QVBoxLayout | None = None
        for asked in self.step.fields:
            if asked.type in _OWN_CARD:
                if (made := self._card(asked)) is not None:
                    self._places[asked.key] = made
                    body.addWidget(made)
                    inside = None
                continue
            if inside is None:
                inside = column(gap=0, margins=(1, 1, 1, 1))
                self._cards[asked.key] = surface("card", inside)
                body.addWidget(self._cards[asked.key])
            self._add_question(asked, inside, today)

    def _add_question(self, asked: Field, inside: QVBoxLayout, today: date) -> None:
        line = self.rows[asked.key] = QuestionRow(asked)
        line.changed.connect(self.answered.emit)
        line.noted.connect(lambda key, note: self.answered.emit(key + NOTE, note or None))
        if isinstance(line.answer, DateAnswer):
            line.answer.start_from(today)
        self._rules[asked.key] = rule()
        inside.addWidget(self._rules[asked.key])
        inside.addWidget(line)
        self._places[asked.key] = line

    def _card(self, asked: Field) -> QWidget | None:
        if asked.type in GROUPS or (asked.type is FieldType.STOCK and asked.by_unit):
            return self._group(asked)
        if asked.type is FieldType.STOCK:
            table = self.stocks[asked.key] = StockTable(asked)
            table.changed.connect(self.answered.emit)
            table.add_asked.connect(self.article_asked.emit)
            return table
        if asked.type is FieldType.ORDER:
            box = OrderBox(asked)
            box.take.connect(self.order_asked.emit)
            box.opened.connect(self.order_opened.emit)
            self._orders.append(box)
            return box
        if asked.type is FieldType.SIGNATURE:
            pad = self._signatures[asked.key] = SignatureBox(asked)
            pad.signed.connect(self.signed.emit)
            return pad
        return None

    def _group(self, asked: Field) -> GroupBox:
        box = self.groups[asked.key] = GroupBox(asked)
        box.changed.connect(self.answered.emit)
        box.totalled.connect(self.answered.emit)
        box.photo_asked.connect(self.photo_asked.emit)
        box.add_asked.connect(self.article_asked.emit)
        return box

    def show_answers(self, answers: Mapping[str, Any], seen: Seen) -> None:
        """Show the answers given so far, and only the questions that are asked now."""
        self._asked = seen.asked or self.step
        here = {key: count for (step, key), count in seen.photos.items() if step == self.step.key}
        for key, line in self.rows.items():
            line.show_asked(self._asked.field(key) or line.asked)
            line.show_answer(answers.get(key), str(answers.get(key + NOTE) or ""))
            line.show_before(seen.before.get(key))
            line.show_photos(here.get(key, 0))
        for key, table in self.stocks.items():
            table.show_counts(seen.items, answers.get(key))
        for key, box in self.groups.items():
            items = seen.catalogue if box.asked.rows is Rows.SELLABLE else seen.items
            box.show_group(items, answers, seen.before.get(key), here)
        for key, pad in self._signatures.items():
            pad.show_signed(here.get(key, 0) > 0)
        self._show_asked()
        self.mark_current()

    def _show_asked(self) -> None:
        """Hide what a condition takes away, and the line above the first question of a card."""
        asked = {field.key for field in self._asked.fields}
        for key, place in self._places.items():
            place.setHidden(key not in asked)
        card, first = None, True
        for key, line in self._rules.items():
            if key in self._cards:
                card, first = self._cards[key], True
                card.hide()
            line.setHidden(key not in asked or first)
            if key in asked and card is not None:
                card.show()
                first = False

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
        return next((line for line in self._lines() if not line.is_answered), None)

    def _lines(self) -> list[QuestionRow]:
        """Return the questions that are asked now."""
        return [line for line in self.rows.values() if not line.isHidden()]

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
        lines = self._lines()
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
        if field_key in self.groups or (line is None and self.groups and not self.stocks):
            box = self.groups.get(field_key) or next(iter(self.groups.values()))
            box.take_focus()
        elif field_key in self.stocks or (not self.rows and self.stocks):
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
