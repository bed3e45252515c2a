"""A laptop amends offline what the warehouse begins meanwhile: refused clearly, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.services import order_editions, orders, pricing, returns
from fieldcrm.services.pricing import DraftLine
from fieldcrm.sync import status
from tests.fixtures.server import ServerProcess
from tests.server.conftest import Filling
from tests.server.test_order_page import Customer
from tests.sync.machine import Machine


class Desk:
    """A rep's laptop with a customer and two articles at 48.00 a case."""

    def __init__(self, server: ServerProcess, laptop: Callable[[str], Machine]) -> None:
        self.customer = Customer(server, Filling(server).account("HZ"), server.person("rep1"))
        self.erp = server.person("finance1")
        self.machine = laptop("rep1")

    def order(self, cases: int) -> UUID:
        made: list[UUID] = []

        def work(session: Session) -> None:
            at = clock.now()
            made.append(orders.start(session, self.customer.account, me=self.machine.me, at=at))
            orders.save(session, made[0], self.lines(cases), at=at)
            orders.submit(session, made[0], at=at)

        self.machine.save(work)
        return made[0]

    def lines(self, cases: int) -> list[DraftLine]:
        return [DraftLine(self.customer.water, "case", Decimal(cases))]

    def amend(self, order_id: UUID, cases: int) -> None:
        self.machine.save(
            lambda s: orders.amend(s, order_id, self.lines(cases), reason="more", at=clock.now())
        )

    def stands(self, order_id: UUID) -> tuple[Any, ...]:
        with self.machine.database.reading() as session:
            order = session.get_one(Order, order_id)
            [line] = pricing.order_lines(session, order_id)
            return order.status, order.edition, line.quantity

    def editions(self, order_id: UUID) -> list[tuple[int, Decimal, str]]:
        with self.machine.database.reading() as session:
            return [(e.number, e.total, e.reason) for e in order_editions.of_order(session, order_id)]


def test_an_amendment_of_what_the_warehouse_has_begun_is_refused_and_kept(
    shared_server: ServerProcess, laptop: Callable[[str], Machine]
) -> None:
    desk = Desk(shared_server, laptop)
    order_id = desk.order(2)
    assert desk.machine.cycle().up_to_date
    assert desk.stands(order_id) == (OrderStatus.ACCEPTED, 1, 2)
    desk.amend(order_id, 5)
    assert desk.erp.post(f"/api/v1/orders/{order_id}/fulfil").status_code == 200
    desk.machine.cycle()
    assert desk.stands(order_id) == (OrderStatus.ACCEPTED, 1, 2), "the order is as the office has it"
    with desk.machine.database.reading() as session:
        [refused] = status.refused(session)
        assert (refused.entity, refused.code) == ("order", "order_in_fulfilment")
    [(kept,)] = desk.machine.rows("SELECT payload FROM outbox WHERE act = 'amend'")
    assert '"5.00"' in kept, "what he wanted is still here"


def test_an_order_made_and_amended_offline_arrives_with_both_editions_and_comes_back(
    shared_server: ServerProcess, laptop: Callable[[str], Machine]
) -> None:
    desk = Desk(shared_server, laptop)
    order_id = desk.order(2)
    desk.amend(order_id, 5)
    desk.amend(order_id, 4)
    assert desk.machine.cycle().up_to_date
    assert desk.stands(order_id) == (OrderStatus.ACCEPTED, 3, 4)
    assert desk.editions(order_id) == [(2, Decimal(240), "more"), (1, Decimal(96), "more")]
    with desk.machine.database.reading() as session:
        [line] = pricing.order_lines(session, order_id)
    delivery = {"quantities": {str(line.id): "3"}, "delivered_on": "2026-11-21"}
    assert desk.erp.post(f"/api/v1/orders/{order_id}/deliveries", json=delivery).status_code == 201
    desk.machine.cycle()
    desk.machine.save(lambda s: returns.make(
        s, order_id, {str(line.id): Decimal(2)}, "broken", me=desk.machine.me, at=clock.now()
    ))  # fmt: skip
    assert desk.machine.cycle().up_to_date
    with desk.machine.database.reading() as session:
        [back] = returns.returns_of(session, order_id)
        assert (back.version > 0, back.total_amount) == (True, 96)
        assert session.get_one(Order, order_id).returned_amount == 96
        assert returns.basis(session, order_id).left[str(line.id)] == 1
