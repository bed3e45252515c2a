"""The abuse cases of the API, one after the other, against a started server (SEC ids in the docstrings)."""

from __future__ import annotations

import base64
import contextlib
import csv
import hashlib
import hmac
import http.client
import json
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from fieldcrm.services import account_exports
from tests.conformance.stranger.client import Body, Refused, Stranger, uuid7
from tests.conformance.stranger.conftest import House
from tests.fixtures.server import PASSWORD

MEGABYTE = 1024 * 1024
AT = 1_772_420_000_000


def theirs(house: House) -> dict[str, str]:
    """Return ids of everything the rep of Nanjing has: one of each kind."""
    key = house.account("NJ", name="南京秘密店", phone="13951234567")
    rep = house.stranger("rep2")
    visit = rep.create("visit", house.visit("rep2", key))
    of = {"visit_id": visit["agg"][1], "account_id": key, "rep_id": house.user("rep2")}
    photo = of | {
        "sha256": "cd" * 32,
        "size": 1,
        "media_type": "image/png",
        "width": 1,
        "height": 1,
        "taken_at": AT,
    }
    todo = {"title": "秘密", "assignee_id": house.user("rep2"), "created_by": house.user("rep2")}
    plan = {"rep_id": house.user("rep2"), "account_id": key, "on": "2026-03-02"}
    made = [
        visit, rep.create("contact", {"name": "秘密", "account_id": key}), rep.create("photo", photo),
        rep.create("order", house.order("rep2", key), act="submit"), rep.create("todo", todo),
        rep.create("visit_plan", plan), rep.create("check_in", of | {"at": AT, "source": "none"}),
    ]  # fmt: skip
    assert {ack["o"] for ack in rep.exchange(made).acks} == {"applied"}
    return {"account": key} | {m["agg"][0]: m["agg"][1] for m in made} | {"cursor": rep.cursor}


def no_trace(found: dict[str, str], *bodies: bytes) -> None:
    for body in bodies:
        for row_id in found.values():
            assert row_id.encode() not in body
        assert "秘密".encode() not in body
        assert b"13951234567" not in body


def test_a_pull_holds_nothing_of_another_territory_whatever_is_asked(house: House) -> None:
    """SEC-01"""
    found = theirs(house)
    house.known("admin").json("DELETE", f"/api/v1/accounts/{found['account']}")
    rep = house.stranger("rep1")
    forged = {"territory": house.area("NJ"), "owner": house.user("rep2"), "ids": list(found.values()),
              "include_deleted": 1, "scopes": [f"terr:{house.area('NJ')}"]}  # fmt: skip
    pages = rep.sync()
    rep.cursor = ""
    pages += rep.sync(**forged)
    query = "?territory=NJ&include_deleted=1&ids=" + found["account"]
    plain, _ = rep.ok("POST", "/sync/v1/sync" + query, json.dumps(rep.asked(cursor="")).encode())
    no_trace(found, *[page.raw for page in pages], plain)
    for ask in (f"account_id={found['account']}", f"owner={house.user('rep2')}", "archived=true", "q=秘密"):
        for what in ("accounts", "contacts", "orders"):
            no_trace({}, rep.ok("GET", f"/api/v1/{what}?{ask}")[0])


def test_what_is_not_ones_own_answers_like_what_never_was(house: House) -> None:
    """SEC-01"""
    found, rep = theirs(house), house.synced("rep1")

    def told(path: str, row_id: str) -> tuple[int, bytes]:
        status, plain, _, _ = rep.raw("GET", path + row_id)
        return status, plain.replace(row_id.encode(), b"")

    for path, name in (("accounts", "account"), ("contacts", "contact"), ("orders", "order")):
        assert told(f"/api/v1/{path}/", found[name]) == told(f"/api/v1/{path}/", uuid7())
    assert told("/sync/v1/files/", "cd" * 32) == told("/sync/v1/files/", "ef" * 32)

    def pushed(make: Callable[[str], Body], row_id: str) -> Body:
        [ack] = rep.exchange([make(row_id)], apply=False).acks
        return {name: str(value).replace(row_id, "") for name, value in ack.items() if name != "id"}

    for name in ("account", "contact", "todo", "visit_plan"):
        change = {"note" if name != "todo" else "title": {"old": "", "new": "x"}}
        for op, more in (("patch", {"set": change}), ("delete", {})):

            def touch(row_id: str, name: str = name, op: str = op, more: Body = more) -> Body:
                return rep.mutation(name, row_id, op, **more)

            assert pushed(touch, found[name]) == pushed(touch, uuid7())
    mine = house.account()
    of_mine = {"account_id": mine, "rep_id": house.user("rep1"), "at": AT, "source": "none"}
    children: list[Callable[[str], Body]] = [
        lambda key: rep.create("contact", {"name": "x", "account_id": key}),
        lambda key: rep.create("visit", house.visit("rep1", key)),
        lambda key: rep.create("order", house.order("rep1", key)),
        lambda key: rep.mutation("order", key, "act", act="cancel"),
    ]
    for make, name in zip(children, ("account", "account", "account", "order"), strict=True):
        assert pushed(make, found[name]) == pushed(make, uuid7())
    in_theirs = lambda key: rep.create("check_in", of_mine | {"visit_id": key})  # noqa: E731
    assert pushed(in_theirs, found["visit"]) == pushed(in_theirs, uuid7())


