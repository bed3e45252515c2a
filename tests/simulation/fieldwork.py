"""What a day in the field brings: contacts, todos, plans, check-ins, orders."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Contact
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.plans import Todo, VisitPlan
from fieldcrm.model.visits import CheckIn, PositionSource, Visit
from tests.simulation.laptop import Laptop

if TYPE_CHECKING:
    from tests.simulation.world import World

DAY = date(2026, 3, 2)


def _about(world: World, chance: random.Random, make: Callable[[Laptop, UUID, UUID], list[Any]]) -> bool:
    """Save new rows about some account: ``make`` gets the laptop, the account, its territory."""
    laptop = world.someone(chance)
    account = world.one(laptop, "account", chance)
    if account is None:
        return False
    territory = laptop.raw("SELECT territory_id FROM account WHERE id = ?", str(account))[0][0]
    rows = make(laptop, account, UUID(territory))
    laptop.save(lambda session: session.add_all(rows))
    return True


def create_contact(world: World, chance: random.Random) -> bool:
    return _about(world, chance, lambda laptop, account, territory: [Contact(
        id=new_id(), account_id=account, territory_id=territory, name=world.fresh("person"))])  # fmt: skip


def create_todo(world: World, chance: random.Random) -> bool:
    return _about(world, chance, lambda laptop, account, territory: [Todo(
        id=new_id(), assignee_id=laptop.user, created_by=laptop.user, account_id=account,
        title=world.fresh("todo"))])  # fmt: skip


def finish_todo(world: World, chance: random.Random) -> bool:
    laptop = world.someone(chance)
    todo = world.one(laptop, "todo", chance)
    if todo is None:
        return False
    at = laptop.clock.now()
    laptop.save(lambda session: setattr(session.get_one(Todo, todo), "done_at", at))
    return True


def plan_visit(world: World, chance: random.Random) -> bool:
    return _about(world, chance, lambda laptop, account, territory: [VisitPlan(
        id=new_id(), rep_id=laptop.user, account_id=account, on=DAY)])  # fmt: skip


def move_plan(world: World, chance: random.Random) -> bool:
    laptop = world.someone(chance)
    plan = world.one(laptop, "visit_plan", chance)
    if plan is None:
        return False
    world.counter += 1
    number = world.counter
    laptop.save(lambda session: setattr(session.get_one(VisitPlan, plan), "sequence", number))
    return True


def check_in(world: World, chance: random.Random) -> bool:
    def make(laptop: Laptop, account: UUID, territory: UUID) -> list[Any]:
        visit, at = new_id(), laptop.clock.now()
        of = {"account_id": account, "rep_id": laptop.user, "territory_id": territory}
        return [
            Visit(id=visit, started_at=at, **of),
            CheckIn(id=new_id(), visit_id=visit, at=at, source=PositionSource.NONE, **of),
        ]

    return _about(world, chance, make)


def draft_order(world: World, chance: random.Random) -> bool:
    """Somebody takes an order, and sends it at once or keeps it as a draft."""
    status = OrderStatus.SUBMITTED if chance.random() < 0.3 else OrderStatus.DRAFT

    def make(laptop: Laptop, account: UUID, territory: UUID) -> list[Any]:
        order = new_id()
        return [
            Order(id=order, provisional_number=world.fresh("R"), account_id=account, territory_id=territory,
                  rep_id=laptop.user, ordered_on=DAY, goods_amount=Decimal(2), status=status),
            _line(world, order),
        ]  # fmt: skip

    return _about(world, chance, make)


def amend_order(world: World, chance: random.Random) -> bool:
    """One more line in a draft."""

    def change(session: Any, order: Order) -> None:
        session.add(_line(world, order.id))
        order.goods_amount += 2

    return _with_draft(world, chance, change)


def send_order(world: World, chance: random.Random) -> bool:
    """A draft is handed in, or given up."""
    act = chance.choice([OrderStatus.SUBMITTED, OrderStatus.SUBMITTED, OrderStatus.CANCELLED])
    return _with_draft(world, chance, lambda _session, order: setattr(order, "status", act))


def _with_draft(world: World, chance: random.Random, change: Callable[[Any, Order], None]) -> bool:
    laptop = world.someone(chance)
    query = "SELECT id FROM 'order' WHERE status = 'draft' AND rep_id = ? ORDER BY id"
    drafts = laptop.raw(query, str(laptop.user))
    if not drafts:
        return False
    order = UUID(chance.choice(drafts)[0])
    laptop.save(lambda session: change(session, session.get_one(Order, order)))
    return True


def _line(world: World, order: UUID) -> OrderLine:
    return OrderLine(
        id=new_id(), order_id=order, product_id=world.product, unit="瓶", quantity=Decimal(1),
        unit_price=Decimal(2), gross_amount=Decimal(2), net_amount=Decimal(2), tax_rate=Decimal(0),
        tax_amount=Decimal(0),
    )  # fmt: skip


RULES = {
    "create_contact": (1, create_contact),
    "create_todo": (1, create_todo),
    "finish_todo": (1, finish_todo),
    "plan_visit": (1, plan_visit),
    "move_plan": (1, move_plan),
    "check_in": (2, check_in),
    "draft_order": (2, draft_order),
    "amend_order": (3, amend_order),
    "send_order": (3, send_order),
}
