"""The fields of one rule, made from its columns: what is typed stays, what is wrong is said at its field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QGridLayout, QWidget

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.rules.rule_columns import Column, Kind, Table, get, pruned, put
from fieldcrm.rules.rule_draft import Doc
from fieldcrm.services import rule_cells
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.prices import links, words
from fieldcrm.ui.prices.choices import LEVELS, Offers
from fieldcrm.ui.prices.picking import WORDS, PickField
from fieldcrm.ui.prices.traits import AttributesField, TraitsField
from fieldcrm.ui.prices.units import UnitField
from fieldcrm.ui.widgets.fields import ChoiceField, Field, Tick
from fieldcrm.ui.widgets.typing import LineField

HELP: Mapping[str, str] = {
    "valid_from": mark("Such as 2026-11-18; empty: always"),
    "valid_to": mark("The last day counts; empty: no end"), "tax_rate": mark("0.13 is 13 per cent"),
    "priority": mark("The larger one wins"), "budget": mark("Empty: no limit"),
    "max_uses": mark("Empty: no limit"), "max_uses_in_all": mark("Empty: no limit"),
    "cost": mark("From a day on it is another? Write a new one."),
    "earn.product_id": mark("Only for a rebate in goods"),
}  # fmt: skip
_SHORT = frozenset({Kind.NUMBER, Kind.WHOLE, Kind.DAY, Kind.FLAG, Kind.CHOICE, Kind.PRODUCT, Kind.CATEGORY})
_PICKED = {
    Kind.PRODUCT: "product", Kind.PRODUCTS: "product", Kind.QUANTITIES: "product", Kind.SHARES: "product",
    Kind.CATEGORY: "category",
}  # fmt: skip
_SIGNS = {Kind.QUANTITIES: "*", Kind.SHARES: "="}
_ONE = frozenset({Kind.PRODUCT, Kind.CATEGORY})
_UNITS = frozenset({"conditions.unit", "conditions.buy_unit", "give.gift.unit", "min_quantity_unit"})


class RuleFields(QWidget):
    """The controls of a table's columns in two columns; ``edited`` follows what is typed."""

    edited = Signal()

    def __init__(
        self, context: Context, table: Table, paths: Sequence[str], offers: Offers, doc: Mapping[str, Any],
        *, across: int = 2,
    ) -> None:  # fmt: skip
        super().__init__()
        self._context, self._noun = context, table.name
        self.offers = offers
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
            taken = across if wide else 1
            place += place % across if wide else 0
            grid.addWidget(field, place // across, place % across, 1, taken)
            place += taken
        for number in range(across):
            grid.setColumnStretch(number, 1)
        links.tie(self)

    def _field(self, each: Column, doc: Mapping[str, Any]) -> Field:
        control = self._control(each, rule_cells.said(each, get(doc, each.path), self.offers.known))
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
            offered = [*empty, *((value, words.choice(value)) for value in each.choices)]
            return self._choice(offered, cell or "")
        said = "" if cell is None else plain_text(cell)
        if each.path in _UNITS or (self._noun, each.path) == ("price_entry", "unit"):
            units = UnitField(self.offers.units_of([]), said, needed=each.required)
            units.chosen.connect(lambda _value: self.edited.emit())
            return units
        picked = _picked(each)
        if picked:
            field = PickField(
                self._context, self.offers, picked, words.column(each.path), said,
                one=each.kind in _ONE or each.path == "reference", sign=_SIGNS.get(each.kind, ""),
            )  # fmt: skip
            field.edited.connect(self.edited.emit)
            return field
        if each.kind in (Kind.ATTRIBUTES, Kind.TRAITS):
            traits = (
                AttributesField(self.offers, said) if each.kind is Kind.ATTRIBUTES
                else TraitsField(self._context, self.offers, said)
            )  # fmt: skip
            traits.edited.connect(self.edited.emit)
            return traits
        line = LineField(said)
        line.textEdited.connect(lambda _text: self.edited.emit())
        return line

    def _choice(self, offered: list[tuple[str, str]], current: object) -> ChoiceField:
        choice = ChoiceField(offered, current)
        choice.chosen.connect(lambda _value: self.edited.emit())
        return choice

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
                cell = _value(self.fields[each.path].control)
                put(doc, each.path, rule_cells.read(each, cell, self.offers.known))
            except Invalid as error:
                self.show_error(each.path, error)
                yield error

    def show_error(self, path: str, error: FieldCrmError) -> bool:
        """Say what is wrong at the field of a path; False when it is not here."""
        field = self.fields.get(path) or next(
            (each for name, each in self.fields.items() if path and name.startswith(f"{path}.")), None
        )
        if field is None and path.startswith("attributes.") and "attributes" in self.fields:
            field = self.fields["attributes"]
            if isinstance(field.control, AttributesField):
                field.control.show_error(path.removeprefix("attributes."), worded(error).title)
                return True
        if field is None:
            return False
        field.show_error(worded(error).title)
        return True


_OTHERS = {"reference": "group", "choices": WORDS}


def _picked(each: Column) -> str:
    """Return what kind of thing is chosen in a column; "" where something is typed."""
    if each.path in _OTHERS:
        return _OTHERS[each.path]
    level = each.path.removeprefix("whom.")
    return level if each.kind is Kind.NAMES and level in LEVELS else _PICKED.get(each.kind, "")


_NARROW = frozenset({
    "code", "brand", "specification", "family", "base_unit", "sales_unit", "currency", "reference", "unit",
    "barcode", "group", *_UNITS, *(f"whom.{level}" for level in LEVELS),
})  # fmt: skip


class Section(Protocol):
    """A part of a form that reads what is typed into it."""

    edited: SignalInstance

    @property
    def fields(self) -> Mapping[str, Field]: ...

    def typed(self) -> dict[str, Any]: ...

    def show_typed(self, typed: Mapping[str, Any]) -> None: ...

    def read(self, doc: Doc) -> Iterator[FieldCrmError]: ...

    def show_error(self, path: str, error: FieldCrmError) -> bool: ...


def document(groups: Sequence[Section], doc: Mapping[str, Any]) -> tuple[Doc, list[FieldCrmError]]:
    """Return what is written over ``doc``, and what could not be read."""
    made: Doc = dict(doc)
    errors = [error for each in groups for error in each.read(made)]
    return pruned(made), errors


def hush(groups: Sequence[Section]) -> None:
    """Say nothing yet of fields into which nobody has typed."""
    for each in (field for group in groups for field in group.fields.values()):
        if not isinstance(each.control, Tick) and not _value(each.control):
            each.show_error("")


def plain_text(cell: Any) -> str:
    """Return a cell as it is typed."""
    return f"{cell.normalize():f}" if isinstance(cell, Decimal) else str(cell)


def _value(control: QWidget) -> Any:
    if isinstance(control, Tick):
        return control.isChecked()
    if isinstance(control, ChoiceField):
        return control.value
    assert isinstance(control, LineField | PickField | AttributesField | TraitsField)  # noqa: S101 - for the type checker
    return control.text()


def _set(control: QWidget, value: Any) -> None:
    if isinstance(control, Tick):
        control.setChecked(bool(value))
    elif isinstance(control, UnitField):
        control.show_unit(str(value or ""))
    elif isinstance(control, ChoiceField):
        control.choose(value)
    elif isinstance(control, LineField | PickField | AttributesField | TraitsField):
        control.setText(str(value or ""))
