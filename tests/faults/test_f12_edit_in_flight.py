"""F12: the second edit is a mutation of its own: the answer to the first does not swallow it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from tests.faults.merging import edit, held, outcomes, while_away
from tests.fixtures.server import ServerProcess
from tests.sync.machine import Machine


def test_an_edit_while_its_own_push_is_in_flight(
    shared_server: ServerProcess, store: UUID, laptop: Callable[[str], Machine]
) -> None:
    rep = laptop("rep1")
    edit(rep, store, phone="1")
    while_away(rep, lambda: edit(rep, store, phone="2"))
    assert rep.cycle().applied == 2
    assert held(shared_server, store, "phone") == ("2",)
    assert outcomes(rep) == {"applied": 2}
