"""Sign-in, refresh and sign-out, as anybody on the network can try them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta

import jwt
import requests

from fieldcrm import clock
from fieldcrm.ids import new_id
from server import people, signing, tokens
from server.database import Database
from tests.fixtures.server import PASSWORD, Person, ServerProcess, found


def refreshed(server: ServerProcess, token: str, **more: object) -> requests.Response:
    return requests.post(f"{server.url}/auth/v1/refresh", json={"refresh": token, **more}, timeout=30)


def test_a_person_signs_in_and_is_known(shared_server: ServerProcess) -> None:
    answer = shared_server.login("rep1")
    told = answer.json()
    assert answer.status_code == 200
    assert told["expires_in"] == 900
    assert told["user"]["login"] == "rep1"
    assert told["user"]["role"] == "rep"
    assert told["user"]["territory_id"] == str(shared_server.company.territories["HZ"])


def test_names_are_not_case_sensitive_but_passwords_are(shared_server: ServerProcess) -> None:
    assert shared_server.login("REP1").status_code == 200
    assert shared_server.login("rep1", PASSWORD.upper()).status_code == 401


def test_unknown_user_wrong_password_and_inactive_user_get_the_same_answer(
    server_process: ServerProcess,
) -> None:
    with server_process.opened() as database, database.writing() as connection:
        people.set_active(connection, clock.now(), server_process.company.users["rep2"], False)
    answers = [
        server_process.login("nobody"), server_process.login("rep1", "wrong"), server_process.login("rep2"),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["code"] == "wrong_credentials"


def test_an_unknown_name_takes_as_long_as_a_wrong_password(shared_server: ServerProcess) -> None:
    known = min(shared_server.login("rep2", "wrong-one").elapsed for _ in range(4))
    unknown = min(shared_server.login("nobody-here", "wrong-one").elapsed for _ in range(4))
    assert timedelta(milliseconds=10) < unknown
    assert abs(known - unknown) < max(known, unknown) * 0.6


def test_a_refresh_gives_a_new_pair_and_the_old_access_still_works(shared_server: ServerProcess) -> None:
    rep = shared_server.person("rep1")
    answer = refreshed(shared_server, rep.refresh, device=str(rep.device))
    assert answer.status_code == 200
    assert answer.json()["refresh"] != rep.refresh
    assert rep.get("/api/v1/users").status_code == 200


def test_a_refresh_token_used_twice_ends_the_session(shared_server: ServerProcess) -> None:
    rep = shared_server.person("rep1")
    thief = refreshed(shared_server, rep.refresh).json()
    assert refreshed(shared_server, rep.refresh).status_code == 401
    assert refreshed(shared_server, thief["refresh"]).status_code == 401
    rep.access = thief["access"]
    assert rep.get("/api/v1/users").json()["code"] == "signed_out"


def test_a_lost_answer_is_no_theft_for_who_repeats_the_same_attempt(shared_server: ServerProcess) -> None:
    rep = shared_server.person("rep1")
    first = refreshed(shared_server, rep.refresh, attempt="attempt-0001")
    again = refreshed(shared_server, rep.refresh, attempt="attempt-0001")
    assert again.status_code == 200
    assert again.json()["refresh"] == first.json()["refresh"]
    assert refreshed(shared_server, again.json()["refresh"], attempt="attempt-0002").status_code == 200
    assert refreshed(shared_server, rep.refresh, attempt="attempt-0001").status_code == 401


def test_a_refresh_token_on_another_device_ends_the_session(shared_server: ServerProcess) -> None:
    rep = shared_server.person("rep1")
    assert refreshed(shared_server, rep.refresh, device=str(new_id())).status_code == 401
    assert rep.get("/api/v1/users").status_code == 401


def test_logout_ends_the_session_at_once(shared_server: ServerProcess) -> None:
    rep = shared_server.person("rep1")
    assert rep.post("/auth/v1/logout").status_code == 204
    assert rep.get("/api/v1/users").status_code == 401
    assert refreshed(shared_server, rep.refresh).status_code == 401


def test_a_revoked_device_gets_nothing_more(shared_server: ServerProcess) -> None:
    admin, rep = shared_server.person("admin"), shared_server.person("rep1")
    assert admin.post(f"/api/v1/devices/{rep.device}/revoke").status_code == 204
    for path in ("/api/v1/accounts", "/sync/v1/schema", "/api/v1/devices"):
        answer = rep.get(path) if path != "/sync/v1/schema" else rep.post("/sync/v1/hello")
        assert (answer.status_code, answer.json()["code"]) == (401, "device_revoked")
        assert answer.json()["data"] == {"wipe": True}
    again = shared_server.login("rep1", device=rep.device)
    assert (again.status_code, again.json()["code"]) == (401, "device_revoked")
    assert refreshed(shared_server, rep.refresh).json()["code"] == "device_revoked"


def test_a_new_password_ends_every_session(server_process: ServerProcess) -> None:
    rep = server_process.person("rep1")
    me = f"/api/v1/users/{rep.user['id']}/password"
    assert rep.call("PUT", me, json={"password": "fresh-leaves-9", "current": "wrong"}).status_code == 403
    assert rep.call("PUT", me, json={"password": "fresh-leaves-9", "current": PASSWORD}).status_code == 204
    assert rep.get("/api/v1/users").status_code == 401
    assert refreshed(server_process, rep.refresh).status_code == 401
    assert server_process.login("rep1").status_code == 401
    assert server_process.login("rep1", "fresh-leaves-9").status_code == 200


def test_a_device_belongs_to_one_user(shared_server: ServerProcess) -> None:
    rep = shared_server.person("rep1")
    answer = shared_server.login("rep2", device=rep.device)
    assert (answer.status_code, answer.json()["code"]) == (409, "device_of_another_user")


def forged(server: ServerProcess, person: Person) -> dict[str, str]:
    key = signing.signing_key(server.data)
    claims = jwt.decode(person.access, options={"verify_signature": False})
    head, body, mark = person.access.split(".")

    def encoded(part: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()

    return {
        "none": f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "None": f"{encoded({'alg': 'nOnE'})}.{body}.{mark}",
        "other payload": f"{head}.{encoded(claims | {'sub': str(new_id())})}.{mark}",
        "other key": jwt.encode(claims, b"x" * 32, algorithm="HS256"),
        "other algorithm": jwt.encode(claims, key * 2, algorithm="HS512"),
        "no expiry": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, key, algorithm="HS256"),
        "expiry beyond time": jwt.encode(claims | {"exp": 2**63}, key, algorithm="HS256"),
        "expired": jwt.encode(claims | {"exp": claims["exp"] - 7200}, key, algorithm="HS256"),
        "other audience": jwt.encode(claims | {"aud": "else"}, key, algorithm="HS256"),
        "other issuer": jwt.encode(claims | {"iss": "else"}, key, algorithm="HS256"),
        "key path": jwt.encode(claims, b"\0" * 32, algorithm="HS256", headers={"kid": "../../dev/null"}),
        "session of another": tokens.access_token(
            key, tokens.Identity(new_id(), new_id(), new_id()), clock.now(), timedelta(minutes=1)
        ),
        "rubbish": "a.b.c",
        "empty": "",
    }  # fmt: skip


def test_no_forged_token_opens_anything(shared_server: ServerProcess) -> None:
    rep = shared_server.person("rep1")
    for name, token in forged(shared_server, rep).items():
        rep.access = token
        answer = rep.get("/api/v1/users")
        assert answer.status_code == 401, name
        assert answer.json()["code"] in ("token_expired", "signed_out"), name


def test_a_token_of_one_user_does_not_name_another(shared_server: ServerProcess) -> None:
    key = signing.signing_key(shared_server.data)
    rep = shared_server.person("rep1")
    theirs = jwt.decode(rep.access, options={"verify_signature": False})
    claims = theirs | {"sub": str(shared_server.company.users["admin"])}
    rep.access = jwt.encode(claims, key, algorithm="HS256")
    assert rep.post("/api/v1/users", json={}).status_code in (401, 403, 422)
    assert rep.get("/api/v1/devices").status_code == 401


def test_guessing_passwords_is_slowed_down_and_ends_by_itself(server_process: ServerProcess) -> None:
    mine = server_process.person("rep1")
    statuses = [server_process.login("rep1", f"guess-{n}").status_code for n in range(14)]
    assert statuses.count(401) == 10
    refused = server_process.login("rep1")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert server_process.login("rep1", device=mine.device).status_code == 200, (
        "a known device is not shut out"
    )


def test_a_forwarded_address_does_not_reset_the_slow_down(server_process: ServerProcess) -> None:
    def guess(n: int) -> int:
        forwarded = {"x-forwarded-for": f"10.0.0.{n}", "forwarded": f"for=10.0.0.{n}"}
        return server_process.login(f"name{n}", "guess", headers=forwarded).status_code

    # Far more than one address may guess, however slowly this machine does it.
    assert 429 in (guess(n) for n in range(300))


def test_the_slow_down_survives_a_restart(server_process: ServerProcess) -> None:
    for n in range(11):
        server_process.login("rep2", f"guess-{n}")
    server_process.kill()
    server_process.restart()
    assert server_process.login("rep2").status_code == 429


def test_no_secret_reaches_the_log(server_process: ServerProcess) -> None:
    rep = server_process.person("rep1")
    server_process.login("rep1", "a-wrong-secret-7")
    requests.post(f"{server_process.url}/auth/v1/login", data="{broken a-wrong-secret-8", timeout=30)
    requests.post(
        f"{server_process.url}/auth/v1/login",
        json={"user": "rep1", "password": "a-wrong-secret-9"},
        timeout=30,
    )
    logged = server_process.logged()
    for secret in (PASSWORD, "a-wrong-secret", rep.access, rep.refresh, "rep1"):
        assert secret not in logged


def test_a_wrong_password_is_not_said_back(shared_server: ServerProcess) -> None:
    answer = requests.post(
        f"{shared_server.url}/auth/v1/login",
        json={"user": "rep1", "password": "a-wrong-secret-9", "device": {"id": "x"}}, timeout=30,
    )  # fmt: skip
    assert answer.status_code == 422
    assert "a-wrong-secret-9" not in answer.text


def test_the_signing_key_is_readable_by_the_server_only(shared_server: ServerProcess) -> None:
    assert (shared_server.data / "signing.key").stat().st_mode & 0o077 == 0


def test_short_passwords_are_refused(shared_server: ServerProcess) -> None:
    admin = shared_server.person("admin")
    theirs = f"/api/v1/users/{shared_server.company.users['rep1']}/password"
    for password in ("", "x", "short"):
        assert admin.call("PUT", theirs, json={"password": password}).status_code == 422
    assert shared_server.login("rep1").status_code == 200


def test_sign_in_works_on_both_databases(server_url: str, start_server: Callable[..., ServerProcess]) -> None:
    server = start_server(server_url)
    rep = server.person("rep1")
    assert refreshed(server, rep.refresh).status_code == 200
    assert refreshed(server, rep.refresh).status_code == 401
    assert server.login("rep1", "wrong-one").status_code == 401


def test_the_company_is_there(server_database: Database) -> None:
    assert set(found(server_database).users) >= {"admin", "rep1", "rep2", "manager1"}
