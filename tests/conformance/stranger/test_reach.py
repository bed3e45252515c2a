"""What a person reaches of others' data, whatever is asked or sent (SEC ids in the docstrings)."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conformance.stranger.client import Body, uuid7
from tests.conformance.stranger.conftest import House
from tests.fixtures.server import PASSWORD

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
