"""Poison in a push, and the mistakes that tests must notice (F14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fieldcrm import faults
from fieldcrm.sync.protocol import Mutation
from server.database import run
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import PlainLaptop, outcome


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
