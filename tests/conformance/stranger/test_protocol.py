"""The wire protocol as a stranger reads it: what goes in, what comes out, what is promised about both."""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.conformance.stranger.client import Body, Cut, Page, Refused, Stranger, uuid7
from tests.conformance.stranger.conftest import House

# -- the handshake -----------------------------------------------------------------------------


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


# -- the answer --------------------------------------------------------------------------------


def test_reading_every_scope_from_the_beginning_gives_what_the_feed_gives(house: House) -> None:
    for n in range(7):
        house.account(name=f"分店 {n}")
    fed, read = house.stranger("rep1"), house.stranger("rep1")
    fed.sync()
    for scope in read.json("POST", "/sync/v1/hello")["grants"]:
        read.bootstrap(scope, max_rows=3)
    pages = read.sync()
    assert read.rows == fed.rows
    assert {key for page in pages for key in page.ids()} == set()


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
    assert fresh.rows == rep.rows == _all(house, "rep1")


def _all(house: House, login: str) -> dict[tuple[str, str], tuple[int, Body]]:
    fresh = house.stranger(login)
    fresh.sync()
    return fresh.rows


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


# -- pushing -----------------------------------------------------------------------------------


def test_the_same_bytes_again_have_no_second_effect(house: House) -> None:
    rep = house.stranger("rep1")
    rep.sync()
    account = house.account()
    visits = [rep.create("visit", house.visit("rep1", account)) for _ in range(3)]
    bad = rep.create("visit", {})
    first = rep.exchange([*visits, bad], apply=False)
    again = rep.resend(apply=False)
    assert first.outcomes == ["applied", "applied", "applied", "rejected:required"]
    for before, after in zip(first.acks, again.acks, strict=True):
        assert after == before | {"o": "dup", "was": before["o"]}
    rep.sync()
    assert {v["agg"][1] for v in visits} <= set(rep.all("visit"))
    mine = [q for q in rep.all("quarantine").values() if q["mutation_id"] == bad["id"]]
    assert len(mine) == 1


def test_equal_json_in_other_bytes_is_the_same_mutation(house: House) -> None:
    rep = house.synced("rep1")
    account = rep.create("account", {"name": "同", "territory_id": house.area("HZ"), "tags": ["a", {"b": 1}]})
    rep.exchange([account])
    other = {"needs": [], "base": 0, **account, "doc": dict(reversed(account["doc"].items())), "n": rep.n + 7}
    other["agg"] = ["account", account["agg"][1].upper()]
    other["id"] = account["id"].upper()
    body = json.dumps(rep.asked([other]), indent=3, ensure_ascii=True).encode()
    assert Page(*rep.ok("POST", "/sync/v1/sync", body)).outcomes == ["dup"]


def test_every_pushed_mutation_is_answered_in_its_place(house: House) -> None:
    rep = house.synced("rep1")
    one, two = (rep.create("account", {"name": n, "territory_id": house.area("HZ")}) for n in "ab")
    page = rep.exchange([two, one, two])
    assert [ack["id"] for ack in page.acks] == [two["id"], one["id"], two["id"]]
    assert page.outcomes == ["applied", "applied", "dup"]


def test_a_shuffled_batch_ends_like_an_ordered_one(house: House) -> None:
    rep = house.stranger("rep1")
    rep.sync()
    account = rep.create("account", {"name": "新店", "territory_id": house.area("HZ")})
    key = account["agg"][1]
    contact = rep.create("contact", {"name": "Li", "account_id": key}, needs=[account["id"]])
    rename = rep.mutation("contact", contact["agg"][1], "patch", set={"name": {"old": "Li", "new": "Li Na"}})
    again = rep.mutation(
        "contact", contact["agg"][1], "patch", set={"name": {"old": "Li Na", "new": "Li Wei"}}
    )
    order = rep.create("order", house.order("rep1", key), needs=[key])
    send = rep.mutation("order", order["agg"][1], "act", act="submit", needs=[order["id"]])
    batch = [send, again, order, rename, contact, account]
    assert rep.exchange(batch).outcomes == ["applied"] * 6
    assert rep.body("contact", contact["agg"][1])["name"] == "Li Wei"
    assert rep.body("order", order["agg"][1])["status"] == "accepted"


