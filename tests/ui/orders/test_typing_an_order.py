"""What is typed is what is ordered: nothing typed gets lost on the way, and a scanner is no quantity."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.model.orders import OrderStatus
from fieldcrm.model.products import ProductUnit
from fieldcrm.services import pricing
from fieldcrm.storage import drafts
from fieldcrm.ui.context import Context
from fieldcrm.ui.orders.order_page import OrderPage
from tests.ui.conftest import Settle
from tests.ui.orders.test_order_entry import opened, quantities, saved, type_keys
from tests.ui.orders.test_order_screens import busiest_account

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(context: Context, qtbot: QtBot, settle: Settle) -> OrderPage:
    with context.database.reading() as session:
        account_id = busiest_account(session)
    made = opened(context, qtbot, settle, account_id=account_id)
    made.entry.show_all()
    return made


def offer(page: OrderPage, text: str) -> None:
    field = page.entry.summary.discount._field
    field.setFocus()
    field.clear()
    QTest.keyClicks(field, text)


def manual(page: OrderPage) -> list[Decimal]:
    assert page.entry.draft is not None
    return list(page.entry.draft.manual.values())


def coded(context: Context) -> list[tuple[UUID, str, str]]:
    with context.database.reading() as session:
        found = session.scalars(select(ProductUnit).where(ProductUnit.barcode != "").limit(2))
        return [(unit.product_id, unit.unit, unit.barcode) for unit in found]


def test_a_code_scanned_into_the_table_adds_its_article_and_leaves_the_quantity_before(
    page: OrderPage, context: Context
) -> None:
    (one, unit, code), (other, other_unit, other_code) = coded(context)
    assert page.entry.add_scanned(code)
    type_keys(page, other_code, Qt.Key.Key_Return)
    assert page.entry.draft is not None
    assert page.entry.draft.quantities == {(one, unit): 1, (other, other_unit): 1}
    type_keys(page, "12", code, Qt.Key.Key_Return)  # a quantity, then the next code
    assert page.entry.draft.quantities == {(one, unit): 2, (other, other_unit): 12}


def test_digits_that_are_neither_a_quantity_nor_a_code_change_nothing_and_are_said(
    page: OrderPage, context: Context
) -> None:
    type_keys(page, "3", Qt.Key.Key_Down, Qt.Key.Key_Up, "5000000")
    assert quantities(page) == [3]
    type_keys(page, Qt.Key.Key_Return)
    assert quantities(page) == [3]
    assert "5000000" in context.shell.toasts[-1]  # type: ignore[attr-defined]  # the recording shell


def test_an_order_can_be_saved_whatever_decimals_were_typed(
    page: OrderPage, context: Context, settle: Settle
) -> None:
    type_keys(page, "0.33333")
    assert quantities(page) == [Decimal("0.3333")]
    page.leaving()
    settle()
    assert len(saved(context)) == 1


def test_what_cannot_be_saved_on_leaving_is_kept_as_it_was_typed(
    page: OrderPage, context: Context, settle: Settle
) -> None:
    type_keys(page, "2")
    draft = page._draft
    assert draft is not None
    draft.quantities = dict.fromkeys(draft.quantities, Decimal("0.33333"))
    page.leaving()
    settle()
    with context.database.reading() as session:
        assert [row.value["lines"][0][-1] for row in drafts.unfinished(session)] == ["0.33333"]


def test_a_price_that_is_still_being_typed_is_submitted_with_the_order(
    page: OrderPage, context: Context, settle: Settle
) -> None:
    type_keys(page, "2")
    assert page.entry.quote is not None
    price = page.entry.quote.priced.lines[0].unit_price - Decimal("0.50")
    offer(page, f"{price:.2f}")
    QTest.keyClick(page.entry.summary.discount._field, Qt.Key.Key_Return, CTRL)
    settle()
    [order] = saved(context)
    assert order.total_amount == price * 2


def test_a_price_that_is_none_is_not_submitted_at_another(
    page: OrderPage, context: Context, settle: Settle
) -> None:
    type_keys(page, "2")
    offer(page, "12,5")  # no thousands: nobody means 125
    page.submit()
    settle()
    assert (saved(context), manual(page)) == ([], [])
    assert page.entry.summary.discount._field.hasFocus()


def test_taking_back_a_filled_in_order_brings_the_prices_offered_before(
    page: OrderPage, context: Context
) -> None:
    type_keys(page, "2")
    offer(page, "20.00")
    page.repeat_last()
    assert manual(page) == []
    context.shell.undo()  # type: ignore[attr-defined]  # the recording shell
    assert manual(page) == [20]


def test_an_impatient_key_makes_one_order_and_leaving_no_second_one(
    page: OrderPage, context: Context, settle: Settle
) -> None:
    type_keys(page, "3")
    for _ in range(3):
        QTest.keyClick(page.entry.table, Qt.Key.Key_Return, CTRL)
    type_keys(page, "5")  # too late: the order is as it was when it was handed over
    page.leaving()
    settle()
    [order] = saved(context)
    assert order.status == OrderStatus.SUBMITTED
    with context.database.reading() as session:
        assert [line.quantity for line in pricing.order_lines(session, order.id)] == [3]
        assert drafts.unfinished(session) == []


def test_a_draft_of_last_week_is_not_to_be_delivered_then(
    page: OrderPage, context: Context, qtbot: QtBot, settle: Settle
) -> None:
    type_keys(page, "2")
    draft = page._draft
    assert draft is not None
    draft.wanted_on = context.today() - timedelta(days=1)
    page.leaving()
    settle()
    again = opened(context, qtbot, settle, order_id=saved(context)[0].id)
    assert again._draft is not None
    assert again._draft.wanted_on is not None
    assert again._draft.wanted_on > context.today()
    assert again.entry._delivery.day == again._draft.wanted_on


def test_starting_over_goes_back_to_what_was_saved(
    page: OrderPage, context: Context, qtbot: QtBot, settle: Settle
) -> None:
    type_keys(page, "2", Qt.Key.Key_Down, "3")
    page.leaving()
    settle()
    again = opened(context, qtbot, settle, order_id=saved(context)[0].id)
    type_keys(again, "9")
    again.start_over()
    settle()
    assert quantities(again) == [2, 3]
    context.shell.undo()  # type: ignore[attr-defined]  # the recording shell
    assert quantities(again) == [9, 3]
