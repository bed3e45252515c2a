"""A customer orders by himself: what he sees, what becomes of it, that nothing runs in the page (R1)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import requests
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.prices import BookLevel, PriceBook, PriceEntry
from fieldcrm.model.products import Product, ProductUnit
from fieldcrm.services import price_books
from server.database import run
from tests.fixtures.server import Person, ServerProcess
from tests.server.conftest import Filling

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Customer:
    """A customer with a page and two articles of his own book."""

    def __init__(self, server: ServerProcess, account: UUID, rep: Person) -> None:
        self.server, self.account, self.rep = server, account, rep
        self.water, self.tea = self._book()
        self.path = rep.post(f"/api/v1/accounts/{account}/order-page").json()["path"]

    def _book(self) -> tuple[UUID, UUID]:
        book = PriceBook(id=new_id(), code=str(new_id()), name="Own", level=BookLevel.CUSTOMER,
                         reference=str(self.account), version=1,
                         territory_id=self.server.company.territories["HZ"])  # fmt: skip
        made = [
            Product(id=new_id(), code=str(new_id()), name=name, base_unit="bottle", sales_unit="case",
                    standard_price=Decimal(2), tax_rate=Decimal("0.13"), attributes={})
            for name in (f"Water {EVIL}", "Tea")
        ]  # fmt: skip
        with (
            self.server.opened() as database,
            database.writing() as connection,
            Session(connection) as session,
        ):
            session.add_all([book, *made])
            session.flush()
            for product in made:
                session.add(ProductUnit(id=new_id(), product_id=product.id, unit="case", factor=Decimal(24)))
                session.add(
                    PriceEntry(id=new_id(), price_book_id=book.id, product_id=product.id, unit="case",
                               price=Decimal(48), territory_id=book.territory_id)
                )  # fmt: skip
            session.flush()
            price_books.seal(session, book)
            session.flush()
        return made[0].id, made[1].id

    def get(self) -> requests.Response:
        return requests.get(self.server.url + self.path, timeout=30)

    def post(self, do: str, quantities: dict[UUID, str], **more: str) -> requests.Response:
        form = {f"n.{key}": many for key, many in quantities.items()} | {"do": do} | more
        return requests.post(self.server.url + self.path, data=form, timeout=30)

    def hidden(self, text: str) -> dict[str, str]:
        return {
            name: re.search(f"name={name} value='([0-9a-f]+)'", text)[1] for name in ("number", "content")
        }  # type: ignore[index]

    def orders(self) -> list[dict[str, Any]]:
        path = f"/api/v1/orders?account_id={self.account}&origin=customer"
        items: list[dict[str, Any]] = self.rep.get(path).json()["items"]
        return items


@pytest.fixture
def customer(shared_server: ServerProcess, filling: Filling) -> Customer:
    return Customer(shared_server, filling.account("HZ"), shared_server.person("rep1"))


def test_a_customer_sees_his_range_at_his_prices_and_nothing_runs(customer: Customer) -> None:
    page = customer.get()
    assert page.status_code == 200
    assert "¥48.00/case" in page.text
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    only = customer.post("search", {customer.water: "3"}, text="Tea").text
    assert f"name='n.{customer.tea}'" in only
    assert f"<input type=hidden name='n.{customer.water}' value='3'>" in only, "what was entered goes along"


def test_he_sees_the_price_and_confirms_it_twice_for_one_order(customer: Customer) -> None:
    wanted = {customer.water: "2", customer.tea: "1"}
    priced = customer.post("check", wanted).text
    assert "¥144.00" in priced
    hidden = customer.hidden(priced)
    answers = [customer.post("confirm", wanted, **hidden) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    [order] = customer.orders()
    assert (order["status"], order["total_amount"], order["origin"]) == ("accepted", "144.00", "customer")
    assert order["number"].startswith("SO-")
    assert all(order["number"] in answer.text for answer in answers)
    assert order["rep_id"] == str(customer.server.company.users["rep1"])
    assert order["number"] in customer.get().text, "the page tells of it"


def test_prices_that_moved_meanwhile_are_shown_again(customer: Customer) -> None:
    wanted = {customer.water: "2"}
    hidden = customer.hidden(customer.post("check", wanted).text)
    again = customer.post("confirm", wanted | {customer.tea: "5"}, **hidden)
    assert "The prices have changed" in again.text
    assert customer.orders() == []
    customer.post("confirm", wanted | {customer.tea: "5"}, **customer.hidden(again.text))
    assert [order["total_amount"] for order in customer.orders()] == ["336.00"]


@pytest.mark.parametrize("bad", ["x", "-1", "1e99", "NaN", "0.00001"])
def test_a_quantity_that_is_none_is_named_and_the_others_stay(customer: Customer, bad: str) -> None:
    page = customer.post("check", {customer.water: bad, customer.tea: "4"}).text
    assert "Some quantities are no numbers" in page
    assert "value='4'" in page
    assert customer.orders() == []


def test_every_guess_gets_one_answer_and_a_new_page_ends_the_old(customer: Customer) -> None:
    old = customer.get().status_code, customer.path
    customer.path = customer.rep.post(f"/api/v1/accounts/{customer.account}/order-page").json()["path"]
    assert (old[0], customer.get().status_code) == (200, 200)
    guesses = [
        old[1],
        "/o/",
        "/o/x",
        "/o/a/b",
        "/o/" + "A" * 43,
        "/o/%00",
        customer.path + "?done=000000000000",
    ]
    answers = [requests.get(customer.server.url + path, timeout=30) for path in guesses]
    answers += [
        requests.post(customer.server.url + path, data={"do": "confirm"}, timeout=30) for path in guesses[:6]
    ]
    assert {(each.status_code, each.text) for each in answers} == {(404, answers[0].text)}


def test_the_address_is_kept_as_a_digest_only(customer: Customer) -> None:
    token = customer.path.rpartition("/")[2]
    with customer.server.opened() as database, database.reading() as connection:
        [(kept,)] = run(
            connection, "SELECT token FROM order_link WHERE account_id = ?", str(customer.account)
        ).all()
    assert token not in kept


def test_only_who_sells_to_him_gives_a_customer_a_page(
    customer: Customer, shared_server: ServerProcess
) -> None:
    path = f"/api/v1/accounts/{customer.account}/order-page"
    assert shared_server.person("rep2").post(path).status_code == 404
    assert shared_server.person("finance1").post(path).status_code in (403, 409)
