"""What became of the demo's latest orders: some of each state and origin for the first reps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.money import to_cents
from fieldcrm.rules.deliveries import told
from fieldcrm.rules.orders import Fulfilment, OrderStatus, Origin
from server.demo.history import Rows
from server.demo.seeding import Seed

Row = dict[str, Any]
_ORIGINS = (Origin.CUSTOMER, Origin.QUOTE, Origin.REPEAT, Origin.SUGGESTED)
_DELIVERED_AFTER = 5


def write(seed: Seed, rep: UUID, today: date, rows: Rows) -> None:
    """Write what became of one rep's orders: the old ones are delivered, of the new ones one of each kind."""
    mine = sorted((o for o in rows["order"] if o["rep_id"] == rep), key=lambda o: str(o["id"]), reverse=True)
    for order in mine:
        if (today - order["ordered_on"]).days > _DELIVERED_AFTER:
            order["fulfilment"] = Fulfilment.DELIVERED
    kinds: tuple[Callable[[Seed, Row, list[Row], Rows], None], ...] = (
        _waits, _amended, _begun, _partly, _returned, _cancelled,
    )  # fmt: skip
    lines: dict[UUID, list[Row]] = {}
    wanted = {order["id"] for order in mine[: len(kinds)]}
    for line in rows["order_line"]:
        if line["order_id"] in wanted:
            lines.setdefault(line["order_id"], []).append(line)
    for order, become in zip(mine, kinds, strict=False):
        order["fulfilment"] = Fulfilment.OPEN
        become(seed, order, lines[order["id"]], rows)
    for order, origin in zip(mine[len(kinds) :], _ORIGINS, strict=False):
        order |= {"origin": origin, "visit_id": None}


def _waits(seed: Seed, order: Row, lines: list[Row], rows: Rows) -> None:
    _amended(seed, order, lines, rows)
    over = {"limit": "20000.00", "owed": "19200.00", "over": str(order["total_amount"] - 800)}
    order |= {"status": OrderStatus.NEEDS_REVIEW, "review_code": "credit_exceeded", "review_data": over}


def _amended(seed: Seed, order: Row, lines: list[Row], rows: Rows) -> None:
    """Keep an edition in which the first line was one more."""
    first = lines[0]
    before = first | {"quantity": first["quantity"] + 1}
    before["net_amount"] = to_cents(before["quantity"] * before["unit_price"])
    total = order["total_amount"] + before["net_amount"] - first["net_amount"]
    order |= {"edition": 2, "reason": "门店仓库放不下"}
    at = order["submitted_at"] + timedelta(hours=2)
    rows["order_version"].append(_of(order, seed.id(at)) | {
        "edition": 1, "total_amount": total, "reason": order["reason"], "replaced_at": at,
        "by_id": order["rep_id"], "content": {"lines": [_plain(line) for line in (before, *lines[1:])]},
    })  # fmt: skip


def _begun(_seed: Seed, order: Row, _lines: list[Row], _rows: Rows) -> None:
    order["fulfilment"] = Fulfilment.BEGUN


def _partly(seed: Seed, order: Row, lines: list[Row], rows: Rows) -> None:
    order["fulfilment"] = Fulfilment.PARTLY
    _deliver(seed, order, {str(lines[0]["id"]): Decimal(1)}, rows)


def _returned(seed: Seed, order: Row, lines: list[Row], rows: Rows) -> None:
    order["fulfilment"] = Fulfilment.DELIVERED
    _deliver(seed, order, {str(line["id"]): line["quantity"] for line in lines}, rows)
    line, at = lines[0], _noon(order["ordered_on"] + timedelta(2))
    paid = line["unit_price"]
    order["returned_amount"] = paid
    rows["order_return"].append(_of(order, seed.id(at)) | {
        "rep_id": order["rep_id"], "returned_on": at.date(), "returned_at": at, "reason": "包装破损",
        "quantities": {str(line["id"]): "1"}, "total_amount": paid, "rebate_amount": Decimal(0),
        "amounts": {"lines": {str(line["id"]): str(paid)}, "rebate_spent": "0.00"},
        "tax_amount": to_cents(paid * line["tax_rate"] / (1 + line["tax_rate"])),
        "withheld_amount": Decimal(0),
    })  # fmt: skip


def _cancelled(_seed: Seed, order: Row, _lines: list[Row], _rows: Rows) -> None:
    order |= {"status": OrderStatus.CANCELLED, "reason": "门店重复下单"}


def _deliver(seed: Seed, order: Row, quantities: dict[str, Decimal], rows: Rows) -> None:
    at = _noon(order["ordered_on"] + timedelta(1))
    rows["delivery"].append(_of(order, seed.id(at)) | {
        "delivered_on": at.date(), "reference": f"DN-{order['number'][3:]}", "note": "",
        "quantities": told(quantities),
    })  # fmt: skip


def _of(order: Row, key: UUID) -> Row:
    names = {"order_id": "id", "account_id": "account_id", "territory_id": "territory_id"}
    return {"id": key, "version": 1} | {name: order[source] for name, source in names.items()}


def _plain(line: Row) -> Row:
    names = ("id", "product_id", "unit", "quantity", "unit_price", "net_amount")
    return {name: str(line[name]) for name in names} | {"gift_by": None}


def _noon(on: date) -> datetime:
    return datetime.combine(on, time(12), DEFAULT_ZONE)
