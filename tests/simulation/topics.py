"""Every topic of the simulation, in the order in which their hooks are called."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.simulation import (
    accounts,
    bounds,
    chains,
    clocks,
    completeness,
    devices,
    exchanges,
    fieldwork,
    invariants,
    ledgers,
    locking,
    office,
    orders_legal,
    photos,
    rewinds,
    scopes,
)
from tests.simulation.world import World

Rule = Callable[[World, random.Random], bool]

TOPICS = (
    devices,  # first, so that everybody is let back in before others mend
    locking,  # next, so that everybody can
    exchanges,
    accounts,
    fieldwork,
    office,
    rewinds,
    scopes,
    invariants,
    clocks,
    orders_legal,
    chains,
    completeness,
    bounds,
    photos,
    ledgers,
)

RULES: dict[str, tuple[int, Rule]] = {
    name: rule for topic in TOPICS for name, rule in getattr(topic, "RULES", {}).items()
}
