"""F7 PostgreSQL is killed (``-m immediate``) while several laptops push.

Expected: after recovery the server goes on by itself, no intent that was acknowledged is
missing, and none has a second effect (I1, I2).
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

import pytest

from fieldcrm.errors import FieldCrmError
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from server.database import Database, run
from tests.fixtures.parts import lacking
from tests.fixtures.postgres import Cluster, programs
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in

LAPTOPS = 4
STORES = 15
KILLS = 2


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of our own, to be killed."""
    found = programs()
    if found is None:
        lacking("PostgreSQL")
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    made = Cluster(found, home, durable=True)
    yield made
    made.stop("immediate")
    shutil.rmtree(home, ignore_errors=True)


class Rep(threading.Thread):
    """Saves stores and pushes each at once, whatever happens to the database."""

    def __init__(self, machine: Machine, territory: UUID) -> None:
        super().__init__()
        self.machine, self.territory = machine, territory
        self.refused = 0
        self.halfway = threading.Event()
        self.acknowledged: set[str] = set()

    def run(self) -> None:
        for n in range(STORES):
            store = Account(id=new_id(), name=f"店{n}", territory_id=self.territory)
            self.machine.save(lambda session, store=store: session.add(store))
            self._cycle()
            if n in (STORES // 3, 2 * STORES // 3):
                self.halfway.set()

    def _cycle(self) -> None:
        try:
            self.machine.cycle()
        except FieldCrmError:
            self.refused += 1
        self.acknowledged |= {
            i for (i,) in self.machine.rows("SELECT row_id FROM outbox WHERE state = 'acked'")
        }


def test_no_request_meets_a_line_to_the_database_that_died(cluster: Cluster) -> None:
    database = Database(cluster.create("pool"))
    with ExitStack() as several:
        for _ in range(3):
            several.enter_context(database.reading())
    cluster.stop("immediate")
    cluster.start()
    with ExitStack() as several:
        again = [several.enter_context(database.reading()) for _ in range(3)]
        assert [run(connection, "SELECT 1").scalar() for connection in again] == [1, 1, 1]
    database.close()


def test_what_was_acknowledged_survives_the_death_of_the_database(
    cluster: Cluster, start_server: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    server = start_server(cluster.create("fieldcrm"))
    territory = server.company.territories["NJ"]
    machines = [signed_in(tmp_path / f"rep{n}", server.url, "rep2", PASSWORD) for n in range(LAPTOPS)]
    for machine in machines:
        machine.cycle()
    reps = [Rep(machine, territory) for machine in machines]
    for rep in reps:
        rep.start()
    for _ in range(KILLS):
        reps[0].halfway.wait(60)
        reps[0].halfway.clear()
        cluster.stop("immediate")
        cluster.start()
    for rep in reps:
        rep.join(120)
        assert not rep.is_alive()
    acknowledged = {row for rep in reps for row in rep.acknowledged}
    with server.opened() as database, database.reading() as connection:
        there = {row for (row,) in run(connection, "SELECT id FROM account WHERE version > 0").all()}
    assert acknowledged - there == set()
    assert sum(rep.refused for rep in reps) > 0  # or nobody noticed, and nothing was shown
    for machine in machines:
        assert machine.cycle().up_to_date
        assert machine.rows("SELECT count(*) FROM outbox WHERE state <> 'acked'") == [(0,)]
        machine.close()
    with server.opened() as database, database.reading() as connection:
        effects = run(connection, "SELECT count(*), max(version) FROM account WHERE name LIKE '店%'").one()
        receipts = run(connection, "SELECT count(*) FROM receipt").scalar_one()
    assert effects == (LAPTOPS * STORES, 1)
    assert receipts == LAPTOPS * STORES
