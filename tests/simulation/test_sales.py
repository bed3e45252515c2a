"""Histories of sales keep every predicate of issue 5, and short stories show the mistakes these catch.

Quotes, editions, returns, codes by phone, rules that change meanwhile, customers' own orders:
under the same crashes, lost replies, restores and copies as all histories.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from unittest import mock
from uuid import UUID

import pytest

from fieldcrm import clock, faults
from fieldcrm.clock import business_day
from fieldcrm.model.quotes import Act, Quote
from fieldcrm.services import orders, quote_codes, quotes, returns
from fieldcrm.services.pricing import DraftLine
from fieldcrm.services.quotes import Terms
from server import deliveries, records
from tests.simulation import consents, customers, exchanges, publishing, selling
from tests.simulation import run as runner
from tests.simulation.history import Result, drawn, heard, play
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import Violation
from tests.simulation.process import numbered
from tests.simulation.shop import Shop, at_the_desk, give_out
from tests.simulation.templates import Templates
from tests.simulation.topics import SALES
from tests.simulation.world import World

SEED = 907
STEPS = 200
REP, BOSS, HIS_OTHER = 0, 2, 3
COMES_TO = (
    ("quote", "sent"), ("order", "accepted"), ("order", "delivered"), ("return", "1"),
    ("rules", "published"), ("limit", "credit spent"),
)  # fmt: skip
Story = Callable[[World], None]


@pytest.fixture(scope="module")
def templates() -> Iterator[Templates]:
    with runner.prepared() as made:
        yield made


def test_a_history_of_sales_keeps_every_predicate_and_comes_far() -> None:
    result = runner.run(STEPS, SEED, cast=SALES)
    assert result.violations == []
    assert [place for place in COMES_TO if not result.reached[place]] == []


def test_a_history_of_sales_comes_again_byte_for_byte(templates: Templates) -> None:
    """Ids, tokens and keys are drawn from its seed, so that what broke once breaks again."""

    def told(world: World) -> list[list[bytes]]:
        return [laptop.old_bodies for laptop in world.laptops]

    steps = drawn(SEED, 12, SALES)
    once, again = (play(steps, templates, Result(SEED), at_end=told, cast=SALES) for _ in range(2))
    assert once == again


def waits_for_its_prices(templates: Templates) -> None:
    """Publish prices, cut the page after the set's own row, and take an order."""
    trail = heard("publish_rules:bcc98ecf sync:276dbdce take_order:58249abb")
    play(trail, templates, Result(1019809000), cast=SALES)


def test_a_set_whose_prices_are_on_their_way_is_not_sold_by(templates: Templates) -> None:
    waits_for_its_prices(templates)
    with faults.plant("set_before_its_books"), pytest.raises(Violation, match="S3"):
        waits_for_its_prices(templates)


def test_a_leaver_does_not_spend_his_slice_twice(templates: Templates) -> None:
    """His order stays on his laptop when it was handed in, though no row comes back to say so."""
    trail = heard(
        "make_leaver:48809a4b take_order:41893884 sync:269cfa66 take_order:19e56e7a follow_order:db41e74f"
        " take_order:76d70a6d order_alone:a8a9133 order_alone:d6bc56bb"
    )
    play(trail, templates, Result(2170019926), cast=SALES)


@contextmanager
def selling_world(templates: Templates) -> Iterator[World]:
    """Make a world in which everybody is up to date, as a day's work begins."""
    with numbered(7):
        world = World(templates, SALES.topics)
        with mock.patch.object(clock, "now", world.clock.now):
            try:
                sync(world, REP, 1, BOSS, HIS_OTHER)
                yield world
            finally:
                world.close()


def sync(world: World, *who: int) -> None:
    for each in who:
        exchanges.whole_cycle(world, each)


def store_of(laptop: Laptop) -> UUID:
    return UUID(laptop.raw("SELECT id FROM account ORDER BY id")[0][0])


def tea(world: World, quantity: int, asked: str | None = None) -> list[DraftLine]:
    price = None if asked is None else Decimal(asked)
    return [DraftLine(world.own(Shop).goods["tea"], "箱", Decimal(quantity), price)]


