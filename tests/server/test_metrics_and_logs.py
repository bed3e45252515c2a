"""What an operator sees: numbers and log lines, and nothing in them about anybody."""

from __future__ import annotations

import json

import requests

from tests.fixtures.server import PASSWORD, Person, ServerProcess
from tests.server.conftest import Filling

NAMES = ("rep1", "rep2", "admin", "Rep1", "王建国", "13912345678", "解放路便民店")


def scraped(answer: requests.Response) -> dict[str, float]:
    assert answer.status_code == 200, answer.text
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_the_numbers_are_there_for_this_machine_and_for_an_administrator(
    shared_server: ServerProcess, rep: Person, admin: Person
) -> None:
    rep.get("/api/v1/users")
    found = scraped(requests.get(f"{shared_server.url}/metrics", timeout=30))
    assert found['fieldcrm_requests_total{method="GET",route="/api/v1/users",status="200"}'] >= 1
    assert found['fieldcrm_request_seconds_bucket{route="/api/v1/users",le="+Inf"}'] >= 1
    assert found['fieldcrm_devices{state="active"}'] >= 2
    assert found["fieldcrm_disk_free_bytes"] > 0
    assert found["fieldcrm_epoch_age_seconds"] > 0
    for name in ("stamp_backlog", "feed_rows", "quarantine_open", "conflicts_open", "parcels_unopened"):
        assert f"fieldcrm_{name}" in found
    assert scraped(admin.get("/metrics")) is not None


def test_a_rep_a_stranger_and_a_proxy_on_this_machine_get_no_numbers(
    shared_server: ServerProcess, rep: Person
) -> None:
    assert rep.get("/metrics").status_code == 403
    far = requests.get(f"{shared_server.url}/metrics", headers={"x-forwarded-for": "8.8.8.8"}, timeout=30)
    assert far.status_code == 401


def test_the_histogram_adds_up(shared_server: ServerProcess) -> None:
    for _ in range(3):
        requests.get(f"{shared_server.url}/health", timeout=30)
    found = scraped(requests.get(f"{shared_server.url}/metrics", timeout=30))
    bucket = 'fieldcrm_request_seconds_bucket{route="/health"'
    here = [value for name, value in found.items() if name.startswith(bucket)]
    assert here == sorted(here)
    assert here[-1] == found['fieldcrm_request_seconds_count{route="/health"}'] >= 3


def test_a_day_leaves_lines_and_no_name_phone_password_or_token_in_them(
    server_process: ServerProcess,
) -> None:
    filling = Filling(server_process)
    account = filling.account(name="解放路便民店", phone="13912345678")
    rep, admin = server_process.person("rep1"), server_process.person("admin")
    server_process.login("王建国", "wrong-password-1")
    rep.get(f"/api/v1/accounts/{account}")
    rep.get("/api/v1/accounts", params={"q": "解放路便民店"})
    rep.post("/sync/v1/sync", data=b'{"broken')
    rep.get("/nothing/13912345678")
    ask = {"dev": str(rep.device), "schema": 1, "n_next": 1}
    rep.post("/sync/v1/sync", data=json.dumps(ask))
    body = {"refresh": rep.refresh, "device": str(rep.device)}
    told = requests.post(f"{rep.url}/auth/v1/refresh", json=body, timeout=30)
    admin.post(f"/api/v1/devices/{rep.device}/lost")
    refused = rep.get("/api/v1/users")
    server_process.stop()
    log = server_process.logged()
    secrets = (rep.access, rep.refresh, admin.access, told.json()["refresh"], PASSWORD, "wrong-password-1")
    for word in (*NAMES, *secrets, str(account), str(rep.device), "127.0.0.1"):
        assert word not in log, f"{word!r} is in the log"
    lines = [json.loads(line) for line in log.splitlines()]
    mine = [line for line in lines if line.get("request") == refused.headers["x-request-id"]]
    assert [(line["route"], line["status"], line["code"]) for line in mine] == [
        ("/api/v1/users", 401, "device_revoked")
    ]
    assert all({"request", "method", "route", "status", "ms"} <= line.keys() for line in lines
               if line["event"] == "request")  # fmt: skip
