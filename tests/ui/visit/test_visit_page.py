"""The workspace as a rep uses it: keys, gaps, photos, orders, pause, check-out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select

from fieldcrm.ids import new_id
from fieldcrm.model.plans import Todo, VisitPlan
from fieldcrm.model.visits import CheckOut, Decision, Photo, StepAnswer, VisitReview
from fieldcrm.services import visits
from fieldcrm.storage.local import Upload
from fieldcrm.ui.shell import ShellView
from fieldcrm.ui.visit import device
from fieldcrm.ui.visit.page import VisitPage
from server.demo.photos import shelf
from tests.builders import make_order
from tests.ui.conftest import LOOKS, NOW, TODAY, make_context
from tests.ui.visit.conftest import AtStore


def count(at_store: AtStore, kind: Any, visit_id: Any) -> int:
    query = select(func.count()).select_from(kind).where(kind.visit_id == visit_id)
    found = at_store.read(lambda s: s.scalar(query))
    assert isinstance(found, int)
    return found


def fill_stock(page: VisitPage) -> None:
    assert page.step is not None
    for table in page.step.stocks.values():
        for line in table._lines.values():
            line.setText("5")
            line.textEdited.emit("5")


def picture(folder: Path, seed: int = 1) -> Path:
    file = folder / f"shelf{seed}.jpg"
    file.write_bytes(shelf(Random(seed)).data)
    return file


def drop(page: VisitPage, *files: Path) -> None:
    assert page.step is not None
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    page.step.photos.dropEvent(QDropEvent(QPointF(QPoint(5, 5)), copy, data, left, none))


def to_step(page: VisitPage, key: str, settle: Any) -> None:
    page._go_to(key)
    settle()
    assert page.step is not None


def finish(page: VisitPage, folder: Path, settle: Any) -> None:
    """Answer everything that is required."""
    fill_stock(page)
    to_step(page, "shelf", settle)
    assert page.step is not None
    for line in page.step.rows.values():
        page.step.answered.emit(line.asked.key, "pass")
    drop(page, picture(folder))
    settle()
    to_step(page, "price", settle)
    page.step.answered.emit("tea_price", "5.5")
    page.step.answered.emit("promotion", "无")
    to_step(page, "order", settle)
    to_step(page, "confirm", settle)
    page.step.answered.emit("owner", "满意")
    page._go_to("wrap_up")
    settle()


def test_digits_answer_the_checks_one_after_the_other(running: VisitPage, qtbot: QtBot, settle: Any) -> None:
    to_step(running, "shelf", settle)
    for key in "131":
        qtbot.keyClick(running, key)
    settle()
    assert running.progress.answers["shelf"] == {"facing": "pass", "cooler": "na", "stack": "pass"}


def test_a_fail_wants_its_photo_and_takes_a_note(running: VisitPage, settle: Any, tmp_path: Path) -> None:
    to_step(running, "shelf", settle)
    assert running.step is not None
    running.step.answer_check("fail")
    line = running.step.rows["facing"]
    assert line.wants_photo
    line._note.setText("少了两排")
    line._note.settle_now()
    drop(running, picture(tmp_path))
    settle()
    assert not line.wants_photo
    assert running.progress.answers["shelf"] == {"facing": "fail", "facing.note": "少了两排"}
    assert [photo.field_key for photo in running.progress.photos] == ["facing"]


def test_leaving_a_step_makes_events_and_queues_the_photos(
    running: VisitPage, at_store: AtStore, settle: Any, tmp_path: Path
) -> None:
    to_step(running, "shelf", settle)
    running.step.answer_check("pass")  # type: ignore[union-attr]  # to_step says so
    drop(running, picture(tmp_path, 1), picture(tmp_path, 2))
    settle()
    visit = running.visit
    assert visit is not None
    assert count(at_store, Photo, visit.visit_id) == 0
    to_step(running, "price", settle)
    assert count(at_store, Photo, visit.visit_id) == 2
    uploads = at_store.read(lambda s: s.scalars(select(Upload.sha256)).all())
    assert len(uploads) == 2
    assert all(at_store.context.files.has(sha256) for sha256 in uploads)
    answers = at_store.read(lambda s: visits.latest_answers(s, visit.visit_id))
    assert answers["shelf"] == {"facing": "pass"}


def test_a_photo_can_be_taken_back_until_its_step_is_left(
    running: VisitPage, at_store: AtStore, settle: Any, tmp_path: Path
) -> None:
    to_step(running, "shelf", settle)
    drop(running, picture(tmp_path))
    settle()
    [kept] = running.progress.photos
    running.desk.remove(kept.sha256)
    assert running.progress.photos == []
    at_store.shell.undo()
    assert running.progress.photos == [kept]


def test_space_adds_a_photo_also_from_a_button(
    running: VisitPage, qtbot: QtBot, settle: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_step(running, "shelf", settle)
    chosen = [str(picture(tmp_path))], ""
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: chosen)  # nobody is there to choose
    monkeypatch.setattr(device, "cameras", list)
    focus = QApplication.focusWidget()
    assert focus is not None
    qtbot.keyClick(focus, Qt.Key.Key_Space)
    settle()
    assert [photo.field_key for photo in running.progress.photos] == ["photos"]


def test_a_file_that_is_no_picture_is_named_and_nothing_is_kept(
    running: VisitPage, at_store: AtStore, settle: Any, tmp_path: Path
) -> None:
    to_step(running, "shelf", settle)
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    drop(running, bad)
    settle()
    assert [error.code for error in at_store.shell.errors] == ["not_a_picture"]
    assert running.progress.photos == []


def test_check_out_leads_to_the_first_gap_while_something_is_missing(
    running: VisitPage, at_store: AtStore, settle: Any
) -> None:
    running._go_to("wrap_up")
    settle()
    running.go_on()
    settle()
    visit = running.visit
    assert visit is not None
    assert count(at_store, CheckOut, visit.visit_id) == 0
    assert running.progress.step == "stock"


def test_a_whole_visit_is_checked_out_with_its_report_and_next_date(
    running: VisitPage, at_store: AtStore, settle: Any, tmp_path: Path
) -> None:
    finish(running, tmp_path, settle)
    assert running.wrap_up is not None
    visit = running.visit
    assert visit is not None
    running.wrap_up._summary.setText("陈列好了很多")
    running.wrap_up._chips.choose(TODAY + timedelta(7))
    running.wrap_up._on_chip()
    running.go_on()
    settle()
    assert at_store.shell.errors == []
    left = at_store.read(
        lambda s: s.scalars(select(CheckOut).where(CheckOut.visit_id == visit.visit_id)).one()
    )
    assert (left.summary, left.next_visit_on, left.gaps) == ("陈列好了很多", TODAY + timedelta(7), [])
    planned = select(VisitPlan).where(
        VisitPlan.on == TODAY + timedelta(7), VisitPlan.account_id == visit.account_id
    )
    assert at_store.read(lambda s: len(s.scalars(planned).all())) == 1
    assert running._centre.currentIndex() == 1


def test_pausing_keeps_the_place(running: VisitPage, at_store: AtStore, settle: Any, open_page: Any) -> None:
    to_step(running, "price", settle)
    running.step.answered.emit("promotion", "买赠")  # type: ignore[union-attr]
    running.pause()
    settle()
    assert at_store.shell.opened == [("today", {})]
    again = VisitPage(at_store.context)
    visit = running.visit
    assert visit is not None
    again.show_place(visit_id=visit.visit_id)
    open_page(again)
    assert again.progress.step == "price"
    assert again.progress.answers["price"] == {"promotion": "买赠"}


def test_an_order_is_taken_in_the_order_entry_and_shown_here(
    running: VisitPage, at_store: AtStore, settle: Any
) -> None:
    to_step(running, "order", settle)
    visit = running.visit
    assert visit is not None
    running.step.order_asked.emit()  # type: ignore[union-attr]
    where = {"account_id": visit.account_id, "visit_id": visit.visit_id}
    assert at_store.shell.opened == [("order", where)]

    def order(session: Any) -> None:
        from fieldcrm.model.accounts import Account
        from fieldcrm.model.users import User

        rep, store = session.get(User, at_store.context.me.id), session.get(Account, visit.account_id)
        session.add(make_order(rep, store, visit_id=visit.visit_id))

    running.jobs.write(running, order)
    settle()
    assert running.visit is not None
    assert len(running.visit.orders) == 1


def test_a_signature_is_kept_as_a_picture(
    running: VisitPage, at_store: AtStore, settle: Any, qtbot: QtBot
) -> None:
    to_step(running, "confirm", settle)
    pad = next(iter(running.step._signatures.values())).pad  # type: ignore[union-attr]
    qtbot.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(20, 40))
    for x in range(20, 200, 10):
        qtbot.mouseMove(pad, QPoint(x, 60 + x % 30))
    qtbot.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(200, 60))
    next(iter(running.step._signatures.values()))._on_keep()  # type: ignore[union-attr]
    settle()
    [kept] = running.progress.photos
    assert (kept.field_key, kept.media_type) == ("signature", "image/png")
    assert at_store.context.files.get(kept.sha256).startswith(b"\x89PNG")


def test_what_was_agreed_becomes_a_todo_and_is_ticked_off(
    running: VisitPage, at_store: AtStore, settle: Any
) -> None:
    running.notes.keep("送海报", TODAY + timedelta(3))
    settle()
    todo = at_store.read(lambda s: s.scalars(select(Todo).where(Todo.title == "送海报")).one())
    running.facts.ticked.emit(todo.id, True)
    settle()
    assert at_store.read(lambda s: s.get(Todo, todo.id).done_at) == NOW


def test_a_forgotten_check_out_asks_when_the_rep_left(at_store: AtStore, open_page: Any, settle: Any) -> None:
    visit_id = at_store.start()
    tomorrow = NOW + timedelta(days=1)
    parts = at_store.context
    context = make_context(parts.database, parts.jobs, files=parts.files, now=lambda: tomorrow)
    page = VisitPage(context)
    page.show_place(visit_id=visit_id)
    open_page(page)
    page.go_on()
    assert page.missed.left_at is None
    page.missed._left.setText("10:50")
    page.go_on()
    settle()
    left = at_store.read(lambda s: s.scalars(select(CheckOut).where(CheckOut.visit_id == visit_id)).one())
    assert left.at == NOW + timedelta(minutes=32)
    assert left.gaps[0]["code"] == "missed_check_out"


def test_a_report_sent_back_is_open_for_answers_again(
    at_store: AtStore, open_page: Any, settle: Any, tmp_path: Path, running: VisitPage
) -> None:
    finish(running, tmp_path, settle)
    running.go_on()
    settle()
    visit = running.visit
    assert visit is not None
    me = at_store.context.me.id
    assert not visit.is_open
    review = VisitReview(
        id=new_id(), visit_id=visit.visit_id, rep_id=me, reviewer_id=me, decision=Decision.RETURNED,
        text="冰柜再看一次", at=NOW + timedelta(hours=2),
    )  # fmt: skip
    running.jobs.write(running, lambda s: s.add(review))
    settle()
    assert running.step is not None
    to_step(running, "price", settle)
    running.step.answered.emit("tea_price", "6")
    to_step(running, "shelf", settle)
    prices = select(StepAnswer).where(StepAnswer.visit_id == visit.visit_id, StepAnswer.step_key == "price")
    assert len(at_store.read(lambda s: s.scalars(prices).all())) == 2


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_screens(
    at_store: AtStore, qtbot: QtBot, look: Any, shoot: Any, settle: Any, tmp_path: Path,
    language: str, theme: str,
) -> None:  # fmt: skip
    look(language, theme)
    parts = at_store.context
    view = ShellView()
    qtbot.addWidget(view)
    minutes = [0]
    context = make_context(
        parts.database, parts.jobs, files=parts.files, shell=view,
        now=lambda: NOW + timedelta(minutes=minutes[0]),
    )  # fmt: skip
    view.start(context, "today")
    settle()

    def shown(name: str) -> None:
        settle()
        shoot(view, f"{name}-{language[:2]}-{theme}")

    stop = at_store.stop
    view.open("check_in", account_id=stop.account_id, plan_id=stop.plan_id)
    shown("check-in")
    arrival: Any = view.page
    arrival.panel._on_source("map")
    arrival.panel.sources.choose("map")
    assert stop.position is not None
    from tests.ui.visit.conftest import near

    arrival.panel.canvas._take(near(stop.position.to("wgs84"), 620))
    shown("check-in-far")
    arrival.panel.canvas._take(near(stop.position.to("wgs84"), 18))
    arrival.check_in()
    settle()
    minutes[0] = 12
    page: Any = view.page
    assert isinstance(page, VisitPage)
    shown("visit-stock")
    fill_stock(page)
    to_step(page, "shelf", settle)
    page.step.answer_check("pass")
    page.step.answer_check("fail")
    drop(page, picture(tmp_path, 1), picture(tmp_path, 2))
    settle()
    page.step.rows["stack"].answer.take_focus()
    page.step.answer_check("pass")
    shown("visit-shelf")
    to_step(page, "price", settle)
    shown("visit-price")
    to_step(page, "order", settle)
    shown("visit-order")
    to_step(page, "confirm", settle)
    shown("visit-sign")
    page._go_to("wrap_up")
    shown("visit-wrap-up")
    page._go_to("stock")
    finish(page, tmp_path, settle)
    minutes[0] = 34
    page.go_on()
    shown("visit-done")
