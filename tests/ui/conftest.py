"""A laptop with a day's work on it, and windows rendered offscreen into pictures.

The rows are the demo company's (one rep, one manager, 86 stores), put in once for each
worker and copied for each test. ``NOW`` is 10:18 on its day.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.model import Base
from fieldcrm.model.users import Role, Territory, User
from fieldcrm.storage.database import Database
from fieldcrm.ui import i18n, theme
from fieldcrm.ui.connection import Connection
from fieldcrm.ui.context import Context, Me
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.preferences import Preferences
from server.demo.company import Size, company
from tests.fixtures.laptop import KEY

TODAY = date(2026, 11, 18)
NOW = datetime(2026, 11, 18, 10, 18, tzinfo=DEFAULT_ZONE)
SCREENS = Path(__file__).parents[2] / "demo-out" / "parts"
SIZES = ((1440, 900), (1280, 720))
_LOOKS = (("zh_CN", "light"), ("en", "dark"), ("zh_CN", "dark"), ("en", "light"))
LOOKS = _LOOKS if os.environ.get("ALL_LOOKS") else _LOOKS[:2]  # each language and each theme once


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The application, in Chinese and light until a test says otherwise."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.load_fonts()
    theme.apply(app, "light", "zh_CN")
    gc.freeze()
    return app


class PatientBot(QtBot):
    """Waits longer than a busy disk may hold up a write; what never comes fails all the same."""

    def waitUntil(self, callback: Callable[[], object], *, timeout: int = 60_000) -> None:
        super().waitUntil(callback, timeout=timeout)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """A hand on widgets, which closes them after the test."""
    return PatientBot(request)


@pytest.fixture(autouse=True)
def garbage(qapp: QApplication) -> Iterator[None]:
    """Collect in this thread only, as the application does, and leave no widget to the next test.

    A widget that listens to its own child by a lambda holds itself, so nothing but its deletion ends it;
    every window that lives on is styled again at each change of the look.
    """
    gc.disable()
    yield
    for widget in QApplication.topLevelWidgets():
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect(1)  # while collecting is off, all that a test has made is young
    gc.enable()


@pytest.fixture(autouse=True)
def usual_look(qapp: QApplication) -> Iterator[None]:
    """Leave every test as the next one expects it: Chinese and light."""
    yield
    if i18n.language() != i18n.CHINESE or theme.is_dark():
        theme.apply(qapp, "light", i18n.CHINESE)


@pytest.fixture
def look(qapp: QApplication) -> Callable[[str, str], None]:
    """Speak a language in a theme: ``look("en", "dark")``."""
    return lambda language, mode: theme.apply(qapp, mode, language)


@pytest.fixture(scope="session")
def _worked_laptop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worked")
    rows = company(Size(reps=1, managers=1, accounts=86, days=40, pictured=0), 7, TODAY).rows
    database = Database.create(folder / "field.db", KEY)
    classes: dict[str, Any] = {m.class_.__tablename__: m.class_ for m in Base.registry.mappers}
    with database.writing() as session:
        for table in Base.metadata.sorted_tables:
            session.add_all([classes[table.name](**row) for row in rows.get(table.name, ())])
            session.flush()
    database.checkpoint()
    database.close()
    return folder


@pytest.fixture
def laptop_db(_worked_laptop: Path, tmp_path: Path) -> Iterator[Database]:
    """An open database with one rep's stores, plans, prices and history."""
    shutil.copytree(_worked_laptop, tmp_path / "profile")
    database = Database.open(tmp_path / "profile" / "field.db", KEY)
    yield database
    database.close()


