"""The demo's articles and price books: some 120 products, sold by piece and by case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from fieldcrm.money import to_cents
from server.demo.seeding import Seed

GROUPS = {"KA": "商超连锁", "CVS": "便利连锁", "TT": "传统渠道", "WS": "批发"}
GROUP_OF_CHANNEL = {
    "supermarket": "KA", "mall": "KA", "convenience": "CVS", "campus": "CVS",
    "grocery": "TT", "snack": "TT", "catering": "TT", "wholesale": "WS",
}  # fmt: skip
_OWN_FACTOR = Decimal("0.94")
_GROUP_FACTOR = {"KA": Decimal("0.96"), "CVS": Decimal("0.98"), "TT": Decimal("1.00"), "WS": Decimal("0.92")}

# category: (code, name, brand, base unit, tax rate, flavours, ((specification, per case, price per case), ...))
_SHELVES = (
    ("TEA", "茶饮", "清岚", "瓶", "0.13",
     ("茉莉绿茶", "桂花乌龙", "冰红茶", "柠檬红茶", "蜜桃乌龙", "无糖普洱", "青柑乌龙", "大麦茶"),
     (("500ml", 15, "42.00"), ("1L", 12, "66.00"))),
    ("WATER", "水", "泉野", "瓶", "0.13", ("饮用天然水", "苏打水", "矿泉水"),
     (("350ml", 24, "21.60"), ("550ml", 24, "26.40"), ("1.5L", 12, "33.60"))),
    ("SPARK", "气泡水", "甜屿", "瓶", "0.13", ("白桃气泡水", "青柠气泡水", "西柚气泡水", "荔枝气泡水", "原味气泡水"),
     (("480ml", 15, "48.00"), ("330ml 罐", 24, "72.00"))),
    ("JUICE", "果汁", "橙悦", "瓶", "0.13", ("鲜橙汁", "苹果汁", "葡萄汁", "芒果汁", "山楂汁", "番茄汁"),
     (("300ml", 20, "64.00"), ("1L", 12, "78.00"))),
    ("SPORT", "功能饮料", "力行", "瓶", "0.13", ("维生素运动饮料", "电解质水", "牛磺酸饮料"),
     (("600ml", 15, "54.00"), ("250ml 罐", 24, "96.00"))),
    ("COFFEE", "咖啡奶茶", "晨屿", "瓶", "0.13", ("拿铁咖啡", "美式咖啡", "摩卡咖啡", "阿萨姆奶茶", "抹茶奶茶"),
     (("280ml", 15, "75.00"), ("450ml", 12, "72.00"))),
    ("CHIPS", "膨化", "麦香坊", "袋", "0.13",
     ("原味薯片", "番茄味薯片", "黄瓜味薯片", "烧烤味薯片", "虾条", "爆米花", "妙脆角"),
     (("75g", 30, "105.00"), ("135g", 20, "118.00"))),
    ("NUTS", "坚果", "果仁记", "盒", "0.09", ("每日坚果", "盐焗腰果", "碳烤巴旦木", "蒜香青豆", "五香花生"),
     (("25g×7", 12, "228.00"), ("120g", 24, "216.00"))),
    ("BISCUIT", "饼干糕点", "麦禾", "盒", "0.13", ("苏打饼干", "曲奇", "威化", "蛋黄派", "铜锣烧", "全麦饼干"),
     (("180g", 24, "132.00"), ("400g", 12, "138.00"))),
    ("TOFU", "豆干肉脯", "豆本味", "袋", "0.13", ("香卤豆干", "麻辣豆干", "猪肉脯", "牛肉干", "鸭脖"),
     (("100g", 40, "124.00"), ("50g", 60, "144.00"))),
    ("SEAWEED", "海苔糖果", "田间", "袋", "0.13", ("海苔脆", "夹心海苔", "薄荷糖", "水果软糖", "牛轧糖"),
     (("36g", 24, "96.00"), ("80g", 20, "112.00"))),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Article:
    """What the history needs to know of a product to write orders with it."""

    id: UUID
    case: str
    per_case: Decimal
    tax_rate: Decimal
    prices: dict[str, tuple[UUID, Decimal]]  # group code -> (book, price of a case)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Rows by table, and the articles behind them."""

    rows: dict[str, list[dict[str, Any]]]
    articles: list[Article]


def catalogue(seed: Seed, today: date) -> Catalogue:
    """Make categories, products with their units, and the list and group price books."""
    rows: dict[str, list[dict[str, Any]]] = {
        "product_category": [], "product": [], "product_unit": [], "price_book": [], "price_entry": [],
    }  # fmt: skip
    year = date(today.year, 1, 1)
    books = {"LIST": _book(seed, "LIST", "标准价目", "list", None, year)}
    for code, name in GROUPS.items():
        books[code] = _book(seed, code, f"{name}价目", "group", code, year)
    articles = []
    for place, (code, name, brand, base, tax, flavours, sizes) in enumerate(_SHELVES):
        category: dict[str, Any] = {
            "id": seed.id(),
            "version": 1,
            "code": code,
            "name": name,
            "position": place,
        }
        rows["product_category"].append(category)
        for flavour in flavours:
            for spec, per_case, price in sizes:
                product = _product(
                    seed, code, flavour, brand, spec, category["id"], base, per_case, price, tax
                )
                articles.append(_stock(seed, product, per_case, Decimal(price), books, rows))
    for book in books.values():
        book["entry_count"] = sum(entry["price_book_id"] == book["id"] for entry in rows["price_entry"])
    rows["price_book"] = list(books.values())
    return Catalogue(rows, articles)


