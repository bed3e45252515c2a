"""A rep's whole day and a manager's evening, step by step, with the counts at the end.

The laptop reaches the server only through a line that can be cut. ``lost`` and ``duplicated``
compare what the laptop committed with what the server's database holds, row by row.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Any

from server.demo.photos import shelf
from tests.fixtures.proxy import Line, Proxy
from tests.journeys.count import counted
from tests.journeys.office import Office
from tests.journeys.person import Laptop

VISITS = 8
ORDERS_AT = (0, 1, 2, 4, 5, 7)
CRASH_AT = 3
DEAD = Line(cut_request_at=0)


class Day:
    """Runs the day and returns what ``day.json`` holds."""

    def __init__(self, office: Office, folder: Path, pictures: Path, language: str = "zh_CN") -> None:
        self._language = language
        self._office, self._folder, self._pictures = office, folder, pictures
        self._line = Proxy(office.url)
        self._rep = self._laptop("rep", self._line.url)
        self._chance = random.Random(11)
        self._steps: dict[str, float] = {}
        self._facts: dict[str, Any] = {"photos": 0, "orders": 0, "visits_done": 0}
        self._taken = 0

    def _laptop(self, name: str, url: str) -> Laptop:
        home = self._folder / name
        return Laptop(name, home, url, self._pictures, self._language, self._folder / f"{name}.log")

    def run(self) -> dict[str, Any]:
        """Live the day."""
        try:
            self._morning()
            self._offline()
            self._evening()
            self._managers_evening()
            self._next_morning()
        finally:
            self._rep.close()
            self._line.close()
        self._facts |= counted(self._folder / "rep", self._office)
        return self._facts | {"seconds_per_step": self._steps}

    # -- the parts of the day ---------------------------------------------------------------

    def _morning(self) -> None:
        who = self._office.people["rep1"]
        self._step("sign_in", lambda: self._rep.do("sign_in", login="rep1", password=who["password"]))
        told = self._step("first_sync", lambda: self._rep.do("first_sync_done"))
        self._facts["accounts"] = told["accounts"]
        self._facts["visits_planned"] = self._rep.do("planned")["visits"]
        for place in ("today", "plan", "accounts"):
            self._step(f"look_{place}", lambda place=place: self._rep.do("look", place=place))

    def _offline(self) -> None:
        self._line.change(DEAD)
        left = time.monotonic()
        self._rep.do("notice_offline")
        for number in range(VISITS):
            self._step(f"visit_{number + 1}", lambda number=number: self._visit(number))
        self._step("new_account", lambda: self._rep.do("new_account", name="河坊街新开便利店"))
        told = self._step("edit_phone", lambda: self._rep.do("edit_phone", phone="13757122290"))
        self._office.change_phone(told["account"], "13757122209")
        self._step("look_sync_offline", lambda: self._rep.do("look", place="sync", name="sync-offline"))
        self._facts["minutes_offline"] = round((time.monotonic() - left) / 60, 2)

    def _visit(self, number: int) -> dict[str, Any]:
        photos, lines = self._photos(2), 5 if number in ORDERS_AT else 0
        picture = f"visit{number + 1}" if number in (0, 3) else ""
        if number == CRASH_AT:
            return self._crash(photos, picture)
        told = self._rep.do("visit", photos=photos, order=lines, far=number == 6, picture=picture)
        self._count(told)
        return told

    def _crash(self, photos: list[str], picture: str) -> dict[str, Any]:
        """Lose power in the middle of a visit and go on at the same place."""
        begun = self._rep.do("visit", photos=photos, order=0, stop_after="shelf", picture=picture)
        self._rep.kill()
        self._rep.start_again()
        self._rep.do("unlock")
        told = self._rep.do("resume", photos=photos, order=0)
        if told["visit"] != begun["visit"] or "shelf" not in told["kept_steps"]:
            raise AssertionError(f"the crash lost something: {begun} {told}")
        self._count(told | {"photos": told["photos"] + begun["photos"]})
        self._facts["survived_crash"] = True
        return told

    def _evening(self) -> None:
        self._line.change(Line(cut_reply_at=400, cuts_left=2))
        cuts = self._line.cuts
        self._step("evening_sync", lambda: self._rep.do("sync", tries=6))
        self._facts["line_cut"] = self._line.cuts - cuts
        self._step("conflict", lambda: self._rep.do("settle_conflict"))
        self._step("sync_again", lambda: self._rep.do("sync"))
        self._rep.do("look", place="orders")

    def _managers_evening(self) -> None:
        manager = self._laptop("manager", self._office.url)
        who = self._office.people["manager1"]
        try:
            self._step(
                "manager_sign_in", lambda: manager.do("sign_in", login="manager1", password=who["password"])
            )
            manager.do("first_sync_done")
            told = self._step(
                "review",
                lambda: manager.do(
                    "review", rep=self._office.people["rep1"]["name"], say="周五我一起去，先把上月合同带上。"
                ),
            )
            self._facts["reviewed"] = told["approved"] + told["returned"]
            manager.do("sync")
        finally:
            manager.close()

    def _next_morning(self) -> None:
        self._step("rep_sync", lambda: self._rep.do("sync"))
        told = self._step("read_review", lambda: self._rep.do("read_reviews"))
        if told["returned"] < 1:
            raise AssertionError("the rep does not see what the manager returned")
        self._facts["comments_seen"] = told["comments"]

    # -- bookkeeping --------------------------------------------------------------------------

    def _photos(self, number: int) -> list[str]:
        made = []
        for _ in range(number):
            self._taken += 1
            file = self._folder / f"shelf-{self._taken:02d}.jpg"
            file.write_bytes(shelf(self._chance).data)
            made.append(str(file))
        return made

    def _count(self, told: dict[str, Any]) -> None:
        self._facts["visits_done"] += 1
        self._facts["photos"] += told["photos"]
        self._facts["orders"] += told["orders"]

    def _step(self, name: str, do: Any) -> dict[str, Any]:
        begin = time.perf_counter()
        told: dict[str, Any] = do()
        self._steps[name] = round(time.perf_counter() - begin, 2)
        print(f"{name:<20}{self._steps[name]:>7.2f} s", file=sys.stderr, flush=True)
        return told
