"""Orders as laptops push them: created and submitted, five lines.

``mutations`` are those of the first release, at the prices of the books; ``of_today`` are priced by
the set of rules in force, with promotions, gifts and their reasons, as the product does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from benchmarks.workload import Rows
from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.rules.orders import totals
from fieldcrm.rules.pricing import Priced, trace
from fieldcrm.services import pricing, rule_sets
from fieldcrm.services.pricing import Basis, DraftLine
from fieldcrm.sync.protocol import SCHEMA, Mutation, Op

LINES = 5


def mutations(rows: Rows, user: dict[str, Any], count: int) -> list[Mutation]:
    """Return a create and a submit for each of ``count`` orders by ``user``."""
    accounts = _accounts(rows, user)
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


def _accounts(rows: Rows, user: dict[str, Any]) -> list[dict[str, Any]]:
    special = {book["reference"] for book in rows["price_book"] if book["level"] == "customer"}
    mine = [a for a in rows["account"] if a["owner_id"] == user["id"]]
    return [account for account in mine if account["code"] not in special]


def of_today(session: Session, rows: Rows, user: dict[str, Any], count: int) -> list[Mutation]:
    """Return a create and a submit for each of ``count`` orders by ``user``, as today's laptops send them."""
    today, push = clock.business_day(clock.now()), list[Mutation]()
    number = rule_sets.in_force(session, clock.now()).number
    accounts = _accounts(rows, user)
    keys = {(UUID(str(account["id"])), today, number) for account in accounts}
    for n, known in enumerate(_in_turn(pricing.bases(session, keys), count)):
        order_id, at = str(new_id()), clock.to_ms(clock.now())
        doc = _priced_document(user, known, n, today)
        push.append(
            Mutation(str(new_id()), 2 * n + 1, ("order", order_id), Op.CREATE, at, doc=doc, schema=SCHEMA)
        )
        push.append(
            Mutation(str(new_id()), 2 * n + 2, ("order", order_id), Op.ACT, at, act="submit", schema=SCHEMA)
        )
    return push


def _in_turn(bases: dict[Any, Basis], count: int) -> Iterator[Basis]:
    held = [known for _, known in sorted(bases.items(), key=lambda item: str(item[0]))]
    return (held[n % len(held)] for n in range(count))


def _priced_document(user: dict[str, Any], known: Basis, n: int, today: date) -> dict[str, Any]:
    """Price five articles that the customer may buy, as its laptop would."""
    wanted = [
        DraftLine(UUID(key), "箱", Decimal(n % 9 + 1))
        for key, product in known.rules.products.items()
        if product.knows("箱") and product.active and key not in known.rules.bills
    ]
    found = pricing.quote(known, wanted)
    sold = [line for place, line in enumerate(wanted) if str(place) not in {p.line for p in found.problems}]
    lines = [sold[(LINES * n + place) % len(sold)] for place in range(LINES)]
    priced = pricing.quote(known, lines).priced
    sums = totals(priced.lines, tax_on_top=priced.tax_on_top, paid_otherwise=priced.rebate_used)
    return {
        "provisional_number": f"R-{n:06d}", "account_id": known.customer.key, "rep_id": str(user["id"]),
        "status": "draft", "ordered_on": today.isoformat(), "currency": "CNY", "note": "",
        "goods_amount": str(sums.goods), "discount_amount": str(sums.discount),
        "total_amount": str(sums.total), "tax_amount": str(sums.tax), "rebate_amount": "0.00",
        "rule_set": known.rulebook.number, "trace": trace.told(priced, known.rulebook.number),
        "origin": "rep", "lines": [*_priced_lines(priced)],
    }  # fmt: skip


def _priced_lines(priced: Priced) -> Iterator[dict[str, Any]]:
    for line in priced.lines:
        yield {
            "id": str(new_id()), "product_id": line.product, "unit": line.unit,
            "quantity": str(line.quantity), "unit_price": str(line.unit_price), "price_book_id": line.book,
            "book_version": line.book_version, "gross_amount": str(line.gross_amount),
            "discount_amount": str(line.discount_amount), "net_amount": str(line.net_amount),
            "tax_rate": str(line.tax_rate), "tax_amount": str(line.tax_amount),
            "rebate_amount": str(line.rebate_amount),
        }  # fmt: skip
    for gift in priced.gifts:
        yield {
            "id": str(new_id()), "product_id": gift.product, "unit": gift.unit,
            "quantity": str(gift.quantity), "unit_price": "0.00", "gross_amount": "0.00",
            "discount_amount": "0.00", "net_amount": "0.00", "tax_rate": "0", "tax_amount": "0.00",
            "gift_by": gift.promotion, "gift_value": str(gift.value),
        }  # fmt: skip


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
