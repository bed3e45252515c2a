"""A messy list of real stores goes in through the window, is worked on, and goes to the office.

The list is public and not shipped: where it does not lie beside the repository, a small one of
the same form is made. A list of 30,000 lines is made from the same lines.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pypinyin import lazy_pinyin
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select, text

from fieldcrm.app import Application
from fieldcrm.model.accounts import Account
from fieldcrm.model.plans import VisitPlan
from fieldcrm.storage import key
from fieldcrm.storage.database import Database
from fieldcrm.storage.import_log import Run
from fieldcrm.storage.local import ImportState
from fieldcrm.ui import theme
from fieldcrm.ui.accounts.import_page import CHECK, CHOOSE, DONE, MAPPING, ImportPage
from fieldcrm.ui.garbage import Sweeper
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.shell import ShellView
from fieldcrm.ui.widgets.fields import ChoiceField
from fieldcrm.ui.widgets.overlays import Dialog
from server.database import Database as OfficeDatabase
from server.demo.photos import shelf
from tests.journeys.hand import Hand
from tests.journeys.office import Office
from tests.journeys.steps import SIZE, Person
from tests.ui.conftest import (  # noqa: F401 - a laptop with a rep's rows, and the window's jobs
    _worked_laptop,
    jobs,
    laptop_db,
    make_context,
    qapp,
)

STORES = Path(__file__).parents[3] / "shared" / "data" / "stores_cn.csv"
HEADER = (
    "Brand", "Store Number", "Store Name", "Ownership Type", "Street Address", "City", "State/Province",
    "Country", "Postcode", "Phone Number", "Timezone", "Longitude", "Latitude",
)  # fmt: skip
SHANGHAI = ("上海市", "shanghai", "Shanghai", "ShangHai")
STOPS = 10
LARGE = 30_000
ELSEWHERE = 4
ALIVE_BEATS = 100


class Rep(Person):
    """The rep of the journey, in the test's own process."""

    def __init__(self, qt: QApplication, home: Path, server: str, pictures: Path) -> None:
        self._qt = qt
        self.app = Application(home, server)
        self.app.preferences.set("language", "zh_CN")
        theme.apply(qt, "light", "zh_CN")
        self.app.window.resize(*SIZE)
        self.app.start()
        self.hand = Hand(self.app.window, pictures)

    @property
    def page(self) -> Any:
        """The page that is shown."""
        return self._shell().page

    def read(self, fn: Callable[[Any], Any]) -> Any:
        """Read from the laptop."""
        with self._session() as session:
            return fn(session)

    def drop_list(self, file: Path) -> ImportPage:
        """Open the import and drop a file on it, as far as its columns."""
        page = self._go("account_import")
        assert isinstance(page, ImportPage)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(file))])
        copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        none = Qt.KeyboardModifier.NoModifier
        page.dropEvent(QDropEvent(QPointF(QPoint(9, 9)), copy, data, left, none))
        self.reach(page, MAPPING)
        return page

    def reach(self, page: ImportPage, step: int) -> None:
        """Wait for a step of the import."""
        self.hand.wait(lambda: page.stack.currentIndex() == step, f"step {step}", 120)
        self._at_rest()

    def bring(self, file: Path) -> Run:
        """Import a list from beginning to end."""
        page = self.drop_list(file)
        page.mapping_step.datum.choose("wgs84")
        self.hand.press("Check the list")
        self.reach(page, CHECK)
        self.hand.press_widget(page.next)
        self.reach(page, DONE)
        assert page._run is not None
        return page._run

    def search(self, words: str) -> list[str]:
        """Return the stores that the list shows for what is typed."""
        page: Any = self._go("accounts")
        page.search.setText(words)
        page.search.settle_now()
        self._at_rest()
        rows = [page.model.row(n) for n in range(min(page.model.rowCount(), 40))]
        return [row.name for row in rows if row is not None]

    def filter_city(self, city: str) -> int:
        """Filter the list through its dialog; return how many stores are left."""
        page: Any = self._go("accounts")
        page._clear()
        self._at_rest()
        self.hand.press("Filter")
        fields = self.hand.see(Dialog).findChildren(ChoiceField)
        field = next(field for field in fields if _offers(field, city))
        field.choose(city)
        self.hand.press("Show stores")
        self._at_rest()
        return len(page._order)

    def schedule(self, number: int) -> None:
        """Put the row onto today's plan, by N and the dialog's chip."""
        page: Any = self.page
        page.table.pick(number)
        page.table.setFocus()
        self.hand.settle()
        self.hand.key(Qt.Key.Key_N)
        self._press_asked("Today")
        self._press_asked("Schedule visit")
        self._at_rest()

    def _press_asked(self, message: str) -> None:
        """Press a button of the question that is open."""
        asked = self.hand.see(Dialog)
        button = self.hand.find(QAbstractButton, tr(message), within=asked)
        assert button is not None, message
        self.hand.press_widget(button)

    def order_the_day(self) -> None:
        """Let the plan order today's stores by travel time, and take what it proposes."""
        self._go("plan")
        self.hand.press("Order the day")
        self._at_rest()
        self.hand.picture("proposal")
        self.hand.press("Take this plan")
        self._at_rest()

    def visit_stop(self, place: int, photos: list[str], order: int) -> dict[str, Any]:
        """Work one stop of today."""
        page: Any = self._go("today")
        page.route.pick(place)
        self.hand.settle()
        return self.visit(photos, order)


