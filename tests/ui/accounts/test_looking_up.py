"""An address becomes a proposal on the map; without a network it waits until there is one."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from fieldcrm.errors import ProviderFailed
from fieldcrm.rules.positions import Position, of_degrees, quick_distance_m
from fieldcrm.services.addresses import NOMINATIM, finder, one_line
from fieldcrm.storage import addresses, planning
from fieldcrm.storage.database import Database
from fieldcrm.ui.accounts.looking_up import Waiting, look_up
from fieldcrm.ui.accounts.position_dialog import PositionDialog
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from tests.fixtures.map_service import MapService
from tests.ui.conftest import make_context

LAKE = "浙江 杭州 西湖区 龙井路 1 号"


@pytest.fixture
def context(laptop_db: Database, jobs: Jobs, map_service: MapService) -> Context:
    map_service.known[LAKE] = (30.2431, 120.1089)
    with laptop_db.writing() as session:
        planning.keep_address_provider(session, NOMINATIM, map_service.url)
    return make_context(laptop_db, jobs)


def test_the_answer_is_proposed_on_the_map_and_the_cross_decides(context: Context, qtbot: QtBot) -> None:
    taken: list[Position] = []
    dialog = PositionDialog(context, None, taken.append, LAKE)
    qtbot.addWidget(dialog)
    dialog.finder.click()
    qtbot.waitUntil(lambda: bool(dialog.said.text()))
    assert quick_distance_m(dialog._map.centre(), of_degrees(30.2431, 120.1089)) < 20
    assert not taken
    dialog._take()
    assert len(taken) == 1


def test_an_address_is_asked_for_once(context: Context, map_service: MapService) -> None:
    first = look_up(context, LAKE)
    assert first.position is not None
    assert look_up(context, LAKE).position is not None
    assert len(map_service.asked) == 1
    assert look_up(context, "nowhere").state == addresses.NOTHING


def test_without_a_network_it_waits_and_is_looked_up_once_there_is_one(
    context: Context, map_service: MapService, laptop_db: Database, qtbot: QtBot
) -> None:
    with laptop_db.writing() as session:
        planning.keep_address_provider(session, NOMINATIM, "http://127.0.0.1:9")
    assert look_up(context, LAKE).state == addresses.WAITING
    with laptop_db.writing() as session:
        assert addresses.waiting(session) == [LAKE]
        planning.keep_address_provider(session, NOMINATIM, map_service.url)
    keeper = Waiting(context, context.connection)
    context.connection.update(online=True)

    def is_found() -> bool:
        with laptop_db.reading() as session:
            return not addresses.waiting(session)

    qtbot.waitUntil(is_found)
    map_service.asked.clear()
    assert look_up(context, LAKE).position is not None
    assert not map_service.asked
    keeper.deleteLater()


def test_nobody_is_asked_until_somebody_was_chosen(laptop_db: Database, jobs: Jobs) -> None:
    assert look_up(make_context(laptop_db, jobs), LAKE).state == "nobody"


def test_a_service_that_answers_nonsense_or_refuses_is_no_answer(map_service: MapService) -> None:
    service = finder(NOMINATIM, map_service.url)
    assert service is not None
    map_service.raw = b"<html>"
    with pytest.raises(ProviderFailed, match="bad_answer"):
        service.find(LAKE)
    map_service.raw = b'[{"lat": "900", "lon": "5", "display_name": "x"}]'
    with pytest.raises(ProviderFailed, match="bad_answer"):
        service.find(LAKE)
    map_service.status = 403
    with pytest.raises(ProviderFailed, match="refused"):
        service.find(LAKE)


def test_an_address_is_asked_for_from_the_widest_part_on() -> None:
    assert one_line("浙江", "杭州", "杭州", " 龙井路  1 号 ") == "浙江 杭州 龙井路 1 号"
