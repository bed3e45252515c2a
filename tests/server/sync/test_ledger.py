"""What accepted orders took of budgets and balances is counted by the server, and by nobody else (P7, P8)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.promotions import Promotion, PromotionTarget
from fieldcrm.model.rebates import RebateEntry, RebateMove, RebateProgram
from fieldcrm.sync.protocol import Mutation
from server import ledger
from server.database import run
from server.rule_sets import Change, Edition, publish
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import PlainLaptop, outcome
from tests.server.sync.test_orders import line, order_doc, submit

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
TEN = Change(Promotion, "B", {
    "code": "B", "name": "Ten", "target": PromotionTarget.ORDER, "give": {"percent_off": "10"},
    "budget": Decimal(15),
})  # fmt: skip
EARNS = Change(RebateProgram, "R", {
    "code": "R", "name": "Year", "keep_days": 30, "earn": {"per_order_percent": "2"},
    "max_order_percent": Decimal(50),
})  # fmt: skip


def published(company: Company, *rules: Change) -> Company:
    with company.database.writing() as connection, Session(connection) as session:
        publish(session, Edition("First", BEGAN, rules), BEGAN)
        session.commit()
    return company


@pytest.fixture
def under_budget(company: Company) -> Company:
    return published(company, TEN)


def discounted(company: Company, off: str, net: str, tax: str, **fields: Any) -> dict[str, Any]:
    """Return two cases at 48.00 with a discount, as a laptop would price them."""
    applied = [{"promotion": "B", "name": "Ten", "times": 1, "amount": off, "gift_value": "0"}]
    goods = line(company, discount_amount=off, net_amount=net, tax_amount=tax)
    usual = {"rule_set": 1, "total_amount": net, "trace": {"set": 1, "applied": applied, "rebates": []}}
    return order_doc(company, goods) | usual | fields


def whole(company: Company) -> dict[str, Any]:
    return discounted(company, "9.60", "86.40", "9.94")


def sent(laptop: PlainLaptop, *docs: dict[str, Any]) -> list[str]:
    orders = [laptop.create("order", doc) for doc in docs]
    both: list[Mutation] = [each for order in orders for each in (order, submit(laptop, order))]
    return [outcome(ack) for ack in laptop.push(*both)][1::2]


def spent(company: Company) -> Decimal:
    with company.database.reading() as connection:
        [(amount,)] = run(connection, "SELECT amount FROM promotion_spent").all()
    return Decimal(amount) / 10_000


def rebate(company: Company, amount: int = 50) -> UUID:
    published(company, EARNS)
    lot = new_id()
    with company.database.writing() as connection, Session(connection) as session:
        session.add(
            RebateEntry(
                id=lot, lot_id=lot, program_code="R", account_id=company.account.id,
                territory_id=company.west.id, move=RebateMove.EARNED, amount=Decimal(amount),
                booked_on=date(2026, 1, 1),
            )
        )  # fmt: skip
        session.commit()
    return lot


def paid_by(company: Company, lot: UUID) -> dict[str, Any]:
    goods = line(company, rebate_amount="48.00", tax_amount="5.52")
    return order_doc(company, goods) | {
        "rule_set": 1, "rebates": [["auto", None]], "rebate_amount": "48.00", "total_amount": "48.00",
        "trace": {"applied": [], "rebates": [[str(lot), "48.00"]]},
    }  # fmt: skip


def test_an_accepted_order_is_counted_and_the_laptops_hear_of_it(under_budget: Company) -> None:
    laptop = under_budget.laptop()
    assert sent(laptop, whole(under_budget)) == ["applied"]
    [use] = laptop.sync().bodies("promotion_use")
    assert (use["promotion_code"], use["amount"], use["times"]) == ("B", "9.60", 1)
    [told] = laptop.bodies("promotion_spent")
    assert (told["amount"], told["uses"]) == ("9.60", 1)


def test_orders_of_one_push_share_what_is_left_of_a_budget(under_budget: Company) -> None:
    rest = discounted(under_budget, "5.40", "90.60", "10.42")
    assert sent(under_budget.laptop(), whole(under_budget), rest) == ["applied", "applied"]
    assert spent(under_budget) == 15


def test_a_budget_that_is_gone_is_not_spent_again(under_budget: Company) -> None:
    codes = sent(under_budget.laptop(), whole(under_budget), whole(under_budget))
    assert codes == ["applied", "applied:price_changed"]
    assert spent(under_budget) == Decimal("9.60")


def test_two_laptops_do_not_spend_the_same_money(under_budget: Company) -> None:
    assert sent(under_budget.laptop(), whole(under_budget)) == ["applied"]
    assert sent(under_budget.laptop(), whole(under_budget)) == ["applied:price_changed"]
    assert spent(under_budget) <= 15


def test_a_trace_that_hides_what_was_used_is_not_believed(under_budget: Company) -> None:
    hidden = whole(under_budget) | {"trace": {"set": 1, "applied": []}}
    broken = whole(under_budget) | {"trace": {"applied": "nonsense"}}
    none = whole(under_budget) | {"trace": None}
    assert sent(under_budget.laptop(), hidden, broken, none) == ["applied:totals_differ"] * 3
    assert spent(under_budget) == 0


def test_what_the_office_accepts_as_it_stands_is_counted_too(under_budget: Company) -> None:
    laptop = under_budget.laptop()
    created = laptop.create("order", whole(under_budget) | {"total_amount": "86.39"})
    assert outcome(laptop.push(created, submit(laptop, created))[1]) == "applied:totals_differ"
    body = laptop.sync().body("order", created.agg[1])
    assert body is not None
    with under_budget.database.writing() as connection:
        ledger.book_accepted(connection, UUID(created.agg[1]), BEGAN, "finance")
    assert spent(under_budget) == Decimal("9.60")
    assert [use["order_id"] for use in laptop.sync().bodies("promotion_use")] == [created.agg[1]]


def test_a_rebate_is_used_once_and_a_new_one_is_earned(company: Company) -> None:
    lot = rebate(company)
    laptop = company.laptop()
    # 48.00 of 96.00 may be used; tax of what is left: 48.00 - 48.00 / 1.13
    doc = paid_by(company, lot)
    again = doc | {"lines": [line(company, rebate_amount="48.00", tax_amount="5.52")]}
    assert sent(laptop, doc, again) == ["applied", "applied:totals_differ"], "2.00 are left for the second"
    moves = {entry["move"]: entry for entry in laptop.sync().bodies("rebate_entry") if entry["order_id"]}
    assert (moves["used"]["lot_id"], moves["used"]["amount"]) == (str(lot), "-48.00")
    assert (moves["earned"]["amount"], moves["earned"]["valid_to"]) == ("1.92", "2026-04-01")


def test_a_laptop_cannot_write_what_only_the_server_counts(company: Company) -> None:
    laptop = company.laptop()
    for entity in ("promotion_use", "promotion_spent", "rebate_entry", "rule_set", "promotion"):
        assert outcome(laptop.push_one(laptop.create(entity, {}))) == "rejected:read_only"
