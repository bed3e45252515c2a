"""How a customer stands with rebates: what adds up now, what was earned, what is left until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from fieldcrm.ids import new_id
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.rebates import RebateEntry, RebateMove, RebateProgram
from fieldcrm.rules.pricing.accruals import Next, Span
from fieldcrm.services import orders, rebate_standing
from fieldcrm.storage.database import Database
from server.rule_sets import Change
from tests.services.price_shop import AT, ON
from tests.services.rule_shop import Office, build, drafted

QUARTER = Span(date(2026, 1, 1), date(2026, 3, 31))
TIERS = [{"percent": "1"}, {"percent": "2", "min_amount": "1000"}]


@pytest.fixture
def office(laptop: Database) -> Iterator[Office]:
    with laptop.writing() as session:
        made = build(session)
        earn = {"period": "quarter", "tiers": TIERS}
        made.publish(Change(RebateProgram, "Q", {"code": "Q", "name": "Quarter", "earn": earn}))
        yield made


def test_what_adds_up_is_reckoned_from_accepted_orders(office: Office) -> None:
    session, shop = office.session, office.shop
    for status in (OrderStatus.ACCEPTED, OrderStatus.CANCELLED):
        order_id = orders.start(session, shop.account.id, me=shop.rep.id, at=AT)
        orders.save(session, order_id, drafted(shop, water=10), at=AT)
        orders.submit(session, order_id, at=AT)
        session.get_one(Order, order_id).status = status
    [found] = rebate_standing.of_account(session, shop.account.id, ON, AT).accruing
    assert (found.name, found.span, found.net) == ("Quarter", QUARTER, 520)
    assert (found.quantity, found.earned) == (10 * 24 + 15, Decimal("5.20"))
    assert found.next == Next(Decimal(480), None, Decimal(2))


def test_a_lot_says_what_was_earned_used_and_left_and_what_can_be_used_comes_first(office: Office) -> None:
    session, account = office.session, office.shop.account
    of = {
        "program_code": "Q",
        "account_id": account.id,
        "territory_id": account.territory_id,
        "booked_on": ON,
    }
    period = {"period_from": QUARTER.first, "period_to": QUARTER.last}

    def lot(ends: date, *moves: tuple[RebateMove, int]) -> None:
        key = new_id()
        for move, amount in moves:
            more = {"valid_to": ends, **period} if move is RebateMove.EARNED else {}
            session.add(RebateEntry(id=new_id(), lot_id=key, move=move, amount=Decimal(amount), **of, **more))
            session.flush()

    lot(date(2025, 12, 31), (RebateMove.EARNED, 9))
    lot(date(2026, 12, 31), (RebateMove.EARNED, 30), (RebateMove.ADJUSTED, -5), (RebateMove.USED, -20))
    lot(date(2026, 6, 30), (RebateMove.EARNED, 10))
    lots = rebate_standing.of_account(session, account.id, ON, AT).lots
    assert [(row.earned, row.used, row.left) for row in lots] == [(10, 0, 10), (25, 20, 5), (9, 0, 9)]
    assert (lots[2].is_over(ON), lots[1].period) == (True, QUARTER)
