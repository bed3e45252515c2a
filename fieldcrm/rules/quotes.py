"""Where a round of a quote stands, who may do what with it, and what its content is (Q1 to Q3).

An act counts only for the content it was done on, so a changed round has no approval and no
confirmation. Nobody approves his own; the ladder of the prices names who must agree. A round whose
order was cancelled is confirmed as before, and may be ordered again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.faults import planted
from fieldcrm.rules.items import Item


class Act(StrEnum):
    """What can be done with a round."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"
    SENT = "sent"
    COMMENTED = "commented"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    ORDERED = "ordered"


class State(StrEnum):
    """Where a round stands."""

    DRAFT = "draft"
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    SENT = "sent"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    ORDERED = "ordered"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


_AFTER = {
    Act.SUBMITTED: State.WAITING, Act.APPROVED: State.APPROVED, Act.REFUSED: State.REFUSED,
    Act.SENT: State.SENT, Act.CONFIRMED: State.CONFIRMED, Act.DECLINED: State.DECLINED,
    Act.ORDERED: State.ORDERED,
}  # fmt: skip
_FROM: Mapping[Act, frozenset[State]] = {
    Act.SUBMITTED: frozenset({State.DRAFT}),
    Act.APPROVED: frozenset({State.WAITING}),
    Act.REFUSED: frozenset({State.WAITING}),
    Act.SENT: frozenset({State.DRAFT, State.APPROVED, State.SENT}),
    Act.COMMENTED: frozenset({State.SENT, State.CONFIRMED, State.DECLINED}),
    Act.CONFIRMED: frozenset({State.SENT}),
    Act.DECLINED: frozenset({State.SENT}),
    Act.ORDERED: frozenset({State.CONFIRMED}),
}
OF_CUSTOMER = frozenset({Act.COMMENTED, Act.CONFIRMED, Act.DECLINED})
DECISIONS = frozenset({Act.APPROVED, Act.REFUSED})
_ENDED = frozenset({State.CONFIRMED, State.DECLINED, State.ORDERED})
APPROVERS = frozenset({"manager"})
MAX_FEES = 20
MAX_FEE = Decimal(100_000_000)
MAX_DAYS = 365


@dataclass(frozen=True, slots=True)
class Round:
    """What the rules ask of a round."""

    rep_id: UUID
    content: str
    approver: str | None
    valid_until: date


@dataclass(frozen=True, slots=True)
class Done:
    """One act as it happened; ``undone`` says that the order which was made with it was cancelled."""

    act: Act
    content: str
    by_id: UUID | None = None
    approver_id: UUID | None = None
    undone: bool = False

    @property
    def decided_by(self) -> UUID | None:
        """Return whose word it is: the approver's, also where the author wrote it down."""
        return self.approver_id or self.by_id


def content_of(
    account: str, valid_until: date, fees: Sequence[tuple[str, Decimal]], items: Sequence[Item],
    total: Decimal, note: str,
) -> str:  # fmt: skip
    """Return the hash of all that the customer is offered; the same on every machine."""
    lines = [
        [
            i.product, i.unit, *map(_plain, (i.quantity, i.unit_price, i.net, i.tax)), i.gift_by,
            *([path, _plain(many)] for path, many in i.chosen),
        ]
        for i in items
    ]  # fmt: skip
    said = [account, valid_until.isoformat(), [[n, _plain(a)] for n, a in fees], lines, _plain(total), note]
    return sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _plain(amount: Decimal) -> str:
    return f"{amount:.4f}"


def state(of: Round, acts: Iterable[Done], today: date, *, newer: bool = False) -> State:
    """Return where a round stands; ``newer`` if a later round exists.

    Laptops' clocks differ, so an act may seem to be before the one it follows: what does not fit
    yet is tried again after the others.
    """
    now, left = State.DRAFT, [done for done in acts if done.content == of.content]
    while (step := next((done for done in left if _follows(of, now, done)), None)) is not None:
        left.remove(step)
        now = _AFTER[step.act]
    if now in _ENDED:
        return now
    if newer:
        return State.SUPERSEDED
    return State.EXPIRED if today > of.valid_until else now


