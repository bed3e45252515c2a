"""The guided screen as a rep meets it: reasons in words, undo, keys, unfinished work that stays."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.model.orders import OrderLine
from fieldcrm.model.products import Product
from fieldcrm.rules.pricing import bills
from fieldcrm.services import order_list
from fieldcrm.services.configuring import Desk
from fieldcrm.services.pricing import DraftLine
from fieldcrm.ui import formats, saving
from fieldcrm.ui.configuring.dialog import Configurator
from fieldcrm.ui.context import Context
from fieldcrm.ui.orders import paper
from fieldcrm.ui.orders.draft import Draft
from fieldcrm.ui.orders.order_page import OrderPage
from tests.ui.conftest import Settle
from tests.ui.orders.test_order_entry import opened, saved
from tests.ui.orders.test_order_screens import busiest_account

RACK, MIXED = "清岚陈列架套装", "清岚茶饮混合箱 500ml×16"


@pytest.fixture
def page(context: Context, qtbot: QtBot, settle: Settle) -> OrderPage:
    with context.database.reading() as session:
        account_id = busiest_account(session)
    made = opened(context, qtbot, settle, account_id=account_id)
    made.entry.show_all()
    return made


def goods(context: Context, name: str) -> UUID:
    with context.database.reading() as session:
        return session.scalars(select(Product.id).where(Product.name == name)).one()


def configure(page: OrderPage, context: Context, name: str) -> Configurator:
    unit = "套" if name == RACK else "箱"
    page.entry.configure((goods(context, name), unit))
    return page.findChildren(Configurator)[-1]


def names(shown: Configurator) -> list[str]:
    model = shown.options.rows
    return [shown.desk.name(model.row(n).answer.option.product) for n in range(model.rowCount())]


def choose(shown: Configurator, step: str, *options: str) -> None:
    at = [each.stage.group.name for each in shown.desk.steps()].index(step)
    shown.step_list.pick(at)
    for option in options:
        shown.options.pick(names(shown).index(option))
        QTest.keyClick(shown.options, Qt.Key.Key_Space)


def said(shown: Configurator, option: str) -> str:
    row = shown.options.rows.row(names(shown).index(option))
    assert row is not None
    return shown.options._facts(row)


def test_a_closed_choice_says_which_other_choice_closes_it_and_stays_closed(
    page: OrderPage, context: Context
) -> None:
    shown = configure(page, context, RACK)
    choose(shown, "冰柜", "小冰柜 120L")
    choose(shown, "物料", "灯箱 60cm")
    assert said(shown, "灯箱 60cm") == "和「小冰柜 120L」不能同时选。去掉后就能选。"
    assert [shown.desk.name(path) for path in shown.desk.chosen] == ["小冰柜 120L"]


def test_a_hidden_option_is_not_there_until_something_brings_it(page: OrderPage, context: Context) -> None:
    shown = configure(page, context, RACK)
    choose(shown, "物料")
    assert "灯箱电源" not in names(shown)
    choose(shown, "物料", "灯箱 60cm")
    assert said(shown, "灯箱电源") == "「灯箱 60cm」需要它，先去掉那一项。"


def test_the_price_grows_with_every_choice_and_undo_takes_it_back(page: OrderPage, context: Context) -> None:
    shown = configure(page, context, RACK)
    choose(shown, "冰柜", "大冰柜 280L")
    choose(shown, "层架", "木质层板")
    QTest.keyClick(shown.options, "+")
    assert shown._price.text() == formats.money(Decimal(880 + 420 + 4 * 35))
    QTest.keyClick(shown, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(shown, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert shown._price.text() == formats.money(Decimal(1300))


def test_a_finished_article_goes_into_the_order_with_its_parts(
    page: OrderPage, context: Context, settle: Settle
) -> None:
    shown = configure(page, context, MIXED)
    choose(shown, "口味", *(f"{tea} 500ml" for tea in ("茉莉绿茶", "桂花乌龙", "青柑乌龙", "大麦茶")))
    assert shown.next_button.text() == "完成"
    QTest.keyClick(shown.options, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    page.submit()
    settle()
    [order] = saved(context)
    assert order.status == "submitted"
    with context.database.reading() as session:
        line = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).one()
        assert [many for _, many in bills.heard(line.configuration)] == [4, 4, 4, 4]
        assert line.unit_price == Decimal("46.00") + 4 * Decimal("0.30")


def test_an_unfinished_article_stays_with_the_draft_and_keeps_the_order_from_being_sent(
    page: OrderPage, context: Context, qtbot: QtBot, settle: Settle
) -> None:
    shown = configure(page, context, RACK)
    choose(shown, "冰柜", "大冰柜 280L")
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    page.submit()
    settle()
    assert saved(context) == []
    page.leaving()
    settle()
    [order] = saved(context)
    again = opened(context, qtbot, settle, order_id=order.id)
    assert again.entry.draft is not None
    assert [len(held) for held in again.entry.draft.chosen.values()] == [1]
    row = again.entry.model.row(0)
    assert row is not None
    assert (row.inside, row.problem) == ("大冰柜 280L", "required_missing")


def test_an_article_inside_an_article_adds_its_own_step(page: OrderPage, context: Context) -> None:
    shown = configure(page, context, RACK)
    choose(shown, "首批货", MIXED)
    assert [(each.stage.group.name, each.depth) for each in shown.desk.steps()][-1] == ("口味", 1)
    choose(shown, "口味", "茉莉绿茶 500ml")
    choose(shown, "首批货", MIXED)
    assert shown.desk.chosen == {}


def test_two_of_one_article_with_different_things_inside_are_two_lines(
    page: OrderPage, context: Context, qtbot: QtBot, settle: Settle
) -> None:
    teas = [f"{tea} 500ml" for tea in ("茉莉绿茶", "桂花乌龙", "青柑乌龙", "大麦茶", "冰红茶")]
    choose(configure(page, context, MIXED), "口味", *teas[:4])
    page.findChildren(Configurator)[-1].leave()
    page.entry.configure_another((goods(context, MIXED), "箱"))
    choose(page.findChildren(Configurator)[-1], "口味", *teas[1:])
    page.findChildren(Configurator)[-1].leave()
    assert page.entry.draft is not None
    kept = page.entry.draft.as_json()
    page.submit()
    settle()
    [order] = saved(context)
    with context.database.reading() as session:
        rows = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).all()
        assert len({str(row.configuration) for row in rows}) == len(rows) == 2
        again = Draft(order.account_id)
        again.fill(order_list.draft_lines(session, order.id))
    assert len(again.quantities) == 2
    read = Draft(order.account_id)
    assert read.restore(kept)
    assert {line.chosen for line in read.lines()} == {line.chosen for line in again.lines()}


def test_the_order_on_paper_lists_what_is_inside_under_its_article(
    page: OrderPage, context: Context, settle: Settle, tmp_path: Path
) -> None:
    shown = configure(page, context, MIXED)
    choose(shown, "口味", *(f"{tea} 500ml" for tea in ("茉莉绿茶", "桂花乌龙", "青柑乌龙", "大麦茶")))
    shown.leave()
    page.submit()
    settle()
    [order] = saved(context)
    with context.database.reading() as session:
        detail = order_list.detail(session, order.id)
    text = paper.html(detail, "<鲜达>")
    assert text.index(MIXED) < text.index("&#160;&#160;&#160;&#160;青柑乌龙 500ml")
    assert "&lt;鲜达&gt;" in text
    saving.save(page, context, tmp_path / "order.pdf", lambda _session: paper.pdf(detail, ""))
    settle()
    assert (tmp_path / "order.pdf").read_bytes().startswith(b"%PDF")


def fitted(page: OrderPage, context: Context) -> Configurator:
    """Open the rack as if its manual needed price tags and did not go with stickers."""
    assert page.entry.counter is not None
    known = page.entry.counter.basis
    rack, manual = str(goods(context, RACK)), str(goods(context, "安装手册"))
    tags, stickers = (str(goods(context, name)) for name in ("价签条", "地贴"))
    of = known.rules.bills[rack]
    changed = replace(of, requires=(*of.requires, (manual, tags)),
                      excludes=(*of.excludes, frozenset({manual, stickers})))  # fmt: skip
    rules = replace(known.rules, bills={**known.rules.bills, rack: changed})
    desk = Desk(replace(known, rules=rules), DraftLine(UUID(rack), "套", Decimal(1)))
    made = Configurator(desk, lambda _choices: None)
    made.open(page)
    return made


def test_what_a_part_needs_is_offered_with_the_reason_and_put_in_by_a_key(
    page: OrderPage, context: Context
) -> None:
    shown = fitted(page, context)
    assert not shown.needs.isHidden()
    assert shown.needs._said.text() == "「安装手册」需要「价签条」。"
    choose(shown, "物料")
    assert said(shown, "价签条") == "「安装手册」需要它，请选上。"
    assert said(shown, "地贴") == "和固定含有的「安装手册」不能搭配。"
    assert "物料" in shown._gap.text(), "it is among what is still to be chosen"
    shown.step_list.pick(0)
    QTest.keyClick(shown.options, Qt.Key.Key_A)
    assert shown.needs.isHidden()
    assert [shown.desk.name(path) for path in shown.desk.chosen] == ["价签条"]
    assert shown.step_list.row().stage.group.name == "物料", "one sees where it went"
    assert said(shown, "价签条") == "固定含有的「安装手册」需要它，不能去掉。"
    shown.undo()
    assert not shown.needs.isHidden()


def test_an_open_option_says_by_how_much_it_changes_the_price_as_it_stands(
    page: OrderPage, context: Context
) -> None:
    shown = configure(page, context, RACK)

    def amounts() -> dict[str, str]:
        rows = [shown.options.rows.row(n) for n in range(shown.options.rows.rowCount())]
        return {shown.desk.name(r.answer.option.product): shown.options._amount(r)[0] for r in rows if r}

    choose(shown, "冰柜")
    assert amounts() == {"小冰柜 120L": "含在价内", "大冰柜 280L": "+¥420.00", "风幕柜 1.2m": "+¥1,900.00"}
    choose(shown, "冰柜", "大冰柜 280L")
    assert amounts()["小冰柜 120L"] == "−¥420.00", "it would take the place of the other"
    assert amounts()["风幕柜 1.2m"] == "+¥1,480.00"
    choose(shown, "层架")
    assert amounts()["木质层板"] == "+¥70.00", "two of them are the least"
