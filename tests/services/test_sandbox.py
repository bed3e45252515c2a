"""Rules tried before they count: one cart by two versions, a month replayed, a promotion simulated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete

from fieldcrm.errors import RuleBroken
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.promotions import Promotion
from fieldcrm.services import orders, rule_drafts, sandbox, sandbox_compare, sandbox_promotion
from fieldcrm.services.sandbox import Version
from fieldcrm.services.sandbox_compare import Comparison
from fieldcrm.services.sandbox_promotion import Simulation
from fieldcrm.services.sandbox_replay import Wanted
from tests.services.price_shop import AT, ON
from tests.services.rule_shop import LATER, Office, drafted, on, promotion

TEN, TWENTY = {"percent_off": "10"}, {"percent_off": "20"}
MONTH = Wanted(date(2026, 3, 1), date(2026, 3, 31))


def sell(office: Office, water: int = 2, **more: object) -> Order:
    shop = office.shop
    order_id = orders.start(office.session, shop.account.id, me=shop.rep.id, at=AT)
    orders.save(office.session, order_id, drafted(shop, water), at=AT, **more)  # type: ignore[arg-type]
    orders.submit(office.session, order_id, at=AT)
    order = office.session.get_one(Order, order_id)
    order.status = OrderStatus.ACCEPTED
    office.session.flush()
    return order


def compared(office: Office, a: int, b: int, **more: object) -> Comparison:
    return sandbox_compare.compare(office.session, MONTH, (Version(a), Version(b)), **more)  # type: ignore[arg-type]


def simulated(office: Office, code: str, *, sees_cost: bool = True) -> Simulation:
    [version, *_] = sandbox.versions(office.session)
    return sandbox_promotion.simulate(office.session, MONTH, version, code, sees_cost=sees_cost)


def test_a_cart_is_priced_by_the_set_in_force_and_the_one_to_come(office: Office) -> None:
    office.publish(promotion("P", TEN))
    office.publish(promotion("P", TWENTY), starts=LATER + timedelta(days=90))
    versions = sandbox.versions(office.session)
    assert [each.number for each in versions] == [2, 1]
    new, old = sandbox.tried(office.session, versions, office.shop.account.id, ON, drafted(office.shop))
    assert (old.quote.priced.payable, new.quote.priced.payable) == (Decimal("136.80"), Decimal("121.60"))


def test_a_set_that_is_only_partly_here_prices_nothing(office: Office) -> None:
    office.publish(promotion("P", TEN), promotion("Q", TEN))
    office.session.execute(delete(Promotion).where(Promotion.code == "Q"))
    with pytest.raises(RuleBroken, match="rules_unknown"):
        sandbox.tried(office.session, [Version(1)], office.shop.account.id, ON, drafted(office.shop))


def test_the_draft_is_tried_like_the_set_it_would_become(office: Office) -> None:
    office.publish(promotion("P", TEN))
    shop = office.shop
    said = rule_drafts.published(office.session)
    docs = [doc for doc in said["price_entry"].items() if doc[1]["price_book_id"] == str(shop.group_book.id)]
    [(key, doc)] = docs
    draft = rule_drafts.begun(office.session).put(said, "price_entry", key, doc | {"price": "40.00"})
    version = sandbox.drafted(office.session, draft)
    [found] = sandbox.tried(office.session, [version], shop.account.id, ON, drafted(shop))
    assert [line.unit_price for line in found.quote.priced.lines] == [40, 60]
    sell(office)
    pair = (Version(1), version)
    assert sandbox_compare.compare(office.session, MONTH, pair).rows[0].difference == Decimal("-10.80")


def test_a_month_is_told_by_order_customer_promotion_and_product_and_adds_up(office: Office) -> None:
    office.publish(promotion("P", TEN))
    first, second = sell(office), sell(office, water=4)
    office.publish(promotion("P", TWENTY), starts=LATER)
    found = compared(office, 1, 2)
    assert [(row.order.id, row.paid, row.a) for row in found.rows] == [
        (order.id, order.total_amount, order.total_amount) for order in (first, second)
    ]
    assert [row.difference for row in found.rows] == [Decimal("-15.20"), Decimal("-24.40")]
    assert [(each.name, each.orders, each.difference) for each in found.customers] == [
        (office.shop.account.name, 2, Decimal("-39.60"))
    ]
    assert [(each.key, each.a, each.b) for each in found.promotions] == [
        ("P", Decimal("39.60"), Decimal("79.20"))
    ]
    assert sum(each.difference for each in found.products) == found.total("b") - found.total("a")
    assert found.is_whole


def test_orders_that_were_not_accepted_or_of_another_month_are_not_replayed(office: Office) -> None:
    office.publish(promotion("P", TEN))
    sell(office).status = OrderStatus.CANCELLED
    sell(office).ordered_on = date(2026, 2, 28)
    assert compared(office, 1, 1).rows == ()


def test_a_budget_begins_the_month_whole_and_is_used_up_on_the_way(office: Office) -> None:
    office.publish(promotion("P", TEN))
    sell(office), sell(office)
    office.publish(promotion("P", TEN, budget=Decimal(20)), starts=LATER)
    found = compared(office, 1, 2)
    assert [row.b for row in found.rows] == [Decimal("136.80"), Decimal("147.20")]


def test_uses_of_everybody_together_begin_the_month_whole_too(office: Office) -> None:
    office.publish(promotion("P", TEN, max_uses_in_all=1))
    sell(office), sell(office)
    assert [row.a for row in compared(office, 1, 1).rows] == [Decimal("136.80"), 152]


def test_a_use_limit_and_a_cumulative_threshold_count_what_the_same_version_gave(office: Office) -> None:
    office.publish(promotion("ONCE", TEN, max_uses=1))
    sell(office), sell(office)
    cumulative = {"conditions": {"min_amount": "280", "cumulative": True}, "valid_from": date(2026, 3, 1)}
    office.publish(promotion("SUM", TEN, **cumulative), starts=LATER)
    found = compared(office, 1, 2)
    assert [row.a for row in found.rows] == [Decimal("136.80"), 152]
    assert [row.b for row in found.rows] == [Decimal("136.80"), Decimal("136.80")], "136.80 + 152 pass 280"


def test_rules_that_begin_later_are_tried_as_if_all_was_ordered_on_their_day(office: Office) -> None:
    office.publish(promotion("P", TEN, valid_from=date(2026, 5, 1)))
    sell(office)
    versions = (Version(1), Version(1))
    assert sandbox_compare.compare(office.session, MONTH, versions).rows[0].a == 152
    may = replace(MONTH, on=date(2026, 5, 2))
    assert sandbox_compare.compare(office.session, may, versions).rows[0].a == Decimal("136.80")


def test_an_order_a_version_cannot_price_is_named_and_not_summed(office: Office) -> None:
    office.publish(promotion("P", TEN))
    sell(office)
    office.shop.water.active = False
    office.shop.water.version += 1
    found = compared(office, 1, 1)
    assert (found.rows[0].trouble, found.rows[0].difference) == (("unsold", "unsold"), None)
    assert found.total("a") == 0


def test_stopping_keeps_what_was_done(office: Office) -> None:
    office.publish(promotion("P", TEN))
    sell(office), sell(office)
    found = compared(office, 1, 1, stop=lambda: True)
    assert (len(found.rows), found.expected, found.is_whole) == (1, 2, False)


def test_a_promotion_costs_what_it_takes_off_and_its_gifts_at_their_value(office: Office) -> None:
    gift = {"gift": {"product_id": str(office.shop.tea.id), "quantity": "1", "unit": "case"}}
    fields = on(office.shop.water) | {"conditions": {"buy_quantity": "2", "unit": "case", "repeat": True}}
    office.publish(promotion("G", gift, valid_from=date(2027, 1, 1), **fields))
    sell(office), sell(office, water=5), sell(office, water=1)
    found = simulated(office, "G")
    assert (found.orders, found.touched, found.times) == (3, 2, 3)
    assert (found.run.discount, found.run.gifts) == (0, 180)
    assert (found.run.quantity, found.run.net) == (7 * 24, 7 * 46), "what is bought of the promoted goods"
    assert found.run.tax == Decimal("10.58") + Decimal("26.46"), "the prices hold 13 per cent"
    assert found.run.goods_cost == Decimal("223.01"), "the floor price stands for it, before tax as well"
    assert (found.by_floor, found.no_cost) == (1, 0)


def test_a_promotion_that_stands_alone_is_seen_to_displace_the_others(office: Office) -> None:
    office.publish(promotion("P", TEN), promotion("X", TWENTY, exclusive=True, priority=5))
    sell(office)
    found = simulated(office, "X")
    assert (found.run.discount, found.elsewhere, found.payable) == (
        Decimal("30.40"), Decimal("-15.20"), Decimal("-15.20"),
    )  # fmt: skip


def test_who_may_not_see_cost_gets_no_margin(office: Office) -> None:
    office.publish(promotion("P", TEN))
    sell(office)
    assert simulated(office, "P", sees_cost=False).run.unit_margin is None
    assert simulated(office, "P").no_cost == 1, "the tea has neither a cost nor a floor price"


def test_months_are_those_that_are_over() -> None:
    assert list(sandbox_compare.months(date(2026, 3, 15), 2)) == [
        (date(2026, 2, 1), date(2026, 2, 28)), (date(2026, 1, 1), date(2026, 1, 31)),
    ]  # fmt: skip
