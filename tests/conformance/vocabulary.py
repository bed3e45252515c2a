"""The words of the pricing cases as values of ``rules.pricing``: see the cases' README.

Reading only: nothing here computes an amount, and nothing looks at a case's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fieldcrm.clock import DEFAULT_ZONE, business_day
from fieldcrm.rules.pricing import Book, Cart, CartLine, Customer, Entry, Product, Rules, bills, by_product
from fieldcrm.rules.pricing.configuration import Configuration, Group, Option
from fieldcrm.rules.pricing.manual import Rung
from fieldcrm.rules.pricing.promotions import GiftOf, Give, On, Promotion, Tier, index
from fieldcrm.rules.pricing.quantities import Tie
from fieldcrm.rules.pricing.rebates import Rebate
from fieldcrm.rules.pricing.sellable import Range
from fieldcrm.rules.pricing.standing import Limits
from fieldcrm.rules.pricing.values import Past, Whom

Given = Mapping[str, Any]
LEVELS = {"channel": "partner", "distributor": "partner"}
DEAD = {"cancelled", "canceled", "returned", "refunded", "void", "voided", "draft", "rejected", "refused"}
ROUNDS = {
    "up": "up", "ceil": "up", "ceiling": "up", "down": "down", "floor": "down",
    "half_up": "half_up", "half-up": "half_up", "nearest": "half_up",
}  # fmt: skip
PERCENT = ("percent_off", "amount_off", "amount_off_per_unit", "fixed_price", "set_price")


def number(value: Any) -> Decimal:
    """Return a case's number; they are text so that nothing is lost."""
    return Decimal(str(value))


def maybe(value: Any) -> Decimal | None:
    """Return a case's number where there is one."""
    return None if value is None else number(value)


def day(value: str | None) -> date | None:
    """Return a business day; a moment is read in the organisation's zone."""
    if value is None or len(value) <= 10:
        return None if value is None else date.fromisoformat(value)
    moment = datetime.fromisoformat(value)
    return business_day(moment if moment.tzinfo else moment.replace(tzinfo=DEFAULT_ZONE))


def rules(given: Given) -> Rules:
    """Return everything of ``given`` but the cart."""
    products = {product.key: product for product in map(_product, given.get("products", ()))}
    for key, unit in _named_elsewhere(given):
        products.setdefault(key, Product(key, unit))
    return Rules(
        products=products,
        books=[*map(_book, given.get("price_books", ())), *([_STATED] if is_chosen(given) else [])],
        promotions=index(map(promotion_of, given.get("promotions", ()))),
        ranges=[_range(each) for each in given.get("sellable", ())],
        rebates=[rebate_of(each) for each in given.get("rebates", ())],
        ladder=[
            Rung(number(rung["up_to_percent"]), rung.get("by"))
            for rung in given.get("approval", ())
            if "up_to_percent" in rung
        ],
        ties=[tie for rule in _all_rules(given) if "for_each" in rule for tie in _ties(rule, products)],
        limits=Limits([_past(row, products) for row in given.get("history", ())]),
        bills=_bills(given),
    )


def _named_elsewhere(given: Given) -> Iterator[tuple[str, str]]:
    """Yield articles, with their units, that only a gift or a bill names."""
    gifts = [promotion.get("give", {}).get("gift") for promotion in given.get("promotions", ())]
    yield from ((gift["product"], gift.get("unit", "pc")) for gift in gifts if gift)
    sold_in = {
        entry["product"]: entry["unit"] for book in given.get("price_books", ()) for entry in book["entries"]
    }
    inside = [key for parent, below in levels(given).items() for key in (parent, *below)]
    if is_chosen(given):
        options = [option["product"] for group in given["bom"]["groups"] for option in group["options"]]
        inside += [given["bom"]["host"], *options, *choices(given)]
    yield from ((key, sold_in.get(key, "pc")) for key in inside)


def _bills(given: Given) -> dict[str, Configuration]:
    found = bills.of_parts(levels(given)) if _costs_its_parts(given) else {}
    return {**found, given["bom"]["host"]: configuration(given["bom"])} if is_chosen(given) else found


