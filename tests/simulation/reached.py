"""How far histories of sales come: every state and transition is counted as the server gets there.

What random histories never reach no predicate can see: ``table`` says what was reached how often, and
what was not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from server.database import run
from tests.simulation import rounds

if TYPE_CHECKING:
    from tests.simulation.world import World

Seen = Counter[tuple[str, str]]

STATES: Mapping[str, tuple[str, ...]] = {
    "quote": ("draft", "waiting", "approved", "refused", "sent", "confirmed", "declined", "ordered",
              "expired", "superseded"),
    "said": ("by the manager", "by grant", "by code", "by hand", "on the page", "comment"),
    "order": ("rep", "quote", "customer", "accepted", "begun", "partly_delivered", "delivered",
              "cancelled", "needs_approval", "price_changed", "rules_superseded"),
    "edition": ("2", "3"),
    "return": ("1", "2"),
    "limit": tuple(f"{kind} {what}" for kind in ("budget", "uses", "stock", "credit", "prepay", "rebate",
                                                 "turn") for what in ("given", "spent", "over")),
    "rules": ("published", "month booked"),
}  # fmt: skip
TRANSITIONS: Mapping[str, tuple[str, ...]] = {
    "quote": ("draft > waiting", "waiting > approved", "waiting > refused", "approved > sent",
              "sent > confirmed", "sent > declined", "confirmed > ordered"),
    "order": ("needs_review > accepted", "accepted > begun", "begun > delivered", "accepted > cancelled",
              "partly_delivered > delivered", "delivered > partly_delivered"),
}  # fmt: skip


@dataclass
class Watched:
    """Where everything stood after the step before."""

    written: int = -1
    stands: dict[tuple[str, str], str] = field(default_factory=dict)
    seen: Seen = field(default_factory=Counter)


def after_step(world: World) -> None:
    """Count what stands elsewhere than before."""
    watched, written = world.own(Watched), world.written()
    if written == watched.written:
        return
    watched.written = written
    with world.server.reading() as connection:
        now = dict(_stands(connection))
    now |= {("quote", key): str(state) for key, (state, *_) in rounds.on_server(world).items()}
    for (kind, key), state in now.items():
        before = watched.stands.get((kind, key))
        if before != state:
            watched.seen[kind, state] += 1
            watched.seen[kind, f"{before} > {state}"] += before is not None
    watched.stands = now


def _stands(connection: Any) -> Iterator[tuple[tuple[str, str], str]]:
    for key, act, by, grant, code in run(
        connection, "SELECT id, act, by_id, grant_id, code_place FROM quote_act"
    ):  # fmt: skip
        if said := _said(act, by, grant, code):
            yield ("said", key), said
    for key, origin, status, code, fulfilment, edition in run(
        connection, 'SELECT id, origin, status, review_code, fulfilment, edition FROM "order"'
    ):  # fmt: skip
        yield ("order", f"{key} origin"), origin
        yield ("order", f"{key} review"), code or "no review"
        yield ("order", key), fulfilment if status == "accepted" and fulfilment != "open" else status
        yield ("edition", key), str(edition)
    for key, many in run(connection, "SELECT order_id, count(*) FROM order_return GROUP BY order_id"):
        yield ("return", key), str(many)
    for key, kind, spent, gone in run(connection, "SELECT id, kind, spent, archived_at FROM limit_slice"):
        yield ("limit", key), f"{kind} {'over' if gone else 'spent' if spent else 'given'}"
    for (number,) in run(connection, "SELECT number FROM rule_set"):
        yield ("rules", str(number)), "published"
    for (key,) in run(connection, "SELECT id FROM rebate_entry WHERE period_from IS NOT NULL"):
        yield ("rules", key), "month booked"


def _said(act: str, by: str | None, grant: str | None, code: int | None) -> str:
    if act == "approved":
        return "by grant" if grant else "by the manager" if code is None else "by code"
    if act == "commented":
        return "comment"
    if act in ("confirmed", "declined"):
        return "by hand" if by else "on the page"
    return ""


def table(seen: Seen) -> str:
    """Return what was reached in one line a kind, and what was not."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    never = []
    for known in (STATES, TRANSITIONS):
        for kind, states in known.items():
            lines[kind] += [f"{state} {seen[kind, state]}" for state in states if seen[kind, state]]
            never += [f"{kind} {state}" for state in states if not seen[kind, state]]
    told = [f"{kind:8} {', '.join(each)}" for kind, each in lines.items()]
    return "\n".join([*told, f"never    {', '.join(never) or 'nothing'}"])
