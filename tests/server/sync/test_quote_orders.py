"""The order of an approved quote as the server judges it: its own copy of the round counts (Q3, R1)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from fieldcrm import faults
from fieldcrm.ids import new_id
from fieldcrm.model.selling import ApprovalRung
from fieldcrm.sync.protocol import Mutation
from server.database import run
from server.rule_sets import Change
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import PlainLaptop, outcome
from tests.server.sync.test_amended_orders import cancel
from tests.server.sync.test_ledger import TEN, published
from tests.server.sync.test_orders import line, order_doc, submit
from tests.server.sync.test_quotes import act, round_of

RUNGS = (("5", None), ("10", "manager"), ("20", "director"))
TOLD = {"set": 1, "applied": [], "rebates": []}


def goods(company: Company, price: str = "44.00") -> dict[str, Any]:
    net = Decimal(price) * 2
    tax = f"{net - net / Decimal('1.13'):.2f}"
    return line(
        company, manual_price=price, net_amount=f"{net:.2f}", discount_amount=f"{96 - net:.2f}",
        gross_amount="96.00", tax_amount=tax,
    )  # fmt: skip


@pytest.fixture
def company(company: Company) -> Company:
    return published(
        company,
        *(Change(ApprovalRung, up, {"up_to_percent": Decimal(up), "approver": by}) for up, by in RUNGS),
    )


def confirmed(company: Company, laptop: PlainLaptop) -> tuple[str, dict[str, Any]]:
    """Keep a round with a discount that the manager agreed to and the customer confirmed."""
    boss = company.laptop(company.manager)
    key, doc = round_of(company, goods(company), rule_set=1, trace=TOLD)
    said = [laptop.create("quote", doc, key), act(laptop, company, key, doc, "submitted")]
    assert [outcome(ack) for ack in laptop.push(*said)] == ["applied"] * 2
    assert outcome(boss.push_one(act(boss, company, key, doc, "approved"))) == "applied"
    for what in ("sent", "confirmed"):
        assert outcome(laptop.push_one(act(laptop, company, key, doc, what))) == "applied"
    return key, doc


def ordered(
    company: Company, laptop: PlainLaptop, quote: tuple[str, dict[str, Any]], price: str = "44.00",
    **fields: Any,
) -> str:  # fmt: skip
    """Order by a confirmed round in one push; return what became of it."""
    order = order_doc(company, goods(company, price)) | {"rule_set": 1, "trace": TOLD, "origin": "quote"}
    created = laptop.create("order", order | fields)
    made = act(laptop, company, *quote, "ordered", order_id=created.agg[1])
    answers = [outcome(ack) for ack in laptop.push(made, created, submit(laptop, created))]
    assert answers[:2] == ["applied"] * 2
    return answers[2]


def test_what_was_approved_as_a_quote_is_accepted_as_its_order(company: Company) -> None:
    laptop = company.laptop()
    assert ordered(company, laptop, confirmed(company, laptop)) == "applied"
    [order] = laptop.sync().bodies("order")
    assert (order["status"], order["total_amount"]) == ("accepted", "88.00")


def test_a_floor_that_rose_since_is_for_others(company: Company) -> None:
    laptop = company.laptop()
    quote = confirmed(company, laptop)
    with company.database.writing() as connection:  # 44.00 a case is 1.83 a bottle
        run(connection, "UPDATE product SET floor_price = 19000, version = version + 1")
    assert ordered(company, laptop, quote) == "applied"
    plain = order_doc(company, goods(company)) | {"rule_set": 1, "trace": TOLD}
    created = laptop.create("order", plain)
    assert outcome(laptop.push(created, submit(laptop, created))[1]) == "applied:rule_broken"


def test_another_price_has_lost_the_approval_whatever_the_laptop_says(company: Company) -> None:
    laptop = company.laptop()
    assert ordered(company, laptop, confirmed(company, laptop), "43.50") == "applied:needs_approval"
    with faults.plant("approval_outlives_change"):
        assert ordered(company, laptop, confirmed(company, laptop), "43.50") == "applied"


def test_an_order_that_no_act_names_has_no_approval(company: Company) -> None:
    laptop = company.laptop()
    confirmed(company, laptop)
    order = order_doc(company, goods(company)) | {"rule_set": 1, "trace": TOLD, "origin": "quote"}
    created = laptop.create("order", order)
    answers = [outcome(ack) for ack in laptop.push(created, submit(laptop, created))]
    assert answers == ["applied", "applied:quote_not_ordered"]


def test_a_round_that_two_laptops_ordered_becomes_one_order(company: Company) -> None:
    """The other one stays with its rep, who is told why: the simulation once found both accepted (Q1)."""
    first, second = company.laptop(), company.laptop()
    quote = confirmed(company, first)
    second.sync()

    assert ordered(company, first, quote) == "applied"
    order = order_doc(company, goods(company)) | {"rule_set": 1, "trace": TOLD, "origin": "quote"}
    created = second.create("order", order)
    again = act(second, company, *quote, "ordered", order_id=created.agg[1])
    answers = [outcome(ack) for ack in second.push(again, created, submit(second, created))]
    assert answers == ["rejected:quote_step", "applied", "applied:quote_not_ordered"]


def test_a_round_whose_order_was_cancelled_is_ordered_again(company: Company) -> None:
    """On a laptop without a network all of it waits together, and is taken in this order."""
    laptop = company.laptop()
    quote = confirmed(company, laptop)
    sent: list[Mutation] = []
    for again in (False, True):
        made = order_doc(company, goods(company)) | {"rule_set": 1, "trace": TOLD, "origin": "quote"}
        created = laptop.create("order", made)
        sent += [act(laptop, company, *quote, "ordered", order_id=created.agg[1]), created]
        sent.append(submit(laptop, created))
        sent += [] if again else [cancel(laptop, created)]
    assert [outcome(ack) for ack in laptop.push(*sent)] == ["applied"] * 7
    third = act(laptop, company, *quote, "ordered", order_id=str(new_id()))
    assert outcome(laptop.push_one(third)) == "rejected:quote_step"


def test_newer_prices_do_not_touch_it_until_the_quotes_last_day(company: Company) -> None:
    laptop = company.laptop()
    first, second = confirmed(company, laptop), confirmed(company, laptop)
    published(company, TEN)
    laptop.at += timedelta(days=28)
    assert ordered(company, laptop, first, ordered_on="2026-03-30") == "applied"
    laptop.at += timedelta(days=12)
    assert ordered(company, laptop, second, ordered_on="2026-04-11") == "applied:price_changed"
