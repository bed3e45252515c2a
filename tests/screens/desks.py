"""The office's desks: customers' money and goods that came back, with and without a connection."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fieldcrm.sync.limits import Stock
from fieldcrm.sync.office_money import Credit, Policy
from fieldcrm.sync.office_returns import Worth
from fieldcrm.ui.accounts.statement import PeriodDialog
from fieldcrm.ui.limits.stock import StockDialog
from fieldcrm.ui.money.dialogs import OUT, BookDialog, TrustDialog
from fieldcrm.ui.money.policy import PolicyDialog
from fieldcrm.ui.widgets.overlays import Dialog
from tests.screens.stage import TODAY, Stage
from tests.ui.limits.test_limits import BUDGET, STOCK
from tests.ui.money.test_page import CUSTOMER, HELD, STANDING
from tests.ui.returns.test_page import ORDER, OTHER, READ

DATA = (
    "陈嘉禾", "周敏", "王芳", "永辉超市", "华联", "年度返利", "转账", "退款", "破损", "漏水", "清泉矿泉水",
    "财务", "KH-0042", "春季满减",
)  # fmt: skip


def walk(stage: Stage) -> None:
    """See a customer's money, book and lower it, and take goods back."""
    _money(stage)
    _returns(stage)
    _stock(stage)


def _money(stage: Stage) -> None:
    page: Any = stage.open("money")
    stage.take("89-money-offline", data=DATA)
    page.show_customers((CUSTOMER,))
    page.show_standing(CUSTOMER, STANDING)
    stage.take("89-money", layout=page.table.setFocus, data=DATA)
    booking = BookDialog(STANDING, TODAY, print)
    booking.open(page)
    booking.way.choose(OUT)
    booking.amount.setText("700")
    booking.amount.settle_now()
    _shown(stage, "89-money-book")
    trust = TrustDialog(page, CUSTOMER, print)
    trust.open(page)
    held = Credit(Decimal(15_500), Decimal(3_000), "B", would_come_back=(HELD,))
    trust.show_credit(held)
    _shown(stage, "89-credit-limit")
    PolicyDialog(Policy(("prepay", "cash"), Decimal(80), Decimal(5_000)), print).open(page)
    _shown(stage, "89-money-policy")
    PeriodDialog(TODAY, print).open(stage.context)
    _shown(stage, "89-statement-period")


def _returns(stage: Stage) -> None:
    page: Any = stage.open("office_returns")
    stage.take("89-returns-offline", data=DATA)
    page.show_orders((ORDER, OTHER))
    page.table.pick(0)
    page.show_order(ORDER, READ)
    page.desk.steppers["a"].set_value(Decimal(2), tell=True)
    page.desk.show_worth(Worth(Decimal(96)))
    page.desk.reason.setText("漏水")
    stage.take("89-returns", layout=page.desk.reason.setFocus, data=DATA)
    page.ask()
    _shown(stage, "89-returns-ask")


def _stock(stage: Stage) -> None:
    page: Any = stage.open("limits")
    page.show_limits((BUDGET, STOCK))
    page.table.pick(1)
    dialog = StockDialog(STOCK.name, Stock(Decimal(40), Decimal(36), Decimal(140)), print)
    dialog.open(page)
    dialog.quantity.setText("60")
    dialog.quantity.settle_now()
    _shown(stage, "89-stock")


def _shown(stage: Stage, name: str) -> None:
    stage.settle()
    stage.take(name, data=DATA)
    stage.window.findChildren(Dialog)[-1].leave()
