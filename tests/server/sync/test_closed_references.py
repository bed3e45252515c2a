"""What a device is sent is closed under references, whatever is granted and however rows move.

Morango's rule: a filter that admits a row admits what the row refers to. Here it follows from every
child having its parent's territory; the test asks for the outcome, not for the reason.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldcrm.clock import to_ms
from server.database import Database, run
from server.exchange import hello, settle
from tests.server.sync.conftest import Company, company_on
from tests.server.sync.laptops import NOON, PlainLaptop
from tests.server.sync.references import dangling

_AREAS = ("root", "west", "east")
_STEP = st.one_of(
    st.tuples(st.just("grant"), st.sampled_from(("rep", "other_rep", "manager")), st.sampled_from(_AREAS)),
    st.tuples(st.just("move"), st.sampled_from(("account", "other_account")), st.sampled_from(_AREAS)),
    st.tuples(st.just("under"), st.sampled_from(("west", "east")), st.sampled_from((*_AREAS, ""))),
    st.tuples(st.just("work"), st.sampled_from(("rep", "other_rep", "manager")), st.just("")),
    st.tuples(st.just("pull"), st.sampled_from(("rep", "other_rep", "manager")), st.just("")),
)


@dataclass
class Play:
    """The company and a laptop of each person, through one history."""

    company: Company
    laptops: dict[str, PlainLaptop] = field(default_factory=dict)

    def step(self, kind: str, who: str, area: str) -> None:
        """Do one thing."""
        if kind == "pull":
            self.laptop(who).exchange(rows=3)
        elif kind == "work":
            self.work(self.laptop(who))
        else:
            self.office(kind, who, area)

    def laptop(self, who: str) -> PlainLaptop:
        return self.laptops.setdefault(who, self.company.laptop(getattr(self.company, who)))

    def office(self, kind: str, what: str, area: str) -> None:
        row, to = getattr(self.company, what), getattr(self.company, area).id if area else None
        if kind == "under" and to == row.id:
            return
        sql = {
            "grant": 'UPDATE "user" SET territory_id = ? WHERE id = ?',
            "move": "UPDATE account SET territory_id = ? WHERE id = ?",
            "under": "UPDATE territory SET parent_id = ? WHERE id = ?",
        }[kind]
        with self.company.database.writing() as connection:
            run(connection, sql, str(to) if to else None, str(row.id))

    def work(self, laptop: PlainLaptop) -> None:
        """Visit the first account it holds, meet somebody there and take an order."""
        held = sorted(row_id for name, row_id in laptop.rows if name == "account")
        if not held:
            return
        of = {"account_id": held[0], "rep_id": str(laptop.user.id)}
        visit = laptop.create("visit", of | {"started_at": to_ms(laptop.at)})
        check_in = {"visit_id": visit.agg[1], "at": to_ms(laptop.at), "source": "none"}
        line = {"provisional_number": "R", "ordered_on": "2026-03-02", "lines": []}
        laptop.push(
            visit, laptop.create("check_in", of | check_in, needs=[visit.agg[1]]),
            laptop.create("contact", {"account_id": held[0], "name": "x"}),
            laptop.create("order", of | line | {"visit_id": visit.agg[1]}),
        )  # fmt: skip


@given(st.lists(_STEP, min_size=4, max_size=14))
@settings(max_examples=15)
def test_every_reference_of_a_row_that_was_sent_leads_to_a_row_that_was_sent(
    sqlite_model: Path, steps: list[tuple[str, str, str]]
) -> None:
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{shutil.copy(sqlite_model, folder)}")
        closed(Play(company_on(database)), steps)
        database.close()


def closed(play: Play, steps: list[tuple[str, str, str]]) -> None:
    """Play a history; at its end look at who was there all the time, and at newcomers by feed and scope."""
    server = play.company.database
    for who in ("rep", "other_rep", "manager"):
        play.work(play.laptop(who).sync())
    for step in steps:
        play.step(*step)
    while settle(server, to_ms(NOON)):
        pass
    for laptop in play.laptops.values():
        assert dangling(laptop.sync(rows=5).rows) == []
        new = play.company.laptop(laptop.user)
        assert dangling(new.sync().rows) == []
        whole = play.company.laptop(laptop.user)
        whole.bootstrap(hello(server, whole.principal, NOON)["grants"])
        assert dangling(whole.rows) == []
        assert whole.rows == new.rows


def test_a_reference_that_leads_nowhere_would_be_seen(company: Company) -> None:
    play = Play(company)
    laptop = play.laptop("rep").sync()
    play.work(laptop)
    laptop.sync()
    assert dangling(laptop.rows) == []
    del laptop.rows["account", str(company.account.id)]
    assert {name for name, _, _ in dangling(laptop.rows)} == {"visit", "check_in", "contact", "order"}
