"""What of an order is delivered and what is open (R1): deliveries add up, line by line.

A delivery names lines with quantities; one with negative quantities corrects earlier ones. Nothing
is ever delivered beyond what was ordered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.orders import MAX_QUANTITY, Fulfilment

Quantities = Mapping[str, Decimal]
_FINEST = Decimal("0.0001")


def read(told: object, *, signed: bool = False) -> dict[str, Decimal]:
    """Return quantities by line as they are kept ({line: text}); raises ``Invalid`` naming the line."""
    if not isinstance(told, Mapping) or not told:
        raise Invalid("required", field="quantities")
    return {str(line): _quantity(str(line), value, signed=signed) for line, value in told.items()}


def _quantity(line: str, value: object, *, signed: bool) -> Decimal:
    field = f"quantities.{line}"
    try:
        found = Decimal(str(value))
    except InvalidOperation as error:
        raise Invalid("not_a_number", field=field) from error
    if not found.is_finite() or not found or (found < 0 and not signed):
        raise Invalid("quantity_not_positive", field=field, value=str(value))
    if abs(found) > MAX_QUANTITY or found % _FINEST:
        raise Invalid("quantity_too_fine", field=field, value=str(value))
    return found


def told(quantities: Quantities) -> dict[str, str]:
    """Return quantities as they are kept."""
    return {line: f"{quantity.normalize():f}" for line, quantity in quantities.items()}


def summed(parts: Iterable[Quantities]) -> dict[str, Decimal]:
    """Return what several deliveries (or returns) brought together, by line."""
    found: dict[str, Decimal] = {}
    for part in parts:
        for line, quantity in part.items():
            found[line] = found.get(line, Decimal()) + quantity
    return found


def check(ordered: Quantities, before: Quantities, now: Quantities) -> None:
    """Raise unless ``now`` may be delivered after ``before`` was."""
    for line, quantity in now.items():
        if line not in ordered:
            raise Invalid("unknown_line", field=f"quantities.{line}")
        after = before.get(line, Decimal()) + quantity
        if not 0 <= after <= ordered[line]:
            left = ordered[line] - before.get(line, Decimal())
            raise RuleBroken("delivered_too_much", line=line, left=str(left), wanted=str(quantity))


def standing(ordered: Quantities, delivered: Quantities) -> Fulfilment:
    """Return how far an order is, once something was said of its deliveries."""
    if all(delivered.get(line, Decimal()) >= quantity for line, quantity in ordered.items()):
        return Fulfilment.DELIVERED
    return Fulfilment.PARTLY if any(delivered.values()) else Fulfilment.BEGUN
