"""Who gave a to-do, in words."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from PySide6.QtWidgets import QApplication

from fieldcrm.ids import new_id
from fieldcrm.services.attention import Concern, Item
from fieldcrm.services.store_facts import Agreed
from fieldcrm.services.todos import TodoRow
from fieldcrm.ui.today import words

TODAY, ID = date(2026, 11, 18), UUID(int=7)


def test_a_to_do_says_who_gave_it(qapp: QApplication) -> None:
    item = Item(Concern.TODO, new_id(), "福旺食品", "跟进冰柜", giver="陈经理")
    assert words.concern(item) == ("跟进冰柜", "福旺食品 · 陈经理交办 · 今天到期")
    assert words.agreed(Agreed("跟进冰柜", "陈经理")) == "跟进冰柜（陈经理交办）"
    own, given = (TodoRow(ID, "跟进冰柜", None, "", None, TODAY, None, giver) for giver in ("", "陈经理"))
    assert words.reminder([own], TODAY) == "今天到期 1 项待办"
    assert words.reminder([own, given], TODAY) == "今天到期 2 项待办 · 陈经理交办"
