"""Two versions of the rules side by side on a month's orders: by order, customer, promotion, product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.products import Product
from fieldcrm.rules.pricing.rebates import period_of
from fieldcrm.services import sandbox_replay
from fieldcrm.services.pricing import Quote
from fieldcrm.services.sandbox import Version
from fieldcrm.services.sandbox_replay import Progress, Replayed, Stop, Taken, Wanted

NOTHING = Decimal()


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order and what each version asks for it; ``trouble`` says where one could not.

    ``trouble`` is of A and B: ``incomplete`` (books are not wholly here), ``unsold`` (lines have
    no price), ``broken`` (a rule on the whole order is broken), or nothing.
    """

    order: Taken
    a: Decimal | None
    b: Decimal | None
    trouble: tuple[str, str] = ("", "")

    @property
    def paid(self) -> Decimal:
        """What was to be paid, before rebates."""
        return self.order.paid

    @property
    def difference(self) -> Decimal | None:
        """By how much B asks more than A."""
        return None if self.a is None or self.b is None else self.b - self.a


@dataclass(frozen=True, slots=True)
class Sum:
    """What A and B come to for one customer, promotion or product; ``orders`` is how many it is in."""

    key: str
    name: str
    orders: int
    a: Decimal
    b: Decimal

    @property
    def difference(self) -> Decimal:
        """By how much B's is more."""
        return self.b - self.a


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole of it; ``expected`` is how many orders there were, also when somebody stopped."""

    wanted: Wanted
    versions: tuple[Version, Version]
    expected: int
    rows: tuple[OrderRow, ...]
    customers: tuple[Sum, ...]
    promotions: tuple[Sum, ...]
    products: tuple[Sum, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every order is in it."""
        return len(self.rows) == self.expected

    def total(self, side: str) -> Decimal:
        """Return the sum of ``paid``, ``a`` or ``b`` over the orders that both could price."""
        return sum((getattr(row, side) for row in self.rows if row.difference is not None), NOTHING)


@dataclass(slots=True)
class _Sums:
    """Sums being made."""

    names: dict[str, str] = field(default_factory=dict)
    sides: dict[str, list[Decimal]] = field(default_factory=dict)
    orders: dict[str, set[UUID]] = field(default_factory=dict)

    def add(self, key: str, name: str, order: UUID, side: int, amount: Decimal) -> None:
        self.names.setdefault(key, name)
        self.sides.setdefault(key, [NOTHING, NOTHING])[side] += amount
        self.orders.setdefault(key, set()).add(order)

    def rows(self, names: Mapping[str, str] | None = None) -> tuple[Sum, ...]:
        """Return the sums, the largest difference first."""
        found = [
            Sum(key, (names or self.names).get(key, key), len(self.orders[key]), *amounts)
            for key, amounts in self.sides.items()
        ]
        return tuple(sorted(found, key=lambda each: (-abs(each.difference), each.name)))


def compare(
    session: Session, wanted: Wanted, versions: tuple[Version, Version],
    stop: Stop = lambda: False, progress: Progress = lambda _news: None,
) -> Comparison:  # fmt: skip
    """Replay a month under two versions; when stopped, return what was done until then."""
    expected = sandbox_replay.how_many(session, wanted)
    rows: list[OrderRow] = []
    customers, promotions, products = _Sums(), _Sums(), _Sums()
    for done in sandbox_replay.replayed(session, wanted, versions):
        rows.append(_row(done))
        if rows[-1].difference is not None:
            _add(done, customers, promotions, products)
        if len(rows) % 20 == 0:
            progress((len(rows), expected))
        if stop():
            break
    return Comparison(
        wanted, versions, expected, tuple(rows), customers.rows(), promotions.rows(),
        products.rows(_names(session)),
    )  # fmt: skip


def _row(done: Replayed) -> OrderRow:
    a, b = done.quotes
    return OrderRow(done.order, _payable(a), _payable(b), (_trouble(a), _trouble(b)))


def _payable(quote: Quote | None) -> Decimal | None:
    return None if quote is None or _trouble(quote) else quote.priced.payable


def _trouble(quote: Quote | None) -> str:
    if quote is None:
        return "incomplete"
    return "unsold" if quote.problems else "broken" if quote.broken is not None else ""


def _add(done: Replayed, customers: _Sums, promotions: _Sums, products: _Sums) -> None:
    order = done.order
    for side, quote in enumerate(done.quotes):
        if quote is None:
            continue
        priced = quote.priced
        customers.add(str(order.account_id), order.account, order.id, side, priced.payable)
        for each in priced.applied:
            cost = each.amount + each.gift_value
            promotions.add(each.promotion, each.label or each.promotion, order.id, side, cost)
        for line in priced.lines:
            products.add(line.product, line.product, order.id, side, line.net_amount)


def _names(session: Session) -> dict[str, str]:
    return {str(key): name for key, name in session.execute(select(Product.id, Product.name))}


def months(today: date, number: int = 12) -> Sequence[tuple[date, date]]:
    """Return the last months, the one that is over first."""
    found = []
    first = period_of("month", today)[0]
    for _ in range(number):
        first, last = period_of("month", first - timedelta(1))
        found.append((first, last))
    return found