def test_counters_may_have_holes_and_the_highest_is_told(house: House) -> None:
    rep = house.stranger("rep1")
    docs = [{"name": "n", "territory_id": house.area("HZ")}, {}]
    rep.n = 9
    page = rep.exchange([rep.create("account", doc) for doc in docs])
    assert page.outcomes == ["applied", "rejected:required"]
    assert page.header["n_applied"] == 11
    assert rep.exchange().header["n_applied"] == 11


def test_only_what_depends_waits(house: House) -> None:
    rep = house.synced("rep1")
    later = rep.create("account", {"name": "x", "territory_id": house.area("HZ")})
    waits = rep.create("contact", {"name": "c", "account_id": later["agg"][1]}, needs=[later["id"]])
    free = rep.create("account", {"name": "y", "territory_id": house.area("HZ")})
    page = rep.exchange([waits, free])
    assert page.outcomes == ["retry:needs_missing", "applied"]
    assert rep.exchange([later, waits, free]).outcomes == ["applied", "applied", "dup"]


@pytest.mark.parametrize(
    ("entity", "op", "more", "expected"),
    [
        ("ghost", "create", {"doc": {}}, "rejected:unknown_entity"),
        ("account", "patch", {"set": {"name": {"old": "a", "new": "b"}}}, "rejected:unknown_row"),
        ("account", "delete", {}, "rejected:unknown_row"),
        ("order", "act", {"act": "submit"}, "rejected:unknown_row"),
        ("product", "create", {"doc": {"name": "x"}}, "rejected:read_only"),
        ("user", "patch", {"set": {"role": {"old": "rep", "new": "admin"}}}, "rejected:read_only"),
        ("visit", "delete", {}, "rejected:append_only"),
        ("account", "create", {"doc": {"name": "a", "colour": "red"}}, "rejected:unknown_field"),
        ("quarantine", "create", {"doc": {}}, "rejected:not_allowed"),
        ("conflict", "create", {"doc": {}}, "rejected:not_allowed"),
    ],
)
def test_what_cannot_be_is_refused_alone_and_kept(
    house: House, entity: str, op: str, more: Body, expected: str
) -> None:
    rep = house.synced("rep1")
    good = rep.create("account", {"name": "g", "territory_id": house.area("HZ")})
    bad = rep.mutation(entity, uuid7(), op, **more)
    page = rep.exchange([bad, good])
    assert page.outcomes == [expected, "applied"]
    rep.sync()
    [kept] = [each for each in rep.all("quarantine").values() if each["mutation_id"] == bad["id"]]
    assert kept["payload"]["agg"] == bad["agg"]
    assert kept["code"] == expected.partition(":")[2]


@pytest.mark.parametrize(
    "broken",
    [
        {"op": "erase"}, {"agg": ["account"]}, {"agg": ["account", "7"]}, {"id": "x"}, {"n": 0}, {"n": "1"},
        {"at": 1.5}, {"doc": []}, {"set": {"name": "x"}}, {"needs": "x"}, {"needs": ["x"]}, {"n": 2**60},
        {"agg": ["acc\0ount", uuid7()]}, {"needs": [uuid7()] * 2_000}, {"id": None},
    ],
)  # fmt: skip
def test_a_malformed_mutation_changes_nothing_at_all(embedded: House, broken: Body) -> None:
    rep = embedded.synced("rep1")
    good = rep.create("account", {"name": "g", "territory_id": embedded.area("HZ")})
    bad = rep.create("account", {"name": "b", "territory_id": embedded.area("HZ")}) | broken
    with pytest.raises(Refused) as refused:
        rep.exchange([good, bad])
    assert (refused.value.status, refused.value.code) == (400, "malformed")
    rep.sync()
    assert good["agg"][1] not in rep.all("account")
    assert rep.exchange().header["n_applied"] < good["n"]


def test_too_large_a_batch_gets_413_and_halves_go_through(house: House) -> None:
    rep = house.stranger("rep1")
    batch = [rep.create("account", {"name": "b", "territory_id": house.area("HZ")}) for _ in range(201)]
    with pytest.raises(Refused) as refused:
        rep.exchange(batch)
    assert (refused.value.status, refused.value.code) == (413, "too_large")
    assert set(rep.exchange(batch[:100], apply=False).outcomes) == {"applied"}
    assert set(rep.exchange(batch[100:], apply=False).outcomes) == {"applied"}


