"""Quotes and their rounds (Q1 to Q3): made, submitted, decided, sent, answered, ordered; also by who may not.

Q1: a round becomes one order at most. Q2: nobody's approval of his own counts. Q3: what needs an
approval has one for its very content before it goes out. Q4: a round is what was saved.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.model.quotes import Act, Quote
from fieldcrm.rules.quotes import State
from fieldcrm.services import quotes
from fieldcrm.services.quotes import Terms
from server.database import run
from tests.simulation import rounds
from tests.simulation.accounts import SAVE_POINT
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import Violation
from tests.simulation.selling import excuse, hand_in
from tests.simulation.shop import mine, tried, wanted

if TYPE_CHECKING:
    from tests.simulation.world import World

GOING_OUT = ("sent", "confirmed", "ordered")
_MINE = {
    State.DRAFT: (Act.SUBMITTED, Act.SUBMITTED, Act.SENT), State.APPROVED: (Act.SENT,),
    State.SENT: (*(Act.CONFIRMED,) * 4, Act.DECLINED), State.CONFIRMED: (Act.ORDERED,),
}  # fmt: skip


@dataclass
class Offers:
    """Which orders were made of which round, on whatever laptop."""

    made_of: dict[str, str] = field(default_factory=dict)


def quote_goods(world: World, chance: random.Random) -> bool:
    """A rep makes an offer, or the next round of one."""
    laptop = world.someone(chance)
    before = mine(laptop, chance, "quote", "archived_at IS NULL") if chance.random() < 0.4 else None
    lines, at = wanted(world, chance, dear=chance.random() < 0.7), laptop.clock.now()
    fees = (("freight", Decimal("12.50")),) if chance.random() < 0.3 else ()
    terms = Terms(business_day(at) + timedelta(chance.choice((2, 30))), fees, world.fresh("offer"))
    account = world.one(laptop, "account", chance)

    def work(session: Session) -> None:
        first = session.get_one(Quote, before) if before else None
        of, family = (first.account_id, first.family_id) if first else (account, None)
        quotes.save(session, of, lines, terms, me=laptop.user, at=at, family_id=family)

    able = before is not None or account is not None
    return able and tried(laptop, work, SAVE_POINT if chance.random() < 0.1 else None)


def go_on_with_quote(world: World, chance: random.Random) -> bool:
    """A rep does the next thing with a round of his: submits, sends, writes down what its customer says."""
    laptop = world.someone(chance)
    quote = rounds.mine_at(laptop, chance, *_MINE)
    return quote is not None and go_on(world, chance, laptop, quote)


def go_on(world: World, chance: random.Random, laptop: Laptop, quote: UUID) -> bool:
    """Do the next thing with this round on this laptop, now and then as the program dies."""
    at = laptop.clock.now()

    def work(session: Session) -> None:
        row = session.get_one(Quote, quote)
        now = quotes.state(session, row, business_day(at))
        act = chance.choice(_MINE.get(now, (Act.SUBMITTED,)))
        if act is Act.ORDERED:
            order(world, session, laptop, quote, at)
        else:
            act = Act.SENT if now is State.DRAFT and row.approver is None else act
            quotes.do(session, quote, act, me=laptop.user, at=at)

    return tried(laptop, work, SAVE_POINT if chance.random() < 0.1 else None)


def order(world: World, session: Session, laptop: Laptop, quote: UUID, at: Any) -> None:
    """Make the order of a confirmed round and hand it in."""
    made, _ = quotes.make_order(session, quote, me=laptop.user, at=at)
    session.flush()
    hand_in(session, made, at)
    world.own(Offers).made_of[str(made)] = str(quote)


def decide_quote(world: World, chance: random.Random) -> bool:
    """The manager agrees to a round that waits, or refuses it; he tries with his own, too."""
    laptop = world.laptops[2]
    if laptop.is_locked:
        return False
    waiting = [key for key, (now, *_) in rounds.on_laptop(laptop).items() if now is State.WAITING]
    return bool(waiting) and decide(world, chance, UUID(chance.choice(waiting)))


def decide(world: World, chance: random.Random, quote: UUID) -> bool:
    """Let the manager decide about this round."""
    laptop, act = world.laptops[2], chance.choice((Act.APPROVED, Act.APPROVED, Act.REFUSED))
    at = laptop.clock.now()
    return tried(laptop, lambda session: quotes.do(session, quote, act, me=laptop.user, at=at))


def cheat(world: World, chance: random.Random) -> bool:
    """Somebody's altered program writes an act down that its own rules forbid."""
    laptop = world.laptops[2] if chance.random() < 0.5 else world.someone(chance)
    if laptop.is_locked:
        return False
    quote, at = rounds.unagreed(laptop, chance), laptop.clock.now()
    if quote is None:
        return False
    act = chance.choice((Act.APPROVED, Act.SENT, Act.SENT, Act.CONFIRMED))
    return laptop.save(
        lambda s: quotes.write(s, s.get_one(Quote, quote), act, me=laptop.user, at=at)
    )  # fmt: skip


