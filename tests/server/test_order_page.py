"""A customer orders by himself: what he sees, what becomes of it, that nothing runs in the page (R1)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
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

ENGLISH = {"accept-language": "en"}
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

    def get(self, view: str = "") -> requests.Response:
        return requests.get(self.server.url + self.path + view, headers=ENGLISH, timeout=30)

    def post(self, do: str, typed: dict[str, str] | None = None, view: str = "", **more: str) -> str:
        """Press a button with something typed into fields, and return the page that follows."""
        form = {f"n.{key}": said for key, said in (typed or {}).items()} | {"do": do} | more
        where = self.server.url + self.path + view
        return requests.post(where, data=form, headers=ENGLISH, timeout=30).text

    def hidden(self, text: str) -> dict[str, str]:
        names = ("number", "content", "was")
        return {name: re.search(f"name={name} value='([0-9a-f.]+)'", text)[1] for name in names}  # type: ignore[index]

    def case(self, product: UUID) -> str:
        """Return the key of the line of an article by the case."""
        return f"{product}~case"

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
    assert f"name='n.{customer.water}~bottle'" in page.text, "every unit that has a price is sold"
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    only = customer.post("keep", {customer.case(customer.water): "3"}, text="Tea")
    assert f"name='n.{customer.tea}~case'" in only
    assert f"name='n.{customer.water}~case'" not in only
    assert "¥144.00" in only, "what was entered is kept and priced"


def test_it_speaks_chinese_to_who_asks_for_it_and_english_to_all_others(customer: Customer) -> None:
    where = customer.server.url + customer.path
    said = {asked: requests.get(where, headers={"accept-language": asked}, timeout=30).text
            for asked in ("zh-CN,zh;q=0.9,en;q=0.8", "en-GB", "fr")}  # fmt: skip
    assert ["还没选商品" in text for text in said.values()] == [True, False, False]


def test_he_sees_the_price_and_confirms_it_twice_for_one_order(customer: Customer) -> None:
    wanted = {customer.case(customer.water): "2", f"{customer.tea}~bottle": "３"}
    said = {"note": "Friday <b>morning</b>", "wanted_on": "2099-01-02"}
    priced = customer.post("go:?step=check", wanted)
    assert "¥102.00" in priced
    hidden = customer.hidden(priced)
    answers = [customer.post("confirm", None, "?step=check", **said, **hidden) for _ in range(2)]
    [order] = customer.orders()
    assert (order["status"], order["total_amount"], order["origin"]) == ("accepted", "102.00", "customer")
    assert order["number"].startswith("SO-")
    assert all(order["number"] in answer for answer in answers), "who lost the answer sees his order"
    assert order["rep_id"] == str(customer.server.company.users["rep1"])
    assert "Friday &lt;b&gt;morning&lt;/b&gt;" in answers[1]
    assert "wanted on 2 Jan 2099" in answers[1]
    assert "Nothing chosen yet" in customer.get().text, "the basket is empty again"


def test_an_amount_in_the_address_is_no_larger_than_an_amount(customer: Customer) -> None:
    wanted = {customer.case(customer.water): "2"}
    customer.post("keep", wanted)
    asked = {"number": "0" * 12, "content": "x", "was": "1e999999"}
    assert len(customer.post("confirm", None, "?step=check", **asked)) < 50_000
    assert len(customer.get("?step=check&told=moved&was=1e999999").text) < 50_000


def test_an_impatient_thumb_makes_one_order(customer: Customer) -> None:
    hidden = customer.hidden(customer.post("go:?step=check", {customer.case(customer.water): "2"}))
    with ThreadPoolExecutor(4) as thumbs:
        pressed = [thumbs.submit(customer.post, "confirm", None, "?step=check", **hidden) for _ in range(4)]
    [order] = customer.orders()
    assert [order["number"] in each.result() for each in pressed] == [True] * 4


def test_what_is_no_longer_as_it_was_shown_is_shown_again_and_nothing_is_ordered(customer: Customer) -> None:
    hidden = customer.hidden(customer.post("go:?step=check", {customer.case(customer.water): "2"}))
    customer.post("keep", {customer.case(customer.tea): "5"})  # in another window
    again = customer.post("confirm", None, "?step=check", **hidden)
    assert "It was ¥96.00 and is ¥336.00 now." in again
    assert customer.orders() == []
    customer.post("confirm", None, "?step=check", **customer.hidden(again))
    assert [order["total_amount"] for order in customer.orders()] == ["336.00"]


@pytest.mark.parametrize("bad", ["x", "-1", "1e99", "NaN", "0.00001"])
def test_a_quantity_that_is_none_is_named_where_it_was_typed_and_all_is_kept(
    customer: Customer, bad: str
) -> None:
    customer.post("keep", {customer.case(customer.water): bad, customer.case(customer.tea): "4"})
    page = customer.get("?step=check").text
    assert f"“{bad}” is no quantity" in page
    assert f"value='{bad}' aria-invalid=true" in page
    assert "value='4'" in page
    assert "confirm:" not in page, "there is no button to order it with"
    customer.post("confirm", None, number="0" * 12, content="")
    assert customer.orders() == []


def test_a_day_that_is_over_is_named_and_what_was_typed_stays(customer: Customer) -> None:
    hidden = customer.hidden(customer.post("go:?step=check", {customer.case(customer.water): "2"}))
    page = customer.post("confirm", None, "?step=check", wanted_on="2020-01-01", note="Call", **hidden)
    assert "This day cannot be." in page
    assert ">Call</textarea>" in page
    assert customer.orders() == []


def test_more_less_away_and_back(customer: Customer) -> None:
    key = customer.case(customer.water)
    for do in ("more", "more", "more", "less"):
        page = customer.post(f"{do}:{key}", view="?shelf=all")
    assert f"name='n.{key}' value='2'" in page
    away = customer.post(f"drop:{key}", view="?step=check")
    assert "Nothing is chosen yet" in away
    assert f"name='n.{key}' value='2'" in customer.post("undo:", view="?step=check")


def test_the_last_order_is_ordered_again_with_one_button(customer: Customer) -> None:
    hidden = customer.hidden(customer.post("go:?step=check", {customer.case(customer.water): "2"}))
    customer.post("confirm", None, "?step=check", **hidden)
    page = customer.get().text
    assert "Last order, " in page
    [again] = re.findall(r"value='(again:[^']+)'", page)
    assert "¥96.00" in customer.post(again)
    past = customer.get("?step=past").text
    assert "Accepted" in past
    assert again in past
    assert "This page has ended" in customer.post(f"again:{UUID(int=3)}"), "not his order"


def test_what_was_chosen_outlives_the_address(customer: Customer) -> None:
    customer.post("keep", {customer.case(customer.water): "7"})
    customer.path = customer.rep.post(f"/api/v1/accounts/{customer.account}/order-page").json()["path"]
    assert "value='7'" in customer.get().text


def test_a_form_larger_than_any_order_is_refused_in_words(customer: Customer) -> None:
    page = customer.post("keep", {customer.case(customer.water): "1" * 200_000})
    assert "That was too much" in page
    assert "Nothing chosen yet" in customer.get().text


def kept_of(customer: Customer) -> str:
    query = "SELECT basket FROM order_link WHERE account_id = ?"
    with customer.server.opened() as database, database.reading() as connection:
        return str(run(connection, query, str(customer.account)).one()[0])


SPELLED = ["urn:uuid:{}~case", "{{{}}}~case", "{}~case~" + "9" * 50_000, "{}~" + "u" * 99]


@pytest.mark.parametrize("spelled", SPELLED, ids=["urn", "braces", "number", "unit"])
def test_a_line_has_one_spelling_so_nobody_fills_the_server_with_names(
    customer: Customer, spelled: str
) -> None:
    odd = spelled.format(customer.water)
    customer.post("keep", {odd: "3"})
    customer.post(f"more:{odd}")
    assert '"lines":[]' in kept_of(customer).replace(" ", "")


@pytest.mark.parametrize("about", ["x\r\nset-cookie: a=b", "清泉", "清泉~case", "~"])
def test_no_button_writes_into_the_answers_headers(customer: Customer, about: str) -> None:
    answer = requests.post(
        customer.server.url + customer.path, data={"do": f"more:{about}"}, allow_redirects=False, timeout=30
    )
    assert (answer.status_code, answer.headers["location"]) == (303, customer.path)
    assert "set-cookie" not in answer.headers


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
