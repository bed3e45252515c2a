from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldcrm.rules.routing.day import Stop, Terms, timed
from fieldcrm.rules.routing.distances import Place, Travel, metres
from fieldcrm.rules.routing.planning import best_order

places = st.builds(
    Place,
    latitude=st.floats(30.15, 30.45, allow_nan=False),
    longitude=st.floats(119.95, 120.35, allow_nan=False),
)
HOME = Place(30.28, 120.12)
TERMS = Terms(start=HOME, lunch_from=None)


def spots(*where: tuple[float, float]) -> list[Stop[int]]:
    return [Stop(n, Place(*at)) for n, at in enumerate(where)]


@given(places, places)
def test_distances_agree_with_the_geodesic(here: Place, there: Place) -> None:
    from geopy.distance import geodesic

    exact = geodesic((here.latitude, here.longitude), (there.latitude, there.longitude)).meters
    assert abs(metres(here, there) - exact) < 1


def test_neighbours_at_one_spot_cost_no_travel() -> None:
    assert Travel().minutes(HOME, HOME) == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(places, min_size=2, max_size=6, unique=True))
def test_six_stops_come_close_to_the_exact_optimum(where: list[Place]) -> None:
    stops = [Stop(n, place) for n, place in enumerate(where)]
    exact = min(timed(order, TERMS).cost for order in permutations(stops))
    assert best_order(stops, TERMS).cost <= exact * 1.05 + 0.5


def test_every_stop_is_in_the_route_once() -> None:
    stops = spots((30.3, 120.1), (30.25, 120.2), (30.31, 120.15), (30.2, 120.05))
    assert sorted(stop.key for stop in best_order(stops, TERMS).stops) == [0, 1, 2, 3]


def test_done_stops_stay_where_they_are() -> None:
    done = [Stop(9, Place(30.4, 120.3), fixed=True), Stop(8, Place(30.2, 120.0), fixed=True)]
    keys = [stop.key for stop in best_order([*done, *spots((30.3, 120.1), (30.39, 120.3))], TERMS).stops]
    assert keys[:2] == [9, 8]


def test_a_store_that_opens_late_waits_for_the_end() -> None:
    early = [Stop(n, Place(30.28 + n / 100, 120.12)) for n in range(3)]
    late = Stop(99, Place(30.281, 120.12), windows=((11 * 60, 18 * 60),))
    route = best_order([late, *early], TERMS)
    assert route.stops[-1].key == 99
    assert not route.stops[-1].closed


def test_a_store_that_cannot_be_reached_in_time_stays_and_says_so() -> None:
    gone = Stop(1, Place(30.4, 120.3), windows=((6 * 60, 8 * 60),))
    assert [stop.closed for stop in best_order([gone], TERMS).stops] == [True]


def test_an_appointment_is_kept() -> None:
    meeting = Stop(7, Place(30.35, 120.2), appointment=9 * 60 + 30)
    route = best_order([*spots((30.27, 120.13), (30.26, 120.14), (30.25, 120.1)), meeting], TERMS)
    assert next(stop.begin for stop in route.stops if stop.key == 7) == 9 * 60 + 30


def test_lunch_moves_the_afternoon() -> None:
    stops = [Stop(n, None, minutes=60) for n in range(7)]
    without, with_lunch = timed(stops, TERMS), timed(stops, Terms(start=HOME, lunch_from=12 * 60))
    assert with_lunch.finish - without.finish == 45


def test_the_same_stops_give_the_same_order() -> None:
    stops = spots(*((30.2 + n * 7 % 11 / 50, 120.0 + n * 5 % 13 / 40) for n in range(12)))
    assert best_order(stops, TERMS) == best_order(stops, TERMS)


def test_a_day_that_is_over_before_lunch_must_begin_has_none() -> None:
    stops = [Stop(n, None, minutes=60) for n in range(5)]
    assert timed(stops, Terms(start=HOME, lunch_from=12 * 60)).lunch is None


def test_lunch_is_taken_while_a_store_is_closed_at_noon() -> None:
    closed_at_noon = ((8 * 60, 12 * 60), (13 * 60, 18 * 60))
    stops = [Stop(n, None, minutes=55, windows=closed_at_noon) for n in range(6)]
    route = timed(stops, Terms(start=HOME, lunch_from=11 * 60 + 30, lunch_until=13 * 60))
    assert route.lunch is not None
    assert route.finish == 13 * 60 + 3 * 55


def test_the_way_home_is_part_of_the_day() -> None:
    there = Stop(1, Place(30.35, 120.2))
    assert timed([there], Terms(start=HOME, end=HOME)).km > 1.9 * timed([there], Terms(start=HOME)).km
