"""The demo's quotes: one of each kind for every rep, made of goods that the store ordered before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.money import to_cents
from fieldcrm.rules import quotes as rules
from fieldcrm.rules.items import Item
from server.demo.history import Rows
from server.demo.seeding import Seed
from server.demo.stores import Store

_ASKED = Decimal("0.92")
_FEES = (("运费", Decimal(80)), ("卸货", Decimal(40)))
# How long each holds from today, how many days ago it was made, whether it asks for a discount, and what
# was done with each of its rounds: by the rep, the manager (m) or the customer (c), with a word.
_KINDS: tuple[tuple[int, int, bool, tuple[tuple[tuple[str, str, str], ...], ...]], ...] = (
    (28, 1, True, ((("submitted", "r", ""),),)),
    (2, 9, False, ((("sent", "r", ""), ("commented", "c", "能不能周五上午送到？")),)),
    (24, 5, False, ((("sent", "r", ""), ("confirmed", "c", "")),)),
    (27, 2, True, ((("submitted", "r", ""), ("refused", "m", "运费自理的话可以。")), ())),
    (26, 3, True, ((("submitted", "r", ""), ("approved", "m", "仅此一次"), ("sent", "r", "")),)),
    (-3, 20, False, ((("sent", "r", ""),),)),
)  # fmt: skip


def write(seed: Seed, stores: Sequence[Store], rep: int, today: date, rows: Rows) -> None:
    """Write the quotes of one rep, the first as far as there are stores with orders."""
    sold = {order["account_id"]: order for order in rows["order"]}
    goods: dict[Any, list[dict[str, Any]]] = {}
    wanted = {sold[store.id]["id"]: store for store in stores if store.id in sold}
    for line in rows["order_line"]:
        if line["order_id"] in wanted:
            goods.setdefault(line["order_id"], []).append(line)
    for number, (kind, (order, store)) in enumerate(zip(_KINDS, sorted(wanted.items()), strict=False), 1):
        _family(seed, store, goods[order], f"R{rep}-Q{number:06d}", kind, today, rows)


def _family(
    seed: Seed, store: Store, goods: list[dict[str, Any]], number: str, kind: Any, today: date, rows: Rows
) -> None:
    left, ago, asks, rounds = kind
    made = datetime.combine(today - timedelta(ago), time(15, 20), DEFAULT_ZONE)
    final = f"QT-{made.year}-{seed.count(f'quote of {made.year}'):06d}"
    first = None
    for n, acts in enumerate(rounds, 1):
        at = made + timedelta(hours=n)
        key = seed.id(at)
        first = first or key
        lines = [_line(seed, key, each, asks=asks and not place) for place, each in enumerate(goods[n - 1 :])]
        quote = _round(store, lines, at, today + timedelta(left)) | {
            "id": key, "family_id": first, "round": n, "provisional_number": number,
            "number": final if n == 1 else None, "approver": "manager" if asks else None,
            "discount_percent": Decimal(8) if asks else None,
        }  # fmt: skip
        rows["quote"].append(quote)
        rows["quote_line"] += [line | {"position": place} for place, line in enumerate(lines)]
        for step, (act, who, note) in enumerate(acts, 1):
            _act(seed, store, quote, act, who, note, at + timedelta(minutes=10 * step), rows)


def _line(seed: Seed, quote: Any, sold: dict[str, Any], *, asks: bool) -> dict[str, Any]:
    """Offer what was sold before, once with a price of the rep's own."""
    manual = to_cents(sold["unit_price"] * _ASKED) if asks else None
    net = to_cents(manual * sold["quantity"]) if manual is not None else sold["gross_amount"]
    names = ("product_id", "unit", "quantity", "unit_price", "price_book_id", "book_version", "gross_amount",
             "tax_rate")  # fmt: skip
    return {name: sold[name] for name in names} | {
        "id": seed.id(), "quote_id": quote, "net_amount": net, "manual_price": manual,
        "discount_amount": sold["gross_amount"] - net,
        "tax_amount": to_cents(net * sold["tax_rate"] / (1 + sold["tax_rate"])),
    }  # fmt: skip


def _round(store: Store, lines: list[dict[str, Any]], at: datetime, until: date) -> dict[str, Any]:
    def added(name: str) -> Decimal:
        return sum((line[name] for line in lines), Decimal())

    fees = sum((amount for _, amount in _FEES), Decimal())
    total, note = added("net_amount") + fees, "送货上门，货到后三十天付款。"
    items = [
        Item(str(line["product_id"]), line["unit"], line["quantity"], line["unit_price"], line["net_amount"],
             line["tax_amount"])
        for line in lines
    ]  # fmt: skip
    return {
        "version": 1, "account_id": store.id, "territory_id": store.rep.territory_id, "rep_id": store.rep.id,
        "quoted_on": at.date(), "quoted_at": at, "valid_until": until, "currency": "CNY", "note": note,
        "fees": [[name, str(amount)] for name, amount in _FEES], "fees_amount": fees, "total_amount": total,
        "goods_amount": added("gross_amount"), "discount_amount": added("discount_amount"),
        "tax_amount": added("tax_amount"), "rule_set": 1,
        "content": rules.content_of(str(store.id), until, _FEES, items, total, note),
    }  # fmt: skip


def _act(
    seed: Seed, store: Store, quote: dict[str, Any], act: str, who: str, note: str, at: datetime, rows: Rows
) -> None:
    by = {"r": store.rep.id, "m": store.rep.manager_id, "c": None}[who]
    rows["quote_act"].append({
        "id": seed.id(at), "version": 1, "quote_id": quote["id"], "account_id": store.id,
        "territory_id": store.rep.territory_id, "by_id": by, "act": act, "at": at,
        "content": quote["content"], "note": note,
    })  # fmt: skip