def is_chosen(given: Given) -> bool:
    """Say whether the case is about choosing inside an article."""
    return bool((given.get("bom") or {}).get("groups"))


def choices(given: Given) -> dict[str, Decimal]:
    """Return what is chosen, with how many of each."""
    chosen = given.get("choose") or {}
    named = chosen if isinstance(chosen, dict) else dict.fromkeys(chosen, 1)
    return {product: number(quantity) for product, quantity in named.items()}


_STATED = Book("bom", "list", {}, priority=-1, tax_included=False)  # a price that the bill states itself


def _all_rules(given: Given) -> list[Given]:
    return [*given.get("rules", ()), *(given.get("bom") or {}).get("rules", ())]


def levels(given: Given) -> dict[str, dict[str, Decimal]]:
    """Return a bill of materials of several levels."""
    named = given.get("bom_levels") or (given.get("bom") or {}).get("bom_levels") or {}
    return {
        parent: {child: number(quantity) for child, quantity in below.items()}
        for parent, below in named.items()
    }


def _costs_its_parts(given: Given) -> bool:
    """Say whether what has parts is priced by them; unsaid, it is when no book prices the whole."""
    mode = given.get("price_mode") or (given.get("bom") or {}).get("price_mode")
    if mode:
        return "sum" in mode or "component" in mode
    priced = {entry["product"] for book in given.get("price_books", ()) for entry in book["entries"]}
    return not priced & levels(given).keys()


def _product(row: Given) -> Product:
    return Product(
        key=row["code"],
        base_unit=row["base_unit"],
        units={unit: number(factor) for unit, factor in (row.get("units") or {}).items()},
        tax_rate=number(row.get("tax_rate", "0")),
        floor=maybe(row.get("min_price")),
        promotable=row.get("promotable", True),
    )


def _book(row: Given) -> Book:
    entries = [
        Entry(
            product=entry["product"], unit=entry["unit"], price=number(entry["price"]),
            min_quantity=number(entry.get("min_qty") or 0), min_unit=entry.get("min_qty_unit") or "",
        )
        for entry in row["entries"]
    ]  # fmt: skip
    return Book(
        key=row["code"],
        level=LEVELS.get(row["scope"], row["scope"]),
        reference=row.get("scope_ref"),
        prices=by_product(entries),
        priority=int(row.get("priority") or 0),
        valid_from=day(row.get("valid_from")),
        valid_to=day(row.get("valid_to")),
        tax_included=row.get("tax_mode") == "inclusive",
    )


def customer(given: Given) -> Customer:
    """Return who buys."""
    row = given["customer"]
    references: dict[str, frozenset[str]] = {"customer": frozenset({row["code"]})}
    for name, value in row.items():
        if name != "code" and value is not None:
            values = value if isinstance(value, list) else [value]
            references[LEVELS.get(name, name)] = frozenset(map(str, values))
    return Customer(row["code"], references)


def cart(given: Given) -> Cart:
    """Return what is bought, on which day, with which rebates; lines by their numbers."""
    host = (given.get("bom") or {}).get("host")
    lines = tuple(
        CartLine(
            key=str(row["line"]), product=row["product"], quantity=number(row["qty"]), unit=row["unit"],
            manual_price=maybe(row.get("manual_unit_price")),
            chosen=bills.as_choices(choices(given)) if row["product"] == host else (),
        )
        for row in sorted(_rows(given), key=_place_of)
    )  # fmt: skip
    asked = given.get("use_rebate") or {}
    wanted = tuple(
        (code, None if amount == "max" else number(amount))
        for code, amount in (asked if isinstance(asked, dict) else {"auto": asked}).items()
    )
    on = day(given["date"])
    assert on is not None
    return Cart(customer(given), on, lines, wanted)


def _rows(given: Given) -> list[Given]:
    """Return the cart; a case that only chooses inside an article orders one of it."""
    if "cart" in given or not is_chosen(given):
        return [*given.get("cart", ())]
    host = given["bom"]["host"]
    unit = next((row["base_unit"] for row in given.get("products", ()) if row["code"] == host), "pc")
    return [{"line": 1, "product": host, "qty": "1", "unit": unit}]


