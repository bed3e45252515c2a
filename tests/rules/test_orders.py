from __future__ import annotations

from contextlib import nullcontext
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.rules import orders
from fieldcrm.rules.orders import Fulfilment, OrderStatus


@pytest.mark.parametrize(
    ("current", "wanted"),
    [
        ("draft", "submitted"), ("draft", "cancelled"),
        ("submitted", "accepted"), ("submitted", "needs_review"), ("submitted", "cancelled"),
        ("needs_review", "submitted"), ("needs_review", "accepted"), ("needs_review", "cancelled"),
        ("accepted", "cancelled"),
    ],
)  # fmt: skip
def test_an_order_moves_along_its_path(current: str, wanted: str) -> None:
    assert orders.advance(OrderStatus(current), OrderStatus(wanted)) == wanted


@pytest.mark.parametrize("wanted", list(OrderStatus))
def test_a_cancelled_order_is_final(wanted: OrderStatus) -> None:
    with pytest.raises(RuleBroken, match="order_step"):
        orders.advance(OrderStatus.CANCELLED, wanted)


@pytest.mark.parametrize("wanted", [each for each in OrderStatus if each is not OrderStatus.CANCELLED])
def test_an_accepted_order_is_cancelled_or_stays(wanted: OrderStatus) -> None:
    with pytest.raises(RuleBroken, match="order_step"):
        orders.advance(OrderStatus.ACCEPTED, wanted)


def test_a_draft_is_never_accepted_unsent() -> None:
    with pytest.raises(RuleBroken):
        orders.advance(OrderStatus.DRAFT, OrderStatus.ACCEPTED)


def test_a_status_of_a_newer_version_leads_nowhere() -> None:
    with pytest.raises(RuleBroken):
        orders.advance("shipped", OrderStatus.CANCELLED)  # type: ignore[arg-type]  # as the column gives it


def test_only_drafts_and_orders_that_need_attention_may_be_edited() -> None:
    assert {status for status in OrderStatus if orders.may_edit(status)} == {"draft", "needs_review"}


@pytest.mark.parametrize("bad", ["0", "-1", "NaN", "Infinity", "1000001", "0.00001"])
def test_a_quantity_that_cannot_be_ordered_names_its_field(bad: str) -> None:
    with pytest.raises(Invalid) as caught:
        orders.check_quantity(Decimal(bad), field="lines[3].quantity")
    assert caught.value.field == "lines[3].quantity"


def test_an_order_needs_a_line() -> None:
    with pytest.raises(RuleBroken, match="order_empty"):
        orders.check_lines([])


def test_totals_add_up_to_what_is_paid() -> None:
    line = SimpleNamespace(
        gross_amount=Decimal(100), discount_amount=Decimal(10), net_amount=Decimal(90),
        tax_amount=Decimal("11.70"),
    )  # fmt: skip
    sums = orders.totals([line, line], tax_on_top=Decimal("23.40"), paid_otherwise=Decimal(3))
    assert (sums.goods, sums.discount, sums.tax, sums.total) == (200, 20, Decimal("23.40"), Decimal("200.40"))


def test_provisional_numbers_name_the_rep_and_count() -> None:
    assert orders.provisional_number("R7", 123) == "R7-000123"


@pytest.mark.parametrize("status", list(OrderStatus))
def test_what_was_handed_over_becomes_another_edition_until_its_fulfilment_begins(
    status: OrderStatus,
) -> None:
    begun = [each for each in Fulfilment if orders.may_change(status, each)]
    assert begun == ([Fulfilment.OPEN] if status in {"submitted", "needs_review", "accepted"} else [])
    assert not orders.may_change(status, Fulfilment.OPEN, returned=True)


@pytest.mark.parametrize("check", [orders.check_amend, orders.check_cancel])
def test_an_order_in_fulfilment_is_neither_amended_nor_cancelled(check: Any) -> None:
    check(OrderStatus.ACCEPTED, Fulfilment.OPEN)
    for begun in (Fulfilment.BEGUN, Fulfilment.PARTLY, Fulfilment.DELIVERED):
        with pytest.raises(RuleBroken, match="order_in_fulfilment"):
            check(OrderStatus.ACCEPTED, begun)


@pytest.mark.parametrize(
    ("needed", "role", "is_top", "may"),
    [
        ("manager", "manager", False, True), ("director", "manager", False, False),
        ("director", "manager", True, True), ("manager", "rep", False, False),
        ("manager", "finance", False, False), ("director", "admin", False, True),
    ],
)  # fmt: skip
def test_a_discount_is_for_whom_the_ladder_names(needed: str, role: str, is_top: bool, may: bool) -> None:
    rep, other = new_id(), new_id()
    with nullcontext() if may else pytest.raises(RuleBroken, match="order_not_yours_to_approve"):
        orders.check_approval("needs_approval", needed, rep, other, role, is_top=is_top)
    with pytest.raises(RuleBroken, match="order_own"):
        orders.check_approval("needs_approval", needed, rep, rep, role, is_top=is_top)


def test_no_agreement_mends_a_price_that_is_wrong() -> None:
    orders.check_approval("credit_exceeded", None, new_id(), new_id(), "manager")
    assert "credit_exceeded" in orders.APPROVABLE
    assert "price_changed" not in orders.APPROVABLE
