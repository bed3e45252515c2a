"""Who holds a version: asked of the server, answered only about what the asker may see."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import requests

from fieldcrm.ids import new_id
from tests.fixtures.server import Person, ServerProcess
from tests.server.test_sync_routes import create, sync


def pulled(person: Person, cursor: str = "") -> str:
    while True:
        last = json.loads(sync(person, cursor=cursor).content.splitlines()[-1])["t"]
        cursor = last["cursor"]
        if not last["more"]:
            return str(cursor)


def holders(answer: requests.Response) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return {each["name"]: each for each in answer.json()["holders"]}


def test_a_version_is_held_by_those_who_pulled_it_and_proved_by_their_next_request(
    server_process: ServerProcess,
) -> None:
    rep, boss = server_process.person("rep1"), server_process.person("manager1")
    before = pulled(boss)
    row_id = new_id()
    doc = {"name": "新店", "territory_id": str(server_process.company.territories["HZ"])}
    assert sync(rep, push=[create("account", doc, row_id=row_id)]).status_code == 200
    path = f"/sync/v1/seen/account/{row_id}"
    assert holders(rep.get(path)) == {}
    cursor = pulled(boss, before)
    told = holders(rep.get(path))
    assert set(told) == {"Manager1"}
    assert told["Manager1"]["told_at"] > 0
    assert told["Manager1"]["held_at"] is None
    pulled(boss, cursor)
    assert holders(rep.get(path))["Manager1"]["held_at"] >= told["Manager1"]["told_at"]


def test_a_new_version_is_held_by_nobody_at_first(server_process: ServerProcess) -> None:
    rep, boss = server_process.person("rep1"), server_process.person("manager1")
    row_id = new_id()
    doc = {"name": "新店", "territory_id": str(server_process.company.territories["HZ"])}
    assert sync(rep, push=[create("account", doc, row_id=row_id)]).status_code == 200
    pulled(boss)
    path = f"/sync/v1/seen/account/{row_id}"
    assert set(holders(rep.get(path))) == {"Manager1"}
    change = {"id": str(new_id()), "n": 2, "agg": ["account", str(row_id)], "op": "patch", "at": 1,
              "base": 1, "set": {"name": {"old": "新店", "new": "新店二"}}}  # fmt: skip
    assert sync(rep, push=[change]).status_code == 200
    assert holders(rep.get(path)) == {}


def test_nobody_learns_of_a_row_that_is_not_his(shared_server: ServerProcess) -> None:
    rep, stranger = shared_server.person("rep1"), shared_server.person("rep2")
    row_id = new_id()
    doc = {"name": "新店", "territory_id": str(shared_server.company.territories["HZ"])}
    assert sync(rep, push=[create("account", doc, row_id=row_id)]).status_code == 200
    for unseen in (row_id, new_id(), UUID(int=0)):
        assert stranger.get(f"/sync/v1/seen/account/{unseen}").status_code == 404
    assert rep.get(f"/sync/v1/seen/nothing/{row_id}").status_code == 404
