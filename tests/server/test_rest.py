"""REST: each role does what it may, sees what it may, and nothing else; changes reach the laptops."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import zstandard

from fieldcrm.ids import new_id
from fieldcrm.model.orders import OrderStatus
from tests.fixtures.server import PASSWORD, Person, ServerProcess
from tests.server.conftest import Filling

LOGINS = ("admin", "finance1", "csm1", "manager1", "manager2", "rep1", "rep2")


@pytest.fixture(scope="module")
def people(shared_server: ServerProcess) -> dict[str, Person]:
    return {login: shared_server.person(login) for login in LOGINS}


def allowed(people: dict[str, Person], call: Callable[[Person], Any]) -> set[str]:
    """Return who got through; the others got 403 or 404."""
    answers = {login: call(person) for login, person in people.items()}
    assert all(answer.status_code < 300 or answer.status_code in (403, 404) for answer in answers.values())
    return {login for login, answer in answers.items() if answer.status_code < 300}


EVERYBODY = set(LOGINS)
WHOLE_COMPANY = {"admin", "finance1", "csm1"}


def test_who_sees_an_account_of_hangzhou(people: dict[str, Person], filling: Filling) -> None:
    account = filling.account("HZ")
    assert allowed(people, lambda p: p.get(f"/api/v1/accounts/{account}")) == WHOLE_COMPANY | {
        "manager1",
        "rep1",
    }


def test_a_foreign_account_answers_like_one_that_never_was(
    people: dict[str, Person], filling: Filling
) -> None:
    theirs, nobodys = filling.account("HZ"), new_id()
    rep = people["rep2"]
    for method, body in (("GET", None), ("PATCH", {"phone": "1"}), ("DELETE", None)):
        answers = [rep.call(method, f"/api/v1/accounts/{i}", json=body) for i in (theirs, nobodys)]
        assert [a.status_code for a in answers] == [404, 404]
        assert answers[0].text.replace(str(theirs), "") == answers[1].text.replace(str(nobodys), "")


def test_lists_hold_only_what_one_sees(people: dict[str, Person], filling: Filling) -> None:
    here, there = filling.account("HZ", name="列表甲"), filling.account("NJ", name="列表乙")
    for login, expected in (
        ("rep1", {here}),
        ("rep2", {there}),
        ("manager1", {here, there}),
        ("admin", {here, there}),
    ):
        items = people[login].get("/api/v1/accounts", params={"q": "列表"}).json()["items"]
        assert {UUID(item["id"]) for item in items} == expected, login


def test_a_list_is_paged_without_loss_or_repetition(people: dict[str, Person], filling: Filling) -> None:
    made = {str(filling.account(name=f"翻页{n}")) for n in range(7)}
    seen: list[str] = []
    after: str | None = None
    while True:
        params = {"q": "翻页", "limit": 3} | ({"after": after} if after else {})
        page = people["admin"].get("/api/v1/accounts", params=params).json()
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == 7
    assert set(seen) == made


@pytest.mark.parametrize("q", ["%", "_", "' OR 1=1 --", "\\", "\x00"])
def test_a_search_is_taken_literally(people: dict[str, Person], q: str) -> None:
    answer = people["admin"].get("/api/v1/accounts", params={"q": q})
    assert answer.status_code in (200, 422)
    assert not answer.json().get("items")


def new_account(area: UUID, **more: Any) -> dict[str, Any]:
    return {"name": "新店", "territory_id": str(area), **more}


def test_who_makes_accounts_where(people: dict[str, Person], shared_server: ServerProcess) -> None:
    for area, expected in (
        ("HZ", {"admin", "manager1", "rep1"}),
        ("NJ", {"admin", "manager1", "manager2", "rep2"}),
    ):
        body = new_account(shared_server.company.territories[area])
        assert allowed(people, lambda p, body=body: p.post("/api/v1/accounts", json=body)) == expected


def test_fields_the_office_decides_are_not_a_reps(people: dict[str, Person], filling: Filling) -> None:
    account = filling.account("HZ")
    path = f"/api/v1/accounts/{account}"
    assert allowed(people, lambda p: p.call("PATCH", path, json={"phone": "0571-1"})) == {
        "admin",
        "manager1",
        "rep1",
    }
    assert allowed(people, lambda p: p.call("PATCH", path, json={"credit_limit": "900.00"})) == {
        "admin", "finance1", "manager1",
    }  # fmt: skip
    refused = people["rep1"].call(
        "PATCH", path, json={"credit_limit": "1.00", "price_group": "A", "phone": "2"}
    )
    assert refused.json()["data"]["fields"] == ["credit_limit", "price_group"]


@pytest.mark.parametrize("field", [
    "id", "version", "receivable", "overdue_since", "merged_into", "possible_duplicate", "archived_at",
    "extra", "is_admin", "server_version",
])  # fmt: skip
def test_fields_the_server_owns_are_refused_by_name(
    people: dict[str, Person], filling: Filling, field: str
) -> None:
    account = filling.account("HZ")
    answer = people["admin"].call("PATCH", f"/api/v1/accounts/{account}", json={field: 1})
    assert answer.status_code == 422
    assert field in answer.text


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "1e400", "1.00001", "１２", "-", "", "9" * 20, 1.5, None, [], {}]
)
def test_strange_numbers_are_refused(people: dict[str, Person], filling: Filling, value: object) -> None:
    account = filling.account("HZ")
    answer = people["admin"].call("PATCH", f"/api/v1/accounts/{account}", json={"service_minutes": value})
    assert answer.status_code == 422
    if value is not None:
        answer = people["admin"].call("PATCH", f"/api/v1/accounts/{account}", json={"credit_limit": value})
        assert answer.status_code == 422


def test_who_reads_first_and_writes_late_is_told(people: dict[str, Person], filling: Filling) -> None:
    account = filling.account("HZ")
    path = f"/api/v1/accounts/{account}"
    read = people["rep1"].get(path)
    mark = read.headers["etag"]
    assert (
        people["rep1"].call("PATCH", path, json={"phone": "1"}, headers={"if-match": mark}).status_code == 200
    )
    late = people["admin"].call("PATCH", path, json={"phone": "2"}, headers={"if-match": mark})
    assert (late.status_code, late.json()["data"]["version"]) == (412, read.json()["version"] + 1)
    assert (
        people["admin"].call("PATCH", path, json={"phone": "2"}).json()["version"]
        == read.json()["version"] + 2
    )


def test_an_archived_account_is_put_away_not_lost(people: dict[str, Person], filling: Filling) -> None:
    account = filling.account("HZ", name="关门店")
    path = f"/api/v1/accounts/{account}"
    assert (
        allowed({k: people[k] for k in ("finance1", "csm1", "rep2")}, lambda p: p.call("DELETE", path))
        == set()
    )
    assert people["rep1"].call("DELETE", path).json()["archived_at"] is not None
    assert people["rep1"].call("PATCH", path, json={"phone": "3"}).json()["code"] == "archived"
    assert people["admin"].get("/api/v1/accounts", params={"q": "关门店"}).json()["items"] == []
    listed = people["admin"].get("/api/v1/accounts", params={"q": "关门店", "archived": True}).json()["items"]
    assert [item["id"] for item in listed] == [str(account)]


def test_two_accounts_with_one_code_are_both_marked(
    people: dict[str, Person], shared_server: ServerProcess
) -> None:
    body = new_account(shared_server.company.territories["HZ"], code=f"C-{new_id()}")
    first, second = (people["rep1"].post("/api/v1/accounts", json=body).json() for _ in range(2))
    assert second["possible_duplicate"] is True
    assert people["rep1"].get(f"/api/v1/accounts/{first['id']}").json()["possible_duplicate"] is True


def test_an_account_is_made_once_under_its_id(
    people: dict[str, Person], shared_server: ServerProcess
) -> None:
    body, mine = new_account(shared_server.company.territories["HZ"]), new_id()
    assert people["rep1"].post("/api/v1/accounts", params={"id": str(mine)}, json=body).status_code == 201
    again = people["rep1"].post("/api/v1/accounts", params={"id": str(mine)}, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "id_taken")


def test_contacts_follow_their_account(people: dict[str, Person], filling: Filling) -> None:
    account = filling.account("HZ")
    body = {"account_id": str(account), "name": "王经理", "phone": "13800000000"}
    assert allowed(people, lambda p: p.post("/api/v1/contacts", json=body)) == {"admin", "manager1", "rep1"}
    made = people["rep1"].post("/api/v1/contacts", json=body).json()
    path = f"/api/v1/contacts/{made['id']}"
    assert allowed(people, lambda p: p.get(path)) == WHOLE_COMPANY | {"manager1", "rep1"}
    assert allowed(people, lambda p: p.call("PATCH", path, json={"title": "店长"})) == {
        "admin",
        "manager1",
        "rep1",
    }
    assert (
        len(people["rep1"].get("/api/v1/contacts", params={"account_id": str(account)}).json()["items"]) == 4
    )
    assert people["rep2"].get("/api/v1/contacts", params={"account_id": str(account)}).json()["items"] == []
    assert people["rep1"].call("DELETE", path).json()["archived_at"] is not None


def test_who_decides_about_an_order(people: dict[str, Person], filling: Filling) -> None:
    orders = {login: filling.order("HZ") for login in LOGINS}
    through = {
        login
        for login, person in people.items()
        if person.post(f"/api/v1/orders/{orders[login]}/accept").status_code == 200
    }
    assert through == {"admin", "finance1", "manager1"}


def test_an_accepted_order_has_a_number_and_is_final(people: dict[str, Person], filling: Filling) -> None:
    first, second = filling.order("HZ"), filling.order("HZ")
    numbers = []
    for order in (first, second):
        answer = people["manager1"].post(f"/api/v1/orders/{order}/accept").json()
        assert answer["status"] == "accepted"
        assert answer["review_code"] is None
        assert answer["lines"][0]["quantity"] == "2.00"
        numbers.append(int(answer["number"].rpartition("-")[2]))
    assert numbers[1] == numbers[0] + 1
    again = people["manager1"].post(f"/api/v1/orders/{first}/accept")
    assert (again.status_code, again.json()["code"]) == (409, "order_step")


def test_nobody_decides_about_his_own_order(people: dict[str, Person], filling: Filling) -> None:
    own = filling.order("HZ", login="manager1")
    assert people["manager1"].post(f"/api/v1/orders/{own}/accept").status_code == 403
    assert people["admin"].post(f"/api/v1/orders/{own}/accept").status_code == 200


def test_a_returned_order_goes_back_with_its_reason(people: dict[str, Person], filling: Filling) -> None:
    order = filling.order("HZ")
    path = f"/api/v1/orders/{order}/return"
    assert people["manager1"].post(path, json={"reason": ""}).status_code == 422
    answer = people["manager1"].post(path, json={"reason": "价格不对"}).json()
    assert (answer["status"], answer["review_code"]) == ("needs_review", "returned")
    assert answer["review_data"] == {"reason": "价格不对"}


def test_drafts_are_not_in_the_order_centre(people: dict[str, Person], filling: Filling) -> None:
    draft, sent = filling.order("NJ", "rep2", OrderStatus.DRAFT), filling.order("NJ", "rep2")
    listed = {item["id"] for item in people["manager2"].get("/api/v1/orders").json()["items"]}
    assert str(sent) in listed
    assert str(draft) not in listed
    assert str(sent) not in {item["id"] for item in people["rep1"].get("/api/v1/orders").json()["items"]}
    assert people["rep1"].get(f"/api/v1/orders/{sent}").status_code == 404


def test_only_an_administrator_keeps_users(people: dict[str, Person], shared_server: ServerProcess) -> None:
    def body() -> dict[str, Any]:
        return {
            "login": f"u{new_id().hex}", "name": "新人", "role": "rep", "password": PASSWORD,
            "territory_id": str(shared_server.company.territories["HZ"]),
        }  # fmt: skip

    assert allowed(people, lambda p: p.post("/api/v1/users", json=body())) == {"admin"}
    made = people["admin"].post("/api/v1/users", json=body()).json()
    assert made["version"] == 1
    assert shared_server.login(made["login"]).status_code == 200
    path = f"/api/v1/users/{made['id']}/deactivate"
    assert allowed({k: v for k, v in people.items() if k != "admin"}, lambda p: p.post(path)) == set()
    new = shared_server.person(made["login"])
    assert people["admin"].post(path).json()["active"] is False
    assert new.get("/api/v1/users").status_code == 401
    assert shared_server.login(made["login"]).status_code == 401
    password = f"/api/v1/users/{made['id']}/password"
    assert people["manager1"].call("PUT", password, json={"password": "x" * 12}).status_code == 403


@pytest.mark.parametrize(("change", "code"), [
    ({"login": "REP1"}, "login_taken"), ({"role": "king"}, "invalid"), ({"password": "short"}, "too_short"),
    ({"territory_id": None}, "required"), ({"active": True}, "invalid"), ({"is_admin": True}, "invalid"),
])  # fmt: skip
def test_a_strange_user_is_refused(
    people: dict[str, Person], shared_server: ServerProcess, change: dict[str, Any], code: str
) -> None:
    body = {"login": f"u{new_id().hex}", "name": "N", "role": "rep", "password": PASSWORD,
            "territory_id": str(shared_server.company.territories["HZ"])}  # fmt: skip
    answer = people["admin"].post("/api/v1/users", json=body | change)
    assert answer.json()["code"] == code
    assert PASSWORD not in answer.text


def test_territories_stay_a_tree(people: dict[str, Person], shared_server: ServerProcess) -> None:
    admin, areas = people["admin"], shared_server.company.territories
    assert allowed(people, lambda p: p.get("/api/v1/territories")) == EVERYBODY
    made = admin.post(
        "/api/v1/territories", json={"code": f"T{new_id()}", "name": "萧山", "parent_id": str(areas["HZ"])}
    )
    assert made.status_code == 201
    circle = admin.post(f"/api/v1/territories/{areas['HZ']}/move", json={"parent_id": made.json()["id"]})
    assert circle.json()["code"] == "territory_under_itself"
    assert people["manager1"].post("/api/v1/territories", json={"code": "X", "name": "Y"}).status_code == 403
    assert (
        admin.post("/api/v1/territories", json={"code": "HZ", "name": "again"}).json()["code"] == "code_taken"
    )


def test_devices_are_seen_and_revoked_by_who_is_in_charge(
    people: dict[str, Person], shared_server: ServerProcess
) -> None:
    lost = shared_server.person("rep2")
    path = f"/api/v1/devices/{lost.device}/revoke"
    seeing = {
        login for login, person in people.items()
        if str(lost.device) in {item["id"] for item in person.get("/api/v1/devices").json()["items"]}
    }  # fmt: skip
    assert seeing == {"admin", "manager1", "manager2", "rep2"}
    for login in ("rep1", "rep2", "finance1", "csm1"):
        assert people[login].post(path).status_code == 403
    assert people["manager2"].post(path).status_code == 204
    assert people["manager2"].post(f"/api/v1/devices/{people['rep1'].device}/revoke").status_code == 404
    assert lost.get("/api/v1/users").json()["code"] == "device_revoked"


def test_the_catalogue_is_for_everybody(people: dict[str, Person], filling: Filling) -> None:
    filling.order("HZ")
    assert allowed(people, lambda p: p.get("/api/v1/products")) == EVERYBODY
    assert allowed(people, lambda p: p.get("/api/v1/price-books")) == EVERYBODY
    product = people["rep1"].get("/api/v1/products", params={"q": "w1", "limit": 1}).json()["items"][0]
    assert people["rep1"].get(f"/api/v1/products/{product['id']}").json()["standard_price"] == "2.00"
    assert people["rep1"].get(f"/api/v1/price-books/{new_id()}").status_code == 404


def test_every_route_that_is_not_a_door_wants_a_token(
    shared_server: ServerProcess, people: dict[str, Person]
) -> None:
    stranger = Person(shared_server.url, new_id(), "no.such.token", "", {})
    doors = {"/auth/v1/login", "/auth/v1/refresh", "/auth/v1/wiped", "/auth/v1/move", "/health"}
    routes = people["admin"].get("/openapi.json").json()["paths"]
    assert len(routes) > 25
    for path, verbs in routes.items():
        for verb in verbs:
            if path in doors or verb == "options":
                continue
            real = path.replace("{sha256}", "0" * 64).replace("{scope}", "global")
            while "{" in real:
                real = real[: real.index("{")] + str(new_id()) + real[real.index("}") + 1 :]
            answer = stranger.call(verb.upper(), real, headers={"tus-resumable": "1.0.0"}, json={})
            assert answer.status_code == 401, (verb, path, answer.text)


def test_what_the_office_changes_reaches_the_rep(
    shared_server: ServerProcess, people: dict[str, Person], filling: Filling
) -> None:
    account = filling.account("HZ")
    rep = shared_server.person("rep1")
    cursor, rows = pulled(rep, "")
    assert str(account) in rows
    people["admin"].call("PATCH", f"/api/v1/accounts/{account}", json={"phone": "0571-99"})
    cursor, rows = pulled(rep, cursor)
    assert rows[str(account)]["phone"] == "0571-99"
    people["admin"].call(
        "PATCH",
        f"/api/v1/accounts/{account}",
        json={"territory_id": str(shared_server.company.territories["NJ"])},
    )
    _, rows = pulled(rep, cursor)
    assert rows[str(account)] is None


def pulled(rep: Person, cursor: str) -> tuple[str, dict[str, Any]]:
    """Pull to the end; return the cursor and the rows by id, None for gone."""
    rows: dict[str, Any] = {}
    while True:
        body = {"dev": str(rep.device), "schema": 1, "n_next": 1, "cursor": cursor}
        packed = zstandard.ZstdCompressor().compress(json.dumps(body).encode())
        answer = rep.post(
            "/sync/v1/sync", data=packed, headers={"content-encoding": "zstd", "accept-encoding": "identity"}
        )
        assert answer.status_code == 200, answer.text
        lines = [json.loads(line) for line in answer.content.splitlines()]
        rows |= {
            line["r"][1]: line["r"][4] if line["r"][3] == "put" else None for line in lines if "r" in line
        }
        cursor = lines[-1]["t"]["cursor"]
        if not lines[-1]["t"]["more"]:
            return cursor, rows