@dataclass
class RecordingShell:
    """Stands for the window in tests of one page: remembers what the page asked for."""

    opened: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)
    undo: Callable[[], object] | None = None
    errors: list[Exception] = field(default_factory=list)
    backs: int = 0
    syncs: int = 0
    relooks: int = 0
    left: list[tuple[bool, bool]] = field(default_factory=list)
    widget: QWidget | None = None

    def open(self, key: str, **where: object) -> None:
        self.opened.append((key, where))

    def back(self) -> None:
        self.backs += 1

    def toast(self, text: str, undo: Callable[[], object] | None = None, action: str = "") -> None:
        self.toasts.append(text)
        self.undo = undo

    def show_error(self, error: Exception, retry: Callable[[], object] | None = None) -> None:
        self.errors.append(error)

    def window(self) -> QWidget:
        assert self.widget is not None
        return self.widget.window()

    def sync_now(self) -> None:
        self.syncs += 1

    def relook(self) -> None:
        self.relooks += 1

    def leave(self, *, wipe: bool = False, force: bool = False) -> None:
        self.left.append((wipe, force))


@pytest.fixture
def jobs(qapp: QApplication, laptop_db: Database) -> Iterator[Jobs]:
    """Jobs over the laptop; a bug in a job fails the test."""
    made = Jobs(laptop_db)
    broken: list[Exception] = []
    made.broken.connect(broken.append)
    yield made
    made.close()
    assert not broken, broken


def person(database: Database, role: Role) -> Me:
    """Return the first person with ``role``."""
    with database.reading() as session:
        user = session.scalars(select(User).where(User.role == role).order_by(User.login)).first()
        assert user is not None
        area = session.get(Territory, user.territory_id) if user.territory_id else None
        where = area.name if area else ""
        return Me(user.id, user.login, user.name, user.title, user.role, user.territory_id, where, "鲜达快消")


def make_context(
    database: Database, jobs: Jobs, role: Role = Role.REP, shell: Any = None, **more: Any
) -> Context:
    """Return what pages are given, on ``TODAY`` at ``NOW``."""
    parts: dict[str, Any] = {
        "me": person(database, role), "database": database, "files": None, "settings": Preferences(),
        "engine": None, "jobs": jobs, "connection": Connection(), "shell": shell or RecordingShell(),
        "now": lambda: NOW,
    }  # fmt: skip
    return Context(**(parts | more))


@pytest.fixture
def context(laptop_db: Database, jobs: Jobs) -> Context:
    """What a rep's pages are given; ``context.shell`` is a ``RecordingShell``."""
    return make_context(laptop_db, jobs)


@pytest.fixture
def manager_context(laptop_db: Database, jobs: Jobs) -> Context:
    """What a manager's pages are given."""
    return make_context(laptop_db, jobs, Role.MANAGER)


class Strays(QObject):
    """Notes every window that is shown: a widget made visible before it has a parent is one."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[QWidget] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(watched)
        return False


@pytest.fixture
def strays(qapp: QApplication) -> Iterator[Strays]:
    """Watch for windows that nobody meant to open."""
    watching = Strays()
    qapp.installEventFilter(watching)
    yield watching
    qapp.removeEventFilter(watching)


Settle = Callable[[], None]
Shoot = Callable[..., Path]


@pytest.fixture
def settle(qtbot: QtBot, jobs: Jobs) -> Settle:
    """Wait until every read and write has been delivered."""

    def wait() -> None:
        qtbot.waitUntil(lambda: jobs.is_idle)
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)

    return wait


@pytest.fixture
def shoot(qtbot: QtBot, settle: Settle, strays: Strays) -> Shoot:
    """Render a page or window at both sizes: ``shoot(widget, "today-zh-light")``.

    A widget that is not a window of its own size is shown as it is; pictures go to
    ``demo-out/parts`` as <name>-<width>.png. Returns the last file.
    """

    def take(widget: QWidget, name: str, sizes: tuple[tuple[int, int], ...] = SIZES) -> Path:
        SCREENS.mkdir(parents=True, exist_ok=True)
        file = SCREENS / f"{name}.png"
        for width, height in sizes:
            widget.resize(width, height)
            widget.show()
            settle()
            QApplication.processEvents()
            settle()
            file = SCREENS / f"{name}-{width}.png"
            assert widget.grab().save(str(file), "PNG", 80)
        windows = {type(each).__name__ for each in strays.shown if each is not widget.window()}
        assert not windows, f"shown without a parent: {windows}"
        return file

    return take
