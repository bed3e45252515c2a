"""When sync runs by itself, what it says meanwhile, and the question at closing time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fieldcrm.errors import Offline
from fieldcrm.ids import new_id
from fieldcrm.model.plans import Todo
from fieldcrm.storage.database import Database
from fieldcrm.storage.local import OutboxEntry, OutboxState
from fieldcrm.sync import outbox, pace
from fieldcrm.sync.engine import CycleReport
from fieldcrm.ui.closing import ClosingQuestion, is_worth_asking
from fieldcrm.ui.connection import Connection
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.network import ALWAYS, Network
from fieldcrm.ui.pacing import Pacer
from fieldcrm.ui.power import Power
from fieldcrm.ui.settings.page import SettingsPage
from tests.ui.conftest import LOOKS, Shoot


class Engine:
    """Takes the place of the sync worker: counts its cycles, marks everything sent or breaks off."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.cycles = 0
        self.metered = False
        self.anyway = 0
        self.breaks_off = False
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def cycle(self, stop: Any, progress: Any, *, asked: bool = False) -> CycleReport:
        self.cycles += 1
        self.may_go_on.wait(10)
        if self.breaks_off:
            raise Offline("unreachable")
        with self._database.writing() as session:
            sent = session.query(OutboxEntry).filter(OutboxEntry.state == OutboxState.PENDING).all()
            for entry in sent:
                entry.state = OutboxState.ACKED
        return CycleReport(pushed=len(sent), up_to_date=True)

    def send_photos_anyway(self) -> None:
        self.anyway += 1


@pytest.fixture
def engine(laptop_db: Database) -> Engine:
    outbox.attach(laptop_db)
    return Engine(laptop_db)


@pytest.fixture
def connection() -> Connection:
    return Connection()


@pytest.fixture
def pacer(jobs: Jobs, engine: Engine, connection: Connection) -> Iterator[Pacer]:
    made = Pacer(jobs, engine, connection, lambda *_: None)
    yield made
    made.stop()


def save(jobs: Jobs, context: Context) -> None:
    row = Todo(id=new_id(), assignee_id=context.me.id, created_by=context.me.id, title="样品")
    jobs.write(jobs, lambda session: session.add(row))


