"""A bill of materials on the office's screen: built from nothing, never inside itself, tried, kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.model.products import Product
from fieldcrm.model.users import Role
from fieldcrm.services import rule_drafts
from fieldcrm.storage import rule_draft as kept
from fieldcrm.storage.database import Database
from fieldcrm.ui.configuring.dialog import Configurator
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.prices.bill_page import BillPage
from fieldcrm.ui.prices.bill_tree import Sort
from tests.ui.conftest import RecordingShell, Settle, make_context

RACK, MIXED = "清岚陈列架套装", "清岚茶饮混合箱 500ml×16"
Open = Callable[[str], BillPage]


@pytest.fixture
def office(laptop_db: Database, jobs: Jobs, qtbot: QtBot) -> Context:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    return make_context(laptop_db, jobs, Role.FINANCE, RecordingShell(widget=window))


@pytest.fixture
def ids(office: Context) -> dict[str, str]:
    with office.database.reading() as session:
        return {name: str(key) for name, key in session.execute(select(Product.name, Product.id))}


@pytest.fixture
def open_bill(office: Context, qtbot: QtBot, settle: Settle) -> Open:
    def open_(rule: str) -> BillPage:
        page = BillPage(office)
        page.setParent(office.shell.window())
        page.show_place(rule=rule)
        page.show()
        settle()
        return page

    return open_


def at(page: BillPage, sort: Sort, title: str) -> None:
    rows = page.tree.rows.rows
    page.tree.pick([(row.sort, row.title) for row in rows].index((sort, title)))


def code(page: BillPage, key: str) -> str:
    return page._offers.known.code("products", key)


def said(page: BillPage) -> str:
    return page._wrong.text()


def test_a_bill_shows_every_level_and_what_goes_with_what(open_bill: Open, ids: dict[str, str]) -> None:
    page = open_bill(ids[RACK])
    told = {row.title: row.said for row in page.tree.rows.rows}
    assert told["冰柜"] == "选 1 项。"
    assert "不能配「木质层板」" in told["风幕柜 1.2m"]
    assert "需要「灯箱电源」" in told["灯箱 60cm"]
    assert "需要时才出现" in told["灯箱电源"]
    assert [row.depth for row in page.tree.rows.rows if row.sort is Sort.INNER] == [2] * 8, "the box's teas"


def test_a_bill_is_built_from_nothing_tried_and_kept_in_the_draft(
    open_bill: Open, ids: dict[str, str], office: Context, settle: Settle
) -> None:
    page = open_bill("")
    page.save()
    assert said(page) == "请先选择商品"
    assert page.pane is not None
    assert page.pane.fields is not None
    page.pane.fields.show_typed({"host_id": code(page, ids["价签条"])})
    page.pane.fields.edited.emit()
    page.add_group()
    assert page.pane.fields is not None
    page.pane.fields.show_typed({"name": "颜色", "required": True, "least": "1", "most": "1"})
    page.pane.fields.edited.emit()
    at(page, Sort.GROUP, "颜色")
    page._add("颜色", [code(page, ids["地贴"]), code(page, ids["安装手册"])])
    at(page, Sort.ITEM, "地贴")
    assert page.pane is not None
    assert page.pane.against is not None
    page.pane.against.chosen[code(page, ids["安装手册"])] = ""
    page.pane._exclude()
    page.try_it()
    settle()
    assert said(page) == ""
    shown = page.window().findChildren(Configurator)[-1]
    assert [step.stage.group.name for step in shown.desk.steps()] == ["颜色"]
    shown.leave()
    page.save()
    settle()
    with office.database.reading() as session:
        draft = kept.load(session)
        assert draft is not None
        doc = draft.changes["sales_bom", ids["价签条"]]
        assert doc is not None
        assert [group["name"] for group in doc["groups"]] == ["颜色"]
        assert doc["rules"] == [{"kind": "excludes", "products": [ids["地贴"], ids["安装手册"]]}]
        bills = rule_drafts.draft_book(session, draft).rulebook.configurations
        assert bills[ids["价签条"]].groups[0].required


def test_an_article_that_would_hold_itself_is_refused_with_the_whole_way(
    open_bill: Open, ids: dict[str, str]
) -> None:
    page = open_bill(ids[MIXED])
    before = dict(page.doc)
    page._add("口味", [code(page, ids[RACK])])
    assert said(page) == f"一套商品不能包含它自己：{MIXED} › {RACK} › {MIXED}。没有添加。"
    assert page.doc == before


def test_a_fixed_part_that_needs_what_nobody_can_choose_is_refused_at_its_field(
    open_bill: Open, ids: dict[str, str], settle: Settle, office: Context
) -> None:
    page = open_bill("")
    assert page.pane is not None
    assert page.pane.fields is not None
    page.pane.fields.show_typed({"host_id": code(page, ids["价签条"])})
    page.pane.fields.edited.emit()
    page._add(None, [code(page, ids["地贴"]), code(page, ids["安装手册"])])
    at(page, Sort.ITEM, "安装手册")
    page.pane._hide(on=True)
    at(page, Sort.ITEM, "地贴")
    assert page.pane.needs is not None
    page.pane.needs.chosen[code(page, ids["安装手册"])] = ""
    page.pane._need()
    page.tree.pick(0)
    page.save()
    settle()
    wrong = "地贴，安装手册：固定件需要另一件，但那一件没有地方可以选。"
    assert said(page) == wrong
    assert page.tree.row().title == "地贴"
    assert page.pane.needs.accessibleDescription() == wrong
    with office.database.reading() as session:
        assert kept.load(session) is None
    at(page, Sort.ITEM, "安装手册")
    page.pane._hide(on=False)
    page.save()
    settle()
    with office.database.reading() as session:
        draft = kept.load(session)
        assert draft is not None
        assert ("sales_bom", ids["价签条"]) in draft.changes


def test_every_step_is_taken_back_and_kept_while_one_works(
    open_bill: Open, ids: dict[str, str], settle: Settle
) -> None:
    page = open_bill(ids[RACK])
    before = page.doc
    at(page, Sort.GROUP, "物料")
    QTest.keyClick(page.tree, Qt.Key.Key_Delete)
    assert "物料" not in [row.title for row in page.tree.rows.rows]
    assert all("灯箱" not in row.said for row in page.tree.rows.rows), "nothing is said of what is gone"
    settle()
    again = open_bill(ids[RACK])
    assert again.doc == page.doc, "it is there after a crash"
    again.undo()
    page.undo()
    assert page.doc == again.doc == before


def test_a_number_that_is_none_is_said_at_its_field_and_not_kept(
    open_bill: Open, ids: dict[str, str]
) -> None:
    page = open_bill(ids[RACK])
    at(page, Sort.ITEM, "大冰柜 280L")
    assert page.pane is not None
    fields: Any = page.pane.fields
    fields.fields["delta"].control.setText("many")
    fields.edited.emit()
    assert fields.fields["delta"].control.property("wrong")
    page.save()
    assert said(page) == "请先改好这个字段"


def test_a_circle_that_came_by_a_workbook_is_told_with_its_whole_way(
    open_bill: Open, ids: dict[str, str], settle: Settle
) -> None:
    page = open_bill(ids[MIXED])
    inner = {"group": None, "product_id": ids[RACK], "least": "1", "most": "1", "step": "1", "delta": "0"}
    page.doc = {**page.doc, "nodes": [*page.doc["nodes"], inner]}
    page.save()
    settle()
    assert f"{MIXED} › {RACK} › {MIXED}：一套商品不能包含它自己。" in said(page)
