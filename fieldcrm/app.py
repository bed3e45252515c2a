"""The composition root of the window: everything is put together here and nowhere else.

The window is painted before anything heavy is imported: SQLAlchemy and the database come in
beside it. A profile whose key lies in the keyring opens by itself, with no network.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from fieldcrm import settings
from fieldcrm.errors import InUse, SyncError
from fieldcrm.ui import theme
from fieldcrm.ui.garbage import Sweeper
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.main_window import MainWindow
from fieldcrm.ui.preferences import Preferences
from fieldcrm.ui.splash import Splash

if TYPE_CHECKING:
    from types import TracebackType

    from fieldcrm.laptop import Laptop
    from fieldcrm.storage.profiles import Profile
    from fieldcrm.ui.closing import ClosingQuestion
    from fieldcrm.ui.connection import Connection
    from fieldcrm.ui.context import Context, Me
    from fieldcrm.ui.devices.check import Check
    from fieldcrm.ui.devices.watch import Watch
    from fieldcrm.ui.looking import Doorbell
    from fieldcrm.ui.pacing import Pacer
    from fieldcrm.ui.shell import ShellView
    from fieldcrm.ui.signin.page import SignInPage

log = logging.getLogger(__name__)


class Application(QObject):
    """One running client: its window, its jobs and, once somebody is in, the open laptop."""

    def __init__(self, home: Path, server: str = "", preferences: Preferences | None = None) -> None:
        super().__init__()
        self.home, self._server = home, server
        self.preferences = preferences or Preferences(home)
        self.jobs = Jobs()
        self.window = MainWindow(self.preferences)
        self.window.show_content(Splash())
        self.window.closing.connect(self.close)
        self.window.may_close = self._may_close
        self._closing: ClosingQuestion | None = None
        self.laptop: Laptop | None = None
        self.pacer: Pacer | None = None
        self.sweeper: Sweeper | None = None
        self.shell: ShellView | None = None
        self.door: SignInPage | None = None
        self.watch: Watch | None = None
        self.check: Check | None = None
        self.bell: Doorbell | None = None
        self._told: set[str] = set()

    def start(self) -> None:
        """Show the window, then find out who has worked here."""
        self.window.show()
        QTimer.singleShot(0, self.begin)

    def begin(self, damaged: Profile | None = None) -> None:
        """Ask who works here, or open the only one there is; say so first if its file is ``damaged``."""
        self.sweeper = self.sweeper or Sweeper()
        self.window.setWindowIcon(theme.icon("map-marker-check", "accent"))
        home = self.home

        def people(_stop: object, _progress: object) -> list[Profile]:
            from fieldcrm import laptop
            from fieldcrm.ui.signin import door, page  # noqa: F401 - a second's imports, not in the UI's thread

            return laptop.known(home)

        def tell(_stop: object, _progress: object) -> None:
            from fieldcrm import laptop

            laptop.finish_wipes(home)

        self.jobs.task(self, people, lambda found: self._show_door(found, damaged))
        if (home / "wipes.json").exists():
            self.jobs.task(self, tell)

    def _show_door(self, people: list[Profile], damaged: Profile | None) -> None:
        from fieldcrm.ui.signin.door import door
        from fieldcrm.ui.signin.page import SignInPage

        gone = self.preferences.get("signed_out", [])
        here = [each for each in people if each.id not in gone]
        page = self.door = SignInPage(self.jobs, door(self.home), here, self._server)
        page.entered.connect(self._enter)
        self.window.show_content(page)
        if damaged is None:
            page.begin()
        else:
            page.offer_rescue(damaged, opens=True)

    def _enter(self, laptop: Laptop) -> None:
        from fieldcrm.ui.people import me

        self.laptop = laptop
        gone = [each for each in self.preferences.get("signed_out", []) if each != laptop.profile.id]
        self.preferences.set("signed_out", gone)
        self.jobs.use(laptop.database)
        self.jobs.read(self, lambda session: me(session, laptop), self._open_shell)

    def _open_shell(self, me: Me) -> None:
        from fieldcrm.ui.connection import Connection
        from fieldcrm.ui.context import Context
        from fieldcrm.ui.shell import ShellView

        if self.laptop is None:
            return
        shell = self.shell = ShellView()
        connection = Connection()
        context = Context(
            me=me, database=self.laptop.database, files=self.laptop.files, settings=self.preferences,
            engine=self.laptop.engine, jobs=self.jobs, connection=connection, shell=shell, laptop=self.laptop,
        )  # fmt: skip
        self.window.show_content(shell, keep=self.door is not None and self.door.is_fetching)
        if self.laptop.database.read_only:
            self._only_look(shell, context)
            return
        shell.leave_wanted.connect(self._leave)
        shell.start(context)
        self._look_up_waiting(context)
        self._keep_in_step(connection)
        self._keep_watch(self.laptop, connection)
        self._keep_whole(self.laptop)

    def _look_up_waiting(self, context: Context) -> None:
        from fieldcrm.ui.accounts.looking_up import Waiting

        self.lookups = Waiting(context, self.window)

    def _only_look(self, shell: ShellView, context: Context) -> None:
        """Show what another window works in; nothing is sent, fetched or saved from here."""
        from fieldcrm.storage import profiles
        from fieldcrm.sync.status import badge
        from fieldcrm.ui.looking import LookingBar

        if context.laptop is None:
            return
        bar = LookingBar(profiles.folder(self.home, context.laptop.profile))
        bar.again_wanted.connect(lambda: self._end(context.database.close, lambda _closed: self.begin()))
        shell.add_bar(bar)
        shell.sync_wanted.connect(lambda: shell.show_error(InUse()))
        shell.leave_wanted.connect(lambda _wipe, _force: shell.show_error(InUse()))
        shell.start(context)
        self.jobs.read(
            shell,
            badge,
            lambda found: context.connection.update(
                waiting=found.things, needs_me=found.attention, last_sync=found.last_sync_at
            ),
        )

    def _keep_in_step(self, connection: Connection) -> None:
        from fieldcrm.sync.pokes import Listener
        from fieldcrm.ui.network import AUTO, Network
        from fieldcrm.ui.pacing import Pacer
        from fieldcrm.ui.signin.fetch import refetch

        opened, shell = self.laptop, self.shell
        if opened is None or shell is None:
            return
        pacer = self.pacer = Pacer(
            self.jobs, opened.engine, connection, partial(refetch, opened),
            Network(treat=lambda: str(self.preferences.get("metered", AUTO))),
            partial(Listener, opened.remote),
        )  # fmt: skip
        pacer.synced.connect(lambda _report: shell.error_bar.settle(SyncError))
        shell.sync_wanted.connect(
            lambda: pacer.sync_now(lambda error: shell.show_error(error, pacer.sync_now))
        )
        if self.door is not None and self.door.is_fetching:
            pacer.refresh()
            self.door.fetched.connect(pacer.start)
        else:
            pacer.start()

    def _keep_watch(self, opened: Laptop, connection: Connection) -> None:
        from fieldcrm.ui.devices.watch import Watch

        watch = self.watch = Watch(self.jobs, opened, connection)
        watch.lease_over.connect(lambda: self._end(opened.lock, lambda _over: self.begin()))
        watch.wipe_ordered.connect(lambda order: self._end(lambda: opened.obey(order), self._wiped))
        watch.start()

    def _keep_whole(self, opened: Laptop) -> None:
        from fieldcrm.storage import profiles
        from fieldcrm.ui.devices.check import Check

        self._listen(profiles.folder(self.home, opened.profile))
        if opened.profile.id in self._told:  # who chose to go on with a damaged file is not told again
            return
        self.check = Check(self.jobs, opened)
        self.check.damaged.connect(lambda: self._damaged(opened))
        self.check.start()

    def _listen(self, folder: Path) -> None:
        """Come to the front when a second window on the same data asks for it."""
        from fieldcrm.ui.looking import Doorbell

        bell = self.bell = Doorbell(folder, self.window)
        bell.rung.connect(self.window.come_forward)

    def _damaged(self, opened: Laptop) -> None:
        self._told.add(opened.profile.id)
        self._end(opened.close, lambda _closed: self.begin(opened.profile))

    def _wiped(self, sealed: int) -> None:
        from fieldcrm.ui.devices.wiped import WipedPage

        self.window.show_content(WipedPage(sealed, lambda: self.begin()))

    def _end(self, work: Callable[[], Any], then: Callable[[Any], object]) -> None:
        """Let sync come to its end and let go of the shell; then do ``work`` beside the interface."""

        def at_rest() -> None:
            self.window.show_content(Splash())
            self.jobs.use(None)
            self.laptop = self.pacer = self.shell = self.door = self.watch = None
            self.check = self.bell = None
            self.jobs.task(self, lambda _stop, _progress: work(), then)

        for each in (self.watch, self.check, self.bell):
            if each is not None:
                each.stop()
        if self.shell is not None:
            self.shell.leaving()
        if self.pacer is not None:
            self.pacer.stop(at_rest)
        else:
            at_rest()

    def _leave(self, wipe: bool, force: bool) -> None:
        """Sign out or wipe: refused while work is unsent, else sync ends first, then the file is closed."""
        shell, opened = self.shell, self.laptop
        if shell is None or opened is None:
            return
        self.jobs.read(
            shell, lambda session: opened.may_leave(session, force=force),
            lambda _allowed: self._end_sync(opened, wipe=wipe, force=force), shell.show_error,
        )  # fmt: skip

    def _end_sync(self, opened: Laptop, *, wipe: bool, force: bool) -> None:
        self._end(lambda: opened.leave(wipe=wipe, force=force), lambda _done: self._left(opened))

    def _left(self, opened: Laptop) -> None:
        gone = [*self.preferences.get("signed_out", []), opened.profile.id]
        self.preferences.set("signed_out", sorted(set(gone)))
        self.begin()

    def _may_close(self) -> bool:
        """Ask once whether to send what waits; closing again while asked is an answer."""
        shell, pacer, app = self.shell, self.pacer, QApplication.instance()
        saving = isinstance(app, QApplication) and app.isSavingSession()
        if shell is None or pacer is None or self._closing is not None or saving:
            return True
        from fieldcrm.ui.closing import ClosingQuestion, is_worth_asking

        if not is_worth_asking(shell.context.connection):
            return True
        asked = self._closing = ClosingQuestion(self.jobs, pacer, shell.context.connection, self.window.close)
        asked.stay.clicked.connect(self._stay)
        asked.destroyed.connect(self._stay)
        asked.ask_in(self.window)
        return False

    def _stay(self) -> None:
        self._closing = None

    def close(self) -> None:
        """Finish every save and let go of the file."""
        if self.shell is not None:
            self.shell.leaving()
        if self.pacer is not None:
            self.pacer.stop()
        for each in (self.watch, self.check, self.bell):
            if each is not None:
                each.stop()
        self.jobs.close()
        if self.laptop is not None:
            self.laptop.close()
            self.laptop = None
        if self.sweeper is not None:
            self.sweeper.stop()


def run(arguments: Sequence[str] = (), *, server: str = "") -> int:
    """Open the application and return when its window has been closed."""
    app = make_qt(arguments)
    home = settings.home()
    preferences = Preferences(home)
    theme.apply(app, preferences.theme, preferences.language)
    application = Application(home, server, preferences)
    sys.excepthook = _log_bug
    _write_log(home)
    application.start()
    return app.exec()


def make_qt(arguments: Sequence[str] = ()) -> QApplication:
    """Return the Qt application with our fonts."""
    app = QApplication(list(arguments) or ["fieldcrm"])
    app.setApplicationName("fieldcrm")
    app.setDesktopFileName("fieldcrm")
    theme.load_fonts()
    return app


def _write_log(home: Path) -> None:
    """Write warnings and bugs into the profile's folder; nothing about customers is logged."""
    if os.environ.get("FIELDCRM_LOG") == "stderr":
        logging.basicConfig(level=logging.INFO)
        return
    home.mkdir(parents=True, exist_ok=True)
    shape = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=logging.WARNING, filename=home / "fieldcrm.log", format=shape)


def _log_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
    log.critical("a slot broke", exc_info=(kind, error, trace))