def _offers(field: ChoiceField, value: str) -> bool:
    kept = field.value
    field.choose(value)
    offered = field.value == value
    field.choose(kept)
    return bool(offered)


@pytest.fixture(scope="session")
def real_lines() -> list[list[str]]:
    """The lines of the public list, or of a small one of the same form."""
    if STORES.exists():
        with STORES.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))[1:]
    chance = Random(5)
    return [_line(chance, n) for n in range(240)]


def _line(chance: Random, n: int) -> list[str]:
    shanghai = n % 4 == 0
    city = chance.choice(SHANGHAI) if shanghai else chance.choice(("北京市", "杭州市", "Hong Kong", "苏州市"))
    east, north = (121.47, 31.23) if shanghai else (116.4, 39.9)
    where = [f"{east + chance.uniform(-0.2, 0.2):.2f}", f"{north + chance.uniform(-0.2, 0.2):.2f}"]
    phone = chance.choice(("", "021-6266 1234", "24799293", "010-51626616"))
    name = f"{'上海' if shanghai else '北京'}{chance.choice('人民静安徐汇黄浦')}路第{n}店"
    return [
        "Starbucks", f"{n:05d}-{n * 7:06d}", name, "Company Owned", f"黄浦区, 南京东路 {n} 号, 一层", city,
        "31" if shanghai else "11", "CN", chance.choice(("", "200000")), phone, "GMT+08:00 Asia/Beijing",
        *where,
    ]  # fmt: skip


def written(lines: list[list[str]], file: Path) -> Path:
    """Write lines as such lists come."""
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADER, *lines])
    return file


@pytest.fixture
def rep(
    qapp: QApplication,  # noqa: F811
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Rep, Office]]:  # fmt: skip
    """A rep of the demo company, signed in, with everything fetched."""
    monkeypatch.setattr(key, "has_keyring", lambda: False)
    with Office(tmp_path, seed=7) as office:
        made = Rep(qapp, tmp_path / "rep", office.url, tmp_path / "pictures")
        try:
            made.sign_in("rep1", office.people["rep1"]["password"])
            made.first_sync_done()
            yield made, office
        finally:
            made.close()


def stores(session: Any) -> int:
    """Count the stores on the laptop."""
    return session.scalar(select(func.count()).where(Account.archived_at.is_(None))) or 0


@pytest.mark.timeout(600)
def test_a_shanghai_day_is_planned_and_worked_on_an_imported_list(
    rep: tuple[Rep, Office], real_lines: list[list[str]], tmp_path: Path
) -> None:
    me, office = rep
    real_lines = _of_a_rep(real_lines)
    file = written(real_lines, tmp_path / "stores.csv")
    before = me.read(stores)

    run = me.bring(file)
    assert run.created + run.left_out == len(real_lines)
    assert me.read(stores) == before + run.created
    report = me.page._report
    assert report.lines == len(real_lines)
    assert {finding.line for finding in report.findings} <= set(range(2, len(real_lines) + 2))

    me.hand.press("Undo this import")
    me.reach(me.page, CHOOSE)
    assert me.read(stores) == before

    again = me.bring(file)
    assert again.created == run.created
    assert me.read(stores) == before + again.created

    shanghai = [line for line in real_lines if line[6] == "31"]  # however the city is spelled
    name = shanghai[0][2]
    assert name in me.search(name)
    assert name in me.search(_initials(name))
    assert me.filter_city("上海市") >= sum(line[5] in SHANGHAI for line in shanghai) - again.left_out

    for number in range(STOPS):
        me.schedule(number)
    codes = {line[1] for line in shanghai}
    today = me._shell().context.today()

    def planned(session: Any) -> list[str]:
        query = select(Account.code).join(VisitPlan, VisitPlan.account_id == Account.id)
        query = query.where(VisitPlan.on == today, VisitPlan.archived_at.is_(None))
        return [code for code in session.scalars(query.order_by(VisitPlan.sequence)) if code in codes]

    drawn = me.read(planned)
    assert len(drawn) == STOPS
    me.order_the_day()
    ordered = me.read(planned)
    assert sorted(ordered) == sorted(drawn)

    worked = []
    for place in range(2):
        stops = me._go("today").model.rows
        number = next(n for n, row in enumerate(stops) if row.stop.is_open and _code(me, row) in codes)
        photo = tmp_path / f"shelf-{place}.jpg"
        photo.write_bytes(shelf(Random(place)).data)
        worked.append(me.visit_stop(number, [str(photo)], order=3 if place == 0 else 0))
    assert sum(each["orders"] for each in worked) == 1
    me.sync(tries=4)
    _check_office(office, [line[1] for line in real_lines], again.created, [each["visit"] for each in worked])

    held = me.read(stores)
    page = me.drop_list(file)
    me.hand.press("Check the list")
    me.reach(page, CHECK)
    assert page._report is not None
    assert page._report.left_out == len(real_lines)
    assert me.read(stores) == held


