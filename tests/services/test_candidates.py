"""Stores to add: due, near, by name; never one that is planned already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.model.users import User
from fieldcrm.rules.positions import of_degrees
from fieldcrm.services import candidates
from fieldcrm.storage.database import Database
from tests.builders import TODAY, make_account, make_plan, make_territory, make_user

HERE = of_degrees(30.2741, 120.1551)


@dataclass
class Field:
    """Four stores to the north, the first of them planned today."""

    session: Session
    rep: User
    stores: list[Account]


@pytest.fixture
def work(laptop: Database) -> Iterator[Field]:
    with laptop.writing() as session:
        area = make_territory()
        rep = make_user(area)
        stores = [
            make_account(area, name=f"Store {n}", latitude_e7=302741000 + n * 400_000) for n in range(4)
        ]
        session.add_all([area, rep, *stores, make_plan(rep, stores[0])])
        session.flush()
        yield Field(session, rep, stores)


def test_the_nearest_come_first_and_planned_ones_not_at_all(work: Field) -> None:
    found = candidates.near(work.session, work.rep.id, TODAY, HERE)
    assert [candidate.name for candidate in found] == ["Store 1", "Store 2"]
    assert found[0].distance_m == pytest.approx(4434, abs=5)


def test_a_search_keeps_its_order(work: Field) -> None:
    ids = [work.stores[n].id for n in (3, 0, 1)]
    found = candidates.named(work.session, work.rep.id, TODAY, ids, None)
    assert [candidate.name for candidate in found] == ["Store 3", "Store 1"]


def test_stores_never_visited_are_due(work: Field) -> None:
    area = work.stores[0].territory_id
    found = candidates.due(work.session, work.rep.id, area, TODAY, HERE)
    assert {candidate.name for candidate in found} == {"Store 1", "Store 2", "Store 3"}
