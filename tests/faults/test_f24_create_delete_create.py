"""F24: a row made, deleted and another made within one page; a deleted row's old ``put`` comes late.

Expected: the tomb is final. The page tells the deletion and the other row; a reply from before the
deletion brings nothing back; nothing is ever made under the dead id again (I8, I11).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fieldcrm.errors import Malformed
from fieldcrm.sync.core import ClientCore
from server.database import run
from tests.faults.conftest import office
from tests.fixtures.server import ServerProcess
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import outcome
from tests.sync.machine import Machine
from tests.sync.test_engine import stores

BOOT = "00000000-0000-4000-8000-000000000000"


def deleted(company: Company, account: object) -> None:
    with company.database.writing() as connection:
        run(connection, "DELETE FROM account WHERE id = ?", str(account))


@pytest.mark.parametrize("numbered", [True, False], ids=["each_numbered", "numbered_together"])
def test_one_page_tells_what_was_made_deleted_and_made_again(company: Company, numbered: bool) -> None:
    here, away = company.laptop(), company.laptop().sync()
    doc = {"name": "x", "territory_id": str(company.west.id)}
    first, second = here.create("account", doc), here.create("account", doc)
    here.push(first) if numbered else here.push(first, second)
    deleted(company, first.agg[1])
    if numbered:
        here.push(second)
    answer = away.exchange()
    said = {line["r"][1]: line["r"][3] for line in answer.rows}
    assert said.get(first.agg[1], "tomb") == "tomb"
    assert said[second.agg[1]] == "put"
    assert {body["name"] for body in away.bodies("account")} == {"x", company.account.name}
    assert here.sync().rows == away.rows


def test_the_dead_id_takes_no_creation_no_edit_and_no_late_copy_of_either(company: Company) -> None:
    here, other = company.laptop().sync(), company.laptop().sync()
    deleted(company, company.account.id)
    doc = {"name": "again", "territory_id": str(company.west.id)}
    again = here.create("account", doc, company.account.id)
    assert outcome(here.push_one(again)) == "rejected:gone"
    assert outcome(here.push_one(again)).startswith("dup")
    assert other.push_one(other.patch("account", company.account.id, phone=("1", "2")))["o"] == "gone"
    for laptop in (here.sync(), other.sync(), company.laptop().sync()):
        assert laptop.body("account", company.account.id) is None


def test_an_old_reply_brings_no_dead_row_back_to_a_real_laptop(
    server_process: ServerProcess, lonely_laptop: Callable[[str], Machine]
) -> None:
    rep = lonely_laptop("rep1")
    core = ClientCore(rep.database, rep.remote.device)
    core.server_key = rep.remote.tokens.server_key if rep.remote.tokens else ""

    def asked() -> bytes:
        return rep.remote.sync(core.request(1, 1, BOOT))

    [shop] = stores(server_process, 1)
    old = asked()
    core.receive(old, 2)
    assert rep.rows("SELECT id FROM account") == [(str(shop),)]
    office(server_process, "DELETE FROM account WHERE id = ?", shop)
    [other] = stores(server_process, 1)
    core.receive(asked(), 2)
    assert rep.rows("SELECT id FROM account") == [(str(other),)]
    with pytest.raises(Malformed, match="passed_before"):
        core.receive(old, 2)
    assert rep.rows("SELECT id FROM account") == [(str(other),)]
    assert rep.cycle().up_to_date
    assert rep.rows("SELECT id FROM account") == [(str(other),)]
    assert rep.rows("SELECT count(*) FROM search_account") == [(1,)]


def test_a_row_that_died_before_this_laptop_heard_of_it_leaves_no_trace(
    server_process: ServerProcess, lonely_laptop: Callable[[str], Machine]
) -> None:
    rep = lonely_laptop("rep1")
    [dead] = stores(server_process, 1)
    office(server_process, "DELETE FROM account WHERE id = ?", dead)
    assert rep.cycle().up_to_date
    assert rep.rows("SELECT id FROM account") == rep.rows("SELECT row_id FROM departed") == []
