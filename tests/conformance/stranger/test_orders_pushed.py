"""Orders, visits and every published field, pushed by a stranger."""

from __future__ import annotations

from typing import Any

from tests.conformance.stranger.client import Body
from tests.conformance.stranger.conftest import House


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
        "contact": {"name": "n", "account_id": key}, "todo": house.todo("t"),
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
