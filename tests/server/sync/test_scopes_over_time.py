"""What time does to scopes: grants that end, rows that age, notices that are forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fieldcrm import faults
from fieldcrm.clock import to_ms
from fieldcrm.errors import SyncError
from fieldcrm.sync.protocol import Mutation
from server.database import run
from server.exchange import settle
from server.jobs.nightly import nightly
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON, PlainLaptop, outcome

DAY = timedelta(days=1)


def give(company: Company, territory: object) -> None:
    with company.database.writing() as connection:
        sql = 'UPDATE "user" SET territory_id = ? WHERE id = ?'
        run(connection, sql, str(territory), str(company.rep.id))


def settled(company: Company, at: datetime) -> None:
    while settle(company.database, to_ms(at)):
        pass


def order_of(company: Company, laptop: PlainLaptop, on: str) -> str:
    doc = {
        "account_id": str(company.account.id), "rep_id": str(laptop.user.id), "provisional_number": "R1",
        "ordered_on": on, "lines": [],
    }  # fmt: skip
    mutation = laptop.create("order", doc)
    assert laptop.push_one(mutation)["o"] == "applied"
    return mutation.agg[1]


def visit_of(company: Company, laptop: PlainLaptop, at: datetime) -> Mutation:
    laptop.at = at
    doc = {"account_id": str(company.account.id), "rep_id": str(laptop.user.id), "started_at": to_ms(at)}
    return laptop.create("visit", doc)


def test_work_captured_before_a_territory_was_lost_is_taken_however_late_it_comes(company: Company) -> None:
    laptop = company.laptop().sync()
    visit_of(company, laptop, NOON)
    captured = visit_of(company, laptop, NOON + 5 * DAY)
    give(company, company.east.id)
    settled(company, NOON + 10 * DAY)
    laptop.at = NOON + 100 * DAY
    assert outcome(laptop.push_one(captured)) == "applied:out_of_territory"


def test_an_old_cursor_does_not_lengthen_the_days_of_grace(company: Company) -> None:
    laptop = company.laptop().sync()
    laptop.push_one(visit_of(company, laptop, NOON))
    old = laptop.cursor
    give(company, company.east.id)
    settled(company, NOON + DAY)
    laptop.sync()
    for day in (10, 20, 30):
        laptop.at, laptop.cursor = NOON + day * DAY, old
        laptop.sync()
    laptop.cursor = old
    late = visit_of(company, laptop, NOON + 31 * DAY)
    assert outcome(laptop.push_one(late)) == "rejected:out_of_territory"


def test_a_territory_taken_by_moving_the_tree_counts_from_that_moment_too(company: Company) -> None:
    boss = company.laptop(company.manager).sync()
    settled(company, NOON)
    with company.database.writing() as connection:
        run(connection, "UPDATE territory SET parent_id = NULL WHERE id = ?", str(company.west.id))
    settled(company, NOON + DAY)
    settled(company, NOON + DAY)
    with company.database.reading() as connection:
        found = run(
            connection, "SELECT scope_id, until_at FROM past_grant WHERE user_id = ?",
            str(company.manager.id),
        ).all()  # fmt: skip
    assert found == [(f"terr:{company.west.id}", to_ms(NOON + DAY))]
    assert boss.sync().body("account", company.account.id) is None


def test_what_left_long_ago_is_forgotten_behind_a_fence(company: Company) -> None:
    away, here = company.laptop().sync(), company.laptop().sync()
    with company.database.writing() as connection:
        run(connection, "DELETE FROM account WHERE id = ?", str(company.account.id))
    here.sync()
    nightly(company.database, NOON + 179 * DAY)
    with company.database.reading() as connection:
        assert run(connection, "SELECT count(*) FROM sync_row WHERE state = 'tomb'").scalar() == 1
    nightly(company.database, NOON + 181 * DAY)
    with company.database.reading() as connection:
        assert run(connection, "SELECT count(*) FROM sync_row WHERE state = 'tomb'").scalar() == 0
    assert here.sync().bodies("account") == []
    with pytest.raises(SyncError) as refused:
        away.sync()
    assert (refused.value.code, refused.value.data) == (
        "cursor_expired", {"scopes": [f"terr:{company.west.id}"]},
    )  # fmt: skip
    again = away.create("account", {"name": "x", "territory_id": str(company.west.id)}, company.account.id)
    away.bootstrap([f"terr:{company.west.id}"])
    assert outcome(away.push_one(again)) == "rejected:gone"


def test_a_device_that_was_away_too_long_hands_in_its_work_and_then_compares_everything(
    company: Company,
) -> None:
    laptop, other = company.laptop().sync(), company.laptop(company.other_rep).sync()
    doc = {"name": "new", "territory_id": str(company.east.id)}
    other.push_one(other.create("account", doc))
    mutation = visit_of(company, laptop, NOON + 181 * DAY)
    with pytest.raises(SyncError) as refused:
        laptop.push_one(mutation)
    assert refused.value.code == "cursor_expired"
    assert f"terr:{company.west.id}" in refused.value.data["scopes"]
    laptop.bootstrap(refused.value.data["scopes"])
    answer = laptop.push_one(mutation)
    assert (answer["o"], answer["was"]) == ("dup", "applied")


def test_a_territory_that_was_lost_meanwhile_is_told_as_removed_not_as_expired(company: Company) -> None:
    laptop = company.laptop().sync()
    with company.database.writing() as connection:
        run(connection, "DELETE FROM account WHERE id = ?", str(company.account.id))
    settled(company, NOON)
    nightly(company.database, NOON + 181 * DAY)
    give(company, company.east.id)
    laptop.at = NOON + 182 * DAY
    with pytest.raises(SyncError) as refused:
        laptop.sync()
    assert f"terr:{company.west.id}" not in refused.value.data["scopes"]  # type: ignore[operator]
    laptop.bootstrap(refused.value.data["scopes"])  # type: ignore[arg-type]
    assert f"terr:{company.west.id}" in laptop.exchange().trailer["grants_removed"]


def test_a_fence_that_is_forgotten_would_be_seen(company: Company) -> None:
    away = company.laptop().sync()
    with company.database.writing() as connection:
        run(connection, "DELETE FROM account WHERE id = ?", str(company.account.id))
    settled(company, NOON)
    with faults.plant("fence_forgotten"):
        nightly(company.database, NOON + 181 * DAY)
        away.sync()
    assert away.body("account", company.account.id) is not None


def test_an_id_whose_death_is_forgotten_would_be_seen(company: Company) -> None:
    laptop = company.laptop().sync()
    with company.database.writing() as connection:
        run(connection, "DELETE FROM account WHERE id = ?", str(company.account.id))
    again = laptop.create("account", {"name": "x", "territory_id": str(company.west.id)}, company.account.id)
    with faults.plant("dead_id_forgotten"):
        assert outcome(laptop.push_one(again)) == "applied"
