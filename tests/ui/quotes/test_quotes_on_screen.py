"""Quotes on the screen: a round put together, decided, compared, on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.model.products import ProductUnit
from fieldcrm.model.quotes import Quote
from fieldcrm.model.users import Role
from fieldcrm.rules.quotes import Act, State
from fieldcrm.services import orders, quote_list, quote_rows, quotes
from fieldcrm.services.quotes import Terms
from fieldcrm.storage import drafts
from fieldcrm.ui import saving
from fieldcrm.ui.context import Context
from fieldcrm.ui.quotes import comparing, paper
from fieldcrm.ui.quotes.editor import QuoteEditPage
from fieldcrm.ui.quotes.page import QuotesPage
from tests.ui.conftest import LOOKS, NOW, TODAY, Settle, Shoot, make_context
from tests.ui.orders.test_order_screens import busiest_account

TERMS = Terms(TODAY + timedelta(30), (("运费 <b>", Decimal("20.00")),), "货到付款 <script>")


def kept(context: Context, family_id: UUID | None = None, take: int = 4) -> UUID:
    with context.database.writing() as session:
        account_id = busiest_account(session)
        lines = orders.last_lines(session, account_id)[:take]
        return quotes.save(session, account_id, lines, TERMS, me=context.me.id, at=NOW, family_id=family_id)


@pytest.fixture
def page(context: Context, qtbot: QtBot) -> QuotesPage:
    made = QuotesPage(context)
    qtbot.addWidget(made)
    made.resize(1216, 800)
    return made


def test_a_round_is_put_together_and_kept(context: Context, qtbot: QtBot, settle: Settle) -> None:
    with context.database.reading() as session:
        account_id = busiest_account(session)
        lines = orders.last_lines(session, account_id)
    made = QuoteEditPage(context)
    qtbot.addWidget(made)
    made.resize(1216, 800)
    with qtbot.waitExposed(made):
        made.show()
    made.show_place(account_id=account_id)
    settle()
    assert made.entry.repeat_last()
    made.keep(TERMS)
    made.keep(TERMS)  # an impatient key makes no second one
    made.leaving()
    settle()
    with context.database.reading() as session:
        [quote] = session.scalars(select(Quote))
        assert len(quote_rows.draft_lines(session, quote.id)) == len({(x.product_id, x.unit) for x in lines})
        assert quote.fees_amount == 20
        assert drafts.unfinished(session) == []


def test_a_round_is_typed_and_scanned_like_an_order_and_nothing_of_it_is_left_when_emptied(
    context: Context, qtbot: QtBot, settle: Settle
) -> None:
    with context.database.reading() as session:
        account_id = busiest_account(session)
        unit = session.scalars(select(ProductUnit).where(ProductUnit.barcode != "")).first()
    assert unit is not None
    made = QuoteEditPage(context)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    made.show_place(account_id=account_id)
    settle()
    draft = made.entry.draft
    assert draft is not None
    made.search.setText(unit.barcode)
    QTest.keyClick(made.search, Qt.Key.Key_Return)
    assert draft.quantities == {(unit.product_id, unit.unit): 1}
    QTest.keyClick(made.entry.table, Qt.Key.Key_U)
    assert draft.quantities != {(unit.product_id, unit.unit): 1}
    made.leaving()
    QTest.keyClick(made.entry.table, Qt.Key.Key_Delete)
    made.leaving()
    settle()
    assert draft.quantities == {}
    with context.database.reading() as session:
        assert drafts.unfinished(session) == []


def test_a_manager_sees_the_margin_while_he_types_and_a_rep_does_not(
    context: Context, qtbot: QtBot, settle: Settle
) -> None:
    with context.database.reading() as session:
        account_id = busiest_account(session)
    said = []
    for role in (Role.MANAGER, Role.REP):
        who = make_context(context.database, context.jobs, role)
        made = QuoteEditPage(who)
        qtbot.addWidget(made)
        with qtbot.waitExposed(made):
            made.show()
        made.show_place(account_id=account_id)
        settle()
        assert made.entry.repeat_last()
        row = made.entry.summary._margin
        said.append((row.isVisibleTo(made), row.value.text()))
    assert said[0][0]
    assert "%" in said[0][1]
    assert said[1] == (False, "")


def test_a_round_is_sent_and_confirmed_from_the_list(
    page: QuotesPage, context: Context, qtbot: QtBot, settle: Settle
) -> None:
    quote_id = kept(context)
    with qtbot.waitExposed(page):
        page.show()
    page.refresh()
    settle()
    for key, state in (("sent", State.SENT), ("confirm", State.CONFIRMED)):
        page.detail.buttons[key].click()
        settle()
        assert page.detail.shown is not None
        assert page.detail.shown.row.state is state
    assert "order" in page.detail.buttons
    assert page.detail.shown.row.id == quote_id


def test_the_paper_escapes_and_tells_no_margin(
    page: QuotesPage, context: Context, settle: Settle, tmp_path: Path
) -> None:
    kept(context)
    page.refresh()
    settle()
    shown = page.detail.shown
    assert shown is not None
    text = paper.html(shown, "Ltd <i>")
    assert "<script>" not in text
    assert "<b>" not in text
    assert "class='notice'" not in text, "it needs nobody's consent and may be given to the customer"
    waiting = replace(shown, row=replace(shown.row, state=State.WAITING, approver="manager"))
    assert "尚未批准：本单为草稿，不构成报价。" in paper.html(waiting, "")
    saving.save(page, context, tmp_path / "quote.pdf", lambda _session: paper.pdf(shown, ""))
    settle()
    assert (tmp_path / "quote.pdf").read_bytes().startswith(b"%PDF")


def test_rounds_stand_side_by_side(page: QuotesPage, context: Context, settle: Settle) -> None:
    first = kept(context)
    second = kept(context, family_id=first, take=3)
    with context.database.reading() as session:
        found = quote_list.compare(session, first, second)
    lines = comparing.rows(found)
    assert [line.kind for line in lines] == ["", "", "", "", "gone", "", "", "changed"]
    assert lines[4].after == comparing._said(None)


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_quotes_are_drawn(
    context: Context, look: Callable[[str, str], None], shoot: Shoot, settle: Settle, qtbot: QtBot,
    language: str, mode: str,
) -> None:  # fmt: skip
    look(language, mode)
    first = kept(context)
    second = kept(context, family_id=first, take=3)
    with context.database.writing() as session:
        quotes.do(session, second, Act.SENT, me=context.me.id, at=NOW)
    made = QuotesPage(context)
    qtbot.addWidget(made)
    made.resize(1216, 800)
    with qtbot.waitExposed(made):
        made.show()
    settle()
    shoot(made, f"quotes-{language}-{mode}")
