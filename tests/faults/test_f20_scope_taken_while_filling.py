"""F20: a territory taken away in the middle of a first sync leaves nothing of itself behind (I5)."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from fieldcrm.sync import state
from server.database import run
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import signed_in
from tests.sync.test_engine import stores


def test_what_had_come_of_a_territory_that_was_taken_meanwhile_is_gone(
    server_process: ServerProcess, tmp_path: Path
) -> None:
    taken, kept = stores(server_process, 4_500), stores(server_process, 5, "NJ")
    rep = signed_in(tmp_path / "rep1", server_process.url, "rep1", PASSWORD)
    told = 0

    def note(progress: object) -> None:
        nonlocal told
        told = progress.rows  # type: ignore[attr-defined]

    assert not rep.engine.cycle(lambda: told >= 1_000, note).up_to_date
    assert rep.rows("SELECT count(*) FROM account")[0][0] > 0
    with server_process.opened() as database, database.writing() as connection:
        to = str(server_process.company.territories["NJ"])
        run(connection, "UPDATE \"user\" SET territory_id = ? WHERE login = 'rep1'", to)
    assert rep.cycle().up_to_date
    here = {UUID(row_id) for (row_id,) in rep.rows("SELECT id FROM account")}
    assert here == set(kept)
    assert not here & set(taken)
    assert rep.rows("SELECT count(*) FROM search_account") == [(len(kept),)]
    grants = rep.rows("SELECT value FROM sync_state WHERE key = ?", state.GRANTS)[0][0]
    assert str(server_process.company.territories["HZ"]) not in grants
    rep.close()
