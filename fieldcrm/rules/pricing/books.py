"""Which price book decides a line, and why it won (P5, decision 1).

Specificity first (customer, group, partner or territory, list), then the larger priority; a
tie is refused when the books are saved and named when it is met all the same. Within a book a
price in the line's own unit beats a converted one, then the largest quantity break reached;
breaks are compared in base units.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations

from msgspec import Struct

from fieldcrm.errors import RuleBroken
from fieldcrm.money import to_cents
from fieldcrm.rules.pricing.values import ZERO, Book, CartLine, Customer, Entry, Product, Step, Work

RANK: dict[str, int] = {"list": 0, "territory": 1, "partner": 1, "group": 2, "customer": 3}


class Choice(Struct, frozen=True):
    """The price that decides, and the best one it beat."""

    book: Book
    entry: Entry
    unit_price: Decimal
    beaten: Book | None = None
    beaten_price: Decimal | None = None


def in_force(books: Iterable[Book], customer: Customer, on: date) -> list[Book]:
    """Return the books that speak to ``customer`` on ``on``, the deciding one first."""
    held = [book for book in books if book.holds_on(on) and customer.is_meant(book.level, book.reference)]
    return sorted(held, key=_precedence)


def _precedence(book: Book) -> tuple[int, int, str]:
    return -RANK[book.level], -book.priority, book.key


def _weight(book: Book) -> tuple[int, int]:
    return RANK[book.level], book.priority


def choose(product: Product, quantity: Decimal, unit: str, books: Sequence[Book]) -> Choice:
    """Return the price of ``quantity`` of ``unit``; ``books`` are those in force, in order.

    Raises ``RuleBroken``: ``price_not_found``, or ``price_tie`` when two books decide alike.
    """
    base_quantity = quantity * product.factor(unit)
    found = _offers(product, base_quantity, unit, books)
    best = next(found, None)
    if best is None:
        raise RuleBroken("price_not_found", product=product.key, unit=unit)
    second = next(found, None)
    book, entry = best
    price = _unit_price(product, entry, unit)
    if second is None:
        return Choice(book, entry, price)
    if _weight(second[0]) == _weight(book):
        raise RuleBroken("price_tie", product=product.key, books=(book.key, second[0].key))
    return Choice(book, entry, price, second[0], _unit_price(product, second[1], unit))


def single(product: Product, unit: str, books: Sequence[Book]) -> Decimal | None:
    """Return what one ``unit`` costs, for a price tag; None when there is no price that holds."""
    found = next(_offers(product, product.factor(unit), unit, books), None)
    return None if found is None else _unit_price(product, found[1], unit)


def _offers(
    product: Product, base_quantity: Decimal, unit: str, books: Sequence[Book]
) -> Iterator[tuple[Book, Entry]]:
    for book in books:
        for at, entry in ladder(book, product, unit):
            if at <= base_quantity:
                yield book, entry
                break


def ladder(book: Book, product: Product, unit: str) -> Sequence[tuple[Decimal, Entry]]:
    """Return a book's prices for who buys a product in ``unit``, each with its break in base units.

    The first whose break is reached is the one that counts. Worked out once, for as long as
    nothing changes about the product.
    """
    kept = book.ladders.get((product.key, unit))
    if kept is None or kept[0] is not product:
        kept = book.ladders[product.key, unit] = product, _ladder(book, product, unit)
    return kept[1]


def _ladder(book: Book, product: Product, unit: str) -> Sequence[tuple[Decimal, Entry]]:
    """Prices in the unit itself come first, then the larger break; of equal ones the earlier."""
    steps = [
        (at, entry)
        for entry in book.prices.get(product.key, ())
        if entry.price > 0
        and product.knows(entry.unit)
        and (at := break_quantity(product, entry)) is not None
    ]
    return sorted(steps, key=lambda step: (step[1].unit != unit, -step[0]))


def break_quantity(product: Product, entry: Entry) -> Decimal | None:
    """Return an entry's quantity break in base units; None when its unit is unknown."""
    if not entry.min_quantity:
        return ZERO
    unit = entry.min_unit or entry.unit
    return entry.min_quantity * product.factor(unit) if product.knows(unit) else None


def _unit_price(product: Product, entry: Entry, unit: str) -> Decimal:
    if entry.unit == unit:
        return entry.price
    return to_cents(entry.price * product.factor(unit) / product.factor(entry.unit))


