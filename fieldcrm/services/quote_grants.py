"""Grants: a manager gives and ends them, a rep sees what is left and approves a round with one (Q3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.quote_consents import QuoteGrant
from fieldcrm.model.quotes import Quote, QuoteAct
from fieldcrm.model.users import User
from fieldcrm.rules import quote_grants as rules
from fieldcrm.rules import quotes as quote_rules
from fieldcrm.rules.quote_grants import Grant, Use, Used
from fieldcrm.rules.quotes import Act
from fieldcrm.rules.signatures import holds
from fieldcrm.services import quote_rows, quotes
from fieldcrm.services.standing import standing_of


@dataclass(frozen=True, slots=True)
class Form:
    """What a manager writes into a grant."""

    rep_id: UUID
    up_to_percent: Decimal
    valid_until: date
    account_id: UUID | None = None
    up_to_amount: Decimal | None = None
    max_count: int | None = None
    max_sum: Decimal | None = None
    note: str = ""


class Standing(StrEnum):
    """Whether a grant can be used."""

    ACTIVE = "active"
    UNSIGNED = "unsigned"  # the server has not signed it yet, or this laptop cannot tell
    SPENT = "spent"
    OVER = "over"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A grant as the screens show it."""

    grant: Grant
    rep: str
    by: str
    account: str
    note: str
    used: Used
    standing: Standing

    @property
    def id(self) -> UUID:
        """Return the grant's id."""
        return self.grant.id


def give(session: Session, form: Form, *, me: UUID, at: datetime) -> UUID:
    """Allow a rep to approve by himself; it counts once the server has signed it."""
    role, _ = standing_of(session, me)
    if role not in quote_rules.APPROVERS:
        raise RuleBroken("quote_not_yours_to_decide", approver="manager")
    made = QuoteGrant(
        id=new_id(), granted_by=me, granted_at=at, rep_id=form.rep_id, account_id=form.account_id,
        up_to_percent=form.up_to_percent, up_to_amount=form.up_to_amount, valid_until=form.valid_until,
        max_count=form.max_count, max_sum=form.max_sum, note=form.note.strip(),
    )  # fmt: skip
    rules.check(grant_of(made), business_day(at))
    session.add(made)
    session.flush()
    return made.id


def end(session: Session, grant_id: UUID, when: datetime | None) -> None:
    """End a grant at once, or take that back before it is sent; what it approved stays approved."""
    row = session.get(QuoteGrant, grant_id)
    if row is None:
        raise NotFound("quote_grant", grant_id)
    row.archived_at = when


def grant_of(row: QuoteGrant) -> Grant:
    """Return what the rules ask of a grant."""
    return Grant(
        row.id, row.rep_id, row.granted_by, row.account_id, row.up_to_percent, row.up_to_amount,
        row.valid_until, row.max_count, row.max_sum,
    )  # fmt: skip


def listed(session: Session, me: UUID, today: date, server_key: str) -> list[GrantRow]:
    """Return the grants I gave or hold, or that my people hold, the ones in force first."""
    query = select(QuoteGrant).order_by(QuoteGrant.granted_at.desc(), QuoteGrant.id.desc())
    found = list(_rows(session, session.scalars(query), today, server_key))
    return sorted(found, key=lambda row: (row.standing is not Standing.ACTIVE, row.grant.rep_id != me))


def _rows(session: Session, grants: Iterable[QuoteGrant], today: date, server_key: str) -> Iterator[GrantRow]:
    kept = list(grants)
    people = {u.id: u.name for u in session.scalars(select(User).where(User.id.in_(_people(kept))))}
    stores = {row.account_id for row in kept if row.account_id is not None}
    names = {a.id: a.name for a in session.scalars(select(Account).where(Account.id.in_(stores)))}
    for row in kept:
        used = used_of(session, row.id)
        yield GrantRow(
            grant_of(row), people.get(row.rep_id, ""), people.get(row.granted_by, ""),
            names.get(row.account_id, "") if row.account_id else "", row.note, used,
            _standing(row, used, today, server_key),
        )  # fmt: skip


def _people(grants: Iterable[QuoteGrant]) -> set[UUID]:
    return {key for row in grants for key in (row.rep_id, row.granted_by)}


def _standing(row: QuoteGrant, used: Used, today: date, server_key: str) -> Standing:
    if row.archived_at is not None:
        return Standing.ENDED
    if today > row.valid_until:
        return Standing.OVER
    if not is_signed(row, server_key):
        return Standing.UNSIGNED
    spent = row.max_count is not None and used.count >= row.max_count
    spent |= row.max_sum is not None and used.total >= row.max_sum
    return Standing.SPENT if spent else Standing.ACTIVE


def is_signed(row: QuoteGrant, server_key: str) -> bool:
    """Say whether the server with this public key signed the grant as it stands here."""
    return bool(row.signature) and holds(rules.statement(grant_of(row)), row.signature or "", server_key)


def used_of(session: Session, grant_id: UUID) -> Used:
    """Return what a grant has approved, as far as is known here."""
    acts = quote_rows.counting().where(QuoteAct.grant_id == grant_id, QuoteAct.act == Act.APPROVED).subquery()
    totals = session.scalars(select(Quote.total_amount).join(acts, acts.c.quote_id == Quote.id)).all()
    return Used(len(totals), sum(totals, Decimal()))


def use_of(quote: Quote, on: date) -> Use:
    """Return what the rules ask of a round that a grant shall approve."""
    return Use(quote.rep_id, quote.account_id, quote.discount_percent or Decimal(), quote.total_amount, on)


def usable(session: Session, quote: Quote, today: date, server_key: str) -> list[GrantRow]:
    """Return the grants that would approve a round of mine today, the one that ends first in front."""
    query = select(QuoteGrant).where(
        QuoteGrant.rep_id == quote.rep_id, QuoteGrant.archived_at.is_(None),
        or_(QuoteGrant.account_id.is_(None), QuoteGrant.account_id == quote.account_id),
    )  # fmt: skip
    rows = _rows(
        session, session.scalars(query.order_by(QuoteGrant.valid_until, QuoteGrant.id)), today, server_key
    )
    return [row for row in rows if row.standing is Standing.ACTIVE and _covers(session, row, quote, today)]


def _covers(session: Session, row: GrantRow, quote: Quote, today: date) -> bool:
    role, is_top = standing_of(session, row.grant.granted_by)
    try:
        rules.check_use(row.grant, use_of(quote, today), row.used)
    except RuleBroken:
        return False
    return quote_rules.may_decide(quotes.round_of(quote), row.grant.granted_by, role, is_top=is_top)


def use(session: Session, quote_id: UUID, grant_id: UUID, *, me: UUID, at: datetime, server_key: str) -> UUID:
    """Approve a round of mine with a grant; the server looks at it again when it arrives."""
    quote, row = session.get(Quote, quote_id), session.get(QuoteGrant, grant_id)
    if quote is None or row is None:
        raise NotFound("quote" if quote is None else "quote_grant", quote_id)
    if row.archived_at is not None:
        raise RuleBroken("grant_over")
    if not is_signed(row, server_key):
        raise RuleBroken("grant_unsigned")
    rules.check_use(grant_of(row), use_of(quote, business_day(at)), used_of(session, grant_id))
    return quotes.consent(session, quote, row.granted_by, me=me, at=at, grant_id=grant_id).id
