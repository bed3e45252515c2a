"""Orders through the product's own services: taken, corrected, amended in editions, cancelled, approved (R1).

S1: what a laptop was told is taken stands as it was saved, what was refused is kept word for word.
S2: editions follow each other: none is lost, none is there twice, and the last one stands.
S3: what the server reckons differently from a laptop that used the same rules is a mistake.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from fieldcrm.errors import RuleBroken
from fieldcrm.model.orders import Order
from fieldcrm.services import orders, paying
from server.database import run
from tests.simulation.accounts import SAVE_POINT
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import Violation
from tests.simulation.rewinds import Past
from tests.simulation.shop import SCALE, Shop, mine, tried, wanted

if TYPE_CHECKING:
    from tests.simulation.world import World

KEPT = ("quote", "quote_act", "quote_grant", "order_return")
OF_LIMITS = frozenset({"balance_short", "credit_exceeded", "stock_short"})
OF_PRICES = frozenset({"price_changed", "gifts_differ", "totals_differ", "payment_differs"})


class Unwise(RuleBroken):
    """What a rep does not send because the screen tells him that it would have to wait."""


def take_order(world: World, chance: random.Random) -> bool:
    """A rep takes an order and hands it in, within what his laptop says that he may."""
    laptop = world.someone(chance)
    account = world.one(laptop, "account", chance)
    if account is None:
        return False
    lines, at = wanted(world, chance, dear=chance.random() < 0.2), laptop.clock.now()
    rebates = (("auto", None),) if chance.random() < 0.5 else ()

    def work(session: Session) -> None:
        order = orders.start(session, account, me=laptop.user, at=at)
        orders.save(session, order, lines, at=at, rebates=rebates)
        hand_in(session, order, at)

    return tried(laptop, work, SAVE_POINT if chance.random() < 0.1 else None)


def hand_in(session: Session, order: UUID, at: Any) -> None:
    """Hand a draft in, unless its screen says that it would have to wait for money."""
    orders.submit(session, order, at=at)
    check_paid(session, order)


def check_paid(session: Session, order_id: UUID) -> None:
    """Raise what stops a sensible rep."""
    order = session.get_one(Order, order_id)
    found = paying.means(session, order.account_id, order.ordered_on, besides=order_id)
    if found.pays(order.total_amount, paying.wanted(order.paid_from)).uncovered > 0:
        raise Unwise("uncovered")


def amend_order(world: World, chance: random.Random) -> bool:
    """A rep amends what was handed over, whether or not fulfilment began meanwhile."""
    laptop = world.someone(chance)
    order = mine(laptop, chance, "order", "status IN ('submitted', 'accepted', 'needs_review')")
    return order is not None and amend(world, chance, laptop, order)


def amend(world: World, chance: random.Random, laptop: Laptop, order: UUID) -> bool:
    """Amend this order on this laptop, now and then as the program dies."""
    lines, at = wanted(world, chance, dear=chance.random() < 0.1), laptop.clock.now()

    def work(session: Session) -> None:
        orders.amend(session, order, lines, reason=world.fresh("amended"), at=at)
        check_paid(session, order)

    return tried(laptop, work, SAVE_POINT if chance.random() < 0.1 else None)


def cancel_order(world: World, chance: random.Random) -> bool:
    """A rep takes an order back."""
    laptop = world.someone(chance)
    order = mine(laptop, chance, "order", "status IN ('submitted', 'accepted', 'needs_review')")
    return order is not None and tried(laptop, lambda session: orders.cancel(session, order, "not wanted"))


def correct_order(world: World, chance: random.Random) -> bool:
    """An order that needs attention is priced anew and goes out again."""
    laptop = world.someone(chance)
    order = mine(laptop, chance, "order", "status = 'needs_review'")
    return order is not None and correct(world, chance, laptop, order)


def correct(world: World, chance: random.Random, laptop: Laptop, order: UUID) -> bool:
    """Price this order anew on this laptop and hand it in."""
    lines, at = wanted(world, chance), laptop.clock.now()

    def work(session: Session) -> None:
        orders.save(session, order, lines, at=at)
        hand_in(session, order, at)

    return tried(laptop, work)


def approve_order(world: World, chance: random.Random) -> bool:
    """A manager agrees to an order that waits for it; credit is nobody's to release here."""
    laptop = world.laptops[2]
    if laptop.is_locked:
        return False
    found = laptop.raw("SELECT id FROM 'order' WHERE review_code IN ('needs_approval', 'rules_superseded')"
                       " AND status = 'needs_review' ORDER BY id")  # fmt: skip
    return bool(found) and approve(laptop, UUID(chance.choice(found)[0]))


def approve(laptop: Laptop, order: UUID) -> bool:
    """Agree to this order on the manager's laptop."""
    return tried(laptop, lambda session: orders.approve(session, order, me=laptop.user))


RULES = {
    "take_order": (6, take_order), "amend_order": (4, amend_order), "cancel_order": (1, cancel_order),
    "correct_order": (2, correct_order), "approve_order": (2, approve_order),
}  # fmt: skip


# -- predicates -----------------------------------------------------------------------------------


def at_rest(world: World) -> None:
    """Look at everything that came of what was handed in."""
    with world.server.reading() as connection:
        _taken_stands(world, connection)
        _editions_follow(world, connection)
        _own_orders_are_approved_by_others(world, connection)
        _nothing_waits_without_cause(world, connection)


