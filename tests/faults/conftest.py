"""What faults happen to: a laptop on a bad line, and a small company on each kind of server database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from server.database import run
from tests.builders import make_account
from tests.fixtures.proxy import Proxy
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.server.sync.conftest import company
from tests.sync.machine import Machine, signed_in

__all__ = ["company", "proxy", "rep"]


@pytest.fixture
def proxy(shared_server: ServerProcess) -> Iterator[Proxy]:
    """A line to the shared server, good for now."""
    made = Proxy(shared_server.url)
    yield made
    made.close()


@pytest.fixture
def rep(proxy: Proxy, tmp_path: Path) -> Iterator[Machine]:
    """A laptop of rep2 behind the line, up to date."""
    made = signed_in(tmp_path / "rep2", proxy.url, "rep2", PASSWORD)
    made.cycle()
    yield made
    made.close()


def new_store(rep: Machine, server: ServerProcess) -> UUID:
    """Save a new store on the laptop."""
    store = make_account(server.company.territories["NJ"], name="南京店")
    rep.save(lambda session: session.add(store))
    return store.id


def hang_up(rep: Machine) -> None:
    """Make the next request open a connection of its own."""
    rep.remote._http.close()


def cursor(rep: Machine) -> list[tuple[object, ...]]:
    """Return where the laptop stands."""
    return rep.rows("SELECT value FROM sync_state WHERE key = 'cursor'")


@pytest.fixture
def store(shared_server: ServerProcess) -> UUID:
    """A store that the rep and the manager both see."""
    row = new_id()
    area = shared_server.company.territories["HZ"]
    with shared_server.opened() as database, database.writing() as connection:
        connection.execute(insert(Account).values(id=row, name="店", territory_id=area))
    return row


@pytest.fixture
def laptop(shared_server: ServerProcess, tmp_path: Path) -> Iterator[Callable[[str], Machine]]:
    """Sign in on a new laptop, and sync it."""
    with ExitStack() as ends:
        yield partial(_at_work, shared_server, tmp_path / "laptops", ends)


@pytest.fixture
def lonely_laptop(server_process: ServerProcess, tmp_path: Path) -> Iterator[Callable[[str], Machine]]:
    """The same on a server of the test's own (``server_process``)."""
    with ExitStack() as ends:
        yield partial(_at_work, server_process, tmp_path / "laptops", ends)


def _at_work(server: ServerProcess, folder: Path, ends: ExitStack, user: str) -> Machine:
    machine = signed_in(folder / str(new_id()), server.url, user, PASSWORD)
    ends.callback(machine.close)
    machine.cycle()
    return machine


def office(server: ServerProcess, statement: str, *values: object) -> None:
    """Change the server's database as its administrator might."""
    with server.opened() as database, database.writing() as connection:
        run(connection, statement, *(str(value) if isinstance(value, UUID) else value for value in values))


def give(server: ServerProcess, login: str, area: str) -> None:
    """Give somebody another territory."""
    to = server.company.territories[area]
    office(server, 'UPDATE "user" SET territory_id = ? WHERE login = ?', to, login)


def move(server: ServerProcess, account: UUID, area: str) -> None:
    """Let an account belong to another territory."""
    to = server.company.territories[area]
    office(server, "UPDATE account SET territory_id = ? WHERE id = ?", to, account)


def one_page(rep: Machine, rows: int) -> None:
    """Let the laptop take one page of so many rows, and no more."""
    rep.engine._page_rows = rows
    taken: list[object] = []
    assert not rep.engine.cycle(lambda: bool(taken), taken.append).up_to_date
