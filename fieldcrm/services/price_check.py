"""Whether a submitted order's prices stand: replayed with the rules it was taken on (decision 1 to 6).

The server asks this for every order it is handed. What agrees to the cent stands; when newer rules
were already in force, the policy of the price books decides: honour the old prices until a day,
have somebody agree, or price again and show the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.model.accounts import Account
from fieldcrm.model.base import SCALE
from fieldcrm.model.orders import Order
from fieldcrm.model.prices import OnChange, PriceBook
from fieldcrm.model.wire import amount_text
from fieldcrm.rules import money
from fieldcrm.rules.credit import Exposure
from fieldcrm.rules.money import Payment
from fieldcrm.rules.pricing import Priced, Problem, bills, trace
from fieldcrm.rules.pricing.bills import Choices
from fieldcrm.services import credit, pricing, rule_sets
from fieldcrm.services import money as moneys
from fieldcrm.services.pricing import Basis, DraftLine, Quote, Rebates


@dataclass(frozen=True, slots=True)
class SubmittedLine:
    """One line as its author priced it."""

    product_id: UUID
    unit: str
    quantity: Decimal
    unit_price: Decimal
    discount_amount: Decimal
    net_amount: Decimal
    tax_rate: Decimal
    tax_amount: Decimal
    manual_price: Decimal | None = None
    rebate_amount: Decimal = Decimal()
    gift_by: str | None = None
    price_book_id: UUID | None = None
    chosen: Choices = ()


@dataclass(frozen=True, slots=True)
class Submitted:
    """An order as its author priced it, wherever it comes from: a row or a document in a batch.

    ``is_promised`` says that it is what its quote was approved for: neither newer rules nor the
    ladder are asked again, and ``ordered_on`` is the quote's day.
    """

    order_id: UUID
    account_id: UUID
    ordered_on: date
    total_amount: Decimal
    lines: tuple[SubmittedLine, ...]
    rule_set: int = 0
    rebates: Rebates = ()
    trace: Mapping[str, Any] | None = None
    paid_from: Any = None
    is_promised: bool = False

    @property
    def goods(self) -> list[SubmittedLine]:
        """The lines that were ordered."""
        return [line for line in self.lines if line.gift_by is None]

    @property
    def gifts(self) -> list[tuple[str, str, str, Decimal]]:
        """The lines that came as gifts: by, what, unit, how much."""
        return sorted(
            (line.gift_by, str(line.product_id), line.unit, line.quantity)
            for line in self.lines
            if line.gift_by is not None
        )


@dataclass(frozen=True, slots=True)
class Wallet:
    """What may pay for an order: each purse, and credit (None: no limit); ``at_stake`` says why so much."""

    purses: Mapping[str, Decimal] = field(default_factory=dict)
    credit: Decimal | None = None
    at_stake: Exposure = Exposure()
    order_of_use: Sequence[str] = money.ORDER_OF_USE

    def pays(self, order: Submitted) -> Payment:
        """Return how an order is paid: as it says, or by the order of use."""
        due = max(order.total_amount, Decimal())
        wanted = money.plan(order.paid_from, due)
        if wanted is None:
            return money.payment(due, self.purses, self.credit, self.order_of_use)
        return money.as_wanted(wanted, due, self.credit)


@dataclass(frozen=True, slots=True)
class Difference:
    """Why the server does not take an order as it stands; ``data`` is plain JSON."""

    code: str
    data: dict[str, Any]


def check_submitted(session: Session, order: Order, at: datetime | None = None) -> Difference | None:
    """Check a stored order as ``check`` does."""
    return check(session, submitted(session, order), at=at)


def submitted(session: Session, order: Order) -> Submitted:
    """Return a stored order as its author priced it."""
    lines = tuple(
        SubmittedLine(
            line.product_id, line.unit, line.quantity, line.unit_price,
            line.discount_amount, line.net_amount, line.tax_rate, line.tax_amount,
            line.manual_price, line.rebate_amount, line.gift_by, line.price_book_id,
            bills.heard(line.configuration),
        )
        for line in pricing.order_lines(session, order.id)
    )  # fmt: skip
    return Submitted(
        order.id, order.account_id, order.ordered_on, order.total_amount, lines, order.rule_set or 0,
        pricing.asked_rebates(order.rebates), order.trace, order.paid_from,
    )  # fmt: skip


Newer = Callable[[int], Basis | None]
DIFFERS = frozenset({"price_changed", "gifts_differ", "totals_differ"})


def check(
    session: Session, order: Submitted, known: Basis | None = None, wallet: Wallet | None = None,
    at: datetime | None = None, sets: Sequence[Any] | None = None, newer: Newer | None = None,
) -> Difference | None:  # fmt: skip
    """Price what was submitted again; return why it cannot simply be accepted, if so.

    ``order_empty``, ``rules_unknown``, ``books_incomplete``; ``no_price``, ``withdrawn``,
    ``configuration_wrong`` (what was chosen inside an article), ``line_refused``: a line cannot be
    sold; ``rule_broken``: the order as a whole breaks a rule;
    ``price_changed``: the rules say other amounts; ``gifts_differ``; ``totals_differ``: the document
    contradicts itself; ``rules_superseded``: newer rules were in force when it was taken;
    ``needs_approval``: the rep's discount; ``payment_differs``, ``balance_short``: it cannot be paid as
    it says; ``credit_exceeded``: beyond the account's limit.
    ``known`` is its basis and ``wallet`` its account's, if the caller has them already (see
    ``pricing.bases``); ``at`` is when it was taken, ``sets`` what ``rule_sets.listing`` gave,
    ``newer`` gives the basis by another set, if that has been read.
    """
    if not order.goods:
        return Difference("order_empty", {})
    known = known or basis_of(session, order)
    if known is None:
        return Difference("rules_unknown", {"number": order.rule_set})
    if known.incomplete:
        return Difference("books_incomplete", {"books": list(known.incomplete)})
    now = _again(known, order)
    return (
        _refused(now)
        or _changed(order, now.priced)
        or (None if at is None or order.is_promised else _superseded(session, order, at, sets, newer))
        or (None if order.is_promised else _unapproved(now.priced))
        or _unpaid(order, wallet or _wallet(session, order))
    )


def basis_of(session: Session, order: Submitted) -> Basis | None:
    """Return what an order's prices depend on, by its own rules; None when nobody knows those."""
    try:
        return _basis(session, order, order.rule_set)
    except RuleBroken:
        return None


