"""What a stranger pushes, from one device and from two: what it does, and what it does once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conformance.stranger.client import Body, Page, Refused, Stranger, uuid7
from tests.conformance.stranger.conftest import House


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
            [device.patch("account", key, phone=str(n)), device.create("todo", house.todo(f"t{n}"))]
        )
    one.sync(), two.sync()
    assert one.rows == two.rows == house.everything("rep1")


def test_a_mutation_sent_from_everywhere_at_once_has_one_effect(house: House) -> None:
    devices = [house.stranger("rep1") for _ in range(4)]
    mutation = devices[0].create("todo", house.todo("once"))

    def push(device: Stranger) -> str:
        return device.exchange([mutation], apply=False).outcomes[0]

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(push, devices * 3))
    assert outcomes == ["applied"] + ["dup"] * 11