@pytest.mark.parametrize(
    "text", ["a\0b", "\0", "'; DROP TABLE account; --", '"', "%s", "?", "\\", "\u202e", "😀", "{{7*7}}", ""]
)
def test_any_text_is_taken_as_text_wherever_it_stands(house: House, text: str) -> None:
    rep = house.synced("rep1")
    good = rep.create(
        "account", {"name": text, "territory_id": house.area("HZ"), "code": text, "tags": [text]}
    )
    refused = [
        rep.create(text[:40].replace("\0", "") or "x", {text: text}),
        rep.create("account", {"name": "n", text or "x": 1, "territory_id": house.area("HZ")}),
        rep.create("account", {"name": "n", "territory_id": text, "owner_id": text}),
        rep.create("contact", {"name": "n", "account_id": text}),
        rep.mutation("order", uuid7(), "act", act=text),
        rep.create("order", house.order("rep1", uuid7()) | {"lines": [house.line() | {"id": text}]}),
        rep.create("account", {"name": "n", "territory_id": house.area("HZ"), "grade": text}, schema=1),
    ]
    page = rep.exchange([good, *refused])
    assert page.outcomes[0] == ("rejected:bad_text" if "\0" in text else "applied")
    assert {outcome.partition(":")[0] for outcome in page.outcomes[1:]} == {"rejected"}
    assert not {o for o in page.outcomes if "internal" in o}
    rep.sync()
    if "\0" not in text:
        assert rep.body("account", good["agg"][1])["name"] == text


# -- two devices -------------------------------------------------------------------------------


def test_different_fields_merge_and_one_field_keeps_the_value_that_lost(house: House) -> None:
    key = house.account(phone="1", city="杭州")
    one, two = house.stranger("rep1"), house.stranger("manager1")
    one.sync(), two.sync()
    first = one.exchange([one.patch("account", key, phone="2")])
    second = two.exchange([two.patch("account", key, city="南京")])
    third = one.exchange([one.patch("account", key, phone="3")])
    late = {"phone": {"old": "1", "new": "4"}}
    fourth = two.exchange([two.mutation("account", key, "patch", base=1, set=late)])
    assert [page.outcomes for page in (first, second, third)] == [["applied"]] * 3
    assert fourth.outcomes == ["merged"]
    [conflict_id] = fourth.acks[0]["conflicts"]
    one.sync(), two.sync()
    assert one.rows["account", key] == two.rows["account", key]
    assert (one.body("account", key)["phone"], one.body("account", key)["city"]) == ("4", "南京")
    kept = one.body("conflict", conflict_id)
    assert (kept["field"], kept["base"], kept["winner"], kept["loser"]) == ("phone", "1", "4", "3")
    assert (kept["lost_by"], kept["won_by"]) == (house.user("rep1"), house.user("manager1"))
    assert kept["lost_at"] > 0 < kept["won_at"]
    assert kept["state"] == "open"
    assert kept == two.body("conflict", conflict_id)


def test_a_conflict_is_settled_by_taking_the_other_value(house: House) -> None:
    key = house.account(phone="1")
    one, two = house.stranger("rep1"), house.stranger("manager1")
    one.sync(), two.sync()
    one.exchange([one.patch("account", key, phone="mine")], apply=False)
    [conflict] = two.exchange([two.patch("account", key, phone="theirs")]).acks[0]["conflicts"]
    one.sync()
    page = one.exchange(
        [one.patch("account", key, phone="mine"), one.patch("conflict", conflict, state="swapped")]
    )
    assert page.outcomes == ["applied", "applied"]
    one.sync(), two.sync()
    assert two.body("account", key)["phone"] == "mine"
    assert two.body("conflict", conflict)["state"] == "swapped"
    forged = two.mutation("conflict", conflict, "patch", set={"loser": {"old": "mine", "new": "x"}})
    assert two.exchange([forged]).outcomes == ["rejected:server_owned"]


