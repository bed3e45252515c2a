"""The table of an order paints only the cells that changed: none that looks otherwise may be left out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldcrm.services.products import Article, Unit
from fieldcrm.services.replenishment import Need
from fieldcrm.ui.orders import lines
from fieldcrm.ui.orders.lines import EntryRow, LinesTable

CASE, BOTTLE = Unit("箱", Decimal(12)), Unit("瓶", Decimal(1))
TEA = Article(
    UUID(int=1), "T1", "茉莉绿茶", "清岚", "", None, (CASE, BOTTLE), "瓶", Decimal("0.13"), active=True
)
PLAIN = EntryRow(TEA, CASE, Decimal(2), Decimal("30.00"), Decimal("60.00"), "", None)
SEEN = Need(TEA.id, Decimal(3), False, Decimal(4), Decimal(1))


@pytest.fixture
def table(qapp: QApplication, qtbot: QtBot) -> LinesTable:
    made = LinesTable(lines.model())
    qtbot.addWidget(made)
    made.resize(1000, 200)
    made.show()
    return made


def cells(table: LinesTable) -> list[QImage]:
    model = table.model()
    return [
        table.viewport().grab(table.visualRect(model.index(0, n))).toImage()
        for n in range(model.columnCount())
    ]


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAIN, quantity=Decimal(3)),
        replace(PLAIN, quantity=Decimal(0), subtotal=None),
        replace(PLAIN, price=Decimal("29.00")),
        replace(PLAIN, price=None),
        replace(PLAIN, problem="not_sellable"),
        replace(PLAIN, subtotal=Decimal("58.00")),
        replace(PLAIN, inside=""),
        replace(PLAIN, inside="大份"),
        replace(PLAIN, need=SEEN),
        replace(PLAIN, need=replace(SEEN, in_store=Decimal(0))),
        replace(PLAIN, article=replace(TEA, name="乌龙茶")),
        replace(PLAIN, article=replace(TEA, brand="山野")),
        replace(PLAIN, article=replace(TEA, units=(CASE,))),
        replace(PLAIN, manual=Decimal("28.00")),
    ],
)
def test_a_cell_that_is_not_painted_anew_looks_as_before(table: LinesTable, other: EntryRow) -> None:
    model = lines.model()
    table.setModel(model)
    model.show_rows([PLAIN])
    before, told = cells(table), set[int]()
    assert min(image.width() for image in before) >= 80
    model.dataChanged.connect(lambda first, _last: told.add(first.column()))
    model.show_rows([other])
    differing = {n for n, (was, now) in enumerate(zip(before, cells(table), strict=True)) if was != now}
    assert differing <= told
    assert told < set(range(model.columnCount()))
