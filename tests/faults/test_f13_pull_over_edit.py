"""F13: what the user typed stays in view, the other fields are the server's, and both end up there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from server.database import run
from tests.faults.merging import edit, held, seen, while_away
from tests.fixtures.server import ServerProcess
from tests.sync.machine import Machine


def test_a_newer_row_comes_while_a_local_edit_waits(
    shared_server: ServerProcess, store: UUID, laptop: Callable[[str], Machine]
) -> None:
    rep = laptop("rep1")
    with shared_server.opened() as database, database.writing() as connection:
        run(connection, "UPDATE account SET phone = 'office', city = 'office' WHERE id = ?", str(store))
    typed: list[tuple[Any, ...]] = []
    while_away(rep, lambda: edit(rep, store, phone="mine"))
    take, core = rep.engine._core.receive, rep.engine._core

    def received(*told: Any) -> Any:
        answer = take(*told)
        typed.append(seen(rep, store, "phone", "city"))
        return answer

    core.receive = received  # type: ignore[method-assign]
    assert rep.cycle().up_to_date
    assert typed[0] == ("mine", "office")
    assert held(shared_server, store, "phone", "city") == ("mine", "office")
