"""The models behind lists: order, keys, words for screen readers, and windows over many rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldcrm.ui.tables import PAGE, ROW_ROLE, SORT_ROLE, Column, RowsModel, WindowModel
from fieldcrm.ui.widgets.lists import RowTable


@dataclass(frozen=True)
class Shop:
    id: int
    name: str


COLUMNS: tuple[Column[Shop], ...] = (
    Column("Name", lambda shop: shop.name, lambda shop: shop.name),
    Column("Number", lambda shop: str(shop.id), lambda shop: shop.id, Qt.AlignmentFlag.AlignRight, 80),
)
SHOPS = [Shop(2, "湖滨"), Shop(1, "佳惠"), Shop(3, "好邻居")]


def test_a_row_is_taken_whole_and_sorted_by_value(qapp: QApplication) -> None:
    model: RowsModel[Shop] = RowsModel(COLUMNS)
    model.show_rows(SHOPS)
    model.sort(1)
    assert [model.index(n, 0).data(ROW_ROLE).id for n in range(3)] == [1, 2, 3]
    assert model.index(0, 1).data(SORT_ROLE) == 1
    assert model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "佳惠, 1"
    assert (
        model.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole)
        & Qt.AlignmentFlag.AlignRight
    )


def test_of_rows_that_change_only_the_cells_that_look_different_are_painted(qapp: QApplication) -> None:
    seen: Column[Shop] = Column("", lambda shop: "", drawn=lambda shop: len(shop.name))
    model: RowsModel[Shop] = RowsModel((*COLUMNS, seen), whole=False)
    model.show_rows(SHOPS)
    told: list[tuple[int, int, int, int]] = []
    model.dataChanged.connect(lambda a, b: told.append((a.row(), a.column(), b.row(), b.column())))
    model.show_rows([SHOPS[0], Shop(1, "佳美"), Shop(3, "好")])
    assert told == [(1, 0, 1, 0), (2, 0, 2, 0), (2, 2, 2, 2)]
    assert model.row(2) == Shop(3, "好")


def test_the_selected_row_stays_selected_when_the_list_reloads(qapp: QApplication, qtbot: QtBot) -> None:
    model: RowsModel[Shop] = RowsModel(COLUMNS)
    model.show_rows(SHOPS)
    table = RowTable(model, name="Shops")
    qtbot.addWidget(table)
    table.pick(2)
    model.show_rows([Shop(9, "新店"), *SHOPS])
    assert table.row() == SHOPS[2]


def test_enter_opens_the_current_row(qapp: QApplication, qtbot: QtBot) -> None:
    model: RowsModel[Shop] = RowsModel(COLUMNS)
    model.show_rows(SHOPS)
    table = RowTable(model, name="Shops")
    qtbot.addWidget(table)
    table.pick(1)
    opened: list[Shop] = []
    table.opened.connect(opened.append)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened == [SHOPS[1]]


def test_a_window_fetches_only_the_pages_that_are_looked_at(qapp: QApplication, qtbot: QtBot) -> None:
    asked: list[int] = []

    def ask(offset: int, limit: int, then: Callable[[Sequence[Shop]], object]) -> None:
        asked.append(offset)
        then([Shop(n, f"{n}") for n in range(offset, offset + limit)])

    model: WindowModel[Shop] = WindowModel(COLUMNS, ask)
    model.show(100_000)
    assert model.rowCount() == 100_000
    assert model.index(70_123, 0).data(ROW_ROLE) is None
    qtbot.waitUntil(lambda: model.index(70_123, 0).data(ROW_ROLE) is not None)
    assert model.index(70_123, 0).data() == "70123"
    assert asked == [70_123 // PAGE * PAGE]


def test_an_answer_to_an_earlier_question_is_dropped(qapp: QApplication, qtbot: QtBot) -> None:
    waiting: list[Callable[[Sequence[Shop]], object]] = []
    model: WindowModel[Shop] = WindowModel(COLUMNS, lambda _offset, _limit, then: waiting.append(then))
    model.show(300)
    model.row(0)
    qtbot.waitUntil(lambda: len(waiting) == 1)
    model.show(200)
    waiting[0]([Shop(1, "old")] * PAGE)
    assert model.row(0) is None