def own_book(
    seed: Seed, code: str, name: str, territory_id: UUID, group: str, articles: list[Article], today: date
) -> tuple[dict[str, list[dict[str, Any]]], dict[UUID, tuple[UUID, Decimal]]]:
    """Make one customer's own price book; return its rows and its prices by product."""
    book = _book(seed, code, f"{name}协议价", "customer", code, date(today.year, 1, 1))
    book |= {"territory_id": territory_id, "entry_count": len(articles)}
    entries, prices = [], {}
    for article in articles:
        price = to_cents(article.prices.get(group, article.prices["LIST"])[1] * _OWN_FACTOR)
        entry = _entry(seed, book, {"id": article.id}, article.case, price, 0)
        entries.append(entry | {"territory_id": territory_id})
        prices[article.id] = (book["id"], price)
    return {"price_book": [book], "price_entry": entries}, prices


def _product(seed: Seed, code: str, flavour: str, brand: str, spec: str, category: UUID,
             base: str, per_case: int, price: str, tax: str) -> dict[str, Any]:  # fmt: skip
    piece = to_cents(Decimal(price) / per_case)
    return {
        "id": seed.id(), "version": 1, "code": f"{code[:2]}{seed.count('product'):04d}",
        "name": f"{flavour} {spec}", "brand": brand, "specification": f"{per_case} {base}/箱",
        "category_id": category, "base_unit": base, "sales_unit": "箱", "standard_price": Decimal(price),
        "floor_price": to_cents(piece * Decimal("0.7")), "tax_rate": Decimal(tax),
        "attributes": {"口味": flavour, "规格": spec}, "active": True,
    }  # fmt: skip


def _stock(seed: Seed, product: dict[str, Any], per_case: int, price: Decimal,
           books: dict[str, dict[str, Any]], rows: dict[str, list[dict[str, Any]]]) -> Article:  # fmt: skip
    rows["product"].append(product)
    for place, (unit, factor) in enumerate(((product["base_unit"], 1), ("箱", per_case))):
        rows["product_unit"].append({
            "id": seed.id(), "product_id": product["id"], "position": place, "unit": unit,
            "factor": Decimal(factor), "barcode": _barcode(seed),
        })  # fmt: skip
    prices: dict[str, tuple[UUID, Decimal]] = {}
    for code, book in books.items():
        case_price = to_cents(price * _GROUP_FACTOR.get(code, Decimal(1)))
        rows["price_entry"].append(_entry(seed, book, product, "箱", case_price, 0))
        prices[code] = (book["id"], case_price)
        if code == "LIST":
            piece = to_cents(case_price / per_case * Decimal("1.05"))
            rows["price_entry"].append(_entry(seed, book, product, product["base_unit"], piece, 0))
        elif code != "TT":
            rows["price_entry"].append(
                _entry(seed, book, product, "箱", to_cents(case_price * Decimal("0.97")), 20)
            )
    return Article(product["id"], "箱", Decimal(per_case), product["tax_rate"], prices)


def _book(seed: Seed, code: str, name: str, level: str, group: str | None, since: date) -> dict[str, Any]:
    return {
        "id": seed.id(), "version": 1, "code": f"{code}-{since.year}", "name": f"{name} {since.year}",
        "level": level, "reference": group, "territory_id": None, "priority": 0, "valid_from": since,
        "valid_to": since + timedelta(days=729), "tax_mode": "inclusive", "currency": "CNY",
        "entry_count": 0, "entries_hash": "",
        "on_change": "honour" if level == "list" else "approve" if level == "group" else "reprice",
        "honour_days": 7 if level == "list" else 0,
    }  # fmt: skip


def _entry(seed: Seed, book: dict[str, Any], product: dict[str, Any], unit: str,
           price: Decimal, from_quantity: int) -> dict[str, Any]:  # fmt: skip
    return {
        "id": seed.id(), "version": 1, "price_book_id": book["id"], "territory_id": None,
        "product_id": product["id"], "unit": unit, "price": price,
        "min_quantity": Decimal(from_quantity), "min_quantity_unit": unit if from_quantity else None,
    }  # fmt: skip


def _barcode(seed: Seed) -> str:
    """Return an EAN-13 with China's prefix and a right check digit."""
    digits = "690" + f"{seed.random.randrange(10**9):09d}"
    odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
    return digits + str(-(odd + 3 * even) % 10)
