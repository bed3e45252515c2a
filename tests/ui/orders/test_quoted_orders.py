"""Taking the order of a quote, and prices that change while an order is open: both are said, never silent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.prices import PriceEntry
from fieldcrm.model.quotes import Quote
from fieldcrm.model.rule_sets import RuleSet
from fieldcrm.model.users import Role, User
from fieldcrm.rules.quotes import Act
from fieldcrm.services import quotes
from fieldcrm.services.pricing import DraftLine
from fieldcrm.services.quotes import Terms
from fieldcrm.ui.context import Context
from fieldcrm.ui.orders import suggestions
from fieldcrm.ui.orders.order_page import OrderPage
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.overlays import Dialog
from server.rule_sets import Edition, PriceChange, publish
from tests.ui.conftest import NOW, Settle
from tests.ui.orders.test_order_entry import opened
from tests.ui.orders.test_order_screens import busiest_account
from tests.ui.orders.test_prices_on_screen import CHIPS, goods, said


def ordered(session: Session, me: UUID, product: UUID, unit: str) -> UUID:
    """Make the order of a confirmed round of two cases at 8 % less, which a manager agreed to."""
    account = busiest_account(session)
    line = DraftLine(product, unit, Decimal(2))
    terms = Terms((NOW + timedelta(30)).date())
    plain = session.get_one(Quote, quotes.save(session, account, [line], terms, me=me, at=NOW))
    less = DraftLine(product, unit, Decimal(2), round(plain.goods_amount / 2 * Decimal("0.92"), 2))
    round_ = session.get_one(Quote, quotes.save(session, account, [less], terms, me=me, at=NOW))
    assert round_.approver == "manager"
    boss = session.scalars(select(User.id).where(User.role == Role.MANAGER)).first()
    for act, who in ((Act.SUBMITTED, me), (Act.APPROVED, boss), (Act.SENT, me), (Act.CONFIRMED, me)):
        assert who is not None
        quotes.write(session, round_, act, me=who, at=NOW, note="")
    return quotes.make_order(session, round_.id, me=me, at=NOW)[0]


@pytest.fixture
def page(context: Context, qtbot: QtBot, settle: Settle) -> OrderPage:
    with context.database.writing() as session:
        order_id = ordered(session, context.me.id, *goods(context, CHIPS))
    return opened(context, qtbot, settle, order_id=order_id)


def press(page: OrderPage, text: str) -> None:
    found = [each for each in page.window().findChildren(Button) if each.text() == text and each.isVisible()]
    found[-1].click()


def test_a_quotes_approval_shows_until_a_line_changes_and_comes_back(page: OrderPage) -> None:
    entry = page.entry
    assert "无需再次审批" in said(page)
    assert entry.summary.submit_button.text() == "提交订单"
    [key] = entry.draft.quantities  # type: ignore[union-attr]
    entry.set_quantity(key, Decimal(3))
    assert "折扣需重新审批" in said(page)
    assert entry.summary.submit_button.text() == "提交审批"
    entry.summary.promise.button.click()
    assert "无需再次审批" in said(page)


def test_prices_that_come_while_an_order_is_open_are_shown_before_it_is_sent(
    page: OrderPage, context: Context, settle: Settle
) -> None:
    entry, key = page.entry, goods(context, CHIPS)
    entry.set_quantity(key, Decimal(4))
    entry.draft.offer(key, None)  # type: ignore[union-attr]
    entry.set_quantity(key, Decimal(5))
    before = entry.total
    assert not entry.moved.is_open
    with context.database.writing() as session:
        raise_price(session, *key)
    page.refresh()
    settle()
    assert entry.moved.is_open
    assert entry.moved.isVisibleTo(page)
    assert entry.total != before
    page.submit()
    settle()
    assert page.window().findChildren(Dialog)
    with context.database.reading() as session:
        assert session.get_one(Order, page._order_id).status == OrderStatus.DRAFT
    press(page, "按新价格")
    settle()
    assert not entry.moved.is_open
    with context.database.reading() as session:
        order = session.get_one(Order, page._order_id)
        assert (order.status, order.total_amount) == (OrderStatus.SUBMITTED, entry.total)


def raise_price(session: Session, product: UUID, unit: str) -> None:
    """Publish a set in which every book asks one yuan more for an article, as sync would bring it."""
    held = session.execute(
        select(PriceEntry.price_book_id, PriceEntry.price).where(
            PriceEntry.product_id == product, PriceEntry.unit == unit,
            PriceEntry.min_quantity == 0, PriceEntry.until_set.is_(None), PriceEntry.archived_at.is_(None),
        )
    ).all()  # fmt: skip
    changes = tuple(PriceChange(book, product, unit, price + 1) for book, price in held)
    last = session.scalars(select(RuleSet.valid_from).order_by(RuleSet.number.desc())).first()
    assert last is not None
    publish(session, Edition("More", last, (), changes), NOW)


def test_a_suggestion_says_what_is_there_what_is_usual_and_how_it_is_packed(
    context: Context, qtbot: QtBot, settle: Settle
) -> None:
    with context.database.reading() as session:
        account = busiest_account(session)
    page = opened(context, qtbot, settle, account_id=account)
    rows = page.entry.model.rows
    number, row = next((n, r) for n, r in enumerate(rows) if r.need is not None and r.need.suggested)
    page.entry.table.pick(number)
    text = suggestions.why(row)
    assert text in said(page)
    assert text.startswith(f"建议 {row.need.suggested:f} 箱：")  # type: ignore[union-attr]
    assert "通常" in text
    assert "整箱订购" in text


def test_rules_that_are_days_old_are_named_so_before_anything_is_sold(page: OrderPage) -> None:
    summary = page.entry.summary
    summary.show_age(NOW - timedelta(hours=5), NOW, ())
    assert "请先同步" not in said(page)
    summary.show_age(NOW - timedelta(days=6), NOW, ())
    assert "已有 6 天" in said(page)