def test_a_push_into_another_territory_is_refused_item_by_item(house: House) -> None:
    """SEC-02"""
    found, rep = theirs(house), house.synced("rep1")
    key, mine = found["account"], house.account()
    before = house.account_of(key)
    of = {"visit_id": found["visit"], "account_id": key, "rep_id": house.user("rep1")}
    own_visit = rep.create("visit", house.visit("rep1", mine))
    attacks = [
        rep.mutation("account", key, "patch", set={"phone": {"old": before["phone"], "new": "0"}}),
        rep.mutation("account", key, "delete"),
        rep.create("account", {"name": "taken over", "territory_id": house.area("HZ")}, key),
        rep.create("account", {"name": "there", "territory_id": house.area("NJ")}),
        rep.create("contact", {"name": "x", "account_id": key, "territory_id": house.area("HZ")}),
        rep.create("visit", house.visit("rep1", key, territory_id=house.area("HZ"))),
        rep.create("visit", house.visit("rep2", mine)),
        rep.create("check_out", of | {"at": AT}),
        rep.create("check_out", of | {"account_id": mine, "at": AT}),
        rep.create("order", house.order("rep1", key)),
        rep.create("order", house.order("rep2", mine)),
        rep.mutation("order", found["order"], "act", act="cancel"),
        rep.mutation("order", found["order"], "patch", set={"lines": {"old": [], "new": [house.line()]}}),
        rep.create("todo", {"title": "x", "assignee_id": house.user("rep2"), "created_by": of["rep_id"]}),
        rep.create("visit_plan", {"rep_id": house.user("rep2"), "account_id": key, "on": "2026-03-02"}),
        rep.mutation("contact", found["contact"], "patch", set={"account_id": {"old": key, "new": mine}}),
        rep.create("visit_review", {"visit_id": found["visit"], "rep_id": house.user("rep2"), "at": AT,
                                    "reviewer_id": house.user("rep1"), "decision": "comment"}),
    ]  # fmt: skip
    page = rep.exchange([own_visit, *attacks])
    assert page.outcomes[0] == "applied"
    assert {ack["o"] for ack in page.acks[1:]} == {"rejected"}
    assert house.account_of(key) == before
    rep.sync()
    kept = {q["mutation_id"] for q in rep.all("quarantine").values()}
    assert {attack["id"] for attack in attacks} <= kept
    boss = house.stranger("manager2")
    boss.sync()
    assert len(boss.all("check_out")) == 0 or found["visit"] not in {
        c["visit_id"] for c in boss.all("check_out").values()
    }


def test_a_colleague_cannot_end_somebody_elses_visit(house: House) -> None:
    """SEC-02"""
    rep, boss = house.synced("rep1"), house.stranger("manager1")
    key = house.account()
    visit = rep.create("visit", house.visit("rep1", key))
    rep.exchange([visit])
    out = {"visit_id": visit["agg"][1], "account_id": key, "rep_id": house.user("manager1"), "at": AT}
    assert boss.exchange([boss.create("check_out", out)]).outcomes == ["rejected:not_the_author"]


FORGED = {
    "unit_price": "0.01", "discount_approved": True, "approved_by": "me", "role": "admin", "is_admin": True,
    "commission_rate": "0.5", "created_at": 1, "server_version": 99, "credit_limit": "1000000.00",
}  # fmt: skip


def test_fields_that_are_not_the_clients_are_refused_by_name_or_ignored(house: House) -> None:
    """SEC-05"""
    rep, key = house.synced("rep1"), house.account()
    rep.sync()
    order = house.order("rep1", key)
    page = rep.exchange([rep.create("order", order | FORGED)])
    assert page.outcomes == ["rejected:unknown_field"]
    assert all(name in page.acks[0]["msg"] for name in FORGED)
    owned = {"number": "SO-2020-000001", "status": "accepted", "territory_id": house.area("NJ"),
             "id": uuid7(), "version": 40, "review_code": None, "submitted_at": 1,
             "archived_at": None}  # fmt: skip
    lines = [house.line() | {"price_book": "x", "approved": True, "order_id": uuid7(), "position": 7}]
    made = rep.create("order", order | owned | {"lines": lines})
    assert rep.exchange([made]).outcomes == ["applied"]
    body = rep.body("order", made["agg"][1])
    assert (body["number"], body["status"], body["submitted_at"]) == (None, "draft", None)
    assert (body["territory_id"], rep.version("order", made["agg"][1])) == (house.area("HZ"), 1)
    assert "price_book" not in body["lines"][0]
    cheap = house.order(
        "rep1", key, lines=[house.line(unit_price="0.01", net_amount="0.02", gross_amount="0.02")]
    )
    sent = rep.create("order", cheap | {"total_amount": "0.02", "goods_amount": "0.02"}, act="submit")
    rep.exchange([sent])
    assert rep.body("order", sent["agg"][1])["status"] == "needs_review"


