"""The demo's configurable articles: a mixed case of teas, and a display rack that may hold such cases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from fieldcrm.money import to_cents
from server.demo.seeding import Seed

Rows = dict[str, list[dict[str, Any]]]
_TEAS = ("茉莉绿茶", "桂花乌龙", "冰红茶", "柠檬红茶", "蜜桃乌龙", "无糖普洱", "青柑乌龙", "大麦茶")
_MIXED, _RACK = "清岚茶饮混合箱 500ml×16", "清岚陈列架套装"
_GOODS = (  # name, unit, price
    (_MIXED, "箱", "46.00"), (_RACK, "套", "880.00"),
    ("小冰柜 120L", "台", "1280.00"), ("大冰柜 280L", "台", "1980.00"), ("风幕柜 1.2m", "台", "3680.00"),
    ("木质层板", "个", "38.00"), ("金属层架", "个", "32.00"), ("灯箱 60cm", "个", "150.00"),
    ("灯箱电源", "个", "35.00"), ("价签条", "条", "2.00"), ("地贴", "张", "12.00"), ("安装手册", "张", "5.00"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Bill:
    row: dict[str, Any]
    groups: list[dict[str, Any]]
    nodes: list[dict[str, Any]]
    rules: list[dict[str, Any]]


def write(seed: Seed, rows: Rows) -> None:
    """Add the articles with their prices, and the bills that say what goes into them."""
    named = {row["name"]: row["id"] for row in rows["product"]}
    shelf: dict[str, Any] = {
        "id": seed.id(),
        "version": 1,
        "code": "SET",
        "name": "套装与陈列",
        "position": 90,
    }
    rows["product_category"].append(shelf)
    book = next(book for book in rows["price_book"] if book["level"] == "list")
    for name, unit, price in _GOODS:
        named[name] = _sell(seed, name, unit, Decimal(price), shelf["id"], book, rows)
    bills = (_mixed(seed, named), _rack(seed, named))
    rows["sales_bom"] = [bill.row for bill in bills]
    for table, part in (("bom_group", "groups"), ("bom_node", "nodes"), ("bom_rule", "rules")):
        rows[table] = [
            row | {"position": place} for bill in bills for place, row in enumerate(getattr(bill, part))
        ]


def _sell(
    seed: Seed, name: str, unit: str, price: Decimal, shelf: UUID, book: dict[str, Any], rows: Rows
) -> UUID:
    product = seed.id()
    rows["product"].append({
        "id": product, "version": 1, "code": f"ST{seed.count('set'):04d}", "name": name, "brand": "清岚",
        "specification": "", "category_id": shelf, "base_unit": unit, "sales_unit": unit,
        "standard_price": price, "floor_price": to_cents(price * Decimal("0.7")),
        "tax_rate": Decimal("0.13"), "attributes": {}, "active": True,
    })  # fmt: skip
    rows["product_unit"].append({
        "id": seed.id(), "product_id": product, "position": 0, "unit": unit, "factor": Decimal(1),
        "barcode": "",
    })  # fmt: skip
    rows["price_entry"].append({
        "id": seed.id(), "version": 1, "price_book_id": book["id"], "territory_id": None,
        "product_id": product, "unit": unit, "price": price, "min_quantity": Decimal(),
        "min_quantity_unit": None,
    })  # fmt: skip
    book["entry_count"] += 1
    return product


def _mixed(seed: Seed, named: dict[str, UUID]) -> _Bill:
    """Four of eight teas, four bottles each; two of the teas cost more."""
    bill = _bill(seed, named[_MIXED], "茶饮混合箱")
    teas = _group(seed, bill, "口味", least=4, most=4, required=True)
    dearer = {"青柑乌龙": "0.30", "无糖普洱": "0.20"}
    nodes = [_node(seed, bill, teas, named[f"{tea} 500ml"], 4, 4, 4, dearer.get(tea, "0")) for tea in _TEAS]
    return _Bill(bill, [teas], nodes, [])


def _rack(seed: Seed, named: dict[str, UUID]) -> _Bill:
    """A cooler, shelves, material to print, and the first goods in it."""
    bill = _bill(seed, named[_RACK], "陈列架套装")
    cooler = _group(seed, bill, "冰柜", required=True)
    shelves = _group(seed, bill, "层架", required=True, most=2)
    signs = _group(seed, bill, "物料", most=4)
    goods = _group(seed, bill, "首批货")
    nodes = [
        _node(seed, bill, None, named["安装手册"]),
        _node(seed, bill, cooler, named["小冰柜 120L"]),
        _node(seed, bill, cooler, named["大冰柜 280L"], delta="420.00"),
        _node(seed, bill, cooler, named["风幕柜 1.2m"], delta="1900.00"),
        _node(seed, bill, shelves, named["木质层板"], 2, 6, 2, "35.00"),
        _node(seed, bill, shelves, named["金属层架"], 1, 4, 1, "28.00"),
        _node(seed, bill, signs, named["灯箱 60cm"], delta="120.00"),
        _node(seed, bill, signs, named["灯箱电源"]),
        _node(seed, bill, signs, named["价签条"], 10, 40, 10, "1.50"),
        _node(seed, bill, signs, named["地贴"], 1, 4, 1, "8.00"),
        _node(seed, bill, goods, named[_MIXED], 1, 5, 1, "40.00"),
    ]
    power = named["灯箱电源"]
    rules = [
        _rule(seed, bill, "excludes", named["风幕柜 1.2m"], named["木质层板"]),
        _rule(seed, bill, "excludes", named["小冰柜 120L"], named["灯箱 60cm"]),
        _rule(seed, bill, "requires", named["灯箱 60cm"], power),
        _rule(seed, bill, "hidden", power),
    ]
    return _Bill(bill, [cooler, shelves, signs, goods], nodes, rules)


def _bill(seed: Seed, host: UUID, name: str) -> dict[str, Any]:
    return {
        "id": seed.id(), "version": 1, "from_set": 1, "until_set": None, "host_id": host, "name": name,
        "price_mode": "base", "base_price": None,
    }  # fmt: skip


def _group(
    seed: Seed, bill: dict[str, Any], name: str, *, required: bool = False, least: int = 0, most: int = 1
) -> dict[str, Any]:
    return {
        "id": seed.id(), "bom_id": bill["id"], "name": name, "required": required, "least": least,
        "most": most,
    }  # fmt: skip


def _node(
    seed: Seed, bill: dict[str, Any], group: dict[str, Any] | None, product: UUID, least: int = 1,
    most: int = 1, step: int = 1, delta: str = "0",
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": seed.id(), "bom_id": bill["id"], "group_id": group and group["id"], "product_id": product,
        "least": Decimal(least), "most": Decimal(most), "step": Decimal(step), "delta": Decimal(delta),
    }  # fmt: skip


def _rule(seed: Seed, bill: dict[str, Any], kind: str, *products: UUID) -> dict[str, Any]:
    named: Iterable[str] = map(str, products)
    return {"id": seed.id(), "bom_id": bill["id"], "kind": kind, "products": list(named)}
