from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account, Grade
from fieldcrm.model.cadence import CadenceRule, OfficeDay
from fieldcrm.model.orders import OrderStatus
from fieldcrm.rules.cadence import Rhythm, pace
from fieldcrm.rules.workdays import Workdays
from fieldcrm.storage import facts
from fieldcrm.storage.database import Database
from fieldcrm.storage.local import AccountFact
from tests.builders import make_account, make_order, make_territory, make_user, make_visit

TODAY = clock.business_day(clock.now())


def fact(session: Session, account: Account) -> AccountFact | None:
    return session.get(AccountFact, account.id, populate_existing=True)


def save(laptop: Database, *rows: Any) -> None:
    with laptop.writing() as session:
        session.add_all(rows)


@pytest.fixture
def account(laptop: Database) -> Account:
    territory = make_territory()
    account = make_account(territory, grade=Grade.B)
    save(laptop, territory, make_user(territory), account)
    return account


def test_a_new_account_is_in_the_list_at_once(laptop: Database, account: Account) -> None:
    with laptop.reading() as session:
        found = fact(session, account)
    assert found is not None
    assert (found.last_visit_on, found.due_on, found.sales_30d) == (None, None, Decimal())


def test_orders_count_by_week_and_by_thirty_days(laptop: Database, account: Account) -> None:
    rep = make_user()
    ages = {0: 10, 6: 20, 7: 40, 29: 80, 30: 160, 83: 320, 84: 640}
    save(laptop, *(
        make_order(rep, account, ordered_on=TODAY - timedelta(age), total_amount=Decimal(amount),
                   status=OrderStatus.ACCEPTED, provisional_number=str(age))
        for age, amount in ages.items()
    ))  # fmt: skip
    with laptop.reading() as session:
        found = fact(session, account)
    assert found is not None
    assert found.last_order_on == TODAY
    assert found.sales_30d == Decimal(150)
    weekly = [Decimal(week) / 10_000 for week in found.weekly]
    assert (weekly[11], weekly[10], weekly[7], weekly[0]) == (30, 40, 240, 320)
    assert sum(weekly) == 630


def test_drafts_and_cancelled_orders_do_not_count(laptop: Database, account: Account) -> None:
    for status in (OrderStatus.DRAFT, OrderStatus.CANCELLED):
        order = make_order(
            make_user(),
            account,
            status=status,
            ordered_on=TODAY,
            total_amount=Decimal(5),
            provisional_number=status,
        )
        save(laptop, order)
    with laptop.reading() as session:
        assert fact(session, account).last_order_on is None  # type: ignore[union-attr]


def test_a_visit_moves_the_day_the_next_one_is_due(laptop: Database, account: Account) -> None:
    at = clock.now() - timedelta(days=3)
    save(laptop, make_visit(make_user(), account, started_at=at))
    with laptop.reading() as session:
        found = fact(session, account)
    assert found is not None
    assert found.last_visit_on == clock.business_day(at)
    assert found.due_on == Rhythm(pace(14)).due(clock.business_day(at), Workdays())


def test_an_archived_account_leaves_the_list_and_comes_back(laptop: Database, account: Account) -> None:
    for moment, there in ((clock.now(), False), (None, True)):
        with laptop.writing() as session:
            session.get_one(Account, account.id).archived_at = moment
        with laptop.reading() as session:
            assert (fact(session, account) is not None) is there


def test_a_rebuild_says_the_same_as_the_small_steps(laptop: Database, account: Account) -> None:
    save(laptop, make_visit(make_user(), account), make_order(make_user(), account, ordered_on=TODAY,
                                                              status=OrderStatus.SUBMITTED))  # fmt: skip
    query = select(*(c for c in AccountFact.__table__.columns))
    with laptop.reading() as session:
        small = session.execute(query).all()
    with laptop.loading() as connection:
        facts.rebuild(connection, TODAY)
    with laptop.reading() as session:
        assert session.execute(query).all() == small


def test_rows_that_sync_wrote_are_noted(laptop: Database, account: Account) -> None:
    with laptop.loading() as connection:
        connection.execute("UPDATE account SET receivable = 50000, grade = 'A'")
        facts.note_rows(connection, "account", [{"id": str(account.id)}])
        facts.note_rows(connection, "product", [{"id": "x"}])
    with laptop.reading() as session:
        found = fact(session, account)
    assert found is not None
    assert (found.receivable, found.grade) == (Decimal(5), "A")


def test_the_facts_catch_up_when_the_day_changes(laptop: Database, account: Account) -> None:
    with laptop.writing() as session:
        assert facts.catch_up(session, TODAY)
        assert not facts.catch_up(session, TODAY)
        assert facts.catch_up(session, TODAY + timedelta(days=1))


def test_names_sort_as_in_a_dictionary(laptop: Database, account: Account) -> None:
    with laptop.writing() as session:
        territory = account.territory_id
        names = ["张记", "阿福", "陈家", "B1 食集", "王妈"]
        session.add_all(make_account(territory, name=name, code=name) for name in names)
    with laptop.reading() as session:
        query = (
            select(Account.name)
            .join(AccountFact, AccountFact.account_id == Account.id)
            .where(Account.id != account.id)
            .order_by(AccountFact.name_key)
        )
        assert session.scalars(query).all() == ["B1 食集", "阿福", "陈家", "王妈", "张记"]


def test_every_account_that_was_never_visited_is_due(laptop: Database, account: Account) -> None:
    with laptop.reading() as session:
        assert fact(session, account).due_on is None  # type: ignore[union-attr]


def test_a_rule_or_a_closed_day_moves_what_is_due_at_once(laptop: Database, account: Account) -> None:
    friday = date(2026, 3, 6)
    at = datetime(2026, 2, 27, 2, tzinfo=UTC)
    save(laptop, make_visit(make_user(), account, started_at=at))
    rule = CadenceRule(id=new_id(), grade=Grade.B, every_days=7, seasons=[])
    save(laptop, rule)
    with laptop.reading() as session:
        assert fact(session, account).due_on == friday  # type: ignore[union-attr]
    save(laptop, OfficeDay(id=new_id(), on=friday, is_open=False, name="盘点"))
    with laptop.reading() as session:
        assert fact(session, account).due_on == friday - timedelta(1)  # type: ignore[union-attr]


def test_a_rule_that_sync_brings_moves_what_is_due(laptop: Database, account: Account) -> None:
    save(laptop, make_visit(make_user(), account, started_at=datetime(2026, 2, 27, 2, tzinfo=UTC)))
    with laptop.loading() as connection:
        connection.execute(
            "INSERT INTO cadence_rule (id, version, every_days, seasons, note) VALUES ('x', 1, 3, '[]', '')"
        )
        facts.note_rows(connection, "cadence_rule", [{"id": "x"}])
    with laptop.reading() as session:
        assert fact(session, account).due_on == date(2026, 3, 2)  # type: ignore[union-attr]
