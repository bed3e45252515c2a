"""F19: a territory is given, taken and given again while a laptop is away.

Expected: it ends with exactly the rows of what it holds now; no ghost of what was taken, no hole
in what was given back, whatever changed in between.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from uuid import UUID

import pytest

from fieldcrm.clock import to_ms
from server.database import run
from server.exchange import settle
from tests.faults.conftest import give, move, office
from tests.fixtures.server import ServerProcess
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON, PlainLaptop
from tests.sync.machine import Machine
from tests.sync.test_engine import stores

AWAY = ["".join(path) for path in product("WER", repeat=3)]


def changed(company: Company, step: int) -> None:
    """Something happens in each territory: an edit, a move there and back, a new store."""
    with company.database.writing() as connection:
        sql = "UPDATE account SET phone = ? WHERE id = ?"
        run(connection, sql, f"{step}", str(company.account.id))
        to = (company.east, company.west)[step % 2]
        run(connection, "UPDATE account SET territory_id = ? WHERE name = 'East store'", str(to.id))
    settle(company.database, to_ms(NOON))


def given(company: Company, area: str) -> None:
    to = {"W": company.west, "E": company.east, "R": company.root}[area]
    with company.database.writing() as connection:
        sql = 'UPDATE "user" SET territory_id = ? WHERE id = ?'
        run(connection, sql, str(to.id), str(company.rep.id))


@pytest.mark.parametrize("met", [True, False], ids=["met_between", "away"])
def test_whatever_path_a_grant_took_the_laptop_ends_with_what_a_new_one_gets(
    company: Company, met: bool
) -> None:
    laptop = company.laptop().sync()
    for path in AWAY:
        for step, area in enumerate(path):
            given(company, area)
            changed(company, step)
            if met and step == 1:
                laptop.exchange(rows=1)
        assert laptop.sync(rows=2).rows == company.laptop().sync().rows, path


def test_a_territory_given_and_taken_is_announced_and_purged(company: Company) -> None:
    laptop = company.laptop().sync()
    given(company, "R")
    answer = laptop.exchange()
    assert f"terr:{company.east.id}" in answer.trailer["grants_added"]
    assert len(laptop.sync().bodies("account")) == 2
    given(company, "E")
    answer = laptop.exchange()
    assert f"terr:{company.west.id}" in answer.trailer["grants_removed"]
    assert names(laptop) == {"East store"}


def test_a_row_that_left_and_came_back_is_there(company: Company) -> None:
    laptop = company.laptop().sync()
    for to in (company.east, company.west):
        with company.database.writing() as connection:
            sql = "UPDATE account SET territory_id = ? WHERE id = ?"
            run(connection, sql, str(to.id), str(company.account.id))
    assert laptop.sync().body("account", company.account.id) is not None


def names(laptop: PlainLaptop) -> set[str]:
    return {body["name"] for body in laptop.sync().bodies("account")}


@pytest.mark.parametrize("met", [True, False], ids=["met_between", "away"])
def test_a_real_laptop_has_no_ghost_and_no_hole(
    server_process: ServerProcess, lonely_laptop: Callable[[str], Machine], met: bool
) -> None:
    kept, dead, gone = stores(server_process, 3)
    rep = lonely_laptop("rep1")
    give(server_process, "rep1", "NJ")
    if met:
        assert rep.cycle().up_to_date
        assert rep.rows("SELECT count(*) FROM account") == rep.rows("SELECT count(*) FROM search_account")
        assert rep.rows("SELECT count(*) FROM account") == [(0,)]
    office(server_process, "DELETE FROM account WHERE id = ?", dead)
    move(server_process, gone, "NJ")
    office(server_process, "UPDATE account SET city = '杭州' WHERE id = ?", kept)
    [made] = stores(server_process, 1)
    give(server_process, "rep1", "HZ")
    assert rep.cycle().up_to_date
    here = rep.rows("SELECT id, city FROM account ORDER BY id")
    assert {UUID(str(row_id)): city for row_id, city in here} == {kept: "杭州", made: ""}
    assert rep.rows("SELECT count(*) FROM search_account") == [(2,)]
