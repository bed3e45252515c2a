"""The demo's published rules: promotions, a rebate with balances, a range, bills, the ladder."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from server import ledger
from server.demo import sets
from server.demo.catalogue import Article
from server.demo.seeding import Seed

Rows = dict[str, list[dict[str, Any]]]
_RUNGS = (("5", None), ("10", "manager"), ("20", "director"))
_FIRST_LOT = Decimal(300)


def write(seed: Seed, articles: list[Article], today: date, rows: Rows) -> None:
    """Add the first set of rules, in force since the year began."""
    began = date(today.year, 1, 1)
    named = {row["id"]: row["name"] for row in rows["product"]}
    goods = {named[article.id]: article for article in articles}
    rows["promotion"] = [_rule(seed, each) for each in _promotions(goods, began)]
    rows["approval_rung"] = [
        _rule(seed, {"ladder": "discount", "up_to_percent": Decimal(up_to), "approver": approver})
        for up_to, approver in _RUNGS
    ]
    rows["sellable_range"] = [_rule(seed, _range(goods))]
    rows["rebate_program"] = [_rule(seed, _program(began))]
    sets.write(seed, rows)
    rules = ("promotion", "approval_rung", "sellable_range", "rebate_program", "sales_bom")
    rows["rule_set"] = [{
        "id": seed.id(), "version": 1, "number": 1, "name": f"{today.year} 年度政策",
        "valid_from": datetime(began.year, 1, 1, tzinfo=UTC), "rule_count": sum(len(rows[name]) for name in rules),
        "rules_hash": "", "books": {}, "published_by": None,
        "published_at": datetime(began.year, 1, 1, tzinfo=UTC),
    }]  # fmt: skip
    rows["promotion_spent"] = [
        {
            "id": ledger.spent_id(each["code"]),
            "version": 1,
            "promotion_code": each["code"],
            "amount": Decimal(),
        }
        for each in rows["promotion"]
        if each["budget"] is not None
    ]
    rows["rebate_entry"] = [
        _lot(seed, account, began) for account in rows["account"] if account["grade"] == "A"
    ]


def _rule(seed: Seed, fields: dict[str, Any]) -> dict[str, Any]:
    return {"id": seed.id(), "version": 1, "from_set": 1, "until_set": None} | fields


def _promotions(goods: dict[str, Article], began: date) -> list[dict[str, Any]]:
    tea, sparkling = goods["茉莉绿茶 500ml"], goods["白桃气泡水 480ml"]
    nuts, biscuits = goods["每日坚果 25g×7"], goods["苏打饼干 180g"]
    usual: dict[str, Any] = {
        "goods": [], "whom": {}, "priority": 10, "exclusive": False, "valid_from": began,
        "valid_to": began + timedelta(729), "conditions": {}, "give": {}, "tiers": [],
        "max_uses": None, "budget": None,
    }  # fmt: skip
    return [
        usual | {
            "code": "TEA-10-1", "name": "绿茶十赠一", "target": "products", "goods": _goods(tea),
            "conditions": {"unit": "箱", "buy_quantity": "10", "repeat": True, "max_times": 5},
            "give": {"gift": {"product_id": str(tea.id), "quantity": "1", "unit": "箱"}},
        },
        usual | {
            "code": "SPARK-STEP", "name": "气泡水阶梯价", "target": "products", "goods": _goods(sparkling),
            "conditions": {"unit": "箱"},
            "tiers": [
                {"min_quantity": "10", "give": {"percent_off": "3"}},
                {"min_quantity": "20", "give": {"percent_off": "5"}},
            ],
        },
        usual | {
            "code": "SNACK-SET", "name": "坚果饼干组合", "target": "bundle",
            "goods": [
                {"product_id": str(nuts.id), "quantity": str(nuts.per_case)},
                {"product_id": str(biscuits.id), "quantity": str(biscuits.per_case)},
            ],
            "give": {"amount_off": "20.00", "per_set": True},
        },
        usual | {
            "code": "FULL-5000", "name": "满 5000 减 100", "target": "order", "priority": 5,
            "conditions": {"min_amount": "5000"}, "give": {"amount_off": "100.00"},
            "budget": Decimal(200_000),
        },
    ]  # fmt: skip


def _goods(*articles: Article) -> list[dict[str, str]]:
    return [{"product_id": str(article.id), "quantity": "1"} for article in articles]


def _range(goods: dict[str, Article]) -> dict[str, Any]:
    return {
        "code": "WS-NO-NUTS", "name": "批发渠道不供每日坚果", "allows": False, "whom": {"group": ["WS"]},
        "products": [str(goods["每日坚果 25g×7"].id)], "attributes": {},
        "valid_from": None, "valid_to": None,
    }  # fmt: skip


def _program(began: date) -> dict[str, Any]:
    return {
        "code": "YEAR", "name": "年度返利", "kind": "cash", "whom": {}, "valid_from": began,
        "valid_to": began + timedelta(729), "keep_days": 365, "max_order_percent": Decimal(20),
        "max_product_percent": {},
        "earn": {
            "period": "quarter", "progressive": True,
            "tiers": [{"min_amount": "0", "percent": "1"}, {"min_amount": "50000", "percent": "2"}],
        },
    }  # fmt: skip


def _lot(seed: Seed, account: dict[str, Any], began: date) -> dict[str, Any]:
    lot = seed.id()
    return {
        "id": lot, "version": 1, "lot_id": lot, "program_code": "YEAR", "account_id": account["id"],
        "territory_id": account["territory_id"], "move": "earned", "kind": "cash",
        "amount": _FIRST_LOT + seed.random.randrange(20) * 10, "order_id": None, "booked_on": began,
        "valid_from": began, "valid_to": began + timedelta(729), "note": "去年第四季度",
    }  # fmt: skip