def _taken_stands(world: World, connection: Any) -> None:
    """S1: what was taken is there with what was said; what was refused is kept beside, word for word."""
    for mutation_id, outcome in world.oracle.answers.items():
        mutation = world.oracle.sealed[mutation_id]
        entity, row = mutation["agg"]
        if outcome == "rejected":
            kept = run(connection, "SELECT payload FROM quarantine WHERE mutation_id = ?", mutation_id).all()
            if not any(_says(payload, mutation) for (payload,) in kept):
                raise Violation(f"S1 {mutation_id} on {entity} {row} was refused and is not kept")
        elif entity in KEPT and mutation["op"] == "create":
            there = run(connection, f'SELECT count(*) FROM "{entity}" WHERE id = ?', row).scalar()
            if there != 1:
                raise Violation(f"S1 {entity} {row} was taken and is there {there} times")
        world.checked("S1")


def _says(payload: str, mutation: dict[str, Any]) -> bool:
    told = msgspec.json.decode(payload)
    return all(told.get(name) == mutation.get(name) for name in ("op", "set", "doc"))


def _editions_follow(world: World, connection: Any) -> None:
    """S2: as many editions are kept as were replaced, each once, and the last that was taken stands."""
    amended: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for mutation_id, outcome in world.oracle.answers.items():
        mutation = world.oracle.sealed[mutation_id]
        if mutation["act"] == "amend" and outcome in ("applied", "merged"):
            amended[mutation["agg"][1]].append(mutation)
    kept: defaultdict[str, list[int]] = defaultdict(list)
    for order, edition in run(connection, "SELECT order_id, edition FROM order_version ORDER BY edition"):
        kept[order].append(edition)
    for order, edition, total in run(connection, 'SELECT id, edition, total_amount FROM "order"'):
        world.checked("S2")
        if kept[order] != list(range(1, edition)) or edition != 1 + len(amended[order]):
            told = [(each["set"] or {}).get("edition") for each in amended[order]]
            raise Violation(f"S2 order {order} is edition {edition} after {kept[order]}, amended as {told}")
        for each in amended[order]:
            if each["set"]["edition"]["new"] == edition and "total_amount" in each["set"]:
                _stands(connection, order, each, total)


def _stands(connection: Any, order: str, amended: dict[str, Any], total: int) -> None:
    said = Decimal(str(amended["set"]["total_amount"]["new"])) * SCALE
    devices = "SELECT count(DISTINCT device_id) FROM receipt WHERE row_id = ?"
    if run(connection, devices, order).scalar_one() > 1:
        return  # a copy counts by itself, so nobody knows whether a correction came later
    corrected = run(
        connection, "SELECT 1 FROM receipt WHERE row_id = ? AND n > ?", order, amended["n"]
    ).first()  # fmt: skip
    if said != total and corrected is None:
        raise Violation(f"S2 order {order} costs {total}, its last edition said {said}")


def _own_orders_are_approved_by_others(world: World, connection: Any) -> None:
    """S4: nobody approved his own order."""
    for mutation_id, outcome in world.oracle.answers.items():
        mutation = world.oracle.sealed[mutation_id]
        if mutation["act"] != "approve" or outcome not in ("applied", "merged"):
            continue
        world.checked("S4")
        by = run(connection, "SELECT user_id FROM receipt WHERE mutation_id = ?", mutation_id).scalar()
        rep = run(connection, 'SELECT rep_id FROM "order" WHERE id = ?', mutation["agg"][1]).scalar()
        if by == rep:
            raise Violation(f"S4 {mutation['agg'][1]} was approved by who ordered it")


def _nothing_waits_without_cause(world: World, connection: Any) -> None:
    """S3: same rules, same cents. L4: no order waits for a limit whose slice its laptop held."""
    rows = run(connection, "SELECT id, rule_set, review_code, review_data, origin FROM \"order\" "
               "WHERE status = 'needs_review'").all()  # fmt: skip
    excused = excuse(world)
    for order, rule_set, code, told, origin in rows:
        said = json.loads(told or "{}")
        if code in OF_PRICES and not excused and _say_the_same(world, connection, order, said):
            raise Violation(f"S3 {order} by set {rule_set} waits for {code} {said}")
        if code in OF_LIMITS and origin != "customer" and not excused:
            raise Violation(f"L4 {order} waits for {code} {said}")
    world.checked("S3")
    if not excused:
        world.checked("L4")


def _say_the_same(world: World, connection: Any, order: str, said: dict[str, Any]) -> bool:
    """Whether the rules that an order was judged by say of its goods what its own said."""
    shop, rules = world.own(Shop), (said.get("taken_on"), said.get("in_force"))
    if None in rules:
        return True
    goods = run(connection, "SELECT DISTINCT product_id FROM order_line WHERE order_id = ?", order)
    names = sorted(shop.named[product] for (product,) in goods)
    one, other = ([shop.off[n], *(shop.prices[n][name] for name in names)] for n in rules)
    return one == other


def excuse(world: World) -> str:
    """Say why an order may have to wait without anybody's mistake; empty: there is no reason."""
    past = world.own(Past)
    if past.rewound or past.forked:
        return "data went back in time"
    return world.own(Shop).excused
