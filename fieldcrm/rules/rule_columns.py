"""The columns by which rules are written: one list for workbooks, forms and lists of changes.

A ``Table`` is what a sheet holds: the rules of one noun, or the parts of them, each line naming
its owner. A column's path leads into the rule's document. What a column is called, in which
language ever, is the interface's matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a column holds, and so how it is written."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole"
    DAY = "day"
    FLAG = "flag"
    CHOICE = "choice"
    CATEGORY = "category"
    BOOK = "book"
    PRODUCT = "product"
    PRODUCTS = "products"
    QUANTITIES = "quantities"  # articles with how many of each
    SHARES = "shares"  # articles with a percentage each
    NAMES = "names"
    ATTRIBUTES = "attributes"  # names with one value each
    TRAITS = "traits"  # names with the values that are meant


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``choices`` are the values of a ``CHOICE``."""

    path: str
    kind: Kind = Kind.TEXT
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """What one sheet holds; ``part`` is the path to a list inside the rule, empty for the rule itself."""

    noun: str
    columns: tuple[Column, ...]
    part: str = ""

    @property
    def name(self) -> str:
        """What the table goes by, as in ``promotion.tiers``."""
        return f"{self.noun}.{self.part}" if self.part else self.noun


_T, _N, _W, _D, _F = Kind.TEXT, Kind.NUMBER, Kind.WHOLE, Kind.DAY, Kind.FLAG


def _choice(path: str, *values: str, required: bool = False) -> Column:
    return Column(path, Kind.CHOICE, values, required)


_CODE, _NAME = Column("code", required=True), Column("name", required=True)
_PERIOD = (Column("valid_from", _D), Column("valid_to", _D))
_WHOM = tuple(Column(f"whom.{level}", Kind.NAMES) for level in ("customer", "group", "partner", "territory"))


def _give(under: str) -> tuple[Column, ...]:
    return (
        Column(f"{under}.percent_off", _N), Column(f"{under}.amount_off", _N),
        Column(f"{under}.amount_off_per_unit", _N), Column(f"{under}.fixed_price", _N),
        Column(f"{under}.set_price", _N), Column(f"{under}.cheapest_free", _W),
        Column(f"{under}.gift.product_id", Kind.PRODUCT), Column(f"{under}.gift.quantity", _N),
        Column(f"{under}.gift.unit"), Column(f"{under}.per_set", _F),
    )  # fmt: skip


