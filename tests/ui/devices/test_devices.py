"""Laptops as their owners and an administrator see them, and what a locked or wiped one says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fieldcrm import clock
from fieldcrm.errors import LeaseOver, Offline
from fieldcrm.storage.database import Database
from fieldcrm.sync.devices import Device, DeviceAct, Page
from fieldcrm.ui.connection import Connection
from fieldcrm.ui.context import Context
from fieldcrm.ui.devices import words
from fieldcrm.ui.devices.card import MyDevices
from fieldcrm.ui.devices.lease import locked, locks_in
from fieldcrm.ui.devices.page import DevicesPage
from fieldcrm.ui.devices.watch import Watch
from fieldcrm.ui.devices.wiped import WipedPage
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.tips import plain
from fieldcrm.ui.widgets.buttons import Button
from tests.ui.conftest import NOW, make_context

AT = clock.to_ms(NOW)
HOUR = 3_600_000


def device(number: int, state: str = words.ACTIVE, **facts: Any) -> Device:
    return Device(f"0000-{number}", f"rep{number}", f"业务员{number}", f"ThinkPad-{number}", state,
                  **{"seen_at": AT - number * HOUR, "unsent": number} | facts)  # fmt: skip


LIVING = device(1, unsent=0)
LEAVING = device(2, words.PUSH_ONLY, hand_in_until=AT + 60 * HOUR)
GONE = device(3, words.LOST)
WIPED = device(4, words.LOST, wiped_at=AT)


def admin(laptop_db: Database, jobs: Jobs) -> Context:
    return make_context(laptop_db, jobs, "admin")


def buttons(page: QWidget) -> set[str]:
    return {button.text() for button in page.findChildren(Button) if button.isVisibleTo(page)}


def test_the_list_says_how_each_laptop_stands(laptop_db: Database, jobs: Jobs, qtbot: QtBot) -> None:
    page = DevicesPage(admin(laptop_db, jobs))
    qtbot.addWidget(page)
    page.show_devices((LIVING, LEAVING, GONE, WIPED))
    said = [page.model.index(n, 2).data() for n in range(4)]
    assert said == ["使用中", "只交不收", "已报失", "已销毁"]
    assert page.model.index(1, 4).data() == "2 项"
    assert page.model.index(0, 4).data() == "无"


def test_what_is_offered_follows_the_state(laptop_db: Database, jobs: Jobs, qtbot: QtBot) -> None:
    page = DevicesPage(admin(laptop_db, jobs))
    qtbot.addWidget(page)
    page.show_devices((LIVING, LEAVING, GONE))
    for number, offered in enumerate(({"改为只交不收", "报失"}, {"恢复使用", "报失"}, {"恢复使用"})):
        page.table.pick(number)
        assert buttons(page.side) == offered


def test_who_did_what_is_told_beside_the_laptop(laptop_db: Database, jobs: Jobs, qtbot: QtBot) -> None:
    page = DevicesPage(admin(laptop_db, jobs))
    qtbot.addWidget(page)
    page.show_devices((GONE,))
    done = [DeviceAct(AT, "device_wiped", "", ""), DeviceAct(AT - HOUR, "device_lost", "admin", "周敏")]
    assert [words.act(each) for each in done] == ["已确认自行销毁数据", "周敏：报失"]
    assert words.act(DeviceAct(AT, "device_leaver", "", "")) == "服务器管理员：改为只交不收"
    page.side.show_acts(GONE, done)


def test_without_a_connection_the_page_says_so(laptop_db: Database, jobs: Jobs, qtbot: QtBot) -> None:
    page = DevicesPage(admin(laptop_db, jobs))
    qtbot.addWidget(page)
    page.show()
    assert page._stack.currentIndex() == 1
    assert page.empty._title.text() == "没有网络"


def test_my_laptops_offer_to_sign_another_one_out_or_report_it(
    laptop_db: Database, jobs: Jobs, qtbot: QtBot
) -> None:
    mine = MyDevices(make_context(laptop_db, jobs))
    qtbot.addWidget(mine.card)
    mine.card.show()
    mine.show_devices(Page((LIVING, GONE)))
    assert buttons(mine.card) == {"报失", "退出登录"}
    mine._failed(Offline("unreachable"))
    assert mine.said.text().startswith("没有网络")
    assert buttons(mine.card) == {"再查一次"}


def test_every_decision_is_asked_about_in_words_that_say_what_happens() -> None:
    for what in ("lost", "leaver", "restore", "sign-out"):
        asked = words.question(what, LIVING)
        assert "ThinkPad-1" in asked.title
        assert len(asked.text) > 20
    assert words.question("lost", LIVING).destroys
    assert not words.question("restore", LIVING).destroys


def test_a_locked_laptop_says_why_and_how_much_waits(qapp: object) -> None:
    said = locked(LeaseOver(days=14, waiting=3))
    assert said.title == "已锁定：本机太久没有联系公司。"
    assert "有 3 项未发送" in said.text
    assert "项" not in locked(LeaseOver(days=14, waiting=0)).text


def test_the_warning_counts_days_then_hours(qapp: object) -> None:
    day = timedelta(days=1) // timedelta(milliseconds=1)
    assert [locks_in(left) for left in (3 * day, day, 5 * HOUR, 1000)] == [
        "3 天内不同步就会锁定", "1 天内不同步就会锁定", "5 小时内不同步就会锁定", "一小时内不同步就会锁定",
    ]  # fmt: skip


def test_the_watch_tells_the_card_and_locks_when_the_lease_is_over(
    laptop_db: Database, jobs: Jobs, qtbot: QtBot
) -> None:
    class Held:
        left = 1000

        def look(self) -> int:
            return self.left

    held, connection = Held(), Connection()
    watch = Watch(jobs, held, connection)  # type: ignore[arg-type]
    watch.start()
    qtbot.waitUntil(lambda: connection.lease_ms == 1000)
    held.left = 0
    with qtbot.waitSignal(watch.lease_over):
        watch.look()
    watch.stop()


def test_a_wiped_laptop_says_so_plainly(qtbot: QtBot) -> None:
    page = WipedPage(2, lambda: None)
    qtbot.addWidget(page)
    assert page.state._title.text() == "这台电脑已被报失。"
    assert "2 项未发送的工作已封存" in page.state._text.text()


def test_a_tooltip_shows_a_name_as_it_was_typed() -> None:
    assert plain("解放路店") == "解放路店"
    assert plain("<b>A & B</b>\nC") == "<qt>&lt;b&gt;A &amp; B&lt;/b&gt;<br>C</qt>"
