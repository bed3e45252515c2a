"""F14: 49 are applied in one cycle; the one is refused, with its content, where the rep sees it."""

from __future__ import annotations

from collections.abc import Callable

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.sync import status
from tests.faults.merging import outcomes
from tests.fixtures.server import ServerProcess
from tests.sync.machine import Machine


def test_one_that_cannot_be_taken_among_fifty(
    shared_server: ServerProcess, laptop: Callable[[str], Machine]
) -> None:
    rep = laptop("rep1")
    mine, foreign = (shared_server.company.territories[area] for area in ("HZ", "NJ"))
    for n in range(50):
        row = Account(id=new_id(), name=f"F14 {n}", territory_id=foreign if n == 20 else mine)
        rep.save(lambda session, row=row: session.add(row))
    assert rep.cycle().up_to_date
    assert outcomes(rep) == {"applied": 49, "rejected": 1}
    with rep.database.reading() as session:
        [refused] = status.refused(session)
    assert refused.changes["name"] == "F14 20"
