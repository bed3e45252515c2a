"""F20: a territory is taken away in the middle of a paged pull, or of the first sync.

Expected: the next page has nothing of it; what had already come of it is purged with everything
derived from it (I5); what is still held comes whole.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from fieldcrm.errors import SyncError
from fieldcrm.sync import state
from server.database import run
from tests.faults.conftest import give, one_page
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import Answer
from tests.sync.machine import Machine, signed_in
from tests.sync.test_engine import stores


def taken_away(company: Company) -> None:
    with company.database.writing() as connection:
        sql = 'UPDATE "user" SET territory_id = ? WHERE id = ?'
        run(connection, sql, str(company.east.id), str(company.rep.id))


def test_after_any_page_the_next_one_has_nothing_of_it(company: Company) -> None:
    pages = 0
    laptop = company.laptop()
    while laptop.exchange(rows=1).trailer["more"]:
        pages += 1
    for taken_after in range(1, pages):
        laptop = company.laptop()
        for _ in range(taken_after):
            laptop.exchange(rows=1)
        taken_away(company)
        sent, more = [], True
        while more:
            answer = laptop.exchange(rows=1)
            sent += [line["r"][1] for line in answer.rows]
            more = answer.trailer["more"]
        assert str(company.account.id) not in sent
        assert {body["name"] for body in laptop.bodies("account")} == {"East store"}
        assert laptop.rows == company.laptop().sync().rows
        with company.database.writing() as connection:
            sql = 'UPDATE "user" SET territory_id = ? WHERE id = ?'
            run(connection, sql, str(company.west.id), str(company.rep.id))


def test_a_scope_that_was_half_read_cannot_be_read_on(company: Company) -> None:
    writer, laptop = company.laptop(), company.laptop()
    doc = {"name": "more", "territory_id": str(company.west.id)}
    writer.push(*[writer.create("account", doc) for _ in range(3)])
    scope = f"terr:{company.west.id}"
    apply = laptop.apply

    def take(answer: Answer) -> None:
        apply(answer)
        taken_away(company)

    laptop.apply = take  # type: ignore[method-assign]
    with pytest.raises(SyncError, match="not_allowed"):
        laptop.bootstrap([scope], rows=1)
    assert len(laptop.bodies("account")) == 1


def test_what_a_real_laptop_had_received_of_it_is_gone(
    server_process: ServerProcess, lonely_laptop: Callable[[str], Machine]
) -> None:
    rep = lonely_laptop("rep1")
    stores(server_process, 60)
    kept = stores(server_process, 5, "NJ")
    one_page(rep, 20)
    assert rep.rows("SELECT count(*) FROM account") == [(20,)]
    give(server_process, "rep1", "NJ")
    assert rep.cycle().up_to_date
    holds_only(rep, server_process, kept)


def test_what_had_come_of_it_in_the_first_sync_is_gone(server_process: ServerProcess, tmp_path: Path) -> None:
    stores(server_process, 4_500)
    kept = stores(server_process, 5, "NJ")
    rep = signed_in(tmp_path / "rep1", server_process.url, "rep1", PASSWORD)
    told = 0

    def note(progress: object) -> None:
        nonlocal told
        told = progress.rows  # type: ignore[attr-defined]

    assert not rep.engine.cycle(lambda: told >= 1_000, note).up_to_date
    assert rep.rows("SELECT count(*) FROM account")[0][0] > 0
    give(server_process, "rep1", "NJ")
    assert rep.cycle().up_to_date
    holds_only(rep, server_process, kept)
    rep.close()


def holds_only(rep: Machine, server: ServerProcess, kept: list[UUID]) -> None:
    assert {UUID(str(row_id)) for (row_id,) in rep.rows("SELECT id FROM account")} == set(kept)
    assert rep.rows("SELECT count(*) FROM search_account") == [(len(kept),)]
    grants = rep.rows("SELECT value FROM sync_state WHERE key = ?", state.GRANTS)[0][0]
    assert str(server.company.territories["HZ"]) not in grants
