"""Taking goods back at the office's desk: found, typed, reckoned by the office, asked once more."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from fieldcrm.clock import to_ms
from fieldcrm.errors import RuleBroken
from fieldcrm.sync.office_returns import Found, Line, Made, Returnable, Worth
from fieldcrm.ui.context import Context
from fieldcrm.ui.returns.page import ReturnsPage
from fieldcrm.ui.widgets.labels import Label, Paragraph
from fieldcrm.ui.widgets.overlays import Dialog
from tests.ui.conftest import NOW

ORDER = Found("o", "SO-2026-000042", "永辉超市", "陈嘉禾", date(2026, 11, 12), Decimal(960), Decimal(48))
OTHER = Found("p", "SO-2026-000043", "华联", "周敏", date(2026, 11, 13), Decimal(24), Decimal())
READ = Returnable(
    (
        Line("a", "清泉矿泉水 550ml", "箱", False, *map(Decimal, (20, 20, 1, 19, 960))),
        Line("b", "清泉矿泉水 550ml", "瓶", True, *map(Decimal, (2, 2, 2, 0, 0))),
    ),
    (Made("r", to_ms(NOW), "王芳", "破损", Decimal(48)),),
)  # fmt: skip


@pytest.fixture
def page(context: Context, qtbot: QtBot) -> ReturnsPage:
    made = ReturnsPage(context)
    context.shell.widget = made  # type: ignore[attr-defined]  # the recording shell
    qtbot.addWidget(made)
    made.resize(1216, 800)
    with qtbot.waitExposed(made):
        made.show()
    made.show_orders((ORDER, OTHER))
    made.table.pick(0)
    made.show_order(ORDER, READ)
    return made


def said(page: Any) -> str:
    return " ".join(each.text() for kind in (Label, Paragraph) for each in page.findChildren(kind))


def test_an_order_says_what_came_back_before_and_what_may_still(page: ReturnsPage) -> None:
    assert "已送 20 箱 · 已退 1 箱" in said(page)
    assert "已全部退回" in said(page)
    assert "王芳 · 破损" in said(page)
    assert list(page.desk.steppers) == ["a"]


def test_no_more_than_is_left_can_be_typed(page: ReturnsPage) -> None:
    page.desk.steppers["a"].set_value(Decimal(99), tell=True)
    assert page.desk.quantities == {"a": Decimal(19)}


def test_nothing_is_asked_without_quantities_the_offices_amount_and_a_reason(page: ReturnsPage) -> None:
    page.ask()
    page.desk.steppers["a"].set_value(Decimal(2), tell=True)
    page.desk.show_worth(Worth(Decimal(96)))
    page.ask()
    assert not [each for each in page.findChildren(Dialog) if each.isVisible()]
    assert "写几个字" in said(page) or "请写" in said(page)
    page.desk.reason.setText("漏水")
    page.ask()
    [dialog] = [each for each in page.findChildren(Dialog) if each.isVisible()]
    assert "永辉超市得到 ¥96.00。" in said(dialog)


def test_what_the_office_refuses_is_said_and_cannot_be_sent(page: ReturnsPage) -> None:
    page.desk.steppers["a"].set_value(Decimal(2), tell=True)
    page.desk.refuse(str(RuleBroken("returned_too_much")))
    assert not page.desk.send.isEnabled()


def test_another_quantity_is_another_return_and_the_same_is_the_same(page: ReturnsPage) -> None:
    page.desk.steppers["a"].set_value(Decimal(2), tell=True)
    first = page.desk.key
    page.desk.reason.setText("漏水")
    assert page.desk.key == first
    page.desk.steppers["a"].set_value(Decimal(3), tell=True)
    assert page.desk.key != first


def test_an_answer_about_another_order_is_not_shown(page: ReturnsPage) -> None:
    page.show_order(OTHER, Returnable())
    assert page.desk.order_id == "o"


def test_nothing_found_says_how_to_look(page: ReturnsPage) -> None:
    page.show_orders(())
    assert "没有符合的订单" in said(page)
