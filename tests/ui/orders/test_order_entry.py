from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from sqlalchemy import delete, select

from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.prices import PriceBook, PriceEntry
from fieldcrm.model.products import Product, ProductUnit
from fieldcrm.services import order_list
from fieldcrm.storage import drafts
from fieldcrm.ui.context import Context
from fieldcrm.ui.orders.order_page import OrderPage
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import TextField
from tests.ui.conftest import NOW, Settle, Shoot
from tests.ui.orders.test_order_screens import busiest_account, counted_visit


@pytest.fixture
def account_id(context: Context) -> UUID:
    with context.database.reading() as session:
        return busiest_account(session)


@pytest.fixture
def page(context: Context, account_id: UUID, qtbot: QtBot, settle: Settle) -> OrderPage:
    made = opened(context, qtbot, settle, account_id=account_id)
    made.entry.show_all()
    return made


def opened(context: Context, qtbot: QtBot, settle: Settle, **where: object) -> OrderPage:
    made = OrderPage(context)
    qtbot.addWidget(made)
    made.show_place(**where)
    made.resize(1216, 800)
    with qtbot.waitExposed(made):
        made.show()
    settle()
    return made


def type_keys(page: OrderPage, *keys: str | Qt.Key) -> None:
    for key in keys:
        if isinstance(key, str):
            QTest.keyClicks(page.entry.table, key)
        else:
            QTest.keyClick(page.entry.table, key)


def saved(context: Context) -> list[Order]:
    with context.database.reading() as session:
        query = select(Order).where(Order.provisional_number.like("R1-%"))
        return list(session.scalars(query.order_by(Order.id)))


def quantities(page: OrderPage) -> list[Decimal]:
    assert page.entry.draft is not None
    return list(page.entry.draft.quantities.values())


def test_digits_go_into_the_current_row_and_enter_goes_down(page: OrderPage) -> None:
    type_keys(page, "12", Qt.Key.Key_Return, "3", Qt.Key.Key_Down, "+", "+", "-")
    assert quantities(page) == [12, 3, 1]


def test_a_new_row_begins_a_new_number_and_backspace_takes_a_digit_back(page: OrderPage) -> None:
    type_keys(page, "12", Qt.Key.Key_Down, "4", Qt.Key.Key_Up, Qt.Key.Key_Backspace)
    assert quantities(page) == [1, 4]
    type_keys(page, Qt.Key.Key_Delete)
    assert quantities(page) == [4]


