"""The account list at 100,000 accounts in an encrypted file, with the real page, offscreen.

First paint, search, scrolling and page reads; then the longest stretch in which the
interface's thread answered nothing while a sync wrote pages beside it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec

from benchmarks.figures import Figure, at_most, median, percentile
from benchmarks.floor import wire_body
from benchmarks.workload import workload
from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.storage import account_list, facts, search
from fieldcrm.storage.account_list import Query
from fieldcrm.storage.database import Database
from fieldcrm.sync import apply, outbox
from fieldcrm.sync.apply import Applied
from fieldcrm.sync.entities import registry
from fieldcrm.sync.protocol import Row

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from fieldcrm.ui.accounts.list_page import AccountsPage

SCALE = 10 / 3  # of workload S: 100,000 accounts
NOW = datetime(2026, 11, 18, 10, 18, tzinfo=DEFAULT_ZONE)
PAGE_ROWS, PAGES = 500, 6
_TEXTS = ("便利", "超市", "13", "S0", "大道", "清江", "店1", "路2")


def figures(folder: Path) -> Iterator[Figure]:
    """Fill a laptop, open the page, and use it."""
    from PySide6.QtWidgets import QApplication

    from fieldcrm.ui import theme

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.load_fonts()
    theme.apply(app, "light", "zh_CN")
    database = Database.create(folder / "field.db", bytes(range(32)))
    rows = _fill(database)
    outbox.attach(database)
    yield from _reads(database)
    yield from _page(app, database, rows)
    database.close()


def _fill(database: Database) -> list[Row]:
    """Put 100,000 accounts into the file; return what a sync could bring of them."""
    made = workload(SCALE, only_accounts=True)
    account = registry()["account"]
    pages = [
        Row(
            "account",
            str(row["id"]),
            1,
            "put",
            {k: v for k, v in wire_body(account, row).items() if k in row},
        )
        for row in made["account"]
    ]
    with database.loading() as connection:
        apply.fill(connection, pages)
        search.rebuild(connection)
        facts.rebuild(connection, NOW.date())
    with database.writing() as session:
        from fieldcrm.model.users import Territory, User

        session.add(Territory(**made["territory"][0]))
        session.add(User(**made["user"][0]))
    return pages[: PAGE_ROWS * PAGES]


def _reads(database: Database) -> Iterator[Figure]:
    today = NOW.date()
    with database.reading() as session:
        order = account_list.order(session, Query(), today)
        page = median(lambda: account_list.rows(session, order[4_000:4_050], today), 21)
        found = [
            median(lambda t=text: search.find(session, "account", t, 50), 5)  # type: ignore[misc]
            for text in _TEXTS
        ]
        whole = median(lambda: account_list.order(session, Query(), today), 5)
    yield Figure("accounts: 100,000 in the list", float(len(order)), "rows")
    yield at_most("accounts: a page of 50 rows", 1000 * page, "ms", 5.0)
    yield at_most("accounts: search for two characters, p95", 1000 * percentile(found, 0.95), "ms", 5.0)
    yield Figure("accounts: the whole order", round(1000 * whole, 1), "ms")


# -- the page ----------------------------------------------------------------------------------


class _Shell:
    """Stands for the window around the page."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_told, **_where: None


def _page(app: QApplication, database: Database, rows: list[Row]) -> Iterator[Figure]:
    from fieldcrm.ui.accounts.list_page import AccountsPage
    from fieldcrm.ui.jobs import Jobs

    jobs = Jobs(database)
    context = _context(database, jobs)
    page = _opened(app, AccountsPage, context)  # fonts, icons and styles are read once
    paints = []
    for _ in range(5):
        page.deleteLater()
        begin = time.perf_counter()
        page = _opened(app, AccountsPage, context)
        paints.append(time.perf_counter() - begin)
        _until(app, lambda p=page: p.model.rowCount() > PAGE_ROWS and jobs.is_idle)  # type: ignore[misc]
    yield at_most("accounts: first paint with rows", 1000 * percentile(paints, 0.5), "ms", 40.0)
    yield at_most("accounts: search to rows on the screen, p95", 1000 * _searched(app, page), "ms", 50.0)
    _until(app, lambda: page.model.rowCount() > PAGE_ROWS and jobs.is_idle)
    frames = _scrolled(app, page)
    yield at_most("accounts: a scrolled frame, p95", 1000 * percentile(frames, 0.95), "ms", 33.0)
    blocked = _while_syncing(app, database, page, rows)
    yield at_most("accounts: longest stall of the UI while syncing", 1000 * max(blocked), "ms", 50.0)
    yield at_most(
        "accounts: stalls of the UI while syncing, p99", 1000 * percentile(blocked, 0.99), "ms", 16.0
    )
    jobs.close()


