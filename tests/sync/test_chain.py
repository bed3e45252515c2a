"""Sealing on a real encrypted file: with each save, in its transaction, by its device."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from fieldcrm.errors import RuleBroken
from fieldcrm.model.visits import Visit
from fieldcrm.rules import chain
from fieldcrm.rules.chain import Event, Seal
from fieldcrm.rules.findings import Code
from fieldcrm.services import linked, visits
from fieldcrm.services.visits import Arrival, Picture
from fieldcrm.storage import device
from fieldcrm.storage.database import Database
from fieldcrm.sync import chain as sealing
from tests.builders import MORNING, make_account, make_territory, make_user


def a_visit(session: Session, *steps: str) -> UUID:
    """Play a visit of a new rep, one flush an event as the screens make them."""
    area = make_territory()
    rep = make_user(area)
    store = make_account(area)
    for row in (area, rep, store):  # as a pull writes them, past the outbox
        given = {name: value for name, value in vars(row).items() if not name.startswith("_")}
        session.execute(insert(type(row)).values(**given))
    visit = visits.start(session, store.id, Arrival(), me=rep.id, at=MORNING)
    session.flush()
    for step in steps:
        visits.answer(session, visit, step, {"facings": "4", "名": [1.5, None]}, MORNING)
        session.flush()
    visits.add_photo(session, visit, Picture("a" * 64, 9, "image/jpeg", 4, 3, MORNING))
    session.flush()
    return visit


def answer_and_fail(session: Session, visit: UUID) -> None:
    visits.answer(session, visit, "shelf", {"facings": "5"}, MORNING)
    session.flush()
    raise RuleBroken("no_luck")


def seals(rows: Sequence[Event]) -> list[Seal]:
    found = [seal for row in rows if (seal := chain.read(row.seal)) is not None]
    return sorted(found, key=lambda seal: seal.n)


def test_every_event_of_a_visit_is_sealed_in_one_chain_and_holds(database: Database) -> None:
    with database.writing() as session:
        visit = a_visit(session, "shelf", "price")
    with database.reading() as session:
        rows = linked.events(session, [visit])
    made = seals(rows)
    assert [seal.n for seal in made] == [1, 2, 3, 4, 5]
    assert [seal.before for seal in made] == ["", *(seal.link for seal in made[:-1])]
    assert chain.broken(rows) == []


def test_the_seal_is_what_is_sent(database: Database) -> None:
    with database.writing() as session:
        visit = a_visit(session)
    with database.reading() as session:
        kept = session.scalars(select(Visit.seal).where(Visit.id == visit)).one()
        raw = session.connection().connection.driver_connection
        assert raw is not None
        [payload] = raw.execute("SELECT payload FROM outbox WHERE entity = 'visit'").fetchone()
    assert msgspec.json.decode(payload)["doc"]["seal"] == kept


def test_a_save_that_fails_takes_its_links_back(database: Database) -> None:
    with database.writing() as session:
        visit = a_visit(session)
    with pytest.raises(RuleBroken), database.writing() as session:
        answer_and_fail(session, visit)
    with database.writing() as session:
        visits.answer(session, visit, "shelf", {"facings": "6"}, MORNING)
    with database.reading() as session:
        rows = linked.events(session, [visit])
    assert [seal.n for seal in seals(rows)] == [1, 2, 3, 4]
    assert chain.broken(rows) == []


def test_a_file_that_goes_on_under_another_device_begins_a_chain_that_names_the_old_one(
    database: Database,
) -> None:
    with database.writing() as session:
        device.remember(session, device.DEVICE_ID, "one")
        visit = a_visit(session)
    with database.writing() as session:
        device.remember(session, device.DEVICE_ID, "two")
        visits.answer(session, visit, "shelf", {"facings": "6"}, MORNING)
    with database.reading() as session:
        rows = linked.events(session, [visit])
    by_chain = {seal.chain: seal for seal in seals(rows)}
    old, new = sorted(by_chain.values(), key=lambda seal: -seal.n)
    assert (new.n, new.before) == (1, old.link)
    assert chain.broken(rows) == []


def test_the_doctor_names_the_first_event_that_was_changed_in_the_file(database: Database) -> None:
    with database.writing() as session:
        visit = a_visit(session, "shelf", "price")
    with database.reading() as session:
        assert sealing.check(session) == (5, [])
    with database.writing() as session:
        raw = session.connection().connection.driver_connection
        assert raw is not None
        raw.execute("UPDATE step_answer SET answers = '{}' WHERE step_key = 'price'")
        [changed] = raw.execute("SELECT id FROM step_answer WHERE step_key = 'price'").fetchone()
    with database.reading() as session:
        sealed, broken = sealing.check(session)
        [found] = linked.findings(session, [visit])[visit]
    assert sealed == 5
    assert chain.named(broken).startswith(f"step_answer {changed} is edited, number 4 of chain")
    assert (found.code, found.facts["what"]) == (Code.EDITED, "step_answer")
