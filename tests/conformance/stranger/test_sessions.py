"""Tokens, sessions and guessing (SEC ids in the docstrings)."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.conformance.stranger.client import Body, Refused, Stranger, uuid7
from tests.conformance.stranger.conftest import House
from tests.fixtures.server import PASSWORD


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(header: Body, claims: Body, key: bytes = b"", digest: str = "sha256") -> str:
    """Return a token as an attacker would make it."""
    head = ".".join(_b64(json.dumps(part).encode()) for part in (header, claims))
    return f"{head}.{_b64(hmac.digest(key, head.encode(), digest)) if key else ''}"


def test_a_token_that_is_not_ours_opens_nothing(embedded: House) -> None:
    """SEC-18"""
    rep = embedded.stranger("rep1")
    head, body, signature = rep.access.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    key = bytes.fromhex((embedded.server.data / "signing.key").read_text())
    right = {"alg": "HS256", "typ": "JWT"}
    assert rep.raw("GET", "/sync/v1/schema", token=token(right, claims, key))[0] == 200
    without = [{k: v for k, v in claims.items() if k != name} for name in claims]
    forged = [
        *(token({"alg": alg}, claims) for alg in ("none", "None", "nOnE", "NONE", "")),
        *(token({"alg": alg}, claims, key) for alg in ("none", "RS256", "ES256")),
        token({"alg": "HS512"}, claims, key, "sha512"), token({"alg": "HS384"}, claims, key, "sha384"),
        token(right | {"kid": "../../dev/null"}, claims, b"\0"), token(right, claims, b"secret"),
        token(right | {"jku": "http://127.0.0.1:1/k", "x5u": "http://127.0.0.1:1/k"}, claims, b"k"),
        *(token(right, claims | change, key) for change in (
            {"exp": 0}, {"exp": 2**63}, {"exp": -1}, {"exp": "soon"}, {"exp": None}, {"exp": 1e400},
            {"exp": [1]}, {"iss": "another"}, {"aud": "another"}, {"aud": None}, {"sub": uuid7()},
            {"sub": "x"}, {"sub": 1},
            {"dev": uuid7()}, {"sid": uuid7()}, {"sid": "' OR 1=1 --"}, {"sub": embedded.user("admin")},
        )),
        *(token(right, claims_without, key) for claims_without in without),
        f"{head}.{_b64(json.dumps(claims | {'sub': embedded.user('admin')}).encode())}.{signature}",
        f"{head}.{body}.", f"{head}.{body}", f"{head}..{signature}", "x", ".", "..", "é", rep.access + "x",
        rep.refresh,
    ]  # fmt: skip
    for each in forged:
        status, plain, _, _ = rep.raw("GET", "/sync/v1/schema", token=each, headers={
            "authorization": f"Bearer {each}".encode().decode("latin-1")})  # fmt: skip
        assert status == 401, each
        assert json.loads(plain)["code"] in {"token_expired", "signed_out"}
    for said in (f"Basic {rep.access}", rep.access, f"Token {rep.access}", "Bearer", f"Bearer2 {rep.access}"):
        assert rep.raw("GET", "/sync/v1/schema", token="", headers={"authorization": said})[0] == 401
    assert rep.raw("GET", f"/sync/v1/schema?access_token={rep.access}", token="")[0] == 401


def test_a_revoked_device_is_out_at_once_and_for_good(embedded: House) -> None:
    """SEC-19"""
    rep, admin = embedded.stranger("rep1"), embedded.known("admin")
    rep.sync()
    admin.ok("POST", f"/api/v1/devices/{rep.device}/revoke")
    asks = ["POST /sync/v1/sync", "POST /sync/v1/hello", "GET /sync/v1/schema", "GET /api/v1/accounts",
            "GET /sync/v1/bootstrap/global", f"GET /sync/v1/files/{'ab' * 32}"]  # fmt: skip
    for method, path in map(str.split, asks):
        with pytest.raises(Refused) as refused:
            rep.ok(method, path, json.dumps(rep.asked()).encode())
        assert (refused.value.status, refused.value.code) == (401, "device_revoked")
    with pytest.raises(Refused):
        rep.refreshed()
    with pytest.raises(Refused) as refused:
        rep.sign_in()
    assert refused.value.code == "device_revoked"
    assert embedded.stranger("rep1").exchange().header["acks"] == []


def test_a_new_password_and_a_closed_account_end_every_session(embedded: House) -> None:
    """SEC-19"""
    admin, login = embedded.known("admin"), embedded.newcomer()
    one, two = embedded.stranger(login), embedded.stranger(login)
    path = f"/api/v1/users/{embedded.user(login)}"
    admin.ok("PUT", f"{path}/password", b'{"password":"a-new-one-77"}')
    for device in (one, two):
        for act in (device.exchange, device.refreshed):
            with pytest.raises(Refused) as refused:
                act()
            assert refused.value.status == 401
    with pytest.raises(Refused):
        one.sign_in()
    third = Stranger(embedded.url, login, "a-new-one-77")
    admin.ok("POST", f"{path}/deactivate")
    for act in (third.exchange, third.refreshed, third.sign_in):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.status == 401


def test_a_refresh_token_used_twice_ends_the_session(embedded: House) -> None:
    """SEC-19"""
    rep = embedded.stranger("rep1")
    stolen = rep.refresh
    rep.refreshed()
    rep.exchange()
    with pytest.raises(Refused):
        rep.json("POST", "/auth/v1/refresh", {"refresh": stolen}, token="")
    for act in (rep.exchange, rep.refreshed):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.status == 401


class From(HTTPAdapter):
    """Connects from another loopback address."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._address, 0), **options)