OWNED = ["credit_limit", "receivable", "owner_id", "territory_id", "price_group", "possible_duplicate",
         "merged_into", "archived_at", "version", "id", "is_admin"]  # fmt: skip


@pytest.mark.parametrize("field", OWNED)
def test_a_rep_raises_no_field_of_an_account_that_others_keep(embedded: House, field: str) -> None:
    """SEC-05"""
    rep, key = embedded.synced("rep1"), embedded.account()
    rep.sync()
    before = embedded.account_of(key)
    values: Body = {
        "owner_id": embedded.user("rep1"), "territory_id": embedded.area("NJ"), "merged_into": uuid7(),
        "possible_duplicate": True, "archived_at": 1, "version": 99, "id": uuid7(), "is_admin": True,
    }  # fmt: skip
    value = values.get(field, "9999.00")
    change = {field: {"old": before.get(field), "new": value}}
    page = rep.exchange([rep.mutation("account", key, "patch", set=change)])
    assert page.acks[0]["o"] in {"rejected", "applied"}
    status, plain, _, _ = rep.raw("PATCH", f"/api/v1/accounts/{key}", json.dumps({field: value}).encode())
    assert status in (403, 422)
    assert field in plain.decode()
    assert embedded.account_of(key) == before
    made = rep.create("account", {"name": "n", "territory_id": embedded.area("HZ"), field: value})
    if rep.exchange([made]).acks[0]["o"] == "applied":
        born = embedded.account_of(made["agg"][1])
        assert born["credit_limit"] is None
        assert born["receivable"] == "0.00"
        assert born["territory_id"] == embedded.area("HZ")


def test_nobody_makes_himself_more_than_he_is(embedded: House) -> None:
    """SEC-05"""
    rep = embedded.synced("rep1")
    for field, value in (
        ("role", "admin"),
        ("territory_id", embedded.area("HQ")),
        ("active", True),
        ("is_admin", True),
    ):
        wish = {field: {"old": None, "new": value}}
        change = rep.mutation("user", embedded.user("rep1"), "patch", set=wish)
        assert rep.exchange([change]).outcomes == ["rejected:read_only"]
    assert rep.json("GET", "/api/v1/users?limit=200")["items"]
    body = {"user": "rep1", "password": PASSWORD, "device": {"id": uuid7(), "name": "x"}, "role": "admin"}
    told = rep.json("POST", "/auth/v1/login", body, token="")
    assert told["user"]["role"] == "rep"


def test_a_replayed_push_has_one_effect_and_another_body_under_its_id_has_none(house: House) -> None:
    """SEC-09"""
    rep, key = house.stranger("rep1"), house.account(phone="0")
    rep.sync()
    create = rep.create(
        "todo", {"title": "一次", "assignee_id": house.user("rep1"), "created_by": house.user("rep1")}
    )
    patch = rep.patch("account", key, phone="1")
    bad = rep.create("account", {})
    first = rep.exchange([create, patch, bad], apply=False)
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: rep.resend(apply=False), range(8)))
    for page in again:
        assert page.acks == [ack | {"o": "dup", "was": ack["o"]} for ack in first.acks]
    changed = [
        create | {"doc": create["doc"] | {"title": "another"}},
        patch | {"set": {"phone": {"old": "0", "new": "2"}}},
        bad | {"doc": {"name": "now right", "territory_id": house.area("HZ")}},
        create | {"op": "delete", "doc": None}, create | {"agg": ["todo", uuid7()]},
        patch | {"set": {**patch["set"], "city": {"old": "", "new": "x"}}},
    ]  # fmt: skip
    for mutation in changed:
        assert rep.exchange([mutation]).outcomes == ["rejected:mutation_reused"]
    assert rep.exchange([create, changed[0]]).outcomes == ["dup", "rejected:mutation_reused"]
    assert rep.exchange([create, patch, bad], apply=False).acks == again[0].acks
    rep.sync()
    assert house.account_of(key)["phone"] == "1"
    assert [t["title"] for row, t in rep.all("todo").items() if row == create["agg"][1]] == ["一次"]
    assert bad["agg"][1] not in rep.all("account")


# -- size --------------------------------------------------------------------------------------


def resident(pid: int) -> int:
    """Return a process's memory in bytes."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def busy(pid: int) -> float:
    """Return the processor seconds a process has spent, however busy the machine is."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // MEGABYTE):
        yield b" " * MEGABYTE