def _follows(of: Round, now: State, done: Done) -> bool:
    return done.act in _AFTER and now in _FROM[done.act] and _counts(of, now, done)


def _counts(of: Round, now: State, done: Done) -> bool:
    """Nobody's approval of his own counts, what needs one is not sent without it, an order may be undone."""
    own = done.act in DECISIONS and done.decided_by in (None, of.rep_id)
    early = done.act is Act.SENT and now is State.DRAFT and of.approver is not None
    return not (own or early or done.undone)


def check(of: Round, now: State, act: Act, by_id: UUID | None, role: str, *, is_top: bool = False) -> None:
    """Raise ``RuleBroken`` unless somebody may do ``act`` to a round that stands so."""
    if now not in _FROM[act]:
        raise RuleBroken("quote_step", current=str(now), wanted=str(act))
    if act is Act.SUBMITTED and of.approver is None:
        raise RuleBroken("quote_needs_nobody")
    unagreed = act is Act.SENT and of.approver is not None and now is State.DRAFT
    if unagreed and not planted("sent_unapproved"):
        raise RuleBroken("quote_unapproved", approver=of.approver)
    if act in DECISIONS:
        _check_decision(of, by_id, role, is_top=is_top)
    elif by_id is not None and by_id != of.rep_id:
        raise RuleBroken("quote_of_another")


def check_consent(
    of: Round, now: State, by_id: UUID, approver_id: UUID | None, role: str, *, is_top: bool
) -> None:
    """Raise unless the author may write down that an approver agreed; ``role`` is the approver's."""
    if now is not State.WAITING:
        raise RuleBroken("quote_step", current=str(now), wanted=str(Act.APPROVED))
    if by_id != of.rep_id:
        raise RuleBroken("quote_of_another")
    _check_decision(of, approver_id, role, is_top=is_top)


def may_decide(of: Round, approver_id: UUID, role: str, *, is_top: bool) -> bool:
    """Say whether somebody's word decides about a round, whoever writes it down."""
    try:
        _check_decision(of, approver_id, role, is_top=is_top)
    except RuleBroken:
        return False
    return True


def may(of: Round, now: State, act: Act, by_id: UUID, role: str, *, is_top: bool = False) -> bool:
    """Say whether ``check`` lets somebody do it."""
    try:
        check(of, now, act, by_id, role, is_top=is_top)
    except RuleBroken:
        return False
    return True


def _check_decision(of: Round, by_id: UUID | None, role: str, *, is_top: bool) -> None:
    """A manager decides what the ladder gives to a manager; what it gives higher, the one at the top."""
    if (by_id is None or by_id == of.rep_id) and not planted("own_yes_counts"):
        raise RuleBroken("quote_own")
    if role not in APPROVERS or (of.approver != "manager" and not is_top):
        raise RuleBroken("quote_not_yours_to_decide", approver=of.approver or "")


def check_validity(quoted_on: date, valid_until: date) -> None:
    """Raise ``Invalid`` for an offer that ends before it begins or holds for more than a year."""
    if not 0 <= (valid_until - quoted_on).days <= MAX_DAYS:
        raise Invalid("validity", field="valid_until", most=MAX_DAYS)


def checked_fees(fees: Iterable[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """Return the fees with their names tidied, or raise ``Invalid`` naming the first that is wrong."""
    found = [(name.strip(), amount) for name, amount in fees]
    if len(found) > MAX_FEES:
        raise Invalid("too_many_fees", field="fees", most=MAX_FEES)
    for position, (name, amount) in enumerate(found):
        if not name:
            raise Invalid("required", field=f"fees[{position}].name")
        if not amount.is_finite() or not 0 <= amount <= MAX_FEE or amount != round(amount, 2):
            raise Invalid("bad_fee", field=f"fees[{position}].amount", value=str(amount))
    return found
