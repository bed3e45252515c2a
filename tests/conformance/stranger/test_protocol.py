"""The wire protocol as a stranger reads it: the handshake, the answer and its cursors."""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.conformance.stranger.client import Body, Cut, Page, Refused, uuid7
from tests.conformance.stranger.conftest import House


def test_hello_tells_everything_a_client_needs(house: House) -> None:
    rep = house.stranger("rep1")
    told = rep.json("POST", "/sync/v1/hello")
    assert told["protocol"] == 1
    assert told["min_schema"] <= told["schema"]
    assert abs(told["server_time"] - time.time() * 1000) < 5_000
    assert set(told["grants"]) >= {"global", f"rep:{house.user('rep1')}", f"terr:{house.area('HZ')}"}
    assert f"terr:{house.area('NJ')}" not in told["grants"]
    assert len(told["grants"]) <= told["limits"]["max_scopes"] == 64
    assert told["limits"]["max_batch"] == 200
    assert told["limits"]["max_body"] == 262_144


def test_the_schema_is_enough_to_know_every_row(house: House) -> None:
    rep = house.synced("rep1")
    schema = rep.json("GET", "/sync/v1/schema")
    entities = {each["name"]: each for each in schema["entities"]}
    rep.sync()
    for (name, _), (_, body) in rep.rows.items():
        fields = {field["name"] for field in entities[name]["fields"]}
        parts = {part["name"] for part in entities[name]["parts"]}
        assert set(body) == fields | parts
    assert [each["rank"] for each in schema["entities"]] == sorted(
        each["rank"] for each in schema["entities"]
    )
    kinds = {name: entities[name]["kind"] for name in ("account", "visit", "order", "product", "user")}
    assert kinds == {"account": "master", "visit": "event", "order": "document",
                     "product": "reference", "user": "assignment"}  # fmt: skip
    assert entities["order"]["acts"] == ["submit", "amend", "approve", "cancel"]
    assert entities["product"]["writers"] == {}


def test_reading_every_scope_from_the_beginning_gives_what_the_feed_gives(house: House) -> None:
    for n in range(7):
        house.account(name=f"分店 {n}")
    fed, read = house.stranger("rep1"), house.stranger("rep1")
    fed.sync()
    for scope in read.json("POST", "/sync/v1/hello")["grants"]:
        read.bootstrap(scope, max_rows=3)
    twice = {key for page in read.sync() for key in page.ids()}
    meanwhile = {key for page in fed.sync() for key in page.ids()}  # the server looks at visits on its own
    assert read.rows == fed.rows
    assert twice <= meanwhile


def test_a_page_comes_parents_first_and_follows_the_asked_size(house: House) -> None:
    rep = house.stranger("rep1")
    account = rep.create("account", {"name": "A", "territory_id": house.area("HZ")})
    rep.exchange([account, rep.create("contact", {"name": "C", "account_id": account["agg"][1]})])
    ranks = {e["name"]: e["rank"] for e in rep.json("GET", "/sync/v1/schema")["entities"]}
    fresh = house.stranger("rep1")
    pages = fresh.sync(want={"max_rows": 2, "max_bytes": 1})
    assert len(pages) > 3
    for page in pages:
        assert len(page.rows) <= 2
        order = [ranks[line["r"][0]] for line in page.rows]
        assert order == sorted(order)
    rep.sync()
    assert fresh.rows == rep.rows == house.everything("rep1")


@pytest.mark.parametrize(
    "want",
    [
        {"max_rows": 10**9, "max_bytes": 10**12}, {"max_rows": 0, "max_bytes": 0},
        {"max_rows": -5, "max_bytes": -5}, {"max_rows": 10**30, "max_bytes": 10**30}, {},
    ],
)  # fmt: skip
def test_a_huge_or_tiny_want_is_bounded(embedded: House, want: Body) -> None:
    rep = embedded.synced("rep1")
    page = rep.exchange(want=want, cursor="", apply=False)
    assert 1 <= len(page.rows) <= 2_000


