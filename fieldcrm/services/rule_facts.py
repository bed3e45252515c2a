"""What rules look back at: earlier orders, budgets that are gone, rebates that are left.

These are facts, not rules: they are read afresh for every price, which is why the questions are
put together once. Both sides read them from the same rows; what only the server knows (other
people's orders) reaches a laptop by sync.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BindParameter, Select, Table, bindparam, func, or_, select
from sqlalchemy.orm import Session

from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.products import ProductUnit
from fieldcrm.model.promotions import PromotionSpent, PromotionUse
from fieldcrm.model.rebates import RebateEntry, RebateKind
from fieldcrm.rules.pricing import trace
from fieldcrm.rules.pricing.rebates import Rebate
from fieldcrm.rules.pricing.standing import NO_LIMITS, Limits
from fieldcrm.rules.pricing.values import Past
from fieldcrm.rules.slices import Limit, Named
from fieldcrm.services import slices
from fieldcrm.services.rule_sets import Rulebook

_O, _L, _U, _P, _S, _R = (
    cast(Table, each.__table__)
    for each in (Order, OrderLine, ProductUnit, PromotionUse, PromotionSpent, RebateEntry)
)
_NONE_AT_ALL = UUID(int=0)
"""Stands for an order that is none, where no order is to be left out."""

WAITING = (OrderStatus.SUBMITTED, OrderStatus.NEEDS_REVIEW)
COUNTED = (OrderStatus.SUBMITTED, OrderStatus.ACCEPTED, OrderStatus.NEEDS_REVIEW)


_BESIDES: BindParameter[Any] = bindparam("besides")
_ACCOUNTS: BindParameter[Any] = bindparam("accounts", expanding=True)
_HISTORY = (
    select(
        _O.c.id, _O.c.account_id, _O.c.ordered_on, _O.c.trace,
        _L.c.product_id, _L.c.quantity, _L.c.net_amount, _U.c.factor,
    )
    .join(_L, _L.c.order_id == _O.c.id)
    .outerjoin(_U, (_U.c.product_id == _L.c.product_id) & (_U.c.unit == _L.c.unit))
    .where(
        _O.c.account_id.in_(_ACCOUNTS), _O.c.status.in_(COUNTED), _O.c.ordered_on >= bindparam("since"),
        _O.c.archived_at.is_(None), _L.c.gift_by.is_(None), _O.c.id != _BESIDES,
    )
    .order_by(_O.c.id, _L.c.position)
)  # fmt: skip
_WAITING = select(_O.c.trace).where(  # orders that the ledgers do not know yet
    _O.c.status.in_(WAITING), _O.c.trace.is_not(None), _O.c.archived_at.is_(None), _O.c.id != _BESIDES
)
_WAITING_OF_THESE = _WAITING.where(_O.c.account_id.in_(_ACCOUNTS))
_SPENT = select(_S.c.promotion_code, _S.c.amount, _S.c.uses).where(
    _S.c.promotion_code.in_(bindparam("codes", expanding=True))
)
_OWN_REBATES = (
    select(_R.c.lot_id, -func.sum(_R.c.amount))
    .where(_R.c.order_id == _BESIDES, _R.c.archived_at.is_(None))
    .group_by(_R.c.lot_id)
)
_OWN_USES = (
    select(_P.c.promotion_code, func.sum(_P.c.amount) + func.sum(_P.c.gift_value), func.sum(_P.c.times))
    .where(_P.c.order_id == _BESIDES, _P.c.archived_at.is_(None))
    .group_by(_P.c.promotion_code)
)
_LOTS = (
    select(
        _R.c.account_id, _R.c.lot_id, _R.c.program_code, func.sum(_R.c.amount).label("balance"),
        func.max(_R.c.valid_from).label("valid_from"), func.max(_R.c.valid_to).label("valid_to"),
        func.max(_R.c.kind).label("kind"), func.max(_R.c.product_id).label("product_id"),
    )
    .where(
        _R.c.account_id.in_(_ACCOUNTS), _R.c.archived_at.is_(None),
        or_(_R.c.order_id.is_(None), _R.c.order_id != _BESIDES),
    )
    .group_by(_R.c.account_id, _R.c.lot_id, _R.c.program_code)
    .order_by(_R.c.lot_id)
)  # fmt: skip


def _asked(session: Session, query: Select[Any], **values: Any) -> Sequence[Any]:
    """Ask past the ORM: the server does it for every order that is pushed."""
    if session.autoflush:
        session.flush()
    return session.connection().execute(query, values).all()


@dataclass(frozen=True, slots=True)
class Facts:
    """What one customer's prices look back at."""

    limits: Limits = NO_LIMITS
    rebates: tuple[Rebate, ...] = ()


NONE = Facts()


@dataclass(slots=True)
class _Found:
    history: list[Past] = field(default_factory=list)
    rebates: list[Rebate] = field(default_factory=list)