HUGE: dict[str, Callable[[], Any]] = {
    "100 MB with a length": lambda: b'{"a":"' + b"x" * (100 * MEGABYTE) + b'"}',
    "1 GB without a length": lambda: _chunks(1024 * MEGABYTE),
    "a million items": lambda: b"[" + b"{}," * 999_999 + b"{}]",
    "one string of 10 MB": lambda: json.dumps({"user": "x" * 10 * MEGABYTE}).encode(),
    "100,000 deep": lambda: b"[" * 100_000 + b"]" * 100_000,
}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("what", HUGE)
def test_a_body_too_large_is_refused_soon_and_cheaply(embedded: House, what: str) -> None:
    """SEC-13"""
    rep, other = embedded.known("rep1"), embedded.known("rep2")
    for path in ("/sync/v1/sync", "/auth/v1/login", "/api/v1/accounts"):
        body, pid = HUGE[what](), embedded.server.process.pid
        before, began = resident(pid), busy(pid)
        try:
            answer = requests.post(embedded.url + path, data=body, timeout=20, headers={
                "authorization": f"Bearer {rep.access}", "content-type": "application/json"})  # fmt: skip
            assert answer.status_code in (400, 413, 422)
            assert answer.json()["code"] in {"too_large", "too_deep", "malformed", "invalid"}
        except requests.ConnectionError:
            assert "GB" in what  # whoever goes on sending after the answer is cut off
        assert busy(pid) - began < 2
        assert resident(pid) - before < 100 * MEGABYTE
        assert other.json("GET", "/api/v1/accounts?limit=1") is not None


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("where", ["many_keys", "tags"])
def test_what_unpacks_to_very_much_is_refused_soon_and_cheaply(embedded: House, where: str) -> None:
    """SEC-13"""
    rep, pid = embedded.known("rep1"), embedded.server.process.pid
    shape = (
        {f"k{n:07d}": n for n in range(900_000)}
        if where == "many_keys"
        else [f"{n:x}" for n in range(1_200_000)]
    )
    doc = {"name": "x", "territory_id": embedded.area("HZ"), where: shape}
    push = [rep.create("account", doc, schema=9)]
    before, began = resident(pid), busy(pid)
    with contextlib.suppress(Refused):
        assert rep.exchange(push, packing="zstd", apply=False).acks[0]["o"] == "rejected"
    assert busy(pid) - began < 2
    assert resident(pid) - before < 100 * MEGABYTE


def test_a_patch_of_very_many_fields_costs_little(embedded: House) -> None:
    """SEC-13"""
    rep, key = embedded.known("rep1"), embedded.account()
    fields = {f"new_field_{n}": {"old": None, "new": n} for n in range(8_000)}
    began = busy(embedded.server.process.pid)
    change = rep.mutation("account", key, "patch", set=fields, schema=9)
    assert rep.exchange([change], packing="zstd", apply=False).outcomes == ["rejected:too_many"]
    assert busy(embedded.server.process.pid) - began < 2


# -- files -------------------------------------------------------------------------------------

NAMES = [
    "../../etc/passwd",
    "..\\..\\x",
    "%2e%2e%2f",
    "/abs",
    "C:\\x",
    "a\0b",
    "x" * 300,
    "CON",
    "dot.",
    "a／b",
    "~",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_never_becomes_a_path(embedded: House, name: str) -> None:
    """SEC-15"""
    rep, content = embedded.known("rep1"), os.urandom(64)
    folder = embedded.server.data
    before = {str(p) for p in folder.parent.rglob("*")}
    told = {"id": uuid7(), "sha256": hashlib.sha256(content).hexdigest(), "filename": name, "name": name}

    def announced(metadata: dict[str, str]) -> int:
        packed = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in metadata.items())
        headers = {"tus-resumable": "1.0.0", "upload-length": "64", "upload-metadata": packed,
                   "content-type": "application/offset+octet-stream"}  # fmt: skip
        status, _, _, _ = rep.raw("POST", "/sync/v1/files", content, headers=headers)
        return status

    assert announced(told) == 201
    assert announced(told | {"id": name}) == 422
    assert announced(told | {"sha256": name}) == 422
    here = {str(p) for p in folder.parent.rglob("*")} - before
    blobs = {p for p in here if Path(p).is_file() and "server.db" not in p and not p.endswith(".log")}
    sha256 = told["sha256"]
    assert blobs == {str(folder / "blobs" / sha256[:2] / sha256[2:4] / sha256)}
    for path in (f"/sync/v1/files/{name}", f"/sync/v1/bootstrap/{name}", f"/api/v1/accounts/{name}"):
        if not set(name) & {"\0", " "} and name.isascii():
            line = http.client.HTTPConnection("127.0.0.1", embedded.server.port, timeout=10)
            line.putrequest("GET", path, skip_host=False)
            line.putheader("authorization", f"Bearer {rep.access}")
            line.endheaders()
            answer = line.getresponse()
            assert answer.status in (403, 404, 405, 422)
            assert b"root:" not in answer.read()


# -- tokens ------------------------------------------------------------------------------------


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(header: Body, claims: Body, key: bytes = b"", digest: str = "sha256") -> str:
    """Return a token as an attacker would make it."""
    head = ".".join(_b64(json.dumps(part).encode()) for part in (header, claims))
    return f"{head}.{_b64(hmac.digest(key, head.encode(), digest)) if key else ''}"


