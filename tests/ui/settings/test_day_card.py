"""The terms of the day are set once and every planning uses them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.model.planning_defaults import TERMS, PlanningDefault
from fieldcrm.model.users import Role
from fieldcrm.rules.routing.distances import Place
from fieldcrm.services import roads, routes
from fieldcrm.storage import device, known_ways, planning
from fieldcrm.storage.database import Database
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.plan import on_roads
from fieldcrm.ui.settings.day_card import DayCard
from fieldcrm.ui.settings.providers_card import ProvidersCard
from tests.builders import MORNING, TODAY, make_account, make_plan, make_territory, make_user
from tests.fixtures.map_service import MapService
from tests.ui.conftest import Settle, make_context


@pytest.fixture
def card(laptop_db: Database, jobs: Jobs, qtbot: QtBot) -> DayCard:
    made = DayCard(make_context(laptop_db, jobs))
    qtbot.addWidget(made.card)
    return made


def kept(database: Database) -> object:
    with database.reading() as session:
        return planning.terms(session)


def test_what_is_saved_is_what_a_day_is_planned_with(
    card: DayCard, laptop_db: Database, qtbot: QtBot
) -> None:
    card._put("start", Place(30.2, 120.1))
    card._line("depart").setText("9:15")
    card._line("lunch_minutes").setText("30")
    card._line("kmh").setText("40")
    card.save.click()
    qtbot.waitUntil(lambda: bool(card.note.text()))
    with laptop_db.reading() as session:
        terms = planning.terms(session)
        asked = routes.ask(session, make_user(None).id, TODAY + timedelta(1), today=TODAY, terms=terms)
    assert (terms.depart, terms.start, terms.travel.kmh) == (9 * 60 + 15, Place(30.2, 120.1), 40.0)
    assert asked.question.terms.lunch is not None
    assert asked.question.terms.lunch.minutes == 30


def test_a_day_that_ends_before_it_begins_is_refused_at_its_field(card: DayCard, laptop_db: Database) -> None:
    before = kept(laptop_db)
    card._line("depart").setText("half nine")
    card.save.click()
    assert card.fields["depart"].control.accessibleDescription()
    assert kept(laptop_db) == before


def test_who_has_no_lunch_plans_without(card: DayCard, laptop_db: Database, qtbot: QtBot) -> None:
    card.lunch.setChecked(False)
    card.save.click()
    qtbot.waitUntil(lambda: bool(card.note.text()))
    with laptop_db.reading() as session:
        assert planning.terms(session).lunch is None


def test_the_test_of_a_service_says_plainly_what_came_of_it(
    laptop_db: Database, jobs: Jobs, qtbot: QtBot, map_service: MapService
) -> None:
    made = ProvidersCard(make_context(laptop_db, jobs))
    qtbot.addWidget(made.card)
    choice = made.roads
    choice.kind.button(roads.OSRM).click()
    choice.address.setText(map_service.url)
    choice.test.click()
    qtbot.waitUntil(choice.test.isEnabled)
    assert "1.1" in choice.said.text()
    map_service.raw = b"hello"
    choice.test.click()
    qtbot.waitUntil(choice.test.isEnabled)
    assert "1.1" not in choice.said.text()

    def is_kept() -> bool:
        with laptop_db.reading() as session:
            return planning.road_provider(session) == (roads.OSRM, map_service.url)

    qtbot.waitUntil(is_kept)


def test_a_day_is_planned_on_real_ways_which_are_kept_for_when_the_network_is_gone(
    laptop_db: Database, map_service: MapService
) -> None:
    territory = make_territory()
    rep = make_user(territory)
    stores = [
        make_account(
            territory, code=f"C{n}", latitude_e7=302_700_000 + n * 100_000, longitude_e7=1_201_500_000
        )
        for n in range(3)
    ]
    tomorrow = TODAY + timedelta(1)
    with laptop_db.writing() as session:
        session.add_all([territory, rep, *stores])
        session.flush()
        session.add_all([make_plan(rep, store, tomorrow) for store in stores])
        planning.keep_road_provider(session, roads.OSRM, map_service.url)
    with laptop_db.reading() as session:
        asked = routes.ask(session, rep.id, tomorrow, today=TODAY, terms=planning.terms(session), at=MORNING)
    places = [stop.place for stop in asked.question.stops if stop.place]
    travel = on_roads.day(laptop_db, asked.question, lambda: False).terms.travel
    assert travel.km(places[0], places[1]) == pytest.approx(1.0)
    map_service.close()
    again = on_roads.day(laptop_db, asked.question, lambda: False).terms.travel
    assert again.km(places[0], places[1]) == pytest.approx(1.0)
    with laptop_db.reading() as session:
        provider = roads.provider(roads.OSRM, map_service.url)
        assert provider is not None
        assert len(known_ways.among(session, provider.name, places)) == 6


def test_a_manager_gives_his_terms_to_his_people_and_goes_back_to_the_given_ones(
    laptop_db: Database, jobs: Jobs, qtbot: QtBot, settle: Settle
) -> None:
    context = make_context(laptop_db, jobs, Role.MANAGER)
    with laptop_db.writing() as session:
        device.remember(session, device.USER_ID, str(context.me.id))
    made = DayCard(context)
    qtbot.addWidget(made.card)
    made._line("depart").setText("8:05")
    made.save.click()
    settle()
    made.default.give.click()
    settle()
    made._line("depart").setText("9:45")
    made.save.click()
    settle()
    assert not made.default.follow.isHidden()
    made.default.follow.click()
    settle()
    with laptop_db.reading() as session:
        [given] = session.scalars(select(PlanningDefault)).all()
        assert (given.value["depart"], given.value["start"]) == (8 * 60 + 5, None)
        assert not planning.is_own(session, TERMS)
