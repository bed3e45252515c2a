"""A search in a process of its own tells how far it is, stops when asked, and may die."""

from __future__ import annotations

import multiprocessing
import os
import threading
from multiprocessing.context import SpawnProcess

import pytest

from fieldcrm.errors import WorkerLost
from fieldcrm.services import solving
from fieldcrm.services.solving import solve
from tests.services import solving_work


def never() -> bool:
    return False


def no_child_left() -> bool:
    return not multiprocessing.active_children()


def test_work_is_done_in_another_process_and_its_words_arrive_in_order() -> None:
    heard: list[object] = []
    last, who = solve(solving_work.count, 50, stop=never, told=heard.append)
    assert (last, heard) == (49, list(range(50)))
    assert who != os.getpid()
    assert no_child_left()


def test_work_that_is_asked_to_stop_answers_with_what_it_has() -> None:
    ready = threading.Event()
    answer = solve(solving_work.until_stopped, None, stop=ready.is_set, told=lambda _word: ready.set())
    assert answer == "stopped"


def test_work_that_does_not_listen_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "_GRACE_LOOKS", 3)
    ready = threading.Event()
    with pytest.raises(WorkerLost):
        solve(solving_work.deaf, None, stop=ready.is_set, told=lambda _word: ready.set())
    assert no_child_left()


def test_a_worker_that_dies_is_a_plain_error() -> None:
    with pytest.raises(WorkerLost) as lost:
        solve(solving_work.dies, None, stop=never, told=lambda _word: None)
    assert lost.value.data == {"exit_code": 9}
    assert no_child_left()


def test_a_bug_in_the_worker_is_told_with_its_traceback() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError: a bug"):
        solve(solving_work.breaks, None, stop=never, told=lambda _word: None)


def test_where_no_process_can_be_started_the_work_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_process: SpawnProcess) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(SpawnProcess, "start", refused)
    last, who = solve(solving_work.count, 3, stop=never, told=lambda _word: None)
    assert (last, who) == (2, os.getpid())