def _of_a_rep(lines: list[list[str]]) -> list[list[str]]:
    """Return all of Shanghai and some from elsewhere; the list of 30,000 holds every line."""
    elsewhere = [line for line in lines if line[6] != "31"]
    return [line for line in lines if line[6] == "31"] + elsewhere[::ELSEWHERE]


def _initials(name: str) -> str:
    """Return what somebody types who knows how a name sounds: 上海人民广场店, shrmgcd."""
    return "".join(sound[0] for sound in lazy_pinyin(name.split("第")[0]))[:6]


def _code(me: Rep, row: Any) -> str:
    return str(me.read(lambda s: s.get_one(Account, row.stop.account_id).code))


def _check_office(office: Office, codes: list[str], created: int, visits: list[str]) -> None:
    """The office has every store of the second import once, and both visits with their order."""
    database = OfficeDatabase(f"sqlite:///{office.data / 'server.db'}")
    try:
        with database.reading() as server:
            live = "SELECT code, count(*) FROM account WHERE archived_at IS NULL GROUP BY code"
            held = {code: number for code, number in server.execute(text(live)) if code in set(codes)}
            here = server.execute(text("SELECT id FROM visit"))
            known = {str(row[0]) for row in here}
            orders = server.execute(text('SELECT visit_id FROM "order"'))
            ordered = [str(row[0]) for row in orders if str(row[0]) in visits]
    finally:
        database.close()
    assert len(held) == created
    assert set(held.values()) == {1}
    assert set(visits) <= known
    assert len(ordered) == 1


@pytest.fixture
def sweeper() -> Iterator[Sweeper]:
    """Collect garbage as the application does."""
    made = Sweeper()
    yield made
    made.stop()


class Heart(QObject):
    """Beats in the interface's thread for as long as it turns; how long a beat takes is ``make bench``'s."""

    def __init__(self) -> None:
        super().__init__()
        self.beats = 0
        self._timer = QTimer(self, interval=5)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        self.beats += 1


@pytest.mark.timeout(300)
def test_a_list_of_thirty_thousand_imports_beside_a_window_that_stays_alive(
    laptop_db: Database, jobs: Any, sweeper: Sweeper, qtbot: QtBot,  # noqa: F811
    real_lines: list[list[str]], tmp_path: Path,
) -> None:  # fmt: skip
    shell = ShellView()
    qtbot.addWidget(shell)
    shell.resize(*SIZE)
    shell.show()
    shell.start(make_context(laptop_db, jobs, shell=shell), "accounts")
    shell.open("account_import")
    page: Any = shell.page
    file, before, heart = written(_many(real_lines), tmp_path / "large.csv"), _held(laptop_db), Heart()

    def reach(step: int) -> None:
        qtbot.waitUntil(lambda: page.stack.currentIndex() == step, timeout=240_000)

    def check() -> None:
        page.take(file)
        reach(MAPPING)
        page.go_on()
        reach(CHECK)

    check()
    page.go_on()
    qtbot.waitUntil(lambda: any("1,000" in words for words in _said(page.progress)), timeout=60_000)
    page.progress.cancel.click()
    reach(DONE)
    stopped = page._run
    assert stopped.state is ImportState.STOPPED
    assert page.done_step._title.text() == tr("Stopped: {what}", what=f"新增 {stopped.created:,} 家")
    assert _held(laptop_db) == before + stopped.created

    page._again()
    check()
    assert page._report.left_out >= stopped.created
    page.go_on()
    reach(DONE)
    assert page._run.state is ImportState.DONE
    assert page._run.created + page._run.left_out == LARGE
    assert _held(laptop_db) == before + stopped.created + page._run.created
    assert heart.beats > ALIVE_BEATS


def _said(widget: Any) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel)]


def _many(real_lines: list[list[str]]) -> list[list[str]]:
    """Return ``LARGE`` lines of the same form, no two with the same code."""
    lines = []
    for n in range(LARGE):
        line, copy = list(real_lines[n % len(real_lines)]), n // len(real_lines)
        if copy:
            line[1], line[2], line[4] = f"{line[1]}-{copy}", f"{line[2]}{copy}", f"{line[4]} {copy} 幢"
        lines.append(line)
    return lines


def _held(database: Database) -> int:
    with database.reading() as session:
        return stores(session)
