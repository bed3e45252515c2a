"""Customers' money at the office's desk: seen, booked, lowered with what laptops hold of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from fieldcrm.clock import to_ms
from fieldcrm.errors import Offline
from fieldcrm.model.users import Role
from fieldcrm.services.money import Line, Section
from fieldcrm.storage.database import Database
from fieldcrm.sync import office_money
from fieldcrm.sync.limits import Holder
from fieldcrm.sync.office_money import (
    Booking,
    Credit,
    Customer,
    Lot,
    Policy,
    Purse,
    Standing,
    Waiting,
)
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.money.dialogs import OUT, BookDialog, TrustDialog
from fieldcrm.ui.money.page import MoneyPage
from fieldcrm.ui.money.policy import PolicyDialog
from fieldcrm.ui.widgets.labels import Label, Paragraph
from tests.ui.conftest import NOW, TODAY, Settle, make_context

CUSTOMER = Customer("c", "永辉超市", "KH-0042", 7, Decimal(), Decimal(20_000))
HELD = Holder("d", "LAPTOP-7", "陈嘉禾", Decimal(2_000), to_ms(NOW + timedelta(days=3)))
CREDIT = Credit(Decimal(15_500), Decimal(3_000), "B", Decimal(20_000), Decimal(4_500))
LOT = Lot("l", "年度返利", "cash", Decimal(600), Decimal(200), date(2026, 12, 31))
LINES = (
    Line(date(2026, 11, 1), "转账 7781", Decimal(1_000), Decimal(1_000)),
    Line(date(2026, 11, 12), "SO-2026-000042", Decimal(-200), Decimal(800)),
)
STANDING = Standing(
    CREDIT,
    (Purse("prepay", Decimal(800), Decimal(500)), Purse("cash", Decimal(300), Decimal())),
    (LOT,),
    (
        Waiting("w", "prepay", "c", Decimal(-700), Decimal(800), Decimal(500), 3, 1, False, note="退款"),
        Waiting("x", "cash", "c", Decimal(-400), Decimal(300), Decimal(), 0, 0, True),
    ),
    (Section("prepay", Decimal(), LINES),),
)  # fmt: skip


@pytest.fixture
def page(laptop_db: Database, jobs: Jobs, qtbot: QtBot) -> MoneyPage:
    context = make_context(laptop_db, jobs, Role.FINANCE)
    made = MoneyPage(context)
    context.shell.widget = made  # type: ignore[attr-defined]  # the recording shell
    qtbot.addWidget(made)
    made.resize(1216, 800)
    with qtbot.waitExposed(made):
        made.show()
    made.show_customers((CUSTOMER,))
    made.show_standing(CUSTOMER, STANDING)
    return made


def said(page: Any) -> str:
    return " ".join(each.text() for kind in (Label, Paragraph) for each in page.findChildren(kind))


def test_a_customers_money_says_what_is_with_laptops_and_how_far_calling_back_is(page: MoneyPage) -> None:
    assert "其中 ¥500.00 在电脑上" in said(page)
    assert "正在收回，已返回 1/3" in said(page)
    assert "只剩 ¥300.00" in said(page)
    assert "转账 7781" in said(page)


def test_a_customer_nothing_was_booked_for_says_so(page: MoneyPage) -> None:
    page.show_standing(CUSTOMER, Standing(Credit(Decimal(), Decimal(), "A")))
    assert "没有任何资金记录" in said(page)


def booking(page: MoneyPage, lot: Lot | None = None) -> tuple[BookDialog, list[Booking]]:
    booked: list[Booking] = []
    dialog = BookDialog(STANDING, TODAY, booked.append, lot)
    dialog.open(page)
    return dialog, booked


def test_what_goes_out_is_no_more_than_is_there_and_has_a_reason(page: MoneyPage) -> None:
    dialog, booked = booking(page)
    dialog.way.choose(OUT)
    for wrong, why in (("x", "金额"), ("0", "大于零"), ("900", "超过现有金额")):
        dialog.amount.setText(wrong)
        dialog._press()
        assert why in said(dialog), wrong
    dialog.amount.setText("800")
    dialog._press()
    assert not booked, "no reason yet"
    dialog.note.setText("退款")
    dialog._press()
    [entry] = booked
    assert (entry.purse, entry.amount, entry.note) == ("prepay", Decimal(-800), "退款")


def test_what_the_office_refused_stands_as_it_was_typed_and_goes_again_under_the_same_id(
    page: MoneyPage, monkeypatch: pytest.MonkeyPatch, settle: Settle
) -> None:
    sent: list[Booking] = []

    def lost(_remote: object, _account: str, entry: Booking) -> bool:
        sent.append(entry)
        if len(sent) == 1:
            raise Offline("cut_off")
        return False

    monkeypatch.setattr(office_money, "book", lost)
    monkeypatch.setattr(office_money, "find", lambda _remote, _wanted: (CUSTOMER,))
    monkeypatch.setattr(office_money, "standing", lambda _remote, _account, _since: STANDING)
    page.context = replace(page.context, laptop=SimpleNamespace(remote=object()))  # type: ignore[arg-type]
    page.book()
    [dialog] = page.window().findChildren(BookDialog)
    dialog.amount.setText("300")
    dialog._press()
    settle()
    assert dialog.refusal.isVisibleTo(dialog)
    assert (dialog.amount.text(), dialog.save.isEnabled()) == ("300", True)
    dialog._press()
    settle()
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert not isValid(dialog) or not dialog.isVisible()


def test_who_takes_what_laptops_hold_is_told_before_that_it_waits_for_them(page: MoneyPage) -> None:
    dialog, _ = booking(page)
    dialog.way.choose(OUT)
    dialog.amount.setText("300")
    dialog.amount.settle_now()
    assert not dialog._hint.isVisibleTo(dialog)
    dialog.amount.setText("301")
    dialog.amount.settle_now()
    assert dialog._hint.isVisibleTo(dialog)


def test_a_rebate_is_only_lowered(page: MoneyPage) -> None:
    dialog, booked = booking(page, LOT)
    dialog.amount.setText("600.00")
    dialog.note.setText("误计")
    dialog._press()
    assert (booked[0].lot, booked[0].amount) == ("l", Decimal(-600))


def test_a_lower_credit_limit_says_whose_parts_come_back_before_it_is_saved(page: MoneyPage) -> None:
    wanted: list[Decimal | None] = []
    dialog = TrustDialog(page, CUSTOMER, wanted.append)
    dialog.open(page)
    dialog.show_credit(Credit(Decimal(15_500), Decimal(3_000), "B", would_come_back=(HELD,)))
    assert "将收回 1 个份额：陈嘉禾 ¥2,000.00。" in said(dialog)
    assert dialog.save.text() == "收回并保存"
    dialog.limit.setText("abc")
    dialog.limit.settle_now()
    assert "金额" in said(dialog)
    dialog.limit.setText("16,000")
    assert not dialog.save.isEnabled(), "the office has not said yet whose parts come back"
    dialog.limit.settle_now()
    dialog.show_credit(CREDIT)
    dialog.save.click()
    assert wanted == [Decimal(16_000)]


def test_how_money_is_used_is_decided_in_whole_and_wrong_numbers_are_said(page: MoneyPage) -> None:
    decided: list[Policy] = []
    dialog = PolicyDialog(Policy(("prepay", "cash"), Decimal(80)), decided.append)
    dialog.open(page)
    dialog.percent.setText("0")
    dialog._press()
    assert "1 到 100" in said(dialog)
    dialog.percent.setText("75")
    dialog.over.setText("many")
    dialog._press()
    assert not decided
    dialog.over.setText("5,000")
    dialog.use.choose(("cash", "prepay"))
    dialog._press()
    assert decided == [Policy(("cash", "prepay"), Decimal(75), Decimal(5_000))]
