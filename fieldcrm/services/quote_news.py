"""What is new with my quotes and wants an answer today: approved, refused, answered, about to end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from fieldcrm.model.accounts import Account
from fieldcrm.model.quotes import Quote, QuoteAct
from fieldcrm.rules.quotes import Act, State
from fieldcrm.services import quote_rows, quotes

SOON = 3
_LATELY = timedelta(days=7)
_NEWS = {
    State.CONFIRMED: Act.CONFIRMED, State.DECLINED: Act.DECLINED, State.APPROVED: Act.APPROVED,
    State.REFUSED: Act.REFUSED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class News:
    """One round and what became of it; without an act it ends in ``days``."""

    quote_id: UUID
    account: str
    number: str
    act: Act | None
    text: str
    days: int


def mine(session: Session, me: UUID, on: date) -> Iterator[News]:
    """Yield what is new with the latest rounds of mine."""
    later = aliased(Quote)
    newer = select(later.id).where(later.family_id == Quote.family_id, later.round > Quote.round)
    query = (
        select(Quote, Account.name)
        .outerjoin(Account, Account.id == Quote.account_id)
        .where(Quote.rep_id == me, Quote.archived_at.is_(None), Quote.valid_until >= on - _LATELY)
        .where(~newer.exists())
        .order_by(Quote.valid_until, Quote.id)
    )
    for quote, name in session.execute(query).all():
        found = _news(session, quote, on)
        if found is not None:
            act, text = found
            number = quote.number or quote.provisional_number
            yield News(quote.id, name or "", number, act, text, (quote.valid_until - on).days)


def _news(session: Session, quote: Quote, on: date) -> tuple[Act | None, str] | None:
    state = quotes.state(session, quote, on)
    acts = quote_rows.acts_of(session, quote.id)
    if state is State.CONFIRMED and any(act.act is Act.ORDERED for act in acts):
        return None  # its order was cancelled: whoever did that knows
    if state in _NEWS:
        said = [act for act in acts if act.act is _NEWS[state]]
        return _NEWS[state], said[-1].note if said else ""
    if state is not State.SENT:
        return None
    comment = _unanswered(acts)
    if comment is not None:
        return Act.COMMENTED, comment.note
    return (None, "") if (quote.valid_until - on).days <= SOON else None


def _unanswered(acts: list[QuoteAct]) -> QuoteAct | None:
    """Return the customer's comment, if nobody has done anything since."""
    return acts[-1] if acts and acts[-1].act is Act.COMMENTED and acts[-1].by_id is None else None
