"""Quotes as the screens read them: the list, one family with its rounds, two rounds compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from fieldcrm.errors import NotFound
from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import Quarantine
from fieldcrm.model.products import Product
from fieldcrm.model.quotes import Quote, QuoteAct
from fieldcrm.model.users import User
from fieldcrm.rules import items
from fieldcrm.rules import quotes as rules
from fieldcrm.rules.items import Change
from fieldcrm.rules.margins import SEE_MARGIN, Margin, Total
from fieldcrm.rules.quotes import Act, Done, State
from fieldcrm.services import costs, insides, quote_rows, quotes, standing
from fieldcrm.services.costs import Margins
from fieldcrm.services.insides import Part

MOST = 500


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """The latest round of a family; ``decides`` says that it waits for whoever looks at it."""

    id: UUID
    family_id: UUID
    number: str
    round: int
    account_id: UUID
    account: str
    rep_id: UUID
    quoted_on: date
    valid_until: date
    total: Decimal
    state: State
    approver: str | None
    review_code: str | None
    decides: bool = False


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of a round; without a cost price ``over_floor`` is what it is over the floor price."""

    name: str
    code: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    tax_rate: Decimal
    is_gift: bool
    margin: Margin | None
    parts: tuple[Part, ...] = ()
    discount: Decimal = Decimal()
    over_floor: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ActRow:
    """What somebody did; no name is the customer. An approver agreed by phone, or with a grant.

    ``undone`` says that the order which was made was cancelled.
    """

    act: Act
    at: datetime
    by: str | None
    note: str
    order_id: UUID | None
    approver: str | None = None
    by_phone: bool = False
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Detail:
    """One round with everything its page shows; ``can`` are the acts that I may do now.

    ``margin`` is for those who may see it. ``refused`` is why the office did not take what I last
    did with it, until that is settled.
    """

    row: QuoteRow
    rounds: tuple[tuple[UUID, int, Decimal, date], ...]
    lines: tuple[LineRow, ...]
    fees: tuple[tuple[str, Decimal], ...]
    goods: Decimal
    discount: Decimal
    tax: Decimal
    note: str
    acts: tuple[ActRow, ...]
    can: frozenset[Act]
    margin: Total | None
    author: str
    percent: Decimal
    refused: str = ""

    @property
    def sees_margin(self) -> bool:
        """Whether whoever looks at it may see what is left of its price."""
        return self.margin is not None

    @property
    def is_tax_included(self) -> bool:
        """Whether the prices are with tax, so that it is in the total and not added to it."""
        return _is_tax_included(self.row.total, self.goods, self.discount, (each for _, each in self.fees))


def _is_tax_included(total: Decimal, goods: Decimal, discount: Decimal, fees: Iterable[Decimal]) -> bool:
    return total == goods - discount + sum(fees)


def rows(
    session: Session, today: date, account_id: UUID | None = None, *, me: UUID | None = None
) -> list[QuoteRow]:
    """Return the latest round of each family, the newest first, as ``me`` sees them.

    There are so many at most, but for those that may still wait for somebody: they are never left out.
    """
    query = select(Quote, Account.name).join(Account, Account.id == Quote.account_id)
    query = query.where(Quote.archived_at.is_(None))
    if account_id is not None:
        query = query.where(Quote.account_id == account_id)
    latest: dict[UUID, tuple[Quote, str]] = {}
    numbers: dict[UUID, str | None] = {}
    for quote, account in session.execute(query.order_by(Quote.quoted_at.desc(), Quote.id.desc())):
        numbers[quote.family_id] = numbers.get(quote.family_id) or quote.number
        held = latest.get(quote.family_id)
        if held is None or quote.round > held[0].round:
            latest[quote.family_id] = quote, account
    chosen = [
        (quote, account)
        for place, (quote, account) in enumerate(latest.values())
        if place < MOST or (quote.approver is not None and quote.valid_until >= today)
    ]
    done = _done(session, [quote.id for quote, _ in chosen])
    role, is_top = standing.standing_of(session, me) if me is not None else ("", False)

    def seen(quote: Quote, account: str) -> QuoteRow:
        state = _state(quote, done, today)
        decides = me is not None and _may(quote, state, Act.APPROVED, me, role, is_top=is_top)
        return _row(quote, account, numbers[quote.family_id], state, decides=decides)

    return [seen(quote, account) for quote, account in chosen]


