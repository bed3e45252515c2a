"""While an order is taken: what is left of one's share of a budget, and how the customer would pay."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from sqlalchemy import select, update

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.money import MoneyEntry, Purse
from fieldcrm.model.promotions import Promotion
from fieldcrm.model.slices import LimitSlice
from fieldcrm.rules.slices import Limit
from fieldcrm.storage import device
from fieldcrm.ui.context import Context
from fieldcrm.ui.orders.order_page import OrderPage
from tests.fixtures.signs import Signs
from tests.ui.conftest import Settle
from tests.ui.orders.test_order_entry import opened
from tests.ui.orders.test_prices_on_screen import CHIPS, goods


def prepared(context: Context) -> tuple[object, str]:
    """Give the device a slice of every budget and the customer 50 paid ahead; return him."""
    mine = new_id()
    with context.database.writing() as session:
        signs = Signs(None, mine)
        device.remember(session, device.DEVICE_ID, str(mine))
        device.remember(session, device.TOKENS, {"server_key": signs.public})
        account = session.scalars(
            select(Account).where(Account.grade == "A", Account.price_group == "KA")
        ).first()
        assert account is not None
        promotion = session.scalars(select(Promotion).where(Promotion.budget.is_not(None))).one()
        session.add_all([
            signs.slice(Limit.BUDGET, promotion.code, 500, context.me.id),
            signs.slice(Limit.PREPAY, str(account.id), 30, context.me.id),
            MoneyEntry(
                id=new_id(), account_id=account.id, territory_id=account.territory_id, purse=Purse.PREPAY,
                amount=Decimal(50), booked_on=context.today(),
            ),
        ])  # fmt: skip
        return account.id, promotion.code


def said(page: OrderPage) -> str:
    found = page.entry.summary.findChildren(QLabel)
    shown = (label for label in found if label.isVisibleTo(page))
    return "\n".join(label.text() for label in shown)


def test_the_order_page_knows_its_share_and_the_customers_money(
    context: Context, qtbot: QtBot, settle: Settle
) -> None:
    account_id, code = prepared(context)
    page = opened(context, qtbot, settle, account_id=account_id)
    assert page.entry.counter is not None
    assert page.entry.counter.shares[Limit.BUDGET, code].left == 500
    assert page.entry.counter.basis.rules.limits.budgets[code] == 500
    assert "客户余额 ¥50.00" in said(page)
    assert "本机还可用预付款 ¥30.00。" in said(page)


def test_a_laptop_without_a_share_says_so_and_what_helps(
    context: Context, qtbot: QtBot, settle: Settle
) -> None:
    account_id, _ = prepared(context)
    with context.database.writing() as session:
        device.remember(session, device.DEVICE_ID, str(new_id()))
    page = opened(context, qtbot, settle, account_id=account_id)
    page.entry.show_all()
    page.entry.set_quantity(goods(context, CHIPS), Decimal(300))
    assert "本机没有预付款份额。同步后即可获得。" in said(page)
    page.entry.summary.promotions._toggle()
    assert "本机没有份额，同步后即可获得" in said(page)


def test_a_budget_that_is_shared_says_what_is_left_of_it(
    context: Context, qtbot: QtBot, settle: Settle
) -> None:
    account_id, _ = prepared(context)
    page = opened(context, qtbot, settle, account_id=account_id)
    page.entry.show_all()
    assert page.entry.counter is not None
    page.entry.set_quantity(goods(context, CHIPS), Decimal(300))
    assert "我的份额还剩 ¥400.00" in page.entry.summary.promotions._shares.text()


def test_a_share_that_was_called_back_says_why_also_when_it_is_gone(
    context: Context, qtbot: QtBot, settle: Settle
) -> None:
    account_id, _ = prepared(context)
    ended = update(LimitSlice).where(LimitSlice.kind == "prepay")
    with context.database.writing() as session:
        ago = clock.now() - timedelta(minutes=5)
        session.execute(ended.values(expires_at=ago, ended_by="lowered", seal=""))
    page = opened(context, qtbot, settle, account_id=account_id)
    page.entry.show_all()
    page.entry.set_quantity(goods(context, CHIPS), Decimal(300))
    assert "公司已调低额度" in said(page)
    with context.database.writing() as session:
        session.execute(ended.values(archived_at=clock.now(), ended_by="recalled"))
    page = opened(context, qtbot, settle, account_id=account_id)
    page.entry.show_all()
    page.entry.set_quantity(goods(context, CHIPS), Decimal(300))
    assert "公司已收回本机的份额" in said(page)
