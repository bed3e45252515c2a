from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules import deliveries, returns
from fieldcrm.rules.orders import Fulfilment
from fieldcrm.rules.returns import Back, Sold

D = Decimal


def sold(key: str, many: int, net: str, rebate: str = "0", on_top: str = "0", **more: object) -> Sold:
    return Sold(key, D(many), D(net), D(rebate), D(on_top), D(on_top), **more)  # type: ignore[arg-type]


GIFT = Sold("g", D(2), D(0), D(0), D(0), D(0), gift_by="P", gift_value=D("5.00"), product="g", unit="box")

_lines = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 99_999), st.integers(0, 100), st.integers(0, 13)),
    min_size=1, max_size=4,
)  # fmt: skip


@given(_lines, st.data())
def test_parts_of_a_return_add_up_to_the_whole_and_never_pass_what_was_paid(
    drawn: list[tuple[int, int, int, int]], data: st.DataObject
) -> None:
    order = [
        sold(str(n), many, *(str(D(cents * part // 100) / 100) for part in (100, share, tax)))
        for n, (many, cents, share, tax) in enumerate(drawn)
    ]  # fmt: skip
    given_back: list[Back] = []
    before: list[dict[str, Decimal]] = []
    left = {line.key: line.quantity for line in order}
    while any(left.values()):
        now = {k: D(data.draw(st.integers(0, int(v)))) for k, v in left.items()}
        now = {k: v for k, v in now.items() if v} or {k: v for k, v in left.items() if v}
        given_back.append(returns.back(order, before, now, {}))
        before.append(now)
        left = {k: v - now.get(k, D()) for k, v in left.items()}
        assert given_back[-1].paid >= 0
    whole = returns.back(order, [], {line.key: line.quantity for line in order}, {})
    paid = sum(line.net - line.rebate + line.tax_on_top for line in order)
    assert whole.paid == paid
    for name in ("paid", "rebate", "tax"):
        assert sum(getattr(each, name) for each in given_back) == getattr(whole, name)


def test_the_part_that_a_rebate_paid_goes_back_to_the_rebate() -> None:
    found = returns.back([sold("a", 3, "100.00", "10.00")], [], {"a": D(1)}, {})
    assert (found.paid, found.rebate) == (D("30.00"), D("3.33"))


def test_the_value_of_a_gift_that_is_due_is_withheld_until_it_comes_back() -> None:
    order = [sold("a", 2, "100.00"), GIFT]
    first = returns.settled(returns.back(order, [], {"a": D(1)}, {"g": D(1)}), D())
    assert (first.paid, first.withheld) == (D("47.50"), D("2.50"))
    second = returns.settled(returns.back(order, [{"a": D(1)}], {"g": D(1)}, {"g": D(1)}), first.withheld)
    assert (second.paid, second.withheld) == (D("2.50"), D("-2.50"))


def test_more_is_never_withheld_than_there_is_to_pay() -> None:
    order = [sold("a", 10, "10.00"), GIFT]
    found = returns.settled(returns.back(order, [], {"a": D(1)}, {"g": D(2)}), D())
    assert (found.paid, found.withheld) == (D(0), D("1.00"))


def test_gifts_that_the_rest_still_earns_are_not_due() -> None:
    assert returns.gifts_due([GIFT], {("P", "g", "box"): D(2)}) == {}
    assert returns.gifts_due([GIFT], {("P", "g", "box"): D(1)}) == {"g": D(1)}
    assert returns.gifts_due([GIFT], {}) == {"g": D(2)}


def test_what_was_not_delivered_or_came_back_already_cannot_be_returned() -> None:
    order = [sold("a", 5, "10.00")]
    returns.check(order, {"a": D(3)}, {"a": D(1)}, {"a": D(2)})
    with pytest.raises(RuleBroken, match="returned_too_much"):
        returns.check(order, {"a": D(3)}, {"a": D(1)}, {"a": D(3)})
    with pytest.raises(Invalid, match="unknown_line"):
        returns.check(order, {"a": D(3)}, {}, {"b": D(1)})


def test_tax_on_top_is_told_from_tax_inside_by_what_the_order_adds_up_to() -> None:
    inside, outside = (
        returns.Taxed(D("13.00"), D("113.00"), D("0.13")),
        returns.Taxed(D("13.00"), D(100), D("0.13")),
    )
    assert returns.on_top([outside, outside], D(26)) == [D(13), D(13)]
    assert returns.on_top([inside, inside], D(0)) == [D(0), D(0)]
    assert returns.on_top([inside, outside], D(13)) == [D(0), D(13)]


def test_deliveries_add_up_and_never_pass_the_order() -> None:
    ordered = {"a": D(5), "b": D(1)}
    assert deliveries.standing(ordered, {}) is Fulfilment.BEGUN
    assert deliveries.standing(ordered, {"a": D(5)}) is Fulfilment.PARTLY
    assert deliveries.standing(ordered, {"a": D(5), "b": D(1)}) is Fulfilment.DELIVERED
    with pytest.raises(RuleBroken, match="delivered_too_much"):
        deliveries.check(ordered, {"a": D(4)}, {"a": D(2)})
    deliveries.check(ordered, {"a": D(4)}, {"a": D(-4)})
    with pytest.raises(RuleBroken, match="delivered_too_much"):
        deliveries.check(ordered, {"a": D(4)}, {"a": D(-5)})


@pytest.mark.parametrize(
    "bad", [{}, None, [1], {"a": "x"}, {"a": "0"}, {"a": "-1"}, {"a": "NaN"}, {"a": "1e30"}]
)
def test_quantities_that_mean_nothing_name_their_line(bad: object) -> None:
    with pytest.raises(Invalid) as caught:
        deliveries.read(bad)
    assert caught.value.field in ("quantities", "quantities.a")
