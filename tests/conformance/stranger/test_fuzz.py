"""Any JSON anywhere: a problem with a code or an answer, never a 5xx, and a refusal changes nothing."""

from __future__ import annotations

import base64
import copy
import json
import re
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.database import run
from tests.conformance.stranger.client import Body, Page, uuid7
from tests.conformance.stranger.conftest import House
from tests.conformance.stranger.test_sessions import From

NASTY = ["'; DROP TABLE account; --", "\0", "a\0b", "\ud800", "\udfff\ud800", "%", "_", "\\", '"', "\u202e",
         "x" * 3_000, "NaN", "-1", "9e999999", "../../x", "{{7*7}}", "0" * 36, "１２", " ", "",
         "null", "2026-02-30"]  # fmt: skip
EDGES = [2**31, 2**63, 2**64, -(2**63) - 1, 10**40, -0.0, 1e308]
NUMBERS = st.one_of(st.integers(), st.sampled_from(EDGES), st.floats())
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(max_size=8), st.uuids().map(str))
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
ANY = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NASTY) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)
SOME = uuid7()
FEW = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
CODE = re.compile(r"[a-z][a-z0-9_]+").fullmatch


def spoiled(base: Any) -> st.SearchStrategy[Any]:
    """Return ``base`` with one value anywhere in it replaced by anything, left out, or joined by another."""
    paths = list(_paths(base, ()))

    def put(path: tuple[Any, ...], value: Any, how: str) -> Any:
        copy = json.loads(json.dumps(base))
        at = copy
        for step in path[:-1]:
            at = at[step]
        if how == "drop":
            del at[path[-1]]
        elif how == "join" and isinstance(at, dict):
            at[str(value)[:50]] = value
        else:
            at[path[-1]] = value
        return copy

    return st.builds(put, st.sampled_from(paths), ANY, st.sampled_from(["put", "put", "put", "drop", "join"]))


def _paths(value: Any, path: tuple[Any, ...]) -> Any:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _paths(inner, (*path, key))


def spelled(value: Any) -> bytes:
    """Return JSON as Python spells it: NaN, Infinity and lone surrogates included."""
    return json.dumps(value).encode()


def state(house: House) -> list[tuple[Any, ...]]:
    """Return what a refusal must not change."""
    names = ("account", "contact", "order", "todo", "visit", "user", "territory", "quarantine")
    synced = [f'SELECT count(*), sum(version) FROM "{name}"' for name in names]
    kept = [f"SELECT count(*) FROM {name}" for name in ("receipt", "upload", "device")]
    with house.database.reading() as connection:
        return [run(connection, sql).one() for sql in synced + kept]


def check(house: House, status: int, plain: bytes, before: list[tuple[Any, ...]]) -> None:
    assert status < 500, plain[:500]
    if status >= 400:
        told = json.loads(plain)
        assert set(told) <= {"code", "message", "data"}
        assert CODE(told["code"])
        assert b"Traceback" not in plain
        assert b"site-packages" not in plain
        assert state(house) == before


@FEW
@given(st.data())
def test_any_sync_request(house: House, data: st.DataObject) -> None:
    rep = house.known("rep1")
    key = house.user("rep1")
    docs: dict[str, Body] = {
        "account": {"name": "n", "territory_id": house.area("HZ"), "tags": ["a"], "opening": [{"days": [1]}]},
        "contact": {"name": "n", "account_id": uuid7()}, "visit": house.visit("rep1", uuid7()),
        "order": house.order("rep1", uuid7()), "todo": {"title": "t", "assignee_id": key, "created_by": key},
        "visit_plan": {"rep_id": key, "account_id": uuid7(), "on": "2026-03-02"},
    }  # fmt: skip
    name = data.draw(st.sampled_from(sorted(docs)))
    push = [rep.create(name, docs[name], schema=data.draw(st.sampled_from([1, 1, 9])), act="submit")]
    note = {"note": {"old": "", "new": "b"}}
    push.append(rep.mutation(name, push[0]["agg"][1], "patch", set=note, needs=[uuid7()]))
    base = rep.asked(push, epoch=None, want={"max_rows": 1, "max_bytes": 1}, lease=None, boot=uuid7(), mono=1)
    body = spelled(data.draw(ANY | spoiled(base) | spoiled(base)))
    before = state(house)
    status, plain, _, _ = rep.raw("POST", "/sync/v1/sync", body)
    check(house, status, plain, before)
    if status == 200:
        for outcome in Page(plain, 0).outcomes:
            assert outcome.partition(":")[0] in {"applied", "merged", "rejected", "retry", "gone", "dup"}
            assert "internal" not in outcome


