"""Pokes: who is told that something of theirs changed, and when a line ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
import requests

from fieldcrm import clock
from fieldcrm.ids import new_id
from server import people
from server.auth import end_sessions
from server.tables_auth import sign_in
from tests.fixtures.server import Person, ServerProcess
from tests.server.test_sync_routes import create, sync, todo


class Line:
    """An open line; ``next`` waits for the next thing that is told."""

    def __init__(self, person: Person) -> None:
        self.answer = requests.get(
            person.url + "/sync/v1/poke", headers={"authorization": f"Bearer {person.access}"},
            stream=True, timeout=(10, 40),
        )  # fmt: skip
        self._lines: Iterator[bytes] = self.answer.iter_lines(chunk_size=1) if self.answer.ok else iter(())
        if self.answer.ok:
            assert next(self._lines).startswith(b": listening")

    def next(self) -> set[str] | None:
        """Return the scopes that are told, or None at the end of the line."""
        for line in self._lines:
            if line.startswith(b"data: "):
                return set(json.loads(line[6:])["scopes"])
        return None

    def until(self, scope: str) -> None:
        """Wait until ``scope`` is told."""
        while (told := self.next()) is not None:
            if scope in told:
                return
        raise AssertionError(f"the line ended before {scope} was told")


def account(territory: UUID) -> dict[str, object]:
    return {"name": "新店", "territory_id": str(territory)}


def synced(person: Person) -> None:
    cursor = ""
    while True:
        answer = sync(person, cursor=cursor)
        last = json.loads(answer.content.splitlines()[-1])["t"]
        cursor = last["cursor"]
        if not last["more"]:
            return


def test_a_change_is_told_to_those_who_hold_its_scope_and_to_nobody_else(
    server_url: str, start_server: Callable[..., ServerProcess]
) -> None:
    server = start_server(server_url)
    hz, writer = server.company.territories["HZ"], server.person("rep1")
    colleague, stranger = server.person("rep1"), server.person("rep2")
    for person in (colleague, stranger):
        synced(person)
    near, far = Line(colleague), Line(stranger)
    assert sync(writer, push=[create("account", account(hz))]).status_code == 200
    near.until(f"terr:{hz}")
    own = create("todo", todo(stranger), 1)
    assert sync(server.person("rep2"), push=[own]).status_code == 200
    told = far.next()
    assert told == {f"rep:{stranger.user['id']}"}, "the first thing it heard of is its own"


def test_whoever_was_told_everything_by_a_sync_hears_of_what_came_since_he_connected_only(
    shared_server: ServerProcess,
) -> None:
    rep, other = shared_server.person("rep1"), shared_server.person("rep1")
    assert sync(other, push=[create("todo", todo(other))]).status_code == 200
    late = Line(rep)
    late.until(f"rep:{rep.user['id']}")


def test_a_line_ends_with_its_session(server_process: ServerProcess) -> None:
    rep, other = server_process.person("rep1"), server_process.person("rep1")
    synced(rep)
    line = Line(rep)
    with server_process.opened() as database, database.writing() as connection:
        end_sessions(connection, sign_in.c.device_id == rep.device, clock.now(), "signed_out")
    assert sync(other, push=[create("todo", todo(other))]).status_code == 200
    assert line.next() is None


def test_a_user_who_was_put_off_is_not_told_of_what_comes_after(server_process: ServerProcess) -> None:
    rep = server_process.person("rep2")
    synced(rep)
    line = Line(rep)
    with server_process.opened() as database, database.writing() as connection:
        people.set_active(connection, clock.now(), UUID(rep.user["id"]), False)
    assert line.next() is None


def test_a_second_line_of_a_laptop_ends_the_first(shared_server: ServerProcess) -> None:
    rep = shared_server.person("rep1")
    synced(rep)
    first = Line(rep)
    second = Line(rep)
    assert first.next() is None
    assert second.answer.ok


def test_one_user_opens_no_more_than_a_few_lines(server_process: ServerProcess) -> None:
    lines = [Line(server_process.person("rep1", new_id())) for _ in range(6)]
    assert [line.answer.status_code for line in lines] == [200] * 5 + [429]
    assert int(lines[-1].answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_nobody_listens_without_a_token(shared_server: ServerProcess, token: str) -> None:
    answer = requests.get(
        shared_server.url + "/sync/v1/poke", headers={"authorization": f"Bearer {token}"}, timeout=10
    )
    assert answer.status_code == 401


def test_a_change_at_one_worker_is_told_by_the_other(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server("", "--workers", "2")
    writer = server.person("rep1")
    listeners = [server.person("rep1") for _ in range(4)]
    for person in listeners:
        synced(person)
    lines = [Line(person) for person in listeners]
    assert sync(writer, push=[create("todo", todo(writer))]).status_code == 200
    for line in lines:
        line.until(f"rep:{writer.user['id']}")


def test_open_lines_do_not_keep_a_server_from_stopping(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server()
    rep = server.person("rep1")
    synced(rep)
    line = Line(rep)
    assert server.stop() == 0
    assert line.next() is None
