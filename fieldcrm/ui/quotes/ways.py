"""How a round of mine can be approved where no network is: with a grant, or by a call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.model.quotes import Quote
from fieldcrm.rules.quotes import State
from fieldcrm.services import quote_codes, quote_grants, quotes
from fieldcrm.services.quote_codes import Approver
from fieldcrm.services.quote_grants import GrantRow
from fieldcrm.ui.quotes.keys import Keys


@dataclass(frozen=True, slots=True)
class Ways:
    """The grants that cover a round, and whom to call."""

    grants: tuple[GrantRow, ...] = ()
    approvers: tuple[Approver, ...] = ()


def of(session: Session, quote_id: UUID, keys: Keys, *, me: UUID, at: datetime) -> Ways:
    """Return the ways for a round that is mine and needs somebody."""
    quote, today = session.get(Quote, quote_id), business_day(at)
    if quote is None or quote.rep_id != me or quote.approver is None or quote.review_code is not None:
        return Ways()
    if quotes.state(session, quote, today) not in (State.DRAFT, State.WAITING):
        return Ways()
    grants = quote_grants.usable(session, quote, today, keys.server)
    callable_ = quote_codes.approvers(session, quote, keys.device, at) if keys.device else []
    return Ways(tuple(grants), tuple(callable_))
