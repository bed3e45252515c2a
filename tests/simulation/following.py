"""What a day brings on: a round or an order is taken one step further by whoever has to act next.

Random hands seldom meet the one round that waits for them; so these look at where it stands on the
server, let the one whose turn it is hear of it, and let him act. Bad luck meets them as well. Also the
same thing done at once on both laptops of a rep, who has not heard of himself.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from fieldcrm.rules.quotes import State
from server.database import run
from tests.simulation import consents, customers, exchanges, fulfilment, quotes, rounds, selling
from tests.simulation.laptop import Laptop

if TYPE_CHECKING:
    from tests.simulation.world import World

BOSS = 2
_BOTH = (0, 3)  # the two laptops of one rep
_TURNS = (State.DRAFT, State.WAITING, State.APPROVED, State.SENT, State.CONFIRMED)
_ORDERS = "SELECT id, rep_id, status, fulfilment FROM \"order\" WHERE status <> 'cancelled' ORDER BY id"
_HOLDS = 'SELECT 1 FROM quote WHERE id = ? UNION SELECT 1 FROM "order" WHERE id = ?'


def follow_quote(world: World, chance: random.Random) -> bool:
    """A round goes one step further; rounds that have come far are taken as often as new ones."""
    found = rounds.on_server(world)
    turns = sorted({now for now, *_ in found.values()} & set(_TURNS))
    if not turns:
        return False
    turn = chance.choice(turns)
    quote = chance.choice([key for key, (now, *_) in found.items() if now is turn])
    if turn is State.SENT and chance.random() < 0.5:
        return customers.answer(world, chance, quote)
    if turn is State.WAITING and chance.random() < 0.4:
        boss = world.laptops[BOSS]
        return _told(world, chance, boss, quote, lambda _: quotes.decide(world, chance, UUID(quote)))
    return _told(world, chance, _one_of(world, chance, found[quote][1]), quote,
                 lambda laptop: _brought_on(world, chance, laptop, UUID(quote), turn))  # fmt: skip


def _brought_on(world: World, chance: random.Random, laptop: Laptop, quote: UUID, turn: State) -> bool:
    if turn is not State.WAITING:
        return quotes.go_on(world, chance, laptop, quote)
    if chance.random() < 0.5:
        return consents.grant(chance, laptop, quote)
    other = rounds.unagreed(laptop, chance) if chance.random() < 0.4 else None
    return consents.phone(world, laptop, quote, other)


def follow_order(world: World, chance: random.Random) -> bool:
    """An order goes one step further: corrected or agreed to, begun, delivered, brought back, amended."""
    with world.server.reading() as connection:
        found = run(connection, _ORDERS).all()
    if not found:
        return False
    stands = chance.choice(sorted({row[2:] for row in found}))
    order, rep, status, _ = chance.choice([row for row in found if row[2:] == stands])
    key = UUID(order)
    if status == "needs_review" and chance.random() < 0.5:
        return _told(world, chance, world.laptops[BOSS], order, lambda boss: selling.approve(boss, key))
    if status == "accepted" and chance.random() < 0.4:
        doing = chance.choice((fulfilment.office_begins, *(fulfilment.office_delivers,) * 3))
        return doing(world, chance, key)
    act = {"needs_review": selling.correct}.get(status, chance.choice((fulfilment.bring_back, selling.amend)))
    return _told(world, chance, _one_of(world, chance, UUID(rep)), order,
                 lambda laptop: act(world, chance, laptop, key))  # fmt: skip


def do_at_once(world: World, chance: random.Random) -> bool:
    """A rep does the same on both of his laptops, neither of which has heard of the other."""
    both = [world.laptops[n] for n in _BOTH]
    if any(laptop.is_locked for laptop in both):
        return False
    for laptop in (*both, *both):
        _hear(world, laptop)
    acts = chance.sample((_order_one_round, _amend_one, _bring_back_one, _spend_one_grant), 4)
    return any(act(world, chance, both) for act in acts)


def _order_one_round(world: World, chance: random.Random, both: list[Laptop]) -> bool:
    quote = rounds.mine_at(both[0], chance, State.CONFIRMED)
    if quote is None:
        return False
    return _each(both, lambda each: _holds(each, str(quote)) and quotes.go_on(world, chance, each, quote))


def _amend_one(world: World, chance: random.Random, both: list[Laptop]) -> bool:
    order = selling.mine(both[0], chance, "order", "status = 'accepted'")
    return order is not None and _each(both, lambda laptop: selling.amend(world, chance, laptop, order))


def _bring_back_one(world: World, chance: random.Random, both: list[Laptop]) -> bool:
    order = selling.mine(both[0], chance, "order", "status = 'accepted'")
    return order is not None and _each(
        both, lambda laptop: fulfilment.bring_back(world, chance, laptop, order)
    )  # fmt: skip


def _spend_one_grant(world: World, chance: random.Random, both: list[Laptop]) -> bool:
    """Each agrees to a round, perhaps another one, with what both were allowed."""
    if not both[0].raw("SELECT 1 FROM quote_grant WHERE archived_at IS NULL"):
        if not consents.give_grant(world, chance):
            return False
        for laptop in (world.laptops[BOSS], *both):
            _hear(world, laptop)

    def spend(laptop: Laptop) -> bool:
        quote = rounds.unagreed(laptop, chance)
        return quote is not None and consents.grant(chance, laptop, quote)

    return _each(both, spend)


def _each(both: list[Laptop], act: Callable[[Laptop], bool]) -> bool:
    done = [act(laptop) for laptop in both]
    return any(done)


def _one_of(world: World, chance: random.Random, rep: UUID) -> Laptop | None:
    """Draw a laptop of this rep."""
    found = [laptop for laptop in world.laptops if laptop.user == rep and not laptop.is_locked]
    return chance.choice(found) if found else None


def _told(
    world: World, chance: random.Random, laptop: Laptop | None, row: str, act: Callable[[Laptop], bool]
) -> bool:  # fmt: skip
    """Let somebody hear of the latest, act, and mostly hand in what he did, well or badly."""
    if laptop is None or laptop.is_locked:
        return False
    _hear(world, laptop)
    done = _holds(laptop, row) and act(laptop)
    if done and chance.random() < 0.8:
        luck = exchanges.luck(chance) if chance.random() < 0.3 else exchanges.GOOD
        exchanges.exchange_once(world, laptop, luck)
    return done


def _holds(laptop: Laptop, row: str) -> bool:
    """Whether a round or an order has reached this laptop: it may have been lost, or left behind."""
    return bool(laptop.raw(_HOLDS, row, row))


def _hear(world: World, laptop: Laptop) -> None:
    exchanges.exchange_once(world, laptop)


RULES = {
    "follow_quote": (12, follow_quote), "follow_order": (8, follow_order), "do_at_once": (4, do_at_once),
}  # fmt: skip
