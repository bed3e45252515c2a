from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton, QWidget

from fieldcrm.storage.backup import export_rescue
from fieldcrm.storage.files import Files
from fieldcrm.storage.key import Hardness
from fieldcrm.storage.unsent import unsent
from fieldcrm.ui.context import Context
from fieldcrm.ui.sync import leaving, rescue
from fieldcrm.ui.sync.page import SyncPage
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.overlays import Dialog
from tests.ui.conftest import Settle
from tests.ui.sync.conftest import Laptop, Open

LIGHT = Hardness(time=1, memory_kib=64, lanes=1)
WORDS = "correct horse"


@pytest.fixture
def page(laptop: Laptop, open_page: Open) -> SyncPage:
    laptop.visit(laptop.stores[0])
    return open_page()


def export(context: Context, path: Path | None) -> rescue.ExportDialog:
    return rescue.save_bundle(context, choose=lambda _host, _name: path, hardness=LIGHT)


def left(laptop: Laptop) -> tuple[int, int]:
    with laptop.database.reading() as session:
        found = unsent(session)
    return found.count, found.not_rescued


def dialog(page: QWidget) -> Dialog:
    return page.window().findChildren(Dialog)[-1]


def said(widget: QWidget) -> str:
    shown = [each.text() for each in widget.findChildren(Paragraph) if each.isVisibleTo(widget)]
    return "\n".join(shown + [each.text() for each in widget.findChildren(QPushButton)])


def press(words: str, page: QWidget) -> None:
    next(b for b in dialog(page).findChildren(QPushButton) if b.text() == words).click()


@pytest.mark.parametrize(("first", "second"), [("short", "short"), (WORDS, "correct house")])
def test_a_passphrase_is_long_enough_and_typed_twice_the_same(
    first: str, second: str, page: SyncPage, context: Context, tmp_path: Path
) -> None:
    asked = export(context, tmp_path / "never.fieldrescue")
    asked.first.setText(first)
    asked.second.setText(second)
    asked.save()
    assert not (tmp_path / "never.fieldrescue").exists()
    assert asked.first.isEnabled()


def test_a_bundle_is_saved_told_and_allows_leaving(
    page: SyncPage, context: Context, laptop: Laptop, tmp_path: Path, settle: Settle
) -> None:
    asked = export(context, tmp_path / "work.fieldrescue")
    asked.first.setText(WORDS)
    asked.second.setText(WORDS)
    asked.save()
    settle()
    assert (tmp_path / "work.fieldrescue").exists()
    assert context.shell.toasts == ["救援包已保存：2 项改动，0 张照片"]  # type: ignore[attr-defined]
    assert left(laptop) == (2, 0)
    leaving.ask_sign_out(context)
    settle()
    press("仍然退出", page)
    assert context.shell.left == [(False, True)]  # type: ignore[attr-defined]


def test_choosing_no_place_writes_nothing(page: SyncPage, context: Context, laptop: Laptop) -> None:
    asked = export(context, None)
    asked.first.setText(WORDS)
    asked.second.setText(WORDS)
    asked.save()
    assert left(laptop) == (2, 2)


def test_a_bundle_comes_in_once(
    page: SyncPage, context: Context, laptop: Laptop, tmp_path: Path, settle: Settle, files: Files
) -> None:
    path = tmp_path / "work.fieldrescue"
    export_rescue(laptop.database, files, path, WORDS, LIGHT)
    asked = rescue.bring_bundle(context, choose=lambda _host, _name: path)
    assert asked is not None
    asked.passphrase.setText(WORDS)
    asked.bring()
    settle()
    assert context.shell.toasts == ["导入了 0 项改动。2 项改动本来就在。"]  # type: ignore[attr-defined]


def test_a_wrong_passphrase_is_said_and_asked_again(
    page: SyncPage, context: Context, laptop: Laptop, tmp_path: Path, settle: Settle, files: Files
) -> None:
    path = tmp_path / "work.fieldrescue"
    export_rescue(laptop.database, files, path, WORDS, LIGHT)
    asked = rescue.bring_bundle(context, choose=lambda _host, _name: path)
    assert asked is not None
    asked.passphrase.setText("something else")
    asked.bring()
    settle()
    assert "口令打不开" in said(asked)
    assert asked.passphrase.isEnabled()
    path.write_bytes(b"not a bundle")
    asked.bring()
    settle()
    assert "不是完整的救援包" in said(asked)


@pytest.mark.parametrize("wipe", [False, True])
def test_leaving_with_unsent_work_is_refused_and_offers_what_helps(
    wipe: bool, page: SyncPage, context: Context, settle: Settle
) -> None:
    (leaving.ask_wipe if wipe else leaving.ask_sign_out)(context)
    settle()
    words = said(dialog(page))
    assert "2 项改动只在本机" in words
    for button in ("先不", "保存救援包", "立即同步"):
        assert button in words
    assert "退出登录" not in words
    assert "清除本机数据" not in words
    press("立即同步", page)
    assert context.shell.syncs == 1  # type: ignore[attr-defined]
    assert context.shell.left == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(("wipe", "verb"), [(False, "退出登录"), (True, "清除本机数据")])
def test_leaving_with_everything_sent_asks_once(
    wipe: bool, verb: str, laptop: Laptop, open_page: Open, context: Context, settle: Settle
) -> None:
    page = open_page()
    (leaving.ask_wipe if wipe else leaving.ask_sign_out)(context)
    settle()
    press(verb, page)
    assert context.shell.left == [(wipe, False)]  # type: ignore[attr-defined]


def test_an_export_that_is_cancelled_leaves_no_file_and_can_be_started_again(
    page: SyncPage, context: Context, laptop: Laptop, tmp_path: Path, settle: Settle
) -> None:
    slow = Hardness(time=3, memory_kib=65_536, lanes=1)  # the key is still being made when it is cancelled
    asked = rescue.save_bundle(
        context, choose=lambda _host, _name: tmp_path / "work.fieldrescue", hardness=slow
    )
    asked.first.setText(WORDS)
    asked.second.setText(WORDS)
    asked.save()
    asked._offer_cancel()
    assert asked.progress.cancel.isVisible()
    asked.progress.cancel.click()
    settle()
    assert list(tmp_path.glob("*fieldrescue*")) == []
    assert asked.main.isEnabled()
    assert left(laptop)[1] > 0, "nothing counts as rescued"
    asked.save()
    settle()
    assert (tmp_path / "work.fieldrescue").exists()
