"""What an order costs and why, while it is being taken: promotions, gifts, rebate, the rep's own price."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order
from fieldcrm.model.products import Product
from fieldcrm.services import price_check, pricing
from fieldcrm.ui.context import Context
from fieldcrm.ui.orders.order_page import OrderPage
from fieldcrm.ui.widgets.labels import Label, Paragraph
from tests.ui.conftest import Settle
from tests.ui.orders.test_order_entry import opened, saved

TEA, SPARKLING, CHIPS = "茉莉绿茶 500ml", "白桃气泡水 480ml", "原味薯片 75g"


@pytest.fixture
def page(context: Context, qtbot: QtBot, settle: Settle) -> OrderPage:
    with context.database.reading() as session:
        query = select(Account.id).where(Account.grade == "A", Account.price_group == "KA")
        account_id = session.scalars(query).first()
    made = opened(context, qtbot, settle, account_id=account_id)
    made.entry.show_all()
    return made


def goods(context: Context, name: str) -> tuple[UUID, str]:
    with context.database.reading() as session:
        return session.scalars(select(Product.id).where(Product.name == name)).one(), "箱"


def said(page: OrderPage) -> str:
    shown = (label for label in page.entry.summary.findChildren(Paragraph) if label.isVisibleTo(page))
    return "\n".join(label.text() for label in shown)


def test_a_promotion_and_a_gift_are_named_with_their_amounts(page: OrderPage, context: Context) -> None:
    page.entry.set_quantity(goods(context, TEA), Decimal(10))
    page.entry.set_quantity(goods(context, SPARKLING), Decimal(10))
    assert "赠品：茉莉绿茶 500ml 1 箱" in said(page)
    assert "气泡水阶梯价" in said(page)
    amounts = [each.text() for each in page.entry.summary.promotions.findChildren(Label)]
    assert any(each.startswith("−¥") for each in amounts)


def test_why_not_says_what_is_missing(page: OrderPage, context: Context) -> None:
    page.entry.set_quantity(goods(context, TEA), Decimal(8))
    assert "还差 2 箱" not in said(page)
    page.entry.summary.promotions._toggle()
    assert "「绿茶十赠一」：还差 2 箱" in said(page)


def test_the_gift_goes_when_its_condition_goes(page: OrderPage, context: Context) -> None:
    page.entry.set_quantity(goods(context, TEA), Decimal(10))
    page.entry.set_quantity(goods(context, TEA), Decimal(9))
    assert page.entry.quote is not None
    assert page.entry.quote.priced.gifts == ()
    assert "赠品" not in said(page)


def test_a_price_of_ones_own_says_who_must_agree(page: OrderPage, context: Context) -> None:
    key = goods(context, CHIPS)
    page.entry.set_quantity(key, Decimal(2))
    page.entry.table.pick(page.entry.model.number_of(key))
    price = page.entry.quote.priced.lines[0].unit_price  # type: ignore[union-attr]
    field = page.entry.summary.discount._field
    field.setText(str((price * Decimal("0.92")).quantize(Decimal("0.01"))))
    field.left.emit()
    assert "需要经理审批" in said(page)
    field.setText(str((price * Decimal("0.75")).quantize(Decimal("0.01"))))
    field.left.emit()
    assert page.entry.quote is not None
    assert page.entry.quote.broken is not None
    field.setText("nonsense")
    field.left.emit()
    assert page.entry.draft.manual[key] != price, "what cannot be a price changes nothing"  # type: ignore[union-attr]


def test_the_policy_is_said_before_anything_is_sold(page: OrderPage) -> None:
    assert "第 1 套规则" in said(page)


def test_what_is_submitted_is_what_was_shown_and_stands_up(
    page: OrderPage, context: Context, settle: Settle
) -> None:
    page.entry.set_quantity(goods(context, TEA), Decimal(20))
    page.entry.summary.rebate.chosen.emit(True)
    shown = page.entry.total
    page.submit()
    settle()
    [order] = saved(context)
    with context.database.reading() as session:
        held = session.get_one(Order, order.id)
        assert held.total_amount == shown
        assert held.rebate_amount > 0
        assert [line.gift_by for line in pricing.order_lines(session, order.id)] == [None, "TEA-10-1"]
        assert price_check.check_submitted(session, held) is None
