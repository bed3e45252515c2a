"""The laptop's side of a poke, against a real server."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldcrm.ids import new_id
from fieldcrm.model.plans import Todo
from fieldcrm.sync.pokes import Listener, is_common
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in

Hear = Callable[[Machine], "queue.Queue[frozenset[str]]"]
SOON = 20.0


@pytest.fixture
def laptops(server_process: ServerProcess, tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    """Two laptops of one rep, up to date."""
    made = tuple(
        signed_in(tmp_path / name, server_process.url, "rep1", PASSWORD) for name in ("office", "car")
    )
    for laptop in made:
        assert laptop.cycle().up_to_date
    yield made[0], made[1]
    for laptop in made:
        laptop.close()


@pytest.fixture
def hear() -> Iterator[Hear]:
    """Listen on a laptop's behalf; what is heard comes out of the queue."""
    listening: list[Listener] = []

    def begin(laptop: Machine) -> queue.Queue[frozenset[str]]:
        heard: queue.Queue[frozenset[str]] = queue.Queue()
        listening.append(Listener(laptop.remote, heard.put, jitter=lambda: 0.0))
        listening[-1].start()
        return heard

    yield begin
    for each in listening:
        each.stop()


def do_something(laptop: Machine, title: str) -> None:
    row = Todo(id=new_id(), assignee_id=laptop.me, created_by=laptop.me, title=title)
    laptop.save(lambda session: session.add(row))
    assert laptop.cycle().applied == 1


def until(heard: queue.Queue[frozenset[str]], scope: str) -> None:
    while scope not in heard.get(timeout=SOON):
        pass


def test_what_one_laptop_sends_is_told_to_the_other_and_not_to_itself(
    laptops: tuple[Machine, Machine], hear: Hear
) -> None:
    one, other = laptops
    own, heard = hear(one), hear(other)
    mine = f"rep:{one.me}"
    do_something(one, "样品")
    until(heard, mine)
    other.cycle()
    do_something(other, "海报")
    until(own, mine)
    assert all(mine not in scopes for scopes in list(own.queue)), "its own push is no news to it"


def test_a_line_that_broke_is_opened_again_and_nothing_is_missed(
    server_process: ServerProcess, laptops: tuple[Machine, Machine], hear: Hear
) -> None:
    one, other = laptops
    heard = hear(other)
    do_something(one, "样品")
    until(heard, f"rep:{one.me}")
    other.cycle()
    server_process.stop()
    server_process.restart()
    do_something(one, "海报")
    until(heard, f"rep:{one.me}")


def test_without_a_network_nothing_is_opened_until_it_is_back(laptops: tuple[Machine, Machine]) -> None:
    one, other = laptops
    heard: queue.Queue[frozenset[str]] = queue.Queue()
    listener = Listener(other.remote, heard.put, jitter=lambda: 0.0)
    listener.pause()
    listener.start()
    do_something(one, "样品")
    assert not listener.is_open
    listener.wake()
    until(heard, f"rep:{one.me}")
    listener.stop()


def test_price_lists_and_people_are_everybodys_news() -> None:
    assert is_common(["global", "pricebook:1"])
    assert not is_common(["global", "terr:1"])
