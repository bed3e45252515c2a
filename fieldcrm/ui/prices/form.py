"""The fields of one rule, made from its columns: what is typed stays, what is wrong is said at its field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QGridLayout, QWidget

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.rules.rule_columns import Column, Kind, Table, get, pruned, put
from fieldcrm.rules.rule_draft import Doc
from fieldcrm.services import rule_cells
from fieldcrm.services.rule_cells import Names
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.prices import words
from fieldcrm.ui.widgets.fields import ChoiceField, Field, Tick
from fieldcrm.ui.widgets.typing import LineField

HELP: Mapping[str, str] = {
    "goods": mark("Codes with quantities: TE01 * 2; TE02"), "products": mark("Codes: TE01; TE02"),
    "attributes": mark("Name = value; name = value"), "whom.customer": mark("Codes, separated by ;"),
    "whom.group": mark("Codes, separated by ;"), "whom.partner": mark("Codes, separated by ;"),
    "whom.territory": mark("Codes, separated by ;"), "valid_from": mark("Such as 2026-11-18; empty: always"),
    "valid_to": mark("The last day counts; empty: no end"), "tax_rate": mark("0.13 is 13 per cent"),
    "reference": mark("The code of the group, partner, territory or customer"),
    "priority": mark("The larger one wins"), "max_product_percent": mark("Codes with percentages: TE01 = 20"),
    "conditions.unit": mark("Empty: base units"), "budget": mark("Empty: no limit"),
    "max_uses": mark("Empty: no limit"), "max_uses_in_all": mark("Empty: no limit"),
}  # fmt: skip
_SHORT = frozenset({Kind.NUMBER, Kind.WHOLE, Kind.DAY, Kind.FLAG, Kind.CHOICE})


class RuleFields(QWidget):
    """The controls of a table's columns in two columns; ``edited`` follows what is typed."""

    edited = Signal()

    def __init__(self, table: Table, paths: list[str], known: Names, doc: Mapping[str, Any]) -> None:
        super().__init__()
        self.known = known
        self.columns = [each for each in table.columns if each.path in paths]
        self.fields: dict[str, Field] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        place = 0
        for each in self.columns:
            field = self.fields[each.path] = self._field(each, doc)
            wide = each.kind not in _SHORT and each.path not in _NARROW
            place += place % 2 if wide else 0
            grid.addWidget(field, place // 2, place % 2, 1, 2 if wide else 1)
            place += 2 if wide else 1
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)

    def _field(self, each: Column, doc: Mapping[str, Any]) -> Field:
        control = self._control(each, rule_cells.said(each, get(doc, each.path), self.known))
        help_ = tr(HELP[each.path]) if each.path in HELP else ""
        label = "" if isinstance(control, Tick) else words.column(each.path)
        return Field(label, control, help_, required=each.required)

    def _control(self, each: Column, cell: Any) -> QWidget:
        if each.kind is Kind.FLAG:
            tick = Tick(words.column(each.path), on=bool(cell))
            tick.toggled.connect(lambda _on: self.edited.emit())
            return tick
        if each.kind is Kind.CHOICE:
            empty = [] if each.required else [("", tr("None"))]
            choice = ChoiceField(
                [*empty, *((value, words.choice(value)) for value in each.choices)], cell or ""
            )
            choice.chosen.connect(lambda _value: self.edited.emit())
            return choice
        line = LineField("" if cell is None else _text(cell))
        if each.kind in _COMPLETED:
            table: dict[str, str] = getattr(self.known, _COMPLETED[each.kind])
            completer = QCompleter(sorted(table), line)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            line.setCompleter(completer)
        line.textEdited.connect(lambda _text: self.edited.emit())
        return line

    def typed(self) -> dict[str, Any]:
        """Return what stands in the controls, by path."""
        return {path: _value(field.control) for path, field in self.fields.items()}

    def show_typed(self, typed: Mapping[str, Any]) -> None:
        """Put back what was typed."""
        for path, value in typed.items():
            if path in self.fields:
                _set(self.fields[path].control, value)

    def read(self, doc: Doc) -> Iterator[FieldCrmError]:
        """Write what is typed into ``doc``; yields what cannot be read, which is said at its field."""
        for each in self.columns:
            self.fields[each.path].show_error("")
            try:
                put(doc, each.path, rule_cells.read(each, _value(self.fields[each.path].control), self.known))
            except Invalid as error:
                self.show_error(each.path, error)
                yield error

    def show_error(self, path: str, error: FieldCrmError) -> bool:
        """Say what is wrong at the field of a path; False when it is not here."""
        field = self.fields.get(path) or next(
            (each for name, each in self.fields.items() if path and name.startswith(f"{path}.")), None
        )
        if field is None:
            return False
        field.show_error(worded(error).title)
        return True


_NARROW = frozenset({
    "code", "brand", "specification", "category_id", "family", "base_unit", "sales_unit", "currency",
    "reference", "conditions.unit", "conditions.buy_unit", "unit", "barcode", "min_quantity_unit",
    "earn.product_id", "give.gift.product_id", "give.gift.unit", "for_each_id", "require_id", "host_id",
    "group", "product_id",
    "price_book_id", "whom.customer", "whom.group", "whom.partner", "whom.territory",
})  # fmt: skip
_COMPLETED = {Kind.PRODUCT: "products", Kind.BOOK: "books", Kind.CATEGORY: "categories"}


def document(groups: list[RuleFields], doc: Mapping[str, Any]) -> tuple[Doc, list[FieldCrmError]]:
    """Return what is written over ``doc``, and what could not be read."""
    made: Doc = dict(doc)
    errors = [error for each in groups for error in each.read(made)]
    return pruned(made), errors


def _text(cell: Any) -> str:
    return f"{cell.normalize():f}" if isinstance(cell, Decimal) else str(cell)


def _value(control: QWidget) -> Any:
    if isinstance(control, Tick):
        return control.isChecked()
    if isinstance(control, ChoiceField):
        return control.value
    assert isinstance(control, LineField)  # noqa: S101 - for the type checker
    return control.text()


def _set(control: QWidget, value: Any) -> None:
    if isinstance(control, Tick):
        control.setChecked(bool(value))
    elif isinstance(control, ChoiceField):
        control.choose(value)
    elif isinstance(control, LineField):
        control.setText(str(value or ""))
