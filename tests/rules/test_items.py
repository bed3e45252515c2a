"""Two editions of an order, or two rounds of a quote, line by line."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fieldcrm.rules import items
from fieldcrm.rules.items import Change, Item

WATER = Item("water", "case", Decimal(3), Decimal(46), Decimal(138), Decimal(18))
TEA = replace(WATER, product="tea")


def test_every_line_has_its_other_side_in_the_order_of_the_later_what_is_gone_last() -> None:
    cheaper = replace(WATER, unit_price=Decimal(44))
    [changed, added] = items.side_by_side([WATER], [cheaper, TEA])
    assert (changed.before, changed.after) == (WATER, cheaper)
    assert (added.product, added.before) == ("tea", None)
    [same, gone] = items.side_by_side([TEA, WATER], [WATER])
    assert (same.before, same.after) == (WATER, WATER)
    assert (gone.product, gone.after) == ("tea", None)


def test_gifts_and_what_is_put_together_otherwise_are_lines_of_their_own() -> None:
    gift, mixed = replace(WATER, gift_by="G"), replace(WATER, chosen=(("a", Decimal(1)),))
    found = items.changes([WATER, gift, mixed], [replace(WATER, quantity=Decimal(4)), mixed])
    assert found == [Change(WATER, replace(WATER, quantity=Decimal(4))), Change(gift, None)]
