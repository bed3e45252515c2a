"""F10: different fields merge; of one field the later arrival wins, the other is kept where both see it.

What merged without a clash can be put back on either side, and goes the usual way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fieldcrm.services import merges
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


def put_back(machine: Machine, store: UUID, field: str) -> Any:
    with machine.database.reading() as session:
        [merge] = [each for each in merges.of_account(session, store, machine.me) if each.field == field]
    machine.save(lambda session: merges.put(session, merge.merge_id, merge.before))
    return merge.before


def test_what_merged_is_told_to_both_and_either_puts_a_value_back(
    shared_server: ServerProcess, store: UUID, laptop: Callable[[str], Machine]
) -> None:
    rep, manager = laptop("rep1"), laptop("manager1")
    edit(rep, store, city="嘉兴")
    for machine in (rep, manager):
        assert machine.cycle().up_to_date
    edit(rep, store, city="湖州")
    edit(manager, store, address="解放路")
    for machine in (rep, manager, rep):
        assert machine.cycle().up_to_date
    before = put_back(manager, store, "city"), put_back(rep, store, "address")
    for machine in (rep, manager, rep):
        assert machine.cycle().up_to_date
    assert before[0] == "嘉兴"
    assert held(shared_server, store, "city", "address") == before
    assert seen(rep, store, "city", "address") == seen(manager, store, "city", "address") == before
