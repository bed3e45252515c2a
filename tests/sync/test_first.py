"""The first sync on a real server: a day can be worked early, progress is true, the end is checked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.plans import VisitPlan
from fieldcrm.storage import search
from fieldcrm.sync import first
from fieldcrm.sync.first import FirstProgress
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in
from tests.sync.test_engine import stores

STORES, PLANNED = 2_500, 12


def planned(server: ServerProcess, rep: Machine) -> set[str]:
    """Make stores, plan visits to a few of them in the next days, and return these stores' ids."""
    made = stores(server, STORES)[-PLANNED:]
    today = clock.business_day(clock.now())
    with server.opened() as database, database.writing() as connection:
        connection.execute(
            insert(VisitPlan),
            [
                {"id": new_id(), "rep_id": rep.me, "account_id": store, "on": today + timedelta(n % 5)}
                for n, store in enumerate(made)
            ],
        )
    return {str(store) for store in made}


def test_a_day_can_be_worked_when_the_stores_of_the_plan_are_here(
    server_process: ServerProcess, tmp_path: Path
) -> None:
    rep = signed_in(tmp_path / "rep1", server_process.url, "rep1", PASSWORD)
    wanted = planned(server_process, rep)
    seen: list[tuple[set[str], bool]] = []

    def tell(news: FirstProgress) -> None:
        if news.workable and not seen:
            here = {row_id for (row_id,) in rep.rows("SELECT id FROM account")}
            with rep.database.reading() as session:
                seen.append((here, bool(search.find(session, "account", f"店{STORES - 1}"))))

    assert first.run(rep.database, rep.remote, lambda: False, tell)
    assert seen == [(wanted, True)]
    assert rep.rows("SELECT count(*) FROM account WHERE version > 0")[0][0] >= STORES
    rep.close()


def test_progress_ends_at_the_totals_it_told(server_process: ServerProcess, tmp_path: Path) -> None:
    rep = signed_in(tmp_path / "rep1", server_process.url, "rep1", PASSWORD)
    planned(server_process, rep)
    told: list[FirstProgress] = []
    first.run(rep.database, rep.remote, lambda: False, told.append)
    assert told[0].totals["account"] >= STORES
    assert told[-1].counts == told[-1].totals
    rep.close()


def test_a_first_sync_that_was_stopped_goes_on_from_the_plan(
    server_process: ServerProcess, tmp_path: Path
) -> None:
    rep = signed_in(tmp_path / "rep1", server_process.url, "rep1", PASSWORD)
    wanted = planned(server_process, rep)
    workable: list[bool] = []
    assert not first.run(
        rep.database, rep.remote, lambda: any(workable), lambda news: workable.append(news.workable)
    )
    assert {row_id for (row_id,) in rep.rows("SELECT id FROM account")} == wanted
    again: list[FirstProgress] = []
    assert first.run(rep.database, rep.remote, lambda: False, again.append)
    assert again[0].workable
    assert again[-1].counts == again[-1].totals
    rep.close()


def test_the_first_sync_ends_with_a_check_that_the_log_shows(
    server_process: ServerProcess, tmp_path: Path
) -> None:
    rep = signed_in(tmp_path / "rep1", server_process.url, "rep1", PASSWORD)
    planned(server_process, rep)
    assert rep.cycle().up_to_date
    [(facts,)] = rep.rows("SELECT data FROM sync_log WHERE kind = 'checked'")
    assert '"damaged":0,"mended":0,"removed":0,"left":0' in facts
    rep.close()
