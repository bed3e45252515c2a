"""What goes wrong in the middle: poison, crashes, the same request twice at once (F1, F2, F6, F14)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fieldcrm import faults
from fieldcrm.sync.protocol import Mutation
from server.database import Database, run
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import PlainLaptop, outcome


class Crash(BaseException):
    """The process dies here."""


def crashing_at(wanted: str) -> Callable[[str], None]:
    def watcher(point: str) -> None:
        if point == wanted:
            raise Crash(point)

    return watcher


def tripping_over(mutation: Mutation) -> Callable[[str], None]:
    def watcher(point: str) -> None:
        if point == f"server.mutation.{mutation.id}":
            raise ZeroDivisionError(point)

    return watcher


def account(company: Company, laptop: PlainLaptop, **fields: Any) -> Mutation:
    return laptop.create("account", {"name": "New", "territory_id": str(company.west.id)} | fields)


def test_a_poison_among_fifty_delays_nobody_and_is_refused_in_the_end(company: Company) -> None:
    laptop = company.laptop()
    batch = [account(company, laptop) for _ in range(50)]
    with faults.watching(tripping_over(batch[0])):
        acks = laptop.push(*batch)
        assert [ack["o"] for ack in acks] == ["retry"] + ["applied"] * 49
        assert outcome(laptop.push_one(batch[0])) == "retry:internal"
        assert outcome(laptop.push_one(batch[0])) == "rejected:internal"
    assert [kept["code"] for kept in laptop.bodies("quarantine")] == ["internal"]


def test_a_poison_holds_back_later_edits_of_its_own_row_only(company: Company) -> None:
    laptop = company.laptop()
    first, other = account(company, laptop), account(company, laptop)
    second = laptop.patch("account", first.agg[1], 0, phone=("", "2"))
    with faults.watching(tripping_over(first)):
        assert [ack["o"] for ack in laptop.push(first, second, other)] == ["retry", "retry", "applied"]
        assert outcome(laptop.push_one(second)) == "retry:waits"
    assert [ack["o"] for ack in laptop.push(first, second)] == ["applied", "applied"]
    assert laptop.body("account", first.agg[1])["phone"] == "2"  # type: ignore[index]


def test_what_the_database_refuses_is_put_off_alone(company: Company) -> None:
    with company.database.writing() as connection:
        connection.exec_driver_sql("CREATE UNIQUE INDEX only_one ON account (phone)")
    laptop = company.laptop()
    batch = [account(company, laptop, phone=phone) for phone in ("11", "11", "12")]
    assert [outcome(ack) for ack in laptop.push(*batch)] == ["applied", "retry:internal", "applied"]
    assert len(laptop.bodies("account")) == 3


def test_the_planted_blocked_queue_would_be_seen(company: Company) -> None:
    laptop = company.laptop()
    batch = [account(company, laptop) for _ in range(3)]
    with faults.plant("poison_blocks_queue"), faults.watching(tripping_over(batch[0])):
        for _ in range(5):
            assert {ack["o"] for ack in laptop.push(*batch)} == {"retry"}


@pytest.mark.parametrize(
    "point",
    ["server.push.begun", "server.push.written", "server.push.committed", "server.stamp.taken",
     "server.stamp.numbered", "server.pull.begun"],
)  # fmt: skip
def test_a_crash_anywhere_leaves_all_or_nothing_and_the_next_try_finishes(
    company: Company, point: str
) -> None:
    laptop = company.laptop().sync()
    batch = [account(company, laptop) for _ in range(3)]
    with faults.watching(crashing_at(point)), pytest.raises(Crash):
        laptop.push(*batch)
    with company.database.reading() as connection:
        assert run(connection, "SELECT count(*) FROM receipt").scalar_one() in (0, 3)
    acks = laptop.push(*batch)
    assert len({ack["o"] for ack in acks}) == 1
    assert {ack.get("was", ack["o"]) for ack in acks} == {"applied"}
    assert len(laptop.sync().bodies("account")) == 4


def test_a_request_delivered_twice_at_once_has_one_effect(company: Company) -> None:
    laptop = company.laptop().sync()
    batch = [account(company, laptop) for _ in range(20)]
    twin = _copy_of(laptop)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda one: one.push(*batch), [laptop, twin])
    assert sorted([{a["o"] for a in first} == {"dup"}, {a["o"] for a in second} == {"dup"}]) == [False, True]
    assert len(company.laptop().sync().bodies("account")) == 21


def test_one_mutation_from_two_devices_at_once_has_one_effect(company: Company) -> None:
    laptops = [company.laptop() for _ in range(4)]
    batch = [account(company, laptops[0]) for _ in range(20)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: one.push(*batch), laptops))
    assert [sum(acks[n]["o"] == "applied" for acks in answers) for n in range(20)] == [1] * 20
    assert all(ack["o"] in ("applied", "dup") for acks in answers for ack in acks)


def test_concurrent_edits_of_one_row_end_like_some_order_of_them(company: Company) -> None:
    laptops = [company.laptop() for _ in range(6)]
    patches = [
        one.patch("account", company.account.id, phone=("1", str(10 + n))) for n, one in enumerate(laptops)
    ]
    with ThreadPoolExecutor(6) as pool:
        acks = list(pool.map(lambda pair: pair[0].push_one(pair[1]), zip(laptops, patches, strict=True)))
    assert sorted(ack["ver"] for ack in acks) == [2, 3, 4, 5, 6, 7]
    laptop = company.laptop().sync()
    kept = {body["loser"] for body in laptop.bodies("conflict")}
    last = laptop.body("account", company.account.id)["phone"]  # type: ignore[index]
    assert kept | {last} == {str(10 + n) for n in range(6)}


def test_the_planted_missing_receipt_would_be_seen(company: Company) -> None:
    laptop = company.laptop()
    mutation = account(company, laptop)
    with faults.plant("no_receipt"):
        assert [laptop.push_one(mutation)["o"] for _ in range(2)] == ["applied", "rejected"]


def test_the_planted_upsert_would_be_seen(company: Company) -> None:
    laptop = company.laptop().sync()
    with company.database.writing() as connection:
        run(connection, "DELETE FROM account WHERE id = ?", str(company.account.id))
    with faults.plant("upsert_unknown_id"):
        laptop.push_one(laptop.patch("account", company.account.id, phone=("1", "2")))
    assert laptop.body("account", company.account.id) is not None


def test_the_planted_naive_cursor_would_be_seen(company: Company) -> None:
    laptop = company.laptop()
    with faults.plant("naive_sequence"):
        for _ in range(5):
            laptop.push(laptop.patch("account", company.account.id, note=("", "x")), account(company, laptop))
        laptop.sync()
    assert len(laptop.bodies("account")) < len(company.laptop().sync().bodies("account"))


def _copy_of(laptop: PlainLaptop) -> PlainLaptop:
    twin = PlainLaptop(Database(laptop.database.url.render_as_string()), laptop.user)
    twin.id, twin.principal, twin.cursor, twin.at = laptop.id, laptop.principal, laptop.cursor, laptop.at
    return twin
