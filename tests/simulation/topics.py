"""Every topic of the simulation, in the order in which their hooks are called."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType

from tests.simulation import (
    accounts,
    bounds,
    chains,
    clocks,
    completeness,
    consents,
    customers,
    devices,
    exchanges,
    fieldwork,
    following,
    fulfilment,
    invariants,
    ledgers,
    locking,
    office,
    orders_legal,
    photos,
    publishing,
    quotes,
    reached,
    rewinds,
    scopes,
    selling,
    shop,
)
from tests.simulation.world import World

Rule = Callable[[World, random.Random], bool]
OFTEN = 4

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


@dataclass(frozen=True)
class Cast:
    """Who and what meets in a history: the topics, and each of their rules with its weight.

    A history is about one of the ``themes``: what belongs to it happens ``OFTEN`` as often.
    """

    topics: tuple[ModuleType, ...]
    rules: Mapping[str, tuple[int, Rule]]
    length: int = 100
    themes: tuple[tuple[str, ...], ...] = ((),)

    def weights(self, theme: tuple[str, ...]) -> list[int]:
        """Return how often each rule happens in a history about this."""
        return [weight * (OFTEN if name in theme else 1) for name, (weight, _) in self.rules.items()]


def _rules(topics: Iterable[ModuleType], without: Iterable[str] = ()) -> dict[str, tuple[int, Rule]]:
    found = {name: rule for topic in topics for name, rule in getattr(topic, "RULES", {}).items()}
    return {name: rule for name, rule in found.items() if name not in without}


RULES = _rules(TOPICS)
FIELD = Cast(TOPICS, RULES)

_SALES = (
    devices, exchanges, office, shop, rewinds, invariants, completeness, bounds,
    selling, fulfilment, quotes, consents, publishing, customers, following, ledgers, reached,
)  # fmt: skip
_ELSEWHERE = ("poison", "office_deletes", "office_creates", "office_edits", "reassign", "change_grants")
_THEMES = (
    (),
    ("quote_goods", "follow_quote", "decide_quote", "cheat"),
    ("quote_goods", "give_grant", "use_grant", "phone_manager", "do_at_once"),
    ("take_order", "follow_order", "amend_order", "do_at_once"),
    ("take_order", "order_alone", "office_delivers", "return_goods", "book_rebates", "days_pass"),
    ("take_order", "publish_rules", "correct_order", "approve_order", "hand_out"),
)
SALES = Cast(_SALES, _rules(_SALES, _ELSEWHERE), 200, _THEMES)
