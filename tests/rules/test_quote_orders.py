"""Whether an order still is what its quote promised (Q3, R1)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fieldcrm.rules.items import Item
from fieldcrm.rules.quote_orders import Asked, Lost, comes_out, lost

LAST = date(2026, 3, 31)
WATER = Asked("water", "case", Decimal(3), Decimal("44.00"))
RACK = Asked("rack", "piece", Decimal(1), None, (("lamp", Decimal(2)), ("shelf", Decimal(4))))


def test_the_same_goods_hold_until_the_last_day_in_any_order() -> None:
    turned = RACK._replace(chosen=RACK.chosen[::-1])
    assert lost(LAST, LAST, (WATER, RACK), (turned, WATER._replace(quantity=Decimal("3.0")))) is None
    assert lost(LAST, date(2026, 4, 1), (WATER, RACK), (WATER, RACK)) is Lost.ENDED


@pytest.mark.parametrize(
    "asked",
    [
        (WATER,), (WATER, RACK, RACK), (WATER._replace(quantity=Decimal(4)), RACK),
        (WATER._replace(manual_price=Decimal("43.99")), RACK), (WATER._replace(manual_price=None), RACK),
        (WATER._replace(unit="bottle"), RACK), (WATER, RACK._replace(chosen=())),
    ],
)  # fmt: skip
def test_any_other_line_quantity_unit_price_or_choice_loses_it(asked: tuple[Asked, ...]) -> None:
    assert lost(LAST, LAST, (WATER, RACK), asked) is Lost.CHANGED


def test_what_comes_out_is_compared_to_the_cent_with_its_gifts() -> None:
    sold = Item("water", "case", Decimal(3), Decimal(46), Decimal(132), Decimal("15.19"))
    gift = Item("tea", "bottle", Decimal(1), Decimal(), Decimal(), Decimal(), "SPRING")
    assert comes_out((sold, gift), (gift, sold))
    for now in ((sold,), (sold, gift, gift), (Item(*sold_but(sold, Decimal("132.01"))), gift)):
        assert not comes_out((sold, gift), now)


def sold_but(item: Item, net: Decimal) -> tuple[object, ...]:
    return item.product, item.unit, item.quantity, item.unit_price, net, item.tax