def test_a_page_of_what_does_not_pack_stays_below_its_limit(house: House) -> None:
    corner, noise = house.corner(), random.Random(7)
    login = house.newcomer(corner)
    rep = house.stranger(login)
    rep.sync()
    for _ in range(5):
        notes = ["".join(chr(noise.randrange(0x4E00, 0x9FA5)) for _ in range(5_000)) for _ in range(8)]
        docs = [{"name": "N", "territory_id": house.area(corner), "note": note} for note in notes]
        rep.exchange([rep.create("account", doc) for doc in docs], packing="zstd", apply=False)
    pages = house.stranger(login).sync()  # every page checks its own bytes on the wire
    assert sum(page.packed for page in pages) > 262_144
    small = house.stranger(login).sync(want={"max_rows": 2_000, "max_bytes": 32_768})
    assert all(page.packed <= 32_768 for page in small)


def test_an_idle_sync_is_one_small_round(house: House) -> None:
    rep = house.synced("rep1")
    rep.sync()
    page = rep.exchange()
    assert not page.rows
    assert not page.trailer["more"]
    assert page.packed <= 400
    assert len(rep.sent) <= 400


@pytest.mark.parametrize("packing", ["", "gzip", "zstd"])
@pytest.mark.parametrize(
    "takes", ["identity", "gzip", "zstd", "br, gzip;q=0.5", "zstd;q=0, gzip", "zstd;q=0"]
)
def test_bodies_travel_plain_or_packed_both_ways(embedded: House, packing: str, takes: str) -> None:
    rep = embedded.synced("rep1")
    doc = {"name": "打包店", "territory_id": embedded.area("HZ"), "note": "字" * 900}
    mutation = rep.create("account", doc)
    body = json.dumps(rep.asked([mutation])).encode()
    status, plain, _, headers = rep.raw("POST", "/sync/v1/sync", body, packing=packing, takes=takes)
    assert status == 200
    assert Page(plain, 0).outcomes == ["applied"]
    expected = {"identity": "", "zstd": "zstd", "zstd;q=0": ""}.get(takes, "gzip")
    assert headers.get("content-encoding", "") == expected
    assert headers["content-type"].startswith("application/x-ndjson")


@pytest.mark.parametrize(
    ("body", "said", "status"),
    [
        (b"{}", {"content-encoding": "zstd"}, 400), (b"{}", {"content-encoding": "gzip"}, 400),
        (b"{}", {"content-encoding": "br"}, 415), (b"", {}, 400), (b"null", {}, 400), (b"[]", {}, 400),
        (b"{", {}, 400), (b'{"dev":"\xff"}', {}, 400), (b"\xef\xbb\xbf{}", {}, 400),
    ],
)  # fmt: skip
def test_a_body_that_is_not_what_it_says_is_malformed(
    embedded: House, body: bytes, said: dict[str, str], status: int
) -> None:
    rep = embedded.synced("rep1")
    with pytest.raises(Refused) as refused:
        rep.ok("POST", "/sync/v1/sync", body, headers=said)
    assert refused.value.status == status
    assert refused.value.code in {"malformed", "unsupported_encoding"}


def test_an_answer_cut_anywhere_is_worth_nothing_and_comes_again(house: House) -> None:
    rep = house.stranger("rep1")
    rep.sync()
    page = rep.exchange(
        [rep.create("account", {"name": "切", "territory_id": house.area("HZ")})], apply=False
    )
    for end in range(len(page.raw)):
        with pytest.raises((Cut, AssertionError)):
            Page(page.raw[:end], end)
    again = rep.resend()
    assert again.rows == page.rows
    assert again.outcomes == ["dup"]
    assert again.trailer["count"] == page.trailer["count"]


def test_an_old_cursor_gives_again_what_came_after_it(house: House) -> None:
    rep = house.stranger("rep1")
    rep.sync()
    old, held = rep.cursor, rep.snapshot()
    key = house.account(name="后来")
    rep.sync()
    now = rep.snapshot()
    rep.cursor, rep.rows = old, held
    rep.sync()
    assert rep.rows == now
    assert ("account", key) in rep.rows


