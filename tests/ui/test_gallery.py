"""Every piece of the kit on one picture, in both languages and themes, to be looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QWidget

from fieldcrm.ui import formats, paint
from fieldcrm.ui.paint import Status
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.widgets.buttons import Button, Chips, IconButton, Segments
from fieldcrm.ui.widgets.fields import ChoiceField, DayField, Field, Stepper, Tick
from fieldcrm.ui.widgets.frames import Footer, Header, card, column, holder, row, rule
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, caption, secondary, section_title
from fieldcrm.ui.widgets.lists import Cell, RowList, RowTable
from fieldcrm.ui.widgets.marks import Avatar, Badge, Bars, Meter, StackedBar, Trend
from fieldcrm.ui.widgets.overlays import Toast
from fieldcrm.ui.widgets.states import EmptyState, ProgressRow
from fieldcrm.ui.widgets.typing import LineField, SearchField, TextField

SHOPS = ("佳惠生活超市（古荡店）", "好邻居超市（文三路店）", "Jiahui Supermarket, Gudang", "西溪里 B1 食集")


@dataclass(frozen=True)
class Shop:
    id: int
    name: str
    owed: Decimal
    status: Status


ROWS = [
    Shop(n, name, Decimal(n * 1234), status)
    for n, (name, status) in enumerate(
        zip(SHOPS, (Status.DONE, Status.SAVED, Status.OVERDUE, Status.OPEN), strict=True)
    )
]
COLUMNS: tuple[Column[Shop], ...] = (
    Column("门店", lambda s: s.name, lambda s: s.name),
    Column(
        "应收/元",
        lambda s: formats.figure(s.owed, zero_is_none=True),
        lambda s: s.owed,
        Qt.AlignmentFlag.AlignRight,
        140,
    ),
    Column("状态", lambda s: s.status.value, None, Qt.AlignmentFlag.AlignLeft, 140),
)


def _shop(cell: Cell) -> None:
    paint.status(cell.painter, cell.row.status, cell.rect.x() + 4, cell.rect.center().y() - 10)
    cell.rect = cell.rect.adjusted(40, 0, -90, 0)
    cell.two_lines(cell.row.name, "超市 · A 级")
    paint.status_badge(
        cell.painter,
        cell.rect.right() + 90,
        cell.rect.center().y(),
        "已存本机",
        cell.row.status,
        to_left=True,
    )


def gallery() -> QWidget:
    buttons = row(
        Button("开始拜访", "primary", "play", height=44, wide=168),
        Button("路线", icon="navigation-variant-outline", height=44),
        Button("改约", "ghost", "calendar-arrow-right"),
        Button("删除", "danger"),
        Button("删除", "destroy"),
        Button("全部查看", "link"),
        IconButton("phone-outline", "Call"),
        IconButton("cog-outline", "Settings", quiet=True),
        None,
    )
    chips = Chips([("a", "全部 86"), ("b", "该拜访了 14"), ("c", "应收逾期 3")], current="a")
    segments = Segments([(1, "合格"), (2, "不合格"), (3, "不适用")], current=2)
    meter = Meter()
    meter.show_meter("新品铺货", "21", "48", 0.44, 0.6)
    good = Meter()
    good.show_meter("销售额", "¥186,420", "¥300,000", 0.62, 0.6)
    trend = Trend()
    trend.show_values([71, 74, 80, 79, 82, 78], [70, 80], ("10-07", "11-18"), "陈列得分")
    stacked = StackedBar()
    stacked.show_parts([(0.36, "text3"), (0.23, "accent")], "信用额度")
    model: RowsModel[Shop] = RowsModel(COLUMNS)
    model.show_rows(ROWS)
    table = RowTable(model, name="客户", sortable=True)
    table.pick(1)
    table.setFixedHeight(36 + 4 * 52)
    shops = RowList(model, _shop, name="门店")
    shops.pick(2)
    shops.setFixedHeight(4 * 56)
    wrong = Field("联系电话", LineField("138"), required=True)
    wrong.show_error("电话少了几位。填 11 位手机号，或带区号的座机号。")
    left = column(
        buttons,
        chips,
        segments,
        row(
            wrong,
            Field("渠道", ChoiceField([(1, "超市"), (2, "便利店")]), "决定用哪套步骤"),
            Field("送货日", DayField(date(2026, 11, 20))),
        ),
        row(
            Stepper(Decimal(6)),
            Tick("主要联系人", on=True),
            Tick("含税", round=True),
            Badge("已存本机", status=Status.SAVED),
            Badge("逾期 12 天", status=Status.OVERDUE),
            Avatar("陈嘉禾"),
            None,
        ),
        card(
            section_title("本月目标"),
            good,
            meter,
            rule(),
            stacked,
            ProgressRow("照片 12 / 38，19 MB", lambda: None),
        ),
        TextField("冰柜右侧被竞品占了一排，店主说月底合同到期前不好撤。已约周五带主管一起谈。", height=64),
        None,
        gap=12,
    )
    right = column(
        card(table, margins=(1, 1, 1, 1)),
        card(shops, margins=(1, 1, 1, 1)),
        card(Bars([3, 5, 4, 6, 7, 5, 6, 8, 6, 5, 5, 4]), trend),
        row(Sign("check-circle", 20, "ok"), Label("佳惠生活超市（古荡店）Jiahui", 28, 600)),
        Paragraph(
            "You and Lin Yue in the office edited this account after 07:42. 两边的内容都留着，等你来选。",
            13,
            400,
            "text2",
        ),
        row(Label("¥2,335.80", 32, 600), caption("9 个品"), secondary("含税 13%"), None),
        None,
        gap=12,
    )
    page = QWidget()
    page.setProperty("surface", "canvas")
    page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    header = Header(
        "今天",
        "11月18日 星期三 · 城西 3 线 · 9 家门店，已完成 2 家",
        [SearchField("搜索客户、商品、订单", "Ctrl K", width=300), Button("加一家", icon="plus")],
    )
    body = row(holder(left), holder(right), gap=24, margins=(24, 16, 24, 16))
    page.setLayout(
        column(
            header,
            body,
            Footer(Button("上一步", height=44), None, Button("下一步", "primary", height=44)),
            gap=0,
        )
    )
    toast = Toast(page, "已改约到周五", "撤销", lambda: None)
    toast.move(500, 640)
    return page


@pytest.mark.parametrize(("language", "mode"), [("zh_CN", "light"), ("en", "dark")])
def test_every_piece_can_be_drawn_in_both_themes(
    language: str, mode: str, look: Callable[[str, str], None], shoot: Callable[..., Path]
) -> None:
    look(language, mode)
    page = gallery()
    assert shoot(page, f"kit-{language}-{mode}", ((1440, 900),)).exists()


def test_an_empty_list_says_what_belongs_there(look: Callable[[str, str], None]) -> None:
    state = EmptyState("storefront-outline", "还没有客户", "第一次同步后，你的客户会在这里。", "现在同步")
    state.resize(600, 400)
    assert state.grab().size().width() == 600
    assert QRectF(state.rect()).height() == 400
