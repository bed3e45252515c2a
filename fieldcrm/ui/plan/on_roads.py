"""Questions to the route search with the ways of the road provider in them, before they are asked.

Runs in a task, off the interface's thread. What is kept is used, what is missing is asked for,
and what nobody knows stays an estimate: a provider that fails is written to the log only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from uuid import UUID

from fieldcrm.errors import ProviderFailed
from fieldcrm.rules.routing.day import Stop, Terms
from fieldcrm.rules.routing.distances import Place, Travel
from fieldcrm.rules.routing.offers import Question
from fieldcrm.rules.routing.weeks import Weeks
from fieldcrm.services import roads
from fieldcrm.storage import known_ways, planning
from fieldcrm.storage.database import Database

log = logging.getLogger(__name__)

Asked = Callable[[], bool]


def day(database: Database, question: Question[UUID], stop: Asked) -> Question[UUID]:
    """Return the question about a day with real ways."""
    terms = [question.terms, *(other.terms for other in question.others)]
    stops = [*question.stops, *(stop for other in question.others for stop in other.planned)]
    travel = _travel(database, question.terms.travel, _places(terms, stops), stop)
    others = tuple(replace(other, terms=replace(other.terms, travel=travel)) for other in question.others)
    return replace(question, terms=replace(question.terms, travel=travel), others=others)


def many_days(database: Database, question: Weeks[UUID], stop: Asked) -> Weeks[UUID]:
    """Return the question about many days with real ways."""
    if not question.days:
        return question
    stops = [*question.stops.values(), *(stop for each in question.days for stop in each.planned)]
    places = _places([each.terms for each in question.days], stops)
    travel = _travel(database, question.days[0].terms.travel, places, stop)
    days = (replace(each, terms=replace(each.terms, travel=travel)) for each in question.days)
    return replace(question, days=tuple(days))


def _places(terms: Iterable[Terms], stops: Iterable[Stop[UUID]]) -> list[Place]:
    ends = [place for each in terms for place in (each.start, each.end)]
    return [place for place in dict.fromkeys([*ends, *(stop.place for stop in stops)]) if place is not None]


def _travel(database: Database, travel: Travel, places: list[Place], stop: Asked) -> Travel:
    with database.reading() as session:
        provider = roads.provider(*planning.road_provider(session))
        if provider is None:
            return travel
        known = known_ways.among(session, provider.name, places)
    try:
        fresh = roads.ways(provider, places, known, stop)
    except ProviderFailed as error:
        log.warning("no roads from %s: %s", provider.name, error)
        fresh = {}
    if fresh:
        with database.writing() as session:
            known_ways.keep(session, provider.name, fresh)
    return replace(travel, roads=known | fresh)
