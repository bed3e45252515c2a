"""F15: they arrive in order; if the customer is refused, the order goes to needs-attention, not lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order
from fieldcrm.sync import status
from tests.faults.merging import outcomes
from tests.fixtures.server import ServerProcess
from tests.sync.machine import Machine


@pytest.mark.parametrize("area", ["HZ", "NJ"])
def test_an_order_for_a_customer_made_offline(
    area: str, shared_server: ServerProcess, laptop: Callable[[str], Machine]
) -> None:
    rep = laptop("rep1")
    customer, order = new_id(), new_id()
    territory = shared_server.company.territories[area]
    rep.save(lambda session: session.add(Account(id=customer, name="新店", territory_id=territory)))
    rep.save(lambda session: session.add(Order(
        id=order, provisional_number="R", account_id=customer, rep_id=rep.me, territory_id=territory,
        ordered_on=date(2026, 3, 2), goods_amount=Decimal())))  # fmt: skip
    assert rep.cycle().up_to_date
    assert outcomes(rep) == ({"applied": 2} if area == "HZ" else {"rejected": 2})
    with rep.database.reading() as session:
        refused = {entry.entity for entry in status.refused(session)}
        assert session.get_one(Order, order).account_id == customer
    assert refused == (set() if area == "HZ" else {"account", "order"})
