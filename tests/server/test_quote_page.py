"""The customer's page of a quote: who reads it, what it answers, that nothing runs in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import requests
from sqlalchemy import update
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.products import Product
from fieldcrm.model.quotes import Quote, QuoteLine
from fieldcrm.services import quotes
from server.database import run
from tests.fixtures.server import ServerProcess
from tests.server.conftest import Filling

TODAY = clock.business_day(clock.now())
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def kept(server: ServerProcess, account: UUID, **fields: object) -> UUID:
    product = Product(id=new_id(), code=str(new_id()), name=EVIL, base_unit="bottle", sales_unit="bottle",
                      standard_price=Decimal(2), tax_rate=Decimal("0.13"), attributes={})  # fmt: skip
    key = new_id()
    usual = {
        "id": key, "family_id": key, "round": 1, "version": 1, "account_id": account, "quoted_on": TODAY,
        "territory_id": server.company.territories["HZ"], "rep_id": server.company.users["rep1"],
        "provisional_number": "R1-Q000001", "quoted_at": clock.now(), "valid_until": TODAY + timedelta(7),
        "fees": [[EVIL, "20.00"]], "fees_amount": Decimal(20), "total_amount": Decimal(24), "note": EVIL,
    }  # fmt: skip
    made = Quote(**usual | fields)
    line = QuoteLine(id=new_id(), quote_id=key, product_id=product.id, unit="bottle", quantity=Decimal(2),
                     position=0, unit_price=Decimal(2), gross_amount=Decimal(4), net_amount=Decimal(4),
                     discount_amount=Decimal(), tax_rate=Decimal(0), tax_amount=Decimal())  # fmt: skip
    made.content = quotes.content_of(made, [line])
    with server.opened() as database, database.writing() as connection, Session(connection) as session:
        for row in (product, made, line):
            session.add(row)
            session.flush()
    return key


def answered(server: ServerProcess, path: str, act: str, note: str = "") -> requests.Response:
    text = requests.get(server.url + path, timeout=30).text
    content = re.search(r"name=content value='([0-9a-f]{64})'", text)
    form = {"act": act, "note": note, "content": content[1] if content else ""}
    return requests.post(server.url + path, data=form, timeout=30)


def acts(server: ServerProcess, quote_id: UUID) -> list[tuple[str, str | None, str]]:
    with server.opened() as database, database.reading() as connection:
        rows = run(
            connection,
            "SELECT act, by_id, note FROM quote_act WHERE quote_id = ? ORDER BY at, id",
            str(quote_id),
        ).all()
    return [(act, by, note) for act, by, note in rows]


def test_a_customer_comments_and_confirms_once(shared_server: ServerProcess, filling: Filling) -> None:
    rep = shared_server.person("rep1")
    quote_id = kept(shared_server, filling.account("HZ"))
    path = rep.post(f"/api/v1/quotes/{quote_id}/link").json()["path"]
    assert answered(shared_server, path, "commented", "周五送到？<b>").status_code == 200
    for _ in range(2):
        assert "您已确认" in answered(shared_server, path, "confirmed").text
    answered(shared_server, path, "declined")
    me = str(shared_server.company.users["rep1"])
    assert acts(shared_server, quote_id) == [
        ("sent", me, ""), ("commented", None, "周五送到？<b>"), ("confirmed", None, ""),
    ]  # fmt: skip


def test_the_page_holds_no_script_and_nothing_from_elsewhere(
    shared_server: ServerProcess, filling: Filling
) -> None:
    quote_id = kept(shared_server, filling.account("HZ", name=EVIL))
    path = shared_server.person("rep1").post(f"/api/v1/quotes/{quote_id}/link").json()["path"]
    answer = requests.get(shared_server.url + path, timeout=30)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "script" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].count("default-src") == 1  # two would forbid the style
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert "http" not in answer.text
    assert "width=device-width" in answer.text


def test_an_address_ends_with_the_validity_with_another_and_with_a_changed_content(
    shared_server: ServerProcess, filling: Filling
) -> None:
    rep = shared_server.person("rep1")
    quote_id = kept(shared_server, filling.account("HZ"))
    first = rep.post(f"/api/v1/quotes/{quote_id}/link").json()["path"]
    second = rep.post(f"/api/v1/quotes/{quote_id}/link").json()["path"]
    assert requests.get(shared_server.url + first, timeout=30).status_code == 404
    form = {"act": "confirmed", "content": "0" * 64}
    requests.post(shared_server.url + second, data=form, timeout=30)
    assert [act for act, _, _ in acts(shared_server, quote_id)] == ["sent"]
    with shared_server.opened() as database, database.writing() as connection:
        ended = update(Quote).where(Quote.id == quote_id).values(valid_until=TODAY - timedelta(1))
        connection.execute(ended)
    over = requests.get(shared_server.url + second, headers={"accept-language": "en"}, timeout=30)
    assert (over.status_code, "has expired" in over.text, "Rep1" in over.text) == (410, True, True)
    assert requests.get(f"{shared_server.url}/q/{'x' * 43}", timeout=30).status_code == 404


def test_a_round_that_was_replaced_says_so_and_takes_no_answer(
    shared_server: ServerProcess, filling: Filling
) -> None:
    account = filling.account("HZ")
    quote_id = kept(shared_server, account)
    path = shared_server.person("rep1").post(f"/api/v1/quotes/{quote_id}/link").json()["path"]
    kept(shared_server, account, family_id=quote_id, round=2, provisional_number="R1-Q000002")
    over = requests.get(shared_server.url + path, headers={"accept-language": "en"}, timeout=30)
    assert (over.status_code, "was replaced" in over.text) == (410, True)
    form = {"act": "confirmed", "content": "0" * 64}
    assert requests.post(shared_server.url + path, data=form, timeout=30).status_code == 410
    late = requests.post(shared_server.url + path, data=form | {"note": "周五 <b>送货"}, timeout=30)
    assert (late.status_code, "周五 &lt;b&gt;送货" in late.text) == (409, True), "what he wrote is not lost"
    assert [act for act, _, _ in acts(shared_server, quote_id)] == ["sent"]


def test_a_comment_larger_than_a_page_takes_is_refused_in_words(shared_server: ServerProcess) -> None:
    answer = requests.post(f"{shared_server.url}/q/x", data={"note": "长" * 40_000}, timeout=30)
    assert (answer.status_code, "留言太长" in answer.text) == (413, True)


def test_only_the_author_of_an_approved_round_makes_its_address(
    shared_server: ServerProcess, filling: Filling
) -> None:
    account = filling.account("HZ")
    waiting = kept(shared_server, account, approver="manager")
    wrong = kept(shared_server, account, review_code="price_changed")
    rep = shared_server.person("rep1")
    for quote_id in (waiting, wrong):
        assert rep.post(f"/api/v1/quotes/{quote_id}/link").status_code == 409
    other = shared_server.person("admin")
    assert other.post(f"/api/v1/quotes/{kept(shared_server, account)}/link").status_code == 404


def test_the_token_is_in_no_log_and_not_in_the_database(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server()
    quote_id = kept(server, Filling(server).account("HZ"))
    path = server.person("rep1").post(f"/api/v1/quotes/{quote_id}/link").json()["path"]
    token = path.rpartition("/")[2]
    assert len(token) >= 43
    assert requests.get(server.url + path, timeout=30).status_code == 200
    server.stop()
    assert token not in server.logged()
    with server.opened() as database, database.reading() as connection:
        [(stored,)] = run(connection, "SELECT token FROM quote_link").all()
    assert token not in stored
