"""Text fields while an input method composes, steppers, and forms that say what is wrong."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from fieldcrm.ui.widgets.fields import Field, Stepper
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField, SearchField


def composing(text: str) -> QInputMethodEvent:
    return QInputMethodEvent(text, [])


def test_nothing_is_searched_while_chinese_is_being_composed(qapp: QApplication, qtbot: QtBot) -> None:
    field = SearchField("Search")
    qtbot.addWidget(field)
    said: list[str] = []
    field.settled.connect(said.append)
    field.setText("jia")
    QApplication.sendEvent(field, composing("jia'hui"))
    qtbot.wait(200)
    assert said == []
    done = QInputMethodEvent()
    done.setCommitString("佳惠")
    field.clear()
    QApplication.sendEvent(field, done)
    qtbot.waitUntil(lambda: said == ["佳惠"])


def test_escape_empties_a_search(qapp: QApplication, qtbot: QtBot) -> None:
    field = SearchField("Search")
    qtbot.addWidget(field)
    field.setText("茶")
    said: list[str] = []
    field.settled.connect(said.append)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert said == [""]


def test_a_quantity_is_typed_stepped_and_held_between_its_limits(qapp: QApplication, qtbot: QtBot) -> None:
    stepper = Stepper(Decimal(6), most=Decimal(20))
    qtbot.addWidget(stepper)
    said: list[Decimal] = []
    stepper.changed.connect(said.append)
    stepper.edit.selectAll()
    qtbot.keyClicks(stepper.edit, "12")
    qtbot.keyClick(stepper.edit, Qt.Key.Key_Plus)
    qtbot.keyClicks(stepper.edit, "9")
    assert stepper.value == 20
    assert said == [1, 12, 13, 20]


def test_an_error_replaces_the_help_and_goes_again(qapp: QApplication, qtbot: QtBot) -> None:
    field = Field("联系电话", LineField(), "11 位手机号")
    qtbot.addWidget(field)
    field.show_error("电话少了几位。")
    assert field._note.text() == "电话少了几位。"
    assert field.control.property("wrong")
    field.show_error("")
    assert field._note.text() == "11 位手机号"
    assert field.control.accessibleName() == "联系电话"


def test_a_slip_beside_a_dialog_keeps_what_was_typed_into_it(qapp: QApplication, qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(900, 600)
    host.show()
    for typed in ("12.50", ""):
        dialog, line = Dialog("Fee"), LineField()
        dialog.add(line)
        overlay = dialog.ask(host, line)
        QTest.keyClicks(line, typed)
        QTest.mouseClick(overlay, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
        assert overlay.isHidden() == (not typed)
        dialog.leave()
