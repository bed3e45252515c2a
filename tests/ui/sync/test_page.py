from collections.abc import Callable
from uuid import UUID

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.errors import Offline, SignInRequired
from fieldcrm.model.conflicts import ConflictState
from fieldcrm.model.orders import OrderStatus
from fieldcrm.storage.local import OutboxEntry, OutboxState, SyncState
from fieldcrm.sync import state, status
from fieldcrm.sync.status import Refused, Step
from fieldcrm.ui import sections
from fieldcrm.ui.context import Context
from fieldcrm.ui.sync import leaving, rescue
from fieldcrm.ui.sync.parcels import Parcel
from fieldcrm.ui.widgets.overlays import Dialog
from tests.ui.conftest import LOOKS, NOW, Settle, Shoot
from tests.ui.sync.conftest import Laptop, Open, busy, log
from tests.ui.sync.seen import clash, pick, press, press_in_dialog, texts


def test_the_card_counts_what_the_sync_centre_lists(laptop: Laptop, open_page: Open) -> None:
    busy(laptop)
    page = open_page()
    with laptop.database.reading() as session:
        assert status.badge(session).things == len(page.centre.ready) == 3


def test_photos_that_wait_for_a_free_line_can_be_sent_anyway(
    laptop: Laptop, open_page: Open, context: Context, qtbot: QtBot
) -> None:
    page = open_page()
    context.connection.update(online=True, metered=True, photos=14)
    assert "14" in page.strip.accessibleName()
    with qtbot.waitSignal(context.connection.photos_wanted, timeout=1_000):
        page.strip.button.click()


# -- what waits, what was sent -----------------------------------------------------------------


def test_a_visit_is_one_row_with_its_photos(laptop: Laptop, open_page: Open) -> None:
    laptop.visit(laptop.stores[0], photos=11)
    page = open_page()
    [parcel] = page.centre.ready
    assert (parcel.records, parcel.pictures.count, parcel.step) == (13, 11, Step.QUEUED)
    [_, row] = page.model.rows
    assert row.title == f"拜访，{laptop.stores[0].name}"
    assert "11 张照片，30 MB" in row.under


def test_a_sealed_record_that_never_left_counts_as_waiting(laptop: Laptop, open_page: Open) -> None:
    laptop.visit(laptop.stores[0], state=OutboxState.INFLIGHT)
    laptop.visit(laptop.stores[1], state=OutboxState.INFLIGHT, sent_at=NOW, tries=2)
    steps = [parcel.step for parcel in open_page().centre.ready]
    assert steps == [Step.QUEUED, Step.SENT]


def test_photos_that_follow_keep_their_visit_among_what_waits(
    laptop: Laptop, open_page: Open, context: Context
) -> None:
    visit = laptop.visit(laptop.stores[0], photos=2)
    with laptop.database.writing() as session:
        for entry in session.scalars(select(OutboxEntry)):
            entry.state, entry.acked_at = OutboxState.ACKED, NOW
    page = open_page()
    [parcel] = page.centre.ready
    assert (parcel.row_id, parcel.pictures.count) == (visit.id, 2)
    assert page.centre.sent == ()
    context.connection.update(syncing=True, step="2")
    assert "照片 0 / 2，还剩 5.4 MB" in texts(page.summary)


def test_sent_work_stands_under_its_day_and_a_seen_report_says_so(laptop: Laptop, open_page: Open) -> None:
    today, before = laptop.visit(laptop.stores[0]), laptop.visit(laptop.stores[1])
    laptop.taken(today)
    laptop.taken(before, days=1)
    laptop.seen(today)
    page = open_page()
    assert [item.title for item in page.model.rows if item.is_heading] == ["今天已发送", "昨天已发送"]
    assert [parcel.step for parcel in page.centre.sent] == [Step.SEEN, Step.STORED]
    pick(page, Parcel)
    said = texts(page._detail)
    assert "主管已看过" in said
    assert "今天 10:17" in said
    assert "还没到这一步" not in said


