"""What a configured line costs (P3): the article by its bill, the options by what they add."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.money import to_cents
from fieldcrm.rules.pricing import bills, books
from fieldcrm.rules.pricing.bills import Bills
from fieldcrm.rules.pricing.choices import Rule
from fieldcrm.rules.pricing.sellable import Assortment
from fieldcrm.rules.pricing.values import Book, CartLine, Product, Step, Work


def work(
    line: CartLine, product: Product, known: Mapping[str, Product], all_bills: Bills,
    held: Sequence[Book], range_: Assortment,
) -> Work:  # fmt: skip
    """Give a line the price of what was chosen in it; a wrong or unfinished choice is an error."""
    chosen = dict(line.chosen)
    bills.check(all_bills, line.product, chosen)
    for node in bills.nodes(all_bills, line.product, chosen):
        if node.path in chosen:
            _check_sold(node.product, known, range_)
    price, book, steps = unit_price(line, product, known, all_bills, held)
    return books.begun(line, product, price, book, steps)


def _check_sold(key: str, known: Mapping[str, Product], range_: Assortment) -> None:
    part = known.get(key)
    if part is None or not part.active:
        raise RuleBroken("product_withdrawn", product=key)
    allowed, by = range_.verdict(part)
    if not allowed:
        raise RuleBroken("not_sellable", product=key, range=by.label if by else "")


def unit_price(
    line: CartLine, product: Product, known: Mapping[str, Product], all_bills: Bills, held: Sequence[Book]
) -> tuple[Decimal, Book, list[Step]]:
    """Return what one unit of a line costs as far as it is chosen, the book that stands for it, and why."""
    worth = bills.worth(all_bills, line.product, dict(line.chosen))
    per_unit = product.factor(line.unit)
    price, book, steps = worth.base * per_unit, None, list[Step]()
    if worth.base:
        steps.append(Step("base_price", {"price": price}))
    for key, each in worth.parts.items():
        if key == line.product:
            choice = books.choose(product, line.quantity, line.unit, held)
            price += choice.unit_price
        else:
            part = _known(known, key)
            choice = books.choose(part, each * per_unit * line.quantity, part.base_unit, held)
            price += choice.unit_price * each * per_unit
        book = book or choice.book
        steps += books.reasons(choice)
    for key, each, amount in worth.extras:
        price += amount * per_unit
        label = known[key].label if key in known else ""
        steps.append(Step("option", {"option": label or key, "quantity": each, "amount": amount * per_unit}))
    return to_cents(price), book or _book(product, line, held), steps


def _known(known: Mapping[str, Product], key: str) -> Product:
    if key not in known:
        raise Invalid("product_unknown", field="product", product=key)
    return known[key]


def _book(product: Product, line: CartLine, held: Sequence[Book]) -> Book:
    """Return the book that says how the line is taxed when its bill states the price."""
    if not held:
        raise RuleBroken("price_not_found", product=line.product, unit=line.unit)
    return next((book for book in held if product.key in book.prices), held[0])


def barred(known: Mapping[str, Product], all_bills: Bills, range_: Assortment) -> dict[str, Rule]:
    """Return the options of all bills that this customer may not have, and by which rule."""
    found = {}
    for of in all_bills.values():
        for option in (each for group in of.groups for each in group.options):
            part = known.get(option.product)
            if part is None or not part.active:
                found[option.product] = Rule.WITHDRAWN
            elif not range_.verdict(part)[0]:
                found[option.product] = Rule.NOT_SELLABLE
    return found
