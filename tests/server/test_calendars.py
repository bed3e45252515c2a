"""The calendar feed: whose address it is, how it ends, and that its token is nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import requests
from icalendar import Calendar
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.plans import PlanStatus, VisitPlan
from server.database import run
from tests.fixtures.server import ServerProcess
from tests.server.conftest import Filling

TOMORROW = clock.business_day(clock.now()) + timedelta(1)


def plan(server: ServerProcess, account: object, **fields: object) -> VisitPlan:
    usual = {"id": new_id(), "rep_id": server.company.users["rep1"], "account_id": account, "on": TOMORROW}
    made = VisitPlan(**usual | {"start_time": "09:00", "minutes": 30} | fields)
    with (
        server.opened() as database, database.writing() as connection,
        Session(connection, expire_on_commit=False) as session,
    ):  # fmt: skip
        session.add(made)
        session.flush()
        session.expunge(made)
    return made


def test_whoever_has_the_address_reads_the_plan_until_it_is_ended(
    shared_server: ServerProcess, filling: Filling
) -> None:
    rep = shared_server.person("rep1")
    account = filling.account("HZ")
    kept, skipped = plan(shared_server, account), plan(shared_server, account, status=PlanStatus.SKIPPED)
    path = rep.post("/api/v1/calendar").json()["path"]
    answer = requests.get(shared_server.url + path, timeout=30)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    events = {str(each["UID"]): each for each in Calendar.from_ical(answer.content).walk("VEVENT")}
    assert events[f"{kept.id}@visit.fieldcrm"].decoded("DTSTART").hour == 1  # nine in Shanghai
    assert events[f"{skipped.id}@visit.fieldcrm"]["STATUS"] == "CANCELLED"
    assert rep.get("/api/v1/calendar").json()["read_at"] is not None
    again = rep.post("/api/v1/calendar").json()["path"]
    assert requests.get(shared_server.url + path, timeout=30).status_code == 404
    assert requests.get(shared_server.url + again, timeout=30).status_code == 200
    assert rep.call("DELETE", "/api/v1/calendar").status_code == 204
    assert requests.get(shared_server.url + again, timeout=30).status_code == 404
    assert rep.get("/api/v1/calendar").json()["made_at"] is None


def test_the_token_is_in_no_log_and_not_in_the_database(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server()
    path = server.person("rep1").post("/api/v1/calendar").json()["path"]
    token = re.fullmatch(r"/calendar/(.+)\.ics", path)[1]  # type: ignore[index]
    assert len(token) >= 43
    assert requests.get(server.url + path, timeout=30).status_code == 200
    assert requests.get(f"{server.url}/calendar/{token}x.ics", timeout=30).status_code == 404
    assert requests.get(f"{server.url}/calendar/{token}", timeout=30).status_code == 404
    server.stop()
    assert "/calendar/{token}.ics" in server.logged()
    assert token not in server.logged()
    with server.opened() as database, database.reading() as connection:
        stored = [token for (token,) in run(connection, "SELECT token FROM calendar_feed")]
    assert stored
    assert token not in "".join(stored)


def test_who_was_put_out_has_no_calendar_any_more(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server()
    path = server.person("rep1").post("/api/v1/calendar").json()["path"]
    admin = server.person("admin")
    assert admin.post(f"/api/v1/users/{server.company.users['rep1']}/deactivate").status_code == 200
    assert requests.get(server.url + path, timeout=30).status_code == 404
