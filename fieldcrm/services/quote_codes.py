"""A yes over the phone: the rep asks and takes the code, the manager hears and answers (Q3).

Neither needs a network: the rep has sheets of each approver's codes, the manager the key that
the server gave him at sign-in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.model.quote_consents import QuoteCodes
from fieldcrm.model.quotes import Quote, QuoteAct
from fieldcrm.model.users import User
from fieldcrm.rules import quote_codes as rules
from fieldcrm.rules import quotes as quote_rules
from fieldcrm.rules.quote_codes import Said
from fieldcrm.services import quotes, rule_sets
from fieldcrm.services.standing import standing_of

_LATELY = 200


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody whom I can ask by phone, and how many codes of his are left here."""

    id: UUID
    name: str
    left: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What I read out, and what a code for it must fit."""

    quote_id: UUID
    approver_id: UUID
    challenge: str
    said: Said
    sheet_id: UUID
    check: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What a manager typed while a rep read it out."""

    rep_id: UUID
    challenge: str
    account_id: UUID
    total: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Key:
    """A manager's key; ``number`` changes when one of his laptops is lost."""

    number: int
    secret: bytes


def key_of(told: str) -> Key | None:
    """Return the key that the server told at sign-in; None for who approves nothing."""
    number, _, secret = told.partition(":")
    return Key(int(number), bytes.fromhex(secret)) if secret else None


# -- the rep ------------------------------------------------------------------------------


def approvers(session: Session, quote: Quote, device_id: UUID, at: datetime) -> list[Approver]:
    """Return whom I can ask about a round of mine, the one with most codes left first."""
    left: dict[UUID, int] = {}
    for sheet, places in _sheets(session, quote.rep_id, device_id, at):
        left[sheet.approver_id] = left.get(sheet.approver_id, 0) + len(places)
    found = []
    for key, count in left.items():
        role, is_top = standing_of(session, key)
        user = session.get(User, key)
        if user is not None and quote_rules.may_decide(quotes.round_of(quote), key, role, is_top=is_top):
            found.append(Approver(key, user.name, count))
    return sorted(found, key=lambda each: (-each.left, each.name))


def ask(session: Session, quote_id: UUID, approver_id: UUID, device_id: UUID, at: datetime) -> Asked:
    """Return what to read to an approver about a round; the place stays the same until a code is taken."""
    quote = session.get(Quote, quote_id)
    if quote is None:
        raise NotFound("quote", quote_id)
    if quote.review_code is not None:
        raise RuleBroken("quote_prices_moved")
    for sheet, places in _sheets(session, quote.rep_id, device_id, at):
        if sheet.approver_id == approver_id and places:
            said = said_of(quote, places[0], at)
            check = str(sheet.checks[places[0] - sheet.first_place])
            shown = rules.challenge(said.place, said.digest)
            return Asked(quote_id, approver_id, shown, said, sheet.id, check)
    raise RuleBroken("no_codes_left")


def said_of(quote: Quote, place: int, at: datetime) -> Said:
    """Return what a rep says of a round."""
    return Said(
        quote.rep_id, place, rules.digest(quote.content), quote.account_id, quote.total_amount,
        quote.discount_percent or Decimal(), business_day(at),
    )  # fmt: skip


def _sheets(
    session: Session, rep_id: UUID, device_id: UUID, at: datetime
) -> Iterator[tuple[QuoteCodes, list[int]]]:
    """Yield the sheets of this device that hold, with the places that nobody has used."""
    query = select(QuoteCodes).where(
        QuoteCodes.rep_id == rep_id, QuoteCodes.device_id == device_id, QuoteCodes.expires_at > at,
        QuoteCodes.archived_at.is_(None),
    )  # fmt: skip
    taken = select(QuoteAct.approver_id, QuoteAct.code_place).where(
        QuoteAct.by_id == rep_id, QuoteAct.code_place.is_not(None)
    )
    used = {(approver, place) for approver, place in session.execute(taken)}
    for sheet in session.scalars(query.order_by(QuoteCodes.expires_at, QuoteCodes.id)):
        places = range(sheet.first_place, sheet.first_place + len(sheet.checks))
        yield sheet, [place for place in places if (sheet.approver_id, place) not in used]


def matched(asked: Asked, code: str) -> Said:
    """Return what a code was given for, today or yesterday; ``Invalid`` if for nothing of this.

    It takes a moment.
    """
    for on in (asked.said.on, asked.said.on - timedelta(days=1)):
        said = replace(asked.said, on=on)
        if rules.fits(code, said, asked.sheet_id, asked.check):
            return said
    raise Invalid("quote_code_unfit", field="code")


def accept(session: Session, asked: Asked, said: Said, code: str, *, me: UUID, at: datetime) -> UUID:
    """Approve a round of mine with a code that ``matched``; a round that changed since has no approval."""
    quote = session.get(Quote, asked.quote_id)
    if quote is None:
        raise NotFound("quote", asked.quote_id)
    if rules.digest(quote.content) != said.digest:
        raise RuleBroken("quote_step", current="changed", wanted="approved")
    return quotes.consent(
        session, quote, asked.approver_id, me=me, at=at, code=rules.plain(code), code_place=said.place,
        code_on=said.on,
    ).id  # fmt: skip


# -- the manager --------------------------------------------------------------------------


def answer(session: Session, key: Key | None, heard: Heard, *, me: UUID, at: datetime) -> str:
    """Return the code to read back: my word for exactly what was typed."""
    if key is None:
        raise RuleBroken("no_approver_key")
    if heard.rep_id == me:
        raise RuleBroken("quote_own")
    found = rules.read_challenge(heard.challenge)
    if found is None:
        raise Invalid("bad_challenge", field="challenge")
    for field, amount in (("total", heard.total), ("percent", heard.percent)):
        if not amount.is_finite() or amount < 0:
            raise Invalid("bad_amount", field=field)
    _check_rung(session, heard.percent, me, at)
    place, digest = found
    said = Said(heard.rep_id, place, digest, heard.account_id, heard.total, heard.percent, business_day(at))
    return rules.answer(key.secret, said)


def _check_rung(session: Session, percent: Decimal, me: UUID, at: datetime) -> None:
    """Raise unless the ladder leaves such a discount to me."""
    ladder = sorted(rule_sets.in_force(session, at).ladder, key=lambda each: each.up_to_percent)
    rung = next((each for each in ladder if percent <= each.up_to_percent), None)
    if rung is None and ladder:
        raise RuleBroken("discount_too_high", percent=percent)
    role, is_top = standing_of(session, me)
    above = rung is not None and rung.by not in (None, "manager") and not is_top
    if role not in quote_rules.APPROVERS or above:
        raise RuleBroken("quote_not_yours_to_decide", approver=rung.by if rung else "")


def known(session: Session, rep_id: UUID, challenge: str) -> UUID | None:
    """Return the round that a rep reads out, if it has come to this laptop."""
    found = rules.read_challenge(challenge)
    if found is None:
        return None
    query = select(Quote.id, Quote.content).where(Quote.rep_id == rep_id, Quote.archived_at.is_(None))
    rows = session.execute(query.order_by(Quote.quoted_at.desc()).limit(_LATELY))
    return next((key for key, content in rows if rules.digest(content) == found[1]), None)