def waiting_for(session: Session, me: UUID, today: date) -> int:
    """Return how many quotes wait for my decision."""
    role, is_top = standing.standing_of(session, me)
    if role not in rules.APPROVERS:
        return 0
    later = aliased(Quote)
    newer = select(later.id).where(later.family_id == Quote.family_id, later.round > Quote.round)
    query = select(Quote).where(
        Quote.approver.is_not(None), Quote.archived_at.is_(None), Quote.valid_until >= today, ~newer.exists()
    )
    found = session.scalars(query).all()
    done = _done(session, [quote.id for quote in found])
    return sum(
        _may(quote, _state(quote, done, today), Act.APPROVED, me, role, is_top=is_top) for quote in found
    )


def _state(quote: Quote, done: Mapping[UUID, list[Done]], today: date) -> State:
    return rules.state(quotes.round_of(quote), done.get(quote.id, ()), today)


def _done(session: Session, ids: Iterable[UUID]) -> dict[UUID, list[Done]]:
    found: dict[UUID, list[Done]] = {}
    query = quote_rows.counting().where(QuoteAct.quote_id.in_(list(ids))).order_by(QuoteAct.at, QuoteAct.id)
    acts = session.scalars(query).all()
    for act, done in zip(acts, quotes.done_of(session, acts), strict=True):
        found.setdefault(act.quote_id, []).append(done)
    return found


def _row(quote: Quote, account: str, number: str | None, state: State, *, decides: bool = False) -> QuoteRow:
    return QuoteRow(
        quote.id, quote.family_id, number or quote.provisional_number, quote.round, quote.account_id, account,
        quote.rep_id, quote.quoted_on, quote.valid_until, quote.total_amount, state, quote.approver,
        quote.review_code, decides,
    )  # fmt: skip


def detail(session: Session, quote_id: UUID, *, me: UUID, today: date) -> Detail:
    """Return one round as its page shows it to me."""
    quote = session.get(Quote, quote_id)
    if quote is None:
        raise NotFound("quote", quote_id)
    family = list(
        session.scalars(
            select(Quote).where(Quote.family_id == quote.family_id).order_by(Quote.round, Quote.id)
        )
    )
    account = session.get(Account, quote.account_id)
    number = next((each.number for each in family if each.number), None)
    role, is_top = standing.standing_of(session, me)
    left = _margins(session, quote) if role in SEE_MARGIN else None
    state = quotes.state(session, quote, today)
    author = session.get(User, quote.rep_id)
    return Detail(
        row=_row(quote, account.name if account else "", number, state),
        rounds=tuple((each.id, each.round, each.total_amount, each.quoted_on) for each in family),
        lines=_lines(session, quote, left),
        fees=tuple(quotes.fees_of(quote)),
        goods=quote.goods_amount, discount=quote.discount_amount, tax=quote.tax_amount, note=quote.note,
        acts=_acts(session, quote_id),
        can=frozenset(act for act in Act if _may(quote, state, act, me, role, is_top=is_top)),
        margin=None if left is None else left.total, author=author.name if author else "",
        percent=quote.discount_percent or Decimal(),
        refused=_refused(session, quote_id),
    )  # fmt: skip


def _may(quote: Quote, state: State, act: Act, me: UUID, role: str, *, is_top: bool) -> bool:
    if quote.review_code is not None and act in (Act.SUBMITTED, Act.SENT):
        return False
    return rules.may(quotes.round_of(quote), state, act, me, role, is_top=is_top)


