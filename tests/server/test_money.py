"""Finance books a customer's money over REST; a purse is never overdrawn (F5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from fieldcrm import clock
from server import handing, lowering
from server.database import run
from tests.fixtures.server import Person, ServerProcess
from tests.server.conftest import Filling


@pytest.fixture
def finance(shared_server: ServerProcess) -> Person:
    return shared_server.person("finance1")


def book(person: Person, account: UUID, amount: str, **more: Any) -> Any:
    body = {"purse": "prepay", "amount": amount, "booked_on": "2026-11-20"} | more
    return person.post(f"/api/v1/accounts/{account}/money", json=body)


def test_finance_books_and_the_territory_reads(
    filling: Filling, finance: Person, rep: Person, shared_server: ServerProcess
) -> None:
    account = filling.account()
    answer = book(finance, account, "100.00", reference="转账 7781")
    assert answer.status_code == 201, answer.text
    assert answer.json()["posted_by"] == finance.user["id"]
    assert [each["amount"] for each in rep.get(f"/api/v1/accounts/{account}/money").json()["items"]] == [
        "100.00"
    ]
    assert shared_server.person("rep2").get(f"/api/v1/accounts/{account}/money").status_code == 404


@pytest.mark.parametrize("login", ["rep1", "manager1", "csm1", "admin"])
def test_nobody_else_books(filling: Filling, shared_server: ServerProcess, login: str) -> None:
    assert book(shared_server.person(login), filling.account(), "1.00").status_code == 403


def test_what_is_not_there_cannot_be_taken(filling: Filling, finance: Person) -> None:
    account = filling.account("HQ")
    book(finance, account, "100.00")
    refused = book(finance, account, "-100.01")
    assert (refused.status_code, refused.json()["code"]) == (409, "overdrawn")
    assert book(finance, account, "-1.00", purse="cash").json()["code"] == "overdrawn"
    assert book(finance, account, "0").json()["code"] == "out_of_range"
    assert book(finance, account, "-100.00").status_code == 201


def test_two_withdrawals_at_once_do_not_take_the_same_money(filling: Filling, finance: Person) -> None:
    account = filling.account("HQ")
    book(finance, account, "100.00")
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: book(finance, account, "-60.00").status_code, range(4)))
    assert sorted(codes) == [201, 409, 409, 409]


def test_what_laptops_may_sell_against_is_called_back_and_taken_when_it_came_back(
    filling: Filling, finance: Person, rep: Person, shared_server: ServerProcess
) -> None:
    account = filling.account()
    assert rep.get(f"/api/v1/accounts/{account}/money").status_code == 200, "a laptop that sells there"
    book(finance, account, "100.00")
    with shared_server.opened() as database:
        handing.hand_out_customers(database, clock.now())
    said = finance.get(f"/api/v1/accounts/{account}/credit").json()
    assert (said["exposure"], said["risk"], said["warnings"]) == ("0.00", "A", [])
    asked = uuid4()
    where, lowerings = f"/api/v1/accounts/{account}/money?id={asked}", f"/api/v1/accounts/{account}/lowerings"
    body = {"purse": "prepay", "amount": "-90.00", "booked_on": "2026-11-20", "note": "退款"}
    for _ in range(2):  # said twice it is asked for once
        waits = finance.post(where, json=body)
        assert (waits.status_code, waits.json()["there"]) == (202, "100.00"), waits.text
    [waiting] = finance.get(lowerings).json()["items"]
    assert (waiting["asked_back"] >= 1, waiting["came_back"], waiting["short"]) == (True, 0, False)
    assert book(finance, account, "-1.00").status_code == 202, "nothing overtakes what waits"
    with shared_server.opened() as database:
        with database.writing() as connection:
            run(connection, "UPDATE limit_slice SET archived_at = 1 WHERE account_id = ?", str(account))
        lowering.book_all(database, clock.now())
    assert finance.get(lowerings).json()["items"] == []
    amounts = [each["amount"] for each in finance.get(f"/api/v1/accounts/{account}/money").json()["items"]]
    assert sorted(amounts) == ["-1.00", "-90.00", "100.00"]


def test_the_office_reads_purses_and_a_statement_of_a_period(filling: Filling, finance: Person) -> None:
    account = filling.account("HQ")
    book(finance, account, "100.00", booked_on="2026-10-01")
    book(finance, account, "-30.00", reference="R-1")
    where = f"/api/v1/accounts/{account}"
    [purse] = finance.get(f"{where}/purses").json()["items"]
    assert purse == {"purse": "prepay", "balance": "70.00", "with_laptops": "0.00"}
    [section] = finance.get(f"{where}/statement?since=2026-11-01").json()["items"]
    assert section["opening"] == "100.00"
    assert [(line["text"], line["balance"]) for line in section["lines"]] == [("R-1", "70.00")]


def test_what_waits_is_withdrawn_by_finance(
    filling: Filling, finance: Person, rep: Person, shared_server: ServerProcess
) -> None:
    account = filling.account()
    rep.get(f"/api/v1/accounts/{account}/money")
    book(finance, account, "100.00")
    with shared_server.opened() as database:
        handing.hand_out_customers(database, clock.now())
    waits = book(finance, account, "-90.00").json()["id"]
    where = f"/api/v1/accounts/{account}/lowerings/{waits}"
    assert rep.call("DELETE", where).status_code == 403
    assert [finance.call("DELETE", where).status_code for _ in range(2)] == [204, 404]


def test_a_lowered_credit_limit_calls_back_at_once_and_says_before_what_would_come_back(
    filling: Filling, finance: Person, rep: Person, shared_server: ServerProcess
) -> None:
    account = filling.account()
    rep.get(f"/api/v1/accounts/{account}/money")
    where = f"/api/v1/accounts/{account}"
    assert finance.call("PATCH", where, json={"credit_limit": "500.00"}).status_code == 200
    [*_, holder] = finance.get(f"{where}/credit?limit=0").json()["would_come_back"]
    assert holder["called_back"] is False
    assert finance.get(f"{where}/credit?limit=500").json()["would_come_back"] == []
    assert finance.call("PATCH", where, json={"credit_limit": "0.00"}).status_code == 200
    with shared_server.opened() as database, database.reading() as connection:
        ended = run(connection, "SELECT DISTINCT ended_by FROM limit_slice WHERE account_id = ? "
                    "AND kind = 'credit'", str(account)).all()  # fmt: skip
    assert ended == [("lowered",)]


def test_the_organisation_decides_how_money_is_used(finance: Person) -> None:
    kept = finance.get("/api/v1/money-policy").json()
    try:
        changed = {"order_of_use": ["cash"], "warn_percent": "70.00", "manager_over": "50.00"}
        assert finance.call("PUT", "/api/v1/money-policy", json=changed).status_code == 200
        assert finance.get("/api/v1/money-policy").json()["order_of_use"] == ["cash"]
        wrong = finance.call("PUT", "/api/v1/money-policy", json={"order_of_use": ["gold"]})
        assert wrong.json()["code"] == "not_a_choice"
    finally:
        assert finance.call("PUT", "/api/v1/money-policy", json=kept).status_code == 200


def test_what_is_sold_of_a_scarce_article_cannot_be_taken_away(
    filling: Filling, finance: Person, shared_server: ServerProcess
) -> None:
    with shared_server.opened() as database, database.reading() as connection:
        product = run(connection, "SELECT id FROM product").scalar()
    if product is None:
        filling.order()
        with shared_server.opened() as database, database.reading() as connection:
            product = run(connection, "SELECT id FROM product").scalar()
    where = f"/api/v1/products/{product}/stock"
    assert finance.call("PUT", where, json={"quantity": "100"}).json()["quantity"] == "100"
    with shared_server.opened() as database, database.writing() as connection:
        run(connection, "UPDATE scarce_stock SET sold = 400000")
    assert finance.call("PUT", where, json={"quantity": "39"}).json()["code"] == "promised"
    read = finance.get(where).json()
    assert (read["quantity"], read["sold"]) == ("100", "40")
    with shared_server.opened() as database:  # whatever devices sell here hold parts of it
        handing.hand_out(database, clock.now())
    assert finance.call("PUT", where, json={"quantity": "40"}).status_code == 200
    with shared_server.opened() as database, database.reading() as connection:
        left = run(connection, "SELECT count(*) FROM limit_slice WHERE kind = 'stock' AND key = ? AND "
                   "expires_at > ?", product, clock.to_ms(clock.now()) + 1000).scalar()  # fmt: skip
    assert left == 0, "what laptops held is called back at once"
    assert finance.call("PUT", where, json={"quantity": None}).status_code == 200
