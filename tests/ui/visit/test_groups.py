"""Rows of a group on the visit screen: typed, chosen, searched, and kept key by key."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from fieldcrm.rules.sop import Field
from fieldcrm.rules.sop_reading import steps_of
from fieldcrm.services.workspace import StockItem
from fieldcrm.ui.visit.group import GroupBox
from fieldcrm.ui.visit.page import VisitPage
from tests.rules.test_sop_logic import field, step
from tests.ui.conftest import LOOKS
from tests.ui.visit.conftest import AtStore
from tests.ui.visit.test_visit_page import to_step

ITEMS = [
    StockItem(uuid4(), f"T{n:03}", f"Tea {n}", "500 ml", "case", None, "bottle", Decimal(5))
    for n in range(200)
]


def asked(kind: str, **more: Any) -> Field:
    return steps_of([step("s", field("g", kind, label="Rows", **more))])[0].fields[0]


class Told:
    """A group on the screen, and what it told last."""

    def __init__(self, qtbot: QtBot, one: Field, items: list[StockItem] = ITEMS[:3], **said: Any) -> None:
        self.box, self.qtbot = GroupBox(one), qtbot
        self.answers: dict[str, Any] = said
        qtbot.addWidget(self.box)
        self.box.changed.connect(lambda key, rows: self.answers.update({key: rows}))
        self.box.totalled.connect(lambda key, number: self.answers.update({key: number}))
        self.box.show_group(items, said, None, {})
        self.box.resize(760, 600)
        self.box.show()
        self.box.activateWindow()
        qtbot.waitUntil(self.box.isActiveWindow)
        self.box.take_focus()

    def press(self, *keys: Any) -> None:
        for key in keys:
            for each in key if isinstance(key, str) else [key]:
                self.qtbot.keyClick(QApplication.focusWidget() or self.box.table, each)

    @property
    def rows(self) -> list[Any]:
        return list(self.answers.get("g", {}).values())


def test_typing_fills_a_column_downwards(qtbot: QtBot) -> None:
    told = Told(qtbot, asked("shelf", ask=["facings", "price"]))
    told.press("8", Qt.Key.Key_Return, "12", Qt.Key.Key_Return)
    assert [row["facings"] for row in told.rows] == ["8", "12"]


def test_every_key_is_told_before_the_cell_is_left(qtbot: QtBot) -> None:
    told = Told(qtbot, asked("shelf", ask=["facings"]))
    told.press("12")
    assert told.rows == [{"facings": "12"}]


def test_space_and_digits_answer_yes_and_no(qtbot: QtBot) -> None:
    told = Told(qtbot, asked("shelf", ask=["out"]))
    told.press(Qt.Key.Key_Space)
    assert told.rows == [{"out": True}]
    told.press("2", "1")
    assert [row["out"] for row in told.rows] == [False, True]


def test_delete_takes_an_answer_back(qtbot: QtBot) -> None:
    told = Told(qtbot, asked("shelf", ask=["out"]))
    told.press(Qt.Key.Key_Space, Qt.Key.Key_Delete)
    assert told.answers["g"] == {}


def test_a_wrong_number_says_so_beside_its_row(qtbot: QtBot) -> None:
    told = Told(qtbot, asked("shelf", ask=["facings"]))
    told.press("-4", Qt.Key.Key_Return)
    assert told.rows == [{"facings": "-4"}]
    assert told.box._problem.text().startswith("Tea 0 · ")


def test_a_row_is_added_and_removed(qtbot: QtBot) -> None:
    told = Told(qtbot, asked("competitor"))
    told.box.add_row()
    told.press("Rival", Qt.Key.Key_Return)
    assert told.rows == [{"brand": "Rival"}]
    told.box.table.setCurrentIndex(told.box.model.index(0, 1))
    told.box.remove_row()
    assert told.answers["g"] == {}


def test_two_hundred_rows_make_no_widgets_and_can_be_searched(qtbot: QtBot) -> None:
    told = Told(qtbot, asked("shelf", rows="sellable"), ITEMS)
    assert len(told.box.table.findChildren(QLineEdit)) == 0
    told.box.search.setText("T107")
    told.box.search.settle_now()
    assert [row.name for row in told.box.model.rows] == ["Tea 107"]
    told.box.take_focus()
    told.press("3", Qt.Key.Key_Return)
    assert told.answers["g"] == {str(ITEMS[107].product_id): {"facings": "3"}}


def test_a_count_by_unit_is_kept_under_the_units_names(qtbot: QtBot) -> None:
    told = Told(qtbot, asked("stock", by_unit=True))
    told.press("3", Qt.Key.Key_Return)
    told.box.table.setCurrentIndex(told.box.model.index(0, 2))
    told.press("5", Qt.Key.Key_Return)
    assert told.rows == [{"case": "3", "bottle": "5"}]


def test_the_share_follows_from_all_facings_on_the_shelf(qtbot: QtBot) -> None:
    told = Told(qtbot, asked("shelf", ask=["facings"]), **{"g.total": "40"})
    told.press("8", Qt.Key.Key_Return)
    assert told.box.model.share(0) == Decimal(20)


def test_a_plan_and_a_price_out_of_bounds_stand_below_the_answer(qtbot: QtBot) -> None:
    told = Told(qtbot, asked("shelf", ask=["facings", "price"], planned="10", price_over=10))
    told.press("8", Qt.Key.Key_Return)
    model = told.box.model
    assert model.hint(model.index(0, 1))[1] == "warn"
    model.put(model.index(0, 2), "6")
    assert model.hint(model.index(0, 2)) == ("+20 %", "warn")


def test_a_question_appears_when_a_row_says_so(running: VisitPage, settle: Any) -> None:
    to_step(running, "audit", settle)
    assert running.step is not None
    assert running.step.rows["why_out"].isHidden()
    box = running.step.groups["articles"]
    box.table.keep(box.model.index(0, 3), True)
    settle()
    assert not running.step.rows["why_out"].isHidden()
    running._on_answer("why_out", ["未到货"])
    running.go(1)
    settle()
    visit = running.visit
    assert visit is not None
    assert running.progress.answers["audit"]["why_out"] == ["未到货"]


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_the_rich_steps_can_be_looked_at(
    at_store: AtStore, look: Any, settle: Any, shoot: Any, qtbot: QtBot, language: str, mode: str
) -> None:
    look(language, mode)
    page = VisitPage(at_store.context)
    qtbot.addWidget(page)
    at_store.shell.widget = page
    page.show_place(visit_id=at_store.start())
    page.show()
    settle()
    to_step(page, "audit", settle)
    assert page.step is not None
    box = page.step.groups["articles"]
    for number, (facings, price) in enumerate((("8", "42"), ("4", "60"), ("x", ""))):
        box.table.keep(box.model.index(number, 1), facings)
        box.table.keep(box.model.index(number, 2), price or None)
    box.table.keep(box.model.index(1, 3), True)
    box._on_total("48")
    rivals = page.step.groups["rivals"]
    rivals.add_row()
    rivals.table.keep(rivals.model.index(0, 2), "绿茶 500ml")
    shoot(page, f"visit-audit-{language[:2]}-{mode}")
    page._go_to("paid")
    settle()
    page._on_answer("any", True)
    page._on_answer("payment", {"amount": "120.50", "method": "cash"})
    shoot(page, f"visit-paid-{language[:2]}-{mode}", sizes=((1280, 720),))
