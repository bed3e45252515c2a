"""F1 the connection is cut after the server committed the push, before its answer arrives.

Expected: the laptop sends the same bytes again and is answered ``dup`` with the stored
outcome; there is one order, not two (I2).
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import msgspec
import pytest

from fieldcrm.errors import Offline
from fieldcrm.ids import new_id
from fieldcrm.model.orders import Order, OrderStatus
from server.database import run
from tests.faults.conftest import hang_up, new_store
from tests.fixtures.proxy import Line, Proxy
from tests.fixtures.server import ServerProcess
from tests.sync.machine import Machine


def answers(server: ServerProcess, row: UUID) -> list[tuple[str, str]]:
    """Return what the server decided about one row: mutation and outcome."""
    with server.opened() as database, database.reading() as connection:
        found = run(connection, "SELECT mutation_id, outcome FROM receipt WHERE row_id = ?", str(row)).all()
    return [(mutation_id, msgspec.json.decode(outcome)["o"]) for mutation_id, outcome in found]


def test_an_order_whose_acknowledgement_was_lost_is_there_once(
    shared_server: ServerProcess, proxy: Proxy, rep: Machine
) -> None:
    store = new_store(rep, shared_server)
    rep.cycle()
    order = Order(
        id=new_id(), provisional_number="R1-000001", account_id=store, rep_id=rep.me,
        territory_id=shared_server.company.territories["NJ"], ordered_on=date(2026, 3, 2),
        status=OrderStatus.SUBMITTED,
    )  # fmt: skip
    rep.save(lambda session: session.add(order))
    hang_up(rep)
    proxy.line = Line(cut_reply_at=0)
    for _ in range(3):
        with pytest.raises(Offline):
            rep.cycle()
        hang_up(rep)
        assert {
            state for (state,) in rep.rows("SELECT state FROM outbox WHERE row_id = ?", str(order.id))
        } == {"inflight"}
    decided = answers(shared_server, order.id)
    assert decided
    proxy.line = Line()
    rep.cycle()
    assert answers(shared_server, order.id) == decided
    here = rep.rows("SELECT mutation_id, outcome FROM outbox WHERE row_id = ?", str(order.id))
    assert sorted(here) == sorted(decided)
    with shared_server.opened() as database, database.reading() as connection:
        orders = run(connection, 'SELECT count(*) FROM "order" WHERE account_id = ?', str(store)).scalar()
    assert orders == 1