def test_versions_never_fall_and_an_old_page_changes_nothing(house: House) -> None:
    key = house.account(phone="0")
    rep, boss = house.stranger("rep1"), house.stranger("manager1")
    rep.sync(), boss.sync()
    pages, seen = [], [rep.version("account", key)]
    for n in range(1, 5):
        boss.sync([boss.patch("account", key, phone=str(n))])
        pages += rep.sync()
        seen.append(rep.version("account", key))
    assert seen == sorted(set(seen))
    held, cursor = rep.snapshot(), rep.cursor
    for page in [*pages, *reversed(pages)]:
        rep.apply(page)
    assert rep.rows == held
    rep.cursor = cursor
    assert rep.exchange().rows == []


def test_two_devices_of_one_user_end_alike(house: House) -> None:
    one, two = house.stranger("rep1"), house.stranger("rep1")
    key = house.account()
    for n in range(6):
        device = (one, two)[n % 2]
        device.sync()
        device.exchange(
            [device.patch("account", key, phone=str(n)), device.create("todo", _todo(house, f"t{n}"))]
        )
    one.sync(), two.sync()
    assert one.rows == two.rows == _all(house, "rep1")


def _todo(house: House, title: str) -> Body:
    return {"title": title, "assignee_id": house.user("rep1"), "created_by": house.user("rep1")}


def test_a_mutation_sent_from_everywhere_at_once_has_one_effect(house: House) -> None:
    devices = [house.stranger("rep1") for _ in range(4)]
    mutation = devices[0].create("todo", _todo(house, "once"))

    def push(device: Stranger) -> str:
        return device.exchange([mutation], apply=False).outcomes[0]

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(push, devices * 3))
    assert outcomes == ["applied"] + ["dup"] * 11


# -- orders and events -------------------------------------------------------------------------


def test_an_order_lives_from_draft_to_number(house: House) -> None:
    rep, boss = house.stranger("rep1"), house.stranger("manager1")
    key = house.account()
    rep.sync()
    order = rep.create("order", house.order("rep1", key))
    row = order["agg"][1]
    assert rep.exchange([order]).outcomes == ["applied"]
    assert rep.body("order", row)["status"] == "draft"
    lines = [house.line("3")]
    sums = {
        name: house.order("rep1", key, "3")[name] for name in ("goods_amount", "tax_amount", "total_amount")
    }
    assert rep.exchange([rep.patch("order", row, lines=lines, **sums)]).outcomes == ["applied"]
    assert [line["quantity"] for line in rep.body("order", row)["lines"]] == ["3.00"]
    assert rep.exchange([rep.mutation("order", row, "act", act="submit")]).outcomes == ["applied"]
    body = rep.body("order", row)
    assert (body["status"], body["total_amount"]) == ("accepted", "144.00")
    assert body["number"].startswith("SO-2026-")
    refused = rep.exchange(
        [rep.patch("order", row, note="late"), rep.mutation("order", row, "act", act="submit")]
    )
    assert [o.partition(":")[0] for o in refused.outcomes] == ["rejected", "rejected"]
    boss.sync()
    assert boss.body("order", row) == body
    assert rep.exchange([rep.mutation("order", row, "act", act="cancel")]).outcomes == ["applied"]


def test_an_order_with_a_price_of_its_own_is_kept_for_review_and_may_be_cancelled(house: House) -> None:
    rep = house.stranger("rep1")
    doc = house.order("rep1", house.account())
    rep.sync()
    doc["lines"][0]["unit_price"] = "1.00"
    order = rep.create("order", doc, act="submit")
    page = rep.exchange([order])
    row = order["agg"][1]
    assert page.acks[0]["o"] == "applied"
    assert page.acks[0]["code"] == rep.body("order", row)["review_code"]
    assert rep.body("order", row)["status"] == "needs_review"
    assert rep.body("order", row)["number"] is None
    assert rep.exchange([rep.mutation("order", row, "act", act="cancel")]).acks[0]["o"] == "applied"
    assert rep.body("order", row)["status"] == "cancelled"


