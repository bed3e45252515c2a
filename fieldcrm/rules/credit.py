"""What a customer owes us and how far that may go: exposure, risk, warning, release (F6, decision 11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

WARN_PERCENT = Decimal(80)
_LATE, _VERY_LATE = 30, 60


class Risk(StrEnum):
    """How likely it is that money does not come; A is the best."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Alarm(StrEnum):
    """What somebody should look at before it is too late."""

    OVERDUE = "overdue"
    NEAR_LIMIT = "near_limit"
    OVER_LIMIT = "over_limit"


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is at stake with a customer besides the order in question; ``limit`` None is none."""

    limit: Decimal | None = None
    receivable: Decimal = Decimal()
    confirmed: Decimal = Decimal()
    receipts: Decimal = Decimal()
    overdue_since: date | None = None

    @property
    def owed(self) -> Decimal:
        """Open receivables and confirmed orders not yet receivable, less what came in unapplied."""
        return self.receivable + self.confirmed - self.receipts

    @property
    def free(self) -> Decimal | None:
        """What may still be taken on credit; below 0 when the limit is passed, None without one."""
        return None if self.limit is None else self.limit - self.owed

    def used_percent(self, this: Decimal = Decimal()) -> Decimal:
        """Return how much of the limit is used with an order; 100 when there is nothing to use."""
        if not self.limit:
            return Decimal(100) if self.limit is not None and self.owed + this > 0 else Decimal()
        return max((self.owed + this) * 100 / self.limit, Decimal())

    def days_overdue(self, today: date) -> int:
        """Return for how long money should have come."""
        if self.receivable <= 0 or self.overdue_since is None:
            return 0
        return max((today - self.overdue_since).days, 0)


def risk(at_stake: Exposure, today: date, warn_percent: Decimal = WARN_PERCENT) -> Risk:
    """Grade a customer by how late he is and how much of his limit is used."""
    late, used = at_stake.days_overdue(today), at_stake.used_percent()
    if late > _VERY_LATE:
        return Risk.D
    if late > _LATE or used > 100:
        return Risk.C
    return Risk.B if late or used >= warn_percent else Risk.A


def warnings(
    at_stake: Exposure, today: date, warn_percent: Decimal = WARN_PERCENT, this: Decimal = Decimal()
) -> list[Alarm]:
    """Return what to warn of, the gravest first."""
    found = [Alarm.OVERDUE] if at_stake.days_overdue(today) else []
    if at_stake.limit is None:
        return found
    used = at_stake.used_percent(this)
    if used > 100:
        return [Alarm.OVER_LIMIT, *found]
    return [*found, Alarm.NEAR_LIMIT] if used >= warn_percent else found


def may_release(role: str, over: Decimal, manager_over: Decimal | None = None) -> bool:
    """Say whether somebody may let an order pass that is ``over`` the limit: finance, a manager so far."""
    if over <= 0 or role in ("finance", "admin"):
        return True
    return role == "manager" and (manager_over is None or over <= manager_over)
