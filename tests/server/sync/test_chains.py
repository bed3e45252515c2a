"""The server holds every device's chain: pushed whole, in parts, out of order, twice; edited afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.evidence import VisitFinding
from fieldcrm.rules import chain
from fieldcrm.rules.chain import Fault
from fieldcrm.sync.protocol import Mutation
from server import chains, doctor, looking, noted
from server.chains import Checked
from server.database import run
from server.files import Store
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON, PlainLaptop


class Sealing:
    """Makes a laptop's visit events with the seals its program would give them."""

    def __init__(self, company: Company, laptop: PlainLaptop) -> None:
        self.of = {"account_id": str(company.account.id), "rep_id": str(company.rep.id)}
        self.laptop, self.chain, self.n, self.link = laptop, str(new_id()), 0, ""

    def event(self, entity: str, **said: Any) -> Mutation:
        row_id, doc = str(new_id()), self.of | said
        self.n += 1
        seal = chain.next_seal(self.chain, self.n, self.link, entity, row_id, doc)
        self.link = seal.link
        return self.laptop.create(entity, doc | {"seal": str(seal)}, row_id)

    def visit(self, at: int = 1_000, answers: int = 3) -> list[Mutation]:
        """Return the events of one visit, in their order."""
        visit = self.event("visit", started_at=at, purpose="", plan_id=None, sop_template_id=None)
        within = {"visit_id": visit.agg[1]}
        arrival = self.event("check_in", **within, at=at, source="none", datum="wgs84", far_reason="",
                             latitude_e7=None, longitude_e7=None, accuracy_m=None, fix_age_s=None,
                             code_edition=None, code_signature=None)  # fmt: skip
        said = [
            self.event("step_answer", **within, step_key=f"s{n}", answers={"a": n}, answered_at=at + n,
                       replaces_id=None, amendment_id=None)
            for n in range(answers)
        ]  # fmt: skip
        left = self.event("check_out", **within, at=at + 9_000, summary="", next_visit_on=None, gaps=[])
        return [visit, arrival, *said, left]


@pytest.fixture
def sealing(company: Company) -> Sealing:
    return Sealing(company, company.laptop())


def checked(company: Company) -> Checked:
    with company.database.reading() as connection:
        return chains.check(connection)


def look(company: Company, tmp_path: Path) -> dict[UUID, list[str]]:
    """Let the server look at everything noted; return the codes it wrote down by visit."""
    store = Store(tmp_path / "blobs", tmp_path / "uploads")
    while looking.look(company.database, store, NOON + timedelta(days=1)):
        pass
    with company.database.reading() as connection, Session(connection) as session:
        return {row.visit_id: [each["code"] for each in row.found] for row in session.query(VisitFinding)}


def applied(laptop: PlainLaptop, mutations: Sequence[Mutation]) -> None:
    assert {ack["o"] for ack in laptop.push(*mutations)} == {"applied"}


def test_a_pushed_chain_holds_and_is_anchored_with_the_servers_time(
    company: Company, sealing: Sealing
) -> None:
    applied(sealing.laptop, sealing.visit())
    found = checked(company)
    assert (found.events, found.chains, found.unsealed) == (6, 1, 0)
    assert (found.broken, found.forged_anchors, found.contradicted) == ([], [], [])
    with company.database.reading() as connection:
        [row] = run(connection, "SELECT chain_id, n, link FROM chain_anchor").all()
    assert tuple(row) == (sealing.chain, 6, sealing.link)


def test_parts_of_a_chain_that_come_in_another_order_or_never_are_no_fault(
    company: Company, sealing: Sealing
) -> None:
    first, second, third = sealing.visit(), sealing.visit(20_000), sealing.visit(40_000)
    applied(sealing.laptop, third)
    applied(sealing.laptop, first)  # the second visit lies on a laptop that was lost
    assert not checked(company).broken
    applied(sealing.laptop, second)
    assert not checked(company).broken


def test_what_is_sent_again_changes_nothing(company: Company, sealing: Sealing) -> None:
    visit = sealing.visit()
    applied(sealing.laptop, visit)
    assert {ack["o"] for ack in sealing.laptop.push(*visit)} == {"dup"}
    found = checked(company)
    assert (found.broken, found.contradicted) == ([], [])


