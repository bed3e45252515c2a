"""The strategy card of an account is kept as a whole; its months are counted."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select

from fieldcrm.model.strategy import AccountStrategy
from fieldcrm.model.visits import Visit
from fieldcrm.storage.database import Database
from fieldcrm.ui.accounts.strategy_tab import StrategyTab
from fieldcrm.ui.context import Context
from tests.ui.conftest import LOOKS, Settle, Shoot


@pytest.fixture
def account(laptop_db: Database) -> UUID:
    often = func.count().desc()
    with laptop_db.reading() as session:
        found = session.scalars(
            select(Visit.account_id).group_by(Visit.account_id).order_by(often, Visit.account_id)
        ).first()
    assert found is not None
    return found


@pytest.fixture
def tab(context: Context, account: UUID, qtbot: QtBot, settle: Settle) -> StrategyTab:
    made = StrategyTab(context)
    qtbot.addWidget(made)
    made.resize(1180, 620)
    made.show()
    made.load(account, can_edit=True)
    settle()
    return made


def test_the_months_are_counted_from_visits_and_orders(tab: StrategyTab) -> None:
    assert tab.months.rows
    assert sum(month.visits for month in tab.months.rows) > 0


def test_a_card_is_saved_once_and_its_target_judges_the_months(
    tab: StrategyTab, account: UUID, settle: Settle, laptop_db: Database
) -> None:
    for text in ("堆头进店", "做成样板店"):
        tab.texts["aim"].setText(text)
        tab.target.setText("1,000,000")
        tab.save()
        settle()
    with laptop_db.reading() as session:
        [row] = session.scalars(select(AccountStrategy).where(AccountStrategy.account_id == account))
        assert row.aim == "做成样板店"
    tab.load(account, can_edit=True)
    settle()
    assert all(month.sales < (month.target or 0) for month in tab.months.rows)


def test_half_typed_words_stay_when_the_account_is_read_again(
    tab: StrategyTab, account: UUID, settle: Settle
) -> None:
    tab.texts["measures"].setText("每周补一次")
    tab.load(account, can_edit=True)
    settle()
    assert tab.texts["measures"].text() == "每周补一次"


@pytest.mark.parametrize("text", ["abc", "-5", "1e400000"])
def test_a_target_that_is_no_amount_is_refused_at_its_field(
    tab: StrategyTab, settle: Settle, laptop_db: Database, text: str
) -> None:
    tab.target.setText(text)
    tab.save()
    settle()
    assert not tab.fields["target_sales"]._sign.isHidden()
    with laptop_db.reading() as session:
        assert session.scalars(select(AccountStrategy)).all() == []


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_the_card_looks_right(
    tab: StrategyTab, look: Callable[[str, str], None], settle: Settle, shoot: Shoot, language: str, mode: str
) -> None:
    look(language, mode)
    settle()
    shoot(tab, f"strategy-{language}-{mode}", ((1180, 620),))
