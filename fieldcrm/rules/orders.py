"""Which status may follow which, what makes an order fit to send, and how its sums add up (R1).

A draft belongs to its author. Submitting fixes the prices. The server answers ``accepted``
or ``needs_review``; an order that needs attention is corrected where it stands and submitted
again, so it keeps its number and its history. What was handed over is amended in editions, each
with its reason, and cancelled, until its fulfilment begins; from then on goods come back by a
return (``returns.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from fieldcrm.errors import Invalid, RuleBroken


class OrderStatus(StrEnum):
    """Where an order stands; ``advance`` says what may follow what."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    NEEDS_REVIEW = "needs_review"
    CANCELLED = "cancelled"


class Fulfilment(StrEnum):
    """How far the goods are; only the office and the ERP say so."""

    OPEN = "open"
    BEGUN = "begun"
    PARTLY = "partly_delivered"
    DELIVERED = "delivered"


class Origin(StrEnum):
    """What an order came from; all of them are in one list."""

    REP = "rep"
    VISIT = "visit"
    QUOTE = "quote"
    REPEAT = "repeat"
    SUGGESTED = "suggested"
    CUSTOMER = "customer"


_NEXT: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.DRAFT: frozenset({OrderStatus.SUBMITTED, OrderStatus.CANCELLED}),
    OrderStatus.SUBMITTED: frozenset({OrderStatus.ACCEPTED, OrderStatus.NEEDS_REVIEW, OrderStatus.CANCELLED}),
    OrderStatus.NEEDS_REVIEW: frozenset({OrderStatus.SUBMITTED, OrderStatus.ACCEPTED, OrderStatus.CANCELLED}),
    OrderStatus.ACCEPTED: frozenset({OrderStatus.CANCELLED}),
    OrderStatus.CANCELLED: frozenset(),
}
EDITABLE = frozenset({OrderStatus.DRAFT, OrderStatus.NEEDS_REVIEW})
OPEN = frozenset({OrderStatus.DRAFT, OrderStatus.SUBMITTED, OrderStatus.NEEDS_REVIEW})
AMENDABLE = frozenset({OrderStatus.SUBMITTED, OrderStatus.NEEDS_REVIEW, OrderStatus.ACCEPTED})
APPROVABLE = frozenset({"needs_approval", "credit_exceeded", "rules_superseded"})
MANAGER, FINANCE, ADMIN = "manager", "finance", "admin"
MAX_REASON = 2_000
MAX_LINES = 500
MAX_QUANTITY = Decimal(1_000_000)
_FINEST = Decimal("0.0001")


class Line(Protocol):
    """What the sums need of a line; priced lines and stored lines both have it."""

    @property
    def gross_amount(self) -> Decimal:
        """Unit price times quantity."""

    @property
    def discount_amount(self) -> Decimal:
        """What promotions and manual discounts took off."""

    @property
    def net_amount(self) -> Decimal:
        """Gross less discount."""

    @property
    def tax_amount(self) -> Decimal:
        """The tax in or on the net amount."""


@dataclass(frozen=True, slots=True)
class Totals:
    """An order's sums; ``total`` is what the customer pays, tax included."""

    goods: Decimal
    discount: Decimal
    tax: Decimal
    total: Decimal


def advance(current: OrderStatus, wanted: OrderStatus) -> OrderStatus:
    """Return ``wanted``, or raise ``RuleBroken`` if it cannot follow ``current``."""
    if wanted not in _NEXT.get(current, frozenset()):
        raise RuleBroken("order_step", current=str(current), wanted=str(wanted))
    return wanted


def may_edit(status: OrderStatus) -> bool:
    """Say whether lines, note and wanted day may still change."""
    return status in EDITABLE


def check_amend(status: OrderStatus, fulfilment: Fulfilment, *, returned: bool = False) -> None:
    """Raise ``RuleBroken`` unless an order that was handed over may still become another edition."""
    if status not in AMENDABLE:
        raise RuleBroken("order_fixed", status=str(status))
    _check_untouched(fulfilment, returned=returned)


