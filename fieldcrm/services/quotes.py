"""What is done with a quote: a round kept, submitted, decided, sent, answered, ordered (Q1 to Q3).

A round is priced like an order, by the same kernel, and never changes; ``save`` with a family
adds the next. ``quote_list`` reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Origin
from fieldcrm.model.quotes import Quote, QuoteAct, QuoteLine
from fieldcrm.rules import orders as order_rules
from fieldcrm.rules import quotes
from fieldcrm.rules.pricing import Priced, bills, trace
from fieldcrm.rules.quotes import Act, Done, Round, State
from fieldcrm.services import orders, pricing, quote_rows
from fieldcrm.services.pricing import DraftLine
from fieldcrm.services.standing import standing_of

Fees = Sequence[tuple[str, Decimal]]
_NOTHING = Decimal()


@dataclass(frozen=True, slots=True)
class Terms:
    """What is offered besides the goods."""

    valid_until: date
    fees: Fees = ()
    note: str = ""


def save(
    session: Session, account_id: UUID, lines: Sequence[DraftLine], terms: Terms, *,
    me: UUID, at: datetime, family_id: UUID | None = None,
) -> UUID:  # fmt: skip
    """Keep a round, priced with the rules of this moment; with a family it is the next of that."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    order_rules.check_lines([line.quantity for line in lines])
    quotes.check_validity(business_day(at), terms.valid_until)
    fees = quotes.checked_fees(terms.fees)
    priced, rule_set = _priced(session, account_id, lines, at)
    quote = _row(session, account, me, at, family_id)
    quote.valid_until, quote.note = terms.valid_until, terms.note.strip()
    quote.fees = [[name, str(amount)] for name, amount in fees]
    _put_sums(quote, priced, sum((amount for _, amount in fees), _NOTHING))
    quote.rule_set, quote.trace = rule_set or None, trace.told(priced, rule_set)
    needed = priced.approval if priced.approval and priced.approval.pending else None
    quote.approver = needed.by if needed else None
    quote.discount_percent = round(needed.percent, 2) if needed else None
    rows = _lines(quote.id, lines, priced)
    quote.content = content_of(quote, rows)
    session.add(quote)
    session.flush()
    session.add_all(rows)
    session.flush()
    return quote.id


def _priced(
    session: Session, account_id: UUID, lines: Sequence[DraftLine], at: datetime
) -> tuple[Priced, int]:
    known = pricing.basis(session, account_id, business_day(at), {line.product_id for line in lines}, at=at)
    found = pricing.quote(known, lines)
    if found.broken is not None:
        raise found.broken
    if found.problems:
        raise RuleBroken("lines_without_price", lines=orders.named(session, found.problems))
    return found.priced, known.rulebook.number


def _row(session: Session, account: Account, me: UUID, at: datetime, family_id: UUID | None) -> Quote:
    key = new_id()
    before = session.scalar(select(func.max(Quote.round)).where(Quote.family_id == family_id))
    first = session.get(Quote, family_id) if family_id is not None else None
    if family_id is not None and (first is None or first.account_id != account.id):
        raise NotFound("quote", family_id)
    return Quote(
        id=key, family_id=family_id or key, round=(before or 0) + 1, account_id=account.id,
        territory_id=account.territory_id, rep_id=me, quoted_on=business_day(at), quoted_at=at,
        provisional_number=first.provisional_number if first else _next_number(session, me),
    )  # fmt: skip


def _next_number(session: Session, me: UUID) -> str:
    code = f"{orders.rep_code(session, me)}-Q"
    query = select(func.max(Quote.provisional_number)).where(Quote.provisional_number.like(f"{code}______"))
    last = session.scalar(query.where(Quote.rep_id == me))
    return f"{code}{int(last.rpartition('Q')[2]) + 1 if last else 1:06d}"


def _put_sums(quote: Quote, priced: Priced, fees: Decimal) -> None:
    sums = order_rules.totals(priced.lines, tax_on_top=priced.tax_on_top, paid_otherwise=priced.rebate_used)
    quote.goods_amount, quote.discount_amount = sums.goods, sums.discount
    quote.tax_amount, quote.fees_amount, quote.total_amount = sums.tax, fees, sums.total + fees


