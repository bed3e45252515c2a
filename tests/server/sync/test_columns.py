"""A device that was updated is told what its new columns hold, once, in pages, whatever breaks."""

from __future__ import annotations

from typing import Any

import pytest

from fieldcrm.errors import ClientTooOld
from fieldcrm.ids import new_id
from fieldcrm.sync import casts, protocol
from fieldcrm.sync.casts import Added, History
from fieldcrm.sync.protocol import Mutation, Op, SyncRequest
from server.database import run
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import PlainLaptop

ADDED = {each.field for each in casts.HISTORY.since(1, protocol.SCHEMA) if each.entity == "check_in"}


def arrive(company: Company, laptop: PlainLaptop, **fields: Any) -> Mutation:
    """Push a visit with its check-in, and return the check-in."""
    of = {"account_id": str(company.account.id), "rep_id": str(company.rep.id)}
    visit = laptop.create("visit", of | {"started_at": 1})
    check_in = laptop.create(
        "check_in", of | {"visit_id": visit.agg[1], "at": 1, "source": "none"}, needs=[visit.id], **fields
    )
    acks = laptop.exchange(visit, check_in, mono=50_000, boot="b").acks
    assert [ack["o"] for ack in acks] == ["applied", "applied"]
    return check_in


def times_of(company: Company, check_in: Mutation) -> dict[str, int]:
    sql = "SELECT captured_at, received_at, clock_off_s FROM check_in WHERE id = ?"
    with company.database.reading() as connection:
        [row] = run(connection, sql, check_in.agg[1]).all()
    return dict(zip(("captured", "received", "off"), row, strict=True))


def test_an_updated_device_gets_fills_in_pages_and_then_nothing_more(company: Company) -> None:
    laptop = company.laptop()
    arrivals = [arrive(company, laptop) for _ in range(5)]
    laptop.sync()
    cursor, told = laptop.cursor, []
    while (answer := laptop.exchange(rows=2, schema=2)).rows:
        told += answer.rows
        assert len(answer.rows) <= 2
        assert answer.trailer["more"]
    assert [line["r"][3] for line in told] == ["fill"] * 5
    assert sorted(line["r"][1] for line in told) == sorted(arrival.agg[1] for arrival in arrivals)
    assert all(line["r"][4].keys() == ADDED for line in told)
    assert not answer.trailer["more"]
    laptop.cursor = cursor  # the laptop died before any of it was kept
    again = laptop.exchange(schema=2).rows
    assert [line["r"] for line in again] == [line["r"] for line in told]


def test_fills_never_leave_the_scopes_held_now(company: Company) -> None:
    mine, other = company.laptop(), company.laptop(company.other_rep)
    arrive(company, mine)
    other.sync()
    assert other.exchange(schema=2).rows == []


def test_a_device_that_begins_with_this_schema_is_told_nothing_twice(company: Company) -> None:
    arrive(company, company.laptop())
    fresh = company.laptop()
    fresh.exchange(schema=2)
    assert fresh.exchange(schema=2).rows == []


def test_only_rows_that_say_something_are_told(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account's phone is "1", which rows without the column would have too."""
    first, second = company.laptop().sync(), company.laptop().sync()
    monkeypatch.setattr(casts, "HISTORY", History({2: (Added("account", "phone", "1"), Added("contact"))}))
    assert first.exchange(schema=2).rows == []
    with company.database.writing() as connection:
        run(connection, "UPDATE account SET phone = '2' WHERE id = ?", str(company.account.id))
    second.sync()
    [line] = second.exchange(schema=2).rows
    assert line["r"] == ["account", str(company.account.id), 2, "fill", {"phone": "2"}]


def test_a_newer_device_on_this_server_is_served_as_ours(company: Company) -> None:
    laptop = company.laptop()
    answer = laptop.exchange(schema=protocol.SCHEMA + 3)
    assert answer.header["schema"] == protocol.SCHEMA
    assert laptop.exchange(schema=protocol.SCHEMA + 3).rows == []


def test_a_client_too_old_is_heard_and_then_told(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    laptop = company.laptop().sync()
    monkeypatch.setattr(protocol, "MIN_SCHEMA", 2)
    with company.database.writing() as connection:
        run(connection, "UPDATE account SET city = 'x' WHERE id = ?", str(company.account.id))
    answer = laptop.exchange(laptop.patch("account", company.account.id, phone=("1", "2")))
    assert [ack["o"] for ack in answer.acks] == ["applied"]
    assert answer.rows == []
    assert answer.trailer["more"]
    with pytest.raises(ClientTooOld):
        laptop.exchange()


def test_the_time_of_an_arrival_is_recovered_within_one_boot(company: Company) -> None:
    laptop = company.laptop()
    known = times_of(company, arrive(company, laptop, mono=20_000, boot="b", off=99_000_000))
    assert known["received"] - known["captured"] == 30_000
    later = times_of(company, arrive(company, laptop, mono=49_500, boot="b", off=99_000_000))
    assert later["received"] - later["captured"] == 500


def test_a_claimed_time_lies_between_the_last_contact_and_now(company: Company) -> None:
    laptop = company.laptop()
    before = times_of(company, arrive(company, laptop))["received"]
    for off in (-(10**12), 10**12):
        known = times_of(company, arrive(company, laptop, off=off))
        assert before <= known["captured"] <= known["received"]
        assert (known["off"] > 0) is (off < 0)
        before = known["received"]


def test_an_old_client_cannot_say_what_only_the_server_knows(company: Company) -> None:
    laptop = company.laptop()
    of = {"account_id": str(company.account.id), "rep_id": str(company.rep.id)}
    visit = laptop.create("visit", of | {"started_at": 1})
    told = of | {"visit_id": visit.agg[1], "at": 1, "source": "none", "captured_at": 5, "clock_off_s": 0}
    lie = laptop.create("check_in", told, needs=[visit.id], schema=2)
    laptop.push(visit, lie)
    assert times_of(company, lie)["captured"] > 5


def test_a_mutation_without_a_schema_is_of_the_first(company: Company) -> None:
    laptop = company.laptop()
    told = protocol.Mutation(str(new_id()), 1, ("account", str(new_id())), Op.PATCH, 0)
    assert told.schema == protocol.FIRST_SCHEMA
    assert SyncRequest(str(laptop.id), 1, 1).schema == 1