@settings(FEW, max_examples=25)
@given(st.data())
def test_any_sign_in(embedded: House, data: st.DataObject) -> None:
    base = {"user": "nobody", "password": "p", "device": {"id": SOME, "name": "x"}}
    line = copy.copy(embedded.known("rep1"))
    line.http = requests.Session()
    line.http.mount("http://", From("127.0.5.1"))  # whose tries run out, and nobody else's
    again = {"refresh": "x" * 43, "device": SOME, "attempt": "y" * 20}
    for path, valid in (("/auth/v1/login", base), ("/auth/v1/refresh", again)):
        body = spelled(data.draw(ANY | spoiled(valid)))
        before = state(embedded)
        status, plain, _, headers = line.raw("POST", path, body, token="")
        check(embedded, status, plain, before)
        assert status in (400, 401, 413, 422, 429)
        assert status != 429 or int(headers["retry-after"]) > 0


@FEW
@given(st.data())
def test_any_rest_body(embedded: House, data: st.DataObject) -> None:
    admin, key = embedded.known("admin"), _account(embedded)
    account = {"name": "n", "territory_id": embedded.area("HZ"), "tags": ["a"], "opening": [],
               "credit_limit": "1.00", "latitude_e7": 1, "owner_id": embedded.user("rep1"),
               "grade": "A", "cadence_days": 7}  # fmt: skip
    calls: list[tuple[str, str, Body]] = [
        ("POST", "/api/v1/accounts", account), ("PATCH", f"/api/v1/accounts/{key}", account),
        ("POST", "/api/v1/contacts", {"name": "n", "account_id": key, "phone": "1", "influence": 1}),
        ("POST", "/api/v1/territories", {"code": "Q", "name": "Q", "parent_id": embedded.area("HQ")}),
        ("POST", f"/api/v1/territories/{embedded.area('HZ')}/move", {"parent_id": embedded.area("HQ")}),
        ("POST", "/api/v1/users", {"login": "rep1", "name": "n", "role": "rep", "password": "long-enough-1",
                                   "territory_id": embedded.area("HZ"), "title": ""}),
        ("PUT", f"/api/v1/users/{uuid7()}/password", {"password": "long-enough-1", "current": "x"}),
        ("POST", f"/api/v1/orders/{uuid7()}/return", {"reason": "r"}),
        ("POST", "/sync/v1/have", {"sha256": ["ab" * 32]}),
    ]  # fmt: skip
    method, path, valid = data.draw(st.sampled_from(calls))
    body = spelled(data.draw(ANY | spoiled(valid) | spoiled(valid)))
    before = state(embedded)
    status, plain, _, _ = admin.raw(method, path, body)
    check(embedded, status, plain, before)


def _account(house: House) -> str:
    if "fuzzed" not in house.__dict__:
        house.__dict__["fuzzed"] = house.account()
    return str(house.__dict__["fuzzed"])


