"""``/sync/v1`` over HTTP: what the addresses add to the exchange itself."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
import requests
import zstandard

from fieldcrm import clock
from fieldcrm.ids import new_id
from tests.fixtures.server import Person, ServerProcess
from tests.server.conftest import Filling
from tests.server.test_files import begun, is_stored, patch


def asked(person: Person, **more: Any) -> dict[str, Any]:
    return {"dev": str(person.device), "schema": 1, "n_next": 1, **more}


def sync(person: Person, **more: Any) -> requests.Response:
    return person.post("/sync/v1/sync", json=asked(person, **more), headers={"accept-encoding": "identity"})


def acks(answer: requests.Response) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return {ack["id"]: ack for ack in json.loads(answer.content.splitlines()[0])["h"]["acks"]}


def create(entity: str, doc: dict[str, Any], n: int = 1, row_id: UUID | None = None) -> dict[str, Any]:
    return {"id": str(new_id()), "n": n, "agg": [entity, str(row_id or new_id())], "op": "create",
            "at": clock.to_ms(clock.now()), "doc": doc}  # fmt: skip


def todo(person: Person, **more: Any) -> dict[str, Any]:
    return {"assignee_id": person.user["id"], "created_by": person.user["id"], "title": "带样品", **more}


def test_hello_tells_what_a_client_must_know(shared_server: ServerProcess, rep: Person) -> None:
    told = rep.post("/sync/v1/hello").json()
    assert told["protocol"] == 1
    assert f"terr:{shared_server.company.territories['HZ']}" in told["grants"]
    assert told["limits"]["max_batch"] == 200


def test_the_schema_describes_every_entity(rep: Person) -> None:
    entities = {entity["name"]: entity for entity in rep.get("/sync/v1/schema").json()["entities"]}
    assert {"account", "order", "photo", "visit_plan"} <= set(entities)
    assert all({"name", "type", "merge"} <= set(field) for e in entities.values() for field in e["fields"])


def test_push_and_pull_are_one_request(rep: Person) -> None:
    mutation = create("todo", todo(rep))
    answer = sync(rep, push=[mutation])
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert acks(answer)[mutation["id"]]["o"] == "applied"
    rows = [json.loads(line)["r"] for line in answer.content.splitlines()[1:-1]]
    assert mutation["agg"] in [row[:2] for row in rows]
    again = sync(rep, push=[mutation])
    assert acks(again)[mutation["id"]]["o"] == "dup"


def test_a_batch_sent_many_times_at_once_has_one_effect(shared_server: ServerProcess, rep: Person) -> None:
    mutation = create("todo", todo(rep, title="只一次"))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sync(Person(**vars(rep) | {"session": requests.Session()}),
                                               push=[mutation]), range(8)))  # fmt: skip
    outcomes = sorted(acks(answer)[mutation["id"]]["o"] for answer in answers)
    assert outcomes == ["applied"] + ["dup"] * 7


@pytest.mark.parametrize("field", [
    "territory_id", "possible_duplicate", "receivable", "merged_into", "version", "is_admin", "credit_limit",
])  # fmt: skip
def test_a_rep_cannot_give_himself_what_the_office_gives(
    shared_server: ServerProcess, rep: Person, filling: Filling, field: str
) -> None:
    account = filling.account("HZ")
    value = {"territory_id": str(shared_server.company.territories["NJ"]), "possible_duplicate": True,
             "merged_into": str(new_id()), "is_admin": True, "version": 99}.get(field, "999.00")  # fmt: skip
    before = rep.get(f"/api/v1/accounts/{account}").json()
    mutation = {"id": str(new_id()), "n": 1, "agg": ["account", str(account)], "op": "patch", "base": 1,
                "at": 0, "set": {field: {"old": None, "new": value}}}  # fmt: skip
    assert acks(sync(rep, push=[mutation]))[mutation["id"]]["o"] in ("rejected", "applied", "merged")
    assert rep.get(f"/api/v1/accounts/{account}").json() == before


def test_a_push_at_anothers_rows_changes_nothing_and_hurts_nobody_else(
    shared_server: ServerProcess, filling: Filling
) -> None:
    theirs = filling.account("NJ")
    rep = shared_server.person("rep1")
    before = shared_server.person("rep2").get(f"/api/v1/accounts/{theirs}").json()
    pushed = [
        {"id": str(new_id()), "n": 1, "agg": ["account", str(theirs)], "op": "patch", "base": 1, "at": 0,
         "set": {"phone": {"old": "", "new": "666"}}},
        {"id": str(new_id()), "n": 2, "agg": ["account", str(theirs)], "op": "delete", "base": 1, "at": 0},
        create("contact", {"account_id": str(theirs), "name": "x"}, 3),
        create("todo", todo(rep), 4),
    ]  # fmt: skip
    answers = acks(sync(rep, push=pushed))
    outcomes = [answers[mutation["id"]]["o"] for mutation in pushed]
    assert outcomes[3] == "applied"
    assert not {"applied", "merged"} & set(outcomes[:3])
    assert shared_server.person("rep2").get(f"/api/v1/accounts/{theirs}").json() == before


def test_nothing_of_another_territory_is_in_any_answer(
    shared_server: ServerProcess, filling: Filling
) -> None:
    theirs = filling.account("NJ", name="别人的店")
    rep1, rep2 = shared_server.person("rep1"), shared_server.person("rep2")
    foreign_scope = f"terr:{shared_server.company.territories['NJ']}"
    cursor = json.loads(sync(rep2).content.splitlines()[-1])["t"]["cursor"]
    for answer in (
        sync(rep1), sync(rep1, cursor=cursor), sync(rep1, cursor="x"), sync(rep1, territory=foreign_scope),
        rep1.get(f"/sync/v1/bootstrap/{foreign_scope}"),
        rep1.get("/sync/v1/bootstrap/global", params={"cursor": cursor, "after": str(theirs)}),
        rep1.get("/api/v1/accounts", params={"q": "别人"}),
    ):  # fmt: skip
        assert str(theirs) not in answer.text
        assert "别人的店" not in answer.text
        assert answer.status_code < 500
    unknown = rep1.get(f"/sync/v1/bootstrap/terr:{new_id()}")
    refused = rep1.get(f"/sync/v1/bootstrap/{foreign_scope}")
    assert (unknown.status_code, unknown.json()["code"]) == (refused.status_code, refused.json()["code"])


def test_a_scope_is_read_in_slices(shared_server: ServerProcess, rep: Person, filling: Filling) -> None:
    made = {str(filling.account("HZ")) for _ in range(5)}
    scope, after, cursor, seen = f"terr:{shared_server.company.territories['HZ']}", "", "", []
    while after is not None:
        params = {"after": after, "cursor": cursor, "max_rows": 3}
        answer = rep.get(f"/sync/v1/bootstrap/{scope}", params=params)
        lines = [json.loads(line) for line in answer.content.splitlines()]
        seen += [line["r"][1] for line in lines if "r" in line]
        after, cursor = lines[-1]["t"].get("after"), lines[-1]["t"]["cursor"]
    assert made <= set(seen)
    assert len(seen) == len(set(seen))


def test_a_request_for_another_device_is_refused(rep: Person) -> None:
    other = sync(rep, dev=str(new_id()))
    assert (other.status_code, other.json()["code"]) == (400, "malformed")


def test_another_epoch_is_told(rep: Person) -> None:
    answer = sync(rep, epoch=str(new_id()))
    assert (answer.status_code, answer.json()["code"]) == (409, "epoch_changed")


@pytest.mark.parametrize("cursor", ["x", "a.b", "." * 500, "é", "\x00"])
def test_a_made_up_cursor_is_no_way_in(rep: Person, cursor: str) -> None:
    assert sync(rep, cursor=cursor).status_code in (400, 409)


def test_a_photo_whose_bytes_came_first_is_stored_at_once(
    shared_server: ServerProcess, rep: Person, filling: Filling
) -> None:
    data = os.urandom(3_000)
    patch(rep, begun(rep, data), 0, data)
    account, visit, photo, now = filling.account("HZ"), new_id(), new_id(), clock.to_ms(clock.now())
    where = {"account_id": str(account), "rep_id": rep.user["id"]}
    facts = {"size": 3_000, "width": 1, "height": 1, "media_type": "image/jpeg", "taken_at": now}
    facts["sha256"] = hashlib.sha256(data).hexdigest()
    pushed = [
        create("visit", where | {"started_at": now}, 1, visit),
        create("photo", where | facts | {"visit_id": str(visit)}, 2, photo),
    ]  # fmt: skip
    outcomes = acks(sync(rep, push=pushed))
    assert [outcomes[m["id"]]["o"] for m in pushed] == ["applied", "applied"], outcomes
    assert is_stored(shared_server, photo)[0] is True


def test_the_answer_is_packed_with_zstd(rep: Person) -> None:
    body = zstandard.ZstdCompressor().compress(json.dumps(asked(rep)).encode())
    headers = {"content-encoding": "zstd", "accept-encoding": "zstd"}
    answer = rep.post("/sync/v1/sync", data=body, headers=headers, stream=True)
    assert answer.headers["content-encoding"] == "zstd"
    plain = zstandard.ZstdDecompressor().decompress(answer.raw.read(), 50_000_000)
    assert b'{"t":' in plain.splitlines()[-1]


def test_what_was_acknowledged_survives_a_power_cut(server_process: ServerProcess) -> None:
    rep = server_process.person("rep1")
    mutations = [create("todo", todo(rep), n) for n in range(1, 21)]
    for mutation in mutations:
        assert acks(sync(rep, push=[mutation]))[mutation["id"]]["o"] == "applied"
    server_process.kill()
    server_process.restart()
    again = acks(sync(rep, push=mutations))
    assert {again[mutation["id"]]["o"] for mutation in mutations} == {"dup"}


def test_sync_works_on_both_databases(server_url: str, start_server: Callable[..., ServerProcess]) -> None:
    rep = start_server(server_url).person("rep1")
    mutation = create("todo", todo(rep))
    assert acks(sync(rep, push=[mutation]))[mutation["id"]]["o"] == "applied"
    assert rep.post("/sync/v1/hello").status_code == 200
