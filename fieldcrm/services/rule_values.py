"""Published rules as pricing values: one function for each table, nothing read, nothing decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from fieldcrm.rules.pricing.configuration import Configuration, Group, Option
from fieldcrm.rules.pricing.manual import Rung
from fieldcrm.rules.pricing.promotions import GiftOf, Give, On, Promotion, Tier
from fieldcrm.rules.pricing.quantities import Tie
from fieldcrm.rules.pricing.rebates import Earning, EarnTier, Program
from fieldcrm.rules.pricing.sellable import Range
from fieldcrm.rules.pricing.values import Whom

Json = Mapping[str, Any]
_AMOUNTS = ("percent_off", "amount_off", "amount_off_per_unit", "fixed_price", "set_price")


def whom(said: Json) -> Whom:
    """Return whom a rule means; a level that names nobody is nobody, not everybody."""
    return tuple((level, frozenset(map(str, names))) for level, names in said.items())


def promotion(row: Any) -> Promotion:
    """Return a promotion; it goes by its code, which it keeps from set to set."""
    said: Json = row.conditions
    return Promotion(
        key=row.code, label=row.name, on=On(row.target), give=give(row.give), whom=whom(row.whom),
        products={each["product_id"]: Decimal(each.get("quantity", 1)) for each in row.goods},
        priority=row.priority, exclusive=row.exclusive,
        valid_from=row.valid_from, valid_to=row.valid_to,
        unit=said.get("unit", ""),
        min_quantity=_maybe(said, "min_quantity"), max_quantity=_maybe(said, "max_quantity"),
        min_amount=_maybe(said, "min_amount"),
        buy_quantity=_maybe(said, "buy_quantity"), buy_unit=said.get("buy_unit") or said.get("unit", ""),
        every_amount=_maybe(said, "every_amount"),
        repeat=bool(said.get("repeat")), max_times=said.get("max_times"),
        cumulative=bool(said.get("cumulative")),
        tiers=tuple(map(_tier, row.tiers)),
        max_uses=row.max_uses, max_uses_in_all=row.max_uses_in_all, budget=row.budget,
    )  # fmt: skip


def give(said: Json) -> Give:
    """Return what a promotion gives."""
    gift = said.get("gift")
    return Give(
        **{name: Decimal(said[name]) for name in _AMOUNTS if said.get(name) is not None},
        cheapest_free=said.get("cheapest_free"),
        gift=GiftOf(gift["product_id"], Decimal(gift["quantity"]), gift.get("unit", "")) if gift else None,
        per_set=bool(said.get("per_set")),
    )


def _tier(said: Json) -> Tier:
    return Tier(give(said["give"]), _maybe(said, "min_amount"), _maybe(said, "min_quantity"))


def _maybe(said: Json, name: str) -> Decimal | None:
    value = said.get(name)
    return None if value is None else Decimal(value)


def sellable(row: Any) -> Range:
    """Return a sellable range."""
    return Range(
        allows=row.allows, whom=whom(row.whom), products=frozenset(map(str, row.products)),
        traits=whom(row.attributes), key=row.code, label=row.name,
    )  # fmt: skip


def program(row: Any) -> Program:
    """Return how a rebate is earned and how far it may be used."""
    return Program(
        key=row.code, label=row.name, goods=str(row.kind) == "goods", whom=whom(row.whom),
        valid_from=row.valid_from, valid_to=row.valid_to,
        earning=earning(row.earn), keep_days=row.keep_days,
        max_order_percent=row.max_order_percent,
        max_product_percent={key: Decimal(share) for key, share in row.max_product_percent.items()},
        of=frozenset(map(str, row.earn.get("products") or ())),
        product=str(row.earn.get("product_id") or ""),
    )  # fmt: skip


def earning(said: Json) -> Earning:
    """Return how a rebate is earned."""
    return Earning(
        per_order_percent=_maybe(said, "per_order_percent"),
        min_order_net=_maybe(said, "min_order_net") or Decimal(),
        tiers=tuple(
            EarnTier(
                Decimal(tier["percent"]), Decimal(tier.get("min_amount") or 0),
                Decimal(tier.get("min_quantity") or 0),
            )
            for tier in said.get("tiers") or ()
        ),
        progressive=bool(said.get("progressive")),
        per_quantity=_maybe(said, "per_quantity"),
        give=_maybe(said, "give") or Decimal(),
        carry_remainder=bool(said.get("carry_remainder")),
        period=str(said.get("period") or ""),
    )  # fmt: skip


def rung(row: Any) -> Rung:
    """Return one rung of the ladder."""
    return Rung(row.up_to_percent, row.approver)


def tie(row: Any) -> Tie:
    """Return quantities that hang together."""
    return Tie(str(row.for_each_id), row.each_quantity, str(row.require_id), row.quantity, row.rounding)


def configuration(
    bom: Any, groups: Iterable[Any], nodes: Sequence[Any], rules: Iterable[Any]
) -> Configuration:
    """Return a bill; a node outside every group is always in, unless a rule hides or brings it."""
    told = [(str(rule.kind), [str(each) for each in rule.products]) for rule in rules]
    brought = {product for kind, products in told for product in products if kind == "hidden"}
    return Configuration(
        host=str(bom.host_id),
        base_price=bom.base_price,
        groups=tuple(
            Group(
                group.name,
                tuple(
                    Option(str(node.product_id), node.least, node.most, node.step, node.delta)
                    for node in nodes
                    if node.group_id == group.id
                ),
                group.required, group.least, group.most,
            )
            for group in groups
        ),
        excludes=tuple(frozenset(products) for kind, products in told if kind == "excludes"),
        requires=tuple(
            (products[0], needed) for kind, products in told if kind == "requires" for needed in products[1:]
        ),
        hidden=frozenset(brought),
        parts={
            str(node.product_id): node.least
            for node in nodes
            if node.group_id is None and str(node.product_id) not in brought
        },
        sums_parts=str(bom.price_mode) == "components",
    )  # fmt: skip
