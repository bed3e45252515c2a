"""Pictures of the order pages in both languages and themes, for the twenty checks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.products import Product
from fieldcrm.model.visits import StepAnswer, Visit
from fieldcrm.services import orders
from fieldcrm.ui.context import Context
from fieldcrm.ui.orders.order_page import OrderPage
from fieldcrm.ui.orders.page import OrdersPage
from tests.ui.conftest import LOOKS, NOW, TODAY, Settle, Shoot

LOOK_NAMES = {"zh_CN": "zh", "en": "en"}


def busiest_account(session: Session) -> UUID:
    """Return the account with most orders in the demo."""
    counted = select(Order.account_id).group_by(Order.account_id).order_by(func.count().desc())
    found = session.scalar(counted)
    assert found is not None
    return found


def counted_visit(session: Session, account_id: UUID, me: UUID) -> UUID:
    """Begin a visit that has counted stock, with two articles out."""
    account = session.get(Account, account_id)
    assert account is not None
    account.credit_limit, account.receivable = Decimal(10_000), Decimal(3_640)
    of = {"account_id": account_id, "rep_id": me, "territory_id": account.territory_id}
    visit = Visit(id=new_id(), started_at=NOW - timedelta(minutes=20), **of)
    session.add(visit)
    session.flush()
    taken = list(session.scalars(select(Product.id).order_by(Product.code).limit(14)))
    counts = {str(each): str(n % 5) for n, each in enumerate(taken)}
    session.add(
        StepAnswer(
            id=new_id(), visit_id=visit.id, step_key="stock", answers={"stock": counts},
            answered_at=NOW - timedelta(minutes=10), **of,
        )
    )  # fmt: skip
    return visit.id


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_order_entry_is_drawn(
    context: Context, look: Callable[[str, str], None], shoot: Shoot, settle: Settle,
    language: str, mode: str,
) -> None:  # fmt: skip
    look(language, mode)
    context.connection.update(last_sync=NOW - timedelta(hours=2, minutes=36))
    with context.database.writing() as session:
        account_id = busiest_account(session)
        visit_id = counted_visit(session, account_id, context.me.id)
    page = OrderPage(context)
    page.show_place(account_id=account_id, visit_id=visit_id)
    page.resize(1440, 900)
    page.show()
    settle()
    for number in range(min(9, page.entry.model.rowCount())):
        row = page.entry.model.row(number)
        assert row is not None
        page.entry.set_quantity(row.key, Decimal(number % 7 + 2))
    page.entry.table.pick(3)
    page.entry.table.setFocus()
    shoot(page, f"order-{LOOK_NAMES[language]}-{mode}", sizes=((1216, 900), (1215, 720)))
    assert page.entry.total > 0
    if language == "en":
        shoot(page, f"order-narrow-{LOOK_NAMES[language]}-{mode}", sizes=((1056, 680),))


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_the_order_list_is_drawn_with_an_order_that_needs_attention(
    context: Context, look: Callable[[str, str], None], shoot: Shoot, language: str, mode: str
) -> None:
    look(language, mode)
    with context.database.writing() as session:
        account_id = busiest_account(session)
        lines = orders.last_lines(session, account_id)
        ids = []
        for _ in range(4):
            order_id = orders.start(session, account_id, me=context.me.id, at=NOW)
            orders.save(session, order_id, lines, at=NOW, wanted_on=TODAY + timedelta(days=2))
            ids.append(order_id)
        for order_id in ids[:3]:
            orders.submit(session, order_id, at=NOW)
        troubled = session.get(Order, ids[0])
        assert troubled is not None
        session.flush()
        troubled.status, troubled.version = OrderStatus.NEEDS_REVIEW, 2
        troubled.review_code = "price_changed"
        troubled.review_data = {
            "old_total": "1200.00", "new_total": "1224.00",
            "lines": [{"product_id": str(lines[0].product_id), "old": "42.00", "new": "44.00"}],
        }  # fmt: skip
    page = OrdersPage(context)
    page.show_place(order_id=ids[0])
    shoot(page, f"orders-{LOOK_NAMES[language]}-{mode}", sizes=((1216, 900), (1215, 720)))
