"""Orders on the server: drafts of their author, submitted, priced again, numbered, never dropped (R1)."""

from __future__ import annotations

from typing import Any

import pytest

from fieldcrm.ids import new_id
from fieldcrm.sync.protocol import Change, Mutation, Op
from server.database import run
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import PlainLaptop, outcome


def line(company: Company, quantity: int = 2, price: str = "48.00", **fields: Any) -> dict[str, Any]:
    net = f"{float(price) * quantity:.2f}"
    tax = {2: "11.04", 3: "16.57"}.get(quantity, "0.00")
    usual = {
        "id": str(new_id()), "product_id": str(company.product.id), "unit": "case",
        "quantity": str(quantity), "unit_price": price, "gross_amount": net, "net_amount": net,
        "price_book_id": str(company.book.id), "tax_rate": "0.13", "tax_amount": tax,
    }  # fmt: skip
    return usual | fields


def order_doc(company: Company, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    total = f"{sum(float(each['net_amount']) for each in lines):.2f}"
    usual = {
        "account_id": str(company.account.id), "rep_id": str(company.rep.id), "provisional_number": "R1-01",
        "ordered_on": "2026-03-02", "status": "submitted", "goods_amount": total, "total_amount": total,
        "lines": list(lines),
    }  # fmt: skip
    return usual | fields


def submit(laptop: PlainLaptop, created: Mutation) -> Mutation:
    return laptop.mutation("order", created.agg[1], Op.ACT, act="submit", needs=[created.id])


def test_an_order_that_stands_up_is_accepted_with_the_next_number(company: Company) -> None:
    laptop = company.laptop()
    numbers = []
    for _ in range(2):
        created = laptop.create("order", order_doc(company, line(company)))
        assert [outcome(ack) for ack in laptop.push(created, submit(laptop, created))] == ["applied"] * 2
        body = laptop.body("order", created.agg[1])
        assert body is not None
        assert body["status"] == "accepted"
        numbers.append(body["number"])
    assert numbers == ["SO-2026-000001", "SO-2026-000002"]


def test_lines_travel_with_their_order_in_their_order(company: Company) -> None:
    laptop = company.laptop()
    lines = [line(company, quantity) for quantity in (3, 1, 2)]
    created = laptop.create("order", order_doc(company, *lines))
    laptop.push(created)
    body = laptop.body("order", created.agg[1])
    assert body is not None
    assert [each["id"] for each in body["lines"]] == [each["id"] for each in lines]
    assert body["status"] == "draft"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"unit_price": "1.00", "net_amount": "2.00"}, "price_changed"),
        ({"tax_amount": "0.01"}, "totals_differ"),
    ],
)
def test_an_order_that_does_not_stand_up_is_kept_for_review(
    company: Company, fields: dict[str, Any], code: str
) -> None:
    laptop = company.laptop()
    created = laptop.create("order", order_doc(company, line(company, **fields)))
    acks = laptop.push(created, submit(laptop, created))
    assert [outcome(ack) for ack in acks] == ["applied", f"applied:{code}"]
    body = laptop.body("order", created.agg[1])
    assert body is not None
    assert (body["status"], body["review_code"], body["number"]) == ("needs_review", code, None)


def test_an_order_for_review_is_amended_and_submitted_again(company: Company) -> None:
    laptop = company.laptop()
    wrong = line(company, price="1.00")
    created = laptop.create("order", order_doc(company, wrong))
    laptop.push(created, submit(laptop, created))
    right = line(company, id=wrong["id"])
    changes = {"lines": Change([wrong], [right]), "total_amount": Change("2.00", "96.00")}
    amended = laptop.mutation("order", created.agg[1], Op.PATCH, base=2, set=changes)
    acks = laptop.push(amended, submit(laptop, created))
    assert [outcome(ack) for ack in acks] == ["applied", "applied"]
    assert laptop.body("order", created.agg[1])["number"] == "SO-2026-000001"  # type: ignore[index]


def test_credit_counts_every_order_of_the_same_push(company: Company) -> None:
    with company.database.writing() as connection:
        run(connection, "UPDATE account SET credit_limit = ?", 1_500_000)
        run(connection, "UPDATE account SET receivable = ?", 1_000_000)
    laptop = company.laptop()
    first = laptop.create("order", order_doc(company, line(company)))
    assert outcome(laptop.push(first, submit(laptop, first))[1]) == "applied:credit_exceeded"


