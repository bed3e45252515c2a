"""A customer's balances, and the statement of how they came about (F5)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.money import MoneyEntry, Purse
from fieldcrm.model.rebates import RebateEntry, RebateMove
from fieldcrm.services import money
from fieldcrm.storage.database import Database
from fieldcrm.ui.accounts import statement
from tests.services.price_shop import ON, Shop, build


@pytest.fixture
def session(laptop: Database) -> Session:
    return laptop.sessions()


@pytest.fixture
def shop(session: Session) -> Shop:
    found = build(session)
    where = {"account_id": found.account.id, "territory_id": found.account.territory_id}
    for purse, amount, on in ((Purse.PREPAY, 100, 1), (Purse.PREPAY, -30, 2), (Purse.CASH, 5, 1)):
        session.add(
            MoneyEntry(
                id=new_id(), purse=purse, amount=Decimal(amount), booked_on=date(2026, 3, on), **where
            )
        )  # fmt: skip
    for left, until in ((7, ON), (9, ON - timedelta(1))):
        lot = new_id()
        session.add(
            RebateEntry(
                id=lot, lot_id=lot, program_code="R", move=RebateMove.EARNED, amount=Decimal(left),
                booked_on=ON, valid_to=until, **where,
            )
        )  # fmt: skip
    session.flush()
    return found


def test_balances_add_up_and_an_expired_rebate_does_not_count(session: Session, shop: Shop) -> None:
    assert money.balances(session, shop.account.id, ON) == {"prepay": 70, "cash": 5, "rebate": 7}
    assert money.balances(session, new_id(), ON) == {}


def test_a_statement_shows_the_balance_after_every_movement(session: Session, shop: Shop) -> None:
    lines = money.statement(session, shop.account.id)
    assert [(line.purse, line.amount, line.balance) for line in lines] == [
        ("prepay", 100, 100), ("prepay", -30, 70), ("cash", 5, 5),
    ]  # fmt: skip
    said = statement.html("A & B", lines, money.balances(session, shop.account.id, ON), ON)
    assert "A &amp; B" in said
    assert "70.00" in said
