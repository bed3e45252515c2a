"""``python -m server demo``: make the company, put it in, print who may sign in."""

from __future__ import annotations

import argparse
import json

from fieldcrm import clock
from server.database import Database
from server.demo.company import SIZES, Company, company
from server.demo.filling import fill
from server.files import Store
from server.stamp import stamp_all


def run(asked: argparse.Namespace) -> int:
    """Fill ``asked.database`` and the blobs under ``asked.data``; one JSON line a user, the last one says how much was made."""
    now = clock.now()
    store = Store(asked.data / "blobs", asked.data / "uploads")
    made = company(SIZES[asked.size], asked.seed, clock.business_day(now))
    database = Database(asked.database)
    database.migrate()
    fill(database, store, made, now)
    stamp_all(database, clock.to_ms(now))
    for user in made.rows["user"]:
        print(json.dumps(_who(user, made), ensure_ascii=False))
    print(json.dumps({"demo": asked.size, "seed": asked.seed, **_counts(made)}))
    return 0


def _who(user: dict[str, object], made: Company) -> dict[str, object]:
    return {"user": user["login"], "name": user["name"], "role": user["role"], "password": made.password}


def _counts(made: Company) -> dict[str, int]:
    nouns = ("account", "contact", "product", "visit", "order", "photo")
    return {f"{noun}s": len(made.rows[noun]) for noun in nouns}
