"""Orders after they were accepted: amended in editions, cancelled, approved; facts move once (R1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from fieldcrm.faults import plant
from fieldcrm.ids import new_id
from fieldcrm.sync.protocol import Change, Mutation, Op
from server.database import run
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import PlainLaptop, outcome
from tests.server.sync.test_ledger import TEN, discounted, paid_by, published, rebate, spent, whole
from tests.server.sync.test_orders import line, order_doc, submit


@pytest.fixture
def under_budget(company: Company) -> Company:
    return published(company, TEN)


def accepted(laptop: PlainLaptop, doc: dict[str, Any]) -> Mutation:
    created = laptop.create("order", doc)
    assert [outcome(ack) for ack in laptop.push(created, submit(laptop, created))] == ["applied"] * 2
    return created


def amendment(
    laptop: PlainLaptop, before: Mutation, after: dict[str, Any], edition: int = 2, **more: Any
) -> Mutation:
    """Return the act that makes ``after`` of an order."""
    doc = before.doc or {}
    names = ("lines", "goods_amount", "discount_amount", "tax_amount", "total_amount", "trace", "rebates")
    wanted = {name: after[name] for name in names if name in after}
    wanted |= {"edition": edition, "reason": "they want more"} | more
    changes = {name: Change(doc.get(name), value) for name, value in wanted.items()}
    return laptop.mutation("order", before.agg[1], Op.ACT, act="amend", set=changes)


def cancel(laptop: PlainLaptop, before: Mutation) -> Mutation:
    reason = {"reason": Change("", "closed")}
    return laptop.mutation("order", before.agg[1], Op.ACT, act="cancel", set=reason)


def facts(company: Company, order_id: str) -> dict[str, Decimal]:
    with company.database.reading() as connection:
        rows = run(
            connection, "SELECT promotion_code, sum(amount + gift_value) FROM promotion_use "
            "WHERE order_id = ? GROUP BY promotion_code", order_id,
        )  # fmt: skip
        return {code: Decimal(int(amount)) / 10_000 for code, amount in rows}


def begin_fulfilment(company: Company, order_id: str) -> None:
    with company.database.writing() as connection:
        run(connection, "UPDATE \"order\" SET fulfilment = 'begun' WHERE id = ?", order_id)


def smaller(company: Company) -> dict[str, Any]:
    """Return one case at 48.00 less ten in a hundred."""
    doc = discounted(company, "4.80", "43.20", "4.97")
    doc["lines"][0] |= {"quantity": "1", "gross_amount": "48.00"}
    return doc | {"goods_amount": "48.00"}


def test_an_amended_order_keeps_its_number_and_every_edition(company: Company) -> None:
    laptop = company.laptop()
    before = accepted(laptop, order_doc(company, line(company)))
    number = laptop.sync().body("order", before.agg[1])["number"]  # type: ignore[index]
    more = order_doc(company, line(company, 3))
    assert outcome(laptop.push_one(amendment(laptop, before, more))) == "applied"
    body = laptop.sync().body("order", before.agg[1])
    assert body is not None
    assert (body["status"], body["number"], body["edition"]) == ("accepted", number, 2)
    assert (body["total_amount"], body["reason"]) == ("144.00", "they want more")
    [kept] = laptop.bodies("order_version")
    assert (kept["edition"], kept["total_amount"], kept["reason"]) == (1, "96.00", "they want more")
    assert kept["content"]["lines"][0]["quantity"] == "2.00"
    assert kept["by_id"] == str(company.rep.id)


def test_what_the_edition_before_took_is_taken_back_and_the_new_one_booked_once(
    under_budget: Company,
) -> None:
    laptop = under_budget.laptop()
    before = accepted(laptop, whole(under_budget))
    assert spent(under_budget) == Decimal("9.60")
    act = amendment(laptop, before, smaller(under_budget))
    assert [outcome(laptop.push_one(act)) for _ in range(2)] == ["applied", "dup"]
    assert spent(under_budget) == Decimal("4.80")
    assert facts(under_budget, before.agg[1]) == {"B": Decimal("4.80")}
    [told] = laptop.sync().bodies("promotion_spent")
    assert told["uses"] == 1


def test_an_order_made_and_amended_in_one_push_counts_its_last_edition(under_budget: Company) -> None:
    laptop = under_budget.laptop()
    created = laptop.create("order", whole(under_budget))
    sent, act = submit(laptop, created), amendment(laptop, created, smaller(under_budget))
    answers = [outcome(ack) for ack in laptop.push(created, sent, act)]
    assert answers == ["applied"] * 3
    assert spent(under_budget) == Decimal("4.80")
    assert facts(under_budget, created.agg[1]) == {"B": Decimal("4.80")}


def test_an_order_may_take_again_what_it_took_of_a_budget_that_is_gone(under_budget: Company) -> None:
    laptop = under_budget.laptop()
    before = accepted(laptop, whole(under_budget))
    with under_budget.database.writing() as connection:
        run(connection, "UPDATE promotion_spent SET amount = 150000")
    again = whole(under_budget) | {"note": "same goods, other words"}
    assert outcome(laptop.push_one(amendment(laptop, before, again))) == "applied"
    assert spent(under_budget) == 15


def test_an_edition_whose_prices_are_wrong_waits_with_nothing_booked(under_budget: Company) -> None:
    laptop = under_budget.laptop()
    before = accepted(laptop, whole(under_budget))
    wrong = smaller(under_budget)
    wrong["lines"][0] |= {"net_amount": "40.00", "discount_amount": "8.00"}
    act = amendment(laptop, before, wrong | {"total_amount": "40.00"})
    assert outcome(laptop.push_one(act)) == "applied:price_changed"
    assert (spent(under_budget), facts(under_budget, before.agg[1])) == (0, {"B": Decimal()})


def test_an_order_in_fulfilment_is_neither_amended_nor_cancelled(under_budget: Company) -> None:
    laptop = under_budget.laptop()
    before = accepted(laptop, whole(under_budget))
    begin_fulfilment(under_budget, before.agg[1])
    acts = (amendment(laptop, before, smaller(under_budget)), cancel(laptop, before))
    assert [outcome(laptop.push_one(act)) for act in acts] == ["rejected:order_in_fulfilment"] * 2
    assert facts(under_budget, before.agg[1]) == {"B": Decimal("9.60")}
    [kept, _] = sorted(laptop.sync().bodies("quarantine"), key=lambda row: "more" not in str(row["payload"]))
    assert kept["code"] == "order_in_fulfilment", "what he wanted is kept word for word"
    assert laptop.bodies("order_version") == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"edition": 3}, "order_amended_meanwhile"), ({"edition": 1}, "order_amended_meanwhile"),
        ({"reason": "  "}, "required"), ({"rep_id": str(new_id())}, "use_act"),
        ({"status": "accepted"}, "use_act"), ({"number": "SO-1"}, "server_owned"),
        ({"fulfilment": "delivered"}, "server_owned"), ({"account_id": str(new_id())}, "use_act"),
        ({"lines": []}, "order_empty"),
    ],
)  # fmt: skip
def test_an_amendment_that_says_too_much_or_too_little_changes_nothing(
    company: Company, more: dict[str, Any], code: str
) -> None:
    laptop = company.laptop()
    before = accepted(laptop, order_doc(company, line(company)))
    act = amendment(laptop, before, order_doc(company, line(company, 3)), **more)
    assert outcome(laptop.push_one(act)) == f"rejected:{code}"
    body = laptop.sync().body("order", before.agg[1])
    assert body is not None
    assert (body["edition"], body["total_amount"]) == (1, "96.00")


def test_of_two_laptops_that_amend_one_order_the_second_hears_of_it(company: Company) -> None:
    first, second = company.laptop(), company.laptop()
    before = accepted(first, order_doc(company, line(company)))
    second.sync()
    more = order_doc(company, line(company, 3))
    assert outcome(first.push_one(amendment(first, before, more))) == "applied"
    late = amendment(second, before, order_doc(company, line(company, 1)))
    assert outcome(second.push_one(late)) == "rejected:order_amended_meanwhile"


def test_a_manager_neither_submits_nor_amends_what_others_ordered(company: Company) -> None:
    laptop, manager = company.laptop(), company.laptop(company.manager)
    before = accepted(laptop, order_doc(company, line(company)))
    draft = laptop.create("order", order_doc(company, line(company)))
    laptop.push(draft)
    manager.sync()
    acts = (amendment(manager, before, order_doc(company, line(company, 3))), submit(manager, draft))
    assert [outcome(manager.push_one(act)) for act in acts] == ["rejected:not_the_author"] * 2


def test_cancelling_gives_budget_and_use_back_exactly_once(under_budget: Company) -> None:
    laptop = under_budget.laptop()
    before = accepted(laptop, whole(under_budget))
    assert outcome(laptop.push_one(cancel(laptop, before))) == "applied"
    assert (spent(under_budget), facts(under_budget, before.agg[1])) == (0, {"B": Decimal()})
    assert outcome(laptop.push_one(cancel(laptop, before))) == "rejected:order_step"
    assert spent(under_budget) == 0
    [told] = laptop.sync().bodies("promotion_spent")
    assert told["uses"] == 0
    assert laptop.body("order", before.agg[1])["reason"] == "closed"  # type: ignore[index]
    accepted(laptop, whole(under_budget))


def lots(company: Company) -> dict[str, Decimal]:
    with company.database.reading() as connection:
        rows = run(connection, "SELECT lot_id, sum(amount) FROM rebate_entry GROUP BY lot_id")
        return {lot: Decimal(int(amount)) / 10_000 for lot, amount in rows}


def test_cancelling_gives_a_rebate_back_and_takes_back_what_was_earned(company: Company) -> None:
    lot = rebate(company)
    laptop = company.laptop()
    before = accepted(laptop, paid_by(company, lot))
    [earned] = [amount for key, amount in lots(company).items() if key != str(lot)]
    assert (lots(company)[str(lot)], earned) == (2, Decimal("1.92"))
    assert outcome(laptop.push_one(cancel(laptop, before))) == "applied"
    assert lots(company)[str(lot)] == 50
    assert [amount for key, amount in lots(company).items() if key != str(lot)] == [0]


def test_an_order_whose_rebate_was_used_since_is_not_cancelled(company: Company) -> None:
    lot = rebate(company)
    laptop = company.laptop()
    before = accepted(laptop, paid_by(company, lot))
    with company.database.writing() as connection:
        run(
            connection,
            "UPDATE rebate_entry SET amount = 10000 WHERE order_id = ? AND amount > 0",
            before.agg[1],
        )
        run(
            connection, "INSERT INTO rebate_entry (id, version, lot_id, program_code, account_id,"
            " territory_id, move, kind, amount, booked_on, note)"
            " SELECT ?, 1, lot_id, 'R', account_id, territory_id, 'used',"
            " 'cash', -10000, booked_on, '' FROM rebate_entry WHERE order_id = ? AND amount > 0",
            str(new_id()), before.agg[1],
        )  # fmt: skip
    assert outcome(laptop.push_one(cancel(laptop, before))) == "rejected:rebate_spent"
    again = paid_by(company, lot) | {"note": "the same"}
    assert outcome(laptop.push_one(amendment(laptop, before, again, rebate_amount="48.00"))) == "applied"
    assert all(amount >= 0 for amount in lots(company).values())


def test_the_planted_double_booking_is_seen(under_budget: Company) -> None:
    laptop = under_budget.laptop()
    before = accepted(laptop, whole(under_budget))
    with plant("amended_twice_booked"):
        laptop.push_one(amendment(laptop, before, smaller(under_budget)))
    assert facts(under_budget, before.agg[1]) != {"B": Decimal("4.80")}
