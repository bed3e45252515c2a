"""Tiers as a table that is typed into: from how much on, and what comes of it.

Enter in the last line adds one, Alt with an arrow moves a line, with Delete takes it out; what is
wrong is said under its line and at its field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from fieldcrm.errors import FieldCrmError
from fieldcrm.rules.rule_columns import Table, get, pruned, put
from fieldcrm.rules.rule_draft import Doc
from fieldcrm.services import rule_cells
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.prices import words
from fieldcrm.ui.prices.benefit import GiveField
from fieldcrm.ui.prices.choices import Offers
from fieldcrm.ui.prices.form import plain_text
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.frames import column, holder, row, rule
from fieldcrm.ui.widgets.labels import Label, Paragraph
from fieldcrm.ui.widgets.typing import LineField

_ACTS: Mapping[int, str] = {Qt.Key.Key_Up: "up", Qt.Key.Key_Down: "down", Qt.Key.Key_Delete: "remove"}


class TierRow(QFrame):
    """One tier: its thresholds, and its benefit or percentage."""

    edited = Signal()
    asked = Signal(str)  # up, down, remove or add

    def __init__(self, context: Context, table: Table, offers: Offers, doc: Mapping[str, Any]) -> None:
        super().__init__()
        self._table, self._offers = table, offers
        self._columns = [each for each in table.columns if not each.path.startswith("give.")]
        self.fields: dict[str, Field] = {}
        for each in self._columns:
            cell = rule_cells.said(each, get(doc, each.path), offers.known)
            line = LineField("" if cell is None else plain_text(cell))
            line.textEdited.connect(lambda _text: self.edited.emit())
            line.returnPressed.connect(lambda: self.asked.emit("add"))
            self.fields[each.path] = Field(words.column(each.path), line, required=each.required)
        gives = len(self._columns) < len(table.columns)
        self.give = GiveField(context, table, offers, doc) if gives else None
        self._number = Label("", 13, 600, "text2")
        self._number.setFixedWidth(24)
        signs = (("arrow-up", tr("Move the tier up"), "up"), ("arrow-down", tr("Move the tier down"), "down"),
                 ("close", tr("Remove the tier"), "remove"))  # fmt: skip
        acts = [IconButton(sign, name, self._asker(act), size=32, quiet=True) for sign, name, act in signs]
        self.up, self.down, self.away = acts
        first = row(self._number, *self.fields.values(), *acts, gap=8)
        for place in range(1, len(self.fields) + 1):
            first.setStretch(place, 1)
        self._wrong = Paragraph("", 12, 400, "bad")
        self._wrong.hide()
        body = column(first, gap=8, margins=(0, 8, 0, 12))
        if self.give is not None:
            self.give.edited.connect(self.edited.emit)
            body.addLayout(row(32, self.give, 112, gap=0))
        body.addLayout(row(32, self._wrong, gap=0))
        body.addWidget(rule())
        self.setLayout(body)

    def _asker(self, act: str) -> Callable[[], None]:
        return lambda: self.asked.emit(act)

    def show_place(self, number: int, last: int) -> None:
        """Say which line it is, and whether it can move."""
        self._number.show_text(formats.count(number + 1))
        self.up.setEnabled(number > 0)
        self.down.setEnabled(number < last)
        self.setAccessibleName(tr("Tier {n}", n=number + 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        act = _ACTS.get(event.key(), "") if alt else ""
        if act:
            self.asked.emit(act)
        else:
            super().keyPressEvent(event)

    def typed(self) -> dict[str, Any]:
        """Return what stands in the line."""
        held: dict[str, Any] = {path: _text(field) for path, field in self.fields.items()}
        return held | ({"give": self.give.typed()} if self.give is not None else {})

    def show_typed(self, typed: Mapping[str, Any]) -> None:
        """Put back what was typed."""
        for path, field in self.fields.items():
            _line(field).setText(str(typed.get(path) or ""))
        if self.give is not None and isinstance(typed.get("give"), dict):
            self.give.show_typed(typed["give"])

    def read(self) -> tuple[Doc, list[FieldCrmError]]:
        """Return the tier, and what cannot be read, which is said at its field."""
        self._wrong.hide()
        cells = {path: _text(field) for path, field in self.fields.items()}
        made, wrong = rule_cells.document(self._columns, cells, self._offers.known, {})
        for path, field in self.fields.items():
            field.show_error(worded(wrong[path]).title if path in wrong else "")
        errors: list[FieldCrmError] = list(wrong.values())
        if self.give is not None:
            errors += self.give.read(made)
        return pruned({name: each for name, each in made.items() if each is not None}), errors

    def show_error(self, path: str, error: FieldCrmError) -> None:
        """Say what is wrong at a field of the line, or under it."""
        if path in self.fields:
            self.fields[path].show_error(worded(error).title)
        elif self.give is None or not self.give.show_error(path, error):
            self._wrong.show_text(worded(error).title, "bad")
            self._wrong.show()


def _line(field: Field) -> LineField:
    assert isinstance(field.control, LineField)  # noqa: S101 - for the type checker
    return field.control


def _text(field: Field) -> str:
    return _line(field).text()


class TierTable(QWidget):
    """All tiers of a rule, the lowest first."""

    edited = Signal()

    def __init__(
        self, context: Context, table: Table, offers: Offers, docs: Sequence[Mapping[str, Any]]
    ) -> None:
        super().__init__()
        self._context, self._table, self._offers = context, table, offers
        self.rows: list[TierRow] = []
        self._held = column(gap=0)
        self.add_button = Button(tr("Add a tier"), "link", "plus", height=32, on_click=lambda: self.add({}))
        self.setLayout(column(holder(self._held), row(self.add_button, None), gap=4))
        for each in docs:
            self._insert(each)
        self._number()

    @property
    def part(self) -> str:
        """Where the tiers stand in the rule."""
        return self._table.part

    @property
    def fields(self) -> dict[str, Field]:
        """The fields of all lines, by path."""
        found: dict[str, Field] = {}
        for number, each in enumerate(self.rows):
            inside = each.fields | (each.give.fields if each.give is not None else {})
            found |= {f"{self.part}.{number}.{path}": field for path, field in inside.items()}
        return found

    def add(self, doc: Mapping[str, Any]) -> None:
        """Add a tier at the end and go to it."""
        made = self._insert(doc)
        self._number()
        next(iter(made.fields.values())).control.setFocus()
        self.edited.emit()

    def _insert(self, doc: Mapping[str, Any]) -> TierRow:
        made = TierRow(self._context, self._table, self._offers, doc)
        made.edited.connect(self.edited.emit)
        made.asked.connect(lambda act: self._act(made, act))
        self.rows.append(made)
        self._held.addWidget(made)
        return made

    def _act(self, each: TierRow, act: str) -> None:
        place = self.rows.index(each)
        if act == "add":
            self.add({}) if place == len(self.rows) - 1 else _first(self.rows[place + 1])
        elif act == "remove":
            self._remove(place)
        else:
            self._move(place, place + (1 if act == "down" else -1))

    def _remove(self, place: int) -> None:
        gone = self.rows.pop(place)
        self._held.removeWidget(gone)
        gone.hide()
        gone.deleteLater()
        self._number()
        if self.rows:
            _first(self.rows[min(place, len(self.rows) - 1)])
        else:
            self.add_button.setFocus()
        self.edited.emit()

    def _move(self, place: int, to: int) -> None:
        if not 0 <= to < len(self.rows):
            return
        moved = self.rows.pop(place)
        self.rows.insert(to, moved)
        self._held.removeWidget(moved)
        self._held.insertWidget(to, moved)
        self._number()
        self.edited.emit()

    def _number(self) -> None:
        for number, each in enumerate(self.rows):
            each.show_place(number, len(self.rows) - 1)

    def typed(self) -> dict[str, Any]:
        """Return what stands in the lines."""
        return {f"[{self.part}]": [each.typed() for each in self.rows]}

    def show_typed(self, typed: Mapping[str, Any]) -> None:
        """Put back what was typed."""
        lines = typed.get(f"[{self.part}]")
        if not isinstance(lines, list):
            return
        for each in list(self.rows):
            self._held.removeWidget(each)
            each.hide()
            each.deleteLater()
        self.rows = []
        for line in lines:
            self._insert({}).show_typed(line)
        self._number()

    def read(self, doc: Doc) -> Iterator[FieldCrmError]:
        """Write the tiers into ``doc``; yields what cannot be read."""
        found = [each.read() for each in self.rows]
        put(doc, self.part, [made for made, _ in found])
        for _, errors in found:
            yield from errors

    def show_error(self, path: str, error: FieldCrmError) -> bool:
        """Say what is wrong in a line; False when the path is not of these."""
        if not path.startswith(f"{self.part}."):
            return False
        number, _, inside = path.removeprefix(f"{self.part}.").partition(".")
        if not number.isdigit() or int(number) >= len(self.rows):
            return False
        self.rows[int(number)].show_error(inside, error)
        return True

    def show_sets(self, *, on: bool) -> None:
        """Tell the benefits whether the promotion is on sets."""
        for each in self.rows:
            if each.give is not None:
                each.give.show_sets(on=on)


def _first(tier: TierRow) -> None:
    next(iter(tier.fields.values())).control.setFocus()
