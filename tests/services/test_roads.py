"""Ways come from a road service where there is one; what it does not know or says badly stays an estimate."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from fieldcrm.errors import ProviderFailed
from fieldcrm.rules.routing.day import Stop, Terms, timed, ways
from fieldcrm.rules.routing.distances import Place, Travel
from fieldcrm.services import roads
from fieldcrm.storage import known_ways
from fieldcrm.storage.database import Database
from tests.fixtures.map_service import MapService

HERE, THERE, FAR = Place(30.28, 120.15), Place(30.29, 120.15), Place(30.30, 120.20)


@pytest.fixture(params=[roads.OSRM, roads.VALHALLA])
def provider(request: pytest.FixtureRequest, map_service: MapService) -> roads.Provider:
    found = roads.provider(str(request.param), map_service.url + "/")
    assert found is not None
    return found


def test_a_way_has_the_minutes_and_kilometres_of_the_service(provider: roads.Provider) -> None:
    found = roads.ways(provider, [HERE, THERE, FAR], {})
    assert len(found) == 6
    assert found[HERE, THERE] == (pytest.approx(2.0), pytest.approx(1.0))
    assert found[FAR, HERE] == (pytest.approx(14.0), pytest.approx(7.0))


def test_many_places_are_asked_for_in_parts_that_public_servers_take(
    provider: roads.Provider, map_service: MapService
) -> None:
    places = [Place(30 + n / 1000, 120.0) for n in range(120)]
    found = roads.ways(provider, places, {})
    assert len(found) == 120 * 119
    assert found[places[0], places[119]] == (pytest.approx(0.2 * 119), pytest.approx(0.1 * 119))
    assert len(map_service.asked) == 9


def test_what_is_known_is_not_asked_for_again(provider: roads.Provider, map_service: MapService) -> None:
    known = roads.ways(provider, [HERE, THERE], {})
    map_service.asked.clear()
    assert roads.ways(provider, [HERE, THERE], known) == {}
    assert not map_service.asked


def test_an_unreachable_pair_falls_back_by_itself(map_service: MapService) -> None:
    def cut(answer: Any) -> Any:
        answer["durations"][0][1] = None
        return answer

    map_service.spoil = cut
    osrm = roads.provider(roads.OSRM, map_service.url)
    assert osrm is not None
    travel = Travel(roads=roads.ways(osrm, [HERE, THERE], {}))
    assert (HERE, THERE) not in travel.roads
    assert travel.minutes(HERE, THERE) == Travel().minutes(HERE, THERE)
    assert travel.minutes(THERE, HERE) == pytest.approx(2.0 + travel.parking_minutes)


@pytest.mark.parametrize(
    "raw",
    [
        b"<html>not JSON</html>",
        b"[]",
        b'{"code": "NoTable"}',
        b'{"code": "Ok", "durations": [[0, 1]], "distances": [[0, 1]], "sources_to_targets": [[{}]]}',
        b'{"code": "Ok", "durations": [[0],[1]], "distances": 7, "sources_to_targets": [[1, 2], [3, 4]]}',
        b'{"code": "Ok", "sources_to_targets": {"durations": [[0, 1]], "distances": [[0, 1]]}}',
    ],
)
def test_an_answer_of_another_shape_is_none(
    provider: roads.Provider, map_service: MapService, raw: bytes
) -> None:
    map_service.raw = raw
    with pytest.raises(ProviderFailed, match="bad_answer"):
        roads.ways(provider, [HERE, THERE], {})


def test_an_answer_without_end_is_not_read(provider: roads.Provider, map_service: MapService) -> None:
    map_service.raw = b'{"code": "Ok", "x": "' + b"x" * 17_000_000 + b'"}'
    with pytest.raises(ProviderFailed, match="bad_answer"):
        roads.ways(provider, [HERE, THERE], {})


def test_a_number_that_cannot_be_is_no_way(provider: roads.Provider, map_service: MapService) -> None:
    map_service.raw = (
        b'{"code": "Ok", "durations": [[0, -5], [1e300, 0]], "distances": [[0, 1], [1, 0]],'
        b' "sources_to_targets": [[{"time": 0, "distance": 0}, {"time": -5, "distance": 1}],'
        b' [{"time": 1e300, "distance": 1}, {"time": 0, "distance": 0}]]}'
    )
    assert roads.ways(provider, [HERE, THERE], {}) == {}


def test_a_service_that_refuses_or_is_not_there_says_so(
    provider: roads.Provider, map_service: MapService
) -> None:
    map_service.status = 503
    with pytest.raises(ProviderFailed, match="refused"):
        roads.ways(provider, [HERE, THERE], {})
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = roads.provider(roads.OSRM, f"http://127.0.0.1:{closed.getsockname()[1]}")
        assert nobody is not None
        with pytest.raises(ProviderFailed, match="unreachable"):
            roads.ways(nobody, [HERE, THERE], {})


def test_without_a_choice_there_is_nobody_to_ask() -> None:
    assert roads.provider("", "") is None
    assert roads.provider(roads.ESTIMATE, "http://localhost") is None
    assert roads.provider(roads.OSRM, " ") is None


def test_a_way_is_kept_on_the_laptop_for_its_provider_only(laptop: Database) -> None:
    with laptop.writing() as session:
        known_ways.keep(session, "osrm one", {(HERE, THERE): (2.0, 1.0), (THERE, FAR): (9.0, 4.0)})
        known_ways.keep(session, "osrm one", {(HERE, THERE): (3.0, 1.5)})
    with laptop.reading() as session:
        assert known_ways.among(session, "osrm one", [HERE, THERE]) == {(HERE, THERE): (3.0, 1.5)}
        assert known_ways.among(session, "osrm two", [HERE, THERE]) == {}


def test_a_day_is_walked_on_the_ways_known_and_estimates_beside_them() -> None:
    travel = Travel(roads={(HERE, THERE): (40.0, 12.0)}, parking_minutes=0.0)
    terms = Terms(start=HERE, travel=travel, lunch_from=None)
    route = timed([Stop(1, THERE), Stop(2, FAR)], terms)
    assert route.stops[0].arrive == terms.depart + 40
    assert route.km == pytest.approx(12.0 + Travel().km(THERE, FAR))
    rows = ways([HERE, THERE, FAR], travel)
    assert rows[0][1] == 40.0
    assert rows[1][0] == pytest.approx(Travel(parking_minutes=0.0).minutes(THERE, HERE))
