"""What can be worked out but nobody means: refused when rules are saved, each with its field.

``conflicts`` refuses what would leave a price undecided; here are quantities below nothing,
units that the goods do not have, budgets and uses that allow nothing, days in the wrong order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.pricing.promotions import On, Promotion
from fieldcrm.rules.pricing.rebates import Program
from fieldcrm.rules.pricing.values import Entry, Product, Whom

LEVELS = frozenset({"customer", "group", "partner", "territory"})
_HUNDRED = Decimal(100)
_POSITIVE = ("buy_quantity", "every_amount", "budget")
_OUTSIDE = frozenset({"budget", "max_uses", "max_uses_in_all"})
_NOT_NEGATIVE = ("min_quantity", "max_quantity", "min_amount")


def check_promotion(promotion: Promotion, products: Mapping[str, Product]) -> None:
    """Refuse a promotion whose figures, units or goods cannot be meant."""
    for name in _POSITIVE:
        _least(getattr(promotion, name), _field(name), more_than_nothing=True)
    for name in _NOT_NEGATIVE:
        _least(getattr(promotion, name), _field(name))
    for name in ("max_uses", "max_uses_in_all", "max_times"):
        count = getattr(promotion, name)
        if count is not None and count < 1:
            raise Invalid("out_of_range", field=_field(name), value=count)
    if promotion.max_quantity is not None and promotion.max_quantity < (promotion.min_quantity or 0):
        raise Invalid("out_of_range", field=_field("max_quantity"), value=promotion.max_quantity)
    if promotion.repeat and promotion.buy_quantity is None and promotion.every_amount is None:
        raise Invalid("required", field=_field("buy_quantity"))
    for number, tier in enumerate(promotion.tiers):
        _least(tier.min_amount, f"tiers.{number}.min_amount")
        _least(tier.min_quantity, f"tiers.{number}.min_quantity")
    check_whom(promotion.whom)
    _check_goods(promotion, products)


def _check_goods(promotion: Promotion, products: Mapping[str, Product]) -> None:
    for key, quantity in promotion.products.items():
        product = products.get(key)
        if product is None:
            raise Invalid("product_unknown", field="goods", product=key)
        if promotion.on is On.BUNDLE and quantity <= 0:
            raise Invalid("quantity_not_positive", field="goods", product=product.label)
        for name in ("unit", "buy_unit") if promotion.on is On.PRODUCTS else ():
            unit = getattr(promotion, name)
            if unit and not product.knows(unit):
                raise Invalid("unit_unknown", field=_field(name), unit=unit, product=product.label)


def _field(name: str) -> str:
    """Return where a promotion says something: most of it is its condition."""
    return name if name in _OUTSIDE else f"conditions.{name}"


def check_whom(whom: Whom) -> None:
    """Refuse levels that no customer has, and a level that names nobody."""
    for level, names in whom:
        if level not in LEVELS:
            raise Invalid("not_a_choice", field="whom", value=level)
        if not names:
            raise Invalid("required", field=f"whom.{level}")


def check_program(program: Program, products: Mapping[str, Product]) -> None:
    """Refuse a rebate of impossible shares or goods; one that is only booked by hand earns nothing."""
    earning = program.earning
    shares = [("earn.per_order_percent", earning.per_order_percent)]
    shares += [(f"earn.tiers.{n}.percent", tier.percent) for n, tier in enumerate(earning.tiers)]
    for name, share in shares:
        if share is not None and not 0 <= share <= _HUNDRED:
            raise Invalid("out_of_range", field=name, value=share)
    for name in ("per_quantity", "give") if earning.per_quantity is not None else ():
        if getattr(earning, name) <= 0:
            raise Invalid("quantity_not_positive", field=f"earn.{name}")
    for n, tier in enumerate(earning.tiers):
        _least(tier.min_amount, f"earn.tiers.{n}.min_amount")
        _least(tier.min_quantity, f"earn.tiers.{n}.min_quantity")
    if program.keep_days is not None:
        _least(Decimal(program.keep_days), "keep_days", more_than_nothing=True)
    _known(program.of, products, "earn.products")
    _known([program.product] if program.product else (), products, "earn.product_id")
    _known(program.max_product_percent, products, "max_product_percent")
    check_whom(program.whom)


def _known(keys: Iterable[str], products: Mapping[str, Product], field: str) -> None:
    for key in keys:
        if key not in products:
            raise Invalid("product_unknown", field=field, product=key)


def check_price(entry: Entry, products: Mapping[str, Product]) -> None:
    """Refuse a price of what is not in the catalogue, or in units it is not sold in."""
    product = products.get(entry.product)
    if product is None:
        raise Invalid("product_unknown", field="product_id", product=entry.product)
    for name, unit in (("unit", entry.unit), ("min_quantity_unit", entry.min_unit)):
        if unit and not product.knows(unit):
            raise Invalid("unit_unknown", field=name, unit=unit, product=product.label)
    if entry.price <= 0:
        raise Invalid("price_not_positive", field="price", product=product.label)
    _least(entry.min_quantity, "min_quantity")
    if product.floor is not None and entry.price < product.floor * product.factor(entry.unit):
        raise RuleBroken("below_floor", field="price", product=product.label, price=entry.price)


def check_article(product: Product, code: str, sales_unit: str, standard_price: Decimal) -> None:
    """Refuse an article that nobody could order."""
    for name, text in (("code", code), ("name", product.label), ("base_unit", product.base_unit)):
        if not text.strip():
            raise Invalid("required", field=name)
    for unit, factor in product.units.items():
        if not unit.strip() or factor <= 0:
            raise Invalid("quantity_not_positive", field="units", unit=unit)
        if unit == product.base_unit and factor != 1:
            raise Invalid("out_of_range", field="units", unit=unit)
    if not product.knows(sales_unit):
        raise Invalid("unit_unknown", field="sales_unit", unit=sales_unit)
    if not 0 <= product.tax_rate < 1:
        raise Invalid("out_of_range", field="tax_rate", value=product.tax_rate)
    _least(product.floor, "floor_price")
    _least(standard_price, "standard_price")


def _least(value: Decimal | None, field: str, *, more_than_nothing: bool = False) -> None:
    if value is not None and (value < 0 or (more_than_nothing and value == 0)):
        raise Invalid("out_of_range", field=field, value=value)
