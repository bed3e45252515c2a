"""Builders for pricing tests: a shop that sells by the bottle and by the case of twelve."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from fieldcrm.rules.pricing import (
    Book,
    Cart,
    CartLine,
    Customer,
    Entry,
    Product,
    Rules,
    by_product,
    price,
)  # fmt: skip
from fieldcrm.rules.pricing.promotions import Give, On, Promotion, index
from fieldcrm.rules.pricing.values import Priced

TODAY = date(2026, 9, 15)
BUYER = Customer(
    "C1",
    {"customer": frozenset({"C1"}), "group": frozenset({"RETAIL"}), "territory": frozenset({"HZ"})},
)


def money(text: str) -> Decimal:
    return Decimal(text)


def product(key: str = "A", *, floor: str | None = None, tax: str = "0", promotable: bool = True) -> Product:
    return Product(
        key, "bottle", {"case": Decimal(12)}, Decimal(tax), Decimal(floor) if floor else None, promotable
    )


def entry(key: str, price: str, unit: str = "bottle", least: str = "1", least_unit: str = "bottle") -> Entry:
    return Entry(key, unit, Decimal(price), Decimal(least), least_unit)


def book(
    key: str, *entries: Entry, level: str = "list", reference: str | None = None, priority: int = 0,
    starts: date | None = None, ends: date | None = None, included: bool = False,
) -> Book:  # fmt: skip
    return Book(key, level, by_product(entries), reference, priority, starts, ends, included)


def line(
    key: str, quantity: str, unit: str = "bottle", number: int = 1, manual: str | None = None
) -> CartLine:
    return CartLine(str(number), key, Decimal(quantity), unit, Decimal(manual) if manual else None)


def cart(*lines: CartLine, on: date = TODAY, rebates: tuple[tuple[str, Decimal | None], ...] = ()) -> Cart:
    return Cart(BUYER, on, lines, rebates)


def rules(*books: Book, products: tuple[Product, ...] = (), promotions: tuple[Promotion, ...] = (), **more: object) -> Rules:  # fmt: skip  # noqa: E501
    known = products or (product("A"), product("B"))
    return Rules({each.key: each for each in known}, books, index(promotions), **more)  # type: ignore[arg-type]


def promotion(key: str, give: Give, *products: str, **more: object) -> Promotion:
    named = dict.fromkeys(products, Decimal(1))
    more.setdefault("on", On.PRODUCTS if products else On.ORDER)
    return Promotion(key, give=give, products=named, **more)  # type: ignore[arg-type]


def priced(*lines: CartLine, by: Rules) -> Priced:
    return price(cart(*lines), by)