TABLES: tuple[Table, ...] = (
    Table("product_category", (
        _CODE, _NAME, Column("parent_id", Kind.CATEGORY), Column("position", _W),
    )),
    Table("product_attribute", (
        _CODE, _NAME, _choice("kind", "text", "number", "choice", "flag", required=True),
        Column("choices", Kind.NAMES), Column("category_id", Kind.CATEGORY), Column("unit"),
        Column("required", _F), Column("position", _W),
    )),
    Table("product", (
        _CODE, _NAME, Column("brand"), Column("specification"), Column("category_id", Kind.CATEGORY),
        Column("family"), Column("base_unit", required=True), Column("sales_unit", required=True),
        Column("standard_price", _N, required=True), Column("floor_price", _N),
        Column("tax_rate", _N, required=True), Column("attributes", Kind.ATTRIBUTES),
        Column("promotable", _F), Column("active", _F),
    )),
    Table("product", (
        Column("unit", required=True), Column("factor", _N, required=True), Column("barcode"),
    ), "units"),
    Table("cost_price", (
        Column("product_id", Kind.PRODUCT, required=True), Column("cost", _N, required=True),
        Column("currency"), Column("valid_from", _D),
    )),
    Table("price_book", (
        _CODE, _NAME, _choice("level", "list", "territory", "partner", "group", "customer", required=True),
        Column("reference"), Column("priority", _W), *_PERIOD,
        _choice("tax_mode", "inclusive", "exclusive", required=True), Column("currency"),
        _choice("on_change", "honour", "approve", "reprice", required=True), Column("honour_days", _W),
    )),
    Table("price_entry", (
        Column("price_book_id", Kind.BOOK, required=True),
        Column("product_id", Kind.PRODUCT, required=True),
        Column("unit", required=True), Column("price", _N, required=True), Column("min_quantity", _N),
        Column("min_quantity_unit"),
    )),
    Table("promotion", (
        _CODE, _NAME, _choice("target", "order", "products", "bundle", required=True),
        Column("goods", Kind.QUANTITIES), *_WHOM, Column("priority", _W), Column("exclusive", _F), *_PERIOD,
        Column("conditions.unit"), Column("conditions.min_quantity", _N),
        Column("conditions.max_quantity", _N), Column("conditions.min_amount", _N),
        Column("conditions.buy_quantity", _N), Column("conditions.buy_unit"),
        Column("conditions.every_amount", _N), Column("conditions.repeat", _F),
        Column("conditions.max_times", _W), Column("conditions.cumulative", _F), *_give("give"),
        Column("max_uses", _W), Column("max_uses_in_all", _W), Column("budget", _N),
    )),
    Table("promotion", (
        Column("min_quantity", _N), Column("min_amount", _N), *_give("give"),
    ), "tiers"),
    Table("rebate_program", (
        _CODE, _NAME, _choice("kind", "cash", "goods", required=True), *_WHOM, *_PERIOD,
        Column("earn.per_order_percent", _N), Column("earn.min_order_net", _N),
        _choice("earn.period", "month", "quarter", "half", "year"), Column("earn.progressive", _F),
        Column("earn.per_quantity", _N), Column("earn.give", _N), Column("earn.carry_remainder", _F),
        Column("earn.products", Kind.PRODUCTS), Column("earn.product_id", Kind.PRODUCT),
        Column("keep_days", _W), Column("max_order_percent", _N),
        Column("max_product_percent", Kind.SHARES),
    )),
    Table("rebate_program", (
        Column("min_amount", _N), Column("min_quantity", _N), Column("percent", _N, required=True),
    ), "earn.tiers"),
    Table("sellable_range", (
        _CODE, _NAME, Column("allows", _F), *_WHOM, Column("products", Kind.PRODUCTS),
        Column("attributes", Kind.TRAITS), *_PERIOD,
    )),
    Table("quantity_rule", (
        _CODE, _NAME, Column("for_each_id", Kind.PRODUCT, required=True),
        Column("each_quantity", _N, required=True), Column("require_id", Kind.PRODUCT, required=True),
        Column("quantity", _N, required=True), _choice("rounding", "up", "down", "half_up"),
    )),
    Table("approval_rung", (
        Column("up_to_percent", _N, required=True),
        _choice("approver", "manager", "director", "finance", "admin"),
    )),
    Table("sales_bom", (
        Column("host_id", Kind.PRODUCT, required=True), Column("name"),
        _choice("price_mode", "base", "components", required=True), Column("base_price", _N),
    )),
    Table("sales_bom", (
        Column("name", required=True), Column("required", _F), Column("least", _W), Column("most", _W),
    ), "groups"),
    Table("sales_bom", (
        Column("group"), Column("product_id", Kind.PRODUCT, required=True), Column("least", _N),
        Column("most", _N), Column("step", _N), Column("delta", _N),
    ), "nodes"),
    Table("sales_bom", (
        _choice("kind", "excludes", "requires", "hidden", required=True),
        Column("products", Kind.PRODUCTS, required=True),
    ), "rules"),
)  # fmt: skip


def table(name: str) -> Table:
    """Return a table by its name."""
    return next(each for each in TABLES if each.name == name)


def parts(noun: str) -> Iterator[Table]:
    """Yield the tables of a noun's parts."""
    return (each for each in TABLES if each.noun == noun and each.part)


def get(doc: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path of a document, or None."""
    found: Any = doc
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def put(doc: dict[str, Any], path: str, value: Any) -> None:
    """Write a value at a path of a document; what is on the way is made."""
    *way, last = path.split(".")
    for name in way:
        inner = doc.get(name)
        doc[name] = doc = dict(inner) if isinstance(inner, dict) else {}
    doc[last] = value


def pruned(doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without what says nothing inside its values; its own columns stay."""
    return {name: _kept(value) if isinstance(value, dict) else value for name, value in doc.items()}


def _kept(value: dict[str, Any]) -> dict[str, Any]:
    inside = {name: _kept(each) if isinstance(each, dict) else each for name, each in value.items()}
    return {name: each for name, each in inside.items() if each not in (None, "", False, {}, [])}
