"""F22: rows grow older than the time window of their table.

Expected: once a night they leave laptops, and first syncs no longer bring them; the office keeps
them; feed, first sync and digest agree at every moment; no laptop's clock makes anything old.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import insert

from fieldcrm import clock
from fieldcrm.clock import to_ms
from fieldcrm.ids import new_id
from fieldcrm.model.visits import CheckIn, PositionSource, Visit
from server.database import run
from server.jobs.nightly import nightly
from tests.faults.test_f33_silent_divergence import Line
from tests.fixtures.server import ServerProcess
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON
from tests.server.sync.test_scopes_over_time import DAY, order_of, visit_of
from tests.sync.machine import Machine
from tests.sync.test_engine import stores


def test_rows_older_than_their_window_leave_laptops_and_first_syncs_and_stay_in_the_office(
    company: Company,
) -> None:
    laptop = company.laptop().sync()
    visit = visit_of(company, laptop, NOON)
    laptop.push_one(visit)
    doc = {
        "visit_id": visit.agg[1], "account_id": str(company.account.id), "rep_id": str(company.rep.id),
        "at": to_ms(NOON), "source": "none",
    }  # fmt: skip
    laptop.push_one(laptop.create("check_in", doc))
    old = order_of(company, laptop, "2026-03-02")
    laptop.at = NOON + 18 * DAY
    young = order_of(company, laptop, "2026-03-20")
    laptop.sync()
    nightly(company.database, NOON + 370 * DAY)
    laptop.sync()
    assert laptop.body("order", old) is None
    assert laptop.body("order", young) is not None
    assert laptop.bodies("visit") == laptop.bodies("check_in") == []
    fresh = company.laptop()
    assert fresh.bootstrap(sorted({*laptop.scopes.values()})).rows == laptop.rows
    assert company.laptop().sync().rows == laptop.rows
    with company.database.reading() as connection:
        assert run(connection, 'SELECT count(*) FROM "order"').scalar() == 2


def test_a_laptops_wrong_clock_makes_nothing_old(company: Company) -> None:
    laptop = company.laptop().sync()
    laptop.push_one(visit_of(company, laptop, NOON))
    doc = {
        "account_id": str(company.account.id), "rep_id": str(company.rep.id),
        "started_at": to_ms(NOON - 3650 * DAY),
    }  # fmt: skip
    strange = laptop.create("visit", doc)
    laptop.push_one(strange)
    laptop.sync()
    nightly(company.database, NOON + DAY)
    assert laptop.sync().body("visit", strange.agg[1]) is not None
    nightly(company.database, NOON + 370 * DAY)
    assert laptop.sync().body("visit", strange.agg[1]) is None


def test_a_real_laptop_lets_old_visits_go_and_its_check_finds_nothing_to_mend(
    server_process: ServerProcess, lonely_laptop: Callable[[str], Machine]
) -> None:
    [shop] = stores(server_process, 1)
    now = clock.now()
    visits_made(server_process, shop, (now - timedelta(days=360), now - timedelta(days=5)))
    rep = lonely_laptop("rep1")
    assert rep.rows("SELECT count(*) FROM visit") == rep.rows("SELECT count(*) FROM check_in") == [(2,)]
    with server_process.opened() as database:
        nightly(database, now + timedelta(days=30))
    assert rep.cycle().up_to_date
    new = lonely_laptop("rep1")
    for table in ("visit", "check_in"):
        assert len(rep.rows(f"SELECT id FROM {table}")) == 1
        assert rep.rows(f"SELECT * FROM {table}") == new.rows(f"SELECT * FROM {table}")
    for machine in (rep, new):
        line = Line(machine)
        found = line.check()
        assert (line.paths, found.mended, found.removed) == (["digest"], 0, 0)
    with server_process.opened() as database, database.reading() as connection:
        assert run(connection, "SELECT count(*) FROM visit").scalar() == 2


def visits_made(server: ServerProcess, shop: object, times: tuple[datetime, ...]) -> None:
    """Put visits with a check-in into the server's database."""
    rep, area = server.company.users["rep1"], server.company.territories["HZ"]
    of = {"account_id": shop, "rep_id": rep, "territory_id": area}
    with server.opened() as database, database.writing() as connection:
        for at in times:
            visit = {"id": new_id(), "started_at": at} | of
            connection.execute(insert(Visit).values(visit))
            inside = {"id": new_id(), "visit_id": visit["id"], "at": at, "source": PositionSource.NONE}
            connection.execute(insert(CheckIn).values(inside | of))