def test_a_cursor_of_somebody_else_is_malformed_and_opens_nothing(house: House) -> None:
    theirs, mine = house.stranger("rep2"), house.stranger("rep1")
    key = house.account("NJ")
    theirs.sync()
    for push in (None, [mine.create("visit", house.visit("rep1", key))]):
        with pytest.raises(Refused) as refused:
            mine.exchange(push, cursor=theirs.cursor)
        assert (refused.value.status, refused.value.code) == (400, "malformed")
    with pytest.raises(Refused):
        mine.ok("GET", f"/sync/v1/bootstrap/global?cursor={theirs.cursor}")
    assert mine.exchange([mine.create("visit", house.visit("rep1", key))]).acks[0]["o"] == "rejected"


def test_a_cursor_goes_with_its_user_to_another_device(house: House) -> None:
    one = house.stranger("rep1")
    one.sync()
    two = house.stranger("rep1")
    two.cursor, two.epoch, two.rows = one.cursor, one.epoch, one.snapshot()
    assert two.exchange().rows == []


def test_a_cursor_changed_anywhere_is_malformed(house: House) -> None:
    rep = house.synced("rep1")
    rep.sync()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for at in range(0, len(rep.cursor), 5):
        other = alphabet[(alphabet.index(rep.cursor[at]) + 7) % 64]
        with pytest.raises(Refused) as refused:
            rep.exchange(cursor=rep.cursor[:at] + other + rep.cursor[at + 1 :])
        assert (refused.value.status, refused.value.code) == (400, "malformed")
    for forged in ("A", "é", "A" * 3_000, rep.cursor * 2, "\0"):
        with pytest.raises(Refused) as refused:
            rep.exchange(cursor=forged)
        assert refused.value.status == 400


@pytest.mark.parametrize("epoch", ["0195d3a0-0000-7000-8000-000000000000", "", "x", "\0"])
def test_another_epoch_is_told_before_anything_is_taken(house: House, epoch: str) -> None:
    rep = house.synced("rep1")
    rep.sync()
    mutation = rep.create("account", {"name": "e", "territory_id": house.area("HZ")})
    with pytest.raises(Refused) as refused:
        rep.exchange([mutation], epoch=epoch)
    assert (refused.value.status, refused.value.code) == (409, "epoch_changed")
    assert refused.value.told["data"]["epoch"] == rep.epoch
    assert rep.exchange([mutation]).outcomes == ["applied"]


def test_a_device_speaks_for_itself_only(house: House) -> None:
    one, two = house.stranger("rep1"), house.stranger("rep1")
    with pytest.raises(Refused) as refused:
        one.exchange(dev=two.device)
    assert refused.value.status == 400
    with pytest.raises(Refused) as refused:
        house.stranger("rep2", one.device)
    assert refused.value.status == 409


def test_a_scope_that_is_not_granted_reads_like_one_that_never_was(house: House) -> None:
    rep = house.synced("rep1")
    answers = []
    for scope in (f"terr:{house.area('NJ')}", f"terr:{uuid7()}", f"rep:{house.user('rep2')}", "x", "terr:"):
        status, plain, _, _ = rep.raw("GET", f"/sync/v1/bootstrap/{scope}")
        answers.append((status, json.loads(plain)["code"], json.loads(plain)["message"]))
    assert len(set(answers)) == 1
    assert answers[0][0] == 403


def test_without_a_token_nothing_is_told(house: House) -> None:
    rep = house.synced("rep1")
    for method, path in (("POST", "hello"), ("GET", "schema"), ("POST", "sync"), ("GET", "bootstrap/global")):
        status, plain, _, headers = rep.raw(method, f"/sync/v1/{path}", b"{}", token="")
        assert status == 401
        assert json.loads(plain)["code"] == "token_expired"
        assert headers["www-authenticate"].startswith("Bearer")


def test_a_refreshed_session_goes_on_where_it_was(house: House) -> None:
    rep = house.stranger("rep1")
    rep.sync()
    rep.refreshed()
    assert rep.exchange().rows == []


def test_connections_are_kept_and_pipelined_devices_do_not_mix(house: House) -> None:
    devices = [house.stranger("rep1"), house.stranger("rep2"), house.stranger("manager1")]
    for device in devices:
        device.sync()
    with ThreadPoolExecutor(3) as pool:
        for page in pool.map(lambda device: device.exchange(), devices * 5):
            assert not page.rows
    assert requests.get(f"{house.url}/health", timeout=5).json()["status"] == "ok"