def test_an_order_is_told_with_its_amount_and_opens(
    laptop: Laptop, open_page: Open, context: Context
) -> None:
    order = laptop.order(status=OrderStatus.SUBMITTED)
    place = {"account_id": str(order.account_id)}
    laptop.entry("order", order.id, doc=place, label=order.provisional_number)
    page = open_page()
    assert "¥" in page.model.rows[1].under
    page.list.pick(1)
    page.open_record()
    assert context.shell.opened == [("order", {"order_id": order.id})]  # type: ignore[attr-defined]


def test_what_goes_before_is_named(laptop: Laptop, open_page: Open) -> None:
    new = laptop.stores[0]
    laptop.entry("account", new.id, label=new.name, doc={"name": new.name})
    laptop.visit(new)
    page = open_page()
    pick(page, Parcel, "拜访")
    assert f"新客户，{new.name}" in texts(page._detail)


# -- refused changes ---------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["field_not_yours", "too_long", "a_code_of_tomorrow"])
def test_every_refusal_is_said_in_words(code: str, laptop: Laptop, open_page: Open) -> None:
    laptop.refusal(laptop.stores[0], code, message="name", set={"name": {"old": "a", "new": "新名字"}})
    page = open_page()
    said = texts(page._detail)
    assert code not in said
    assert "新名字" in said
    assert page.refused_footer.isVisible()


def test_trying_again_puts_it_into_the_queue(laptop: Laptop, open_page: Open, settle: Settle) -> None:
    made = laptop.refusal(laptop.stores[0], "unknown_reference")
    page = open_page()
    press("再试一次", page)
    settle()
    assert page.centre.refused == ()
    assert [parcel.row_id for parcel in page.centre.ready] == [made.row_id]


def test_letting_go_can_be_undone_until_the_page_is_left(
    laptop: Laptop, open_page: Open, settle: Settle, context: Context
) -> None:
    made = laptop.refusal(laptop.stores[0], "gone")
    page = open_page()
    page.let_go()
    press_in_dialog("放弃这项改动", page)
    settle()
    assert page.centre.refused == ()
    context.shell.undo()  # type: ignore[attr-defined]
    settle()
    assert [refused.mutation_id for refused in page.centre.refused] == [made.mutation_id]
    page.let_go()
    press_in_dialog("放弃这项改动", page)
    page.leaving()
    settle()
    assert laptop.get(OutboxEntry, made.n).outcome == "settled"


def test_a_refusal_is_copied_as_text(laptop: Laptop, open_page: Open) -> None:
    laptop.refusal(laptop.stores[0], "gone")
    page = open_page()
    page.copy()
    copied = QApplication.clipboard().text()
    assert laptop.stores[0].name in copied
    assert "等级：A" in copied or "等级: A" in copied


def test_an_order_that_needs_attention_is_opened(laptop: Laptop, open_page: Open, context: Context) -> None:
    order = laptop.order(status=OrderStatus.NEEDS_REVIEW, review_code="sums_disagree")
    page = open_page()
    press("打开订单", page)
    assert context.shell.opened == [("order", {"order_id": order.id})]  # type: ignore[attr-defined]


def test_the_pill_counts_the_rows_that_need_me(laptop: Laptop, open_page: Open, context: Context) -> None:
    busy(laptop)
    page = open_page()
    count = sections.find("sync").count
    assert count is not None
    with laptop.database.reading() as session:
        assert count(session, context) == page.centre.needs_me == 4


# -- states ------------------------------------------------------------------------------------


def test_offline_says_that_it_waits_here(laptop: Laptop, open_page: Open, context: Context) -> None:
    laptop.visit(laptop.stores[0])
    page = open_page()
    context.connection.update(online=False, error=Offline("unreachable"))
    assert page.strip.state is not None
    assert (page.strip.state.tone, page.strip.state.act) == ("local", "sync")


def test_signed_out_elsewhere_offers_to_sign_in_again(
    laptop: Laptop, open_page: Open, context: Context
) -> None:
    page = open_page()
    context.connection.update(error=SignInRequired("signed_out"))
    assert page.strip.state is not None
    assert page.strip.state.act == "sign_in"


@pytest.mark.parametrize(("minutes", "warned"), [(4, False), (6, True), (-90, True)])
def test_a_clock_is_wrong_from_five_minutes_on(
    minutes: int, warned: bool, laptop: Laptop, open_page: Open
) -> None:
    laptop.add(SyncState(key=state.CLOCK, value=[[20, minutes * 60_000, 0, "another run"]]))
    page = open_page()
    assert (page.strip.state is not None) is warned


