"""What is known of a store before walking in, for many stores at once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from fieldcrm.ids import new_id
from fieldcrm.model.orders import OrderStatus
from fieldcrm.services import store_facts
from fieldcrm.storage.database import Database
from tests.builders import TODAY, make_account, make_contact, make_order, make_territory, make_user


def test_every_store_keeps_its_own_facts(laptop: Database) -> None:
    with laptop.writing() as session:
        area = make_territory()
        rep = make_user(area)
        rich, poor = make_account(area, credit_limit=Decimal(100)), make_account(area)
        session.add_all([area, rep, rich, poor, make_contact(poor, phone="")])
        session.add(make_order(rep, rich, status=OrderStatus.SUBMITTED, total_amount=Decimal(130)))
        session.flush()
        facts = store_facts.of_stores(session, [rich.id, poor.id, new_id()], TODAY)
    assert set(facts) == {rich.id, poor.id}
    assert (facts[rich.id].credit_left, facts[poor.id].credit_left) == (Decimal(-30), None)
    assert (facts[rich.id].orders_today, facts[poor.id].orders_today) == (1, 0)
    assert facts[poor.id].phone == poor.phone


def test_sales_of_thirty_days_leave_older_and_cancelled_orders_out(laptop: Database) -> None:
    with laptop.writing() as session:
        area = make_territory()
        rep, store = make_user(area), make_account(area)
        session.add_all([area, rep, store])
        for days, status in ((1, "accepted"), (29, "submitted"), (30, "accepted"), (2, "cancelled")):
            day = TODAY - timedelta(days=days)
            session.add(
                make_order(rep, store, ordered_on=day, status=OrderStatus(status), total_amount=Decimal(10))
            )
        session.flush()
        facts = store_facts.of_stores(session, [store.id], TODAY)[store.id]
    assert (facts.sales_30d, facts.last_order_on) == (Decimal(20), TODAY - timedelta(days=1))
