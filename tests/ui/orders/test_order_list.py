from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.prices import PriceBook, PriceEntry
from fieldcrm.services import orders
from fieldcrm.services.order_list import Shown
from fieldcrm.ui.context import Context
from fieldcrm.ui.orders.page import OrdersPage
from fieldcrm.ui.widgets.buttons import Button
from tests.ui.conftest import NOW, Settle
from tests.ui.orders.test_order_screens import busiest_account


@pytest.fixture
def page(context: Context, qtbot: QtBot, settle: Settle) -> OrdersPage:
    made = OrdersPage(context)
    qtbot.addWidget(made)
    made.resize(1216, 800)
    with qtbot.waitExposed(made):
        made.show()
    settle()
    return made


def submitted(context: Context) -> UUID:
    with context.database.writing() as session:
        account_id = busiest_account(session)
        lines = orders.last_lines(session, account_id)
        order_id = orders.start(session, account_id, me=context.me.id, at=NOW)
        orders.save(session, order_id, lines, at=NOW)
        orders.submit(session, order_id, at=NOW)
    return order_id


def test_a_new_order_appears_by_itself(page: OrdersPage, context: Context, qtbot: QtBot) -> None:
    before = page.model.rowCount()
    order_id = submitted(context)
    qtbot.waitUntil(lambda: page.model.rowCount() == before + 1)
    first = page.model.row(0)
    assert first is not None
    assert first.order.id == order_id


def test_a_filter_shows_only_its_orders_and_says_when_it_hides_all(
    page: OrdersPage, context: Context, settle: Settle
) -> None:
    page.chips.choose(Shown.DRAFT)
    page.refresh()
    settle()
    assert page.model.rowCount() == 0
    assert page.empty.isVisible()
    page.empty._button.click()
    settle()
    assert page.model.rowCount() > 0
    assert page.shown is Shown.ALL


def test_searching_finds_by_number_and_store(page: OrdersPage, context: Context, settle: Settle) -> None:
    row = page.model.row(3)
    assert row is not None
    page.search.setText(row.order.number)
    page.search.settle_now()
    settle()
    found = page.model.row(0)
    assert found is not None
    assert (page.model.rowCount(), found.order.id) == (1, row.order.id)


def test_enter_opens_the_chosen_order(page: OrdersPage, context: Context, settle: Settle) -> None:
    page.table.pick(1)
    settle()
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    row = page.model.row(1)
    assert row is not None
    assert context.shell.opened == [("order", {"order_id": row.order.id})]  # type: ignore[attr-defined]


def test_new_prices_are_taken_with_one_press(page: OrdersPage, context: Context, settle: Settle) -> None:
    order_id = submitted(context)
    with context.database.writing() as session:
        order = session.get(Order, order_id)
        assert order is not None
        order.status, order.review_code = OrderStatus.NEEDS_REVIEW, "price_changed"
        order.review_data = {"old_total": "1.00", "new_total": "2.00", "lines": []}
        old = order.total_amount
        for entry in session.scalars(select(PriceEntry)):
            entry.price += Decimal(1)
        for book in session.scalars(select(PriceBook)):
            book.version += 1
    page.show_place(order_id=order_id)
    settle()
    page.detail.answer.again.emit()
    settle()
    with context.database.reading() as session:
        order = session.get(Order, order_id)
        assert order is not None
        assert order.status == OrderStatus.SUBMITTED
        assert order.total_amount > old
        assert order.submitted_at == NOW
        assert order.ordered_on == NOW.date()


def test_a_store_is_picked_for_a_new_order(page: OrdersPage, context: Context, settle: Settle) -> None:
    context.shell.widget = page  # type: ignore[attr-defined]  # the recording shell
    page.pick_store()
    settle()
    QTest.keyClick(page.window().focusWidget(), Qt.Key.Key_Return)
    settle()
    [(key, where)] = context.shell.opened  # type: ignore[attr-defined]  # the recording shell
    assert key == "order"
    assert isinstance(where["account_id"], UUID)


def test_filters_stand_in_one_row_and_the_others_in_a_menu(page: OrdersPage, settle: Settle) -> None:
    def in_row() -> list[Button]:
        return [each for each in page.chips.findChildren(Button) if each.isVisible()]

    page.chips.setFixedWidth(400)
    settle()
    shown = in_row()
    assert page.chips.more in shown
    assert {each.y() for each in shown} == {0}
    assert max(each.geometry().right() for each in shown) < 400
    page.chips.more.click()
    [menu] = page.chips.findChildren(QMenu)
    last = menu.actions()[-1]
    last.trigger()
    menu.close()
    settle()
    assert page.shown is Shown.CANCELLED
    assert any(each.isChecked() and each.text() == last.text() for each in in_row())
    page.chips.setFixedWidth(1200)
    settle()
    assert not page.chips.more.isVisible()