def ordered(
    world: World, laptop: Laptop, quantity: int = 2, lines: list[DraftLine] | None = None
) -> UUID:  # fmt: skip
    made: list[UUID] = []

    def work(session: object) -> None:
        at = world.clock.now()
        made.append(orders.start(session, store_of(laptop), me=laptop.user, at=at))  # type: ignore[arg-type]
        orders.save(session, made[0], lines or tea(world, quantity), at=at)  # type: ignore[arg-type]
        selling.hand_in(session, made[0], at)  # type: ignore[arg-type]

    assert laptop.save(work)
    return made[0]


def offered(world: World, laptop: Laptop) -> UUID:
    """Keep a round whose discount a manager must agree to, and submit it."""
    made: list[UUID] = []

    def work(session: object) -> None:
        at = world.clock.now()
        terms = Terms(business_day(at) + timedelta(20), (), world.fresh("offer"))
        lines = tea(world, 2, "44.50")
        made.append(quotes.save(session, store_of(laptop), lines, terms, me=laptop.user, at=at))  # type: ignore[arg-type]
        quotes.do(session, made[0], Act.SUBMITTED, me=laptop.user, at=at)  # type: ignore[arg-type]

    assert laptop.save(work)
    return made[0]


def written(world: World, laptop: Laptop, quote: UUID, act: Act) -> None:
    """Write an act down as an altered program does, which asks no rule."""
    at = world.clock.now()
    laptop.save(lambda s: quotes.write(s, s.get_one(Quote, quote), act, me=laptop.user, at=at))


# -- stories ---------------------------------------------------------------------------------------


def approves_himself(world: World) -> None:
    boss = world.laptops[BOSS]
    quote = offered(world, boss)
    sync(world, BOSS)
    written(world, boss, quote, Act.APPROVED)


def sends_unapproved(world: World) -> None:
    rep = world.laptops[REP]
    made = offered(world, rep)
    sync(world, REP)
    written(world, rep, made, Act.SENT)
    at, lines = world.clock.now(), tea(world, 2, "44.50")
    terms = Terms(business_day(at) + timedelta(20), (), "never submitted")
    fresh: list[UUID] = []
    rep.save(lambda s: fresh.append(quotes.save(s, store_of(rep), lines, terms, me=rep.user, at=at)))
    sync(world, REP)
    written(world, rep, fresh[0], Act.SENT)


def uses_a_code_twice(world: World) -> None:
    """Two laptops of one rep get the same code for two rounds that say the same to the manager."""
    rep, boss = world.laptops[REP], world.laptops[BOSS]
    first = offered(world, rep)
    sync(world, REP)
    at = world.clock.now()
    with rep.database.reading() as session:
        asked = quote_codes.ask(session, first, boss.user, rep.device, at)
    code = consents.read_back(world, boss, asked)
    said = quote_codes.matched(asked, code)
    rep.save(lambda s: quote_codes.accept(s, asked, said, code, me=rep.user, at=at))
    sync(world, REP)
    again = offered(world, rep)
    with faults.plant("phone_code_believed"):  # as if it were the same content: only its use is in question
        rep.save(lambda s: consents.used_again(s, rep, asked, again, code, at))
        sync(world, REP)


def orders_one_round_on_two_laptops(world: World) -> None:
    rep, boss, other = world.laptops[REP], world.laptops[BOSS], world.laptops[HIS_OTHER]
    quote = offered(world, rep)
    sync(world, REP, BOSS)
    at = world.clock.now()
    boss.save(lambda s: quotes.do(s, quote, Act.APPROVED, me=boss.user, at=at))
    sync(world, BOSS, REP)
    for act in (Act.SENT, Act.CONFIRMED):
        rep.save(lambda s, act=act: quotes.do(s, quote, act, me=rep.user, at=world.clock.now()))
    sync(world, REP, HIS_OTHER)
    for laptop in (rep, other):
        laptop.save(lambda s, laptop=laptop: quotes_order(world, s, laptop, quote))


def quotes_order(world: World, session: object, laptop: Laptop, quote: UUID) -> None:
    from tests.simulation.quotes import order

    order(world, session, laptop, quote, world.clock.now())  # type: ignore[arg-type]


def amends_on_two_laptops(world: World) -> None:
    rep, other = world.laptops[REP], world.laptops[HIS_OTHER]
    order = ordered(world, rep)
    sync(world, REP, HIS_OTHER)
    for quantity, laptop in enumerate((rep, other), 3):
        at, lines = world.clock.now(), tea(world, quantity)
        laptop.save(lambda s, at=at, lines=lines: orders.amend(s, order, lines, reason="other", at=at))


