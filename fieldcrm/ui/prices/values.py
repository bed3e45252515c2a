"""What a field of a rule says, in words and names: for the chosen rule, and for two versions side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from fieldcrm.rules.rule_columns import Column, Kind, Table, get
from fieldcrm.rules.rule_draft import Doc
from fieldcrm.services import rule_cells
from fieldcrm.services.rule_cells import Names
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import listed, tr
from fieldcrm.ui.prices import words

Named = Callable[[str], str]
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_MONEY = frozenset({
    "standard_price", "floor_price", "price", "budget", "base_price", "conditions.min_amount",
    "conditions.every_amount", "give.amount_off", "give.amount_off_per_unit", "give.fixed_price",
    "give.set_price", "earn.min_order_net", "min_amount", "delta",
})  # fmt: skip


def said(named: Named, each: Column, value: Any) -> str:
    """Return what stands in a field; ``named`` tells an article's or a category's name by its id."""
    if each.kind is Kind.FLAG:
        return tr("Yes") if value else tr("No")
    if value in _NOTHING:
        return formats.NONE
    if each.kind is Kind.CHOICE:
        return words.choice(value)
    if each.kind in _LISTED:
        return listed(_LISTED[each.kind](named, value))
    if each.kind in (Kind.PRODUCT, Kind.CATEGORY):
        return named(str(value))
    return _plain(each, rule_cells.said(each, value, Names()))


def _plain(each: Column, cell: Any) -> str:
    if each.kind is Kind.DAY:
        return formats.full_day(cell)
    if each.path == "tax_rate":
        return formats.percent(cell)
    if each.kind is Kind.NUMBER:
        return formats.figure(cell) if each.path in _MONEY else formats.decimal(cell)
    return formats.unit(str(cell)) if each.path.endswith("unit") else str(cell)


def _quantities(named: Named, value: Any) -> list[str]:
    def one(each: Mapping[str, Any]) -> str:
        name, many = named(str(each["product_id"])), Decimal(str(each.get("quantity") or 1))
        return name if many == 1 else tr("{n} × {item}", n=formats.decimal(many), item=name)

    return [one(each) for each in value]


def _traits(_named: Named, value: Any) -> list[str]:
    return [
        f"{words.trait(str(name))} {' / '.join(map(str, each if isinstance(each, list) else [each]))}"
        for name, each in value.items()
    ]


_LISTED: Mapping[Kind, Callable[[Named, Any], list[str]]] = {
    Kind.PRODUCTS: lambda named, value: [named(str(each)) for each in value],
    Kind.NAMES: lambda _named, value: list(map(str, value)),
    Kind.SHARES: lambda named, value: [f"{named(str(key))} {share}%" for key, share in value.items()],
    Kind.QUANTITIES: _quantities, Kind.TRAITS: _traits, Kind.ATTRIBUTES: _traits,
}  # fmt: skip


def line(named: Named, table: Table, part: Doc) -> str:
    """Return one line inside a rule, as a tier or a unit."""
    shown = [
        f"{words.column(each.path)} {said(named, each, get(part, each.path))}"
        for each in table.columns
        if get(part, each.path) not in (*_NOTHING, False)
    ]
    return " · ".join(shown) or formats.NONE
