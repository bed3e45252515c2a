"""Pushes that wait for the only writer are written together, and each is still all or nothing (I2, I3)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from fieldcrm import faults
from fieldcrm.errors import SyncError
from fieldcrm.sync.protocol import Mutation
from server.convoy import Convoy, Disbanded, Shared
from server.database import Database, run
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import PlainLaptop
from tests.server.sync.test_faults import account, tripping_over

Push = tuple[PlainLaptop, list[Mutation]]


@pytest.fixture
def company(tmp_path: Path, fill: Callable[[Database], Company]) -> Iterator[Company]:
    """The company on SQLite, whose writers wait for each other."""
    database = Database(f"sqlite:///{tmp_path / 'server.db'}")
    database.migrate()
    yield fill(database)
    database.close()


@contextmanager
def waiting(company: Company, pushes: list[Push], **request: Any) -> Iterator[list[Future[list[str]]]]:
    """Let these pushes wait for the writer at the same time; they go on when the block is left."""

    def outcomes(push: Push) -> list[str]:
        return [ack["o"] for ack in push[0].exchange(*push[1], **request).acks]

    with ThreadPoolExecutor(len(pushes)) as threads, company.database.writing():
        # The first leads and waits with everybody else: it boards when its turn has come.
        answers = [threads.submit(outcomes, push) for push in pushes]
        _until(lambda: company.database.convoy.waiting == len(pushes))
        yield answers


def _until(reached: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if reached():
            return
        time.sleep(0.01)
    raise TimeoutError


def new_stores(company: Company, count: int) -> list[Push]:
    """Return pushes of two stores each, from laptops of their own that have been here before."""
    laptops = [company.laptop().sync() for _ in range(count)]
    return [(laptop, [account(company, laptop) for _ in range(2)]) for laptop in laptops]


def stores(company: Company) -> int:
    with company.database.reading() as connection:
        return int(run(connection, "SELECT count(*) FROM account").scalar_one())


@contextmanager
def commits(company: Company) -> Iterator[list[int]]:
    """Count the commits of writers."""
    seen: list[int] = []

    def committed(connection: Any) -> None:
        if connection.get_execution_options().get("fieldcrm_write"):
            seen.append(1)

    event.listen(company.database.engine, "commit", committed)
    yield seen
    event.remove(company.database.engine, "commit", committed)


def test_pushes_that_wait_are_committed_once(company: Company) -> None:
    pushes, before = new_stores(company, 5), stores(company)
    with commits(company) as seen, waiting(company, pushes) as answers:
        pass
    assert [answer.result() for answer in answers] == [["applied"] * 2] * 5
    assert stores(company) == before + 10
    assert len(seen) == 2  # theirs, and the one they waited for
    assert len(company.laptop().sync().bodies("account")) == 11


def test_the_same_push_twice_in_one_convoy_is_done_once(company: Company) -> None:
    [(laptop, mutations)], before = new_stores(company, 1), stores(company)
    twin = PlainLaptop(company.database, company.rep)
    twin.id, twin.principal, twin.cursor = laptop.id, laptop.principal, laptop.cursor
    with waiting(company, [(laptop, mutations), (twin, mutations)]) as answers:
        pass
    assert sorted(answer.result() for answer in answers) == [["applied"] * 2, ["dup"] * 2]
    assert stores(company) == before + 2


def test_one_that_is_turned_away_leaves_no_trace_and_harms_nobody(company: Company) -> None:
    pushes, before = new_stores(company, 3), stores(company)
    forger = pushes[1][0]
    forger.cursor = pushes[0][0].cursor[:-2] + "xx"
    with waiting(company, pushes) as answers:
        pass
    with pytest.raises(SyncError, match="malformed"):
        answers[1].result()
    assert [answers[n].result() for n in (0, 2)] == [["applied"] * 2] * 2
    assert stores(company) == before + 4
    with company.database.reading() as connection:
        asked = "SELECT count(*) FROM receipt WHERE device_id = ?"
        assert run(connection, asked, str(forger.id)).scalar_one() == 0


def test_what_the_database_refuses_of_one_is_put_off_for_him_alone(company: Company) -> None:
    with company.database.writing() as connection:
        connection.exec_driver_sql("CREATE UNIQUE INDEX only_one ON account (phone)")
    laptops = [company.laptop().sync() for _ in range(3)]
    phones = (("11", "12"), ("21", "21"), ("31", "32"))
    pushes = [
        (laptop, [account(company, laptop, phone=phone) for phone in two])
        for laptop, two in zip(laptops, phones, strict=True)
    ]
    with waiting(company, pushes) as answers:
        pass
    assert [a.result() for a in answers] == [["applied"] * 2, ["applied", "retry"], ["applied"] * 2]


class Crash(BaseException):
    """The one who leads dies here."""


@pytest.mark.parametrize("point", ["server.push.written", "server.stamp.numbered"])
def test_a_convoy_that_comes_to_nothing_is_done_again_one_by_one(company: Company, point: str) -> None:
    pushes, before = new_stores(company, 4), stores(company)
    left = [2 if point == "server.push.written" else 1]

    def once(reached: str) -> None:
        left[0] -= reached == point
        if reached == point and left[0] == 0:
            raise Crash(point)

    with faults.watching(once), suppress(Crash), waiting(company, pushes) as answers:
        pass
    died = [answer for answer in answers if isinstance(answer.exception(), Crash)]
    assert len(died) == 1
    assert [answer.result() for answer in answers if answer not in died] == [["applied"] * 2] * 3
    assert stores(company) == before + 6
    lost = pushes[answers.index(died[0])]
    assert [ack["o"] for ack in lost[0].push(*lost[1])] == ["applied"] * 2


def test_a_poison_in_a_convoy_delays_only_itself(company: Company) -> None:
    pushes, before = new_stores(company, 3), stores(company)
    with faults.watching(tripping_over(pushes[0][1][0])), waiting(company, pushes) as answers:
        pass
    assert [a.result() for a in answers] == [["retry", "applied"], ["applied"] * 2, ["applied"] * 2]
    assert stores(company) == before + 5


def test_nobody_hears_of_success_when_no_transaction_can_be_opened() -> None:
    @contextmanager
    def shut() -> Iterator[Any]:
        raise OSError("no disk")
        yield

    convoy = Convoy(shut)
    with pytest.raises((OSError, Disbanded)):
        convoy.ride(lambda _: None, lambda _: None)
    with pytest.raises((OSError, Disbanded)):  # and the next may try
        convoy.ride(lambda _: None, lambda _: None)


def test_who_comes_while_one_numbers_shares_the_next_numbering() -> None:
    shared, runs = Shared(), [0]
    begun, go_on = threading.Event(), threading.Event()

    def work() -> int:
        runs[0] += 1
        begun.set()
        assert go_on.wait(30)
        return runs[0]

    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(shared.run, work)
        assert begun.wait(30)
        others = [threads.submit(shared.run, work) for _ in range(5)]
        _until(lambda: shared.waiting == 5)
        go_on.set()
    assert first.result() == 1
    assert {other.result() for other in others} == {2}  # a run that began after they came
