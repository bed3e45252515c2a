"""The week goes from the rep to the manager and back, on the plan page (V2)."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from fieldcrm.ui.context import Context
from fieldcrm.ui.plan.page import PlanPage
from fieldcrm.ui.widgets.buttons import Button
from tests.ui.conftest import Settle


def opened(context: Context, qtbot: QtBot, settle: Settle) -> PlanPage:
    page = PlanPage(context)
    qtbot.addWidget(page)
    context.shell.widget = page
    page.resize(1440, 900)
    page.show()
    settle()
    settle()
    return page


def test_the_rep_submits_the_manager_returns_the_rep_submits_again(
    context: Context, manager_context: Context, qtbot: QtBot, settle: Settle
) -> None:
    rep = opened(context, qtbot, settle)
    assert rep.week.submit.isVisible()
    rep.week.submit.click()
    settle()
    assert not rep.week.submit.isVisible()
    assert "本周已提交" in rep.week._words.text()
    boss = opened(manager_context, qtbot, settle)
    qtbot.waitUntil(boss.week.approve.isVisible)
    boss.week._ask_return()
    answer = next(b for b in boss.window().findChildren(Button) if b.text() == "退回")
    answer.click()
    field = next(f for f in boss.window().findChildren(QLineEdit) if f.accessibleName() == "要改什么")
    field.setText("多去 A 级店")
    answer.click()
    qtbot.waitUntil(lambda: "多去 A 级店" in rep.week._words.text())
    assert rep.week.submit.text() == "再次提交"
    rep.week.submit.click()
    qtbot.waitUntil(boss.week.approve.isVisible)
    boss.week.approve.click()
    qtbot.waitUntil(lambda: "本周已批准" in rep.week._words.text())