def _place_of(row: Given) -> int:
    return int(row["line"]) if str(row["line"]).isdigit() else 0


def _range(row: Given) -> Range:
    whom = row.get("allow") or row.get("deny") or {}
    return Range("allow" in row, whom_of(whom), frozenset(row["products"]))


def whom_of(named: Given) -> Whom:
    """Return whom a rule means; a level may name one reference or several."""
    return tuple(
        (LEVELS.get(level, level), frozenset(map(str, refs if isinstance(refs, list) else [refs])))
        for level, refs in named.items()
    )


def promotion_of(row: Given) -> Promotion:
    """Return one promotion."""
    on, products = _target(row["on"])
    give = row.get("give") or {}
    return Promotion(
        key=row["code"], on=on, products=products, give=_give(give),
        priority=int(row.get("priority") or 0),
        exclusive=row.get("mode") == "exclusive",
        valid_from=day(row.get("valid_from")), valid_to=day(row.get("valid_to")),
        unit=row.get("qty_unit") or give.get("unit") or "",
        min_quantity=maybe(row.get("min_qty")), max_quantity=maybe(row.get("max_qty")),
        min_amount=maybe(row.get("min_amount")), **_repeats(row, give),
        max_times=None if row.get("max_times") is None else int(row["max_times"]),
        cumulative=bool(row.get("cumulative")),
        tiers=tuple(sorted(map(_tier, row.get("tiers") or ()), key=_height)),
        max_uses=None if row.get("max_uses_per_customer") is None else int(row["max_uses_per_customer"]),
        budget=maybe(row.get("budget")),
        budget_used=min(number(row.get("budget_used") or 0), number(row.get("budget") or "Infinity")),
    )  # fmt: skip


def _repeats(row: Given, give: Given) -> dict[str, Any]:
    """Return how often it is given; what repeats without a measure of its own repeats by its least one."""
    repeat = bool(give.get("repeat", row.get("repeat", int(row.get("max_times") or 1) > 1)))
    buy, every = maybe(row.get("buy_qty")), maybe(row.get("every_amount"))
    unit = row.get("buy_unit") or row.get("qty_unit") or ""
    if repeat and buy is None and every is None:
        buy, every = maybe(row.get("min_qty")), maybe(row.get("min_amount"))
    return {"buy_quantity": buy, "buy_unit": unit, "every_amount": every, "repeat": repeat}


def _target(on: Any) -> tuple[On, dict[str, Decimal]]:
    if on == "order":
        return On.ORDER, {}
    if "bundle" in on:
        return On.BUNDLE, {product: number(qty) for product, qty in on["bundle"].items()}
    products: Iterable[str] = [on["product"]] if "product" in on else on["products"]
    return On.PRODUCTS, dict.fromkeys(products, Decimal(1))


def _give(give: Given) -> Give:
    amounts = {name: number(give[name]) for name in PERCENT if give.get(name) is not None}
    if give.get("per") == "unit" and "amount_off" in amounts:
        amounts["amount_off_per_unit"] = amounts.pop("amount_off")
    gift, free = give.get("gift"), give.get("cheapest_free")
    return Give(
        **amounts,
        cheapest_free=None if not free else 1 if free is True else int(free),
        gift=GiftOf(gift["product"], number(gift["qty"]), gift.get("unit") or "") if gift else None,
        per_set=give.get("per") == "set",
    )


def _tier(row: Given) -> Tier:
    give = row.get("give") or row
    return Tier(_give(give), maybe(row.get("min_amount")), maybe(row.get("min_qty")))


def _height(tier: Tier) -> tuple[Decimal, Decimal]:
    return tier.min_amount or Decimal(), tier.min_quantity or Decimal()


def rebate_of(row: Given) -> Rebate:
    """Return one rebate balance; one in goods that names its article gives gifts."""
    shares = row.get("max_product_percent") or {}
    return Rebate(
        key=row["code"],
        balance=number(row.get("balance") or 0),
        valid_from=day(row.get("valid_from")),
        valid_to=day(row.get("valid_to")),
        max_order_percent=maybe(row.get("max_order_percent")),
        max_product_percent={product: number(percent) for product, percent in shares.items()},
        product=_goods_of(row) if row.get("kind") == "goods" else "",
    )


