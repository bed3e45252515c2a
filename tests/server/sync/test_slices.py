"""Devices that sell without a network never spend more than there is, and are not refused for it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import pytest

from fieldcrm import clock, faults
from fieldcrm.clock import to_ms
from fieldcrm.rules import slices as rules
from fieldcrm.sync.protocol import Mutation, SyncRequest, Want
from server import calling_back, handing, ledger
from server.database import run
from server.exchange import exchange
from server.rule_sets import Change
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON, PlainLaptop, outcome
from tests.server.sync.test_ledger import TEN, discounted, published
from tests.server.sync.test_orders import line, order_doc, submit

BUDGET = Decimal(400)
FULL = Decimal("9.60")
SHARED = Change(TEN.cls, TEN.code, dict(TEN.fields or {}) | {"budget": BUDGET})


class Seller(PlainLaptop):
    """A laptop that sells two cases at a time and spends only what it was given, offline."""

    def __init__(self, company: Company) -> None:
        super().__init__(company.database, company.rep)
        self.company = company
        self.waiting: dict[str, Decimal] = {}
        self.queue: list[Mutation] = []
        self.answers: list[str] = []

    @property
    def left(self) -> Decimal:
        """What its own slices still allow, less its orders that nobody accepted yet."""
        mine = [each for each in self.bodies("limit_slice") if each["device_id"] == str(self.id)]
        valid = [each for each in mine if to_ms(self.at) < each["expires_at"]]
        given = sum((Decimal(each["amount"]) - Decimal(each["spent"]) for each in valid), Decimal())
        return max(given - sum(self.waiting.values()), Decimal())

    def sell(self) -> None:
        """Take an order."""
        cost = min(FULL, self.left)
        order = self.create("order", priced(self.company, cost))
        self.waiting[order.agg[1]] = cost
        self.queue += [order, submit(self, order)]

    def talk(self, *, lost: bool = False, only: int | None = None) -> None:
        """Send what waits; a lost answer is as if the laptop died before it came."""
        sent = self.queue[:only]
        if lost:
            asked = SyncRequest(
                dev=str(self.id), schema=1, n_next=self.n + 1, push=sent, cursor=self.cursor, want=Want()
            )
            exchange(self.database, self.principal, asked, at=self.at)
            return
        acks = self.exchange(*sent).acks
        self.answers += [outcome(ack).replace("dup", "applied") for ack in acks]
        self.queue = self.queue[len(sent) :]
        self.sync()
        for key in list(self.waiting):
            if (self.body("order", key) or {}).get("status") == "accepted":
                del self.waiting[key]


def priced(company: Company, cost: Decimal) -> dict[str, object]:
    """Return the order as a laptop prices it that has ``cost`` left."""
    net = Decimal(96) - cost
    tax = (net - net / Decimal("1.13")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    if cost:
        return discounted(company, f"{cost:.2f}", f"{net:.2f}", f"{tax:.2f}")
    goods = line(company, net_amount="96.00", tax_amount=f"{tax:.2f}")
    return order_doc(company, goods) | {
        "rule_set": 1, "total_amount": "96.00", "trace": {"set": 1, "applied": [], "rebates": []},
    }  # fmt: skip


@pytest.fixture
def shop(company: Company) -> Company:
    return published(company, SHARED)


def spent_and_reserved(company: Company, at: datetime) -> tuple[Decimal, Decimal]:
    with company.database.reading() as connection:
        [(spent,)] = run(connection, "SELECT amount FROM promotion_spent").all()
        rows = run(connection, "SELECT amount, spent, expires_at FROM limit_slice").all()
    grace = to_ms(at) - int(rules.GRACE.total_seconds() * 1000)
    reserved = sum(amount - used for amount, used, expires in rows if expires > grace)
    return Decimal(spent) / 10_000, Decimal(reserved) / 10_000


def sellers(company: Company, number: int) -> list[Seller]:
    made = [Seller(company) for _ in range(number)]
    for each in made:
        each.talk()
        run_device(company, each)
    return made


def run_device(company: Company, seller: Seller) -> None:
    with company.database.writing() as connection:
        run(
            connection, "INSERT INTO device (id, user_id) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
            str(seller.id), str(seller.user.id),
        )  # fmt: skip


def played(company: Company, seed: int) -> list[Seller]:
    """Let eight devices sell, send, lose answers and die in a random order; check every step."""
    chance, at = random.Random(seed), NOON
    team = sellers(company, 8)

    def two_workers() -> None:
        with faults.watching(meanwhile(lambda: handing.hand_out(company.database, at))):
            handing.hand_out(company.database, at)

    for _ in range(90):
        at += timedelta(hours=chance.randrange(9))
        one = chance.choice(team)
        one.at = max(one.at, at)
        act = chance.choices(("sell", "talk", "part", "lost", "hand out"), (5, 3, 1, 1, 1))[0]
        if act == "sell":
            one.sell()
        elif act == "hand out":
            two_workers()
        else:
            one.talk(lost=act == "lost", only=chance.randrange(1, 4) if act == "part" else None)
        spent, reserved = spent_and_reserved(company, at)
        assert spent + reserved <= BUDGET, f"after {act}"
    for one in chance.sample(team, len(team)):
        one.at = max(one.at, at)
        one.talk()
        assert set(one.answers) <= {"applied"}, one.answers
    assert spent_and_reserved(company, at)[0] <= BUDGET
    return team


def meanwhile(act: Callable[[], object]) -> Callable[[str], None]:
    """Return a watcher that acts once, in the moment between looking and giving."""
    todo: Iterator[Callable[[], object]] = iter([act])

    def watcher(point: str) -> None:
        if point == "server.slices.wanted":
            next(todo, lambda: None)()

    return watcher


@pytest.mark.parametrize("seed", range(3))
def test_eight_devices_offline_never_exceed_a_limit_and_none_is_refused_for_it(
    shop: Company, seed: int
) -> None:
    played(shop, seed)
    assert spent_and_reserved(shop, NOON)[0] > 0, "they did sell under the promotion"


def test_slices_that_are_not_locked_give_the_same_money_twice(shop: Company) -> None:
    def several() -> None:
        for seed in range(8):
            played(shop, seed)

    with faults.plant("slice_not_locked"), pytest.raises(AssertionError, match="after hand out"):
        several()


def test_what_a_device_was_given_nobody_else_spends(shop: Company) -> None:
    first, second = sellers(shop, 2)
    handing.hand_out(shop.database, NOON)
    with shop.database.writing() as connection:  # everything else is gone
        run(connection, "UPDATE limit_slice SET amount = 100000 WHERE device_id = ?", str(second.id))
        run(connection, "UPDATE limit_slice SET amount = 3900000 WHERE device_id = ?", str(first.id))
    first.talk()
    greedy = second.create("order", priced(shop, FULL))
    again = second.create("order", priced(shop, FULL))
    codes = [
        outcome(ack) for ack in second.push(greedy, submit(second, greedy), again, submit(second, again))
    ]
    assert codes[1::2] == ["applied", "applied:price_changed"]
    for _ in range(40):
        first.sell()
    first.talk()
    assert set(first.answers) == {"applied"}
    assert spent_and_reserved(shop, NOON)[0] <= BUDGET


def test_an_order_of_a_slices_time_is_taken_after_it_expired_and_then_the_rest_comes_back(
    shop: Company,
) -> None:
    [late] = sellers(shop, 1)
    handing.hand_out(shop.database, NOON)
    late.talk()
    given = late.left
    late.sell()
    late.at += rules.VALID + timedelta(days=3)
    assert late.left == 0, "no longer to be sold from"
    late.talk()
    assert late.answers == ["applied", "applied"]
    after = NOON + rules.VALID + timedelta(days=3)
    assert spent_and_reserved(shop, after) == (FULL, given - FULL)
    over = NOON + rules.VALID + rules.GRACE + timedelta(minutes=1)
    assert spent_and_reserved(shop, over) == (FULL, 0)


def test_a_device_that_runs_low_gets_more_and_one_that_does_not_keeps_what_it_has(shop: Company) -> None:
    busy, idle = sellers(shop, 2)
    assert handing.hand_out(shop.database, NOON) == 2
    assert handing.hand_out(shop.database, NOON) == 0
    busy.talk()
    while busy.left >= FULL:
        busy.sell()
    busy.talk()
    assert handing.hand_out(shop.database, NOON) == 1
    before = busy.left
    busy.talk()
    assert busy.left > before
    idle.at = NOON + timedelta(days=5)
    handing.hand_out(shop.database, idle.at)
    idle.talk()
    idle.at += timedelta(days=6)
    assert idle.left > 0, "prolonged"


def test_what_the_office_accepts_of_a_reps_order_is_borne_by_his_slices(shop: Company) -> None:
    [rep] = sellers(shop, 1)
    handing.hand_out(shop.database, clock.now())
    rep.talk()
    created = rep.create("order", priced(shop, FULL) | {"total_amount": "86.39"})
    assert outcome(rep.push(created, submit(rep, created))[1]) == "applied:totals_differ"
    body = rep.sync().body("order", created.agg[1])
    assert body is not None
    with shop.database.writing() as connection:
        ledger.book_accepted(connection, UUID(created.agg[1]), clock.now(), "finance")
    with shop.database.reading() as connection:
        assert run(connection, "SELECT sum(spent) FROM limit_slice").first() == (int(FULL * 10_000),)


def test_a_laptop_cannot_write_itself_a_slice(company: Company) -> None:
    laptop = company.laptop()
    assert outcome(laptop.push_one(laptop.create("limit_slice", {}))) == "rejected:read_only"


def lowered(company: Company, budget: int) -> None:
    published(company, Change(TEN.cls, TEN.code, dict(TEN.fields or {}) | {"budget": Decimal(budget)}))


def test_a_lowered_limit_calls_back_what_it_has_no_room_for_and_the_rest_stays(shop: Company) -> None:
    near, far = sellers(shop, 2)
    handing.hand_out(shop.database, NOON)
    near.talk()
    far.talk()
    lowered(shop, 120)  # 100 and 75 are out
    handing.hand_out(shop.database, NOON)
    for each in (near, far):
        each.at = NOON + timedelta(minutes=2)
    offline = max((near, far), key=lambda each: each.left)
    online = near if offline is far else far
    online.talk()
    assert online.left == 75, "the smaller part has room"
    offline.at = NOON + timedelta(days=6)
    offline.sell()
    assert offline.waiting[offline.queue[0].agg[1]] == FULL, "it did not hear of it and keeps its part"
    offline.at = NOON + rules.VALID + timedelta(days=13)
    offline.talk()
    assert offline.answers == ["applied", "applied"], "what was promised is not refused"
    assert offline.left == 0, "and now it knows"


def test_what_was_called_back_is_given_again_within_the_new_limit_only(shop: Company) -> None:
    team = sellers(shop, 2)
    handing.hand_out(shop.database, NOON)
    for each in team:
        each.talk()
    lowered(shop, 40)
    at = NOON + timedelta(minutes=2)
    handing.hand_out(shop.database, at)
    for each in team:
        each.at = at + timedelta(minutes=1)
        each.talk()
    assert [each.left for each in team] == [0, 0]
    with shop.database.writing() as connection:  # both show that they hold the row that ended their part
        run(connection, "UPDATE device SET told_at = 9000000000000, unsent = 0")
        for each in team:
            run(
                connection,
                "INSERT INTO device_progress (device_id, seq, told_at, held_at) VALUES (?, 999999, 1, 2)",
                str(each.id),
            )  # fmt: skip
    assert handing.take_back(shop.database, at) == 2
    handing.hand_out(shop.database, at)
    spent, reserved = spent_and_reserved_now(shop)
    assert 0 < spent + reserved <= 40


def spent_and_reserved_now(company: Company) -> tuple[Decimal, Decimal]:
    with company.database.reading() as connection:
        [(spent,)] = run(connection, "SELECT amount FROM promotion_spent").all()
        rows = run(connection, "SELECT amount - spent FROM limit_slice WHERE archived_at IS NULL")
        return Decimal(spent) / 10_000, Decimal(sum(left for (left,) in rows)) / 10_000


def test_the_office_sees_who_holds_what_and_nobody_is_given_what_it_asked_back(shop: Company) -> None:
    boss = shop.laptop(shop.manager).principal
    sellers(shop, 1)
    handing.hand_out(shop.database, NOON)
    lowered(shop, 50)
    with shop.database.writing() as connection:
        [held] = calling_back.overview(connection, NOON)
        [holder] = held.holders
        assert (held.kind, held.name, held.there, held.out, held.over) == ("budget", "Ten", 50, 200, 150)
        assert (holder.person, holder.left, holder.until) == ("Li Na", 200, NOON + rules.VALID)
        assert handing.recall_limit(connection, ("budget", "B"), NOON) == 1
        calling_back.note(connection, ("budget", "B"), boss, NOON, 1)
        [held] = calling_back.overview(connection, NOON)
        assert held.holders[0].called_back
    other = sellers(shop, 1)[0]
    assert handing.hand_out(shop.database, NOON + timedelta(minutes=29)) == 0
    other.talk()
    assert other.left == 0