def _basis(session: Session, order: Submitted, number: int) -> Basis:
    products = {line.product_id for line in order.lines}
    return pricing.basis(
        session, order.account_id, order.ordered_on, products, rule_set=number, besides=order.order_id
    )


def _again(known: Basis, order: Submitted) -> Quote:
    lines = [
        DraftLine(line.product_id, line.unit, line.quantity, line.manual_price, line.chosen)
        for line in order.goods
    ]
    return pricing.quote(known, lines, order.rebates)


_REFUSALS = {
    "price_not_found": "no_price", "product_withdrawn": "withdrawn", "product_unknown": "withdrawn",
    **dict.fromkeys(bills.WRONG, "configuration_wrong"),
}  # fmt: skip


def _refused(now: Quote) -> Difference | None:
    if now.broken is not None:
        return Difference("rule_broken", {"code": now.broken.code} | _plain(now.broken.data))
    if not now.problems:
        return None
    codes = {_REFUSALS.get(problem.code, "line_refused") for problem in now.problems}
    code = codes.pop() if len(codes) == 1 else "line_refused"
    named = [_named(problem) for problem in now.problems]
    return Difference(code, {"lines": named})


def _named(problem: Problem) -> dict[str, Any]:
    """Return what is wrong with a line; ``about`` names what it is inside the article, if it is that."""
    said: dict[str, Any] = {"product_id": problem.product, "code": problem.code}
    is_inside = problem.code in bills.WRONG or problem.data.get("product") != problem.product
    return said | ({"about": _about(problem.data)} if is_inside else {})


def _about(data: Mapping[str, object]) -> dict[str, Any]:
    return {name: list(said) if isinstance(said, tuple) else str(said) for name, said in data.items()}


def _plain(data: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in data.items()}


def _changed(order: Submitted, now: Priced) -> Difference | None:
    differing = _differences(order.goods, now)
    totals = {"old_total": _text(order.total_amount), "new_total": _text(now.payable)}
    if differing:
        return Difference("price_changed", {"lines": differing} | totals)
    gifts = sorted((gift.promotion, gift.product, gift.unit, gift.quantity) for gift in now.gifts)
    if order.gifts != gifts:
        return Difference("gifts_differ", {"old": _said(order.gifts), "new": _said(gifts)})
    told = [(line.tax_rate, line.tax_amount, line.rebate_amount) for line in order.goods]
    right = [(priced.tax_rate, priced.tax_amount, priced.rebate_amount) for priced in now.lines]
    if told != right or order.total_amount != now.payable or not _traced(order.trace, now):
        return Difference("totals_differ", totals)
    return None