def work(line: CartLine, product: Product, books: Sequence[Book]) -> Work:
    """Give a line its book price; a price under the floor is an error, never sold."""
    choice = choose(product, line.quantity, line.unit, books)
    return begun(line, product, choice.unit_price, choice.book, [*reasons(choice)])


def begun(line: CartLine, product: Product, unit_price: Decimal, book: Book, steps: list[Step]) -> Work:
    """Return a line with its price before anything comes off."""
    factor = product.factor(line.unit)
    exact = unit_price * line.quantity
    gross = to_cents(exact)
    base_quantity = line.quantity * factor
    lowest = ZERO if product.floor is None else to_cents(product.floor * base_quantity)
    if gross < lowest:
        floor = (product.floor or ZERO) * factor
        raise RuleBroken("below_floor", product=product.key, price=unit_price, floor=floor)
    if gross != exact:
        steps.append(Step("rounded", {"exact": exact, "amount": gross}))
    return Work(
        line=line, product=product, base_quantity=base_quantity, unit_price=unit_price,
        gross=gross, net=gross, lowest=lowest, book=book, steps=steps,
    )  # fmt: skip


def reasons(choice: Choice) -> Iterator[Step]:
    """Yield why a book's price is the one that counts."""
    yield Step(
        "book",
        {
            "book": choice.book.label or choice.book.key, "level": choice.book.level,
            "price": choice.entry.price, "unit": choice.entry.unit,
            "min_quantity": choice.entry.min_quantity,
            "min_unit": choice.entry.min_unit or choice.entry.unit,
        },
    )  # fmt: skip
    if choice.beaten is not None:
        kind = "more_specific" if choice.beaten.level != choice.book.level else "larger_priority"
        beaten = {"book": choice.beaten.label or choice.beaten.key, "level": choice.beaten.level}
        yield Step(kind, {**beaten, "price": choice.beaten_price, "winner": choice.book.level})


def check(books: Sequence[Book], products: Mapping[str, Product]) -> None:
    """Refuse books that could not decide: run it when a book is saved.

    ``RuleBroken``: ``price_tie``, ``price_doubled``, ``price_not_positive``, ``below_floor``,
    ``period_reversed``; each names the book, and the product where there is one.
    """
    for book in books:
        _check_alone(book, products)
    for one, other in combinations(sorted(books, key=lambda book: book.key), 2):
        check_pair(one, other, products)


def check_pair(one: Book, other: Book, products: Mapping[str, Product]) -> None:
    """Refuse two books that would decide alike for the same customer, day and article."""
    shared = _collision(one, other, products)
    if shared is not None:
        raise RuleBroken("price_tie", product=shared, books=(one.key, other.key))


def _check_alone(book: Book, products: Mapping[str, Product]) -> None:
    if book.valid_from and book.valid_to and book.valid_to < book.valid_from:
        raise RuleBroken("period_reversed", book=book.key)
    for key, entries in book.prices.items():
        product = products.get(key)
        if product is None:
            continue
        seen: set[tuple[str, Decimal | None]] = set()
        for entry in entries:
            _check_entry(book, product, entry)
            place = (entry.unit, break_quantity(product, entry))
            if place in seen:
                raise RuleBroken("price_doubled", book=book.key, product=key)
            seen.add(place)


def _check_entry(book: Book, product: Product, entry: Entry) -> None:
    if entry.price <= 0:
        raise RuleBroken("price_not_positive", book=book.key, product=product.key)
    if product.floor is not None and entry.price < product.floor * product.factor(entry.unit):
        raise RuleBroken("below_floor", book=book.key, product=product.key, price=entry.price)


def _collision(one: Book, other: Book, products: Mapping[str, Product]) -> str | None:
    """Return a product that both books would decide for the same customer, day and quantity."""
    if _weight(one) != _weight(other) or not _overlap(one, other):
        return None
    if one.level == other.level and one.level != "list" and one.reference != other.reference:
        return None
    shared = sorted(set(one.prices) & set(other.prices) & set(products))
    return shared[0] if shared else None


def _overlap(one: Book, other: Book) -> bool:
    starts = max(one.valid_from or date.min, other.valid_from or date.min)
    return starts <= min(one.valid_to or date.max, other.valid_to or date.max)