def _margins(session: Session, quote: Quote) -> Margins:
    fees = (amount for _, amount in quotes.fees_of(quote))
    included = _is_tax_included(quote.total_amount, quote.goods_amount, quote.discount_amount, fees)
    lines = quote_rows.lines_of(session, quote.id)
    return costs.of_lines(
        session, lines, quote.quoted_on, quote.currency, quote.rule_set, tax_included=included
    )


def _lines(session: Session, quote: Quote, left: Margins | None) -> tuple[LineRow, ...]:
    rows = quote_rows.lines_of(session, quote.id)
    parts = insides.of_lines(session, quote.rule_set, [row for row in rows if row.gift_by is None])
    ids = {row.product_id for row in rows}
    products = {p.id: p for p in session.scalars(select(Product).where(Product.id.in_(ids)))}
    found = []
    for row in rows:
        product = products.get(row.product_id)
        found.append(
            LineRow(
                product.name if product else "", product.code if product else "", row.unit, row.quantity,
                row.unit_price, row.net_amount, row.tax_rate, row.gift_by is not None,
                left.of[row.id] if left else None, parts.get(row.id, ()), row.discount_amount,
                left.over_floor.get(row.id) if left else None,
            )
        )  # fmt: skip
    return tuple(found)


def _refused(session: Session, quote_id: UUID) -> str:
    query = (
        select(Quarantine.code)
        .join(QuoteAct, QuoteAct.id == Quarantine.row_id)
        .where(Quarantine.entity == QuoteAct.__tablename__, QuoteAct.quote_id == quote_id)
        .where(QuoteAct.version == 0, Quarantine.settled.is_(False), Quarantine.archived_at.is_(None))
    )
    return session.scalar(query.order_by(Quarantine.at.desc()).limit(1)) or ""


def _acts(session: Session, quote_id: UUID) -> tuple[ActRow, ...]:
    acts = quote_rows.acts_of(session, quote_id)
    gone = quote_rows.cancelled(session, acts)
    ids = {key for act in acts for key in (act.by_id, act.approver_id) if key is not None}
    names = {user.id: user.name for user in session.scalars(select(User).where(User.id.in_(ids)))}
    return tuple(
        ActRow(
            act.act, act.at, names.get(act.by_id, "") if act.by_id else None, act.note, act.order_id,
            names.get(act.approver_id, "") if act.approver_id else None, act.code is not None,
            act.order_id in gone,
        )
        for act in acts
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """Two rounds side by side: every line by the article's name, fees, last days, notes and totals."""

    before: int
    after: int
    lines: tuple[tuple[str, Change], ...]
    fees: tuple[tuple[str, Decimal | None, Decimal | None], ...]
    until: tuple[date, date]
    notes: tuple[str, str]
    before_total: Decimal
    after_total: Decimal
    margins: tuple[Total, Total] | None = None


def compare(session: Session, before_id: UUID, after_id: UUID, *, me: UUID | None = None) -> Compared:
    """Return two rounds of a family side by side, with their margins if ``me`` may see them."""
    before, after = session.get(Quote, before_id), session.get(Quote, after_id)
    if before is None or after is None or before.family_id != after.family_id:
        raise NotFound("quote", before_id)
    sees = me is not None and standing.standing_of(session, me)[0] in SEE_MARGIN
    old, new = quote_rows.lines_of(session, before_id), quote_rows.lines_of(session, after_id)
    found = items.side_by_side(quote_rows.items(old), quote_rows.items(new))
    ids = {UUID(each.product) for each in found}
    names = {str(p.id): p.name for p in session.scalars(select(Product).where(Product.id.in_(ids)))}
    was, now = dict(quotes.fees_of(before)), dict(quotes.fees_of(after))
    fees = [(name, was.get(name), now.get(name)) for name in dict.fromkeys((*was, *now))]
    return Compared(
        before.round, after.round, tuple((names.get(each.product, ""), each) for each in found),
        tuple(fees), (before.valid_until, after.valid_until), (before.note, after.note),
        before.total_amount, after.total_amount,
        (_margins(session, before).total, _margins(session, after).total) if sees else None,
    )  # fmt: skip
