"""What is refused when rules are saved, so that nothing is left undecided when goods are sold.

Each check looks at rules by themselves or at two that could meet; every refusal names the rule and
the field. ``services/rule_faults.py`` asks them all of a whole set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations, pairwise

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.pricing import promotions
from fieldcrm.rules.pricing.configuration import Configuration
from fieldcrm.rules.pricing.manual import Rung
from fieldcrm.rules.pricing.promotions import Give, On, Promotion
from fieldcrm.rules.pricing.quantities import ROUNDING, Tie
from fieldcrm.rules.pricing.values import Product, Whom

HUNDRED = Decimal(100)


def check_promotions(offers: Sequence[Promotion], products: Mapping[str, Product]) -> None:
    """Refuse promotions that cannot be worked out, and two of which nobody could say who wins."""
    codes = [each.key for each in offers]
    for each in offers:
        if codes.count(each.key) > 1:
            raise RuleBroken("code_doubled", promotion=each.key, field="code")
        promotions.check(each)
        for place, give in promotions.gives(each):
            _check_gift(each, give, f"{place}.gift", products)
    alone = [each for each in offers if each.exclusive]
    for one, other in combinations(sorted(alone, key=lambda each: each.key), 2):
        if one.priority == other.priority and _may_meet(one, other):
            raise RuleBroken("promotion_tie", promotions=(one.key, other.key), field="priority")


def _check_gift(promotion: Promotion, give: Give, place: str, products: Mapping[str, Product]) -> None:
    if give.gift is None:
        return
    product = products.get(give.gift.product)
    if product is None:
        raise Invalid(
            "product_unknown", field=f"{place}.product_id", promotion=promotion.key, product=give.gift.product
        )
    if give.gift.quantity <= 0:
        raise Invalid("quantity_not_positive", field=f"{place}.quantity", promotion=promotion.key)
    if give.gift.unit and not product.knows(give.gift.unit):
        raise Invalid("unit_unknown", field=f"{place}.unit", promotion=promotion.key, unit=give.gift.unit)


def _may_meet(one: Promotion, other: Promotion) -> bool:
    starts = max(one.valid_from or date.min, other.valid_from or date.min)
    if starts > min(one.valid_to or date.max, other.valid_to or date.max):
        return False
    shares = On.ORDER in (one.on, other.on) or bool(one.products.keys() & other.products.keys())
    return shares and not _apart(one.whom, other.whom)


def _apart(one: Whom, other: Whom) -> bool:
    """Say whether no customer can be meant by both: they name different ones of the same level."""
    names = dict(other)
    return any(level in names and not found & names[level] for level, found in one)


def check_ladder(ladder: Sequence[Rung]) -> None:
    """Refuse a ladder whose rungs do not rise, or pass a hundred per cent."""
    for rung in ladder:
        if not 0 <= rung.up_to_percent <= HUNDRED:
            raise Invalid("out_of_range", field="up_to_percent", value=str(rung.up_to_percent))
    ordered = sorted(rung.up_to_percent for rung in ladder)
    if any(later == sooner for sooner, later in pairwise(ordered)):
        raise RuleBroken("ladder_not_rising", field="up_to_percent")


def check_tie(tie: Tie) -> None:
    """Refuse quantities that nothing can be worked out of."""
    for name in ("each_quantity", "quantity"):
        if getattr(tie, name) <= 0:
            raise Invalid("quantity_not_positive", field=name, product=tie.for_each)
    if tie.rounding not in ROUNDING:
        raise Invalid("out_of_range", field="rounding", value=tie.rounding)
    if tie.for_each == tie.require:
        raise RuleBroken("tie_to_itself", field="require_id", product=tie.require)


def check_configuration(configuration: Configuration) -> None:
    """Refuse a bill nobody could choose from."""
    host = configuration.host
    options = [option.product for group in configuration.groups for option in group.options]
    for product in (*options, *configuration.parts):
        if [*options, *configuration.parts].count(product) > 1:
            raise RuleBroken("option_doubled", host=host, product=product, field="nodes")
    for group in configuration.groups:
        if group.least > group.most or group.most < 1:
            raise Invalid("out_of_range", field="groups", host=host, group=group.name)
        if group.required and not group.options:
            raise Invalid("required", field="groups", host=host, group=group.name)
        for option in group.options:
            if option.product == host:
                raise RuleBroken("bom_cycle", products=(host, host), field="nodes")
            if option.least > option.most or option.least < 0:
                raise Invalid("out_of_range", field="nodes", host=host, product=option.product)
            if option.step <= 0:
                raise Invalid("out_of_range", field="nodes", host=host, product=option.product)
    _check_always(configuration)
    for needy, needed in configuration.requires:
        if any({needy, needed} <= together for together in configuration.excludes):
            raise RuleBroken("excluded", products=(needy, needed), host=host, field="rules")


def _check_always(configuration: Configuration) -> None:
    """Refuse what is always in an article if it cannot be in it together, or lacks what nobody chooses.

    Where something is chosen the guided screen brings in what no group offers; without a group
    there is no such screen, and the article could never be ordered.
    """
    host, parts = configuration.host, configuration.parts
    always = _with_needs(configuration)
    for together in configuration.excludes:
        if len(always & together) > 1:
            clash = tuple(sorted(always & together, key=lambda each: (each not in parts, each)))
            raise RuleBroken("excluded", products=clash, host=host, field="rules")
    for needy, needed in configuration.requires:
        if needy in always and needed not in parts and not configuration.groups:
            raise RuleBroken("need_unmet", products=(needy, needed), host=host, field="rules")


def _with_needs(configuration: Configuration) -> set[str]:
    """Return what is always in an article, with everything that it needs."""
    found: set[str] = set()
    fresh = {*configuration.parts}
    while fresh:
        found |= fresh
        fresh = {needed for needy, needed in configuration.requires if needy in found} - found
    return found