def test_a_first_sync_that_is_not_complete_says_so(laptop: Laptop, open_page: Open) -> None:
    with laptop.database.writing() as session:
        session.delete(session.get_one(SyncState, state.EPOCH))
    page = open_page()
    assert page.strip.state is not None
    assert page.strip.state.tone == "soft"


def test_a_weak_line_and_a_partial_failure_are_told(laptop: Laptop, open_page: Open, qtbot: QtBot) -> None:
    laptop.add(log(2, "failed", code="cut_off"), log(5, "failed", code="unreachable"))
    page = open_page()
    assert page.strip.state is not None
    assert page.strip.state.title == "网络断断续续。"
    laptop.refusal(laptop.stores[0], "gone")
    laptop.add(log(1, rejected=1, pushed=3))
    qtbot.waitUntil(lambda: page.strip.state is not None and page.strip.state.title == "1 项改动被退回。")


def test_a_running_sync_shows_its_step_and_can_be_cancelled(
    laptop: Laptop, open_page: Open, context: Context, qtbot: QtBot
) -> None:
    laptop.visit(laptop.stores[0], photos=4)
    page = open_page()
    context.connection.update(syncing=True, step="3 changes sent")
    assert page.summary.currentIndex() == 1
    assert "3 changes sent" in texts(page.summary)
    with qtbot.waitSignal(context.connection.stop_wanted):
        page.summary.progress.cancel.click()
    context.connection.update(syncing=False)
    assert page.summary.currentIndex() == 0


def test_a_place_is_shown_when_asked_for(laptop: Laptop, open_page: Open) -> None:
    laptop.clash(laptop.stores[0], "phone", "1", "2", "0")
    made = laptop.clash(laptop.stores[1], "phone", "1", "2", "0")
    page = open_page()
    page.show_place(conflict_id=made.id)
    assert clash(page).row_id == laptop.stores[1].id


def test_an_unknown_entity_of_a_newer_version_breaks_nothing(laptop: Laptop, open_page: Open) -> None:
    laptop.clash(laptop.stores[0], "phone", "1", "2", "0", entity="gadget", row_id=UUID(int=7))
    page = open_page()
    assert not clash(page).choices[0].can_take


# -- pictures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_pictures(
    language: str, mode: str, look: Callable[[str, str], None], laptop: Laptop, open_page: Open, shoot: Shoot,
    context: Context, settle: Settle,
) -> None:  # fmt: skip
    look(language, mode)
    busy(laptop)
    laptop.clash(laptop.stores[7], "phone", "13705712290", "057188880001", "", state=ConflictState.KEPT)
    laptop.clash(laptop.stores[7], "grade", "A", "B", "C", state=ConflictState.SWAPPED)
    context.connection.update(needs_me=4)
    page = open_page()
    context.connection.update(waiting=len(page.centre.ready))

    def take(name: str, *heights: int) -> None:
        settle()
        for height in heights or (720,):
            shoot(page, f"sync-{name}-{height}-{language}-{mode}", ((1216, height),))

    page._on_chosen(clash(page).choices[1].key, True)
    page.clash_view.focus_first(clash(page).choices[1].key)
    take("clash", 900, 720)
    pick(page, Refused)
    take("refused")
    context.connection.update(online=False, error=Offline("unreachable"))
    pick(page, Parcel)
    take("waiting", 900, 720)
    pick(page, Parcel, laptop.stores[5].name)
    take("seen")
    page.toggle_history()
    take("log")
    context.connection.update(online=True, syncing=True, error=None)
    page.history.which.button("choices").click()
    take("choices")
    leaving.ask_sign_out(context)
    take("leaving")
    page.window().findChildren(Dialog)[-1].leave()
    rescue.save_bundle(context).first.setFocus()
    take("rescue")


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_pictures_of_a_quiet_laptop(
    language: str, mode: str, look: Callable[[str, str], None], laptop: Laptop, open_page: Open, shoot: Shoot
) -> None:
    look(language, mode)
    page = open_page()
    shoot(page, f"sync-quiet-{language}-{mode}", ((1216, 720),))
