"""The office writes its rules and days; what cannot stay is said at its field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.model.accounts import Account
from fieldcrm.model.cadence import CadenceRule, OfficeDay
from fieldcrm.services import account_pages
from fieldcrm.storage.database import Database
from fieldcrm.ui.cadence.override import OverrideDialog
from fieldcrm.ui.cadence.rule_dialog import RuleDialog
from fieldcrm.ui.cadence.rules_page import RulesPage
from fieldcrm.ui.context import Context
from tests.ui.conftest import LOOKS, TODAY, Settle, Shoot


@pytest.fixture
def page(manager_context: Context, qtbot: QtBot, settle: Settle) -> RulesPage:
    made = RulesPage(manager_context)
    qtbot.addWidget(made)
    manager_context.shell.widget = made  # type: ignore[attr-defined]
    made.resize(1440, 900)
    made.show()
    settle()
    return made


def opened(page: RulesPage, rule: Any = None) -> RuleDialog:
    page.edit(rule)
    found = page.findChildren(RuleDialog)[-1]
    assert isinstance(found, RuleDialog)
    return found


def living(database: Database) -> list[CadenceRule]:
    with database.reading() as session:
        return list(session.scalars(select(CadenceRule).where(CadenceRule.archived_at.is_(None))))


def test_a_rule_of_an_area_is_saved_and_a_second_for_the_same_stores_is_refused(
    page: RulesPage, settle: Settle, laptop_db: Database
) -> None:
    before = len(living(laptop_db))
    dialog = opened(page)
    dialog.grade.choose("A")
    dialog.every.setText("6")
    dialog.add_season()
    dialog.seasons[0].first.setText("06-01")
    dialog.seasons[0].last.setText("08-31")
    dialog.seasons[0].every.setText("4")
    dialog.save()
    settle()
    [made] = [rule for rule in living(laptop_db) if rule.every_days == 6]
    assert made.seasons == [{"from": "06-01", "to": "08-31", "every": 4}]
    again = opened(page)
    again.grade.choose("A")
    again.every.setText("9")
    again.save()
    settle()
    assert again.fields["channel"].control.accessibleDescription()
    assert len(living(laptop_db)) == before + 1


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        (("", "", ""), "every_days"),
        (("weekly", "", ""), "every_days"),
        (("7", "9", ""), "least_days"),
        (("7", "", "5"), "most_days"),
    ],
)
def test_what_cannot_stay_is_said_at_its_field(
    page: RulesPage, settle: Settle, texts: tuple[str, str, str], field: str
) -> None:
    dialog = opened(page)
    for line, text in zip((dialog.every, dialog.least, dialog.most), texts, strict=True):
        line.setText(text)
    dialog.save()
    settle()
    wrong = [name for name, shown in dialog.fields.items() if not shown._sign.isHidden()]
    assert wrong == [field]


def test_a_day_is_marked_closed_with_its_reason_and_the_mark_is_taken_away(
    page: RulesPage, settle: Settle, laptop_db: Database
) -> None:
    page.on.show_day(date(2026, 12, 24))
    page.mark()
    settle()
    assert page.name.accessibleDescription()  # a reason is asked for
    page.name.setText("年会")
    page.mark()
    settle()
    number = next(n for n, day in enumerate(page.days.rows) if day.name == "年会")
    page.day_table.pick(number)
    page._unmark_picked()
    settle()
    with laptop_db.reading() as session:
        [day] = session.scalars(select(OfficeDay).where(OfficeDay.name == "年会"))
    assert day.archived_at is not None


def test_the_public_holidays_are_shown_and_a_year_without_says_so(page: RulesPage, settle: Settle) -> None:
    assert date(2026, 2, 28) in {day.on for day in page.days.rows if day.is_open}
    page.go(1)
    settle()
    assert page._unknown.isVisible()


def test_a_store_gets_a_rhythm_of_its_own_only_with_a_reason(
    page: RulesPage, settle: Settle, laptop_db: Database
) -> None:
    with laptop_db.reading() as session:
        account = session.scalars(select(Account)).first()
        assert account is not None
        shown = account_pages.account_page(session, account.id, me=page.context.me.id, today=TODAY)
    dialog = OverrideDialog(page.context, shown)
    dialog.open()
    dialog.every.setText("10")
    dialog.save()
    settle()
    assert dialog.reason.accessibleDescription()
    dialog.reason.setText("店主要求")
    dialog.save()
    settle()
    with laptop_db.reading() as session:
        kept = session.get_one(Account, account.id)
        assert (kept.cadence_days, kept.cadence_reason) == (10, "店主要求")


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_the_rules_look_right(
    page: RulesPage, look: Callable[[str, str], None], settle: Settle, shoot: Shoot, language: str, mode: str
) -> None:
    look(language, mode)
    settle()
    shoot(page, f"visit-rules-{language}-{mode}")
    opened(page, None)
    settle()
    shoot(page, f"visit-rule-{language}-{mode}")
