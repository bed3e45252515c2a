"""Pricing an order of 50 lines against 10,000 entries and 500 promotions; a naive loop beside it.

The loop looks through every entry and every rule for each line and applies nothing: the
least that somebody without an index would do. The product does tiers, bundles, gifts and
tells why. The order screen (``order_screen``) prices the same order at every key.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from benchmarks import order_screen
from benchmarks.figures import Figure, against, at_most, median
from fieldcrm.rules.pricing import Book, Cart, CartLine, Customer, Entry, Product, Rules, by_product, price
from fieldcrm.rules.pricing.promotions import GiftOf, Give, On, Promotion, Tier, index

LINES, ENTRIES, RULES, PRODUCTS = 50, 10_000, 500, 2_500
_DAY = date(2026, 11, 18)
NAMES = [str(uuid5(NAMESPACE_OID, f"P{n}")) for n in range(PRODUCTS)]
_YEAR = {"valid_from": _DAY - timedelta(300), "valid_to": _DAY + timedelta(60)}


def figures(_folder: Path) -> Iterator[Figure]:
    """Price one order many times."""
    chance = random.Random(20261118)
    products = {
        NAMES[n]: Product(NAMES[n], "瓶", {"箱": Decimal(12)}, Decimal("0.13")) for n in range(PRODUCTS)
    }
    entries = [_entry(chance, n) for n in range(ENTRIES)]
    promotions = [_promotion(chance, n) for n in range(RULES)]
    customer = Customer("C1", {"group": frozenset({"G1"})})
    cart = Cart(customer, _DAY, tuple(_line(chance, n) for n in range(LINES)))
    rules = _indexed(products, entries, promotions)
    if not price(cart, rules).applied:
        raise RuntimeError("no promotion applies: the benchmark measures nothing")
    built = median(lambda: _indexed(products, entries, promotions), 9)
    ours = median(lambda: price(cart, rules), 61)
    naive = median(lambda: _naive(cart, entries, promotions), 9)
    yield at_most("pricing: an order of 50 lines", 1000 * ours, "ms", 3.0)
    yield against("pricing: the same against a naive loop", ours, "s", "naive loop", naive, at_most=1.0)
    yield at_most("pricing: index of 10,000 entries and 500 rules", 1000 * built, "ms", 60.0)
    yield from order_screen.figures(cart, rules)


def _entry(chance: random.Random, n: int) -> Entry:
    least = Decimal(chance.choice((0, 0, 5, 10))) if n >= PRODUCTS else Decimal()
    return Entry(NAMES[n % PRODUCTS], "箱", Decimal(chance.randint(2000, 9000)) / 100, least)


def _line(chance: random.Random, n: int) -> CartLine:
    return CartLine(str(n), NAMES[chance.randrange(PRODUCTS)], Decimal(chance.randint(1, 20)), "箱")


def _promotion(chance: random.Random, n: int) -> Promotion:
    goods = {NAMES[chance.randrange(PRODUCTS)]: Decimal(1) for _ in range(20)}
    match n % 5:
        case 0:
            gift = Give(gift=GiftOf(NAMES[chance.randrange(PRODUCTS)], Decimal(1), "瓶"))
            return Promotion(
                f"R{n}",
                On.PRODUCTS,
                gift,
                goods,
                buy_quantity=Decimal(5),
                buy_unit="箱",
                repeat=True,
                **_YEAR,
            )
        case 1:
            pair = dict(list(goods.items())[:2])
            return Promotion(f"R{n}", On.BUNDLE, Give(percent_off=Decimal(10)), pair, unit="箱", **_YEAR)
        case 2 if n < 20:
            return Promotion(
                f"R{n}", On.ORDER, Give(percent_off=Decimal(1)), min_amount=Decimal(5_000), **_YEAR
            )
        case _:
            steps = ((5, 3), (10, 5), (20, 8))
            tiers = tuple(
                Tier(Give(percent_off=Decimal(off)), min_quantity=Decimal(least)) for least, off in steps
            )
            return Promotion(f"R{n}", On.PRODUCTS, products=goods, tiers=tiers, unit="箱", **_YEAR)


def _indexed(products: dict[str, Product], entries: list[Entry], promotions: list[Promotion]) -> Rules:
    half = len(entries) // 2
    books = [
        Book("LIST", "list", by_product(entries[:half]), valid_from=_DAY - timedelta(300)),
        Book("G1", "group", by_product(entries[half:]), reference="G1", valid_from=_DAY - timedelta(300)),
    ]
    return Rules(products, books, index(promotions))


def _naive(cart: Cart, entries: list[Entry], promotions: list[Promotion]) -> Decimal:
    total = Decimal()
    for line in cart.lines:
        best = Decimal()
        for entry in entries:
            if entry.product == line.product and entry.min_quantity <= line.quantity:
                best = entry.price
        for promotion in promotions:
            if promotion.holds_on(cart.on) and line.product in promotion.products:
                best *= Decimal("0.97")
        total += (best * line.quantity).quantize(Decimal("0.01"))
    return total
