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
from fieldcrm.ui.i18n import tr
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
    sections = money.statement(session, shop.account.id, ON)
    assert [(each.purse, line.amount, line.balance) for each in sections for line in each.lines] == [
        ("prepay", 100, 100), ("prepay", -30, 70), ("cash", 5, 5), ("rebate", 7, 7), ("rebate", 9, 16),
        ("rebate", -9, 7),
    ]  # fmt: skip
    said = statement.html("A & B", sections, (None, ON), ON)
    assert "A &amp; B" in said
    assert "70.00" in said


def test_a_statements_last_balances_are_what_the_account_has(session: Session, shop: Shop) -> None:
    sections = money.statement(session, shop.account.id, ON)
    closing = {each.purse: each.closing for each in sections}
    assert closing == money.balances(session, shop.account.id, ON)


def test_a_statement_of_a_period_begins_with_what_was_there_before(session: Session, shop: Shop) -> None:
    [prepay, cash, _] = money.statement(session, shop.account.id, ON, date(2026, 3, 2), date(2026, 3, 31))
    assert (prepay.opening, prepay.came, prepay.went, prepay.closing) == (100, 0, -30, 70)
    assert (cash.opening, cash.lines, cash.closing) == (5, (), 5)
    [before, *_] = money.statement(session, shop.account.id, ON, None, date(2026, 2, 1))
    assert (before.opening, before.lines, before.closing) == (0, (), 0)
    assert tr("Nothing moved in this period.") in statement.html("A", [before], (None, ON), ON)


def test_a_customer_without_money_has_an_empty_statement(session: Session, shop: Shop) -> None:
    assert money.statement(session, new_id(), ON) == []
    assert tr("Nothing was ever booked for this customer.") in statement.html("A", [], (None, ON), ON)