def _goods_of(row: Given) -> str:
    """Return the article that a rebate in goods gives; it may be named where it is earned."""
    earn = row.get("earn") or {}
    give = earn.get("give")
    return row.get("product") or (give.get("product") if isinstance(give, dict) else None) or ""


def _past(row: Given, products: Mapping[str, Product]) -> Past:
    product = products.get(row.get("product") or "")
    quantity = number(row.get("qty") or 0)
    if product is not None and row.get("unit"):
        quantity *= product.factor(row["unit"])
    promotion = row.get("promotion")
    names = promotion if isinstance(promotion, list) else [promotion] if promotion else []
    on = day(row.get("date"))
    return Past(
        order=str(row.get("order", "")), customer=row.get("customer", ""), on=on or date.min,
        product=row.get("product") or "", base_quantity=quantity, net=number(row.get("net") or 0),
        promotions=frozenset(names), counts=_counts(row, quantity),
    )  # fmt: skip


def _counts(row: Given, quantity: Decimal) -> bool:
    """Say whether an earlier row counts: a cancelled order does not, goods that came back count against."""
    takes_away = quantity < 0 or number(row.get("net") or 0) < 0
    return takes_away or str(row.get("status", "")).lower() not in DEAD


def _ties(rule: Given, products: Mapping[str, Product]) -> Iterator[Tie]:
    rounding = ROUNDS[str(rule.get("round", "up")).lower()]
    for each, each_quantity in _amounts(rule["for_each"], products):
        for need, quantity in _amounts(rule["require"], products):
            yield Tie(each, each_quantity, need, quantity, rounding)


def _amounts(value: Any, products: Mapping[str, Product]) -> Iterator[tuple[str, Decimal]]:
    """Yield articles and how much of each, in base units."""
    if isinstance(value, str):
        yield value, Decimal(1)
    elif isinstance(value, list):
        for each in value:
            yield from _amounts(each, products)
    elif "product" in value:
        key, quantity = value["product"], number(value.get("qty", 1))
        unit = value.get("unit")
        yield key, quantity * products[key].factor(unit) if unit else quantity
    else:
        yield from ((product, number(quantity)) for product, quantity in value.items())


def configuration(bom: Given) -> Configuration:
    """Return a configurable product."""
    named = bom.get("rules") or ()
    requires = [pair for rule in named for pair in _pairs(rule.get("requires") or {})]
    return Configuration(
        host=bom["host"],
        base_price=maybe(bom.get("base_price")),
        sums_parts="component" in str(bom.get("price_mode")),
        groups=tuple(map(_group, bom["groups"])),
        excludes=tuple(frozenset(rule["excludes"]) for rule in named if "excludes" in rule),
        requires=tuple(requires),
        hidden=frozenset(
            product for rule in named for product in rule.get("options_hidden_until_required", ())
        ),
    )


def _pairs(requires: Any) -> Iterable[tuple[str, str]]:
    """Yield what needs with what is needed; of a plain list the first needs the others."""
    named = {requires[0]: requires[1:]} if isinstance(requires, list) else requires
    for needy, needed in named.items():
        for product in needed if isinstance(needed, list) else [needed]:
            yield needy, product


def _group(row: Given) -> Group:
    least, most = _span(row.get("choose", "0..*"))
    options = tuple(map(_option, row["options"]))
    return Group(row["name"], options, bool(row.get("required")), int(least), int(most))


def _option(row: Given) -> Option:
    least, most = _span(row.get("qty", "1..1"))
    return Option(row["product"], least, most, number(row.get("step") or 1), number(row.get("delta") or 0))


def _span(text: Any) -> tuple[Decimal, Decimal]:
    """Return the ends of 2..8; a single number is both, an end that is open is very far."""
    first, dots, last = str(text).partition("..")
    open_end = last in {"", "*", "n"}
    return number(first or 0), number(first if not dots else 999_999 if open_end else last)