def _traced(said: Mapping[str, Any] | None, now: Priced) -> bool:
    """Say whether an order's trace tells what really happened: budgets and balances go by it."""
    used = [(each.promotion, each.amount, each.gift_value) for each in trace.applied(said)]
    right = [(each.promotion, each.amount, each.gift_value) for each in now.applied]
    return used == right and trace.rebates(said) == list(now.rebates)


def _differences(lines: Sequence[SubmittedLine], now: Priced) -> list[dict[str, str]]:
    return [
        {
            "product_id": str(line.product_id), "unit": line.unit,
            "old": _text(line.unit_price), "new": _text(priced.unit_price),
            "old_net": _text(line.net_amount), "new_net": _text(priced.net_amount),
        }
        for line, priced in zip(lines, now.lines, strict=True)
        if (line.unit_price, line.discount_amount, line.net_amount)
        != (priced.unit_price, priced.discount_amount, priced.net_amount)
    ]  # fmt: skip


def _said(gifts: Sequence[tuple[str, str, str, Decimal]]) -> list[list[str]]:
    return [[by, product, unit, str(quantity)] for by, product, unit, quantity in gifts]


def _superseded(
    session: Session, order: Submitted, at: datetime, sets: Sequence[Any] | None, newer: Newer | None
) -> Difference | None:
    """Judge an order that agrees with its own rules by the ones that were in force when it was taken."""
    number = rule_sets.in_force(session, at, sets).number
    if number <= order.rule_set:
        return None
    known = newer(number) if newer is not None else None
    now = _again(known or _basis(session, order, number), order)
    refused = _refused(now)
    found = refused or _changed(order, now.priced)
    if found is None:
        return None
    policy = change_policy(session, order, at)
    if policy is OnChange.HONOUR:
        return None
    said = found.data | {"taken_on": order.rule_set, "in_force": number}
    return Difference("rules_superseded" if policy is OnChange.APPROVE else found.code, said)


_STRICTER = (OnChange.HONOUR, OnChange.APPROVE, OnChange.REPRICE)


def change_policy(session: Session, order: Submitted, at: datetime) -> OnChange:
    """Return the strictest policy of its books at ``at``; past the honoured days somebody must agree."""
    ids = {line.price_book_id for line in order.goods if line.price_book_id is not None}
    replaced = rule_sets.next_after(session, order.rule_set)
    began = None if replaced is None else business_day(replaced.valid_from)
    found = [
        policy_of(book.on_change, book.honour_days, began, business_day(at))
        for book in session.scalars(select(PriceBook).where(PriceBook.id.in_(ids)))
    ]
    return max(found, key=_STRICTER.index, default=OnChange.REPRICE)


def policy_of(on_change: OnChange, honour_days: int, began: date | None, today: date) -> OnChange:
    """Return what holds today for a book whose rules were replaced on the day ``began``."""
    if on_change is not OnChange.HONOUR or began is None:
        return on_change
    return OnChange.HONOUR if today <= began + timedelta(honour_days) else OnChange.APPROVE


def _unapproved(now: Priced) -> Difference | None:
    approval = now.approval
    if approval is None or not approval.pending:
        return None
    return Difference("needs_approval", {"by": approval.by, "percent": str(round(approval.percent, 2))})


def _wallet(session: Session, order: Submitted) -> Wallet:
    account = session.get(Account, order.account_id)
    if account is None:
        raise NotFound("account", order.account_id)
    at_stake = credit.exposure(session, account, besides=order.order_id)
    balances = moneys.balances(session, account.id, order.ordered_on)
    return Wallet(balances, at_stake.free, at_stake, moneys.policy(session).order_of_use)


def _unpaid(order: Submitted, wallet: Wallet) -> Difference | None:
    """Say why an order cannot be paid as it says, or goes beyond the credit."""
    try:
        pays = wallet.pays(order)
    except Invalid as error:
        return Difference("payment_differs", _plain(error.data))
    for purse, amount in pays.used.items():
        left = wallet.purses.get(purse, Decimal())
        if amount > left:
            return Difference("balance_short", {"purse": purse, "left": _text(left), "wanted": _text(amount)})
    return _beyond_credit(wallet.at_stake, pays.uncovered) if pays.uncovered > 0 else None


def _beyond_credit(at_stake: Exposure, over: Decimal) -> Difference:
    said = {"limit": at_stake.limit or Decimal(), "owed": at_stake.owed, "over": over}
    return Difference("credit_exceeded", {name: _text(amount) for name, amount in said.items()})


def _text(amount: Decimal) -> str:
    return amount_text(int(amount * SCALE))
