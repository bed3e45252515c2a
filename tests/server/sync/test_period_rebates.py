"""A period's rebate is booked when it is over: once, from everybody's orders, corrected by entries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm import faults
from fieldcrm.clock import to_ms
from fieldcrm.ids import new_id
from fieldcrm.model.fulfilment import OrderReturn
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.rebates import RebateKind, RebateProgram
from server import period_rebates
from server.database import run
from server.rule_sets import Change, Edition, publish
from tests.server.sync.conftest import Company
from tests.server.sync.test_orders import line, order_doc, submit

BEGAN = datetime(2025, 12, 31, 16, tzinfo=UTC)
LAST_MOMENT = datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)  # 23:59:59 of 31 March in Shanghai
MIDNIGHT = LAST_MOMENT + timedelta(seconds=1)
TIERS = [{"percent": "1"}, {"percent": "2", "min_amount": "1000"}]
YEAR: dict[str, Any] = {
    "code": "YEAR", "name": "Year", "keep_days": 90, "earn": {"period": "quarter", "tiers": TIERS},
}  # fmt: skip


@pytest.fixture
def shop(company: Company) -> Company:
    earn = {"period": "quarter", "per_quantity": "10", "give": "1", "product_id": str(company.product.id)}
    goods = {"code": "BOX", "name": "Ten and one", "kind": RebateKind.GOODS, "earn": earn}
    rules = [Change(RebateProgram, each["code"], each) for each in (YEAR, goods)]
    with company.database.writing() as connection, Session(connection) as session:
        publish(session, Edition("First", BEGAN, rules), BEGAN)
        session.commit()
    return company


def sold(company: Company, net: int, on: date, quantity: int = 3, *, other: bool = False) -> UUID:
    """Write an accepted order."""
    account = company.other_account if other else company.account
    order = Order(
        id=new_id(), version=1, provisional_number="R1-000001", account_id=account.id,
        territory_id=account.territory_id, rep_id=company.rep.id, status=OrderStatus.ACCEPTED, ordered_on=on,
    )  # fmt: skip
    money = {"unit_price": Decimal(1), "tax_rate": Decimal(), "tax_amount": Decimal()}
    line = OrderLine(
        id=new_id(), order_id=order.id, product_id=company.product.id, unit="bottle",
        quantity=Decimal(quantity), gross_amount=Decimal(net), net_amount=Decimal(net), **money,
    )  # fmt: skip
    gift = OrderLine(
        id=new_id(), order_id=order.id, product_id=company.product.id, unit="bottle", quantity=Decimal(99),
        gross_amount=Decimal(), net_amount=Decimal(), gift_by="P", gift_value=Decimal(99), **money,
    )  # fmt: skip
    with company.database.writing() as connection, Session(connection, expire_on_commit=False) as session:
        session.add(order)
        session.flush()
        session.add_all([line, gift])
        session.commit()
    return order.id


def cancelled(company: Company, order_id: UUID) -> None:
    with company.database.writing() as connection:
        run(connection, "UPDATE \"order\" SET status = 'cancelled' WHERE id = ?", str(order_id))


def came_back(company: Company, order_id: UUID, quantity: int) -> None:
    with company.database.writing() as connection, Session(connection) as session:
        order = session.get_one(Order, order_id)
        goods = select(OrderLine.id).where(OrderLine.order_id == order_id, OrderLine.gift_by.is_(None))
        session.add(
            OrderReturn(
                id=new_id(), version=1, order_id=order_id, account_id=order.account_id,
                territory_id=order.territory_id, rep_id=order.rep_id, returned_on=date(2026, 4, 2),
                returned_at=MIDNIGHT, reason="?", quantities={str(session.scalar(goods)): str(quantity)},
            )
        )  # fmt: skip
        session.commit()


def entries(company: Company, code: str = "YEAR") -> list[tuple[str, int, str, str | None]]:
    with company.database.reading() as connection:
        rows = run(
            connection, "SELECT move, amount, period_from, valid_to FROM rebate_entry "
            "WHERE program_code = ? ORDER BY booked_on, period_from, move DESC, amount", code,
        )  # fmt: skip
        return [(move, int(amount) // 10_000, first, until) for move, amount, first, until in rows]


def test_a_period_ends_with_the_organisations_day_and_is_booked_once(shop: Company) -> None:
    sold(shop, 600, date(2026, 1, 1))
    sold(shop, 400, date(2026, 3, 31))
    sold(shop, 9000, date(2026, 4, 1))
    assert period_rebates.book(shop.database, LAST_MOMENT) == 0
    assert period_rebates.book(shop.database, MIDNIGHT) == 1
    assert period_rebates.book(shop.database, MIDNIGHT + timedelta(hours=1)) == 0
    assert entries(shop) == [("earned", 20, "2026-01-01", "2026-06-30")]


def test_a_period_that_ends_in_another_zone_would_be_noticed(shop: Company) -> None:
    sold(shop, 600, date(2026, 1, 1))
    with faults.plant("period_ends_in_utc"):
        assert period_rebates.book(shop.database, MIDNIGHT) == 0


def test_every_customer_has_his_own_and_a_crash_in_between_books_nobody_twice(
    shop: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(period_rebates, "ACCOUNTS", 1)
    sold(shop, 1000, date(2026, 2, 1))
    sold(shop, 500, date(2026, 2, 1), other=True)

    def die(point: str) -> None:
        if point == "server.rebates.some_booked":
            raise KeyboardInterrupt

    with faults.watching(die), pytest.raises(KeyboardInterrupt):
        period_rebates.book(shop.database, MIDNIGHT)
    assert len(entries(shop)) == 1
    period_rebates.book(shop.database, MIDNIGHT)
    assert sorted(amount for _, amount, *_ in entries(shop)) == [5, 20]


def test_goods_are_earned_by_what_was_bought_and_kept_without_the_gifts(shop: Company) -> None:
    first = sold(shop, 100, date(2026, 2, 1), quantity=17)
    sold(shop, 100, date(2026, 3, 1), quantity=8)
    period_rebates.book(shop.database, MIDNIGHT)
    assert entries(shop, "BOX") == [("earned", 2, "2026-01-01", None)]
    came_back(shop, first, 6)
    period_rebates.book(shop.database, MIDNIGHT + timedelta(days=2))
    assert [(move, amount) for move, amount, *_ in entries(shop, "BOX")] == [("earned", 2), ("adjusted", -1)]


def test_a_late_order_and_a_cancelled_one_are_booked_as_entries_of_their_own(shop: Company) -> None:
    first = sold(shop, 1000, date(2026, 2, 1))
    period_rebates.book(shop.database, MIDNIGHT)
    sold(shop, 500, date(2026, 3, 30))
    period_rebates.book(shop.database, MIDNIGHT + timedelta(days=1))
    cancelled(shop, first)
    for hour in range(3):
        period_rebates.book(shop.database, MIDNIGHT + timedelta(days=2, hours=hour))
    assert [(move, amount) for move, amount, *_ in entries(shop)] == [
        ("earned", 20), ("adjusted", 10), ("adjusted", -25),
    ]  # fmt: skip


def test_what_was_used_already_is_made_good_from_the_next_period(shop: Company) -> None:
    first = sold(shop, 1000, date(2026, 2, 1))
    period_rebates.book(shop.database, MIDNIGHT)
    with shop.database.writing() as connection:
        columns = "lot_id, program_code, account_id, territory_id, kind, booked_on"
        run(
            connection, f"INSERT INTO rebate_entry (id, version, move, amount, note, {columns}) "
            f"SELECT ?, 1, 'used', -150000, '', {columns} FROM rebate_entry WHERE program_code = 'YEAR'",
            str(new_id()),
        )  # fmt: skip
    cancelled(shop, first)
    sold(shop, 3000, date(2026, 4, 15))
    period_rebates.book(shop.database, MIDNIGHT + timedelta(days=1))
    assert sum(amount for _, amount, *_ in entries(shop)) == 0, "5 were left, no lot goes below nothing"
    after = MIDNIGHT + timedelta(days=91)
    period_rebates.book(shop.database, after, period_rebates.LONG)
    period_rebates.book(shop.database, after, period_rebates.LONG)
    assert sum(amount for _, amount, *_ in entries(shop)) == 60 - 15
    with shop.database.reading() as connection:
        lots = run(
            connection, "SELECT sum(amount) FROM rebate_entry WHERE program_code = 'YEAR' GROUP BY lot_id"
        )
        assert sorted(int(left) // 10_000 for (left,) in lots) == [0, 45]


def test_goods_are_earned_at_once_too(company: Company) -> None:
    earn = {"per_quantity": "10", "give": "1", "product_id": str(company.product.id)}
    goods = {"code": "BOX", "name": "Ten and one", "kind": RebateKind.GOODS, "earn": earn}
    with company.database.writing() as connection, Session(connection) as session:
        publish(session, Edition("First", BEGAN, [Change(RebateProgram, "BOX", goods)]), BEGAN)
        session.commit()
    laptop = company.laptop().sync()
    told = {"rule_set": 1, "trace": {"set": 1, "applied": [], "rebates": []}}
    order = laptop.create("order", order_doc(company, line(company)) | told)
    laptop.push(order, submit(laptop, order))
    [lot] = laptop.sync().bodies("rebate_entry")
    earned = (lot["move"], lot["kind"], lot["amount"], lot["product_id"])
    assert earned == ("earned", "goods", "4.00", str(company.product.id)), "two cases of 24"


def test_what_a_device_was_given_to_spend_is_not_taken_from_it(shop: Company) -> None:
    first = sold(shop, 1000, date(2026, 2, 1))
    period_rebates.book(shop.database, MIDNIGHT)
    with shop.database.writing() as connection:
        [(lot,)] = run(connection, "SELECT lot_id FROM rebate_entry WHERE program_code = 'YEAR'").all()
        run(
            connection, "INSERT INTO limit_slice (id, version, kind, key, device_id, rep_id, amount, spent,"
            " given_at, expires_at, seal, ended_by)"
            " VALUES (?, 1, 'rebate', ?, ?, ?, 120000, 20000, 0, ?, '', '')",
            str(new_id()), lot, str(new_id()), str(shop.rep.id), to_ms(MIDNIGHT + timedelta(days=7)),
        )  # fmt: skip
    cancelled(shop, first)
    period_rebates.book(shop.database, MIDNIGHT + timedelta(days=1))
    assert [amount for _, amount, *_ in entries(shop)] == [20, -10], "10 are out with a device"
    period_rebates.book(shop.database, MIDNIGHT + timedelta(days=30))
    assert sum(amount for _, amount, *_ in entries(shop)) == 0, "it came back"


def test_a_laptop_hears_of_what_was_earned(shop: Company) -> None:
    laptop = shop.laptop().sync()
    sold(shop, 1000, date(2026, 2, 1))
    period_rebates.book(shop.database, MIDNIGHT)
    laptop.sync()
    [lot] = [each for each in laptop.bodies("rebate_entry") if each["program_code"] == "YEAR"]
    assert (lot["amount"], lot["period_from"], lot["period_to"]) == ("20.00", "2026-01-01", "2026-03-31")


def test_a_program_the_rules_no_longer_had_on_the_last_day_earns_nothing(shop: Company) -> None:
    sold(shop, 1000, date(2026, 2, 1))
    with shop.database.writing() as connection, Session(connection) as session:
        publish(session, Edition("Second", LAST_MOMENT, [Change(RebateProgram, "YEAR")]), LAST_MOMENT)
        session.commit()
    period_rebates.book(shop.database, MIDNIGHT)
    assert entries(shop) == []


def test_who_is_not_meant_earns_nothing(company: Company) -> None:
    other = YEAR | {"whom": {"group": ["KA"]}}
    with company.database.writing() as connection, Session(connection) as session:
        publish(session, Edition("First", BEGAN, [Change(RebateProgram, "YEAR", other)]), BEGAN)
        session.commit()
    sold(company, 1000, date(2026, 2, 1))
    assert period_rebates.book(company.database, MIDNIGHT) == 0


def test_goods_that_were_earned_are_taken_once_and_booked_as_goods(shop: Company) -> None:
    sold(shop, 100, date(2026, 2, 1), quantity=25)
    period_rebates.book(shop.database, MIDNIGHT)
    laptop = shop.laptop().sync()
    [lot] = [each for each in laptop.bodies("rebate_entry") if each["program_code"] == "BOX"]
    zero = dict.fromkeys(("unit_price", "gross_amount", "net_amount", "tax_amount", "tax_rate"), "0.00")
    gift = line(shop) | zero | {
        "unit": "bottle", "quantity": "2", "price_book_id": None, "gift_by": f"rebate:{lot['lot_id']}",
        "gift_value": "4.00",
    }  # fmt: skip
    doc = order_doc(shop, line(shop), gift, ordered_on="2026-04-02") | {
        "rule_set": 1, "rebates": [["goods", None]],
        "trace": {"set": 1, "applied": [], "rebates": [[lot["lot_id"], "2.00"]]},
    }  # fmt: skip
    again = order_doc(shop, line(shop), gift | {"id": str(new_id())}, ordered_on="2026-04-02")
    orders = [laptop.create("order", each) for each in (doc, doc | {"lines": again["lines"]})]
    both = [each for order in orders for each in (order, submit(laptop, order))]
    laptop.push(*both)
    laptop.sync()
    bodies = [laptop.body("order", order.agg[1]) for order in orders]
    assert [(body or {})["status"] for body in bodies] == ["accepted", "needs_review"]
    [used] = [each for each in laptop.bodies("rebate_entry") if each["move"] == "used"]
    assert (used["kind"], used["amount"], used["product_id"]) == ("goods", "-2.00", str(shop.product.id))
