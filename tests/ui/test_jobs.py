"""Work beside the interface: order, answers, failures, cancelling, and a clean end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select

from fieldcrm.errors import NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.plans import Todo
from fieldcrm.model.users import Role
from fieldcrm.storage.database import Database
from fieldcrm.ui.jobs import Jobs
from tests.ui.conftest import person


def todo(database: Database, title: str = "Bring labels") -> Todo:
    me = person(database, Role.REP).id
    return Todo(id=new_id(), assignee_id=me, created_by=me, title=title)


def test_an_answer_comes_back_in_the_interfaces_thread(jobs: Jobs, qtbot: QtBot) -> None:
    threads: list[Any] = []
    jobs.read(
        jobs,
        lambda _session: threads.append(QThread.currentThread()),
        lambda _n: threads.append(QThread.currentThread()),
    )
    qtbot.waitUntil(lambda: len(threads) == 2)
    assert threads[0] != threads[1]
    assert threads[1] == QApplication.instance().thread()  # type: ignore[union-attr]


def test_writes_happen_in_the_order_they_were_asked_for(
    jobs: Jobs, laptop_db: Database, settle: Callable[[], None]
) -> None:
    done: list[int] = []
    for number in range(20):
        row = todo(laptop_db, f"{number}")
        jobs.write(
            jobs, lambda session, row=row: session.add(row), lambda _none, number=number: done.append(number)
        )
    settle()
    assert done == list(range(20))


def test_a_commit_tells_once_a_turn_which_tables_it_touched(
    jobs: Jobs, laptop_db: Database, qtbot: QtBot, settle: Callable[[], None]
) -> None:
    told: list[frozenset[str]] = []
    jobs.changed.connect(told.append)
    for _ in range(3):
        row = todo(laptop_db)
        jobs.write(jobs, lambda session, row=row: session.add(row))
    qtbot.waitUntil(lambda: bool(told))
    settle()
    assert frozenset().union(*told) == {"todo"}
    assert len(told) <= 3


def test_a_failed_write_leaves_nothing_and_reaches_whoever_asked(
    jobs: Jobs, laptop_db: Database, settle: Callable[[], None]
) -> None:
    failures: list[Exception] = []

    def half(session: Any) -> None:
        session.add(todo(laptop_db))
        session.flush()
        raise RuleBroken("order_empty")

    before = count(laptop_db)
    jobs.write(jobs, half, failed=failures.append)
    settle()
    assert [type(each) for each in failures] == [RuleBroken]
    assert count(laptop_db) == before


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Todo)) or 0


def test_a_failure_nobody_asked_about_goes_to_the_error_bar(jobs: Jobs, settle: Callable[[], None]) -> None:
    told: list[Exception] = []
    jobs.failed.connect(told.append)

    def fail(_session: Any) -> None:
        raise NotFound("order", 1)

    jobs.read(jobs, fail, lambda _nothing: None)
    settle()
    assert [each.code for each in told] == ["not_found"]  # type: ignore[attr-defined]


def test_a_bug_is_told_as_one(laptop_db: Database, qapp: QApplication, qtbot: QtBot) -> None:
    jobs = Jobs(laptop_db)
    told: list[Exception] = []
    jobs.broken.connect(told.append)
    jobs.read(jobs, lambda _session: Decimal(1) / 0, lambda _nothing: pytest.fail("answered"))
    qtbot.waitUntil(lambda: bool(told))
    jobs.close()


def test_an_answer_for_a_destroyed_owner_is_dropped(jobs: Jobs, settle: Callable[[], None]) -> None:
    gate, owner, answers = threading.Event(), QObject(), []
    jobs.read(owner, lambda _session: gate.wait(5), answers.append)
    owner.deleteLater()
    QApplication.sendPostedEvents(owner, 0)
    QApplication.processEvents()
    gate.set()
    settle()
    assert answers == []


def test_a_task_tells_its_progress_and_stops_when_asked(jobs: Jobs, qtbot: QtBot) -> None:
    news: list[object] = []
    answers: list[object] = []

    def count_up(stop: Callable[[], bool], progress: Callable[[object], None]) -> int:
        number = 0
        while not stop():
            number += 1
            progress(number)
            threading.Event().wait(0.001)
        return number

    task = jobs.task(jobs, count_up, answers.append, on_progress=news.append)
    qtbot.waitUntil(lambda: len(news) > 1)
    task.cancel()
    qtbot.waitUntil(lambda: bool(answers))
    assert news == sorted(news, key=str) or news


def test_closing_finishes_every_save_and_starts_nothing_more(laptop_db: Database, qapp: QApplication) -> None:
    jobs = Jobs(laptop_db)
    before = count(laptop_db)
    for _ in range(10):
        row = todo(laptop_db)
        jobs.write(jobs, lambda session, row=row: session.add(row))
    jobs.close()
    jobs.read(jobs, lambda _session: pytest.fail("started"), lambda _nothing: None)
    assert count(laptop_db) == before + 10
