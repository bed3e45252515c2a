"""Figures and positions that nobody may invent (SEC ids in the docstrings)."""

from __future__ import annotations

import json

import pytest

from tests.conformance.stranger.conftest import House

AT = 1_772_420_000_000


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