def books_a_month_again(world: World) -> None:
    ordered(world, world.laptops[REP], 3)
    sync(world, REP)
    world.clock.tick(20 * 86_400_000)
    for _ in range(2):
        publishing.book_rebates(world, random.Random(1))


def sells_by_what_it_was_given_while_rules_change(world: World) -> None:
    """The laptop takes less off than the budget would allow, because its slice is smaller (S3)."""
    rep, shop = world.laptops[REP], world.own(Shop)
    lines = [DraftLine(shop.goods["rare"], "箱", Decimal(1), None), *tea(world, 9)]
    at = world.clock.now()

    def work(session: object) -> None:
        order = orders.start(session, store_of(rep), me=rep.user, at=at)  # type: ignore[arg-type]
        orders.save(session, order, lines, at=at)  # type: ignore[arg-type]
        orders.submit(session, order, at=at)  # type: ignore[arg-type]

    number = publishing.publish_set(world, "the same again")
    shop.prices[number], shop.off[number] = dict(shop.prices[1]), shop.off[1]
    assert rep.save(work)


def comes_back_before_and_after_it_is_said_to_be_delivered(world: World) -> None:
    """What came back of one line before anything was said to be delivered takes nothing from another."""
    rep, shop = world.laptops[REP], world.own(Shop)
    order = ordered(world, rep, lines=[*tea(world, 2), DraftLine(shop.goods["rare"], "箱", Decimal(2))])
    sync(world, REP)
    first, second = (line for (line,) in rep.raw("SELECT id FROM order_line WHERE order_id = ? ORDER BY id",
                                                 str(order)))  # fmt: skip
    brings_back(world, order, first)
    said = {"quantities": {second: "1"}, "delivered_on": "2026-03-01", "reference": "late", "note": ""}
    by, at = at_the_desk(world), world.clock.now()
    with world.server.writing() as connection:
        deliveries.deliver(connection, records.locked(connection, "order", order, []), said, by, at)
    sync(world, REP)
    brings_back(world, order, second)


def brings_back(world: World, order: UUID, line: str) -> None:
    rep, at = world.laptops[REP], world.clock.now()
    told = {line: Decimal(1)}
    assert rep.save(lambda s: returns.make(s, order, told, "broken", me=rep.user, at=at))
    sync(world, REP)
    world.tell("after_step")


def customer_orders_alone(world: World) -> None:
    assert sum(customers.order_alone(world, random.Random(seed)) for seed in range(6))


STORIES: dict[str, tuple[Story, str]] = {
    "own_yes_counts": (approves_himself, "Q2"),
    "sent_unapproved": (sends_unapproved, "Q3"),
    "code_used_twice": (uses_a_code_twice, "Q6"),
    "quote_ordered_twice": (orders_one_round_on_two_laptops, "Q1"),
    "edition_not_kept": (amends_on_two_laptops, "S2"),
    "newer_without_slices": (sells_by_what_it_was_given_while_rules_change, "S3"),
    "offer_without_slices": (approves_himself, "S3"),
    "page_takes_slices": (customer_orders_alone, "S3"),
    "period_forgotten": (books_a_month_again, "P3"),
}


def test_the_stories_are_clean(templates: Templates) -> None:
    with selling_world(templates) as world:
        for story, _ in STORIES.values():
            story(world)
            sync(world, REP, BOSS, HIS_OTHER)
            give_out(world)
            sync(world, REP, BOSS, HIS_OTHER)
        world.settle()
        assert {"Q1", "Q2", "Q6", "S2", "P3"} <= set(world.checks)


def test_returns_before_and_after_a_delivery_is_said_keep_every_predicate(templates: Templates) -> None:
    with selling_world(templates) as world:
        comes_back_before_and_after_it_is_said_to_be_delivered(world)
        world.settle()
        assert world.checks["S5"]


@pytest.mark.parametrize("bug", STORIES)
def test_a_planted_bug_is_caught_by_a_story_that_is_clean_without_it(bug: str, templates: Templates) -> None:
    story, predicate = STORIES[bug]

    def told(world: World) -> None:
        story(world)
        world.settle()

    with selling_world(templates) as world, faults.plant(bug), pytest.raises(Violation, match=predicate):
        told(world)