def test_a_token_that_is_not_ours_opens_nothing(embedded: House) -> None:
    """SEC-18"""
    rep = embedded.stranger("rep1")
    head, body, signature = rep.access.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    key = bytes.fromhex((embedded.server.data / "signing.key").read_text())
    right = {"alg": "HS256", "typ": "JWT"}
    assert rep.raw("GET", "/sync/v1/schema", token=token(right, claims, key))[0] == 200
    without = [{k: v for k, v in claims.items() if k != name} for name in claims]
    forged = [
        *(token({"alg": alg}, claims) for alg in ("none", "None", "nOnE", "NONE", "")),
        *(token({"alg": alg}, claims, key) for alg in ("none", "RS256", "ES256")),
        token({"alg": "HS512"}, claims, key, "sha512"), token({"alg": "HS384"}, claims, key, "sha384"),
        token(right | {"kid": "../../dev/null"}, claims, b"\0"), token(right, claims, b"secret"),
        token(right | {"jku": "http://127.0.0.1:1/k", "x5u": "http://127.0.0.1:1/k"}, claims, b"k"),
        *(token(right, claims | change, key) for change in (
            {"exp": 0}, {"exp": 2**63}, {"exp": -1}, {"exp": "soon"}, {"exp": None}, {"exp": 1e400},
            {"exp": [1]}, {"iss": "another"}, {"aud": "another"}, {"aud": None}, {"sub": uuid7()},
            {"sub": "x"}, {"sub": 1},
            {"dev": uuid7()}, {"sid": uuid7()}, {"sid": "' OR 1=1 --"}, {"sub": embedded.user("admin")},
        )),
        *(token(right, claims_without, key) for claims_without in without),
        f"{head}.{_b64(json.dumps(claims | {'sub': embedded.user('admin')}).encode())}.{signature}",
        f"{head}.{body}.", f"{head}.{body}", f"{head}..{signature}", "x", ".", "..", "é", rep.access + "x",
        rep.refresh,
    ]  # fmt: skip
    for each in forged:
        status, plain, _, _ = rep.raw("GET", "/sync/v1/schema", token=each, headers={
            "authorization": f"Bearer {each}".encode().decode("latin-1")})  # fmt: skip
        assert status == 401, each
        assert json.loads(plain)["code"] in {"token_expired", "signed_out"}
    for said in (f"Basic {rep.access}", rep.access, f"Token {rep.access}", "Bearer", f"Bearer2 {rep.access}"):
        assert rep.raw("GET", "/sync/v1/schema", token="", headers={"authorization": said})[0] == 401
    assert rep.raw("GET", f"/sync/v1/schema?access_token={rep.access}", token="")[0] == 401


def test_a_revoked_device_is_out_at_once_and_for_good(embedded: House) -> None:
    """SEC-19"""
    rep, admin = embedded.stranger("rep1"), embedded.known("admin")
    rep.sync()
    admin.ok("POST", f"/api/v1/devices/{rep.device}/revoke")
    asks = ["POST /sync/v1/sync", "POST /sync/v1/hello", "GET /sync/v1/schema", "GET /api/v1/accounts",
            "GET /sync/v1/bootstrap/global", f"GET /sync/v1/files/{'ab' * 32}"]  # fmt: skip
    for method, path in map(str.split, asks):
        with pytest.raises(Refused) as refused:
            rep.ok(method, path, json.dumps(rep.asked()).encode())
        assert (refused.value.status, refused.value.code) == (401, "device_revoked")
    with pytest.raises(Refused):
        rep.refreshed()
    with pytest.raises(Refused) as refused:
        rep.sign_in()
    assert refused.value.code == "device_revoked"
    assert embedded.stranger("rep1").exchange().header["acks"] == []


def test_a_new_password_and_a_closed_account_end_every_session(embedded: House) -> None:
    """SEC-19"""
    admin, login = embedded.known("admin"), embedded.newcomer()
    one, two = embedded.stranger(login), embedded.stranger(login)
    path = f"/api/v1/users/{embedded.user(login)}"
    admin.ok("PUT", f"{path}/password", b'{"password":"a-new-one-77"}')
    for device in (one, two):
        for act in (device.exchange, device.refreshed):
            with pytest.raises(Refused) as refused:
                act()
            assert refused.value.status == 401
    with pytest.raises(Refused):
        one.sign_in()
    third = Stranger(embedded.url, login, "a-new-one-77")
    admin.ok("POST", f"{path}/deactivate")
    for act in (third.exchange, third.refreshed, third.sign_in):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.status == 401


def test_a_refresh_token_used_twice_ends_the_session(embedded: House) -> None:
    """SEC-19"""
    rep = embedded.stranger("rep1")
    stolen = rep.refresh
    rep.refreshed()
    rep.exchange()
    with pytest.raises(Refused):
        rep.json("POST", "/auth/v1/refresh", {"refresh": stolen}, token="")
    for act in (rep.exchange, rep.refreshed):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.status == 401


