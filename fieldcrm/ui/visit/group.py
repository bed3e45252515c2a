"""A group on the visit screen: its rows, a search over many of them, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from fieldcrm.ids import new_id
from fieldcrm.rules.sop import TOTAL, Field, FieldType, Rows, given, photo_key
from fieldcrm.services.workspace import StockItem
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.visit.grid import GridModel, GridRow
from fieldcrm.ui.visit.grid_table import GridTable
from fieldcrm.ui.widgets.buttons import Button, Segments
from fieldcrm.ui.widgets.frames import column, holder, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, secondary
from fieldcrm.ui.widgets.typing import LineField, SearchField

_SEARCH_FROM = 12
_ALL, _OPEN = "all", "open"


class GroupBox(QFrame):
    """One group; every answer is told at once as the whole of its rows."""

    changed = Signal(str, object)  # field key, rows
    totalled = Signal(str, object)  # "<field key>.total", number
    photo_asked = Signal(str)  # field key of a row's photo
    add_asked = Signal()

    def __init__(self, asked: Field) -> None:
        super().__init__()
        self.asked = asked = _with_columns(asked)
        self._items: Sequence[StockItem] = ()
        self._last: Mapping[str, Any] = {}
        self._products: list[GridRow] | None = None
        self.setProperty("surface", "card")
        self.model = GridModel(asked)
        self.table = GridTable(self.model, asked.label)
        self.table.changed.connect(self._on_changed)
        self.table.photo_asked.connect(self._on_photo)
        self._summary = secondary("")
        self._problem = Paragraph("", 12, REGULAR, "bad")
        self.search = SearchField(tr("Name or code"), name=tr("Search these rows"), width=220)
        self.search.settled.connect(lambda _text: self._show_rows())
        self.which = Segments([(_ALL, tr("All")), (_OPEN, tr("Open"))], current=_ALL, even=False)
        self.which.chosen.connect(lambda _which: self._show_rows())
        self._finding = holder(row(self.search, self.which, None, gap=12, margins=(20, 0, 16, 8)))
        self.total = LineField(name=tr("All facings on this shelf"))
        self.total.setFixedWidth(84)
        self.total.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.total.settled.connect(self._on_total)
        self._total_line = holder(
            row(secondary(tr("All facings on this shelf")), self.total, None, margins=(20, 0, 16, 8))
        )
        self.setLayout(self._layout())
        self._total_line.setHidden(not asked.share)

    def _layout(self) -> Any:
        head = row(
            Label(self.asked.label, 15, SEMIBOLD), self._summary, None, gap=12, margins=(20, 12, 16, 8)
        )
        for button in self._buttons():
            head.addWidget(button)
        foot = holder(row(self._problem, margins=(20, 4, 16, 8)))
        self._foot = foot
        foot.hide()
        return column(head, self._total_line, self._finding, self.table, foot, gap=0, margins=(1, 1, 1, 8))

    def _buttons(self) -> list[QWidget]:
        if self.asked.rows is Rows.ADDED:
            self._remove = Button(tr("Remove row"), "link", "minus", height=28, on_click=self.remove_row)
            return [self._remove, Button(tr("Add a row"), "link", "plus", height=28, on_click=self.add_row)]
        if self.asked.rows is Rows.PLANNED:
            return [Button(tr("Add an article"), "link", "plus", height=28, on_click=self.add_asked.emit)]
        return []

    # -- showing -----------------------------------------------------------------------

    def show_group(
        self, items: Sequence[StockItem], answers: Mapping[str, Any], last: Any, photos: Mapping[str, int]
    ) -> None:
        """Show the rows there are and the answers given so far."""
        before = last if isinstance(last, dict) else {}
        if items != self._items or before != self._last:
            self._items, self._last, self._products = items, before, None
        said = answers.get(self.asked.key)
        total = answers.get(self.asked.key + TOTAL)
        self.model.show_answers(said if isinstance(said, dict) else {}, photos, total)
        if not self.total.hasFocus() and self.total.text() != str(total or ""):
            self.total.blockSignals(True)
            self.total.setText(str(total or ""))
            self.total.blockSignals(False)
        self._show_rows()
        self._say()

    def _show_rows(self) -> None:
        every = self._every()
        self._finding.setVisible(len(every) > _SEARCH_FROM)
        wanted = self.search.text().strip().casefold()
        open_only = self.which.current == _OPEN
        held = self.table.currentIndex()
        here = self.model.row(held.row()) if held.isValid() else None
        shown = [
            each
            for each in every
            if (not wanted or wanted in f"{each.name} {each.under}".casefold())
            and (not open_only or each.key not in self.model.answers or each == here)
        ]
        self.model.show_rows(shown)

    def _every(self) -> list[GridRow]:
        answers = self.model.answers
        match self.asked.rows:
            case Rows.FIXED:
                return [self._row(str(n), label) for n, label in enumerate(self.asked.labels)]
            case Rows.ADDED:
                return [self._row(key, str(n)) for n, key in enumerate(answers, 1)]
        if self._products is None:
            self._products = [self._product(item) for item in self._items]
        return self._products

    def _row(self, key: str, name: str) -> GridRow:
        return GridRow(key, name, last=self._before(key))

    def _product(self, item: StockItem) -> GridRow:
        units = {"sales": item.unit, "base": item.base_unit} if self.asked.type is FieldType.STOCK else {}
        if item.base_unit == item.unit:
            units.pop("base", None)
        under = " · ".join(word for word in (item.code, item.specification) if word)
        key = str(item.product_id)
        return GridRow(key, item.name, under, item.standard, units, self._before(key))

    def _before(self, key: str) -> Mapping[str, Any]:
        found = self._last.get(key)
        return found if isinstance(found, dict) else {}

    def _say(self) -> None:
        answered = sum(1 for key, held in self.model.answers.items() if held)
        every = len(self._every())
        self._summary.show_text(ntr("{done} of {n} row", "{done} of {n} rows", every, done=answered))
        problem = self._first_problem()
        self._problem.show_text(problem)
        self._foot.setVisible(bool(problem))

    def _first_problem(self) -> str:
        """Return what is wrong in the first row that has anything wrong, with its name."""
        found = (self.model.problem(number) for number in range(len(self.model.rows)))
        return next((said for said in found if said), "")

    # -- answering ---------------------------------------------------------------------

    def take_focus(self) -> None:
        """Go to the first row without an answer."""
        open_rows = [n for n, each in enumerate(self.model.rows) if not self.model.answers.get(each.key)]
        if self.model.rows:
            self.table.setCurrentIndex(self.model.index((open_rows or [0])[0], 1))
        self.table.setFocus()

    def add_row(self) -> None:
        """Add an empty row and go to it."""
        self.model.answers[new_id().hex[-12:]] = {}
        self._show_rows()
        self._on_changed()
        self.table.setCurrentIndex(self.model.index(len(self.model.rows) - 1, 1))
        self.table.setFocus()

    def remove_row(self) -> None:
        """Take the current row away."""
        here = self.model.row(self.table.currentIndex().row())
        if here is not None:
            self.model.answers.pop(here.key, None)
            self._show_rows()
            self._on_changed()

    def _on_changed(self) -> None:
        self._say()
        self.changed.emit(self.asked.key, {key: dict(held) for key, held in self.model.answers.items()})

    def _on_total(self, text: str) -> None:
        self.totalled.emit(self.asked.key + TOTAL, text.strip() if given(text.strip()) else None)

    def _on_photo(self, index: Any) -> None:
        here, asked = self.model.row(index.row()), self.model.field(index.column())
        if here is not None and asked is not None:
            self.photo_asked.emit(photo_key(self.asked.key, here.key, asked.key))


def _with_columns(asked: Field) -> Field:
    """Return a count by unit as a group of two numbers: sales units and loose ones."""
    if asked.type is not FieldType.STOCK:
        return asked
    most = Decimal(99_999)
    numbers = [Field(k, k, FieldType.NUMBER, minimum=Decimal(), maximum=most) for k in ("sales", "base")]
    return replace(asked, fields=tuple(numbers), rows=Rows.PLANNED)
