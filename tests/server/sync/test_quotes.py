"""Quotes on the server: prices replayed, rights of every act, nothing approved by its author (Q1 to Q3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from fieldcrm.clock import to_ms
from fieldcrm.ids import new_id
from fieldcrm.rules import quotes
from fieldcrm.rules.items import Item
from fieldcrm.sync.protocol import Mutation
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON, PlainLaptop, outcome
from tests.server.sync.test_orders import line

UNTIL = "2026-04-01"


def round_of(company: Company, *lines: dict[str, Any], **fields: Any) -> tuple[str, dict[str, Any]]:
    rows = list(lines) or [line(company)]
    for row in rows:
        row.pop("rebate_amount", None)
    key = str(new_id())
    total = sum(Decimal(row["net_amount"]) for row in rows) + 20
    items = [
        Item(row["product_id"], row["unit"], Decimal(row["quantity"]), Decimal(row["unit_price"]),
             Decimal(row["net_amount"]), Decimal(row["tax_amount"]))
        for row in rows
    ]  # fmt: skip
    until = date.fromisoformat(UNTIL)
    fees = [("Freight", Decimal(20))]
    account = str(company.account.id)
    usual = {
        "account_id": account, "rep_id": str(company.rep.id), "provisional_number": "R1-Q000001",
        "family_id": key, "round": 1, "quoted_on": "2026-03-02", "quoted_at": to_ms(NOON),
        "valid_until": UNTIL, "fees": [["Freight", "20.00"]], "fees_amount": "20.00",
        "total_amount": f"{total:.2f}", "lines": rows, "trace": None,
        "content": quotes.content_of(account, until, fees, items, total, ""),
    }  # fmt: skip
    return key, usual | fields


def act(
    laptop: PlainLaptop, company: Company, key: str, doc: dict[str, Any], what: str, **more: Any
) -> Mutation:
    said = {
        "quote_id": key, "account_id": str(company.account.id), "by_id": str(laptop.user.id), "act": what,
        "at": to_ms(laptop.at), "content": doc["content"],
    }  # fmt: skip
    return laptop.create("quote_act", said | more)


def kept(company: Company, laptop: PlainLaptop, *lines: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    key, doc = round_of(company, *lines)
    assert outcome(laptop.push_one(laptop.create("quote", doc, key))) == "applied"
    return key, doc


def test_a_round_that_stands_up_gets_the_next_number(company: Company) -> None:
    laptop = company.laptop()
    keys = [kept(company, laptop)[0] for _ in range(2)]
    bodies = [laptop.sync().body("quote", key) or {} for key in keys]
    assert [(b["number"], b["review_code"], b["approver"]) for b in bodies] == [
        ("QT-2026-000001", None, None), ("QT-2026-000002", None, None),
    ]  # fmt: skip


def test_invented_prices_are_kept_with_the_reason_and_cannot_be_sent(company: Company) -> None:
    laptop = company.laptop()
    key, doc = kept(company, laptop, line(company, price="40.00"))
    body = laptop.sync().body("quote", key) or {}
    assert body["review_code"] == "price_changed"
    assert outcome(laptop.push_one(act(laptop, company, key, doc, "sent"))) == "rejected:quote_prices_moved"


def test_a_document_that_contradicts_its_content_is_refused(company: Company) -> None:
    laptop = company.laptop()
    for said in ({"total_amount": "1.00"}, {"note": "free of charge"}, {"fees": [["Freight", "1.00"]]}):
        key, doc = round_of(company)
        assert outcome(laptop.push_one(laptop.create("quote", doc | said, key))) == "rejected:content_differs"


def test_a_round_never_changes(company: Company) -> None:
    laptop = company.laptop()
    key, _ = kept(company, laptop)
    assert outcome(laptop.push_one(laptop.patch("quote", key, note=("", "x")))) == "rejected:append_only"


def test_a_rep_decides_nothing_and_nobody_acts_in_anothers_name(company: Company) -> None:
    laptop, boss = company.laptop(), company.laptop(company.manager).sync()
    key, doc = kept(company, laptop)
    decided = act(laptop, company, key, doc, "approved")
    assert outcome(laptop.push_one(decided)) == "rejected:quote_step"
    forged = act(laptop, company, key, doc, "sent", by_id=str(company.manager.id))
    assert outcome(laptop.push_one(forged)) == "rejected:not_the_author"
    other = act(laptop, company, key, doc, "sent", content="0" * 64)
    assert outcome(laptop.push_one(other)) == "rejected:quote_step"
    assert outcome(laptop.push_one(act(laptop, company, key, doc, "confirmed"))) == "rejected:quote_step"
    assert outcome(boss.push_one(act(boss, company, key, doc, "sent"))) == "rejected:quote_of_another"
    assert outcome(laptop.push_one(act(laptop, company, key, doc, "sent"))) == "applied"


def test_a_round_and_its_acts_come_in_one_push(company: Company) -> None:
    laptop = company.laptop()
    key, doc = round_of(company)
    made = laptop.create("quote", doc, key)
    acks = laptop.push(
        made, act(laptop, company, key, doc, "sent"), act(laptop, company, key, doc, "confirmed")
    )
    assert [outcome(ack) for ack in acks] == ["applied"] * 3