@pytest.mark.parametrize("place", [1, 3, 5])
def test_an_event_edited_in_the_database_is_named_and_flagged_in_review(
    company: Company, sealing: Sealing, tmp_path: Path, place: int
) -> None:
    visit = sealing.visit()
    applied(sealing.laptop, visit)
    assert look(company, tmp_path).get(UUID(visit[0].agg[1]), []) == []
    entity, row_id = visit[place].agg
    column = {"check_in": "far_reason", "step_answer": "answers", "check_out": "summary"}[entity]
    with company.database.writing() as connection:
        run(connection, f"UPDATE {entity} SET {column} = ? WHERE id = ?", '{"a":"99"}', row_id)
        noted.add(connection, [visit[0].agg[1]], 1)
    [broken] = checked(company).broken
    assert (broken.event.row_id, broken.fault) == (row_id, Fault.EDITED)
    with company.database.reading() as connection:
        said = doctor.chains_hold(connection)
    assert not said.ok
    assert f"1 broken, first: {entity} {row_id} is edited" in said.detail
    assert look(company, tmp_path) == {UUID(visit[0].agg[1]): ["edited"]}
    manager = company.laptop(company.manager)
    manager.sync()
    [told] = manager.bodies("visit_finding")
    assert (told["visit_id"], told["found"][0]["code"]) == (visit[0].agg[1], "edited")


def test_who_makes_every_link_fit_again_contradicts_the_anchor(company: Company, sealing: Sealing) -> None:
    visit = sealing.visit(answers=1)
    applied(sealing.laptop, visit)
    link = ""
    with company.database.writing() as connection:
        for n, mutation in enumerate(visit, 1):
            entity, row_id = mutation.agg
            doc = dict(mutation.doc or {})
            if entity == "step_answer":
                doc["answers"] = {"a": "99"}
                run(connection, "UPDATE step_answer SET answers = ? WHERE id = ?", '{"a":"99"}', row_id)
            seal = chain.next_seal(sealing.chain, n, link, entity, row_id, doc)
            link = seal.link
            run(connection, f"UPDATE {entity} SET seal = ? WHERE id = ?", str(seal), row_id)
    found = checked(company)
    assert not found.broken
    assert found.contradicted == [(sealing.chain, 4)]


def test_an_anchor_that_the_server_did_not_sign_is_named(company: Company, sealing: Sealing) -> None:
    applied(sealing.laptop, sealing.visit())
    with company.database.writing() as connection:
        run(connection, "UPDATE chain_anchor SET at = at - 7200000")
    assert checked(company).forged_anchors == [(sealing.chain, 6)]


def test_events_of_a_program_without_chains_are_from_before_the_chain(company: Company) -> None:
    laptop = company.laptop()
    of = {"account_id": str(company.account.id), "rep_id": str(company.rep.id)}
    applied(laptop, [laptop.create("visit", of | {"started_at": 1})])
    found = checked(company)
    assert (found.events, found.unsealed, found.broken) == (1, 1, [])


def test_an_event_that_lies_about_its_link_is_taken_and_flagged(
    company: Company, sealing: Sealing, tmp_path: Path
) -> None:
    visit = sealing.visit()
    assert visit[2].doc is not None
    visit[2].doc["answers"] = {"a": "99"}
    applied(sealing.laptop, visit)
    assert look(company, tmp_path) == {UUID(visit[0].agg[1]): ["edited"]}


def test_the_server_finds_ten_visits_in_twenty_minutes_by_itself(
    company: Company, sealing: Sealing, tmp_path: Path
) -> None:
    starts = [1_000_000 + n * 120_000 for n in range(10)]
    visits = [sealing.visit(at, answers=0) for at in starts]
    for visit in visits:
        applied(sealing.laptop, visit)
        look(company, tmp_path)
    found = look(company, tmp_path)
    assert {UUID(visit[0].agg[1]) for visit in visits} == set(found)
    assert all("burst" in codes for codes in found.values())


def test_what_no_longer_holds_is_taken_back(company: Company, sealing: Sealing, tmp_path: Path) -> None:
    visit = sealing.visit()
    applied(sealing.laptop, visit)
    row_id = visit[2].agg[1]
    for answers, codes in (('{"a":"99"}', ["edited"]), ('{"a":0}', [])):
        with company.database.writing() as connection:
            run(connection, "UPDATE step_answer SET answers = ? WHERE id = ?", answers, row_id)
            noted.add(connection, [visit[0].agg[1]], 1)
        assert look(company, tmp_path)[UUID(visit[0].agg[1])] == codes
