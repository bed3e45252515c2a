"""What one promotion would have cost on a month's orders, and when it would pay.

Every order is priced twice: as the version has it without the promotion, and with it. The
promotion runs for the whole of the month, whatever its own days. Goods cost what their cost price
says; of those without one the floor price stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound
from fieldcrm.money import CNY, to_cents
from fieldcrm.rules.margins import CostList
from fieldcrm.rules.pricing import Priced
from fieldcrm.rules.pricing.bills import Bills, Chosen, made_of
from fieldcrm.rules.pricing.promotions import On, Promotion
from fieldcrm.rules.pricing.roi import Run
from fieldcrm.rules.pricing.values import PricedLine
from fieldcrm.services import costs, pricing, sandbox, sandbox_replay
from fieldcrm.services.sandbox import Version
from fieldcrm.services.sandbox_replay import Progress, Replayed, Stop, Taken, Wanted

NOTHING = Decimal()


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a promotion did to a month.

    ``run`` has the figures of the formulas; ``elsewhere`` is what other promotions gave more
    because of it (less is negative), ``payable`` what customers would have paid more.
    ``unpriced`` orders were left out. For ``by_floor`` articles the floor price stands for the cost,
    ``no_cost`` articles have neither.
    """

    promotion: Promotion
    wanted: Wanted
    orders: int
    expected: int
    touched: int
    unpriced: int
    times: int
    run: Run
    elsewhere: Decimal
    payable: Decimal
    no_cost: int
    by_floor: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """What there is to say what goods cost."""

    costs: CostList
    floors: Mapping[str, Decimal]
    bills: Bills

    def of(self, line: PricedLine, day: date, chosen: Chosen) -> tuple[Decimal | None, bool]:
        """Return what a line cost before tax, and whether the floor price stands for it."""
        parts = made_of(self.bills, line.product, chosen, line.base_quantity)
        cost = self.costs.of(line.product, line.base_quantity, day, CNY, parts)
        floor = self.floors.get(line.product)
        if cost is not None or floor is None:
            return cost, False
        tax = line.tax_amount if line.tax_included else NOTHING
        share = (line.net_amount - tax) / line.net_amount if line.net_amount else Decimal(1)
        return to_cents(floor * line.base_quantity * share), True


def promotions(session: Session, version: Version) -> Sequence[Promotion]:
    """Return a version's promotions, by name."""
    return sorted(sandbox.rulebook(session, version).offers, key=lambda each: each.label or each.key)


def simulate(
    session: Session, wanted: Wanted, version: Version, code: str, *, sees_cost: bool,
    stop: Stop = lambda: False, progress: Progress = lambda _news: None,
) -> Simulation:  # fmt: skip
    """Replay a month without and with a promotion; when stopped, return what was done until then."""
    offer = next((each for each in promotions(session, version) if each.key == code), None)
    if offer is None:
        raise NotFound("promotion", code)
    running = replace(offer, valid_from=wanted.on or wanted.first, valid_to=wanted.on or wanted.last)

    def without(offers: Sequence[Promotion]) -> list[Promotion]:
        return [each for each in offers if each.key != code]

    def with_it(offers: Sequence[Promotion]) -> list[Promotion]:
        return [*without(offers), running]

    pair = (sandbox.altered(session, version, without), sandbox.altered(session, version, with_it))
    tally = _Tally(running, wanted.on, _known(session, pair[1]) if sees_cost else None)
    expected = sandbox_replay.how_many(session, wanted)
    for done in sandbox_replay.replayed(session, wanted, pair):
        tally.add(done)
        if tally.orders % 20 == 0:
            progress((tally.orders, expected))
        if stop():
            break
    return tally.simulation(wanted, expected)


def _known(session: Session, version: Version) -> _Known:
    goods = pricing.catalogue(session)
    floors = {key: product.floor for key, product in goods.items() if product.floor is not None}
    return _Known(costs.known(session), floors, sandbox.rulebook(session, version).configurations)


class _Tally:
    """Sums being made; without ``known`` nothing is said of margins."""

    def __init__(self, offer: Promotion, on: date | None, known: _Known | None) -> None:
        self._offer, self._on, self._known = offer, on, known
        self._run = Run(goods_cost=None if known is None else NOTHING)
        self.orders = self._touched = self._unpriced = self._times = 0
        self._elsewhere = self._payable = NOTHING
        self._unknown: set[str] = set()
        self._by_floor: set[str] = set()

    def add(self, done: Replayed) -> None:
        """Count one order."""
        self.orders += 1
        before, after = done.quotes
        if before is None or after is None or after.problems or after.broken is not None:
            self._unpriced += 1
            return
        self._payable += after.priced.payable - before.priced.payable
        self._elsewhere += _others(after.priced, self._offer.key) - _others(before.priced, self._offer.key)
        mine = [each for each in after.priced.applied if each.promotion == self._offer.key]
        if not mine:
            return
        self._touched += 1
        self._times += sum(each.times for each in mine)
        self._run = replace(
            self._run,
            discount=self._run.discount + sum((each.amount for each in mine), NOTHING),
            gifts=self._run.gifts + sum((each.gift_value for each in mine), NOTHING),
        )
        for line in after.priced.lines:
            if self._offer.on == On.ORDER or line.product in self._offer.products:
                self._count(line, done.order)

    def _count(self, line: PricedLine, order: Taken) -> None:
        run, cost = self._run, None
        if self._known is not None:
            chosen = dict(order.lines[int(line.key)].chosen)
            cost, by_floor = self._known.of(line, self._on or order.on, chosen)
            if cost is None:
                self._unknown.add(line.product)
                return
            self._by_floor |= {line.product} if by_floor else set()
        self._run = replace(
            run, quantity=run.quantity + line.base_quantity, net=run.net + line.net_amount,
            tax=run.tax + (line.tax_amount if line.tax_included else NOTHING),
            goods_cost=None if run.goods_cost is None or cost is None else run.goods_cost + cost,
        )  # fmt: skip

    def simulation(self, wanted: Wanted, expected: int) -> Simulation:
        """Return what was counted."""
        return Simulation(
            self._offer, wanted, self.orders, expected, self._touched, self._unpriced, self._times,
            self._run, self._elsewhere, self._payable, len(self._unknown), len(self._by_floor),
        )  # fmt: skip


def _others(priced: Priced, code: str) -> Decimal:
    return sum((each.amount + each.gift_value for each in priced.applied if each.promotion != code), NOTHING)
