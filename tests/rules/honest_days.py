"""A team's honest month, drawn from a seed: errands on foot, by car and once by train, noisy positions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from fieldcrm.rules.findings import Seen
from fieldcrm.rules.positions import Position, of_degrees

BEGIN = datetime(2026, 10, 1, 0, 30, tzinfo=UTC)
DAYS, STORES = 30, 120
FORM = UUID(int=99)
_M = 1 / 111_000


@dataclass(frozen=True, slots=True)
class Shop:
    """A store and how it usually looks."""

    id: UUID
    name: str
    here: Position
    facings: tuple[int, ...]


def month(seed: int, reps: int = 6) -> list[Seen]:
    """Return every visit of ``reps`` people in a month."""
    return [seen for rep in range(reps) for seen in _of_rep(Random(seed * 1_000 + rep), UUID(int=rep + 1))]


def _of_rep(random: Random, rep: UUID) -> Iterator[Seen]:
    shops = [_shop(random, number) for number in range(STORES)]
    for day in range(DAYS):
        if day % 7 in (5, 6):
            continue
        now = BEGIN + timedelta(days=day, minutes=random.randint(-30, 60))
        city = 300 if day == 17 else 0  # a day by train, 300 km away in 80 minutes
        tour = sorted(random.sample(shops, 13), key=lambda shop: shop.here.longitude)
        if city:
            yield _visit(random, rep, tour.pop(), now, 0)
            now += timedelta(minutes=45 + 80)
        for shop in tour:
            yield (seen := _visit(random, rep, shop, now, city))
            assert seen.left_at is not None
            now = seen.left_at + timedelta(minutes=random.uniform(6, 25))


def _shop(random: Random, number: int) -> Shop:
    mall = number % 10 == 1  # it shares a house with the one before
    place = Random(number - mall)
    here = of_degrees(30.2 + place.uniform(0, 0.06), 120.1 + place.uniform(0, 0.06))
    facings = tuple(random.choice((0, 2, 3, 4, 4, 6, 8)) for _ in range(6))
    return Shop(UUID(int=number + 1_000), f"shop {number}", here, facings)


def _visit(random: Random, rep: UUID, shop: Shop, at: datetime, north_km: int) -> Seen:
    store = of_degrees(shop.here.latitude + north_km * 1_000 * _M, shop.here.longitude)
    source = random.choices(("device", "typed", "none"), (85, 10, 5))[0]
    accuracy = random.choice((8, 15, 30, 65, 300)) if source == "device" else 0
    noise = max(accuracy, 15) / 2
    here = of_degrees(
        store.latitude + random.gauss(0, noise) * _M, store.longitude + random.gauss(0, noise) * _M
    )
    counts = {
        f"sku{n}": str(max(0, usual + random.choice((-1, 0, 0, 1)))) for n, usual in enumerate(shop.facings)
    }
    answers = {"shelf": {"facings": counts, "price": str(random.choice((350, 360, 380)))},
               "check": {"clean": "pass", "cooler": random.choice(("pass", "pass", "fail"))}}  # fmt: skip
    return Seen(
        UUID(int=random.getrandbits(128)), rep, shop.id, shop.name, at,
        at + timedelta(minutes=random.uniform(3, 40)), None if source == "none" else here, source,
        accuracy, store, FORM, answers,
    )  # fmt: skip