@FEW
@given(st.data())
def test_any_address_query_and_header(house: House, data: st.DataObject) -> None:
    rep = house.known("manager1")
    if not _READS:
        told = requests.get(f"{house.url}/openapi.json", timeout=10).json()["paths"]
        _READS.extend(sorted(path for path, how in told.items() if "get" in how and path != POKE))
    path = data.draw(st.sampled_from(_READS))
    nasty = st.sampled_from(NASTY[:10] + NASTY[11:]) | st.text(max_size=6) | st.integers().map(str)
    path = re.sub(r"\{[^}]+\}", lambda _: requests.utils.quote(_plain(data.draw(nasty)), safe=""), path)
    names = ["q", "limit", "after", "status", "since", "account_id", "archived", "cursor", "max_rows"]
    query = data.draw(st.dictionaries(st.sampled_from(names), nasty, max_size=3))
    asked = "&".join(f"{k}={requests.utils.quote(_plain(v))}" for k, v in query.items())
    headers = ['"7"', "7" * 30, "*", "W/", "x", '"-1"', "bytes=0-99999999999999999999", ""]
    header = data.draw(st.sampled_from(headers))
    before = state(house)
    status, plain, _, _ = rep.raw("GET", f"{path}?{asked}", headers={"if-match": header, "range": header})
    check(house, status, plain, before)


_READS: list[str] = []
POKE = "/sync/v1/poke"  # a line that stays open; its own tests read from it


def _plain(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@settings(FEW, max_examples=40)
@given(st.data())
def test_any_announcement_of_a_file(embedded: House, data: st.DataObject) -> None:
    rep = embedded.known("rep1")
    names = st.sampled_from(["sha256", "id", "mutation", "filename"])
    metadata = data.draw(st.dictionaries(names, LEAVES, max_size=4))
    packed = ",".join(f"{k} {base64.b64encode(_plain(str(v))).decode()}" for k, v in metadata.items())
    said = {
        "tus-resumable": data.draw(st.sampled_from(["1.0.0", "1.0.0", "0.1", ""])),
        "upload-length": data.draw(st.sampled_from(["1", "0", "-1", "9" * 20, "x", "1.5", ""])),
        "upload-metadata": data.draw(st.sampled_from([packed, "sha256 !", ",,,", "sha256", "=" * 100])),
        "upload-checksum": data.draw(st.sampled_from(["sha256 x", "md5 eA==", "", "sha256 " + "A" * 44])),
        "upload-offset": data.draw(st.sampled_from(["0", "-1", "x", "9" * 20])),
        "content-type": data.draw(st.sampled_from(["application/offset+octet-stream", "text/plain"])),
    }
    calls = [("POST", ""), ("PATCH", f"/{SOME}"), ("PATCH", "/x"), ("POST", "/x")]
    method, path = data.draw(st.sampled_from(calls))
    before = state(embedded)
    status, plain, _, _ = rep.raw(method, f"/sync/v1/files{path}", b"x", headers=said)
    check(embedded, status, plain, before)
    assert status >= 400


RAW = [
    b'{"dev":"a","dev":"b"}', b'{"n_next":1e400}', b'{"n_next":NaN}', b"[1,", b'"\\ud800"', b"\x00",
    b"\xff\xfe{\x00}\x00", b"{" * 50, b'{"a":' * 19 + b"1" + b"}" * 19, b"1" * 5_000,
    b'{"push":[' + b"{}," * 5_000 + b"{}]}", b"-", b"\"\\u0000\"",
    b'{"' + b"k" * 100_000 + b'":1}', b"tru", b"{}{}", b"/*c*/{}", b"{'a':1}",
]  # fmt: skip


@pytest.mark.parametrize("body", RAW, ids=range(len(RAW)))
def test_raw_bytes_that_are_hardly_json(embedded: House, body: bytes) -> None:
    admin = embedded.known("admin")
    for path in ("sync/v1/sync", "sync/v1/have", "auth/v1/login", "auth/v1/refresh", "api/v1/accounts"):
        before = state(embedded)
        status, plain, _, _ = admin.raw("POST", f"/{path}", body)
        check(embedded, status, plain, before)
        assert status in (400, 413, 422)


def test_nothing_of_all_this_was_an_incident(house: House) -> None:
    for event in ('"incident"', '"poison"', '"job failed"', "Traceback"):
        assert event not in house.server.logged()