def test_it_syncs_at_the_start_and_after_a_save(
    pacer: Pacer, engine: Engine, jobs: Jobs, context: Context, connection: Connection, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(pace, "AFTER_SAVE_SECONDS", 0.02)
    pacer.start()
    qtbot.waitUntil(lambda: connection.online and not connection.syncing)
    save(jobs, context)
    qtbot.waitUntil(lambda: engine.cycles >= 2 and connection.waiting == 0 and not connection.syncing)


def test_a_poke_is_answered_by_a_sync(
    pacer: Pacer, engine: Engine, connection: Connection, qtbot: QtBot
) -> None:
    pacer.start()
    qtbot.waitUntil(lambda: engine.cycles == 1 and not connection.syncing)
    pacer._poked.emit(frozenset({"terr:1"}))
    qtbot.waitUntil(lambda: engine.cycles == 2)


@pytest.mark.parametrize("event", ["_on_network", "_on_woke"])
def test_a_network_that_is_back_and_waking_up_end_the_waiting(
    event: str, pacer: Pacer, engine: Engine, connection: Connection, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(pace, "AFTER_WAKING_SECONDS", 0.02)
    monkeypatch.setattr(pace, "FIRST_SECONDS", 300.0)
    engine.breaks_off = True
    pacer.start()
    qtbot.waitUntil(lambda: connection.error is not None)
    engine.breaks_off = False
    getattr(pacer, event)()
    qtbot.waitUntil(lambda: connection.online and connection.error is None)


def test_before_sleep_what_waits_is_sent(
    pacer: Pacer, engine: Engine, jobs: Jobs, context: Context, connection: Connection, qtbot: QtBot
) -> None:
    pacer.start()
    qtbot.waitUntil(lambda: connection.online and not connection.syncing)
    pacer._on_sleeping()
    assert not connection.syncing, "nothing waits"
    save(jobs, context)
    qtbot.waitUntil(lambda: connection.waiting == 1)
    pacer._on_sleeping()
    qtbot.waitUntil(lambda: connection.waiting == 0)


def test_the_power_messages_of_windows_are_understood(qtbot: QtBot) -> None:
    power = Power()
    with qtbot.waitSignal(power.sleeping, timeout=1_000):
        power.on_windows(0x0004)
    with qtbot.waitSignal(power.woke, timeout=1_000):
        power.on_windows(0x0012)


def test_on_a_connection_that_is_paid_by_use_photos_wait_until_somebody_wants_them(
    jobs: Jobs, engine: Engine, connection: Connection, qtbot: QtBot
) -> None:
    said = [ALWAYS]
    pacer = Pacer(jobs, engine, connection, lambda *_: None, Network(treat=lambda: said[0]))
    pacer.start()
    qtbot.waitUntil(lambda: connection.online)
    assert connection.metered
    assert engine.metered
    connection.photos_wanted.emit()
    assert engine.anyway == 1
    said[0] = "never"
    connection.metering_chosen.emit()
    assert not engine.metered
    pacer.stop()


Ask = Callable[[], ClosingQuestion]


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    made.resize(1120, 680)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def ask(
    pacer: Pacer, jobs: Jobs, context: Context, connection: Connection, window: QWidget, qtbot: QtBot
) -> Ask:
    """Wait until one thing is unsent and ask at closing time."""
    closed: list[bool] = []

    def begin() -> ClosingQuestion:
        pacer.start()
        qtbot.waitUntil(lambda: connection.online and not connection.syncing)
        save(jobs, context)
        qtbot.waitUntil(lambda: connection.waiting == 1)
        assert is_worth_asking(connection)
        question = ClosingQuestion(jobs, pacer, connection, lambda: closed.append(True))
        question.ask_in(window)
        question.closed = closed  # type: ignore[attr-defined]
        return question

    return begin


def test_sending_at_closing_time_closes_when_everything_went(ask: Ask, qtbot: QtBot) -> None:
    question = ask()
    closed = question.closed  # type: ignore[attr-defined]
    question.send.click()
    qtbot.waitUntil(lambda: closed == [True])


def test_a_sending_that_breaks_off_says_why_and_leaves_the_choice(
    ask: Ask, engine: Engine, qtbot: QtBot
) -> None:
    question = ask()
    closed = question.closed  # type: ignore[attr-defined]
    engine.breaks_off = True
    question.send.click()
    qtbot.waitUntil(lambda: question.wrong.isVisible())
    assert closed == []
    question.leave_it.click()
    assert closed == [True]


def test_offline_there_is_nothing_to_ask(connection: Connection) -> None:
    connection.update(waiting=3, online=False)
    assert not is_worth_asking(connection)
    connection.update(online=True)
    assert is_worth_asking(connection)
    connection.update(photos=3, metered=True)
    assert not is_worth_asking(connection)


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_pictures(
    language: str, mode: str, look: Callable[[str, str], None], shoot: Shoot, jobs: Jobs,
    pacer: Pacer, connection: Connection, window: QWidget,
) -> None:  # fmt: skip
    look(language, mode)
    connection.update(online=True, waiting=3)
    ClosingQuestion(jobs, pacer, connection, lambda: None).ask_in(window)
    shoot(window, f"closing-{language}-{mode}", ((1120, 680),))


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_pictures_of_the_choice(
    language: str, mode: str, look: Callable[[str, str], None], shoot: Shoot, context: Context, qtbot: QtBot
) -> None:
    look(language, mode)
    page = SettingsPage(context)
    qtbot.addWidget(page)
    shoot(page, f"settings-sending-{language}-{mode}", ((1120, 900),))
