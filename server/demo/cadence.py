"""The demo's rules of visiting: by grade, wholesalers and malls apart, more often in the season of cold drinks."""

from __future__ import annotations

from datetime import date
from typing import Any

from server.demo.history import Rows
from server.demo.seeding import Seed
from server.demo.stores import cadence

_SUMMER = {"from": "06-01", "to": "08-31"}


def write(seed: Seed, today: date, rows: Rows) -> None:
    """Write the company's rules and its own closed day."""
    for grade, summer in (("A", 5), ("B", 10), ("C", None)):
        seasons = [] if summer is None else [_SUMMER | {"every": summer}]
        note = "夏季饮料旺季加密" if seasons else ""
        rows["cadence_rule"].append(_rule(seed, None, grade, cadence(grade), seasons, note))
    rows["cadence_rule"].append(_rule(seed, "wholesale", None, 21, [], "批发商按三周补货"))
    rows["cadence_rule"].append(_rule(seed, "mall", None, 8, [], "商场店要求每八天一次，目前跟不上"))
    rows["office_day"].append({
        "id": seed.id(), "version": 1, "territory_id": None, "on": date(today.year, 12, 31), "is_open": False,
        "name": "年终盘点",
    })  # fmt: skip


def _rule(
    seed: Seed,
    channel: str | None,
    grade: str | None,
    every: int,
    seasons: list[dict[str, Any]],
    note: str,
) -> dict[str, Any]:
    return {
        "id": seed.id(), "version": 1, "territory_id": None, "channel": channel, "grade": grade,
        "every_days": every, "least_days": None, "most_days": None, "seasons": seasons, "note": note,
    }  # fmt: skip
