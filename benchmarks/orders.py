"""Orders as a laptop pushes them: created and submitted, five lines at the prices of the books."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from benchmarks.workload import Rows
from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.sync.protocol import Mutation, Op

LINES = 5


def mutations(rows: Rows, user: dict[str, Any], count: int) -> list[Mutation]:
    """Return a create and a submit for each of ``count`` orders by ``user``."""
    special = {book["reference"] for book in rows["price_book"] if book["level"] == "customer"}
    mine = [a for a in rows["account"] if a["owner_id"] == user["id"]]
    accounts = [account for account in mine if account["code"] not in special]
    catalogue = _catalogue(rows)
    push: list[Mutation] = []
    today = clock.business_day(clock.now())
    for n in range(count):
        account = accounts[n % len(accounts)]
        group = account.get("price_group")
        picks = _picks(catalogue[group if group in catalogue else None], n)
        order_id, at = str(new_id()), clock.to_ms(clock.now())
        doc = _document(user, account, picks, n, today)
        push.append(Mutation(str(new_id()), 2 * n + 1, ("order", order_id), Op.CREATE, at, doc=doc))
        push.append(Mutation(str(new_id()), 2 * n + 2, ("order", order_id), Op.ACT, at, act="submit"))
    return push


_Pick = tuple[dict[str, Any], dict[str, Any]]


def _picks(entries: list[_Pick], n: int) -> list[_Pick]:
    """Return the next five."""
    return [entries[(LINES * n + place) % len(entries)] for place in range(LINES)]


def _catalogue(rows: Rows) -> dict[str | None, list[_Pick]]:
    """Return (price entry, product) by the group that a book is for; None is the list book."""
    products = {p["id"]: p for p in rows["product"]}
    books = {book["id"]: book for book in rows["price_book"]}
    found: dict[str | None, list[_Pick]] = {}
    for entry in rows["price_entry"]:
        if entry["unit"] == "箱" and not entry["min_quantity"]:
            reference = books[entry["price_book_id"]]["reference"]
            found.setdefault(reference, []).append((entry, products[entry["product_id"]]))
    return found


def _document(
    user: dict[str, Any], account: dict[str, Any], picks: list[_Pick], n: int, today: date
) -> dict[str, Any]:
    lines = [_line(entry, product, n % 9 + 1) for entry, product in picks]
    total = sum((Decimal(line["net_amount"]) for line in lines), Decimal())
    tax = sum((Decimal(line["tax_amount"]) for line in lines), Decimal())
    return {
        "provisional_number": f"R-{n:06d}", "account_id": str(account["id"]), "rep_id": str(user["id"]),
        "status": "draft", "ordered_on": today.isoformat(), "currency": "CNY", "note": "",
        "goods_amount": str(total), "discount_amount": "0.00", "total_amount": str(total),
        "tax_amount": str(tax), "lines": lines,
    }  # fmt: skip


def _line(entry: dict[str, Any], product: dict[str, Any], cases: int) -> dict[str, Any]:
    gross = (entry["price"] * cases).quantize(Decimal("0.01"))
    tax = (gross * product["tax_rate"] / (1 + product["tax_rate"])).quantize(Decimal("0.01"))
    return {
        "id": str(new_id()), "product_id": str(product["id"]), "unit": "箱", "quantity": str(cases),
        "unit_price": str(entry["price"]), "price_book_id": str(entry["price_book_id"]), "book_version": 1,
        "gross_amount": str(gross), "discount_amount": "0.00", "net_amount": str(gross),
        "tax_rate": str(product["tax_rate"]), "tax_amount": str(tax),
    }  # fmt: skip
