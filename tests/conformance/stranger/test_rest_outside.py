"""REST as an integrator meets it: who may what, one row at a time, and what every answer looks like."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest
import requests

from fieldcrm.ids import new_id
from server import app, limits
from server.settings import Settings
from tests.conformance.stranger.client import Body, Stranger, uuid7
from tests.conformance.stranger.conftest import House
from tests.fixtures.server import PASSWORD, ServerProcess

BY_TOKEN_OF_THEIR_OWN = {
    "/auth/v1/login",
    "/auth/v1/refresh",
    "/auth/v1/move",
    "/auth/v1/wiped",
    "/sync/v1/parcels",
}

ROLES = ("rep1", "rep2", "manager1", "manager2", "finance1", "csm1", "admin")
OFFICE_READS = (200, 404, 200, 404, 200, 200, 200)  # a row of Hangzhou; rep2 and manager2 are of Nanjing
EVERYBODY = (200,) * 7
ONLY_ADMIN = (403,) * 6
Make = Callable[[House], tuple[str, Body | None]]


def _order(house: House) -> str:
    rep = house.known("rep1")
    doc = house.order("rep1", house.account(), lines=[house.line(unit_price="1.00")])
    order = rep.create("order", doc, act="submit")
    assert rep.exchange([order], apply=False).acks[0]["o"] == "applied"
    return str(order["agg"][1])


def _contact(house: House) -> str:
    body = {"name": "c", "account_id": house.account()}
    return str(house.known("admin").json("POST", "/api/v1/contacts", body)["id"])


def _user(house: House) -> str:
    body = {"login": f"u{new_id().hex}", "name": "n", "role": "csm", "password": "long-enough-1"}
    return str(house.known("admin").json("POST", "/api/v1/users", body)["id"])


def _territory(house: House) -> str:
    body = {"code": uuid7(), "name": "T", "parent_id": house.area("HQ")}
    return str(house.known("admin").json("POST", "/api/v1/territories", body)["id"])


ROUTES: list[tuple[str, str, Make, tuple[int, ...]]] = [
    ("GET", "/api/v1/accounts", lambda h: ("", None), EVERYBODY),
    ("GET", "/api/v1/accounts/{account_id}", lambda h: (h.account(), None), OFFICE_READS),
    ("POST", "/api/v1/accounts", lambda h: ("", {"name": "n", "territory_id": h.area("HZ")}),
     (201, 404, 201, 404, 403, 403, 201)),
    ("PATCH", "/api/v1/accounts/{account_id}", lambda h: (h.account(), {"phone": "1"}),
     (200, 404, 200, 404, 403, 403, 200)),
    ("PATCH", "/api/v1/accounts/{account_id}", lambda h: (h.account(), {"credit_limit": "5.00"}),
     (403, 404, 200, 404, 200, 403, 200)),
    ("DELETE", "/api/v1/accounts/{account_id}", lambda h: (h.account(), None),
     (200, 404, 200, 404, 403, 403, 200)),
    ("GET", "/api/v1/contacts", lambda h: ("", None), EVERYBODY),
    ("GET", "/api/v1/contacts/{contact_id}", lambda h: (_contact(h), None), OFFICE_READS),
    ("POST", "/api/v1/contacts", lambda h: ("", {"name": "n", "account_id": h.account()}),
     (201, 404, 201, 404, 403, 403, 201)),
    ("PATCH", "/api/v1/contacts/{contact_id}", lambda h: (_contact(h), {"phone": "1"}),
     (200, 404, 200, 404, 403, 403, 200)),
    ("DELETE", "/api/v1/contacts/{contact_id}", lambda h: (_contact(h), None),
     (200, 404, 200, 404, 403, 403, 200)),
    ("GET", "/api/v1/orders", lambda h: ("", None), EVERYBODY),
    ("GET", "/api/v1/orders/{order_id}", lambda h: (_order(h), None), OFFICE_READS),
    ("POST", "/api/v1/orders/{order_id}/accept", lambda h: (_order(h), None),
     (403, 404, 200, 404, 200, 403, 200)),
    ("POST", "/api/v1/orders/{order_id}/return", lambda h: (_order(h), {"reason": "r"}),
     (403, 404, 200, 404, 200, 403, 200)),
    ("POST", "/api/v1/orders/{order_id}/cancel", lambda h: (_order(h), {"reason": "r"}),
     (403, 404, 200, 404, 200, 403, 200)),
    ("POST", "/api/v1/orders/{order_id}/fulfil", lambda h: (_order(h), None),
     (403, 404, 403, 404, 409, 409, 409)),
    ("POST", "/api/v1/orders/{order_id}/deliveries",
     lambda h: (_order(h), {"quantities": {uuid7(): "1"}, "delivered_on": "2026-11-20"}),
     (403, 404, 403, 404, 409, 409, 409)),
    ("GET", "/api/v1/orders/{order_id}/deliveries", lambda h: (_order(h), None), OFFICE_READS),
    ("GET", "/api/v1/orders/{order_id}/versions", lambda h: (_order(h), None), OFFICE_READS),
    ("GET", "/api/v1/orders/{order_id}/returns", lambda h: (_order(h), None), OFFICE_READS),
    ("POST", "/api/v1/orders/{order_id}/returns",
     lambda h: (_order(h), {"quantities": {uuid7(): "1"}, "reason": "r"}),
     (403, 404, 409, 404, 409, 409, 409)),
    ("GET", "/api/v1/products", lambda h: ("", None), EVERYBODY),
    ("GET", "/api/v1/products/{product_id}", lambda h: (h.product, None), EVERYBODY),
    ("GET", "/api/v1/price-books", lambda h: ("", None), EVERYBODY),
    ("GET", "/api/v1/price-books/{book_id}", lambda h: (h.book, None), EVERYBODY),
    ("GET", "/api/v1/price-books/{book_id}/entries", lambda h: (h.book, None), EVERYBODY),
    ("GET", "/api/v1/cost-prices", lambda h: ("", None), (403, 403, 200, 200, 200, 403, 200)),
    ("GET", "/api/v1/users", lambda h: ("", None), EVERYBODY),
    ("POST", "/api/v1/users", lambda h: ("", {"login": f"u{new_id().hex}", "name": "n", "role": "admin",
                                              "password": "long-enough-1"}), (*ONLY_ADMIN, 201)),
    ("POST", "/api/v1/users/{user_id}/activate", lambda h: (_user(h), None), (*ONLY_ADMIN, 200)),
    ("POST", "/api/v1/users/{user_id}/deactivate", lambda h: (_user(h), None), (*ONLY_ADMIN, 200)),
    ("PUT", "/api/v1/users/{user_id}/password", lambda h: (_user(h), {"password": "long-enough-2"}),
     (*ONLY_ADMIN, 204)),
    ("GET", "/api/v1/territories", lambda h: ("", None), EVERYBODY),
    ("POST", "/api/v1/territories", lambda h: ("", {"code": uuid7(), "name": "T", "parent_id": h.area("HQ")}),
     (*ONLY_ADMIN, 201)),
    ("POST", "/api/v1/territories/{territory_id}/move",
     lambda h: (_territory(h), {"parent_id": h.area("HQ")}), (*ONLY_ADMIN, 200)),
    ("GET", "/api/v1/devices", lambda h: ("", None), EVERYBODY),
    ("POST", "/api/v1/devices/{device_id}/revoke", lambda h: (h.stranger("rep1").device, None),
     (403, 403, 204, 404, 403, 403, 204)),
    ("GET", "/api/v1/files/orphans", lambda h: ("", None), (403, 403, 403, 403, 200, 200, 200)),
    ("GET", "/api/v1/files/orphans/{sha256}", lambda h: ("ab" * 32, None),
     (403, 403, 403, 403, 404, 404, 404)),
    ("GET", "/api/v1/devices/{device_id}/acts", lambda h: (h.stranger("rep1").device, None),
     (200, 404, 200, 404, 404, 404, 200)),
    ("POST", "/api/v1/devices/{device_id}/lost", lambda h: (h.stranger("rep1").device, None),
     (200, 404, 200, 404, 404, 404, 200)),
    ("POST", "/api/v1/devices/{device_id}/sign-out", lambda h: (h.stranger("rep1").device, None),
     (200, 404, 200, 404, 404, 404, 200)),
    ("POST", "/api/v1/devices/{device_id}/leaver", lambda h: (h.stranger("rep1").device, None),
     (403, 403, 200, 404, 403, 403, 200)),
    ("GET", "/api/v1/calendar", lambda h: ("", None), EVERYBODY),
    ("POST", "/api/v1/calendar", lambda h: ("", None), (201,) * 7),
    ("DELETE", "/api/v1/calendar", lambda h: ("", None), (204,) * 7),
    ("GET", "/api/v1/accounts/{account_id}/money", lambda h: (h.account(), None), OFFICE_READS),
    ("POST", "/api/v1/accounts/{account_id}/money",
     lambda h: (h.account(), {"purse": "prepay", "amount": "5.00", "booked_on": "2026-11-20"}),
     (403, 403, 403, 403, 201, 403, 403)),
    ("POST", "/api/v1/accounts/{account_id}/money/recall", lambda h: (h.account(), None),
     (403, 403, 403, 403, 200, 403, 403)),
    ("GET", "/api/v1/accounts/{account_id}/lowerings", lambda h: (h.account(), None), OFFICE_READS),
    ("DELETE", "/api/v1/accounts/{account_id}/lowerings/{lowering_id}", lambda h: (h.account(), None),
     (403, 403, 403, 403, 404, 403, 403)),
    ("GET", "/api/v1/accounts/{account_id}/purses", lambda h: (h.account(), None), OFFICE_READS),
    ("GET", "/api/v1/accounts/{account_id}/statement", lambda h: (h.account(), None), OFFICE_READS),
    ("GET", "/api/v1/accounts/{account_id}/rebates", lambda h: (h.account(), None), OFFICE_READS),
    ("POST", "/api/v1/accounts/{account_id}/rebates/{lot_id}",
     lambda h: (h.account(), {"amount": "-5.00", "booked_on": "2026-11-20", "note": "n"}),
     (403, 403, 403, 403, 404, 403, 403)),
    ("GET", "/api/v1/accounts/{account_id}/credit", lambda h: (h.account(), None), OFFICE_READS),
    ("GET", "/api/v1/money-policy", lambda h: ("", None), EVERYBODY),
    ("PUT", "/api/v1/money-policy", lambda h: ("", {}), (403, 403, 403, 403, 200, 403, 403)),
    ("GET", "/api/v1/limits", lambda h: ("", None), (403, 403, 403, 403, 200, 403, 200)),
    ("POST", "/api/v1/limits/recall", lambda h: ("", {"kind": "budget", "key": "none"}),
     (403, 403, 403, 403, 200, 403, 200)),
    ("GET", "/api/v1/products/{product_id}/stock", lambda h: (h.product, None),
     (403, 403, 403, 403, 200, 403, 200)),
    ("PUT", "/api/v1/products/{product_id}/stock", lambda h: (h.product, {"quantity": None}),
     (403, 403, 403, 403, 200, 403, 200)),
    ("GET", "/api/v1/returnable-orders", lambda h: ("", None), (403, 403, 200, 200, 200, 200, 200)),
    ("GET", "/api/v1/returnable-orders/{order_id}", lambda h: (_order(h), None),
     (403, 403, 200, 404, 200, 200, 200)),
    ("POST", "/api/v1/returnable-orders/{order_id}/worth",
     lambda h: (_order(h), {"quantities": {uuid7(): "1"}}),
     (403, 403, 409, 404, 409, 409, 409)),
    ("POST", "/api/v1/orders/{order_id}/receivable", lambda h: (_order(h), None),
     (403, 404, 403, 404, 409, 403, 403)),
    ("POST", "/api/v1/accounts/{account_id}/order-page", lambda h: (h.account(), None),
     (201, 404, 201, 404, 403, 403, 403)),
    ("GET", "/api/v1/rule-sets", lambda h: ("", None), EVERYBODY),
    ("POST", "/api/v1/rule-sets", lambda h: ("", {"trial": True, "valid_from": "2030-01-01T00:00:00Z"}),
     (403, 403, 403, 403, 201, 403, 201)),
    ("POST", "/api/v1/quotes/{quote_id}/link", lambda h: (uuid7(), None), (404,) * 7),
    ("POST", "/api/v1/devices/{device_id}/restore", lambda h: (h.stranger("rep1").device, None),
     (*ONLY_ADMIN, 200)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "make", "expected"), ROUTES, ids=[f"{method} {path}" for method, path, *_ in ROUTES]
)
def test_every_role_at_every_route(
    embedded: House, method: str, path: str, make: Make, expected: tuple[int, ...]
) -> None:
    row_id, body = make(embedded)
    for login, status in zip(ROLES, expected, strict=True):
        if method != "GET" and expected[-1] != 404:
            row_id, body = make(embedded)
        address = re.sub(r"\{[^}]+\}", row_id, path)
        sent = None if body is None else json.dumps(body).encode()
        told, plain, _, _ = embedded.known(login).raw(method, address, sent)
        assert told == status, (login, plain)
        if status >= 400 and status != 409:  # that one may, and the row is not at that point
            assert json.loads(plain)["code"] in {"not_allowed", "not_found"}


def test_no_route_of_the_list_is_left_out(embedded: House) -> None:
    told = requests.get(f"{embedded.url}/openapi.json", timeout=10).json()["paths"]
    rest = {path: how for path, how in told.items() if path.startswith("/api/")}
    there = {(method.upper(), path) for path, how in rest.items() for method in how}
    assert there == {(method, path) for method, path, *_ in ROUTES}


def test_the_description_of_the_interface_is_sound(embedded: House) -> None:
    told = requests.get(f"{embedded.url}/openapi.json", timeout=10).json()
    assert told["openapi"].startswith("3.")
    assert {"title", "version"} <= set(told["info"])
    schemes = told["components"]["securitySchemes"]
    names: set[str] = set()
    for path, how in told["paths"].items():
        assert path.startswith("/")
        for method, operation in how.items():
            assert method in {"get", "post", "put", "patch", "delete", "head", "options"}
            assert operation["operationId"] not in names
            names.add(operation["operationId"])
            assert any(code.startswith("2") for code in operation["responses"])
            declared = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
            assert declared == set(re.findall(r"\{([^}]+)\}", path))
            for each in operation.get("security", ()):
                assert set(each) <= set(schemes)
            is_open = path in {"/health", "/metrics", *BY_TOKEN_OF_THEIR_OWN} or method == "options"
            assert bool(operation.get("security")) != is_open
    for reference in re.findall(r'"\$ref": "([^"]+)"', json.dumps(told)):
        at: Any = told
        for step in reference.removeprefix("#/").split("/"):
            at = at[step]
        assert at


def test_no_other_origin_is_let_in_and_every_answer_is_guarded(embedded: House) -> None:
    rep = embedded.known("rep1")
    paths = ["/api/v1/accounts", "/sync/v1/schema", "/health", "/openapi.json", "/nothing", "/docs", "/"]
    for path in paths:
        for method in ("GET", "OPTIONS", "TRACE", "PUT"):
            said = {"origin": "http://elsewhere.example", "access-control-request-method": "GET"}
            status, plain, _, headers = rep.raw(method, path, headers=said)
            assert not [name for name in headers if name.lower().startswith("access-control-")]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert headers["referrer-policy"] == "no-referrer"
            assert "server" not in headers
            assert "set-cookie" not in headers
            if status >= 400:
                assert set(json.loads(plain)) <= {"code", "message", "data"}
    status, _, _, headers = rep.raw("GET", "/api/v1/accounts/", headers={"host": "elsewhere.example"})
    assert status == 404
    assert "location" not in headers


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1e9", "x", "", "99999999999999999999"])
def test_a_page_is_never_larger_than_its_limit(embedded: House, limit: str) -> None:
    rep = embedded.known("rep1")
    for what in ("accounts", "contacts", "orders", "products", "price-books", "users", "territories"):
        status, plain, _, _ = rep.raw("GET", f"/api/v1/{what}?limit={limit}")
        assert status == 422
        assert json.loads(plain)["code"] == "invalid"
        assert len(rep.json("GET", f"/api/v1/{what}?limit=1")["items"]) <= 1


@pytest.mark.parametrize("said", ['"x"', "7.5", '"-1"', "9" * 40, "1, 2", "＂1＂".encode().decode("latin-1")])
def test_a_strange_version_is_refused_and_an_old_one_told(embedded: House, said: str) -> None:
    admin, key = embedded.known("admin"), embedded.account()
    path, body = f"/api/v1/accounts/{key}", b'{"phone":"9"}'
    assert admin.raw("PATCH", path, body, headers={"if-match": said})[0] == 422
    status, plain, _, _ = admin.raw("PATCH", path, body, headers={"if-match": '"99"'})
    assert (status, json.loads(plain)["data"]["version"]) == (412, 1)
    assert embedded.account_of(key)["phone"] == ""
    for method in ("PATCH", "DELETE"):
        old, new = ('"1"', '"2"') if method == "PATCH" else ('"2"', '"3"')
        status, _, _, headers = admin.raw(method, path, body, headers={"if-match": old})
        assert (status, headers["etag"]) == (200, new)


def test_guessing_at_another_password_keeps_nobody_from_changing_it(embedded: House) -> None:
    rep, admin = embedded.known("rep1"), embedded.known("admin")
    path = f"/api/v1/users/{embedded.user(embedded.newcomer())}/password"
    for _ in range(12):
        rep.raw("PUT", path, b'{"password":"long-enough-3"}')
    assert rep.raw("PUT", path, b'{"password":"long-enough-3"}')[0] == 429
    assert admin.raw("PUT", path, b'{"password":"long-enough-4"}')[0] == 204


def test_a_bug_tells_the_caller_a_number_and_the_log_no_secret(make_house: Callable[[], House]) -> None:
    house = make_house()
    phone, name, note = "13677778888", "机密客户", "机密内容"
    rep, admin = house.stranger("rep1"), house.known("admin")
    key = house.account(phone=phone, name=name)
    contact = rep.create("contact", {"name": name, "phone": phone, "account_id": key, "note": note})
    rep.sync([contact, rep.create("account", {"name": name, "phone": phone, "secret": note})])
    rep.raw("GET", f"/api/v1/accounts?q={phone}")
    Stranger.sign_in(rep)
    requests.post(f"{house.url}/auth/v1/login", timeout=9, json={
        "user": "rep1", "password": "a-wrong-secret", "device": {"id": uuid7(), "name": name}})  # fmt: skip
    with house.database.writing() as connection:
        fail = "CREATE TRIGGER broken BEFORE INSERT ON contact BEGIN SELECT RAISE(FAIL, 'x'); END"
        connection.exec_driver_sql(fail)
        connection.exec_driver_sql("ALTER TABLE operation RENAME TO gone")
    body = json.dumps({"name": name, "phone": phone, "account_id": key, "note": note}).encode()
    status, plain, _, _ = admin.raw("POST", "/api/v1/contacts", body)
    assert status == 500
    told = json.loads(plain)
    assert set(told) == {"code", "message", "data"}
    assert told["code"] == "internal"
    assert set(told["data"]) == {"incident"}
    change = json.dumps({"phone": phone, "note": note}).encode()
    assert admin.raw("PATCH", f"/api/v1/accounts/{key}", change)[0] == 500
    poison = rep.create("contact", {"name": name, "phone": phone, "account_id": key, "note": note})
    assert rep.exchange([poison]).outcomes == ["retry:internal"]
    logged = house.server.logged()
    assert told["data"]["incident"] in logged
    assert "Traceback" in logged
    secrets = (PASSWORD, "a-wrong-secret", rep.access, rep.refresh, admin.access, admin.refresh, phone,
               name, note, (house.server.data / "signing.key").read_text().strip(), "argon2id$")  # fmt: skip
    for secret in secrets:
        assert secret not in logged
        assert json.dumps(secret)[1:-1] not in logged


def test_a_crowd_is_asked_to_come_again(
    stopped_server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = app.create(Settings(data=stopped_server.data), background=False)
    monkeypatch.setattr(limits, "IN_FLIGHT", 0)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(inside), base_url="http://s") as line:
            who = {"user": "rep1", "password": PASSWORD, "device": {"id": uuid7(), "name": ""}}
            access = (await line.post("/auth/v1/login", json=who)).json()["access"]
            return await line.post("/sync/v1/hello", headers={"authorization": f"Bearer {access}"})

    answer = anyio.run(ask)
    inside.state.installation.database.close()
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert 2 <= int(answer.headers["retry-after"]) <= 10
