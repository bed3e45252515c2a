from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from fieldcrm.model.orders import OrderStatus
from fieldcrm.rules.orders import suggested_quantity
from fieldcrm.services import replenishment
from fieldcrm.storage.database import Database
from tests.builders import make_answer, make_order, make_order_line, make_visit
from tests.services.price_shop import AT, ON, Shop, build


@pytest.fixture
def shop(laptop: Database) -> Shop:
    with laptop.writing() as session:
        return build(session)


@pytest.mark.parametrize(
    ("usual", "stock", "wanted"),
    [("4", "1", "3"), ("3.5", "1", "3"), ("4", "9", "0"), ("0", "0", "1"), ("4", None, "4")],
)
def test_an_order_fills_the_store_up_to_what_it_usually_takes(
    usual: str, stock: str | None, wanted: str
) -> None:
    in_store = None if stock is None else Decimal(stock)
    assert suggested_quantity(Decimal(usual), in_store) == Decimal(wanted)


def test_this_visits_count_beats_an_earlier_one(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        before = make_visit(shop.rep, shop.account, started_at=AT - timedelta(days=7))
        now = make_visit(shop.rep, shop.account, started_at=AT)
        session.add_all([before, now])
        session.flush()
        counts = {"tea": {str(shop.tea.id): "9"}, "note": "ok"}
        session.add(make_answer(before, answers=counts | {"water": {str(shop.water.id): "2"}}))
        session.add(make_answer(now, answers={"tea": {str(shop.tea.id): "0"}}))
    with laptop.reading() as session:
        needs = replenishment.needs(session, shop.account.id, now.id, ON)
    assert (needs[shop.tea.id].in_store, needs[shop.tea.id].is_counted) == (0, True)
    assert (needs[shop.water.id].in_store, needs[shop.water.id].is_counted) == (2, False)
    assert needs[shop.tea.id].suggested == 1


def test_the_usual_quantity_is_the_mean_of_the_last_orders_in_sales_units(
    laptop: Database, shop: Shop
) -> None:
    with laptop.writing() as session:
        for days, quantity, unit in ((7, 4, "case"), (14, 48, "bottle")):
            order = make_order(
                shop.rep, shop.account, ordered_on=ON - timedelta(days), status=OrderStatus.ACCEPTED
            )
            session.add(order)
            session.flush()
            session.add(make_order_line(order, shop.water, quantity, unit=unit))
            session.add(make_order_line(order, shop.water, 1, unit="case", gift_by="TEN-AND-ONE"))
        ignored = make_order(shop.rep, shop.account, status=OrderStatus.CANCELLED)
        session.add(ignored)
        session.flush()
        session.add(make_order_line(ignored, shop.water, 99))
    with laptop.reading() as session:
        need = replenishment.needs(session, shop.account.id, None, ON)[shop.water.id]
    assert (need.last_ordered, need.suggested, need.in_store) == (4, 3, None)
