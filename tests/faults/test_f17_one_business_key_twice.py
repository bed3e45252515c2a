"""F17: both customers are kept and flagged; nobody's save fails, the office decides which is which."""

from __future__ import annotations

from collections.abc import Callable

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from tests.faults.merging import held, seen
from tests.fixtures.server import ServerProcess
from tests.sync.machine import Machine


def test_one_business_key_from_two_devices(
    shared_server: ServerProcess, laptop: Callable[[str], Machine]
) -> None:
    area, code = shared_server.company.territories["HZ"], str(new_id())
    rows = [new_id(), new_id()]
    machines = [laptop("rep1"), laptop("manager1")]
    for machine, row in zip(machines, rows, strict=True):
        made = Account(id=row, name="店", code=code, territory_id=area)
        machine.save(lambda session, made=made: session.add(made))
        assert machine.cycle().applied == 1
    machines[0].cycle()
    for row in rows:
        assert held(shared_server, row, "code", "possible_duplicate") == (code, 1)
        assert all(seen(machine, row, "possible_duplicate") == (1,) for machine in machines)
