"""Undo merge in the send history and from a store's page, on the rep's laptop and a manager's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton, QWidget

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import ConflictState, MergedField
from fieldcrm.ui.context import Context
from fieldcrm.ui.sync import record_changes
from fieldcrm.ui.sync.record_changes import ChangesDialog
from fieldcrm.ui.widgets.labels import Label, Paragraph
from tests.ui.conftest import LOOKS, NOW, Settle, Shoot
from tests.ui.sync.conftest import MINUTE, Laptop, Open


def merge(laptop: Laptop, *fields: tuple[str, Any, Any, bool], store: int = 0) -> Account:
    """My edit met the office's: field, before, after, and whether it was I."""
    account, met = laptop.stores[store], new_id()
    laptop.add(*(
        MergedField(
            id=new_id(), entity="account", row_id=account.id, field=field, before=before, after=after,
            changed_by=laptop.rep if mine else laptop.office, changed_at=NOW - (20 + 9 * mine) * MINUTE,
            mutation_id=met, territory_id=account.territory_id,
        )
        for field, before, after, mine in fields
    ))  # fmt: skip
    return account


def words_of(widget: QWidget) -> str:
    return "\n".join(each.text() for kind in (Label, Paragraph) for each in widget.findChildren(kind))


def press(widget: QWidget, words: str) -> None:
    next(each for each in widget.findChildren(QPushButton) if each.text() == words).click()


def test_one_click_puts_the_value_before_back_and_the_toast_takes_that_back(
    laptop: Laptop, open_page: Open, context: Context, settle: Settle
) -> None:
    account = merge(laptop, ("phone", "13705712290", laptop.stores[0].phone, False))
    page = open_page()
    page.toggle_history()
    press(page.history, "恢复原值")
    settle()
    assert laptop.get(Account, account.id).phone == "13705712290"
    assert "已恢复为原值" in words_of(page.history)
    context.shell.undo()  # type: ignore[attr-defined]
    settle()
    assert laptop.get(Account, account.id).phone == account.phone


def test_a_position_is_one_change(laptop: Laptop, open_page: Open, settle: Settle) -> None:
    account = merge(
        laptop, ("latitude_e7", 302_000_000, 303_000_000, True),
        ("longitude_e7", 1_200_000_000, 1_201_000_000, True),
    )  # fmt: skip
    page = open_page()
    [change] = page.centre.merged
    page.history.turned.emit(change)
    settle()
    now = laptop.get(Account, account.id)
    assert (now.latitude_e7, now.longitude_e7) == (302_000_000, 1_200_000_000)


def test_from_the_stores_page_merges_and_conflicts_stand_in_one_list(
    laptop: Laptop, open_page: Open, context: Context, settle: Settle
) -> None:
    account = merge(laptop, ("phone", "13705712290", laptop.stores[0].phone, False))
    laptop.clash(laptop.stores[0], "address", "一号", "二号", "零号", state=ConflictState.KEPT)
    context.shell.widget = open_page()  # type: ignore[attr-defined]
    record_changes.show(context, account.id, account.name)
    settle()
    [dialog] = context.shell.window().findChildren(ChangesDialog)
    assert "一号" in words_of(dialog)
    press(dialog, "恢复原值")
    settle()
    assert laptop.get(Account, account.id).phone == "13705712290"
    assert "已恢复为原值" in words_of(dialog)


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_pictures(
    language: str, mode: str, look: Callable[[str, str], None], laptop: Laptop, open_page: Open, shoot: Shoot,
    context: Context, settle: Settle,
) -> None:  # fmt: skip
    look(language, mode)
    store = laptop.stores[0]
    away = ("address", "文三路 8 号", "文三路 14 号", True)
    merge(laptop, ("phone", "13705712290", store.phone, False), away)
    rhythm = ("cadence_days", store.cadence_days, 7, False)
    merge(laptop, ("tags", ["老客户"], ["老客户", "冰柜"], True), rhythm, store=2)
    laptop.clash(store, "grade", "A", "B", "C", state=ConflictState.KEPT)
    page = open_page()
    page.toggle_history()
    page.history.which.button("merged").click()
    shoot(page, f"sync-merged-{language}-{mode}", ((1216, 720),))
    context.shell.widget = page  # type: ignore[attr-defined]
    record_changes.show(context, store.id, store.name)
    settle()
    shoot(page, f"sync-changes-{language}-{mode}", ((1216, 720),))