def check_cancel(status: OrderStatus, fulfilment: Fulfilment, *, returned: bool = False) -> None:
    """Raise ``RuleBroken`` unless an order may still be cancelled."""
    advance(status, OrderStatus.CANCELLED)
    _check_untouched(fulfilment, returned=returned)


def _check_untouched(fulfilment: Fulfilment, *, returned: bool) -> None:
    if fulfilment != Fulfilment.OPEN:
        raise RuleBroken("order_in_fulfilment", fulfilment=str(fulfilment))
    if returned:
        raise RuleBroken("order_returned")


def may_change(status: OrderStatus, fulfilment: Fulfilment, *, returned: bool = False) -> bool:
    """Say whether ``check_amend`` lets an order become another edition."""
    return status in AMENDABLE and fulfilment == Fulfilment.OPEN and not returned


def check_reason(reason: str) -> str:
    """Return a reason without its blanks, or raise ``Invalid`` when it says nothing or too much."""
    said = reason.strip()
    if not said:
        raise Invalid("required", field="reason")
    if len(said) > MAX_REASON:
        raise Invalid("too_long", field="reason", most=MAX_REASON)
    return said


def check_approval(
    code: str | None, needed: str | None, rep_id: UUID, by_id: UUID, role: str, *, is_top: bool = False
) -> None:  # fmt: skip
    """Raise ``RuleBroken`` unless somebody may agree to an order that waits because of ``code``.

    Nobody agrees to his own. A discount is for whom the ladder names (``needed``): a manager, or for
    what goes higher the manager of the whole company; other reasons are for any of the office too.
    """
    if by_id == rep_id:
        raise RuleBroken("order_own")
    if role == ADMIN or (role == MANAGER and (needed in (None, MANAGER) or is_top)):
        return
    if role == FINANCE and needed is None and code != "needs_approval":
        return
    raise RuleBroken("order_not_yours_to_approve", approver=needed or MANAGER)


def check_quantity(quantity: Decimal, *, field: str = "quantity") -> Decimal:
    """Return a quantity that can be ordered, or raise ``Invalid`` naming the field."""
    if not quantity.is_finite() or quantity <= 0:
        raise Invalid("quantity_not_positive", field=field, value=str(quantity))
    if quantity > MAX_QUANTITY:
        raise Invalid("quantity_too_large", field=field, value=str(quantity), limit=str(MAX_QUANTITY))
    if quantity % _FINEST:
        raise Invalid("quantity_too_fine", field=field, value=str(quantity))
    return quantity


def check_lines(quantities: Sequence[Decimal]) -> None:
    """Raise unless there is at least one line, not too many, and every quantity can be ordered."""
    if not quantities:
        raise RuleBroken("order_empty")
    if len(quantities) > MAX_LINES:
        raise RuleBroken("order_too_long", lines=len(quantities), limit=MAX_LINES)
    for position, quantity in enumerate(quantities):
        check_quantity(quantity, field=f"lines[{position}].quantity")


def totals(
    lines: Iterable[Line], *, tax_on_top: Decimal = Decimal(), paid_otherwise: Decimal = Decimal()
) -> Totals:
    """Add lines up: ``tax_on_top`` is the tax their nets do not hold, ``paid_otherwise`` is rebate."""
    rows = list(lines)
    net = sum((row.net_amount for row in rows), Decimal())
    return Totals(
        goods=sum((row.gross_amount for row in rows), Decimal()),
        discount=sum((row.discount_amount for row in rows), Decimal()),
        tax=sum((row.tax_amount for row in rows), Decimal()),
        total=net + tax_on_top - paid_otherwise,
    )


def provisional_number(rep_code: str, count: int) -> str:
    """Return the number a laptop shows until the server gives the final one, as ``R7-000123``."""
    return f"{rep_code}-{count:06d}"


def suggested_quantity(usual: Decimal, in_store: Decimal | None) -> Decimal:
    """Return what brings a store back to what it usually takes: whole units, at least one when empty."""
    if in_store is None:
        return usual.to_integral(ROUND_CEILING)
    missing = max(usual - in_store, Decimal()).to_integral(ROUND_CEILING)
    return max(missing, Decimal(1)) if not in_store else missing
