"""The real window with the demo company behind it, at 10:18 on 18 November 2026.

A stage belongs to one person, one language and one theme. ``take`` brings the window to
both sizes, lets the checks look at it, and keeps a picture of each.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication, QWidget
from sqlalchemy import event

from fieldcrm.ids import new_id
from fieldcrm.model import Base
from fieldcrm.model.users import Role
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.sync import outbox
from fieldcrm.ui import theme
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.main_window import MainWindow
from fieldcrm.ui.page import Page
from fieldcrm.ui.preferences import Preferences
from fieldcrm.ui.shell import ShellView
from fieldcrm.ui.widgets.overlays import Overlay
from server.demo.company import Size, company
from tests.fixtures.laptop import KEY
from tests.screens.checks import Fault, Witness, faults
from tests.ui.conftest import NOW, TODAY, make_context

SCREENS = Path(__file__).parents[2] / "demo-out" / "screens"
LOW = ((1280, 720),)
SIZES = ((1440, 900), *LOW)
_SHORT = {"zh_CN": "zh", "en": "en"}
_PATIENCE_S = 20.0
# Words of the demo's visit templates that the interface also has.
_TEMPLATES = ("下订单", "订单", "库存盘点", "竞品照片", "收款", "照片", "签名")


@dataclass(frozen=True, slots=True)
class Office:
    """The folder that is copied, and the demo's rows."""

    folder: Path


def write_office(folder: Path) -> Office:
    """Write the demo company, with its photos as files, into a laptop's profile."""
    made = company(Size(reps=1, managers=1, accounts=86, days=40, pictured=1), 7, TODAY)
    database = Database.create(folder / "field.db", KEY)
    files = Files(folder / "photos", database.file_key())
    for picture in made.pictures:
        files.put(picture.data)
    classes: dict[str, Any] = {m.class_.__tablename__: m.class_ for m in Base.registry.mappers}
    with database.writing() as session:
        for table in Base.metadata.sorted_tables:
            session.add_all([classes[table.name](**row) for row in made.rows.get(table.name, ())])
            session.flush()
    database.checkpoint()
    database.close()
    return Office(folder)


class Stage:
    """One person's window in one language and theme."""

    def __init__(self, office: Office, folder: Path, role: Role, language: str, mode: str) -> None:
        shutil.copytree(office.folder, folder)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, mode, language)
        self.language, self.mode = language, mode
        self.database = Database.open(folder / "field.db", KEY)
        self.files = Files(folder / "photos", self.database.file_key())
        self._records = True
        self._record()
        self.jobs = Jobs(self.database)
        self.broken: list[Exception] = []
        self.jobs.broken.connect(self.broken.append)
        self.shell = ShellView()
        self.window = MainWindow(Preferences())
        self.context: Context = make_context(
            self.database, self.jobs, role, shell=self.shell, files=self.files
        )
        self.context.settings.set("language", language)
        self.context.settings.set("theme", mode)
        self.faults: list[Fault] = []
        self._witness = Witness()
        self._savers = ThreadPoolExecutor(1)
        self._saved: list[Any] = []

    def start(self) -> None:
        """Show the shell with its first section."""
        self.window.show_content(self.shell)
        self.window.resize(*SIZES[0])
        self.window.show()
        self.window.activateWindow()
        self.shell.start(self.context)
        self.settle()

    @property
    def page(self) -> Any:
        """The page that is shown."""
        return self.shell.page

    def read(self, fn: Callable[[Any], Any]) -> Any:
        """Read from the laptop."""
        with self.database.reading() as session:
            return fn(session)

    def write(self, fn: Callable[[Any], Any]) -> Any:
        """Write as the person does, and let the pages hear of it."""
        with self.database.writing() as session:
            done = fn(session)
        self.settle()
        return done

    @contextmanager
    def office(self) -> Iterator[None]:
        """Write what the office has: nothing of it waits to be sent."""
        self._records = False
        yield
        self._records = True

    def _record(self) -> None:
        recorder = outbox.Recorder(lambda: NOW, new_id, lambda: 0, "screens")
        for moment in ("before_flush", "after_flush"):
            heard = getattr(recorder, moment)
            event.listen(self.database.sessions, moment, partial(self._heard, heard))

    def _heard(self, heard: Callable[..., None], *told: Any) -> None:
        if self._records:
            heard(*told)

    def open(self, key: str, **where: object) -> Page:
        """Go to a page and wait until it shows its rows."""
        self.hush()
        self.shell.open(key, **where)
        self.settle()
        return self.shell.page

    def hush(self) -> None:
        """Let the toast go."""
        if self.shell._toast is not None:
            self.shell._toast.leave()

    def settle(self) -> None:
        """Wait until nothing runs and everything is laid out."""
        end = time.monotonic() + _PATIENCE_S
        quiet = 0
        while quiet < 3:
            QApplication.processEvents()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            quiet = quiet + 1 if self.jobs.is_idle else 0
            if time.monotonic() > end:
                raise AssertionError(f"{self.shell.place} does not come to rest")
            if not self.jobs.is_idle:
                time.sleep(0.002)

    def take(
        self, name: str, *, primaries: int = 1, layout: Callable[[], object] | None = None,
        sizes: tuple[tuple[int, int], ...] = SIZES, data: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Look at the window at both sizes: keep its pictures and note what is wrong with it.

        ``primaries`` is how many filled primary buttons belong there, ``layout`` runs after
        each change of size, ``data`` names texts that came from outside.
        """
        for width, height in sizes:
            self.window.resize(width, height)
            self.settle()
            if layout is not None:
                layout()
                self.settle()
            look = f"{name}-{_SHORT[self.language]}-{self.mode}-{width}"
            with self._witness.watching() as painted:
                image = self.window.grab()
            self.faults += faults(
                look, self._top(), image.toImage(), painted, primaries=primaries, data=(*_TEMPLATES, *data)
            )
            self._keep(image, look)

    def _top(self) -> QWidget:
        """Return what a person can reach: the topmost overlay, else the window."""
        overlays = [each for each in self.window.findChildren(Overlay) if each.isVisible()]
        return overlays[-1] if overlays else self.window

    def _keep(self, pixmap: QPixmap, look: str) -> None:
        SCREENS.mkdir(parents=True, exist_ok=True)
        self._saved.append(self._savers.submit(partial(_save, pixmap.toImage(), SCREENS / f"{look}.png")))

    def close(self) -> None:
        """Close the window and what is behind it."""
        self.window.close()
        self.jobs.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.database.close()
        self._savers.shutdown(wait=True)
        for saved in self._saved:
            saved.result()
        assert not self.broken, self.broken


def _save(image: QImage, file: Path) -> None:
    assert image.save(str(file), "PNG", 80), file


def at(hour: int, minute: int = 0) -> Any:
    """Return a moment of the day."""
    return NOW.replace(hour=hour, minute=minute)
