"""What is at stake with a customer, in words: exposure, risk, warnings, and what this laptop may use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from fieldcrm.rules import credit, money
from fieldcrm.rules.credit import Alarm, Risk
from fieldcrm.services.paying import Means
from fieldcrm.services.slices import NOTHING
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.limits import lost

_RISKS = {
    Risk.A: mark("A, nothing to worry about"),
    Risk.B: mark("B, watch it"),
    Risk.C: mark("C, high"),
    Risk.D: mark("D, very high"),
}
_ALARMS = {
    Alarm.OVERDUE: mark("Money is overdue"),
    Alarm.NEAR_LIMIT: mark("The credit limit is nearly used"),
    Alarm.OVER_LIMIT: mark("The credit limit is passed"),
}
_SHARES = {
    money.PREPAY: mark("{left} of what was paid ahead"),
    money.CASH: mark("{left} of the cash"),
    money.CREDIT: mark("{left} on credit"),
}


def lines(means: Means, today: date) -> Iterator[tuple[str, str]]:
    """Yield what an account's page says of its credit and money: name and value."""
    at_stake, percent = means.at_stake, means.policy.warn_percent
    if at_stake.limit is not None or at_stake.owed:
        yield tr("Credit in use"), formats.money(at_stake.owed)
        yield tr("Risk"), tr(_RISKS[credit.risk(at_stake, today, percent)])
    found = credit.warnings(at_stake, today, percent)
    if found:
        yield tr("Early warning"), "\n".join(tr(_ALARMS[each]) for each in found)
    shares = _shares(means)
    if shares:
        yield tr("On this laptop"), "\n".join(shares)


def _shares(means: Means) -> list[str]:
    """Return what this laptop may use of what there is, one sentence each."""
    there = {purse for purse, held in means.balances.items() if held > 0}
    there |= {money.CREDIT} if means.at_stake.limit is not None else set()
    wanted = [purse for purse in _SHARES if purse in there]
    if means.shares is None or not wanted:
        return []
    mine = {purse: means.shares[purse] for purse in wanted}
    if not any(share.given for share in mine.values()):
        gone = next((share for share in mine.values() if share.lost is not None), NOTHING)
        return [lost.after(tr("No share of it. Sync to get one."), gone)]
    return [
        lost.after(tr(_SHARES[purse]).format(left=formats.money(share.left)), share)
        for purse, share in mine.items()
        if share.given or share.lost
    ]
