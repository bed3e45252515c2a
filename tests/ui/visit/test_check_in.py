"""Checking in says what is known of the place and nothing more."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.model.visits import CheckIn, PositionSource
from fieldcrm.rules.positions import WGS84
from fieldcrm.ui.visit import device
from fieldcrm.ui.visit.arrival import CheckInPage
from tests.ui.conftest import NOW
from tests.ui.visit.conftest import AtStore, near


@pytest.fixture
def page(at_store: AtStore, open_page: Any, monkeypatch: pytest.MonkeyPatch) -> CheckInPage:
    monkeypatch.setattr(device, "locator", lambda _parent: None)  # as on a laptop without a receiver
    made = CheckInPage(at_store.context)
    at_store.shell.widget = made
    made.show_place(account_id=at_store.stop.account_id, plan_id=at_store.stop.plan_id)
    open_page(made)
    assert made.panel is not None
    return made


def choose(page: CheckInPage, source: PositionSource) -> Any:
    panel = page.panel
    assert panel is not None
    panel.sources.button(source).click()
    return panel


def event(at_store: AtStore) -> CheckIn:
    found = at_store.read(lambda s: s.scalars(select(CheckIn).where(CheckIn.at == NOW)).one())
    assert isinstance(found, CheckIn)
    return found


def test_without_a_device_the_screen_says_so(page: CheckInPage) -> None:
    panel = choose(page, PositionSource.DEVICE)
    assert "没有定位设备" in panel._device_words.text()
    assert page.panel is not None
    assert page.panel.missing()


def test_no_position_checks_in_and_is_recorded_as_none(
    page: CheckInPage, at_store: AtStore, settle: Any
) -> None:
    choose(page, PositionSource.NONE)
    page.check_in()
    settle()
    made = event(at_store)
    assert (made.source, made.latitude_e7) == (PositionSource.NONE, None)
    assert at_store.shell.opened == [("visit", {"visit_id": made.visit_id})]


def test_a_place_picked_near_the_store_is_stated_not_measured(
    page: CheckInPage, at_store: AtStore, settle: Any
) -> None:
    store = at_store.stop.position
    assert store is not None
    panel = choose(page, PositionSource.MAP)
    panel.canvas.picked.emit(near(store.to(WGS84), 18))
    assert "由你填写" in panel._evidence_text.text()
    page.check_in()
    settle()
    made = event(at_store)
    assert made.source is PositionSource.MAP
    assert made.distance_m == pytest.approx(18, abs=2)


def test_far_away_asks_for_a_reason_first(
    page: CheckInPage, at_store: AtStore, settle: Any, qtbot: QtBot
) -> None:
    store = at_store.stop.position
    assert store is not None
    panel = choose(page, PositionSource.MAP)
    panel.canvas.picked.emit(near(store.to(WGS84), 600))
    page.check_in()
    settle()
    assert at_store.shell.opened == []
    assert panel.reason.hasFocus()
    panel.reason.setText("约在仓库见面")
    page.check_in()
    settle()
    assert event(at_store).far_reason == "约在仓库见面"


def test_typed_coordinates_keep_their_datum(page: CheckInPage, at_store: AtStore, settle: Any) -> None:
    store = at_store.stop.position
    assert store is not None
    panel = choose(page, PositionSource.TYPED)
    baidu = store.to("bd09")
    panel._datum.button("bd09").click()
    panel._typed.setText(f"{baidu.latitude:.6f}，{baidu.longitude:.6f}")
    panel._typed.settle_now()
    page.check_in()
    settle()
    made = event(at_store)
    assert (made.datum, made.distance_m) == ("bd09", 0)


def test_what_was_stated_comes_back_after_leaving(
    page: CheckInPage, at_store: AtStore, open_page: Any, settle: Any
) -> None:
    panel = choose(page, PositionSource.TYPED)
    panel._typed.setText("30.27, 120.15")
    panel._typed.settle_now()
    page.leaving()
    settle()
    again = CheckInPage(at_store.context)
    again.show_place(account_id=at_store.stop.account_id)
    open_page(again)
    assert again.panel is not None
    assert again.panel._typed.text() == "30.27, 120.15"


def test_while_another_visit_is_open_the_button_leads_there(
    at_store: AtStore, open_page: Any, qtbot: QtBot
) -> None:
    visit_id = at_store.start()
    page = CheckInPage(at_store.context)
    page.show_place(account_id=at_store.stop.account_id)
    open_page(page)
    qtbot.keyClick(page.primary, Qt.Key.Key_Return)
    assert at_store.shell.opened == [("visit", {"visit_id": visit_id})]
