"""Which stores a call list has, and in which order."""

from __future__ import annotations

from datetime import timedelta

from fieldcrm.model.calls import CallOutcome
from fieldcrm.services.calls import Report
from fieldcrm.storage import facts
from fieldcrm.storage.account_list import Chip, Query
from fieldcrm.storage.database import Database
from fieldcrm.ui.calls import reading
from tests.builders import MORNING, TODAY
from tests.services.test_calls import Office


def entries(office: Office, query: Query) -> list[reading.Entry]:
    with office.laptop.writing() as session:
        facts.catch_up(session, TODAY)
        return reading.entries(session, query, TODAY)


def test_a_list_has_the_stores_of_its_filter_the_earliest_due_first(laptop: Database) -> None:
    office = Office(laptop)
    office.keep(1, Report(CallOutcome.CALL_BACK, call_back_at=MORNING + timedelta(days=3)))
    office.keep(2, Report(CallOutcome.NOT_REACHED), MORNING - timedelta(days=1))
    found = entries(office, Query())
    assert [each.account.name for each in found] == ["Store 0", "Store 2", "Store 3", "Store 1"]
    assert found[3].due_on == TODAY + timedelta(3)
    assert [each.called is not None for each in found] == [False, False, False, True]
    assert [each.account.name for each in entries(office, Query(grade="B"))] == ["Store 3", "Store 1"]


def test_a_filter_reads_as_it_was_kept_and_a_newer_chip_shows_all() -> None:
    query = Query(Chip.DUE, grade="A", city="杭州市")
    assert reading.query_of(reading.filters_of(query)) == query
    assert reading.query_of({"chip": "from the future", "grade": "A"}) == Query(grade="A")
