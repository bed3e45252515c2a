"""Lock and wipe through the whole application and a real server (F40, I18)."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from fieldcrm import clock, laptop
from fieldcrm.app import Application
from fieldcrm.errors import FieldCrmError
from fieldcrm.ids import new_id
from fieldcrm.model.plans import Todo
from fieldcrm.storage import key, profiles
from fieldcrm.storage.database import Database
from fieldcrm.ui.devices.wiped import WipedPage
from fieldcrm.ui.shell import ShellView
from fieldcrm.ui.signin.form import SignInForm, UnlockForm
from fieldcrm.ui.signin.page import SignInPage
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.labels import Paragraph
from server.database import run
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.ui.signin.test_page import WORDS, MakeApplication, application, enter, form, panel  # noqa: F401

WAIT_MS = 30_000


class Desk:
    """Somebody at work: the running application with one to-do that was not sent."""

    def __init__(self, running: Application, server: ServerProcess, qtbot: QtBot) -> None:
        self.app, self.server, self.qtbot = running, server, qtbot
        enter(running, server.url, qtbot)
        opened = running.laptop
        assert opened is not None
        self.home, self.profile, self.device = opened.home, opened.profile, opened.remote.device
        self.folder = profiles.folder(self.home, self.profile)
        self.title = f"call first {self.device}"

    def stop_sync(self) -> None:
        """Be without a network."""
        assert self.app.pacer is not None
        stopped: list[bool] = []
        self.app.pacer.stop(lambda: stopped.append(True))
        self.until(lambda: bool(stopped))

    def save(self) -> None:
        """Write the to-do."""
        opened, me = self.app.laptop, UUID(str(self.profile.user_id))
        assert opened is not None
        with opened.database.writing() as session:
            session.add(Todo(id=new_id(), assignee_id=me, created_by=me, title=self.title))

    def until(self, happened: object) -> None:
        self.qtbot.waitUntil(happened, timeout=WAIT_MS)

    def stands_before(self, what: type) -> None:
        """Wait until the window shows this."""
        self.until(lambda: isinstance(panel(self.app), what) or isinstance(self.app.window.content, what))

    def lose(self) -> None:
        """The administrator reports this laptop lost."""
        assert self.server.command("device", "lost", self.device).returncode == 0

    def sign_in(self) -> None:
        """Give the password once more."""
        form(self.app).password.setText(PASSWORD)
        form(self.app).submit.click()

    def titles(self) -> set[str]:
        with self.server.opened() as database, database.reading() as connection:
            return {title for (title,) in run(connection, "SELECT title FROM todo")}

    def parcel(self) -> str:
        """Return what the server opens of this laptop's parcel."""
        kept = [json.loads(line) for line in self.server.command("device", "parcels").stdout.splitlines()]
        (mine,) = [each["id"] for each in kept if each["device_id"] == self.device]
        return self.server.command("device", "parcels", str(mine)).stdout


@pytest.fixture
def desk(application: MakeApplication, shared_server: ServerProcess, qtbot: QtBot) -> Desk:  # noqa: F811
    return Desk(application(), shared_server, qtbot)


def test_a_lost_laptop_wipes_itself_at_the_next_sync_and_says_so(desk: Desk) -> None:
    kept = profiles.key_file(desk.home, desk.profile).read_bytes()
    desk.lose()
    desk.save()
    assert desk.app.pacer is not None
    desk.app.pacer.sync_now()
    desk.stands_before(WipedPage)
    page = desk.app.window.content
    assert isinstance(page, WipedPage)
    said = " ".join(each.text() for each in page.findChildren(Paragraph))
    assert "1 项" in said
    assert not desk.folder.exists()
    assert laptop.known(desk.home) == []
    assert not {kept} & {path.read_bytes() for path in desk.home.rglob("*") if path.is_file()}
    assert desk.title not in desk.titles(), "a lost laptop pushed"
    assert desk.title in desk.parcel()
    page.findChildren(Button)[0].click()
    desk.stands_before(SignInForm)


def without_contact(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=days))


def locked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work without a network until the lease runs out under the open window."""
    desk.stop_sync()
    desk.save()
    assert desk.app.watch is not None
    without_contact(monkeypatch, 15)
    desk.app.watch.look()
    desk.stands_before(SignInPage)
    if isinstance(panel(desk.app), UnlockForm):
        unlock(desk)
    desk.stands_before(SignInForm)
    monkeypatch.undo()
    monkeypatch.setattr(key, "has_keyring", lambda: False)


def unlock(desk: Desk) -> None:
    asked = panel(desk.app)
    assert isinstance(asked, UnlockForm)
    asked.first.setText(WORDS)
    asked.submit.click()


def test_without_contact_the_open_window_locks_and_signing_in_opens_it_with_everything(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked(desk, monkeypatch)
    assert desk.app.laptop is None
    assert "有 1 项未发送" in form(desk.app).notice.text
    half = profiles.unlock(desk.home, desk.profile, WORDS)
    with pytest.raises(FieldCrmError):
        Database.open(profiles.database_file(desk.home, desk.profile), half[:32])
    desk.sign_in()
    desk.until(lambda: isinstance(panel(desk.app), UnlockForm) or desk.app.shell is not None)
    if desk.app.shell is None:
        unlock(desk)
    desk.stands_before(ShellView)
    desk.until(lambda: desk.title in desk.titles())


def test_a_locked_laptop_that_was_lost_is_wiped_when_somebody_signs_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked(desk, monkeypatch)
    desk.lose()
    desk.sign_in()
    desk.until(lambda: isinstance(panel(desk.app), UnlockForm) or not desk.folder.exists())
    if isinstance(panel(desk.app), UnlockForm):
        unlock(desk)
    desk.until(lambda: not desk.folder.exists())
    desk.until(lambda: form(desk.app).notice.isVisible() and "报失" in form(desk.app).notice.text)
    assert desk.title not in desk.titles()
    assert desk.title in desk.parcel()
