"""Workload S: 100,000 synced rows with a fixed seed.

30,000 accounts, 30,000 contacts, 5,000 products with two units, 15,000 prices and 20,000
orders of one to five lines, all in one rep's scopes, as rows by table in Python values.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from server.demo.seeding import Seed
from server.demo.words import DISTRICTS, KINDS, ROOTS

ACCOUNTS, CONTACTS, PRODUCTS, PRICES, ORDERS = 30_000, 30_000, 5_000, 15_000, 20_000
STOPS = 20
Rows = dict[str, list[dict[str, Any]]]
_START = datetime(2026, 1, 5, 1, tzinfo=UTC)


def workload(scale: float = 1.0, *, only_accounts: bool = False) -> Rows:
    """Make the rows; ``scale`` shrinks every table alike, ``only_accounts`` leaves the others empty."""
    seed = Seed(20261118, _START, date(2026, 11, 18))
    rows: Rows = defaultdict(list)
    territory = {"id": seed.id(), "version": 1, "code": "S", "name": "Workload S", "parent_id": None}
    rep = {
        "id": seed.id(), "version": 1, "login": "rep1", "name": "陈嘉禾", "title": "", "role": "rep",
        "territory_id": territory["id"], "active": True,
    }  # fmt: skip
    rows["territory"], rows["user"] = [territory], [rep]
    rows["account"] = [_account(seed, territory, rep, n) for n in range(int(ACCOUNTS * scale))]
    if only_accounts:
        return rows
    rows["contact"] = [_contact(seed, rows, n) for n in range(int(CONTACTS * scale))]
    _catalogue(seed, rows, int(PRODUCTS * scale), int(PRICES * scale))
    for n in range(int(ORDERS * scale)):
        _order(seed, rows, n)
    return rows


def plans(rows: Rows, day: date) -> None:
    """Plan a week for the rep, twenty stores a day from ``day`` on: a first sync begins with them."""
    seed = Seed(20261119, _START, day)
    rep = rows["user"][0]
    stores = seed.random.sample(rows["account"], min(len(rows["account"]), 7 * STOPS))
    rows["visit_plan"] = [
        {
            "id": seed.id(), "version": 1, "rep_id": rep["id"], "account_id": store["id"],
            "on": day + timedelta(n // STOPS), "sequence": n % STOPS,
        }
        for n, store in enumerate(stores)
    ]  # fmt: skip


def _account(seed: Seed, territory: dict[str, Any], rep: dict[str, Any], n: int) -> dict[str, Any]:
    chance: random.Random = seed.random
    district = chance.choice(DISTRICTS)
    channel = chance.choice(list(KINDS))
    street = chance.choice(district.streets)
    return {
        "id": seed.id(), "version": 1, "code": f"S{n:06d}",
        "name": f"{chance.choice(ROOTS)}{chance.choice(KINDS[channel])}（{street}店）{n}", "channel": channel,
        "grade": chance.choice("ABBCCC"), "territory_id": territory["id"], "owner_id": rep["id"],
        "phone": f"1{chance.randrange(10**10):010d}", "province": "浙江省", "city": "杭州市",
        "district": district.name, "address": f"{street} {chance.randint(1, 999)} 号",
        "latitude_e7": round((district.latitude + chance.gauss(0, 0.05)) * 1e7),
        "longitude_e7": round((district.longitude + chance.gauss(0, 0.05)) * 1e7), "datum": "gcj02",
        "opening": [{"days": [1, 2, 3, 4, 5, 6, 7], "open": "08:00", "close": "21:00"}],
        "service_minutes": 25, "tags": chance.sample(["冰柜", "堆头", "月结", "社区"], 1), "note": "",
    }  # fmt: skip


def _contact(seed: Seed, rows: Rows, n: int) -> dict[str, Any]:
    account = rows["account"][n % len(rows["account"])]
    return {
        "id": seed.id(), "version": 1, "account_id": account["id"], "territory_id": account["territory_id"],
        "name": f"联系人{n}", "title": "店主", "role": "decides", "influence": 3,
        "phone": f"1{seed.random.randrange(10**10):010d}", "email": "", "is_primary": True, "note": "",
    }  # fmt: skip


def _catalogue(seed: Seed, rows: Rows, products: int, prices: int) -> None:
    category = {"id": seed.id(), "version": 1, "code": "ALL", "name": "全部"}
    books = [
        {"id": seed.id(), "version": 1, "code": code, "name": code, "level": level, "reference": group,
         "valid_from": date(2026, 1, 1), "entry_count": prices // 3}
        for code, level, group in (("LIST", "list", None), ("KA", "group", "KA"), ("CVS", "group", "CVS"))
    ]  # fmt: skip
    rows["product_category"], rows["price_book"] = [category], books
    for n in range(products):
        product = {
            "id": seed.id(), "version": 1, "code": f"P{n:05d}", "name": f"商品 {n} 500ml", "brand": "清岚",
            "category_id": category["id"], "base_unit": "瓶", "sales_unit": "箱",
            "standard_price": Decimal(40 + n % 60), "tax_rate": Decimal("0.13"),
        }  # fmt: skip
        rows["product"].append(product)
        for place, (unit, factor) in enumerate((("瓶", 1), ("箱", 12))):
            rows["product_unit"].append({
                "id": seed.id(), "product_id": product["id"], "position": place, "unit": unit,
                "factor": Decimal(factor), "barcode": f"690{n:08d}{place}",
            })  # fmt: skip
    for n in range(prices):
        product = rows["product"][n % products]
        rows["price_entry"].append({
            "id": seed.id(), "version": 1, "price_book_id": books[n % 3]["id"], "product_id": product["id"],
            "unit": "箱", "price": product["standard_price"] * Decimal("0.98"), "min_quantity": Decimal(0),
        })  # fmt: skip


def _order(seed: Seed, rows: Rows, n: int) -> None:
    chance = seed.random
    account, rep = chance.choice(rows["account"]), rows["user"][0]
    day = date(2026, 1, 5) + timedelta(n % 300)
    order_id = seed.id()
    lines = []
    for place in range(chance.randint(1, 5)):
        product, cases = chance.choice(rows["product"]), chance.randint(1, 9)
        gross = product["standard_price"] * cases
        lines.append({
            "id": seed.id(), "order_id": order_id, "position": place, "product_id": product["id"],
            "unit": "箱", "quantity": Decimal(cases), "unit_price": product["standard_price"],
            "gross_amount": gross, "net_amount": gross, "tax_rate": Decimal("0.13"),
            "tax_amount": Decimal("1.00"),
        })  # fmt: skip
    total = sum((line["net_amount"] for line in lines), Decimal())
    rows["order"].append({
        "id": order_id, "version": 1, "number": f"SO-{n:06d}", "provisional_number": f"R1-{n:06d}",
        "account_id": account["id"], "territory_id": account["territory_id"], "rep_id": rep["id"],
        "status": "accepted", "ordered_on": day, "submitted_at": _START + timedelta(n % 300),
        "goods_amount": total, "total_amount": total, "note": "",
    })  # fmt: skip
    rows["order_line"] += lines
