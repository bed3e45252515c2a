"""The page where a customer reads a round of a quote and answers (Q1): by a token, without signing in.

The token is in the address and nowhere else: the table holds its digest, the logs the route's
pattern. There is one a round; a new one ends the one before, and all end with the validity.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, Table, delete, insert, select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.quotes import Quote, QuoteAct
from fieldcrm.model.users import User
from fieldcrm.rules import quotes as rules
from fieldcrm.rules.quotes import Act, State
from fieldcrm.services import quote_list, quote_rows, quotes
from fieldcrm.services.quote_list import Detail
from server import operations, tokens
from server.scope import Principal
from server.tables import quote_link

_quote = cast(Table, Quote.__table__)
_act = cast(Table, QuoteAct.__table__)
_SHOWN = frozenset({State.SENT, State.CONFIRMED, State.DECLINED, State.ORDERED})
MAX_COMMENTS = 50
MAX_NOTE = 2_000


def make(connection: Connection, principal: Principal, quote_id: UUID, at: datetime) -> str:
    """Give a round a new address, which sends it, and return its token; it is told only now."""
    connection.execute(select(_quote.c.id).where(_quote.c.id == quote_id).with_for_update())
    with Session(connection, join_transaction_mode="rollback_only") as session:
        quote = session.get(Quote, quote_id)
        if quote is None or quote.rep_id != principal.user_id:
            raise NotFound("quote", quote_id)
        if quote.review_code is not None:
            raise RuleBroken("quote_prices_moved")
        now = quotes.state(session, quote, business_day(at))
        rules.check(quotes.round_of(quote), now, Act.SENT, principal.user_id, str(principal.role))
        said = _said(quote, Act.SENT, "", at) | {"by_id": principal.user_id}
    if now is not State.SENT:
        connection.execute(insert(_act).values(**said))
    token = secrets.token_urlsafe(32)
    connection.execute(delete(quote_link).where(quote_link.c.quote_id == quote_id))
    connection.execute(
        insert(quote_link).values(
            token=tokens.digest(token), quote_id=quote_id, made_at=at, made_by=principal.user_id
        )
    )
    operations.record(
        connection, "quote_link_made", at, user_id=principal.user_id, entity="quote", row_id=quote_id
    )
    return token


def _said(quote: Quote, act: Act, note: str, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id(), "version": 1, "quote_id": quote.id, "account_id": quote.account_id,
        "territory_id": quote.territory_id, "by_id": None, "act": act, "at": at, "content": quote.content,
        "note": note, "order_id": None,
    }  # fmt: skip


def read(connection: Connection, token: str, at: datetime) -> tuple[Detail, str]:
    """Return the round of a token as its customer may see it, with its content's hash."""
    today = business_day(at)
    with Session(connection, join_transaction_mode="rollback_only") as session:
        quote = _of(session, token, today)
        detail = quote_list.detail(session, quote.id, me=quote.rep_id, today=today)
        if detail.row.state not in _SHOWN:
            raise NotFound("quote", "")
        return detail, quote.content


@dataclass(frozen=True, slots=True)
class Ended:
    """A round whose address does not hold any more, and whom to ask about it."""

    why: State
    number: str
    round: int
    until: date
    author: str


def ended(connection: Connection, token: str, at: datetime) -> Ended | None:
    """Say what became of the round of a real token that expired or was replaced; None for any other."""
    today = business_day(at)
    with Session(connection, join_transaction_mode="rollback_only") as session:
        quote = _behind(session, token)
        if quote is None:
            return None
        now = State.EXPIRED if today > quote.valid_until else quotes.state(session, quote, today)
        if now not in (State.EXPIRED, State.SUPERSEDED):
            return None
        author = session.get(User, quote.rep_id)
        number = quote.number or quote.provisional_number
        return Ended(now, number, quote.round, quote.valid_until, author.name if author else "")


def _of(session: Session, token: str, today: date) -> Quote:
    quote = _behind(session, token)
    if quote is None or today > quote.valid_until:
        raise NotFound("quote", "")
    return quote


def _behind(session: Session, token: str) -> Quote | None:
    key = session.execute(
        select(quote_link.c.quote_id).where(quote_link.c.token == tokens.digest(token))
    ).scalar()
    quote = session.get(Quote, key) if key is not None else None
    return None if quote is None or quote.archived_at is not None else quote


def answer(connection: Connection, token: str, act: Act, note: str, content: str, at: datetime) -> None:
    """Write down what the customer said of the content that stood on the page.

    What was confirmed already is confirmed: pressing twice is no error.
    """
    today, note = business_day(at), note.strip()[:MAX_NOTE]
    with Session(connection, join_transaction_mode="rollback_only") as session:
        quote = _of(session, token, today)
        connection.execute(select(_quote.c.id).where(_quote.c.id == quote.id).with_for_update())
        now = quotes.state(session, quote, today)
        if (act, now) in ((Act.CONFIRMED, State.CONFIRMED), (Act.DECLINED, State.DECLINED)):
            return
        if act not in rules.OF_CUSTOMER or content != quote.content:
            raise RuleBroken("quote_step", current=str(now), wanted=str(act))
        rules.check(quotes.round_of(quote), now, act, None, "")
        if act is Act.COMMENTED and not note:
            return
        if act is Act.COMMENTED and len(quote_rows.acts_of(session, quote.id)) >= MAX_COMMENTS:
            raise RuleBroken("quote_step", current=str(now), wanted=str(act))
        said = _said(quote, act, note, at)
    connection.execute(insert(_act).values(**said))
