"""What one promotion would have cost on a month's orders, and when it would pay.

Every order is priced twice: as the version has it without the promotion, and with it. The
promotion runs for the whole of the month, whatever its own days. Cost stands for the floor price
of an article, the only one that is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound
from fieldcrm.rules.pricing import Priced
from fieldcrm.rules.pricing.promotions import On, Promotion
from fieldcrm.rules.pricing.roi import Run
from fieldcrm.services import pricing, sandbox, sandbox_replay
from fieldcrm.services.sandbox import Version
from fieldcrm.services.sandbox_replay import Progress, Replayed, Stop, Wanted

NOTHING = Decimal()


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a promotion did to a month.

    ``run`` has the figures of the formulas; ``elsewhere`` is what other promotions gave more
    because of it (less is negative), ``payable`` what customers would have paid more.
    ``unpriced`` orders were left out, ``no_cost`` articles have no floor price.
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
    tally = _Tally(running, _floors(session) if sees_cost else None)
    expected = sandbox_replay.how_many(session, wanted)
    for done in sandbox_replay.replayed(session, wanted, pair):
        tally.add(done)
        if tally.orders % 20 == 0:
            progress((tally.orders, expected))
        if stop():
            break
    return tally.simulation(wanted, expected)


def _floors(session: Session) -> dict[str, Decimal]:
    return {
        key: product.floor for key, product in pricing.catalogue(session).items() if product.floor is not None
    }


class _Tally:
    """Sums being made; without ``floors`` nothing is said of margins."""

    def __init__(self, offer: Promotion, floors: dict[str, Decimal] | None) -> None:
        self._offer, self._floors = offer, floors
        self._run = Run(goods_cost=None if floors is None else NOTHING)
        self.orders = self._touched = self._unpriced = self._times = 0
        self._elsewhere = self._payable = NOTHING
        self._unknown: set[str] = set()

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
        self._count_goods(after.priced)

    def _count_goods(self, priced: Priced) -> None:
        run, quantity, net, cost = self._run, NOTHING, NOTHING, NOTHING
        for line in priced.lines:
            if self._offer.on != On.ORDER and line.product not in self._offer.products:
                continue
            if self._floors is not None and line.product not in self._floors:
                self._unknown.add(line.product)
                continue
            quantity, net = quantity + line.base_quantity, net + line.net_amount
            cost += line.base_quantity * (self._floors or {}).get(line.product, NOTHING)
        known = None if run.goods_cost is None else run.goods_cost + cost
        self._run = replace(run, quantity=run.quantity + quantity, net=run.net + net, goods_cost=known)

    def simulation(self, wanted: Wanted, expected: int) -> Simulation:
        """Return what was counted."""
        return Simulation(
            self._offer, wanted, self.orders, expected, self._touched, self._unpriced, self._times,
            self._run, self._elsewhere, self._payable, len(self._unknown),
        )  # fmt: skip


def _others(priced: Priced, code: str) -> Decimal:
    return sum((each.amount + each.gift_value for each in priced.applied if each.promotion != code), NOTHING)
