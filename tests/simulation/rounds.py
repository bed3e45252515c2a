"""Where rounds of quotes stand, by the rows of a laptop or of the server."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fieldcrm.clock import business_day
from fieldcrm.rules import quotes
from fieldcrm.rules.quotes import Act, Done, Round, State
from server.database import run

if TYPE_CHECKING:
    from tests.simulation.laptop import Laptop
    from tests.simulation.world import World

_ROUNDS = "SELECT id, rep_id, content, approver, valid_until, family_id, round FROM quote ORDER BY id"
_ACTS = """SELECT a.quote_id, a.act, a.content, a.by_id, a.approver_id, o.status FROM quote_act a
    LEFT JOIN "order" o ON o.id = a.order_id ORDER BY a."at", a.id"""
Stands = dict[str, tuple[State, UUID, str | None]]  # where, whose, who must agree


def states(ask: Callable[[str], Iterable[Any]], today: date) -> Stands:
    """Return where each round stands, whose it is and who has to agree to it."""
    acts: defaultdict[str, list[Done]] = defaultdict(list)
    for quote, act, content, by, approver, order in ask(_ACTS):
        undone = order == "cancelled"
        acts[quote].append(Done(Act(act), content, _id(by), _id(approver), undone=undone))
    rows, last = list(ask(_ROUNDS)), defaultdict[str, int](int)
    for *_, family, number in rows:
        last[family] = max(last[family], number)
    found = {}
    for key, rep, content, approver, until, family, number in rows:
        of = Round(UUID(rep), content, approver, date.fromisoformat(until))
        now = quotes.state(of, acts[key], today, newer=number < last[family])
        found[key] = now, of.rep_id, approver
    return found


def on_server(world: World) -> Stands:
    """Return where rounds stand as the server has it."""
    with world.server.reading() as connection:
        return states(lambda query: run(connection, query).all(), business_day(world.clock.now()))


def on_laptop(laptop: Laptop) -> Stands:
    """Return where rounds stand as a laptop has it."""
    return states(laptop.raw, business_day(laptop.clock.now()))


def mine_at(laptop: Laptop, chance: random.Random, *wanted: State) -> UUID | None:
    """Draw one of a rep's own rounds that stands so, as his laptop has it."""
    found = [key for key, (now, rep, _) in on_laptop(laptop).items() if now in wanted and rep == laptop.user]
    return UUID(chance.choice(found)) if found else None


def unagreed(laptop: Laptop, chance: random.Random) -> UUID | None:
    """Draw one of a rep's own rounds to which somebody still has to agree."""
    early = (State.DRAFT, State.WAITING)
    found = [
        key for key, (now, rep, approver) in on_laptop(laptop).items()
        if now in early and rep == laptop.user and approver is not None
    ]  # fmt: skip
    return UUID(chance.choice(found)) if found else None


def _id(told: str | None) -> UUID | None:
    return None if told is None else UUID(told)