class From(HTTPAdapter):
    """Connects from another loopback address."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._address, 0), **options)


def tried(
    house: House, user: str, password: str, address: str = "127.0.0.1", **headers: str
) -> requests.Response:
    line = requests.Session()
    line.mount("http://", From(address))
    body = {"user": user, "password": password, "device": {"id": uuid7(), "name": ""}}
    return line.post(house.url + "/auth/v1/login", json=body, timeout=20, headers=headers)


def test_guessing_is_throttled_by_name_and_by_address_and_locks_nobody_out(embedded: House) -> None:
    """SEC-21"""
    house, login = embedded, embedded.newcomer()
    known = house.stranger(login)
    spoof = {"x-forwarded-for": "10.0.0.1", "forwarded": "for=10.0.0.2", "x-real-ip": "10.0.0.3"}
    answers = [tried(house, login, f"wrong-{n}", f"127.0.1.{1 + n % 9}") for n in range(14)]
    codes = [answer.status_code for answer in answers]
    assert codes[:10] == [401] * 10
    assert set(codes[10:]) == {429}
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].json()["code"] == "throttled"
    assert tried(house, login, PASSWORD, "127.0.2.1", **spoof).status_code == 429
    assert tried(house, login.upper(), PASSWORD, "127.0.2.1").status_code == 429
    known.http.mount("http://", From("127.0.2.2"))
    known.sign_in()  # a device that was here before is not shut out by strangers
    sprayed = [tried(house, f"user{n}", "green-tea-42", "127.0.3.1", **spoof).status_code for n in range(44)]
    assert sprayed[:40] == [401] * 40
    assert set(sprayed[42:]) == {429}
    assert tried(house, "rep2", PASSWORD, "127.0.3.2").status_code == 200


def test_a_name_that_is_unknown_answers_like_a_wrong_password(embedded: House) -> None:
    """SEC-21"""
    known = [tried(embedded, "csm1", "wrong", "127.0.4.1") for _ in range(3)]
    never = [tried(embedded, "nobody1", "wrong", "127.0.4.2") for _ in range(3)]
    assert {(a.status_code, a.content) for a in known} == {(a.status_code, a.content) for a in never}
    spent = [min(a.elapsed.total_seconds() for a in group) for group in (known, never)]
    assert max(spent) < 3 * min(spent)


@pytest.mark.parametrize("page", ["b", "q", "c", "m", "s"])
def test_a_public_page_tells_nothing_to_who_guesses(embedded: House, page: str) -> None:
    """SEC-24"""
    answers = set()
    for guess in ("1", "2", uuid7(), "A" * 43, "a" * 43, "..%2f", embedded.user("rep1")):
        answer = requests.get(f"{embedded.url}/{page}/{guess}", timeout=10, allow_redirects=False)
        answers.add((answer.status_code, answer.content, answer.headers["content-type"]))
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert len(answers) == 1
    assert answers.pop()[0] == 404


SCRIPTS = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{7*7}}",
           "</textarea>", "\u202egnp.exe", "${7*7}", "<b>x</b>"]  # fmt: skip


@pytest.mark.parametrize("text", SCRIPTS)
def test_stored_markup_comes_back_as_text_in_json_and_nowhere_as_a_page(embedded: House, text: str) -> None:
    """SEC-26"""
    key = embedded.account(name=text, note=text)
    rep = embedded.synced("rep1")
    rep.sync()
    assert rep.body("account", key)["name"] == text
    quoted = requests.utils.quote(text)
    for path in (f"/api/v1/accounts/{key}", f"/api/v1/accounts?q={quoted}", f"/{quoted}"):
        _, plain, _, headers = rep.raw("GET", path, takes="identity")
        assert headers["content-type"] == "application/json"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        json.loads(plain)


def test_what_begins_like_a_formula_is_stored_as_it_is_and_leaves_as_text(
    embedded: House, tmp_path: Path
) -> None:
    """SEC-28"""
    cells = ["=1+1", "+1+1", "@SUM(1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "＝1+1", "-1+2", "-12.5"]
    for cell in cells:
        assert embedded.account_of(embedded.account(name=cell))["name"] == cell
    account_exports.write_csv(tmp_path / "a.csv", ["name"], [[cell] for cell in cells])
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        read = [row[0] for row in csv.reader(file)][1:]
    assert not [cell for cell in read if cell.startswith(("=", "+", "@", "\t", "\r", "＝"))]
    assert read[-1] == "-12.5"
    assert [cell.removeprefix("'") for cell in read] == cells


def test_no_route_takes_anything_from_who_is_not_signed_in(embedded: House) -> None:
    """SEC-31 (there is no webhook yet: every route that writes wants a token)"""
    open_ = {
        ("post", "/auth/v1/login"),
        ("post", "/auth/v1/refresh"),
        ("post", "/auth/v1/move"),
        ("post", "/auth/v1/wiped"),
        ("get", "/health"),
        ("get", "/metrics"),  # for this machine itself; its own test holds it
        ("options", "/sync/v1/files"),
    }
    routes = requests.get(f"{embedded.url}/openapi.json", timeout=10).json()["paths"]
    seen = 0
    for path, methods in routes.items():
        for method in methods:
            if (method, path) in open_:
                continue
            url = embedded.url + re.sub(r"\{[^}]+\}", uuid7(), path)
            for headers in (
                {},
                {"authorization": "Bearer x"},
                {"x-signature": "sha256=00", "x-timestamp": "1"},
            ):
                answer = requests.request(method, url, json={}, headers=headers, timeout=10)
                assert answer.status_code == 401, (method, path, answer.text)
            seen += 1
    assert seen > 25


def test_one_order_is_accepted_once_however_many_decide(house: House) -> None:
    """SEC-36"""
    rep = house.synced("rep1")
    orders = []
    for _ in range(3):
        doc = house.order("rep1", house.account(), lines=[house.line(unit_price="1.00")])
        orders.append(rep.create("order", doc, act="submit"))
    rep.exchange(orders)
    office = [house.stranger(login) for login in ("finance1", "admin", "manager1", "finance1")]
    for order in orders:
        path = f"/api/v1/orders/{order['agg'][1]}/"

        def decide(n: int, path: str = path) -> int:
            what, body = ("return", b'{"reason":"x"}') if n % 3 == 0 else ("accept", None)
            return office[n % 4].raw("POST", path + what, body)[0]

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(decide, range(16)))
        accepted = [status for n, status in enumerate(statuses) if n % 3 and status == 200]
        assert len(accepted) == 1
        assert set(statuses) <= {200, 409}
    numbers = [house.known("admin").json("GET", f"/api/v1/orders/{o['agg'][1]}")["number"] for o in orders]
    assert len(set(numbers)) == 3
    assert None not in numbers


def test_of_many_who_read_one_version_one_writes(house: House) -> None:
    """SEC-36"""
    key = house.account()
    version = house.account_of(key)["version"]
    office = [house.stranger("manager1") for _ in range(4)]

    def write(n: int) -> int:
        body = json.dumps({"phone": str(n)}).encode()
        return office[n % 4].raw(
            "PATCH", f"/api/v1/accounts/{key}", body, headers={"if-match": f'"{version}"'}
        )[0]

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(write, range(16)))
    assert statuses == [200] + [412] * 15
    assert house.account_of(key)["version"] == version + 1


def test_a_refresh_token_is_exchanged_once_even_at_once(embedded: House) -> None:
    """SEC-36"""
    rep = embedded.stranger("rep1")
    body = json.dumps({"refresh": rep.refresh}).encode()

    def exchanged(_: int) -> int:
        headers = {"content-type": "application/json"}
        return requests.post(
            f"{embedded.url}/auth/v1/refresh", data=body, headers=headers, timeout=20
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(exchanged, range(8)))
    assert statuses.count(200) <= 1
    assert set(statuses) <= {200, 401}


BAD_NUMBERS = [
    "1e400",
    "NaN",
    "sNaN",
    "Infinity",
    "-Infinity",
    "0.00001",
    "9" * 30,
    str(2**63),
    "1,5",
    "0x10",
    "",
    "9e999999",
]


@pytest.mark.parametrize("number", BAD_NUMBERS)
def test_a_number_that_is_none_is_refused(embedded: House, number: str) -> None:
    """SEC-37"""
    rep, key = embedded.synced("rep1"), embedded.account()
    for name in ("quantity", "unit_price", "net_amount", "tax_rate"):
        doc = embedded.order("rep1", key, lines=[embedded.line() | {name: number}])
        assert rep.exchange([rep.create("order", doc)]).outcomes == ["rejected:not_an_amount"]
    status, _, _, _ = embedded.known("admin").raw(
        "PATCH", f"/api/v1/accounts/{key}", json.dumps({"credit_limit": number}).encode()
    )
    assert status == 422


@pytest.mark.parametrize(
    ("name", "value"),
    [("quantity", "-1"), ("quantity", "-0"), ("quantity", "0"), ("quantity", "1000001"),
     ("discount_amount", "-10.00"), ("discount_amount", "1000.00"), ("unit_price", "-48.00"),
     ("tax_rate", "1.01"), ("tax_amount", "0.00")],
)  # fmt: skip
def test_an_order_with_impossible_figures_is_never_accepted(house: House, name: str, value: str) -> None:
    """SEC-37"""
    rep, key = house.synced("rep1"), house.account()
    order = rep.create("order", house.order("rep1", key, lines=[house.line() | {name: value}]), act="submit")
    rep.exchange([order])
    rep.sync()
    assert rep.rows.get(("order", order["agg"][1]), (0, {"status": "never"}))[1]["status"] != "accepted"


@pytest.mark.parametrize(
    "raw", [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-0", b"9223372036854775808", b"1" * 400]
)
def test_a_bare_number_is_exact_or_refused_and_never_stored_as_none(embedded: House, raw: bytes) -> None:
    """SEC-37"""
    admin, key = embedded.known("admin"), embedded.account(service_minutes=15)
    body = b'{"service_minutes":%s}' % raw
    status, plain, _, _ = admin.raw("PATCH", f"/api/v1/accounts/{key}", body)
    assert status in ((200,) if raw == b"-0" else (400, 422)), plain
    assert embedded.account_of(key)["service_minutes"] == (0 if raw == b"-0" else 15)
    status, plain, _, _ = admin.raw("PATCH", f"/api/v1/accounts/{key}", b'{"tags":[%s]}' % raw)
    assert status in (200, 400, 422), plain
    assert b"NaN" not in json.dumps(embedded.account_of(key)).encode()


def test_an_invented_negative_order_makes_no_room_for_another(house: House) -> None:
    """SEC-37"""
    rep, key = house.synced("rep1"), house.account(credit_limit="100.00")
    rep.sync()
    below = rep.create("order", house.order("rep1", key) | {"total_amount": "-900000.00"}, act="submit")
    over = rep.create("order", house.order("rep1", key, "3"), act="submit")
    assert rep.exchange([below]).outcomes == ["applied:totals_differ"]
    assert rep.exchange([over]).outcomes == ["applied:credit_exceeded"]


def test_the_figures_of_an_accepted_order_are_the_servers(house: House) -> None:
    """SEC-05"""
    rep, key = house.synced("rep1"), house.account()
    rep.sync()
    forged = {"goods_amount": "5.00", "tax_amount": "-3.00", "discount_amount": "77.00"}
    doc = house.order("rep1", key, lines=[house.line(gross_amount="1.00")]) | forged
    order = rep.create("order", doc, act="submit")
    assert rep.exchange([order]).outcomes == ["applied"]
    body = rep.body("order", order["agg"][1])
    told = [body[name] for name in ("goods_amount", "discount_amount", "tax_amount", "total_amount")]
    assert told == ["96.00", "0.00", "11.04", "96.00"]
    assert body["lines"][0]["gross_amount"] == "96.00"


def test_full_width_digits_are_read_exactly(house: House) -> None:
    """SEC-37"""
    rep, key = house.synced("rep1"), house.account()
    rep.sync()
    order = rep.create("order", house.order("rep1", key, lines=[house.line() | {"quantity": "１２"}]))
    if rep.exchange([order]).acks[0]["o"] == "applied":
        assert rep.body("order", order["agg"][1])["lines"][0]["quantity"] == "12.00"


def test_a_check_in_says_how_far_away_it_was_whatever_the_laptop_claims(house: House) -> None:
    """SEC-42"""
    rep, boss = house.stranger("rep1"), house.stranger("manager1")
    rep.sync(), boss.sync()
    key = house.account(latitude_e7=302741000, longitude_e7=1201551000)
    visit = rep.create("visit", house.visit("rep1", key))
    of = {"visit_id": visit["agg"][1], "account_id": key, "rep_id": house.user("rep1"), "at": AT,
          "source": "device", "accuracy_m": 5, "fix_age_s": 1}  # fmt: skip
    near = {"latitude_e7": 302741000, "longitude_e7": 1201551000}
    away = {"latitude_e7": 320603000, "longitude_e7": 1187969000}  # Nanjing, 240 km off
    batch = [
        visit, rep.create("check_in", of | near | {"distance_m": 9_999}),
        rep.create("check_in", of | away | {"distance_m": 3, "stored": True}),
        rep.create("check_in", of | {"distance_m": 3}), rep.create("check_in", of | away | {"distance_m": 3}),
    ]  # fmt: skip
    outcomes = rep.exchange(batch).outcomes
    assert outcomes == ["applied", "applied", "rejected:unknown_field", "applied", "applied"]
    boss.sync()
    told = [boss.rows.get(("check_in", m["agg"][1]), (0, {}))[1].get("distance_m") for m in batch[1:]]
    assert told[0] == 0
    assert told[1:3] == [None, None]
    assert 200_000 < told[3] < 300_000
    clear = rep.mutation(
        "check_in", batch[4]["agg"][1], "patch", set={"distance_m": {"old": told[3], "new": 3}}
    )
    assert rep.exchange([clear, rep.mutation("check_in", batch[4]["agg"][1], "delete")]).outcomes == [
        "rejected:append_only", "rejected:append_only"]  # fmt: skip


def test_the_mark_of_a_foreign_territory_is_the_servers_alone(house: House) -> None:
    """SEC-42"""
    key = house.account()
    rep = house.synced("rep1")
    house.known("admin").json("PATCH", f"/api/v1/accounts/{key}", {"territory_id": house.area("NJ")})
    order = rep.create("order", house.order("rep1", key) | {"out_of_territory": False}, schema=9)
    visit = rep.create("visit", house.visit("rep1", key) | {"out_of_territory": False}, schema=9)
    assert rep.exchange([order, visit]).outcomes == ["applied:out_of_territory"] * 2
    boss = house.synced("manager1")
    assert boss.body(*order["agg"])["out_of_territory"] is True
    assert boss.body(*visit["agg"])["out_of_territory"] is True
    mine = rep.create("order", house.order("rep1", house.account()))
    clear = rep.mutation("order", mine["agg"][1], "patch", set={"out_of_territory": {"new": False}}, schema=9)
    assert rep.exchange([mine, clear]).outcomes == ["applied", "rejected:server_owned"]


def test_a_strange_position_is_refused_before_anybody_measures_it(house: House) -> None:
    """SEC-42"""
    rep = house.synced("rep1")
    for place in ({"latitude_e7": 900_000_001}, {"longitude_e7": -1_800_000_001}):
        doc = {"name": "n", "territory_id": house.area("HZ")} | place
        assert rep.exchange([rep.create("account", doc)]).outcomes == ["rejected:not_a_whole_number"]
        assert house.known("admin").raw("POST", "/api/v1/accounts", json.dumps(doc).encode())[0] == 422
