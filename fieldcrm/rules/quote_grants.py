"""What a manager allows beforehand: a rep approves quotes of his own up to here, without a network (Q3).

The server signs each grant, so a laptop can tell a real one from one that was written into its
file. How much of it is used is counted from the acts that name it; the server counts for good,
because two laptops of one rep do not know of each other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.faults import planted

MAX_DAYS = 92
MAX_COUNT = 1_000
MAX_MONEY = Decimal(100_000_000)
GRACE = timedelta(days=14)
_PURPOSE = "fieldcrm quote grant 1"


@dataclass(frozen=True, slots=True)
class Grant:
    """What is allowed to whom, by whom; no account is every account, None is no limit."""

    id: UUID
    rep_id: UUID
    granted_by: UUID
    account_id: UUID | None
    up_to_percent: Decimal
    up_to_amount: Decimal | None
    valid_until: date
    max_count: int | None
    max_sum: Decimal | None


@dataclass(frozen=True, slots=True)
class Use:
    """A round that a grant shall approve."""

    rep_id: UUID
    account_id: UUID
    percent: Decimal
    total: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class Used:
    """What a grant has approved so far."""

    count: int = 0
    total: Decimal = Decimal()


def statement(grant: Grant) -> bytes:
    """Return what the server signs; the same on every machine."""
    said = [
        _PURPOSE, str(grant.id), str(grant.rep_id), str(grant.granted_by),
        str(grant.account_id) if grant.account_id else None, _plain(grant.up_to_percent),
        _plain(grant.up_to_amount), grant.valid_until.isoformat(), grant.max_count, _plain(grant.max_sum),
    ]  # fmt: skip
    return json.dumps(said, separators=(",", ":")).encode("ascii")


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.4f}"


def check(grant: Grant, today: date) -> None:
    """Raise unless a grant may be given so."""
    if grant.rep_id == grant.granted_by:
        raise RuleBroken("quote_own")
    if not 0 <= (grant.valid_until - today).days <= MAX_DAYS:
        raise Invalid("grant_days", field="valid_until", most=MAX_DAYS)
    if not grant.up_to_percent.is_finite() or not 0 < grant.up_to_percent <= 100:
        raise Invalid("grant_percent", field="up_to_percent")
    if grant.max_count is None and grant.max_sum is None:
        raise Invalid("grant_without_end", field="max_count")
    if grant.max_count is not None and not 0 < grant.max_count <= MAX_COUNT:
        raise Invalid("grant_count", field="max_count", most=MAX_COUNT)
    for field, amount in (("up_to_amount", grant.up_to_amount), ("max_sum", grant.max_sum)):
        if amount is not None and (not amount.is_finite() or not 0 < amount <= MAX_MONEY):
            raise Invalid("grant_amount", field=field)


def check_use(grant: Grant, use: Use, used: Used) -> None:
    """Raise ``RuleBroken`` unless the grant covers this round and enough of it is left."""
    if use.rep_id != grant.rep_id or grant.granted_by == use.rep_id:
        raise RuleBroken("grant_of_another")
    if use.on > grant.valid_until:
        raise RuleBroken("grant_over")
    beyond = grant.up_to_amount is not None and use.total > grant.up_to_amount
    if grant.account_id not in (None, use.account_id) or use.percent > grant.up_to_percent or beyond:
        raise RuleBroken("grant_too_small")
    if not planted("grant_spent_twice"):
        _check_left(grant, use, used)


def _check_left(grant: Grant, use: Use, used: Used) -> None:
    if grant.max_count is not None and used.count >= grant.max_count:
        raise RuleBroken("grant_spent")
    if grant.max_sum is not None and used.total + use.total > grant.max_sum:
        raise RuleBroken("grant_spent")
