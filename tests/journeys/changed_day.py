"""A day that goes otherwise than planned: an hour late, two stores dropped, three added, no network.

The company is one rep's share of the large demo, his share being 300 stores; it is a Tuesday
whenever this runs, by the clock of the server and of the laptop alike.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from fieldcrm import clock
from fieldcrm.clock import DEFAULT_ZONE
from server.database import Database, run
from server.demo.company import Size, company
from server.demo.filling import fill
from server.demo.photos import shelf
from server.files import Store
from server.stamp import stamp_all
from tests.fixtures.proxy import Line, Proxy
from tests.journeys.count import counted
from tests.journeys.office import Office
from tests.journeys.person import Laptop

SHARE = Size(reps=1, managers=1, accounts=300, days=14, pictured=0)
PLANNED, ADDED, VISITS = 12, 3, 4
REASONS = ("", "老板临时外出，约了周五")
_TUESDAY = 2
_LATE = time(9, 30)  # the first store was planned for half past eight
_DEAD = Line(cut_request_at=0)


def late_on_tuesday() -> tuple[int, datetime]:
    """Return half past nine of the next Tuesday, and how many seconds it is ahead."""
    now = clock.now()
    on = clock.business_day(now) + timedelta((_TUESDAY - now.astimezone(DEFAULT_ZONE).isoweekday()) % 7)
    then = datetime.combine(on, _LATE, DEFAULT_ZONE).astimezone(UTC)
    return round((then - now).total_seconds()), then


class Branch(Office):
    """The office of that one rep."""

    def __init__(self, folder: Path, at: datetime, ahead_s: int) -> None:
        self._at = at
        super().__init__(folder, 7, ahead_s=ahead_s)

    def _make(self, seed: int, size: str) -> None:
        made = company(SHARE, seed, clock.business_day(self._at))
        self.data.mkdir(parents=True)
        database = Database(f"sqlite:///{self.data / 'server.db'}")
        database.migrate()
        fill(database, Store(self.data / "blobs", self.data / "uploads"), made, self._at)
        stamp_all(database, clock.to_ms(self._at))
        database.close()
        self.people = {str(user["login"]): {**user, "password": made.password} for user in made.rows["user"]}


def lived(folder: Path) -> dict[str, Any]:
    """Live the day and return what came of it on both sides."""
    ahead, at = late_on_tuesday()
    with Branch(folder, at, ahead) as office:
        line = Proxy(office.url)
        rep = Laptop("rep", folder / "rep", line.url, folder / "pictures", "zh_CN", folder / "rep.log", ahead)
        try:
            facts = _day(rep, line, office, folder)
        finally:
            rep.close()
            line.close()
        return facts | counted(folder / "rep", office) | _plan_of(office, clock.business_day(at).isoformat())


def _day(rep: Laptop, line: Proxy, office: Office, folder: Path) -> dict[str, Any]:
    rep.do("sign_in", login="rep1", password=office.people["rep1"]["password"])
    facts = {"accounts": rep.do("first_sync_done")["accounts"]}
    line.change(_DEAD)
    rep.do("notice_offline")
    facts["planned"] = rep.do("fill_today", up_to=PLANNED)["visits"]
    for reason in REASONS:
        rep.do("drop", reason=reason)
    for _ in range(ADDED):
        rep.do("add_due_store")
    facts["replanned"] = rep.do("replan_with_small_changes")
    chance, facts["photos"], facts["orders"] = random.Random(5), 0, 0
    for number in range(VISITS):
        photo = folder / f"shelf-{number}.jpg"
        photo.write_bytes(shelf(chance).data)
        told = rep.do("visit", photos=[str(photo)], order=3 if number % 2 else 0)
        facts["photos"] += told["photos"]
        facts["orders"] += told["orders"]
    facts["waiting"] = rep.do("waiting")["waiting"]
    line.change(Line())
    rep.do("sync", tries=3)
    return facts


def _plan_of(office: Office, on: str) -> dict[str, Any]:
    """Return what the server has of the day's plan."""
    database = Database(f"sqlite:///{office.data / 'server.db'}")
    try:
        with database.reading() as connection:
            plans = run(
                connection,
                "SELECT id, status, reason, start_time FROM visit_plan"
                ' WHERE "on" = ? AND archived_at IS NULL ORDER BY sequence',
                on,
            ).all()
            done = run(connection, "SELECT plan_id FROM visit WHERE plan_id IS NOT NULL").all()
    finally:
        database.close()
    seen = {row[0] for row in done}
    return {
        "skipped": sorted(row[2] for row in plans if row[1] == "skipped"),
        "open": [row[3] for row in plans if row[1] == "planned"],
        "visited": sum(row[0] in seen for row in plans),
    }
