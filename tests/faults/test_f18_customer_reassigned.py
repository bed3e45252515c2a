"""F18: a customer is given to another rep while this one has an order, a check-in and an edit pending.

Expected: the order and the check-in, captured while it was his, are accepted and marked; the edit
of the phone goes to quarantine, where its author and the office see it; the customer and all that
hangs on it leave the laptop (I5), with a note that says where it went. Nothing captured after the
days of grace is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from fieldcrm.model.accounts import Account
from fieldcrm.model.users import User
from fieldcrm.sync import status
from server.database import run
from tests.builders import make_check_in, make_contact, make_order, make_visit
from tests.faults.conftest import move
from tests.fixtures.server import ServerProcess
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import outcome
from tests.sync.machine import Machine
from tests.sync.test_engine import stores

HERE = ("account", "contact", "order", "visit", "check_in", "search_account", "search_contact")


def taken_away(company: Company) -> None:
    with company.database.writing() as connection:
        sql = "UPDATE account SET territory_id = ? WHERE id = ?"
        run(connection, sql, str(company.east.id), str(company.account.id))


def event(company: Company) -> dict[str, object]:
    return {"account_id": str(company.account.id), "rep_id": str(company.rep.id), "started_at": 1}


def test_what_was_captured_on_an_account_that_left_is_taken_and_marked(company: Company) -> None:
    laptop, heir = company.laptop().sync(), company.laptop(company.other_rep)
    taken_away(company)
    visit = laptop.create("visit", event(company))
    edit = laptop.patch("account", company.account.id, phone=("1", "2"))
    laptop.rows["visit", visit.agg[1]] = (0, {})
    taken, refused = laptop.push(visit, edit)
    assert outcome(taken) == "applied:out_of_territory"
    assert outcome(refused) == "rejected:out_of_territory"
    assert ("visit", visit.agg[1]) not in laptop.sync().rows
    assert heir.sync().body("visit", visit.agg[1])["out_of_territory"] is True  # type: ignore[index]


def test_after_the_days_of_grace_a_lost_account_takes_no_more_events(company: Company) -> None:
    laptop = company.laptop().sync()
    taken_away(company)
    laptop.sync()
    laptop.at += timedelta(days=30)
    for _ in range(2):
        assert outcome(laptop.push_one(laptop.create("visit", event(company)))) == "rejected:out_of_territory"


def test_a_real_laptop_hands_in_its_day_and_lets_the_customer_go(
    server_process: ServerProcess, lonely_laptop: Callable[[str], Machine]
) -> None:
    shop, other = stores(server_process, 2)
    rep, heir = lonely_laptop("rep1"), lonely_laptop("rep2")
    rep.save(lambda session: session.add(make_contact(session.get_one(Account, shop))))
    assert rep.cycle().up_to_date
    rep.save(lambda session: _work(session, rep, shop))
    move(server_process, shop, "NJ")
    assert rep.cycle().up_to_date
    assert dict(rep.rows("SELECT entity, outcome FROM outbox WHERE n > 1")) == {
        "order": "applied", "visit": "applied", "check_in": "applied", "account": "rejected",
    }  # fmt: skip
    with server_process.opened() as database, database.reading() as connection:
        for table in ("order", "visit", "check_in"):
            assert "out_of_territory" in str(run(connection, f'SELECT extra FROM "{table}"').scalar_one())
    with rep.database.reading() as session:
        [refused] = status.refused(session)
    assert (refused.row_id, refused.code) == (shop, "out_of_territory")
    assert rep.rows("SELECT row_id, code FROM quarantine") == [(str(shop), "out_of_territory")]
    assert rep.rows("SELECT row_id, reason FROM departed") == [(str(shop), "moved")]
    assert [rep.rows(f'SELECT count(*) FROM "{table}"')[0][0] for table in HERE] == [1, 0, 0, 0, 0, 1, 0]
    assert rep.rows("SELECT id FROM account") == [(str(other),)]
    assert heir.cycle().up_to_date
    assert [heir.rows(f'SELECT count(*) FROM "{table}"')[0][0] for table in HERE] == [1, 1, 1, 1, 1, 1, 1]
    assert heir.rows("SELECT phone FROM account") == [("",)]


def _work(session: object, rep: Machine, shop: object) -> None:
    account, me = session.get_one(Account, shop), session.get_one(User, rep.me)  # type: ignore[attr-defined]
    visit = make_visit(me, account)
    session.add_all([visit, make_check_in(visit), make_order(me, account)])  # type: ignore[attr-defined]
    account.phone = "57"
