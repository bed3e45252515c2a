"""The whole demo company as rows by table, in one deterministic piece."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from server.demo import cadence, calls, costs, orders, quotes, rules
from server.demo.catalogue import catalogue
from server.demo.history import History, Rows
from server.demo.people import people
from server.demo.photos import Picture
from server.demo.seeding import Seed
from server.demo.sops import templates
from server.demo.stores import stores


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; ``days`` of history, photos for the first ``pictured`` reps.

    The first ``quoting`` reps have quotes, and orders of every state and origin.
    """

    reps: int
    managers: int
    accounts: int
    days: int
    pictured: int
    quoting: int = 0


_QUOTES = 2_000
_ORDERS = 3_000
_COSTS = 4_000
_RULES = 1_000  # seeds of their own, so that they leave the rest as it was
SIZES = {
    "small": Size(reps=3, managers=1, accounts=300, days=90, pictured=3, quoting=3),
    "medium": Size(reps=30, managers=3, accounts=5_000, days=365, pictured=3, quoting=30),
    "large": Size(reps=300, managers=30, accounts=60_000, days=14, pictured=3, quoting=30),
}


@dataclass(frozen=True, slots=True)
class Company:
    """Rows by table (Python values), the photos behind them, and the logins."""

    rows: dict[str, list[dict[str, Any]]]
    pictures: list[Picture]
    password: str


def company(size: Size, seed_number: int, today: date) -> Company:
    """Make the company as it stands on the morning of ``today``."""
    founded = today - timedelta(days=size.days + 30)
    founding = datetime(founded.year, founded.month, founded.day, tzinfo=UTC)
    seed = Seed(seed_number, founding, today)
    rows: Rows = defaultdict(list)
    staff, stock = people(seed, size.reps, size.managers), catalogue(seed, today)
    for part in (staff.rows, stock.rows):
        for table, made in part.items():
            rows[table] += made
    rows["sop_template"] = templates(seed, today)
    routes = []
    history = History(seed, today, rows["sop_template"], rows)
    for n, rep in enumerate(staff.reps):
        number = size.accounts * (n + 1) // size.reps - size.accounts * n // size.reps
        route = stores(seed, rep, number, today - timedelta(size.days), stock.articles, rows)
        history.write(route, size.days, pictured=n < size.pictured)
        calls.write(Seed(seed_number + n + 1, founding, today), route, today, rows)
        routes.append(route)
    cadence.write(Seed(seed_number + _RULES, founding, today), today, rows)
    rules.write(Seed(seed_number + 500, founding, today), stock.articles, today, rows)
    offers = Seed(seed_number + _QUOTES, founding, today)
    for n, route in enumerate(routes[: size.quoting], 1):
        quotes.write(offers, route, n, today, rows)
    later = Seed(seed_number + _ORDERS, founding, today)
    for rep in staff.reps[: size.quoting]:
        orders.write(later, rep.id, today, rows)
    costs.write(Seed(seed_number + _COSTS, founding, today), today, rows)
    return Company(rows, history.pictures, f"demo-{seed.random.randrange(10**6):06d}")
