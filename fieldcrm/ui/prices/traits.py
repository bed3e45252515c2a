"""What an article says of itself, and by which of these a range means articles.

Both are faces of their cells, as picked fields are: ``text`` is what a workbook would hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from fieldcrm.errors import Invalid
from fieldcrm.rules.rule_columns import Column, Kind
from fieldcrm.rules.rule_draft import Doc
from fieldcrm.services import rule_cells, shelf_faults
from fieldcrm.services.cell_lists import quoted
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.prices import words
from fieldcrm.ui.prices.choices import Offers
from fieldcrm.ui.prices.picking import PickField
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.fields import ChoiceField, Field
from fieldcrm.ui.widgets.frames import column, holder, row
from fieldcrm.ui.widgets.labels import Label
from fieldcrm.ui.widgets.typing import LineField


class AttributesField(QWidget):
    """A field for each attribute that articles on the shelf have, and for what else this one says."""

    edited = Signal()

    def __init__(self, offers: Offers, text: str) -> None:
        super().__init__()
        self._offers, self._shelf = offers, ""
        self._values: dict[str, str] = {}
        self._left = ""
        self.fields: dict[str, Field] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(12)
        self._name = LineField("", tr("Another attribute"), name=tr("Another attribute"))
        self._name.returnPressed.connect(self._add)
        self._add_button = Button(tr("Add it"), icon="plus", on_click=self._add)
        self.setLayout(column(self._grid, row(self._name, self._add_button, None, gap=8), gap=12))
        self.setText(text)

    def show_shelf(self, code: str) -> None:
        """Ask for the attributes of another category."""
        if code != self._shelf:
            self._shelf = code
            self._build()

    def text(self) -> str:
        """Return what is said as a cell."""
        said = {code: value.strip() for code, value in self._values.items()}
        pairs = [f"{quoted(code)} = {quoted(value)}" for code, value in said.items() if value]
        return "; ".join([*pairs, *([self._left] if self._left else [])])

    def setText(self, text: str) -> None:
        """Show what a cell says; what cannot be read stays as it is and is refused when it is kept."""
        try:
            found = rule_cells.read(_ATTRIBUTES, text, self._offers.known)
        except Invalid:
            found, self._left = {}, text
        else:
            self._left = ""
        self._values = {str(code): str(value) for code, value in (found or {}).items()}
        self._build()

    def show_error(self, code: str, text: str) -> None:
        """Say what is wrong with one attribute."""
        if code in self.fields:
            self.fields[code].show_error(text)

    def _meant(self) -> dict[str, Doc]:
        shelf = self._offers.known.categories.get(self._shelf)
        return {str(each["code"]): each for each in shelf_faults.meant_for(self._offers.docs, shelf)}

    def _build(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        meant = self._meant()
        self.fields = {}
        for place, code in enumerate(dict.fromkeys([*meant, *self._values])):
            field = self.fields[code] = self._field(code, meant.get(code, {}))
            self._grid.addWidget(field, place // 2, place % 2)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        self.updateGeometry()

    def _field(self, code: str, attribute: Doc) -> Field:
        value, kind = self._values.get(code, ""), attribute.get("kind")
        control: QWidget
        if kind in ("choice", "flag"):
            offered = [str(each) for each in attribute.get("choices") or ()] if kind == "choice" else FLAGS
            offered = [*offered, *([value] if value and value not in offered else [])]
            named = [("", tr("None")), *((each, _worded(each)) for each in offered)]
            control = choice = ChoiceField(named, value)
            choice.chosen.connect(lambda chosen: self._on_value(code, str(chosen or "")))
        else:
            control = line = LineField(value)
            line.textEdited.connect(partial(self._on_value, code))
        name, unit = str(attribute.get("name") or code), str(attribute.get("unit") or "")
        label = f"{name}/{unit}" if unit else name
        return Field(label, control, required=bool(attribute.get("required")))

    def _on_value(self, code: str, value: str) -> None:
        self._values[code] = value
        self.edited.emit()

    def _add(self) -> None:
        code = self._name.text().strip()
        if not code:
            self._name.setFocus()
            return
        self._values.setdefault(code, "")
        self._name.clear()
        self._build()
        self.fields[code].control.setFocus()


FLAGS = list(shelf_faults.FLAGS)
_ATTRIBUTES = Column("attributes", Kind.ATTRIBUTES)
_TRAITS = Column("attributes", Kind.TRAITS)


def _worded(value: str) -> str:
    return tr(words.FLAGS[FLAGS.index(value)]) if value in FLAGS else value


class TraitsField(QWidget):
    """Which articles are meant by their category, brand or attributes: each trait with its values."""

    edited = Signal()

    def __init__(self, context: Context, offers: Offers, text: str) -> None:
        super().__init__()
        self._context, self._offers = context, offers
        self.rows: dict[str, PickField] = {}
        self._left = ""
        self._held = column(gap=12)
        self.more = ChoiceField(name=tr("Add a trait"))
        self.more.chosen.connect(lambda name: self.add(str(name)) if name else None)
        self.setLayout(column(holder(self._held), row(self.more, None), gap=8))
        self.setText(text)

    def text(self) -> str:
        """Return the traits as a cell."""
        said = {name: field.members() for name, field in self.rows.items()}
        pairs = [f"{quoted(name)} = {' | '.join(map(quoted, values))}" for name, values in said.items()]
        return "; ".join([*pairs, *([self._left] if self._left else [])])

    def setText(self, text: str) -> None:
        """Show the traits of a cell."""
        try:
            found: Mapping[str, Any] = rule_cells.read(_TRAITS, text, self._offers.known) or {}
        except Invalid:
            found, self._left = {}, text
        else:
            self._left = ""
        for name in list(self.rows):
            self._drop(name)
        for name, values in found.items():
            self._insert(name, [str(each) for each in values])
        self._offer()

    def add(self, name: str) -> None:
        """Ask for the values of one more trait."""
        field = self._insert(name, [])
        self._offer()
        field.line.setFocus()
        self.edited.emit()

    def remove(self, name: str) -> None:
        """Let a trait go."""
        self._drop(name)
        self._offer()
        self.edited.emit()

    def _drop(self, name: str) -> None:
        gone = self.rows.pop(name).parentWidget()
        if gone is not None:
            self._held.removeWidget(gone)
            gone.hide()
            gone.deleteLater()

    def _insert(self, name: str, values: list[str]) -> PickField:
        kind = "category" if name == "category" else f"trait {name}"
        title = self._offers.trait(name)
        field = PickField(self._context, self._offers, kind, title, "; ".join(map(quoted, values)))
        field.edited.connect(self.edited.emit)
        away = IconButton("close", tr("Remove {name}", name=title), partial(self.remove, name), quiet=True)
        head = row(Label(title, 13, 600, "text2"), None, away, gap=8)
        self._held.addWidget(holder(column(head, field, gap=4)))
        self.rows[name] = field
        return field

    def _offer(self) -> None:
        rest = [each for each in self._offers.traits if each not in self.rows]
        self.more.show_choices(
            [("", tr("Add a trait")), *((each, self._offers.trait(each)) for each in rest)], ""
        )
        self.more.choose("")
        self.more.setVisible(bool(rest))
