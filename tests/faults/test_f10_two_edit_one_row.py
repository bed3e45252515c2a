"""F10: different fields merge; of one field the later arrival wins, the other is kept where both see it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from tests.faults.merging import edit, held, seen
from tests.fixtures.server import ServerProcess
from tests.sync.machine import Machine


def test_two_people_edit_one_customer_offline(
    shared_server: ServerProcess, store: UUID, laptop: Callable[[str], Machine]
) -> None:
    rep, manager = laptop("rep1"), laptop("manager1")
    edit(rep, store, phone="1", city="杭州")
    edit(manager, store, phone="2", address="人民路")
    for machine in (rep, manager, rep):
        assert machine.cycle().up_to_date
    assert held(shared_server, store, "phone", "city", "address") == ("2", "杭州", "人民路")
    for machine in (rep, manager):
        assert seen(machine, store, "phone", "city", "address") == ("2", "杭州", "人民路")
        [(field, winner, loser)] = machine.rows(
            "SELECT field, winner, loser FROM conflict WHERE row_id = ?", str(store)
        )
        assert (field, winner, loser) == ("phone", '"2"', '"1"')
