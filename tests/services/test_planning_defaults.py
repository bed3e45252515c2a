"""What the organisation gives to plan with: the nearest area's, unless the laptop has its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import RuleBroken
from fieldcrm.model.planning_defaults import ROADS, TERMS, PlanningDefault
from fieldcrm.model.users import Role, User
from fieldcrm.rules.routing.distances import Place
from fieldcrm.rules.routing.terms import USUAL
from fieldcrm.services import planning_defaults
from fieldcrm.storage import device, planning
from fieldcrm.storage.database import Database
from tests.builders import make_territory, make_user


@pytest.fixture
def people(laptop: Database) -> Iterator[tuple[Session, dict[Role, User]]]:
    with laptop.writing() as session:
        root = make_territory(code="HZ")
        below = make_territory(code="HZ-W", parent_id=root.id)
        found = {
            Role.REP: make_user(below),
            Role.MANAGER: make_user(root, login="boss", role=Role.MANAGER),
            Role.ADMIN: make_user(None, login="office", role=Role.ADMIN),
        }
        session.add(root)
        session.flush()
        session.add_all([below, *found.values()])
        session.flush()
        yield session, found


def sit_down(session: Session, user: User) -> None:
    device.remember(session, device.USER_ID, str(user.id))


def test_the_nearest_areas_terms_hold_until_the_laptop_has_its_own(
    people: tuple[Session, dict[Role, User]],
) -> None:
    session, who = people
    for role, depart in ((Role.ADMIN, 500), (Role.MANAGER, 510)):
        sit_down(session, who[role])
        planning.keep_terms(session, replace(USUAL, depart=depart, start=Place(30.0, 120.0)))
        planning_defaults.keep(session, TERMS, planning.as_default(session, TERMS), me=who[role].id)
        planning.follow(session, TERMS)
    session.flush()
    sit_down(session, who[Role.REP])
    assert (planning.terms(session).depart, planning.terms(session).start) == (510, None)
    planning.keep_terms(session, replace(USUAL, depart=600))
    assert (planning.terms(session).depart, planning.is_own(session, TERMS)) == (600, True)
    planning.follow(session, TERMS)
    assert planning.terms(session).depart == 510
    session.scalars(select(PlanningDefault).where(PlanningDefault.territory_id.is_not(None))).one().name = "x"
    assert planning.terms(session).depart == 500


def test_a_provider_is_given_the_same_way_and_said_again_it_is_one_row(
    people: tuple[Session, dict[Role, User]],
) -> None:
    session, who = people
    sit_down(session, who[Role.ADMIN])
    for address in ("https://old.example", "https://roads.example"):
        planning.keep_road_provider(session, "osrm", address)
        planning_defaults.keep(session, ROADS, planning.as_default(session, ROADS), me=who[Role.ADMIN].id)
        session.flush()
    planning.follow(session, ROADS)
    sit_down(session, who[Role.REP])
    assert planning.road_provider(session) == ("osrm", "https://roads.example")
    assert len(session.scalars(select(PlanningDefault)).all()) == 1


def test_a_rep_gives_nobody_a_default(people: tuple[Session, dict[Role, User]]) -> None:
    session, who = people
    with pytest.raises(RuleBroken):
        planning_defaults.keep(session, TERMS, {}, me=who[Role.REP].id)