def _lines(quote_id: UUID, wanted: Sequence[DraftLine], priced: Priced) -> list[QuoteLine]:
    found = {int(line.key): line for line in priced.lines}
    goods = [
        QuoteLine(
            id=new_id(), quote_id=quote_id, position=n, product_id=line.product_id, unit=line.unit,
            quantity=line.quantity, manual_price=line.manual_price, unit_price=found[n].unit_price,
            price_book_id=UUID(found[n].book), book_version=found[n].book_version,
            gross_amount=found[n].gross_amount, discount_amount=found[n].discount_amount,
            net_amount=found[n].net_amount, tax_rate=found[n].tax_rate, tax_amount=found[n].tax_amount,
            configuration=bills.told(line.chosen),
        )
        for n, line in enumerate(wanted)
    ]  # fmt: skip
    gifts = [
        QuoteLine(
            id=new_id(), quote_id=quote_id, position=n, product_id=UUID(gift.product), unit=gift.unit,
            quantity=gift.quantity, unit_price=_NOTHING, gross_amount=_NOTHING, discount_amount=_NOTHING,
            net_amount=_NOTHING, tax_rate=_NOTHING, tax_amount=_NOTHING, gift_by=gift.promotion,
            gift_value=gift.value,
        )
        for n, gift in enumerate(priced.gifts, len(wanted))
    ]  # fmt: skip
    return [*goods, *gifts]


def fees_of(quote: Quote) -> list[tuple[str, Decimal]]:
    """Return a round's fees."""
    return [(str(name), Decimal(str(amount))) for name, amount in quote.fees]


def content_of(quote: Quote, rows: Sequence[QuoteLine]) -> str:
    """Return the hash of what a round offers."""
    return quotes.content_of(
        str(quote.account_id),
        quote.valid_until,
        fees_of(quote),
        quote_rows.items(rows),
        quote.total_amount,
        quote.note,
    )


def done_of(session: Session, acts: Sequence[QuoteAct]) -> list[Done]:
    """Return what the rules ask of acts."""
    gone = quote_rows.cancelled(session, acts)
    return [
        Done(act.act, act.content, act.by_id, act.approver_id, undone=act.order_id in gone) for act in acts
    ]


def round_of(quote: Quote) -> Round:
    """Return what the rules ask of a round."""
    return Round(quote.rep_id, quote.content, quote.approver, quote.valid_until)


def state(session: Session, quote: Quote, today: date) -> State:
    """Return where a round stands."""
    newer = session.scalar(
        select(Quote.id).where(Quote.family_id == quote.family_id, Quote.round > quote.round).limit(1)
    )
    done = done_of(session, quote_rows.acts_of(session, quote.id))
    return quotes.state(round_of(quote), done, today, newer=newer is not None)


def do(
    session: Session, quote_id: UUID, act: Act, *, me: UUID, at: datetime, note: str = "",
    order_id: UUID | None = None,
) -> UUID:  # fmt: skip
    """Do one thing with a round, as far as I may."""
    quote = session.get(Quote, quote_id)
    if quote is None:
        raise NotFound("quote", quote_id)
    if quote.review_code is not None and act in (Act.SUBMITTED, Act.SENT):
        raise RuleBroken("quote_prices_moved")
    role, is_top = standing_of(session, me)
    now = state(session, quote, business_day(at))
    quotes.check(round_of(quote), now, act, me, role, is_top=is_top)
    return write(session, quote, act, me=me, at=at, note=note.strip(), order_id=order_id).id


def write(session: Session, quote: Quote, act: Act, *, me: UUID, at: datetime, **said: Any) -> QuoteAct:
    """Write down an act that was allowed."""
    made = QuoteAct(
        id=new_id(), quote_id=quote.id, account_id=quote.account_id, territory_id=quote.territory_id,
        by_id=me, act=act, at=at, content=quote.content, **said,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def consent(
    session: Session, quote: Quote, approver_id: UUID, *, me: UUID, at: datetime, **said: Any
) -> QuoteAct:
    """Write down that an approver agreed where no network is; a round not yet submitted is, by this."""
    now = state(session, quote, business_day(at))
    if now is State.DRAFT:
        do(session, quote.id, Act.SUBMITTED, me=me, at=at)
        now = State.WAITING
    role, is_top = standing_of(session, approver_id)
    quotes.check_consent(round_of(quote), now, me, approver_id, role, is_top=is_top)
    return write(session, quote, Act.APPROVED, me=me, at=at, approver_id=approver_id, **said)


def make_order(session: Session, quote_id: UUID, *, me: UUID, at: datetime) -> tuple[UUID, Decimal]:
    """Make a draft order of a confirmed round; return by how much its goods cost more than quoted.

    Fees are on the quote only: an order has goods.
    """
    quote = session.get(Quote, quote_id)
    if quote is None:
        raise NotFound("quote", quote_id)
    done = do(session, quote_id, Act.ORDERED, me=me, at=at)
    order_id = orders.start(session, quote.account_id, me=me, at=at, origin=Origin.QUOTE)
    session.get_one(QuoteAct, done).order_id = order_id
    priced = orders.save(
        session, order_id, quote_rows.draft_lines(session, quote_id), at=at, note=quote.provisional_number
    ).priced
    return order_id, priced.payable - (quote.total_amount - quote.fees_amount)