def _context(database: Database, jobs: Any) -> Any:
    from fieldcrm.ui.connection import Connection
    from fieldcrm.ui.context import Context, Me
    from fieldcrm.ui.preferences import Preferences

    user = workload(0.001)["user"][0]
    me = Me(user["id"], "rep1", user["name"], "", "rep", user["territory_id"])
    connection = Connection()
    return Context(
        me=me, database=database, files=None, settings=Preferences(), engine=None, jobs=jobs,
        connection=connection, shell=_Shell(), now=lambda: NOW,
    )  # type: ignore[arg-type]  # fmt: skip


def _opened(app: QApplication, kind: type[AccountsPage], context: Any) -> AccountsPage:
    """Make the page and return when its first rows are on the screen."""
    page = kind(context)
    page.resize(1216, 828)
    page.show()
    _until(app, lambda: page.model.rowCount() > 0)
    page.table.viewport().repaint()
    return page


def _until(app: QApplication, holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Run the event loop, as the application does, until ``holds``."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, end = QEventLoop(app), time.perf_counter() + seconds
    timer = QTimer(loop, interval=1)
    timer.timeout.connect(lambda: loop.quit() if holds() or time.perf_counter() > end else None)
    timer.start()
    loop.exec()
    timer.stop()
    if not holds():
        raise RuntimeError("the page never came")


def _searched(app: QApplication, page: AccountsPage) -> float:
    taken = []
    for text in _TEXTS * 2:
        before = page._order  # noqa: SLF001 - the answer has come when there is another one
        page.search.setText(text)
        begin = time.perf_counter()
        page.search.settle_now()
        _until(app, lambda b=before: page._order is not b)  # type: ignore[misc]  # noqa: SLF001
        page.table.viewport().repaint()
        taken.append(time.perf_counter() - begin)
    page.search.setText("")
    page.search.settle_now()
    return percentile(taken, 0.95)


def _scrolled(app: QApplication, page: AccountsPage) -> list[float]:
    bar, frames = page.table.verticalScrollBar(), []
    for turn in range(160):
        begin = time.perf_counter()
        bar.setValue(bar.value() + (400 if turn % 20 else bar.maximum() // 10))
        page.table.viewport().repaint()
        app.processEvents()
        frames.append(time.perf_counter() - begin)
    return frames


def _while_syncing(app: QApplication, database: Database, page: AccountsPage, rows: list[Row]) -> list[float]:
    """Return how long each turn of the event loop took while another thread applied pages."""
    ended = threading.Event()

    def sync() -> None:
        for start in range(0, len(rows), PAGE_ROWS):
            some = [
                msgspec.structs.replace(row, version=2, body={**(row.body or {}), "note": "changed"})
                for row in rows[start : start + PAGE_ROWS]
            ]
            with database.loading() as connection:
                apply.rows(connection, some, Applied())
            database.announce({"account"})
        ended.set()

    worker = threading.Thread(target=sync)
    worker.start()
    turns: list[float] = []
    while not ended.is_set() or not turns:
        begin = time.perf_counter()
        app.processEvents()
        turns.append(time.perf_counter() - begin)
        threading.Event().wait(0.001)
    worker.join()
    _until(app, lambda: page.jobs.is_idle, 60.0)
    return turns
