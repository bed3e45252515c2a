"""Counting stock: one line per article with the last count beside it; keys go down the list.

Enter and ↓ go to the next article, ↑ to the one before. An article left empty was not
counted; 0 means that none was there.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from fieldcrm.rules.sop import Field
from fieldcrm.services.workspace import StockItem
from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.visit import words
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column, row, rule
from fieldcrm.ui.widgets.labels import Label, caption, secondary
from fieldcrm.ui.widgets.typing import LineField

_COUNT, _LAST = 104, 96


class StockTable(QFrame):
    """The counts of one field; ``changed`` tells all of them by product id."""

    changed = Signal(str, object)  # field key, counts
    add_asked = Signal()

    def __init__(self, asked: Field) -> None:
        super().__init__()
        self.asked = asked
        self._items: list[StockItem] = []
        self._lines: dict[str, LineField] = {}
        self._counts: dict[str, str] = {}
        self.setProperty("surface", "card")
        self._summary = secondary("")
        add = Button(tr("Add an article"), "link", "plus", height=28, on_click=self.add_asked.emit)
        head = row(Label(asked.label, 15, SEMIBOLD), self._summary, None, add, gap=12)
        self._grid = QVBoxLayout()
        self._grid.setSpacing(0)
        titles = row(
            _title(tr("Article"), 0),
            _title(tr("Last count"), _LAST),
            _title(tr("Count"), _COUNT),
            _title(tr("Unit"), 56, right=False),
            gap=12,
            margins=(20, 0, 16, 0),
        )
        titles.setStretch(0, 1)
        self.setLayout(
            column(
                row(*[head], margins=(20, 12, 16, 8)), titles, rule(), self._grid, gap=0, margins=(1, 1, 1, 4)
            )
        )

    def show_counts(self, items: Sequence[StockItem], counts: Any) -> None:
        """Show the articles and what was counted; the same articles keep the focus."""
        self._counts = {str(key): str(value) for key, value in (counts or {}).items()}
        if [item.product_id for item in items] != [item.product_id for item in self._items]:
            self._items = list(items)
            self._rebuild()
        for key, line in self._lines.items():
            if not line.hasFocus() and line.text() != self._counts.get(key, ""):
                line.blockSignals(True)
                line.setText(self._counts.get(key, ""))
                line.blockSignals(False)
        self._say()

    def add_item(self, item: StockItem) -> None:
        """Put an article at the end and go to its count."""
        key = str(item.product_id)
        if key not in self._lines:
            self._items.append(item)
            self._add_line(item, last=True)
        self._lines[key].setFocus()

    def take_focus(self) -> None:
        """Go to the first article that is not counted."""
        empty = [line for line in self._lines.values() if not line.text()]
        for line in (empty or list(self._lines.values()))[:1]:
            line.setFocus()

    def eventFilter(self, watched: QObject, event: object) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Return: 1, Qt.Key.Key_Enter: 1, Qt.Key.Key_Up: -1}
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            step = steps.get(Qt.Key(event.key()))
            if step is not None and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self._go(watched, step)
                return True
        return False

    def _go(self, line: QObject, step: int) -> None:
        lines = list(self._lines.values())
        place = next((n for n, each in enumerate(lines) if each is line), 0) + step
        if 0 <= place < len(lines):
            lines[place].setFocus()
            lines[place].selectAll()

    def _rebuild(self) -> None:
        while (old := self._grid.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.deleteLater()
        self._lines = {}
        for number, item in enumerate(self._items):
            self._add_line(item, last=number == len(self._items) - 1)

    def _add_line(self, item: StockItem, *, last: bool) -> None:
        key = str(item.product_id)
        line = LineField(name=tr("Count of {article}", article=item.name))
        line.setFixedWidth(_COUNT)
        line.setAlignment(Qt.AlignmentFlag.AlignRight)
        line.textEdited.connect(lambda text: self._on_typed(key, text))
        line.installEventFilter(self)
        self._lines[key] = line
        holder = QWidget()
        layout = QHBoxLayout(holder)
        layout.setContentsMargins(20, 6, 16, 6)
        layout.setSpacing(12)
        name = column(Label(item.name, 14, REGULAR), caption(_under(item)), gap=0)
        layout.addLayout(name, 1)
        before = formats.NONE if item.last is None else formats.decimal(item.last)
        layout.addWidget(_fixed(Label(before, 14, REGULAR, "text3", align=paint.RIGHT), _LAST))
        layout.addWidget(line)
        layout.addWidget(_fixed(Label(formats.unit(self._unit(item)), 13, REGULAR, "text2"), 56))
        holder.setFixedHeight(52)
        self._grid.addWidget(holder)
        if not last:
            self._grid.addWidget(rule())

    def _unit(self, item: StockItem) -> str:
        return self.asked.unit or item.unit

    def _on_typed(self, key: str, text: str) -> None:
        text = text.strip()
        line = self._lines[key]
        try:
            good = not text or Decimal(text) >= 0
        except InvalidOperation:
            good = False
        line.set_wrong(not good)
        if not good:
            return
        if text:
            self._counts[key] = text
        else:
            self._counts.pop(key, None)
        self._say()
        self.changed.emit(self.asked.key, dict(self._counts))

    def _say(self) -> None:
        left = len(self._items) - len(self._counts)
        done = words.stock(self._counts) if self._counts else tr("nothing counted yet")
        self._summary.show_text(tr("{done} · {n} left", done=done, n=left) if left > 0 else done)


def _under(item: StockItem) -> str:
    return " · ".join(word for word in (item.code, item.specification) if word)


def _title(text: str, wide: int, *, right: bool = True) -> Label:
    label = Label(text, 12, SEMIBOLD, "text3", align=paint.RIGHT if right and wide else paint.LEFT)
    label.setFixedHeight(32)
    return _fixed(label, wide) if wide else label


def _fixed(label: Label, wide: int) -> Label:
    label.setFixedWidth(wide)
    return label