RULES = {
    "quote_goods": (5, quote_goods), "go_on_with_quote": (5, go_on_with_quote),
    "decide_quote": (2, decide_quote), "cheat": (2, cheat),
}  # fmt: skip


# -- predicates -----------------------------------------------------------------------------------


def at_rest(world: World) -> None:
    """Look at every round and at every act that the server holds."""
    with world.server.reading() as connection:
        _one_order_each(world, connection)
        _approved_by_others(world, connection)
        _approved_before_it_went_out(world, connection)
        _as_it_was_saved(world, connection)
        _prices_stand(world, connection)


def _one_order_each(world: World, connection: Any) -> None:
    """Q1: a round was ordered once at most, but for cancelled orders; one order is under way at most."""
    twice = run(connection, "SELECT a.quote_id FROM quote_act a LEFT JOIN \"order\" o ON o.id = a.order_id "
                "WHERE a.act = 'ordered' AND coalesce(o.status, '') <> 'cancelled' GROUP BY a.quote_id "
                "HAVING count(*) > 1").first()  # fmt: skip
    if twice:
        raise Violation(f"Q1 round {twice[0]} was ordered twice")
    living = run(connection, "SELECT id FROM \"order\" WHERE status IN ('submitted', 'accepted') OR "
                 "(status = 'needs_review' AND review_code <> 'quote_not_ordered')")  # fmt: skip
    made_of = world.own(Offers).made_of
    orders = Counter(made_of[order] for (order,) in living if order in made_of)
    for quote, many in orders.items():
        world.checked("Q1")
        if many > 1:
            raise Violation(f"Q1 {many} orders of round {quote} are under way")


def _approved_by_others(world: World, connection: Any) -> None:
    """Q2: whoever agreed or refused is not who made the offer."""
    rows = run(
        connection, "SELECT a.quote_id, a.by_id, a.approver_id, q.rep_id FROM quote_act a "
        "JOIN quote q ON q.id = a.quote_id WHERE a.act IN ('approved', 'refused')",
    )  # fmt: skip
    for quote, by, approver, rep in rows:
        world.checked("Q2")
        if (approver or by) == rep:
            raise Violation(f"Q2 round {quote} was decided by who made it")


def _approved_before_it_went_out(world: World, connection: Any) -> None:
    """Q3: an approval of this content came before whatever went out, and nothing else counts for one."""
    rows = run(
        connection, "SELECT q.id, q.content, q.approver, a.act, a.content, a.version FROM quote_act a "
        "JOIN quote q ON q.id = a.quote_id WHERE a.act IN ?", list(GOING_OUT),
    ).all()  # fmt: skip
    for quote, content, approver, act, seen, _ in rows:
        world.checked("Q3")
        if seen != content:
            raise Violation(f"Q3 {act} of round {quote} is about another content")
        agreed = run(connection, "SELECT 1 FROM quote_act WHERE quote_id = ? AND act = 'approved' "
                     "AND content = ?", quote, content).first()  # fmt: skip
        if approver is not None and agreed is None:
            raise Violation(f"Q3 round {quote} was {act} without the approval of {approver}")


def _as_it_was_saved(world: World, connection: Any) -> None:
    """Q4: rounds of a family are numbered, the content says what was saved, and every line is there."""
    for mutation_id, outcome in world.oracle.answers.items():
        mutation = world.oracle.sealed[mutation_id]
        if mutation["agg"][0] != "quote" or outcome not in ("applied", "merged"):
            continue
        world.checked("Q4")
        doc, quote = mutation["doc"], mutation["agg"][1]
        held = run(connection, "SELECT content, round, family_id FROM quote WHERE id = ?", quote).first()
        lines = run(connection, "SELECT count(*) FROM quote_line WHERE quote_id = ?", quote).scalar()
        said = (doc["content"], doc["round"], doc["family_id"])
        if held is None or tuple(held) != said or lines != len(doc["lines"]):
            raise Violation(f"Q4 round {quote} is {held} with {lines} lines, it was saved as {said}")


def _prices_stand(world: World, connection: Any) -> None:
    """S3: a round costs on the server what it costs on the laptop that used the same rules."""
    rows = run(
        connection, "SELECT q.id, q.review_code, q.rule_set, max(s.number) FROM quote q JOIN rule_set s "
        "ON s.valid_from <= q.quoted_at WHERE q.review_code IS NOT NULL GROUP BY q.id",
    )  # fmt: skip
    for quote, code, taken_on, in_force in rows:
        world.checked("S3")
        if taken_on == in_force and not excuse(world):
            raise Violation(f"S3 round {quote} by set {taken_on} does not stand: {code}")
