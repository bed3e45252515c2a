from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules import orders
from fieldcrm.rules.orders import OrderStatus


@pytest.mark.parametrize(
    ("current", "wanted"),
    [
        ("draft", "submitted"), ("draft", "cancelled"),
        ("submitted", "accepted"), ("submitted", "needs_review"), ("submitted", "cancelled"),
        ("needs_review", "submitted"), ("needs_review", "accepted"), ("needs_review", "cancelled"),
    ],
)  # fmt: skip
def test_an_order_moves_along_its_path(current: str, wanted: str) -> None:
    assert orders.advance(OrderStatus(current), OrderStatus(wanted)) == wanted


@pytest.mark.parametrize("end", [OrderStatus.ACCEPTED, OrderStatus.CANCELLED])
@pytest.mark.parametrize("wanted", list(OrderStatus))
def test_an_accepted_or_cancelled_order_is_final(end: OrderStatus, wanted: OrderStatus) -> None:
    with pytest.raises(RuleBroken, match="order_step"):
        orders.advance(end, wanted)


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


def test_credit_is_passed_only_beyond_the_limit() -> None:
    assert orders.exceeds_credit(Decimal(100), Decimal(60), Decimal(40)) == 0
    assert orders.exceeds_credit(Decimal(100), Decimal(60), Decimal("40.01")) == Decimal("0.01")
    assert orders.exceeds_credit(None, Decimal(60), Decimal(1_000_000)) == 0


def test_provisional_numbers_name_the_rep_and_count() -> None:
    assert orders.provisional_number("R7", 123) == "R7-000123"
