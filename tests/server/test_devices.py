"""Devices as the office and their owners decide about them."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from uuid import UUID

import pytest
import requests

from fieldcrm import clock, faults, sealing
from fieldcrm.errors import Damaged, SignInRequired
from fieldcrm.ids import new_id
from fieldcrm.model.users import Role
from fieldcrm.wipe_order import WipeOrder, holds, new_challenge
from server import device_keys, exchange
from server.database import run
from server.scope import Principal
from server.signing import signing_key
from tests.fixtures.server import PASSWORD, Person, ServerProcess

HOUR = 3_600_000


def states(person: Person, **asked: str) -> dict[str, str]:
    items = person.get("/api/v1/devices", params=asked).json()["items"]
    return {item["id"]: item["state"] for item in items}


def refreshed(rep: Person, challenge: str = "") -> requests.Response:
    body = {"refresh": rep.refresh, "device": str(rep.device), "challenge": challenge}
    return requests.post(f"{rep.url}/auth/v1/refresh", json=body, timeout=30)


def ordered(rep: Person, challenge: str) -> WipeOrder:
    return WipeOrder(**refreshed(rep, challenge).json()["data"]["order"])


def test_an_owner_reports_a_laptop_lost_and_signs_another_one_out(shared_server: ServerProcess) -> None:
    here, there = shared_server.person("rep1"), shared_server.person("rep1")
    assert here.post(f"/api/v1/devices/{there.device}/sign-out").json()["state"] == "active"
    assert there.get("/api/v1/users").json()["code"] == "signed_out"
    assert shared_server.login("rep1", device=there.device).status_code == 200
    assert here.post(f"/api/v1/devices/{there.device}/lost").json()["state"] == "revoked_wipe"
    assert there.get("/api/v1/users").json()["code"] == "device_revoked"
    stranger = shared_server.person("rep2")
    assert stranger.post(f"/api/v1/devices/{here.device}/lost").status_code == 404


def test_only_who_is_in_charge_makes_a_leaver_and_only_an_administrator_takes_it_back(
    shared_server: ServerProcess,
) -> None:
    rep, manager, admin = (shared_server.person(login) for login in ("rep1", "manager1", "admin"))
    path = f"/api/v1/devices/{rep.device}"
    assert rep.post(f"{path}/leaver").status_code == 403
    told = manager.post(f"{path}/leaver").json()
    assert told["state"] == "push_only"
    assert told["hand_in_until"] - told["state_at"] == 72 * HOUR
    assert manager.post(f"{path}/restore").status_code == 403
    assert admin.post(f"{path}/restore").json()["state"] == "active"
    assert rep.get("/api/v1/users").status_code == 200
    acts = admin.get(f"{path}/acts").json()["items"]
    assert [(act["what"], act["login"]) for act in acts] == [
        ("device_restored", "admin"), ("device_leaver", "manager1"),
    ]  # fmt: skip


def test_a_leaver_reads_nothing_anywhere_and_is_shut_out_after_72_hours(
    server_process: ServerProcess,
) -> None:
    rep, admin = server_process.person("rep1"), server_process.person("admin")
    admin.post(f"/api/v1/devices/{rep.device}/leaver")
    for path in ("/api/v1/users", "/sync/v1/schema", "/sync/v1/bootstrap/global", "/api/v1/devices"):
        assert rep.get(path).json()["code"] == "device_hands_in"
    assert rep.post("/sync/v1/hello", data=b"{}").json()["code"] == "device_hands_in"
    assert rep.post("/sync/v1/have", data=json.dumps({"sha256": ["0" * 64]})).status_code == 200
    assert refreshed(rep).status_code == 200
    with server_process.opened() as database, database.writing() as connection:
        run(connection, "UPDATE device SET state_at = state_at - ? WHERE id = ?", 73 * HOUR, str(rep.device))
    assert rep.post("/sync/v1/have", data=b'{"sha256": []}').json()["code"] == "hand_in_over"
    assert server_process.login("rep1", device=rep.device).json()["code"] == "hand_in_over"


def test_the_list_is_searched_filtered_and_paged(shared_server: ServerProcess) -> None:
    admin, rep = shared_server.person("admin"), shared_server.person("rep2")
    admin.post(f"/api/v1/devices/{rep.device}/leaver")
    assert set(states(admin, state="push_only").values()) == {"push_only"}
    assert str(rep.device) in states(admin, q="REP2")
    assert str(rep.device) not in states(admin, q="finance")
    first = admin.get("/api/v1/devices", params={"limit": "1"}).json()
    second = admin.get("/api/v1/devices", params={"limit": "1", "after": first["next"]}).json()
    assert first["items"][0]["id"] == first["next"] < second["items"][0]["id"]
    assert set(states(admin, mine="true")) >= {str(admin.device)}
    assert str(rep.device) not in states(admin, mine="true")


def test_an_order_to_wipe_is_signed_for_one_device_and_one_challenge(shared_server: ServerProcess) -> None:
    rep, other, admin = (shared_server.person(login) for login in ("rep1", "rep1", "admin"))
    key = shared_server.login("rep1").json()["server_key"]
    admin.post(f"/api/v1/devices/{rep.device}/lost")
    challenge = new_challenge()
    order = ordered(rep, challenge)
    assert holds(order, key, device=str(rep.device), challenge=challenge)
    assert not holds(order, key, device=str(other.device), challenge=challenge)
    assert not holds(order, key, device=str(rep.device), challenge=new_challenge())
    forged = WipeOrder(order.device, order.nonce, challenge, base64.b64encode(bytes(64)).decode())
    assert not holds(forged, key, device=str(rep.device), challenge=challenge)
    assert not holds(order, base64.b64encode(bytes(32)).decode(), device=order.device, challenge=challenge)
    assert "order" not in refreshed(rep).json()["data"]
    assert "order" not in shared_server.login("rep1", "wrong", device=rep.device).json().get("data", {})


def test_a_wipe_is_believed_only_from_who_knows_the_nonce(shared_server: ServerProcess) -> None:
    rep, admin = shared_server.person("rep1"), shared_server.person("admin")
    admin.post(f"/api/v1/devices/{rep.device}/lost")
    nonce = ordered(rep, new_challenge()).nonce

    def say(device: UUID, word: str) -> int:
        body = {"device": str(device), "nonce": word}
        return requests.post(f"{rep.url}/auth/v1/wiped", json=body, timeout=30).status_code

    assert say(rep.device, "0" * 32) == 404
    assert say(admin.device, nonce) == 404
    assert say(rep.device, nonce) == say(rep.device, nonce) == 204
    told = admin.get("/api/v1/devices", params={"q": "rep1", "state": "revoked_wipe"}).json()["items"]
    assert next(item for item in told if item["id"] == str(rep.device))["wiped_at"]
    admin.post(f"/api/v1/devices/{rep.device}/restore")
    assert say(rep.device, nonce) == 404


def parcel(server: ServerProcess, *pieces: bytes) -> bytes:
    out = io.BytesIO()
    key = server.login("rep1").json()["terms"]["parcel_key"]
    sealing.seal(out, bytes.fromhex(key), pieces)
    return out.getvalue()


def test_a_parcel_of_a_lost_laptop_is_kept_and_replayed_into_quarantine_once(
    server_process: ServerProcess,
) -> None:
    rep, admin = server_process.person("rep1"), server_process.person("admin")
    mutation = {"id": str(new_id()), "agg": ["todo", str(new_id())], "op": "delete", "at": 1, "base": 1}
    entry = {"mutation_id": mutation["id"], "n": 7, "payload": json.dumps(mutation)}
    record = json.dumps({"table": "outbox", "row": entry}).encode()
    sealed = parcel(server_process, b"R" + record, b"P" + b"0" * 64 + b"\xff\xd8 a photo")
    admin.post(f"/api/v1/devices/{rep.device}/lost")
    nonce = ordered(rep, new_challenge()).nonce
    assert rep.post("/sync/v1/parcels", data=sealed).json()["code"] == "device_revoked"
    proof = {"x-device": str(rep.device), "x-wipe-nonce": nonce}
    for _ in range(2):
        assert rep.post("/sync/v1/parcels", data=sealed, headers=proof).status_code == 204
    wrong = proof | {"x-wipe-nonce": "0" * 32}
    assert rep.post("/sync/v1/parcels", data=sealed, headers=wrong).status_code == 404
    assert rep.post("/sync/v1/parcels", data=b"not one", headers=proof).status_code == 400
    kept = [json.loads(line) for line in server_process.command("device", "parcels").stdout.splitlines()]
    assert [each["device_id"] for each in kept] == [str(rep.device)]
    shown = server_process.command("device", "parcels", kept[0]["id"]).stdout
    assert mutation["id"] in shown
    done = [
        json.loads(server_process.command("device", "parcels", kept[0]["id"], "--replay").stdout)
        for _ in range(2)
    ]
    assert [(each["changes"], each["photos"], each["known"]) for each in done] == [(1, 1, 0), (0, 0, 1)]
    with server_process.opened() as database, database.reading() as connection:
        found = run(connection, "SELECT mutation_id, code, device_id FROM quarantine").all()
    assert found == [(mutation["id"], "from_parcel", str(rep.device))]
    assert server_process.command("doctor").returncode == 0


def test_only_the_server_opens_a_parcel(tmp_path: Path, shared_server: ServerProcess) -> None:
    sealed = parcel(shared_server, b"one", b"two")
    private = device_keys.parcel_key(signing_key(shared_server.data))
    assert list(sealing.opened(io.BytesIO(sealed), private)) == [b"one", b"two"]
    for broken in (sealed[:-1], sealed[:-20], sealed[:60] + b"\0" + sealed[61:], b"x" + sealed):
        with pytest.raises(Damaged):
            list(sealing.opened(io.BytesIO(broken), private))
    with pytest.raises(Damaged):
        list(sealing.opened(io.BytesIO(sealed), bytes(range(32))))
    assert b"one" not in sealed


def test_the_command_line_decides_about_devices_too(server_process: ServerProcess) -> None:
    rep = server_process.person("rep1")
    for verb, state in (("leaver", "push_only"), ("lost", "revoked_wipe"), ("restore", "active")):
        told = json.loads(server_process.command("device", verb, str(rep.device)).stdout)
        assert told["state"] == state
    lost = server_process.command("device", "list", "--state", "revoked_wipe").stdout
    assert lost == ""
    assert server_process.command("device", "lost", str(new_id())).returncode == 2


def test_a_device_says_what_it_still_holds(shared_server: ServerProcess) -> None:
    rep, admin = shared_server.person("rep1"), shared_server.person("admin")
    ask = {"dev": str(rep.device), "schema": 1, "n_next": 1, "unsent": 3}
    before = clock.to_ms(clock.now())
    assert rep.post("/sync/v1/sync", data=json.dumps(ask)).status_code == 200
    told = admin.get("/api/v1/devices", params={"q": "rep1"}).json()["items"]
    mine = next(item for item in told if item["id"] == str(rep.device))
    assert mine["unsent"] == 3
    assert mine["seen_at"] >= before


def test_nobody_signs_in_on_a_lost_laptop(shared_server: ServerProcess) -> None:
    rep, admin = shared_server.person("rep1"), shared_server.person("admin")
    admin.post(f"/api/v1/devices/{rep.device}/lost")
    body = {"user": "rep1", "password": PASSWORD, "device": {"id": str(rep.device), "challenge": "c" * 32}}
    answer = requests.post(f"{rep.url}/auth/v1/login", json=body, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (401, "device_revoked")
    assert answer.json()["data"]["order"]["challenge"] == "c" * 32


def test_a_lost_device_that_could_still_read_would_be_noticed(shared_server: ServerProcess) -> None:
    rep, admin = shared_server.person("rep1"), shared_server.person("admin")
    admin.post(f"/api/v1/devices/{rep.device}/lost")
    who = Principal(UUID(rep.user["id"]), Role.REP, None, rep.device)
    with shared_server.opened() as database:
        with pytest.raises(SignInRequired, match="device_revoked"):
            exchange.hello(database, who, clock.now())
        with faults.plant("revoked_still_reads"):
            assert exchange.hello(database, who, clock.now())["grants"]
