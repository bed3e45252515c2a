"""The evaluation card of an account: one month against its rhythm and its target (A2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from fieldcrm.rules.cadence import Rhythm


class Verdict(StrEnum):
    """What a month says; nothing while there is nothing to say it by."""

    REACHED = "reached"
    BEHIND = "behind"
    MISSED = "missed"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Month:
    """A month of one account: visits wanted by its rhythm and made, orders, sales, and the target."""

    first: date
    wanted: int
    visits: int
    orders: int
    sales: Decimal
    target: Decimal | None
    share: float = 1.0

    @property
    def strike(self) -> float | None:
        """Return orders of visits, or None without a visit."""
        return min(1.0, self.orders / self.visits) if self.visits else None

    @property
    def verdict(self) -> Verdict:
        """Return whether the month reached what was wanted; a running one by the part that is over."""
        if not self.wanted and self.target is None:
            return Verdict.NOTHING
        kept = [self.visits >= self.wanted] if self.wanted else []
        if self.target is not None:
            kept.append(self.sales >= self.target * Decimal(str(self.share)))
        return Verdict.REACHED if all(kept) else Verdict.BEHIND if any(kept) else Verdict.MISSED


def months(
    rhythm: Rhythm, visited: Sequence[date], ordered: Sequence[tuple[date, Decimal]],
    target: Decimal | None, *, today: date, number: int = 6,
) -> list[Month]:  # fmt: skip
    """Return the running month and those before it back to the first visit or order, the latest first."""
    begun = min((*visited, *(on for on, _ in ordered)), default=today)
    found = []
    first = today.replace(day=1)
    for _ in range(number):
        last = (first + timedelta(31)).replace(day=1) - timedelta(1)
        until = min(last, today)
        days, whole = (until - first).days + 1, (last - first).days + 1
        of_month = [amount for on, amount in ordered if first <= on <= last]
        found.append(
            Month(
                first, days // rhythm.on(first).every, sum(first <= on <= last for on in visited),
                len(of_month), sum(of_month, Decimal()), target, days / whole,
            )
        )  # fmt: skip
        if begun >= first:
            break
        first = (first - timedelta(1)).replace(day=1)
    return found