def test_an_order_without_lines_is_refused_and_stays_a_draft(company: Company) -> None:
    laptop = company.laptop()
    created = laptop.create("order", order_doc(company))
    acks = laptop.push(created, submit(laptop, created))
    assert [outcome(ack) for ack in acks] == ["applied", "rejected:order_empty"]
    assert laptop.body("order", created.agg[1])["status"] == "draft"  # type: ignore[index]


def test_an_accepted_order_changes_by_an_act_only(company: Company) -> None:
    laptop = company.laptop()
    created = laptop.create("order", order_doc(company, line(company)))
    laptop.push(created, submit(laptop, created))
    patch = laptop.patch("order", created.agg[1], note=("", "more"))
    edition = laptop.patch("order", created.agg[1], edition=(1, 2))
    gone = laptop.mutation("order", created.agg[1], Op.DELETE)
    again = laptop.mutation("order", created.agg[1], Op.ACT, act="submit")
    answers = [outcome(ack) for ack in laptop.push(patch, edition, gone, again)]
    assert answers == [
        "rejected:order_fixed",
        "rejected:use_act",
        "rejected:order_fixed",
        "rejected:order_step",
    ]


def test_a_draft_is_cancelled_by_its_author_only(company: Company) -> None:
    laptop = company.laptop()
    with company.database.writing() as connection:
        run(
            connection, 'UPDATE "user" SET territory_id = ? WHERE id = ?',
            str(company.west.id), str(company.other_rep.id),
        )  # fmt: skip
    colleague = company.laptop(company.other_rep)
    created = laptop.create("order", order_doc(company, line(company)))
    laptop.push(created)
    theirs = colleague.mutation("order", created.agg[1], Op.ACT, act="cancel")
    assert outcome(colleague.push_one(theirs)) == "rejected:not_the_author"
    assert (
        outcome(laptop.push_one(laptop.mutation("order", created.agg[1], Op.ACT, act="cancel"))) == "applied"
    )


def test_a_status_is_never_written_like_a_field(company: Company) -> None:
    laptop = company.laptop()
    created = laptop.create("order", order_doc(company, line(company)))
    patch = laptop.patch("order", created.agg[1], status=("draft", "accepted"))
    assert outcome(laptop.push(created, patch)[1]) == "rejected:use_act"


def test_a_create_may_carry_its_act(company: Company) -> None:
    laptop = company.laptop()
    created = laptop.create("order", order_doc(company, line(company)), act="submit")
    laptop.push(created)
    assert laptop.body("order", created.agg[1])["status"] == "accepted"  # type: ignore[index]


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ({"product_id": str(new_id())}, "rejected:unknown_reference"),
        ({"quantity": "a lot"}, "rejected:not_an_amount"),
        ({"id": "x"}, "rejected:not_an_id"),
    ],
)
def test_a_bad_line_refuses_the_order(company: Company, broken: dict[str, Any], expected: str) -> None:
    laptop = company.laptop()
    ack = laptop.push_one(laptop.create("order", order_doc(company, line(company) | broken)))
    assert outcome(ack) == expected


def test_a_line_belongs_to_one_order_only(company: Company) -> None:
    laptop = company.laptop()
    shared = line(company)
    first, second = (laptop.create("order", order_doc(company, shared)) for _ in range(2))
    assert [outcome(ack) for ack in laptop.push(first, second)] == ["applied", "rejected:exists"]
    third = laptop.create("order", order_doc(company, shared))
    assert outcome(laptop.push_one(third)) == "rejected:exists"


def test_an_order_for_an_account_made_in_the_same_push_is_accepted(company: Company) -> None:
    laptop = company.laptop()
    account = laptop.create("account", {"name": "New", "territory_id": str(company.west.id)})
    order = laptop.create("order", order_doc(company, line(company), account_id=account.agg[1]))
    acks = laptop.push(account, order, submit(laptop, order))
    assert [outcome(ack) for ack in acks] == ["applied"] * 3
