"""A damaged file and a second window, through the whole application and a real server (F32, F29)."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fieldcrm.errors import InUse
from fieldcrm.ids import new_id
from fieldcrm.model.plans import Todo
from fieldcrm.storage import profiles
from fieldcrm.ui.devices import check
from fieldcrm.ui.looking import LookingBar
from fieldcrm.ui.shell import ShellView
from fieldcrm.ui.signin.damaged import DamagedForm, RescuedForm
from fieldcrm.ui.signin.form import SignInForm, UnlockForm
from fieldcrm.ui.signin.page import SignInPage
from server.database import run
from tests.faults.test_f32_client_file_damaged import PAGE, flip
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.ui.signin.test_page import WORDS, MakeApplication, application, enter, form, panel  # noqa: F401


def unlock(running: object, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: isinstance(panel(running), UnlockForm), timeout=20_000)  # type: ignore[arg-type]
    asked = panel(running)  # type: ignore[arg-type]
    assert isinstance(asked, UnlockForm)
    asked.first.setText(WORDS)
    asked.submit.click()


def saved(shell: ShellView, title: str) -> Path:
    """Save a to-do that is not sent, and return the data file."""
    opened = shell.context.laptop
    assert opened is not None
    me = shell.context.me.id
    with opened.database.writing() as session:
        session.add(Todo(id=new_id(), assignee_id=me, created_by=me, title=title))
    return profiles.database_file(opened.home, opened.profile)


def titles(server: ServerProcess) -> set[str]:
    with server.opened() as database, database.reading() as connection:
        return {title for (title,) in run(connection, "SELECT title FROM todo")}


@pytest.mark.parametrize("found", ["at opening", "by the check"])
def test_a_damaged_file_is_rescued_from_the_window_and_its_work_arrives(
    application: MakeApplication,  # noqa: F811
    shared_server: ServerProcess, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, found: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(check, "AFTER_MS", 0)
    title = f"Rescued {new_id()}"
    running = application()
    shell = enter(running, shared_server.url, qtbot)
    assert running.pacer is not None
    stopped: list[bool] = []
    running.pacer.stop(lambda: stopped.append(True))
    qtbot.waitUntil(lambda: bool(stopped), timeout=20_000)
    path = saved(shell, title)
    if found == "by the check":
        assert running.laptop is not None
        running.laptop.database.close()
        running.laptop = None  # the process is killed here
    running.window.closing.emit()
    running.window.closing.disconnect()
    pages = path.stat().st_size // PAGE
    if found == "by the check":
        flip(path, (pages - 1) * PAGE + 100)
    else:
        with path.open("r+b") as file:
            file.truncate((pages - 1) * PAGE)
    again = application()
    unlock(again, qtbot)
    qtbot.waitUntil(lambda: isinstance(panel(again), DamagedForm), timeout=20_000)
    offered = panel(again)
    assert isinstance(offered, DamagedForm)
    assert not offered.seal.isHidden()
    offered.rescue.click()
    if found == "by the check":
        unlock(again, qtbot)
    qtbot.waitUntil(lambda: isinstance(panel(again), RescuedForm), timeout=20_000)
    told = panel(again)
    assert isinstance(told, RescuedForm)
    told.next.click()
    qtbot.waitUntil(lambda: isinstance(panel(again), SignInForm), timeout=20_000)
    form(again).password.setText(PASSWORD)
    form(again).submit.click()
    unlock(again, qtbot)
    qtbot.waitUntil(lambda: isinstance(again.window.content, ShellView), timeout=30_000)
    qtbot.waitUntil(lambda: title in titles(shared_server), timeout=30_000)


def test_a_second_window_only_looks_and_asks_the_first_to_come_forward(
    application: MakeApplication, shared_server: ServerProcess, qtbot: QtBot  # noqa: F811
) -> None:  # fmt: skip
    first = application()
    shell = enter(first, shared_server.url, qtbot)
    path = saved(shell, "seen from beside")
    second = application()
    unlock(second, qtbot)
    qtbot.waitUntil(lambda: isinstance(second.window.content, ShellView), timeout=20_000)
    beside = second.shell
    assert beside is not None
    [bar] = beside.findChildren(LookingBar)
    qtbot.waitUntil(bar.isVisible)
    assert "这里什么都不能保存" in bar.accessibleName()
    with pytest.raises(InUse):
        saved(beside, "from the wrong window")
    beside.sync_now()
    assert "另一个窗口" in beside.error_bar.text
    assert first.bell is not None
    with qtbot.waitSignal(first.bell.rung):
        bar.other.click()
    first.window.may_close = lambda: True
    first.window.close()
    bar.again.click()
    qtbot.waitUntil(lambda: isinstance(second.window.content, SignInPage), timeout=20_000)
    unlock(second, qtbot)
    qtbot.waitUntil(lambda: second.watch is not None, timeout=20_000)
    assert second.laptop is not None
    assert not second.laptop.database.read_only
    assert path.exists()
