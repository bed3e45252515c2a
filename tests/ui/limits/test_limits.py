"""Who holds what of limits, on the screen of the office: said, called back, told when one is lowered."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from fieldcrm.clock import to_ms
from fieldcrm.sync.limits import Held, Holder, Stock
from fieldcrm.ui.context import Context
from fieldcrm.ui.limits import lowered
from fieldcrm.ui.limits.page import LimitsPage
from fieldcrm.ui.limits.stock import StockDialog
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.labels import Label, Paragraph
from fieldcrm.ui.widgets.overlays import Dialog
from tests.ui.conftest import NOW

UNTIL = to_ms(NOW + timedelta(days=3))
NEAR = Holder("d1", "LAPTOP-7", "陈嘉禾", Decimal(120), UNTIL, to_ms(NOW - timedelta(hours=2)))
FAR = Holder("d2", "", "周敏", Decimal(80), UNTIL, None, called_back=True)
BUDGET = Held(
    "budget", "SPRING", "春季满减", Decimal(200), Decimal(150), (NEAR, FAR), Decimal(50), None, 2, 1
)
STOCK = Held("stock", "p", "清泉矿泉水 550ml", Decimal(36), Decimal(), (FAR,), Decimal(100))


@pytest.fixture
def page(context: Context, qtbot: QtBot) -> LimitsPage:
    made = LimitsPage(context)
    context.shell.widget = made  # type: ignore[attr-defined]  # the recording shell
    qtbot.addWidget(made)
    made.resize(1216, 800)
    with qtbot.waitExposed(made):
        made.show()
    made.show_limits((BUDGET, STOCK))
    return made


def said(page: LimitsPage) -> str:
    return " ".join(each.text() for kind in (Label, Paragraph) for each in page.findChildren(kind))


def test_a_limit_says_who_holds_how_much_until_when(page: LimitsPage) -> None:
    assert "2 台电脑持有 ¥200.00，比可用额度多 ¥150.00" in said(page)
    assert "陈嘉禾" in said(page)
    assert "已要求收回" in said(page)
    assert "正在收回，已返回 1/2" in said(page)
    page.table.pick(1)
    assert "1 台电脑持有 36，可用共 100" in said(page)
    assert not page.recall.isEnabled(), "all of it is called back already"


def test_calling_back_asks_first_and_says_what_becomes_of_laptops_out_of_reach(page: LimitsPage) -> None:
    page.ask()
    [dialog] = page.findChildren(Dialog)
    assert "未联网的电脑可用到份额到期" in " ".join(each.text() for each in dialog.findChildren(Paragraph))
    next(each for each in dialog.findChildren(Button) if each.text() == "不收回").click()


def test_stock_is_lowered_to_what_is_sold_and_who_does_so_is_told_that_parts_come_back(
    page: LimitsPage,
) -> None:
    assert not page.stock.isEnabled(), "a budget is changed with the rules"
    page.table.pick(1)
    assert page.stock.isEnabled()
    kept: list[Decimal] = []
    dialog = StockDialog(STOCK.name, Stock(Decimal(40), Decimal(36), Decimal(140)), kept.append)
    dialog.open(page)
    for wrong, why in (("x", "不小于 0"), ("-1", "不小于 0"), ("39", "已售 40")):
        dialog.quantity.setText(wrong)
        dialog._press()
        assert why in " ".join(each.text() for each in dialog.findChildren(Paragraph)), wrong
    dialog.quantity.setText("60")
    dialog.quantity.settle_now()
    assert dialog.hint.isVisibleTo(dialog)
    assert dialog.save.text() == "收回并保存"
    dialog.save.click()
    assert kept == [60]


def test_who_lowers_a_limit_is_told_how_much_is_out_with_whom_and_until_when(page: LimitsPage) -> None:
    lowered.tell(page, (STOCK,))
    assert not [each for each in page.findChildren(Dialog) if each.isVisible()]
    lowered.tell(page, (BUDGET, STOCK))
    [dialog] = [each for each in page.findChildren(Dialog) if each.isVisible()]
    text = " ".join(each.text() for each in dialog.findChildren(Paragraph))
    assert "「春季满减」：陈嘉禾、周敏多持有 ¥150.00" in text
    next(each for each in dialog.findChildren(Button) if each.text() == "查看持有者").click()
    assert context_opened(page) == "limits"


def context_opened(page: LimitsPage) -> str:
    return str(page.context.shell.opened[-1][0])  # type: ignore[attr-defined]  # the recording shell
