"""Two people, one server, a store they both see: what the tests of merging and pushing share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fieldcrm.model.accounts import Account
from server.database import run
from tests.fixtures.server import ServerProcess
from tests.sync.machine import Machine


def edit(machine: Machine, row: UUID, **values: str) -> None:
    def work(session: Any) -> None:
        found = session.get_one(Account, row)
        for name, value in values.items():
            setattr(found, name, value)

    machine.save(work)


def seen(machine: Machine, row: UUID, *names: str) -> tuple[Any, ...]:
    columns = ", ".join(names)
    [found] = machine.rows(f"SELECT {columns} FROM account WHERE id = ?", str(row))
    return found


def held(server: ServerProcess, row: UUID, *names: str) -> tuple[Any, ...]:
    with server.opened() as database, database.reading() as connection:
        found = run(connection, f"SELECT {', '.join(names)} FROM account WHERE id = ?", str(row)).first()
    assert found is not None
    return tuple(found)


def while_away(machine: Machine, happens: Callable[[], None]) -> None:
    """Let something happen on the laptop once, between the server's answer and its being taken in."""
    ask = machine.remote.sync

    def asked(request: bytes) -> bytes:
        machine.remote.sync = ask  # type: ignore[method-assign]
        reply = ask(request)
        happens()
        return reply

    machine.remote.sync = asked  # type: ignore[method-assign]


def outcomes(machine: Machine) -> dict[str, int]:
    return dict(machine.rows("SELECT coalesce(outcome, state), count(*) FROM outbox GROUP BY 1"))