def of_accounts(
    session: Session, book: Rulebook, accounts: Iterable[UUID], *, besides: UUID | None = None
) -> dict[UUID, Facts]:
    """Return the facts of several customers at once; ``besides`` is the order that is being priced."""
    wanted = set(accounts)
    if not book.number:
        return dict.fromkeys(wanted, NONE)
    found = {account: _Found() for account in wanted}
    if book.looks_back is not None:
        for account, past in _history(session, wanted, book.looks_back, besides):
            found[account].history.append(past)
    if book.programs:
        for account, rebate in _lots(session, book, wanted, besides):
            found[account].rebates.append(rebate)
    whole = _of_everybody(session, book, besides) if book.has_shared_limits else NO_LIMITS
    return {
        account: _of_this_device(
            session, book, account, Facts(replace(whole, history=tuple(each.history)), tuple(each.rebates)),
            besides,
        )
        for account, each in found.items()
    }  # fmt: skip


def _of_this_device(
    session: Session, book: Rulebook, account: UUID, found: Facts, besides: UUID | None
) -> Facts:
    """Return facts with no more of each limit than this device was given; the server's as they are."""
    turn, limits = (Limit.TURN, str(account)), found.limits
    wanted: set[Named] = {(Limit.BUDGET, code) for code in book.budgeted}
    wanted |= {(Limit.USES, code) for code in book.capped} | {(Limit.REBATE, x.key) for x in found.rebates}
    wanted |= {turn} if book.counted else set()
    shares = slices.left_of_mine(session, wanted, besides) if wanted else None
    if shares is None:
        return found
    own = own_uses(session, besides)
    mine = replace(
        limits,
        budgets={code: shares[Limit.BUDGET, code].left + own.get(code, Decimal()) for code in book.budgeted},
        uses_in_all={code: int(shares[Limit.USES, code].left) + (code in own) for code in book.capped},
        uses=dict.fromkeys(book.counted, 0) if book.counted and not shares[turn].left else limits.uses,
    )
    used = _own_rebates(session, besides)
    left = (
        (each, min(each.balance, shares[Limit.REBATE, each.key].left + used.get(each.key, Decimal())))
        for each in found.rebates
    )
    return Facts(mine, tuple(replace(each, balance=balance) for each, balance in left if balance > 0))


def _history(
    session: Session, accounts: set[UUID], since: date, besides: UUID | None
) -> Iterator[tuple[UUID, Past]]:
    for row in _asked(
        session, _HISTORY, accounts=list(accounts), since=since, besides=besides or _NONE_AT_ALL
    ):
        yield row.account_id, Past(
            order=str(row.id), customer=str(row.account_id), on=row.ordered_on,
            product=str(row.product_id), base_quantity=row.quantity * (row.factor or 1), net=row.net_amount,
            promotions=frozenset(code for code, _ in used(row.trace)),
        )  # fmt: skip


def used(told: Mapping[str, Any] | None) -> list[tuple[str, Decimal]]:
    """Return which promotions an order used and what they cost, from its trace."""
    return [(each.promotion, each.amount + each.gift_value) for each in trace.applied(told)]


def _of_everybody(session: Session, book: Rulebook, besides: UUID | None) -> Limits:
    """Return what is left for everybody together: less what is spent, less what waits for the server."""
    budgets, uses = dict(book.budgeted), dict(book.capped)

    def less(code: str, amount: Decimal, times: int) -> None:
        if code in budgets:
            budgets[code] -= amount
        if code in uses:
            uses[code] -= times

    for code, amount, times in _asked(session, _SPENT, codes=[*{*budgets, *uses}]):
        less(code, amount, times)
    for code, amount in own_uses(session, besides).items():
        less(code, -amount, -1)
    for (told,) in _asked(session, _WAITING, besides=besides or _NONE_AT_ALL):
        for code, amount in used(told):
            less(code, amount, 1)
    return Limits(budgets=budgets, uses_in_all=uses)


def _own_rebates(session: Session, besides: UUID | None) -> dict[str, Decimal]:
    """Return what the order that is being priced used of rebates when it was accepted before."""
    if besides is None:
        return {}
    return {str(lot): amount for lot, amount in _asked(session, _OWN_REBATES, besides=besides) if amount > 0}


def own_uses(session: Session, besides: UUID | None) -> dict[str, Decimal]:
    """Return what the order that is being priced took of promotions when it was accepted before."""
    if besides is None:
        return {}
    rows = _asked(session, _OWN_USES, besides=besides)
    return {code: amount for code, amount, times in rows if amount or times}


def _lots(
    session: Session, book: Rulebook, accounts: set[UUID], besides: UUID | None
) -> Iterator[tuple[UUID, Rebate]]:
    held: dict[str, Decimal] = {}
    asked = {"accounts": list(accounts), "besides": besides or _NONE_AT_ALL}
    for (told,) in _asked(session, _WAITING_OF_THESE, **asked):
        for lot, amount in trace.rebates(told):
            held[lot] = held.get(lot, Decimal()) + amount
    for row in _asked(session, _LOTS, **asked):  # what ``besides`` took when it was accepted is open again
        program = book.programs.get(row.program_code)
        balance = row.balance - held.get(str(row.lot_id), Decimal())
        product = str(row.product_id or "") if row.kind == RebateKind.GOODS else ""
        if program is not None and balance > 0 and (product or row.kind == RebateKind.CASH):
            yield row.account_id, Rebate(
                key=str(row.lot_id), balance=balance, valid_from=row.valid_from, valid_to=row.valid_to,
                max_order_percent=program.max_order_percent,
                max_product_percent=program.max_product_percent, label=program.label or program.key,
                product=product,
            )  # fmt: skip
