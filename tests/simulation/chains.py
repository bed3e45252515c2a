"""V6: no crash, loss, copy or restore makes an honest chain of visit events look edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldcrm.rules import chain
from server import chains
from tests.simulation.oracle import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World


def at_rest(world: World) -> None:
    """Look at every chain and every anchor that the server holds."""
    with world.server.reading() as connection:
        found = chains.check(connection)
    if not found.events:
        return
    world.checked("V6")
    if found.broken:
        raise Violation(
            f"V6 {len(found.broken)} honest events look changed, first: {chain.named(found.broken)}"
        )
    if found.forged_anchors or found.contradicted:
        raise Violation(f"V6 anchors do not hold: {found.forged_anchors}, {found.contradicted}")
