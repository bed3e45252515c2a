"""The sandbox on the screen: a cart by two versions, a month replayed, a promotion simulated."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pytestqt.qtbot import QtBot
from sqlalchemy.orm import Session

from fieldcrm.model.users import Role
from fieldcrm.services import rule_drafts
from fieldcrm.storage import rule_draft
from fieldcrm.storage.database import Database
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.sandbox.compare import CompareView
from fieldcrm.ui.sandbox.page import COMPARE, PROMOTION, SandboxPage
from fieldcrm.ui.sandbox.promotion import PromotionView
from fieldcrm.ui.sandbox.reading import Versions
from fieldcrm.ui.sandbox.replay import ReplayView
from tests.ui.conftest import NOW, Settle, make_context
from tests.ui.orders.test_order_screens import busiest_account


def write_draft(session: Session) -> None:
    """Keep a draft in which a promotion asks for less and gives less."""
    said = rule_drafts.published(session)
    draft = rule_drafts.begun(session)
    [(key, doc)] = [each for each in said["promotion"].items() if each[1]["code"] == "FULL-5000"]
    changed = doc | {"conditions": {"min_amount": "1500"}, "give": {"amount_off": "60.00"}}
    draft = draft.put(said, "promotion", key, changed)
    rule_draft.save(session, draft, NOW)


@pytest.fixture
def manager(laptop_db: Database, jobs: Jobs) -> Context:
    with laptop_db.writing() as session:
        write_draft(session)
    return make_context(laptop_db, jobs, Role.MANAGER)


@pytest.fixture
def page(manager: Context, qtbot: QtBot, settle: Settle) -> SandboxPage:
    made = SandboxPage(manager)
    qtbot.addWidget(made)
    made.resize(1216, 800)
    with qtbot.waitExposed(made):
        made.show()
    settle()
    return made


def fill(page: SandboxPage, settle: Settle) -> None:
    with page.context.database.reading() as session:
        account_id = busiest_account(session)
    page.cart.show_account(account_id)
    settle()
    page.cart.take_last()
    settle()


def test_a_cart_is_priced_by_what_is_in_force_and_by_the_draft(page: SandboxPage, settle: Settle) -> None:
    fill(page, settle)
    old, new = page.cart.outcomes
    assert (old.version.trial is None, new.version.trial is None) == (True, False)
    first = page.cart.draft.lines()[0]  # type: ignore[union-attr]
    page.cart.draft.put((first.product_id, first.unit), Decimal(80))  # type: ignore[union-attr]
    page.cart.price()
    settle()
    old, new = page.cart.outcomes
    assert new.quote.priced.payable - old.quote.priced.payable == 40, "100 off against 60"


def test_a_month_is_compared_and_written_as_a_workbook(
    page: SandboxPage, settle: Settle, tmp_path: Path
) -> None:
    page.choose(COMPARE)
    page.compare.run()
    settle()
    found = page.compare.found
    assert found is not None
    assert found.rows
    assert found.total("b") < found.total("a")
    assert page.compare.orders.rowCount() == len(found.rows)
    page.compare.write(tmp_path / "found.xlsx")
    settle()
    sheet = load_workbook(tmp_path / "found.xlsx", read_only=True).worksheets[0]
    assert len(list(sheet.rows)) == len(found.rows) + 1


def test_a_stopped_comparison_says_so(page: SandboxPage, settle: Settle) -> None:
    page.compare.run()
    page.compare.cancel()
    settle()
    assert page.compare.found is not None
    assert not page.compare.found.is_whole
    assert page.compare.note.text()


@pytest.mark.parametrize("view", [CompareView, PromotionView])
def test_a_replay_pressed_before_the_versions_are_read_says_so(
    manager: Context, qtbot: QtBot, view: type[ReplayView]
) -> None:
    made = view(manager, Versions())  # type: ignore[call-arg]
    qtbot.addWidget(made)
    made.run()
    assert len(manager.shell.toasts) == 1  # type: ignore[attr-defined]
    assert made.start.isEnabled()


def test_a_promotion_says_its_cost_and_when_it_pays(page: SandboxPage, settle: Settle) -> None:
    page.choose(PROMOTION)
    page.promotion.promotion.choose("FULL-5000")
    page.promotion.run()
    settle()
    found = page.promotion.found
    assert found is not None
    assert found.touched
    assert found.run.cost
    shown = page.promotion.facts["roi"].value.text()
    page.promotion.uplift.setText("300")
    page.promotion.uplift.settle_now()
    assert page.promotion.facts["roi"].value.text() != shown
    page.promotion.uplift.setText("x")
    page.promotion.uplift.settle_now()
    assert page.promotion.facts["roi"].value.text() != shown, "what was typed wrong changes nothing"
