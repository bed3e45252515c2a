"""Words of quotes: states, steps, who must agree."""

from __future__ import annotations

from datetime import datetime

from fieldcrm.rules.quotes import Act, State
from fieldcrm.services.attention import Concern, Item
from fieldcrm.services.quote_list import ActRow, QuoteRow
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, ntr, tr
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
_NEWS: dict[Act, tuple[str, str]] = {
    Act.CONFIRMED: (mark("{store}: quote confirmed"), mark("Make the order of {number}")),
    Act.DECLINED: (mark("{store}: quote declined"), mark("Make the next round of {number}")),
    Act.COMMENTED: (mark("{store}: the customer commented"), mark("Make the next round of {number}")),
    Act.APPROVED: (mark("{store}: quote approved"), mark("Send {number} to the customer")),
    Act.REFUSED: (mark("{store}: quote refused"), mark("Make the next round of {number}")),
}
_APPROVERS = {"manager": mark("the manager"), "director": mark("the director")}


def badge(row: QuoteRow) -> tuple[str, Status]:
    """Return how a state is called and drawn; prices the office does not share come first."""
    if row.review_code is not None and row.state in (State.DRAFT, State.WAITING, State.APPROVED):
        return tr("Prices differ"), Status.OVERDUE
    text, status = STATES[row.state]
    return tr(text), status


def news(item: Item) -> tuple[str, str]:
    """Return what became of a quote of mine, and what to do about it."""
    if item.concern is Concern.QUOTE_ENDS:
        ends = ntr("{number} holds {n} more day", "{number} holds {n} more days", item.days, number=item.fact)
        said = ends if item.days else tr("{number} ends today", number=item.fact)
        return tr("{store}: quote ends soon", store=item.account), said
    title, do = _NEWS[Act(item.step)]
    return tr(title, store=item.account), item.text or tr(do, number=item.fact)


def approver(name: str) -> str:
    """Return who must agree."""
    return tr(_APPROVERS[name]) if name in _APPROVERS else name


def step(act: ActRow, now: datetime) -> str:
    """Return what somebody did and when; without a name it was the customer."""
    who = tr("The customer") if act.by is None else act.by or tr("A colleague")
    step = tr(_STEPS[act.act], who=who)
    if act.undone:
        step = tr("{who} made an order of it, which was cancelled", who=who)
    if act.approver is not None:
        named = act.approver or tr("A colleague")
        step = (
            tr("{who} agreed by phone", who=named)
            if act.by_phone
            else tr("{who} agreed by a grant", who=named)
        )
    said = f"{formats.moment(act.at, now)} · {step}"
    return f"{said}: {act.note}" if act.note else said
