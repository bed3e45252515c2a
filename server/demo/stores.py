"""The demo's stores: names, addresses, positions, opening hours, people to talk to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from math import atan2
from typing import Any
from uuid import UUID

from server.demo.catalogue import GROUP_OF_CHANNEL, Article, own_book
from server.demo.people import Rep
from server.demo.seeding import Seed
from server.demo.words import FAMILY, GIVEN, KINDS, NOTES, ROOTS, TAGS

_CHANNELS = ("supermarket",) * 20 + ("convenience",) * 26 + ("grocery",) * 24 + ("mall",) * 5 + ("campus",) * 8 + (
    "snack",
) * 8 + ("wholesale",) * 5 + ("catering",) * 4  # fmt: skip
OWN_BOOKS = 3
_CADENCE = {"A": 7, "B": 14, "C": 28}
_HOURS = {
    "supermarket": ("08:00", "21:30"), "convenience": ("07:00", "23:00"), "grocery": ("08:30", "20:00"),
    "mall": ("10:00", "22:00"), "campus": ("07:30", "21:00"), "snack": ("09:30", "22:00"),
    "wholesale": ("06:30", "17:00"), "catering": ("10:00", "21:00"),
}  # fmt: skip


@dataclass(slots=True)
class Store:
    """What the history needs to know of an account; ``due`` moves on with every visit."""

    id: UUID
    rep: Rep
    channel: str
    grade: str
    group: str
    bearing: float
    minutes: int
    latitude_e7: int
    longitude_e7: int
    datum: str
    favourites: list[Article]
    due: date
    own_prices: dict[UUID, tuple[UUID, Decimal]] = field(default_factory=dict)


def stores(seed: Seed, rep: Rep, number: int, since: date, articles: list[Article],
           rows: dict[str, list[dict[str, Any]]]) -> list[Store]:  # fmt: skip
    """Make ``number`` accounts with contacts on the rep's route, due from ``since`` on."""
    made = []
    for n in range(number):
        grade = "A" if n < number * 0.15 else "B" if n < number * 0.5 else "C"
        account = _account(seed, rep, grade)
        rows["account"].append(account)
        rows["contact"] += _contacts(seed, account)
        chance = seed.random
        made.append(Store(
            account["id"], rep, account["channel"], grade, account["price_group"], _bearing(account, rep),
            account["service_minutes"], account["latitude_e7"], account["longitude_e7"], account["datum"],
            chance.sample(articles, chance.randint(8, 16)), since + timedelta(chance.randrange(_CADENCE[grade])),
        ))  # fmt: skip
        if n < OWN_BOOKS:
            _agree(seed, made[-1], account, rows)
    return made


def _agree(seed: Seed, store: Store, account: dict[str, Any], rows: dict[str, list[dict[str, Any]]]) -> None:
    """Give a large store prices of its own for what it buys most."""
    territory_id, favourites = store.rep.territory_id, store.favourites[:8]
    made, store.own_prices = own_book(
        seed, account["code"], account["name"], territory_id, store.group, favourites, seed.today
    )
    for table, added in made.items():
        rows[table] += added


def _bearing(account: dict[str, Any], rep: Rep) -> float:
    """Return the direction from the district's centre, by which a day's stops are walked."""
    north = account["latitude_e7"] / 1e7 - rep.district.latitude
    east = account["longitude_e7"] / 1e7 - rep.district.longitude
    return atan2(north, east)


def cadence(grade: str) -> int:
    """Return the days between two visits of a grade."""
    return _CADENCE[grade]


def _account(seed: Seed, rep: Rep, grade: str) -> dict[str, Any]:
    chance, district = seed.random, rep.district
    channel = chance.choice(_CHANNELS)
    street = chance.choice(district.streets)
    serial = seed.count("account")
    gcj = chance.random() < 0.3
    shift = (-0.0024, 0.0046) if gcj else (0.0, 0.0)
    return {
        "id": seed.id(), "version": 1, "code": f"HZ{serial:06d}",
        "name": f"{chance.choice(ROOTS)}{chance.choice(KINDS[channel])}（{street}店）",
        "channel": channel, "grade": grade, "territory_id": rep.territory_id, "owner_id": rep.id,
        "price_group": GROUP_OF_CHANNEL[channel], "phone": _phone(seed), "province": "浙江省", "city": "杭州市",
        "district": district.name, "address": f"{street} {chance.randint(1, 680)} 号", "postcode": "",
        "latitude_e7": round((district.latitude + chance.gauss(0, 0.016) + shift[0]) * 1e7),
        "longitude_e7": round((district.longitude + chance.gauss(0, 0.019) + shift[1]) * 1e7),
        "datum": "gcj02" if gcj else "wgs84", "opening": _opening(seed, channel),
        "service_minutes": {"A": 35, "B": 25, "C": 18}[grade], "tags": sorted(chance.sample(TAGS, chance.randint(0, 2))),
        "tax_id": "", "credit_limit": Decimal({"A": 20000, "B": 10000, "C": 3000}[grade]), "status": "active",
        "note": chance.choice(NOTES), "possible_duplicate": False, **_owed(seed, grade),
    }  # fmt: skip


def _owed(seed: Seed, grade: str) -> dict[str, Any]:
    chance = seed.random
    if chance.random() < 0.55:
        return {"receivable": Decimal(0), "overdue_since": None}
    most = {"A": 12000, "B": 6000, "C": 1800}[grade]
    overdue = seed.today - timedelta(chance.randint(1, 40)) if chance.random() < 0.18 else None
    return {"receivable": Decimal(chance.randint(2000, most * 10)) / 10, "overdue_since": overdue}


def _opening(seed: Seed, channel: str) -> list[dict[str, Any]]:
    chance = seed.random
    opens, closes = _HOURS[channel]
    days = list(range(1, 8))
    if channel in ("grocery", "wholesale") and chance.random() < 0.3:
        days.remove(chance.choice((6, 7)))
    if channel == "catering":
        return [
            {"days": days, "open": "10:00", "close": "14:00"},
            {"days": days, "open": "16:30", "close": "21:00"},
        ]
    return [{"days": days, "open": opens, "close": closes}]


def _contacts(seed: Seed, account: dict[str, Any]) -> list[dict[str, Any]]:
    chance = seed.random
    people = []
    for n, (title, role) in enumerate(
        (("店主", "decides"), ("采购", "buys"), ("店长", "runs"))[: chance.choice((1, 1, 2, 3))]
    ):
        people.append({
            "id": seed.id(), "version": 1, "account_id": account["id"], "territory_id": account["territory_id"],
            "name": chance.choice(FAMILY) + "".join(chance.sample(GIVEN, 2)), "title": title, "role": role,
            "influence": 3 - n, "phone": _phone(seed), "email": "", "is_primary": n == 0, "note": "",
        })  # fmt: skip
    return people


def _phone(seed: Seed) -> str:
    return f"1{seed.random.choice('3578')}{seed.random.randrange(10**9):09d}"
