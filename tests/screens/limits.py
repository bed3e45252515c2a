"""What a laptop may still use of limits: on the order screen with and without shares, and on the account."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QScrollArea, QWidget
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.money import MoneyEntry, Purse
from fieldcrm.model.products import Product
from fieldcrm.model.promotions import Promotion
from fieldcrm.model.slices import ScarceStock
from fieldcrm.rules.slices import Limit
from fieldcrm.storage import device
from tests.fixtures.signs import Signs
from tests.screens.stage import TODAY, Stage


def walk(stage: Stage, account_id: UUID) -> None:
    """Take an order under limits with shares of them, then without, and look at the customer's money."""
    mine = new_id()
    signs = Signs(None, mine)
    with stage.office():
        stage.write(lambda s: _fill(s, stage, signs, account_id))
    _order(stage, account_id)
    stage.take("22-order-shares", layout=lambda: _reveal(stage.page.entry.summary.credit))
    page: Any = stage.open("account", account_id=account_id)
    stage.take("22-account-credit", layout=lambda: _reveal(page.overview._terms.parentWidget()))
    with stage.office():
        stage.write(lambda s: device.remember(s, device.DEVICE_ID, str(new_id())))
    _order(stage, account_id)
    stage.page.entry.summary.promotions._toggle()
    stage.settle()
    stage.take("22-order-no-share")
    with stage.office():
        stage.write(lambda s: device.remember(s, device.DEVICE_ID, ""))


def _reveal(widget: QWidget) -> None:
    """Scroll to a widget, as who looks for it does."""
    above = widget.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    if isinstance(above, QScrollArea):
        above.ensureWidgetVisible(widget, 0, 400)


def _order(stage: Stage, account_id: UUID) -> None:
    page: Any = stage.open("order", account_id=account_id)
    for number in range(min(6, page.entry.model.rowCount())):
        page.entry.set_quantity(page.entry.model.row(number).key, Decimal(number * 3 + 2))
    page.entry.table.pick(1)
    page.entry.table.setFocus()
    stage.settle()


def _fill(session: Session, stage: Stage, signs: Signs, account_id: UUID) -> None:
    account, me = session.get_one(Account, account_id), stage.context.me.id
    account.credit_limit, account.receivable = Decimal(20_000), Decimal(15_500)
    account.overdue_since = TODAY - timedelta(12)
    device.remember(session, device.DEVICE_ID, str(signs.device))
    device.remember(session, device.TOKENS, {"server_key": signs.public})
    for purse, amount in ((Purse.PREPAY, 800), (Purse.CASH, 300)):
        session.add(
            MoneyEntry(
                id=new_id(), version=1, account_id=account_id, territory_id=account.territory_id, purse=purse,
                amount=Decimal(amount), booked_on=TODAY,
            )
        )  # fmt: skip
    product = session.scalars(select(Product).order_by(Product.code)).first()
    assert product is not None
    session.add(ScarceStock(id=new_id(), version=1, product_id=product.id, quantity=Decimal(2_000)))
    shares = [(Limit.PREPAY, str(account_id), 500), (Limit.CREDIT, str(account_id), 2_000),
              (Limit.CASH, str(account_id), 300), (Limit.STOCK, str(product.id), 1_500)]  # fmt: skip
    budgeted = session.scalars(select(Promotion.code).where(Promotion.budget.is_not(None)))
    shares += [(Limit.BUDGET, code, 3_000) for code in budgeted]
    session.add_all(signs.slice(limit, key, amount, me) for limit, key, amount in shares)