def tried(
    house: House, user: str, password: str, address: str = "127.0.0.1", **headers: str
) -> requests.Response:
    line = requests.Session()
    line.mount("http://", From(address))
    body = {"user": user, "password": password, "device": {"id": uuid7(), "name": ""}}
    return line.post(house.url + "/auth/v1/login", json=body, timeout=20, headers=headers)


def test_guessing_is_throttled_by_name_and_by_address_and_locks_nobody_out(embedded: House) -> None:
    """SEC-21"""
    house, login = embedded, embedded.newcomer()
    known = house.stranger(login)
    spoof = {"x-forwarded-for": "10.0.0.1", "forwarded": "for=10.0.0.2", "x-real-ip": "10.0.0.3"}
    answers = [tried(house, login, f"wrong-{n}", f"127.0.1.{1 + n % 9}") for n in range(14)]
    codes = [answer.status_code for answer in answers]
    assert codes[:10] == [401] * 10
    assert set(codes[10:]) == {429}
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].json()["code"] == "throttled"
    assert tried(house, login, PASSWORD, "127.0.2.1", **spoof).status_code == 429
    assert tried(house, login.upper(), PASSWORD, "127.0.2.1").status_code == 429
    known.http.mount("http://", From("127.0.2.2"))
    known.sign_in()  # a device that was here before is not shut out by strangers
    sprayed = [tried(house, f"user{n}", "green-tea-42", "127.0.3.1", **spoof).status_code for n in range(44)]
    assert sprayed[:40] == [401] * 40
    assert set(sprayed[42:]) == {429}
    assert tried(house, "rep2", PASSWORD, "127.0.3.2").status_code == 200


def test_a_name_that_is_unknown_answers_like_a_wrong_password(embedded: House) -> None:
    """SEC-21"""
    known = [tried(embedded, "csm1", "wrong", "127.0.4.1") for _ in range(3)]
    never = [tried(embedded, "nobody1", "wrong", "127.0.4.2") for _ in range(3)]
    assert {(a.status_code, a.content) for a in known} == {(a.status_code, a.content) for a in never}
    spent = [min(a.elapsed.total_seconds() for a in group) for group in (known, never)]
    assert max(spent) < 3 * min(spent)