def test_a_whole_visit_travels_in_one_batch(house: House) -> None:
    rep, boss = house.stranger("rep1"), house.stranger("manager1")
    key = house.account()
    rep.sync()
    visit = rep.create("visit", house.visit("rep1", key))
    of = {"visit_id": visit["agg"][1], "account_id": key, "rep_id": house.user("rep1")}
    at = 1_772_420_000_000
    batch = [
        visit,
        rep.create("check_in", of | {"at": at, "source": "device", "latitude_e7": 302741000,
                                     "longitude_e7": 1201551000, "accuracy_m": 12, "distance_m": 8}),
        rep.create("step_answer", of | {"step_key": "shelf", "answers": {"facings": 4}, "answered_at": at}),
        rep.create("photo", of | {"sha256": "ab" * 32, "size": 9, "media_type": "image/jpeg", "width": 1,
                                  "height": 1, "taken_at": at}),
        rep.create("check_out", of | {"at": at, "summary": "好"}),
    ]  # fmt: skip
    assert rep.exchange(batch).outcomes == ["applied"] * 5
    boss.sync()
    for mutation in batch:
        assert boss.body(*mutation["agg"]) == rep.body(*mutation["agg"])
    review = {"visit_id": of["visit_id"], "rep_id": of["rep_id"], "reviewer_id": house.user("manager1"),
              "decision": "approved", "text": "不错", "at": at}  # fmt: skip
    assert boss.exchange([boss.create("visit_review", review)]).outcomes == ["applied"]
    rep.sync()
    assert [r["decision"] for r in rep.all("visit_review").values() if r["visit_id"] == of["visit_id"]] == [
        "approved"
    ]


def test_every_published_field_refuses_what_is_not_its_type(house: House) -> None:
    rep = house.synced("rep1")
    schema = {e["name"]: e for e in rep.json("GET", "/sync/v1/schema")["entities"]}
    key = house.account()
    visit = rep.create("visit", house.visit("rep1", key))
    rep.exchange([visit])
    of = {"visit_id": visit["agg"][1], "account_id": key, "rep_id": house.user("rep1")}
    docs: dict[str, Body] = {
        "account": {"name": "n", "territory_id": house.area("HZ")},
        "contact": {"name": "n", "account_id": key}, "todo": _todo(house, "t"),
        "visit_plan": {"rep_id": house.user("rep1"), "account_id": key, "on": "2026-03-02"},
        "visit": house.visit("rep1", key), "order": house.order("rep1", key),
        "check_in": of | {"at": 1, "source": "none"}, "check_out": of | {"at": 1},
        "step_answer": of | {"step_key": "s", "answered_at": 1},
    }  # fmt: skip
    wrong: dict[str, list[Any]] = {
        "text": [1, True, [], {}, 1.5], "id": [1, "x", [], "0" * 36, True],
        "integer": ["1", 1.5, True, [], 2**40, -(2**40), 10**30], "boolean": [0, "true", [], 1.0],
        "moment": ["2026-03-02", 1.5, True, 2**53, -(2**53), 9e18],
        "day": [1, "2026-02-30", "x", "2026-3-2", "20260302", "2026-W10-1"],
        "amount": [1, 1.5, "x", "NaN", "Infinity", "1e400", "9e999999", "1.00001", "", "--1", "1" * 39],
        "quantity": [1, "x", "sNaN", "-Infinity", "9e999999", "0.12345"],
        "choice": [1, [], {}, "x" * 25, "nonsense"], "json": [],
    }  # fmt: skip
    batch, n = [], 0
    for name, doc in docs.items():
        for field in schema[name]["fields"]:
            if (
                field["server_owned"]
                or field["merge"] == "archive"
                or field["name"] in ("status", "submitted_at")
            ):
                continue
            batch += [rep.create(name, doc | {field["name"]: value}) for value in wrong[field["type"]]]
            if field["required"]:
                batch.append(rep.create(name, doc | {field["name"]: None}))
    for start in range(0, len(batch), 200):
        lot = batch[start : start + 200]
        for mutation, outcome in zip(lot, rep.exchange(lot, apply=False).outcomes, strict=True):
            assert outcome.startswith("rejected:"), (outcome, mutation["agg"][0], mutation["doc"])
            n += 1
    assert n > 200
    assert set(rep.exchange([rep.create(name, doc) for name, doc in docs.items()]).outcomes) == {"applied"}


# -- cursors -----------------------------------------------------------------------------------


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
