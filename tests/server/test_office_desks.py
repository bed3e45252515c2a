"""The office's desks as a laptop asks for them: what it sends and reads, against the real server."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from fieldcrm import clock
from fieldcrm.errors import FieldCrmError
from fieldcrm.ids import new_id
from fieldcrm.model.orders import OrderStatus
from fieldcrm.sync import limits, office_money, office_returns
from fieldcrm.sync.office_money import Booking, Policy
from fieldcrm.sync.remote import Remote
from server import handing
from server.database import run
from tests.fixtures.server import PASSWORD, Person, ServerProcess
from tests.server.conftest import Filling

DAY = date(2026, 11, 20)


@pytest.fixture
def finance(shared_server: ServerProcess) -> Remote:
    remote = Remote(shared_server.url, str(new_id()))
    remote.login("finance1", PASSWORD, "laptop")
    return remote


def hand_out(server: ServerProcess) -> None:
    with server.opened() as database:
        handing.hand_out_customers(database, clock.now())


def test_a_customers_money_is_booked_lowered_and_read(
    filling: Filling, finance: Remote, rep: Person, shared_server: ServerProcess
) -> None:
    account = str(filling.account())
    rep.get(f"/api/v1/accounts/{account}/money")  # a laptop that sells there
    name = office_money.one(finance, account).name
    assert account in {each.id for each in office_money.find(finance, name)}
    assert not office_money.book(finance, account, Booking(new_id(), "prepay", Decimal(100), DAY, "R-1"))
    hand_out(shared_server)
    out = Booking(new_id(), "prepay", Decimal(-90), DAY, note="back")
    assert [office_money.book(finance, account, out) for _ in range(2)] == [True, True]
    found = office_money.standing(finance, account)
    [purse], [waits] = found.purses, found.waiting
    assert (purse.balance, waits.amount, waits.short) == (100, -90, False)
    assert waits.asked_back > waits.came_back
    assert [line.text for section in found.sections for line in section.lines] == ["R-1"]
    office_money.withdraw(finance, account, waits.id)
    assert office_money.standing(finance, account).waiting == ()


def test_a_credit_limit_says_whose_parts_come_back_and_is_not_set_over_anothers(
    filling: Filling, finance: Remote, rep: Person, shared_server: ServerProcess
) -> None:
    account = str(filling.account())
    rep.get(f"/api/v1/accounts/{account}/money")
    office_money.trust(finance, office_money.one(finance, account), Decimal(500))
    before = office_money.one(finance, account)
    assert before.credit_limit == 500
    assert office_money.credit(finance, account, Decimal(0)).would_come_back
    office_money.trust(finance, before, Decimal(0))
    with pytest.raises(FieldCrmError):
        office_money.trust(finance, before, Decimal(900))
    assert office_money.one(finance, account).credit_limit == 0


def test_how_money_is_used_comes_back_as_it_was_decided(finance: Remote) -> None:
    kept = office_money.policy(finance)
    wanted = Policy(("cash",), Decimal("70.50"), Decimal(50))
    try:
        office_money.decide(finance, wanted)
        assert office_money.policy(finance) == wanted
    finally:
        office_money.decide(finance, kept)


def test_goods_are_found_reckoned_and_booked_once(filling: Filling, finance: Remote) -> None:
    order = str(filling.order("HZ", status=OrderStatus.ACCEPTED))
    assert order in {each.id for each in office_returns.find(finance, "")}
    [line] = office_returns.returnable(finance, order).lines
    wanted, key = {line.line: Decimal(1)}, new_id()
    assert office_returns.worth(finance, order, wanted).total == 2
    assert [office_returns.take(finance, order, key, wanted, "by post") for _ in range(2)] == [2, 2]
    read = office_returns.returnable(finance, order)
    assert [(each.returned, each.left) for each in read.lines] == [(1, 1)]
    assert [each.reason for each in read.returns] == ["by post"]


def test_scarce_stock_is_read_and_kept(
    filling: Filling, finance: Remote, shared_server: ServerProcess
) -> None:
    filling.order("HZ")
    with shared_server.opened() as database, database.reading() as connection:
        product = run(connection, "SELECT id FROM product").scalar()
    try:
        assert limits.keep(finance, product, Decimal("1000.5")).quantity == Decimal("1000.5")
        assert limits.stock(finance, product).quantity == Decimal("1000.5")
    finally:
        finance.call("PUT", f"/api/v1/products/{product}/stock", b'{"quantity": null}')
    assert limits.stock(finance, product).quantity is None
