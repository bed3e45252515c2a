"""Signing in against a real server process; the key is wrapped by a passphrase, as without a keyring."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from fieldcrm.app import Application
from fieldcrm.ids import new_id
from fieldcrm.model.plans import Todo
from fieldcrm.storage import key
from fieldcrm.sync import pace
from fieldcrm.ui.closing import ClosingQuestion
from fieldcrm.ui.shell import ShellView
from fieldcrm.ui.signin.form import SignInForm, UnlockForm
from fieldcrm.ui.signin.page import SignInPage
from fieldcrm.ui.signin.progress import FirstSync, Part
from tests.fixtures.server import PASSWORD, ServerProcess

WORDS = "a long passphrase"
Look = Callable[[str, str], None]
MakeApplication = Callable[[], Application]


@pytest.fixture
def application(
    qapp: QApplication, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeApplication]:
    """Start the client on one home folder, as often as wanted."""
    monkeypatch.setattr(key, "has_keyring", lambda: False)
    running: list[Application] = []

    def start() -> Application:
        made = Application(tmp_path / "home")
        running.append(made)
        made.start()
        qtbot.waitUntil(lambda: isinstance(made.window.content, SignInPage), timeout=10_000)
        qtbot.waitUntil(lambda: isinstance(panel(made), SignInForm | UnlockForm), timeout=10_000)
        return made

    yield start
    for each in running:
        each.window.close()


def panel(application: Application) -> QWidget:
    content = application.window.content
    return content.panel if isinstance(content, SignInPage) else QWidget()


def form(application: Application) -> SignInForm:
    shown = panel(application)
    assert isinstance(shown, SignInForm)
    return shown


def fill(application: Application, server: str, password: str = PASSWORD) -> None:
    shown = form(application)
    shown.server.setText(server)
    shown.account.setText("rep1")
    shown.password.setText(password)
    shown.submit.click()


def enter(application: Application, server: str, qtbot: QtBot) -> ShellView:
    """Sign in for the first time, as far as the shell."""
    fill(application, server)
    qtbot.waitUntil(lambda: isinstance(panel(application), UnlockForm), timeout=20_000)
    choice = panel(application)
    assert isinstance(choice, UnlockForm)
    choice.first.setText(WORDS)
    choice.second.setText(WORDS)
    choice.submit.click()
    qtbot.waitUntil(lambda: isinstance(application.window.content, ShellView), timeout=30_000)
    shell = application.shell
    assert shell is not None
    return shell


def test_what_is_missing_is_said_beside_the_field(application: MakeApplication) -> None:
    running = application()
    form(running).submit.click()
    assert form(running).server_field._note.text() == "填服务器地址。"


def test_a_wrong_password_says_so_and_keeps_what_was_typed(
    application: MakeApplication, shared_server: ServerProcess, qtbot: QtBot
) -> None:
    running = application()
    fill(running, shared_server.url, "wrong")
    if isinstance(panel(running), UnlockForm):
        pytest.fail("a passphrase was asked for before the password was checked")
    qtbot.waitUntil(lambda: form(running).notice.isVisible(), timeout=20_000)
    assert "账号或密码不对" in form(running).notice.text
    assert form(running).account.text() == "rep1"


def test_the_first_time_without_a_network_says_what_is_needed(
    application: MakeApplication, qtbot: QtBot
) -> None:
    running = application()
    fill(running, "http://127.0.0.1:9")
    qtbot.waitUntil(lambda: form(running).notice.isVisible(), timeout=20_000)
    assert form(running).notice.text.startswith("没连上公司服务器。")
    assert form(running)._offline.count() == 0


def test_signing_in_fetches_everything_and_opens_the_shell(
    application: MakeApplication, shared_server: ServerProcess, qtbot: QtBot
) -> None:
    running = application()
    shell = enter(running, shared_server.url, qtbot)
    assert shell.context.me.login == "rep1"
    assert shell.context.me.territory == "杭州"
    assert shell.context.me.company == "总部"
    qtbot.waitUntil(lambda: shell.context.connection.last_sync is not None, timeout=20_000)


def test_a_later_start_unlocks_without_a_network(
    application: MakeApplication, server_process: ServerProcess, qtbot: QtBot
) -> None:
    first = application()
    enter(first, server_process.url, qtbot)
    first.window.close()
    server_process.kill()
    second = application()
    unlock = panel(second)
    assert isinstance(unlock, UnlockForm)
    unlock.first.setText("not the words")
    unlock.submit.click()
    qtbot.waitUntil(lambda: unlock.notice.isVisible(), timeout=20_000)
    assert unlock.notice.text.startswith("这个口令打不开你的数据。")
    unlock.first.setText(WORDS)
    unlock.submit.click()
    qtbot.waitUntil(lambda: isinstance(second.window.content, ShellView), timeout=30_000)
    shell = second.shell
    assert shell is not None
    qtbot.waitUntil(lambda: shell.context.connection.error is not None, timeout=20_000)
    assert not shell.context.connection.online
    assert not shell.error_bar.isVisible()


def test_whoever_has_data_here_can_go_on_offline(
    application: MakeApplication, shared_server: ServerProcess, qtbot: QtBot
) -> None:
    first = application()
    enter(first, shared_server.url, qtbot)
    first.window.close()
    second = application()
    unlock = panel(second)
    assert isinstance(unlock, UnlockForm)
    unlock.cancelled.emit()
    fill(second, "http://127.0.0.1:9")
    qtbot.waitUntil(lambda: form(second).notice.isVisible(), timeout=20_000)
    assert form(second)._offline.count() == 1


@pytest.mark.parametrize(("language", "mode"), [("zh_CN", "light"), ("en", "dark")])
def test_the_way_in_looks_right(
    language: str, mode: str, application: MakeApplication, look: Look, qtbot: QtBot,
    shoot: Callable[..., Path],
) -> None:  # fmt: skip
    look(language, mode)
    running = application()
    page = running.window.content
    assert isinstance(page, SignInPage)
    name = f"{language}-{mode}"
    page.ask_to_sign_in().account.setText("rep1")
    assert shoot(running.window, f"signin-{name}").exists()
    page._ask_for_new()
    assert shoot(running.window, f"passphrase-{name}").exists()
    progress = FirstSync("陈嘉禾")
    page.show_panel(progress)
    parts = [
        Part("客户", 86, 86, finished=True),
        Part("商品和价格", 1204, 1860),
        Part("订单和拜访"),
        Part("照片", 0, 38),
    ]
    progress.show_parts(parts, 0.42, 25)
    progress.allow_work()
    assert shoot(running.window, f"firstsync-{name}").exists()


def test_signing_out_asks_for_the_password_again_and_keeps_the_data(
    application: MakeApplication, shared_server: ServerProcess, qtbot: QtBot
) -> None:
    running = application()
    shell = enter(running, shared_server.url, qtbot)
    shell.leave()
    qtbot.waitUntil(lambda: isinstance(panel(running), SignInForm), timeout=20_000)
    fill(running, shared_server.url)
    qtbot.waitUntil(lambda: isinstance(panel(running), UnlockForm), timeout=20_000)
    unlock = panel(running)
    assert isinstance(unlock, UnlockForm)
    unlock.first.setText(WORDS)
    unlock.submit.click()
    qtbot.waitUntil(lambda: isinstance(running.window.content, ShellView), timeout=30_000)


def test_signing_out_is_refused_while_work_exists_only_here(
    application: MakeApplication, server_process: ServerProcess, qtbot: QtBot
) -> None:
    running = application()
    shell = enter(running, server_process.url, qtbot)
    server_process.kill()
    opened = running.laptop
    assert opened is not None
    with opened.database.writing() as session:
        session.add(
            Todo(id=new_id(), assignee_id=shell.context.me.id, created_by=shell.context.me.id, title="x")
        )
    shell.leave(wipe=True)
    qtbot.waitUntil(lambda: shell.error_bar.isVisible(), timeout=20_000)
    assert shell.error_bar.text.startswith("有些内容只存在这台电脑上。")
    assert running.window.content is shell


def test_a_save_is_sent_by_itself_and_the_card_agrees(
    application: MakeApplication, server_process: ServerProcess, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "AFTER_SAVE_SECONDS", 0.05)
    running = application()
    shell = enter(running, server_process.url, qtbot)
    connection = shell.context.connection
    qtbot.waitUntil(lambda: connection.last_sync is not None and not connection.syncing, timeout=20_000)
    me = shell.context.me.id
    row = Todo(id=new_id(), assignee_id=me, created_by=me, title="Bring labels")
    waited: list[int] = []
    connection.changed.connect(lambda: waited.append(connection.waiting))
    running.jobs.write(shell, lambda session: session.add(row))
    qtbot.waitUntil(lambda: 1 in waited, timeout=20_000)
    qtbot.waitUntil(lambda: connection.waiting == 0 and connection.online, timeout=20_000)


def test_closing_with_work_that_could_go_asks_once(
    application: MakeApplication, server_process: ServerProcess, qtbot: QtBot
) -> None:
    running = application()
    shell = enter(running, server_process.url, qtbot)
    connection = shell.context.connection
    qtbot.waitUntil(lambda: connection.last_sync is not None and not connection.syncing, timeout=20_000)
    connection.update(waiting=3)
    assert not running.window.close()
    assert running.window.findChildren(ClosingQuestion)
    assert running.laptop is not None, "everything goes on"
    assert running.window.close()
    assert running.laptop is None
