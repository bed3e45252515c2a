"""F21: a row moves from T1 to T2, for somebody who holds both and for one who holds T1 only.

Expected: one ``put`` for the first, one ``gone`` for the other, also when it moves between two
pages; whoever holds T2 only gets it with everything that hangs on it.
"""

from __future__ import annotations

from collections.abc import Callable

from fieldcrm.model.accounts import Account
from server.database import run
from tests.builders import make_contact
from tests.faults.conftest import move
from tests.fixtures.server import ServerProcess
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import Answer, PlainLaptop
from tests.sync.machine import Machine
from tests.sync.test_engine import stores


def moved(company: Company) -> None:
    with company.database.writing() as connection:
        sql = "UPDATE account SET territory_id = ? WHERE id = ?"
        run(connection, sql, str(company.east.id), str(company.account.id))


def states(company: Company, *answers: Answer) -> list[str]:
    """Return what was said of the account."""
    rows = [line["r"] for answer in answers for line in answer.rows]
    return [row[3] for row in rows if row[1] == str(company.account.id)]


def paged(laptop: PlainLaptop) -> list[Answer]:
    """Pull row by row to the end."""
    answers = [laptop.exchange(rows=1)]
    while answers[-1].trailer["more"]:
        answers.append(laptop.exchange(rows=1))
    return answers


def test_a_row_that_moves_between_two_scopes_of_one_laptop_is_one_put(company: Company) -> None:
    boss = company.laptop(company.manager).sync()
    moved(company)
    assert states(company, *paged(boss)) == ["put"]
    assert boss.body("account", company.account.id)["territory_id"] == str(company.east.id)  # type: ignore[index]


def test_a_row_that_moves_between_two_pages_is_one_gone_for_who_holds_only_the_first(
    company: Company,
) -> None:
    laptop = company.laptop()
    while laptop.body("account", company.account.id) is None:
        assert laptop.exchange(rows=1).trailer["more"] or laptop.bodies("account")
    moved(company)
    assert states(company, *paged(laptop)) == ["gone"]
    assert laptop.bodies("account") == []


def test_a_row_that_moved_before_it_was_read_is_not_spoken_of(company: Company) -> None:
    laptop = company.laptop()
    laptop.exchange(rows=1)
    moved(company)
    assert states(company, *paged(laptop)) == []


def test_a_moved_account_takes_everything_with_it(company: Company) -> None:
    laptop, heir = company.laptop().sync(), company.laptop(company.other_rep).sync()
    doc = {"account_id": str(company.account.id), "rep_id": str(laptop.user.id), "started_at": 1}
    visit = laptop.create("visit", doc)
    assert laptop.push_one(visit)["o"] == "applied"
    moved(company)
    laptop.sync()
    heir.sync()
    assert laptop.bodies("account") == laptop.bodies("visit") == []
    assert heir.body("account", company.account.id) is not None
    assert heir.body("visit", visit.agg[1])["territory_id"] == str(company.east.id)  # type: ignore[index]


def test_three_real_laptops_end_with_it_where_it_belongs(
    server_process: ServerProcess, lonely_laptop: Callable[[str], Machine]
) -> None:
    [shop] = stores(server_process, 1)
    rep, heir, boss = (lonely_laptop(login) for login in ("rep1", "rep2", "manager1"))
    rep.save(lambda session: session.add(make_contact(session.get_one(Account, shop))))
    rep.cycle()
    move(server_process, shop, "NJ")
    territory = str(server_process.company.territories["NJ"])
    for machine, there in ((rep, []), (heir, [(territory,)]), (boss, [(territory,)])):
        assert machine.cycle().up_to_date
        assert machine.rows("SELECT territory_id FROM account") == there
        assert machine.rows("SELECT territory_id FROM contact") == there
        assert machine.rows("SELECT count(*) FROM search_account") == [(len(there),)]
