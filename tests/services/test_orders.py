from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.services import order_list, orders, pricing
from fieldcrm.services.order_list import Shown
from fieldcrm.services.pricing import DraftLine
from fieldcrm.storage.database import Database
from tests.services.price_shop import AT, ON, Shop, build


@pytest.fixture
def shop(laptop: Database) -> Shop:
    with laptop.writing() as session:
        return build(session)


def cases(shop: Shop, count: int) -> list[DraftLine]:
    return [DraftLine(shop.water.id, "case", Decimal(count))]


def begun(session: Session, shop: Shop, lines: list[DraftLine]) -> UUID:
    order_id = orders.start(session, shop.account.id, me=shop.rep.id, at=AT)
    orders.save(session, order_id, lines, at=AT)
    return order_id


def test_numbers_count_up_per_rep(laptop: Database, shop: Shop) -> None:
    for expected in ("R7-000001", "R7-000002"):
        with laptop.writing() as session:
            order_id = orders.start(session, shop.account.id, me=shop.rep.id, at=AT)
            order = session.get(Order, order_id)
            assert order is not None
            assert order.provisional_number == expected


def test_a_draft_keeps_its_lines_and_todays_prices(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        order_id = begun(session, shop, cases(shop, 3))
    with laptop.reading() as session:
        detail = order_list.detail(session, order_id)
    assert (detail.row.total, detail.row.status) == (138, OrderStatus.DRAFT)
    assert [(line.name, line.quantity, line.unit_price, line.book) for line in detail.lines] == [
        ("清泉矿泉水 550ml", 3, 46, "商超价目")
    ]
    assert (detail.can_amend, detail.can_cancel) == (True, True)


def test_a_draft_may_hold_a_line_without_a_price_but_cannot_be_submitted(
    laptop: Database, shop: Shop
) -> None:
    with laptop.writing() as session:
        lines = [*cases(shop, 1), DraftLine(shop.tea.id, "pallet", Decimal(1))]
        order_id = begun(session, shop, lines)
        with pytest.raises(RuleBroken, match="lines_without_price") as caught:
            orders.submit(session, order_id, at=AT)
    assert caught.value.data["lines"] == [{"product": "茉莉绿茶 500ml", "code": "unit_unknown"}]


def test_changing_a_quantity_keeps_the_lines_identity(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        order_id = begun(session, shop, [*cases(shop, 1), DraftLine(shop.tea.id, "case", Decimal(1))])
        first = session.query(OrderLine).filter_by(product_id=shop.water.id).one().id
        orders.save(session, order_id, cases(shop, 9), at=AT)
        session.flush()
        [line] = session.query(OrderLine).filter_by(order_id=order_id)
    assert (line.id, line.quantity) == (first, 9)


def test_submitting_fixes_prices_and_closes_the_order_to_changes(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        order_id = begun(session, shop, cases(shop, 2))
        orders.submit(session, order_id, at=AT)
    with laptop.writing() as session, pytest.raises(RuleBroken, match="order_fixed"):
        orders.save(session, order_id, cases(shop, 5), at=AT)
    with laptop.reading() as session:
        order = session.get(Order, order_id)
        assert order is not None
        assert (order.status, order.submitted_at, order.total_amount) == ("submitted", AT, 92)
        assert order.goods_amount - order.discount_amount == order.total_amount


def test_submitting_on_a_later_day_takes_that_days_prices(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        order_id = begun(session, shop, cases(shop, 2))
        book = session.merge(shop.group_book)
        book.valid_to, book.version = ON, 6
    with laptop.writing() as session:
        orders.submit(session, order_id, at=AT + timedelta(days=1))
        order = session.get(Order, order_id)
        assert order is not None
        assert (order.total_amount, order.ordered_on) == (96, ON + timedelta(days=1))


def test_an_order_that_needs_attention_is_amended_and_sent_again(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        order_id = begun(session, shop, cases(shop, 2))
        orders.submit(session, order_id, at=AT)
        order = session.get(Order, order_id)
        assert order is not None
        order.status = OrderStatus.NEEDS_REVIEW
        orders.save(session, order_id, cases(shop, 1), at=AT)
        orders.submit(session, order_id, at=AT)
        assert (order.status, order.total_amount) == (OrderStatus.SUBMITTED, 46)


def test_a_cancelled_order_stays_cancelled(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        order_id = begun(session, shop, cases(shop, 2))
        orders.cancel(session, order_id)
        with pytest.raises(RuleBroken, match="order_fixed"):
            orders.submit(session, order_id, at=AT)


@pytest.mark.parametrize("bad", ["0", "-1", "1000001"])
def test_a_bad_quantity_names_its_line_and_saves_nothing(laptop: Database, shop: Shop, bad: str) -> None:
    with laptop.writing() as session:
        order_id = begun(session, shop, cases(shop, 2))
    lines = [*cases(shop, 1), DraftLine(shop.tea.id, "case", Decimal(bad))]
    with pytest.raises(Invalid) as caught, laptop.writing() as session:
        orders.save(session, order_id, lines, at=AT)
    assert caught.value.field == "lines[1].quantity"
    with laptop.reading() as session:
        assert order_list.detail(session, order_id).row.total == 92


def test_the_last_order_can_be_repeated(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        assert orders.last_lines(session, shop.account.id) == ()
        order_id = begun(session, shop, cases(shop, 4))
        orders.submit(session, order_id, at=AT)
        session.flush()
        assert orders.last_lines(session, shop.account.id) == tuple(cases(shop, 4))
        assert orders.last_lines(session, shop.account.id, besides=order_id) == ()


def test_the_list_is_filtered_counted_and_paged(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        ids = [begun(session, shop, cases(shop, n + 1)) for n in range(5)]
        orders.submit(session, ids[0], at=AT)
        orders.cancel(session, ids[1])
    with laptop.reading() as session:
        found = order_list.counts(session)
        assert (found[Shown.ALL], found[Shown.DRAFT], found[Shown.WAITING]) == (5, 3, 1)
        first = order_list.page(session, Shown.DRAFT, limit=2)
        rest = order_list.page(session, Shown.DRAFT, offset=2, limit=2)
        assert [row.id for row in (*first, *rest)] == ids[:1:-1]
        assert order_list.how_many(session, text="R7-000003") == 1
        assert order_list.how_many(session, text="好邻居") == 5
        assert order_list.how_many(session, text="100%") == 0


def test_a_review_names_the_goods_it_is_about(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        order_id = begun(session, shop, cases(shop, 2))
        order = session.get(Order, order_id)
        assert order is not None
        order.review_code = "withdrawn"
        order.review_data = {"lines": [{"product_id": str(shop.tea.id), "code": "product_withdrawn"}]}
    with laptop.reading() as session:
        detail = order_list.detail(session, order_id)
    assert detail.names[str(shop.tea.id)] == "茉莉绿茶 500ml"


def test_a_saved_order_opens_as_the_same_draft(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        order_id = begun(session, shop, cases(shop, 2))
    with laptop.reading() as session:
        assert order_list.draft_lines(session, order_id) == tuple(cases(shop, 2))
        assert pricing.price_order(session, order_id).payable == 92