def test_fifty_lines_are_entered_by_keyboard_alone_and_each_shows_its_price(
    page: OrderPage, context: Context, settle: Settle
) -> None:
    for number in range(50):
        before = page.entry.total
        type_keys(page, str(number % 9 + 1))
        assert page.entry.total > before, "the price is there with the key, not after a pause"
        type_keys(page, Qt.Key.Key_Return)
    assert len(quantities(page)) == 50
    QTest.keyClick(page.entry.table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle()
    [order] = saved(context)
    assert order.status == OrderStatus.SUBMITTED
    with context.database.reading() as session:
        assert len(order_list.detail(session, order.id).lines) == 50


def test_the_next_unit_keeps_the_number_and_takes_another_price(page: OrderPage) -> None:
    type_keys(page, "2")
    before = page.entry.total
    page.entry.switch_unit()
    assert quantities(page) == [2]
    assert page.entry.total < before
    page.entry.switch_unit()
    assert page.entry.total == before


def test_an_exact_barcode_adds_one_and_gives_the_focus_back(
    page: OrderPage, context: Context, settle: Settle
) -> None:
    with context.database.reading() as session:
        unit = session.scalars(select(ProductUnit).where(ProductUnit.barcode != "")).first()
    assert unit is not None
    for _ in range(2):
        page.search.setFocus()
        QTest.keyClicks(page.search, unit.barcode)
        QTest.keyClick(page.search, Qt.Key.Key_Return)
        settle()
    assert page.entry.draft is not None
    assert page.entry.draft.quantities == {(unit.product_id, unit.unit): Decimal(2)}
    assert page.entry.table.hasFocus()
    assert page.search.text() == ""


def test_pinyin_initials_find_an_article(page: OrderPage, settle: Settle) -> None:
    page.search.setFocus()
    QTest.keyClicks(page.search, "mllc")
    page.search.settle_now()
    settle()
    names = [page.entry.model.rows[n].article.name for n in range(page.entry.model.rowCount())]
    assert names
    assert all("茉莉绿茶" in name for name in names)
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert page.entry.table.hasFocus()


def test_the_last_order_is_repeated_and_can_be_taken_back(page: OrderPage, context: Context) -> None:
    page.repeat_last()
    assert page.entry.counter is not None
    assert len(quantities(page)) == len(page.entry.counter.last_lines) > 0
    context.shell.undo()  # type: ignore[attr-defined]  # the recording shell
    assert quantities(page) == []


def test_after_submitting_the_page_follows_the_order(
    page: OrderPage, context: Context, settle: Settle, shoot: Shoot
) -> None:
    type_keys(page, "3", Qt.Key.Key_Down, "12")
    shown = page.entry.total
    page.submit()
    settle()
    [order] = saved(context)
    assert (order.provisional_number, order.status, order.total_amount) == ("R1-000001", "submitted", shown)
    assert order.wanted_on is not None
    assert not page.is_entry
    assert page.detail._done.hasFocus()
    shoot(page, "order-followed-zh-light", sizes=((1216, 900),))


def test_an_empty_order_is_not_submitted(page: OrderPage, context: Context, settle: Settle) -> None:
    page.submit()
    settle()
    assert saved(context) == []
    assert len(context.shell.toasts) == 1  # type: ignore[attr-defined]  # the recording shell


def test_what_was_typed_comes_back_after_a_crash(
    page: OrderPage, context: Context, account_id: UUID, qtbot: QtBot, settle: Settle
) -> None:
    type_keys(page, "12", Qt.Key.Key_Down, "7")
    qtbot.waitUntil(lambda: not page.entry._pause.isActive())
    settle()
    again = opened(context, qtbot, settle, account_id=account_id)
    assert quantities(again) == [12, 7]
    assert again.entry._restored.isVisible()
    again.submit()
    settle()
    with context.database.reading() as session:
        assert drafts.unfinished(session) == []


def test_leaving_saves_a_draft_that_can_be_gone_on_with(
    page: OrderPage, context: Context, qtbot: QtBot, settle: Settle
) -> None:
    type_keys(page, "12")
    page.leaving()
    settle()
    [order] = saved(context)
    assert order.status == OrderStatus.DRAFT
    again = opened(context, qtbot, settle, order_id=order.id)
    assert quantities(again) == [12]
    assert not again.entry._restored.isVisible()


def test_a_visits_draft_is_found_again(
    context: Context, account_id: UUID, qtbot: QtBot, settle: Settle
) -> None:
    with context.database.writing() as session:
        visit_id = counted_visit(session, account_id, context.me.id)
    page = opened(context, qtbot, settle, account_id=account_id, visit_id=visit_id)
    type_keys(page, "5")
    page.keep_and_leave()
    settle()
    again = opened(context, qtbot, settle, account_id=account_id, visit_id=visit_id)
    assert quantities(again) == [5]
    assert len(saved(context)) == 1


def test_a_line_without_a_price_is_named_and_blocks(
    page: OrderPage, context: Context, settle: Settle, shoot: Shoot
) -> None:
    type_keys(page, "5", Qt.Key.Key_Down, "2")
    row = page.entry.model.rows[0]
    with context.database.writing() as session:
        session.execute(delete(PriceEntry).where(PriceEntry.product_id == row.article.id))
        for book in session.scalars(select(PriceBook)):
            entries = select(PriceEntry).where(PriceEntry.price_book_id == book.id)
            book.entry_count = len(session.scalars(entries).all())
            book.version += 1
    settle()
    page.refresh()
    settle()
    assert page.entry.model.rows[0].problem == "price_not_found"
    page.submit()
    settle()
    assert saved(context) == []
    assert page.entry.table.row().article.id == row.article.id
    shoot(page, "order-no-price-zh-light", sizes=((1216, 720),))


def test_a_withdrawn_article_stays_in_the_order_and_is_named(
    page: OrderPage, context: Context, settle: Settle
) -> None:
    type_keys(page, "5")
    row = page.entry.model.rows[0]
    with context.database.writing() as session:
        product = session.get(Product, row.article.id)
        assert product is not None
        product.active = False
    page.refresh()
    settle()
    page.entry.go_to_gap()
    assert page.entry.table.row().problem == "product_withdrawn"


def test_beyond_the_credit_limit_the_action_asks_for_approval(
    page: OrderPage, context: Context, account_id: UUID, settle: Settle, shoot: Shoot
) -> None:
    with context.database.writing() as session:
        account = session.get(Account, account_id)
        assert account is not None
        account.credit_limit, account.receivable = Decimal(1000), Decimal(500)
    page.refresh()
    settle()
    type_keys(page, "1")
    before = page.entry.summary.submit_button.text()
    type_keys(page, "9")
    assert page.entry.summary.submit_button.text() != before
    shoot(page, "order-credit-zh-light", sizes=((1216, 720),))


def test_a_book_that_is_only_partly_here_is_said(
    context: Context, account_id: UUID, qtbot: QtBot, settle: Settle
) -> None:
    with context.database.writing() as session:
        for book in session.scalars(select(PriceBook)):
            book.entry_count += 1
    page = opened(context, qtbot, settle, account_id=account_id)
    assert page.entry.counter is not None
    assert page.entry.counter.basis.incomplete
    assert "「" in page.entry.summary._age.text()


def test_prices_that_changed_meanwhile_are_shown_before_anything_is_sent(
    page: OrderPage, context: Context, settle: Settle
) -> None:
    type_keys(page, "5")
    stale = page.entry.counter
    with context.database.writing() as session:
        row = page.entry.model.rows[0]
        for entry in session.scalars(select(PriceEntry).where(PriceEntry.product_id == row.article.id)):
            entry.price += 1
        for book in session.scalars(select(PriceBook)):
            book.version += 1
    assert stale is page.entry.counter
    shown = page.entry.total
    page.submit()
    settle()
    assert saved(context) == []
    [error] = context.shell.errors  # type: ignore[attr-defined]  # the recording shell
    assert error.code == "price_moved"
    assert page.entry.total > shown


def test_an_order_of_somebody_else_is_only_shown(
    manager_context: Context, qtbot: QtBot, settle: Settle
) -> None:
    with manager_context.database.reading() as session:
        order_id = session.scalars(select(Order.id).where(Order.status == OrderStatus.ACCEPTED)).first()
    page = opened(manager_context, qtbot, settle, order_id=order_id)
    assert not page.is_entry
    assert not page.detail._cancel.isVisible()


def test_an_order_that_needs_attention_is_changed_where_it_stands(
    page: OrderPage, context: Context, qtbot: QtBot, settle: Settle
) -> None:
    type_keys(page, "5")
    page.submit()
    settle()
    with context.database.writing() as session:
        order = session.scalars(select(Order).where(Order.provisional_number == "R1-000001")).one()
        order.status, order.review_code = OrderStatus.NEEDS_REVIEW, "credit_exceeded"
        order.review_data = {"limit": "100.00", "owed": "90.00", "over": "12.00"}
        order_id = order.id
    settle()
    page.refresh()
    settle()
    assert page.detail.answer.isVisible()
    page.detail.change.emit(order_id)
    settle()
    assert page.is_entry
    type_keys(page, Qt.Key.Key_Backspace, "1")
    page.submit()
    settle()
    [order] = saved(context)
    assert order.status == OrderStatus.SUBMITTED
    assert order.submitted_at == NOW
    assert NOW - timedelta(days=1) < order.submitted_at


def test_cancelling_asks_first_and_keeps_the_order_by_default(
    page: OrderPage, context: Context, settle: Settle
) -> None:
    context.shell.widget = page  # type: ignore[attr-defined]  # the recording shell
    type_keys(page, "5")
    page.submit()
    settle()
    page.detail._cancel.click()
    settle()
    [dialog] = page.findChildren(Dialog)
    labels = [button.text() for button in dialog.findChildren(Button)]
    assert saved(context)[0].status == OrderStatus.SUBMITTED
    yes = dialog.findChildren(Button)[labels.index("取消订单")]
    yes.click()
    settle()
    assert saved(context)[0].status == OrderStatus.SUBMITTED, "nothing without a reason"
    dialog.findChildren(TextField)[0].setText("门店停业")
    yes.click()
    settle()
    assert (saved(context)[0].status, saved(context)[0].reason) == (OrderStatus.CANCELLED, "门店停业")
