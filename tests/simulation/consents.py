"""A yes without a network: grants given beforehand, codes read over the phone (Q3).

Q5: a grant approves no more than it says. Q6: a code approves one round, once.
"""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.model.quotes import Quote
from fieldcrm.services import quote_codes, quote_grants, quotes
from fieldcrm.services.quote_codes import Asked, Heard
from fieldcrm.services.quote_grants import Form
from fieldcrm.storage import device
from server.database import run
from tests.simulation import rounds
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import Violation
from tests.simulation.shop import SCALE, tried

if TYPE_CHECKING:
    from tests.simulation.world import World


def give_grant(world: World, chance: random.Random) -> bool:
    """The manager allows a rep some rounds beforehand."""
    laptop, (rep, _) = world.laptops[2], world.users[0]
    if laptop.is_locked:
        return False
    at, count = laptop.clock.now(), chance.choice((1, 1, 2))
    form = Form(rep, Decimal(10), business_day(at) + timedelta(20), max_count=count, max_sum=Decimal(250))
    return tried(laptop, lambda session: quote_grants.give(session, form, me=laptop.user, at=at))


def end_grant(world: World, chance: random.Random) -> bool:
    """The manager ends a grant."""
    laptop = world.laptops[2]
    found = laptop.raw("SELECT id FROM quote_grant WHERE archived_at IS NULL ORDER BY id")
    if laptop.is_locked or not found:
        return False
    grant, at = UUID(chance.choice(found)[0]), laptop.clock.now()
    return tried(laptop, lambda session: quote_grants.end(session, grant, at))


def use_grant(world: World, chance: random.Random) -> bool:
    """A rep approves a round of his with what he was allowed."""
    laptop = world.someone(chance)
    quote = rounds.unagreed(laptop, chance)
    return quote is not None and grant(chance, laptop, quote)


def grant(chance: random.Random, laptop: Laptop, quote: UUID) -> bool:
    """Approve this round on this laptop with a grant that covers it, as far as the laptop knows."""
    at = laptop.clock.now()

    def work(session: Session) -> None:
        key = device.server_key(session)
        found = quote_grants.usable(session, session.get_one(Quote, quote), business_day(at), key)
        if found:
            chosen = chance.choice(found).id
            quote_grants.use(session, quote, chosen, me=laptop.user, at=at, server_key=key)

    return tried(laptop, work)


def phone_manager(world: World, chance: random.Random) -> bool:
    """A rep reads a round out, the manager reads a code back; now and then it is used for another round."""
    laptop = world.someone(chance)
    quote = rounds.unagreed(laptop, chance)
    other = rounds.unagreed(laptop, chance) if chance.random() < 0.3 else None
    return quote is not None and phone(world, laptop, quote, other)


def phone(world: World, laptop: Laptop, quote: UUID, other: UUID | None = None) -> bool:
    """Let the manager agree to this round over the phone; ``other`` is said to be agreed to as well."""
    boss, at = world.laptops[2], laptop.clock.now()
    if boss.is_locked or boss.user == laptop.user:
        return False

    def work(session: Session) -> None:
        asked = quote_codes.ask(session, quote, boss.user, laptop.device, at)
        code = read_back(world, boss, asked)
        quote_codes.accept(session, asked, quote_codes.matched(asked, code), code, me=laptop.user, at=at)
        if other not in (None, quote):
            used_again(session, laptop, asked, other, code, at)

    return tried(laptop, work)


def read_back(world: World, boss: Laptop, asked: Asked) -> str:
    """Return the code that the manager reads back."""
    said = asked.said
    with boss.database.reading() as session:
        told = device.fact(session, device.TOKENS)["approver_key"]
        heard = Heard(said.rep_id, asked.challenge, said.account_id, said.total, said.percent)
        return quote_codes.answer(
            session, quote_codes.key_of(told), heard, me=boss.user, at=world.clock.now()
        )  # fmt: skip


def used_again(
    session: Session, laptop: Laptop, asked: Asked, other: UUID, code: str, at: Any
) -> None:  # fmt: skip
    """Do what only an altered program does: take the same code for another round."""
    said, quote = asked.said, session.get_one(Quote, other)
    quotes.consent(session, quote, asked.approver_id, me=laptop.user, at=at, code=code.replace("-", ""),
                   code_place=said.place, code_on=said.on)  # fmt: skip


RULES = {
    "give_grant": (1, give_grant), "end_grant": (1, end_grant), "use_grant": (3, use_grant),
    "phone_manager": (3, phone_manager),
}  # fmt: skip


# -- predicates -----------------------------------------------------------------------------------


def at_rest(world: World) -> None:
    """Look at every approval that its author wrote down."""
    with world.server.reading() as connection:
        grants = run(
            connection, "SELECT g.id, g.max_count, g.max_sum, count(a.id), sum(q.total_amount), "
            "max(q.discount_percent), g.up_to_percent FROM quote_grant g "
            "JOIN quote_act a ON a.grant_id = g.id JOIN quote q ON q.id = a.quote_id GROUP BY g.id",
        ).all()  # fmt: skip
        codes = run(
            connection, "SELECT by_id, approver_id, code_place, count(*) FROM quote_act "
            "WHERE code_place IS NOT NULL GROUP BY by_id, approver_id, code_place",
        ).all()  # fmt: skip
    for grant, count, most, used, worth, percent, limit in grants:
        world.checked("Q5")
        if used > (count or used) or worth > (most or worth) or percent > limit:
            raise Violation(f"Q5 grant {grant} of {count}, {most} approved {used} over {worth / SCALE}")
    for rep, _, place, used in codes:
        world.checked("Q6")
        if used > 1:
            raise Violation(f"Q6 the code at place {place} of {rep} approved {used} rounds")
