"""What comes back from a network that is not ours, as errors of ours (F41)."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest
import zstandard

from fieldcrm.errors import (
    ClientTooOld,
    FieldCrmError,
    Malformed,
    Offline,
    SignInRequired,
    SyncError,
    Throttled,
)
from fieldcrm.sync.remote import Person, Remote, Tokens

ME = Person("01a20000-0000-7000-8000-000000000000", "rep1", "R", "rep")


@dataclass
class Stranger:
    """Whatever answers on the other end; ``answers`` are given in turn, the last one for ever."""

    url: str = ""
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    """An HTTP server that says what a test wants."""
    told = Stranger()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            told.asked.append((self.path, self.headers.get("authorization", ""), body))
            status, headers, answer = told.answers.pop(0) if len(told.answers) > 1 else told.answers[0]
            self.send_response(status)
            for name, value in {"content-length": str(len(answer)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield told
    server.shutdown()
    server.server_close()


def remote(stranger: Stranger) -> Remote:
    return Remote(stranger.url, ME.id, Tokens("a" * 20, "r" * 20, 900, ME))


def problem(code: str, **data: object) -> bytes:
    return msgspec.json.encode({"code": code, "message": "", "data": data})


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ((200, {"content-type": "text/html; charset=utf-8"}, b"<html>"), Malformed, "captive_portal"),
        ((302, {"location": "http://x/"}, b""), Malformed, "redirected"),
        ((429, {"retry-after": "7"}, problem("throttled")), Throttled, "throttled"),
        ((503, {"retry-after": "3"}, problem("busy")), Throttled, "busy"),
        ((502, {}, b"bad gateway"), Offline, "http_502"),
        ((500, {}, problem("internal")), Offline, "internal"),
        ((507, {}, problem("server_full")), Offline, "server_full"),
        ((426, {}, problem("client_too_old")), ClientTooOld, "client_too_old"),
        ((400, {}, problem("malformed")), Malformed, "malformed"),
        ((409, {}, problem("epoch_changed")), SyncError, "epoch_changed"),
        ((413, {}, problem("too_large")), SyncError, "too_large"),
        ((401, {}, problem("device_revoked")), SignInRequired, "device_revoked"),
        ((200, {}, zstandard.compress(b"x" * 5_000)[:-9]), Malformed, "cut_off"),
        ((200, {"content-length": "500"}, b"short"), Offline, "cut_off"),
    ],
)
def test_every_refusal_has_its_own_error(
    stranger: Stranger, answer: tuple[int, dict[str, str], bytes], kind: type[FieldCrmError], code: str
) -> None:
    stranger.answers = [answer]
    with pytest.raises(kind) as raised:
        remote(stranger).sync(b"{}")
    assert raised.value.code == code
    assert type(raised.value) is kind


def test_the_seconds_to_wait_are_told(stranger: Stranger) -> None:
    stranger.answers = [(429, {"retry-after": "7"}, problem("throttled"))]
    with pytest.raises(Throttled) as raised:
        remote(stranger).sync(b"{}")
    assert raised.value.data["seconds"] == 7.0


@pytest.mark.parametrize("pack", [zstandard.compress, gzip.compress, bytes])
def test_a_body_is_unpacked_even_if_its_header_was_stripped(stranger: Stranger, pack: object) -> None:
    stranger.answers = [(200, {}, pack(b"hello" * 1_000))]  # type: ignore[operator]
    assert remote(stranger).sync(b"{}") == b"hello" * 1_000


def test_a_bomb_is_not_unpacked(stranger: Stranger) -> None:
    stranger.answers = [(200, {}, zstandard.compress(bytes(64 * 1024 * 1024)))]
    with pytest.raises(Malformed, match="too_large"):
        remote(stranger).sync(b"{}")


def test_a_refresh_whose_answer_was_lost_is_repeated_in_the_same_words(stranger: Stranger) -> None:
    expired = (401, {}, problem("token_expired"))
    stranger.answers = [expired, (200, {"content-length": "900"}, b"{"), expired, (200, {}, b"{}")]
    there = remote(stranger)
    with pytest.raises(Offline):
        there.sync(b"{}")
    with pytest.raises(Malformed):
        there.sync(b"{}")
    refreshes = [body for path, _, body in stranger.asked if path == "/auth/v1/refresh"]
    assert len(refreshes) == 2
    assert refreshes[0] == refreshes[1]


def test_new_tokens_are_durable_before_they_are_used(stranger: Stranger) -> None:
    fresh = Tokens("b" * 20, "s" * 20, 900, ME)
    stranger.answers = [
        (401, {}, problem("token_expired")),
        (200, {}, msgspec.json.encode(fresh)),
        (200, {}, b"ok"),
    ]
    kept: list[int] = []
    there = Remote(
        stranger.url,
        ME.id,
        Tokens("a" * 20, "r" * 20, 900, ME),
        lambda _new: kept.append(len(stranger.asked)),
    )
    assert there.sync(b"{}") == b"ok"
    assert kept == [2]
    assert stranger.asked[-1][1] == f"Bearer {fresh.access}"


def test_nobody_there_is_offline() -> None:
    with pytest.raises(Offline, match="unreachable"):
        Remote("http://127.0.0.1:9", ME.id, Tokens("a" * 20, "r" * 20, 900, ME)).sync(b"{}")
