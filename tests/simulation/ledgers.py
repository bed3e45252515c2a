"""What orders post to the ledgers (F5): nothing is overdrawn, and everything is booked exactly once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from server.database import run
from tests.simulation.oracle import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World


def at_rest(world: World) -> None:
    """L2: no purse or lot is below zero. L3: what an accepted order costs is booked exactly once."""
    with world.server.reading() as connection:
        balances = run(
            connection, "SELECT purse, sum(amount) FROM money_entry WHERE purse IN ('prepay', 'cash') "
            "GROUP BY account_id, purse",
        ).all()  # fmt: skip
        lots = run(connection, "SELECT lot_id, sum(amount) FROM rebate_entry GROUP BY lot_id").all()
        totals = run(connection, 'SELECT id, status, total_amount, returned_amount FROM "order"').all()
        booked: defaultdict[str, int] = defaultdict(int)
        for order, amount in run(
            connection,
            "SELECT order_id, sum(amount) FROM money_entry WHERE order_id IS NOT NULL GROUP BY order_id",
        ):  # fmt: skip
            booked[order] -= amount
    for what, amount in (*balances, *lots):
        if amount < 0:
            raise Violation(f"L2 {what} holds {amount}")
    for order, status, total, returned in totals:
        if booked[order] != (total - returned if status == "accepted" else 0):
            raise Violation(f"L3 {status} order {order} over {total} is booked with {booked[order]}")
    world.checked("L2")
    world.checked("L3")
