"""Returns and approvals as the server judges them (R1, decision 3)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from fieldcrm.errors import RuleBroken
from fieldcrm.faults import plant
from fieldcrm.ids import new_id
from fieldcrm.sync.protocol import Mutation, Op
from server import office_returns, records
from server.database import run
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON, PlainLaptop, outcome
from tests.server.sync.test_amended_orders import accepted, cancel, lots
from tests.server.sync.test_ledger import paid_by, rebate
from tests.server.sync.test_orders import line, order_doc, submit


def returned(laptop: PlainLaptop, company: Company, order: Mutation, quantity: str, **more: Any) -> Mutation:
    [sold] = (order.doc or {})["lines"]
    usual = {
        "order_id": order.agg[1], "account_id": str(company.account.id), "rep_id": str(laptop.user.id),
        "returned_on": "2026-03-02", "returned_at": 1_772_424_000_000, "reason": "broken",
        "quantities": {sold["id"]: quantity}, "total_amount": "9999.00",
    }  # fmt: skip
    return laptop.create("order_return", usual | more)


def told(laptop: PlainLaptop, made: Mutation) -> tuple[str, ...]:
    row = laptop.sync().body("order_return", made.agg[1])
    assert row is not None
    return row["total_amount"], row["rebate_amount"], row["tax_amount"]


def test_a_return_is_worth_what_was_paid_and_its_parts_add_up(company: Company) -> None:
    laptop = company.laptop()
    order = accepted(laptop, order_doc(company, line(company, 3)))
    parts = [returned(laptop, company, order, "1"), returned(laptop, company, order, "2")]
    assert [outcome(laptop.push_one(part)) for part in parts] == ["applied"] * 2
    assert [told(laptop, part) for part in parts] == [("48.00", "0.00", "5.52"), ("96.00", "0.00", "11.05")]
    body = laptop.body("order", order.agg[1])
    assert body is not None
    assert (body["returned_amount"], body["fulfilment"]) == ("144.00", "delivered")


def test_a_manager_takes_goods_back_without_the_reps_visit(company: Company) -> None:
    laptop, boss = company.laptop(), company.laptop(company.manager)
    order = accepted(laptop, order_doc(company, line(company, 3)))
    made = returned(boss.sync(), company, order, "1")
    assert outcome(boss.push_one(made)) == "applied"
    assert told(laptop, made) == ("48.00", "0.00", "5.52")


def test_goods_come_back_once(company: Company) -> None:
    laptop, second = company.laptop(), company.laptop()
    order = accepted(laptop, order_doc(company, line(company, 3)))
    second.sync()
    assert outcome(laptop.push_one(returned(laptop, company, order, "2"))) == "applied"
    late = returned(second, company, order, "2")
    assert outcome(second.push_one(late)) == "rejected:returned_too_much"
    with plant("return_forgets_earlier"):
        assert outcome(second.push_one(returned(second, company, order, "2"))) == "applied"


def test_two_returns_of_one_push_see_each_other(company: Company) -> None:
    laptop = company.laptop()
    order = accepted(laptop, order_doc(company, line(company, 3)))
    both = [returned(laptop, company, order, "2"), returned(laptop, company, order, "2")]
    assert [outcome(ack) for ack in laptop.push(*both)] == ["applied", "rejected:returned_too_much"]


def test_only_what_was_delivered_comes_back(company: Company) -> None:
    laptop = company.laptop()
    order = accepted(laptop, order_doc(company, line(company, 3)))
    [sold] = (order.doc or {})["lines"]
    with company.database.writing() as connection:
        run(connection, "UPDATE \"order\" SET fulfilment = 'partly_delivered' WHERE id = ?", order.agg[1])
        run(
            connection, "INSERT INTO delivery (id, version, order_id, account_id, territory_id, delivered_on,"
            " reference, note, quantities) VALUES (?, 1, ?, ?, ?, '2026-03-02', '', '', ?)",
            str(new_id()), order.agg[1], str(company.account.id), str(company.west.id),
            json.dumps({sold["id"]: "1"}),
        )  # fmt: skip
    assert outcome(laptop.push_one(returned(laptop, company, order, "2"))) == "rejected:returned_too_much"
    assert outcome(laptop.push_one(returned(laptop, company, order, "1"))) == "applied"


def test_an_order_that_goods_came_back_of_is_not_cancelled(company: Company) -> None:
    laptop = company.laptop()
    order = accepted(laptop, order_doc(company, line(company, 3)))
    laptop.push_one(returned(laptop, company, order, "1"))
    assert outcome(laptop.push_one(cancel(laptop, order))) == "rejected:order_in_fulfilment"


def test_the_part_a_rebate_paid_goes_back_to_it_and_what_was_earned_is_taken_back(company: Company) -> None:
    lot = rebate(company)
    laptop = company.laptop()
    order = accepted(laptop, paid_by(company, lot))
    half = returned(laptop, company, order, "1")
    assert outcome(laptop.push_one(half)) == "applied"
    assert told(laptop, half) == ("24.00", "24.00", "2.76")
    assert lots(company)[str(lot)] == 26
    rest = returned(laptop, company, order, "1")
    assert outcome(laptop.push_one(rest)) == "applied"
    assert lots(company)[str(lot)] == 50
    assert [amount for key, amount in lots(company).items() if key != str(lot)] == [Decimal()]


def by_office(company: Company, order: Mutation, quantity: str, key: UUID) -> tuple[dict[str, Any], bool]:
    boss = company.laptop(company.manager).principal
    [sold] = (order.doc or {})["lines"]
    told = {"quantities": {sold["id"]: quantity}, "reason": "sent back by post"}
    with company.database.writing() as connection:
        held = records.locked(connection, "order", UUID(order.agg[1]), [])
        return office_returns.take(connection, held, key, told, boss, NOON)


def test_the_office_takes_goods_back_as_a_rep_does_and_both_add_up(company: Company) -> None:
    lot, key = rebate(company), new_id()
    laptop = company.laptop()
    order = accepted(laptop, paid_by(company, lot))
    row, is_new = by_office(company, order, "1", key)
    assert (row["total_amount"], row["rebate_amount"], row["tax_amount"], is_new) == (
        "24.00", "24.00", "2.76", True,
    )  # fmt: skip
    assert by_office(company, order, "1.0", key)[1] is False, "the same return, said twice"
    assert lots(company)[str(lot)] == 26
    with pytest.raises(RuleBroken, match="return_taken"):
        by_office(company, order, "2", key)
    rest = returned(laptop.sync(), company, order, "1")
    assert outcome(laptop.push_one(rest)) == "applied"
    assert told(laptop, rest) == ("24.00", "24.00", "2.76")
    assert lots(company)[str(lot)] == 50
    assert [amount for key, amount in lots(company).items() if key != str(lot)] == [Decimal()]
    body = laptop.body("order", order.agg[1]) or {}
    assert (body["returned_amount"], body["fulfilment"]) == ("48.00", "delivered")
    with pytest.raises(RuleBroken, match="returned_too_much"):
        by_office(company, order, "1", new_id())


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"reason": " "}, "required"), ({"quantities": {}}, "required"),
        ({"quantities": {str(new_id()): "1"}}, "unknown_line"),
        ({"quantities": {"x": "-1"}}, "quantity_not_positive"),
        ({"quantities": [1]}, "required"), ({"order_id": str(new_id())}, "unknown_reference"),
    ],
)  # fmt: skip
def test_a_return_that_says_nothing_is_refused(company: Company, more: dict[str, Any], code: str) -> None:
    laptop = company.laptop()
    order = accepted(laptop, order_doc(company, line(company)))
    assert outcome(laptop.push_one(returned(laptop, company, order, "1", **more))) == f"rejected:{code}"


def over_credit(company: Company, laptop: PlainLaptop) -> Mutation:
    with company.database.writing() as connection:
        run(connection, "UPDATE account SET credit_limit = 0 WHERE id = ?", str(company.account.id))
    created = laptop.create("order", order_doc(company, line(company)))
    assert [outcome(ack) for ack in laptop.push(created, submit(laptop, created))][
        1
    ] == "applied:credit_exceeded"
    return created


def approve(laptop: PlainLaptop, order: Mutation) -> Mutation:
    return laptop.mutation("order", order.agg[1], Op.ACT, act="approve")


def test_a_manager_agrees_to_what_waits_and_it_gets_its_number(company: Company) -> None:
    laptop, manager = company.laptop(), company.laptop(company.manager)
    order = over_credit(company, laptop)
    manager.sync()
    assert outcome(manager.push_one(approve(manager, order))) == "applied"
    body = laptop.sync().body("order", order.agg[1])
    assert body is not None
    assert (body["status"], body["review_code"]) == ("accepted", None)
    assert body["number"].startswith("SO-")
    assert outcome(manager.push_one(approve(manager, order))) == "rejected:order_step"


def test_nobody_agrees_to_his_own_order(company: Company) -> None:
    laptop = company.laptop()
    order = over_credit(company, laptop)
    assert outcome(laptop.push_one(approve(laptop, order))) == "rejected:order_own"


def test_a_discount_waits_for_whom_the_ladder_names(company: Company) -> None:
    laptop, manager = company.laptop(), company.laptop(company.manager)
    order = over_credit(company, laptop)
    with company.database.writing() as connection:
        run(connection, "UPDATE \"order\" SET approver = 'director' WHERE id = ?", order.agg[1])
        run(
            connection,
            'UPDATE "user" SET territory_id = ? WHERE id = ?',
            str(company.west.id),
            str(company.manager.id),
        )
    company.manager.territory_id = company.west.id
    manager = company.laptop(company.manager)
    manager.sync()
    assert outcome(manager.push_one(approve(manager, order))) == "rejected:order_not_yours_to_approve"


def test_an_agreement_does_not_mend_a_wrong_price(company: Company) -> None:
    laptop, manager = company.laptop(), company.laptop(company.manager)
    order = over_credit(company, laptop)
    with company.database.writing() as connection:
        run(connection, "UPDATE order_line SET unit_price = 470000 WHERE order_id = ?", order.agg[1])
    manager.sync()
    assert outcome(manager.push_one(approve(manager, order))) == "rejected:order_not_approvable"
