"""Words of quotes: states, steps, who must agree."""

from __future__ import annotations

from datetime import datetime

from fieldcrm.rules.quotes import Act, State
from fieldcrm.services.quote_list import ActRow, QuoteRow
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.paint import Status

STATES: dict[State, tuple[str, Status]] = {
    State.DRAFT: (mark("Not sent yet"), Status.OPEN),
    State.WAITING: (mark("Waits for approval"), Status.DUE),
    State.APPROVED: (mark("Approved"), Status.INFO),
    State.REFUSED: (mark("Refused"), Status.FAILED),
    State.SENT: (mark("With the customer"), Status.QUEUED),
    State.CONFIRMED: (mark("Confirmed"), Status.DONE),
    State.DECLINED: (mark("Declined"), Status.FAILED),
    State.ORDERED: (mark("Ordered"), Status.DONE),
    State.EXPIRED: (mark("Expired"), Status.SKIPPED),
    State.SUPERSEDED: (mark("Replaced"), Status.SKIPPED),
}
_STEPS: dict[Act, str] = {
    Act.SUBMITTED: mark("{who} submitted it for approval"),
    Act.APPROVED: mark("{who} approved it"),
    Act.REFUSED: mark("{who} refused it"),
    Act.SENT: mark("{who} sent it to the customer"),
    Act.COMMENTED: mark("{who} commented"),
    Act.CONFIRMED: mark("{who} confirmed it"),
    Act.DECLINED: mark("{who} declined it"),
    Act.ORDERED: mark("{who} made an order of it"),
}
_APPROVERS = {"manager": mark("the manager"), "director": mark("the director")}


def badge(row: QuoteRow) -> tuple[str, Status]:
    """Return how a state is called and drawn; prices the office does not share come first."""
    if row.review_code is not None and row.state in (State.DRAFT, State.WAITING, State.APPROVED):
        return tr("Prices differ"), Status.OVERDUE
    text, status = STATES[row.state]
    return tr(text), status


def approver(name: str) -> str:
    """Return who must agree."""
    return tr(_APPROVERS[name]) if name in _APPROVERS else name


def step(act: ActRow, now: datetime) -> str:
    """Return what somebody did and when; without a name it was the customer."""
    who = tr("The customer") if act.by is None else act.by or tr("A colleague")
    said = f"{formats.moment(act.at, now)} · {tr(_STEPS[act.act], who=who)}"
    return f"{said}: {act.note}" if act.note else said
