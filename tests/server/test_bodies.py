"""Bodies that are too big, too deep, bombs, or not what they say: refused with a code, cheaply."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.errors import Malformed
from fieldcrm.ids import new_id
from server import bodies, limits
from tests.fixtures.server import Person, ServerProcess

MEGABYTE = 1024 * 1024


def request_of(person: Person, **more: object) -> dict[str, object]:
    return {"dev": str(person.device), "schema": 1, "n_next": 1, **more}


def packed(plain: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(plain)


@pytest.mark.parametrize("encoding", ["zstd", "gzip", "identity", ""])
def test_what_was_packed_is_unpacked(encoding: str) -> None:
    plain = os.urandom(5_000)
    body = {"zstd": packed, "gzip": gzip.compress}.get(encoding, bytes)(plain)
    assert bodies.unpacked(body, encoding, MEGABYTE) == plain


@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
def test_a_bomb_is_dropped_before_it_grows(encoding: str) -> None:
    zeros = bytes(200 * MEGABYTE)
    bomb = packed(zeros) if encoding == "zstd" else gzip.compress(zeros, 9)
    began = time.process_time()
    with pytest.raises(Malformed, match="too_large"):
        bodies.unpacked(bomb, encoding, limits.SYNC_PLAIN)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("encoding", ["zstd", "gzip"])
def test_a_packed_body_that_was_cut_is_malformed(encoding: str) -> None:
    body = packed(b"{}" * 500) if encoding == "zstd" else gzip.compress(b"{}" * 500)
    for end in range(len(body)):
        with pytest.raises(Malformed):
            bodies.unpacked(body[:end], encoding, MEGABYTE)


def test_a_high_ratio_is_refused_even_below_the_size_limit() -> None:
    with pytest.raises(Malformed, match="ratio"):
        bodies.unpacked(packed(b" " * (8 * MEGABYTE)), "zstd", limits.SYNC_PLAIN)


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd, gzip", "x"])
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(Malformed, match="unsupported_encoding"):
        bodies.unpacked(zlib.compress(b"{}"), encoding, MEGABYTE)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(json_values)
def test_ordinary_json_passes_whatever_its_strings_hold(value: object) -> None:
    limits.check_shape(json.dumps(value).encode())


@pytest.mark.parametrize("body", [
    b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b'{"a":"]]]]]","b":' + b"[" * 60 + b"]" * 60 + b"}",
    b'["\\"",' + b"[" * 60 + b"]" * 60 + b"]",
])  # fmt: skip
def test_deep_nesting_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match=r"too_deep|too_large"):
        limits.check_shape(body)


def test_a_million_items_are_refused() -> None:
    with pytest.raises(Malformed, match="too_large"):
        limits.check_shape(b"[" + b",".join([b"{}"] * 1_000_000) + b"]")


def test_a_hundred_megabytes_get_413_and_others_are_served(shared_server: ServerProcess, rep: Person) -> None:
    body = b'{"push":"' + bytes(100 * MEGABYTE)
    before = _memory(shared_server)
    began = time.monotonic()
    answer = rep.post("/sync/v1/sync", data=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert time.monotonic() - began < 5
    assert rep.get("/health").status_code == 200
    assert _memory(shared_server) - before < 60 * MEGABYTE


def test_an_endless_body_without_a_length_gets_413(rep: Person) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(50):
            yield bytes(MEGABYTE)

    for path in ("/sync/v1/sync", "/auth/v1/login", "/api/v1/accounts"):
        answer = rep.post(path, data=endless(), headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), path


def test_a_bomb_on_the_wire_gets_413(shared_server: ServerProcess, rep: Person) -> None:
    before = _memory(shared_server)
    for encoding, body in (
        ("zstd", packed(bytes(500 * MEGABYTE))),
        ("gzip", gzip.compress(bytes(100 * MEGABYTE))),
    ):
        for path in ("/sync/v1/sync", "/api/v1/accounts", "/sync/v1/have"):
            answer = rep.post(path, data=body, headers={"content-encoding": encoding})
            assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), (encoding, path)
    assert _memory(shared_server) - before < 60 * MEGABYTE


def test_deep_json_gets_400_everywhere(rep: Person) -> None:
    for path in ("/sync/v1/sync", "/auth/v1/login", "/api/v1/accounts"):
        answer = rep.post(path, data=b"[" * 100_000, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "too_deep"), path


@pytest.mark.parametrize("body", [
    b"", b"null", b"[]", b"{}", b"\xff\xfe", b'{"dev": 1}', b'{"dev":"x","schema":1,"n_next":1',
    b'{"dev":"x","schema":1e400,"n_next":1}', b'{"dev":"x","schema":NaN,"n_next":1}', b"\x00" * 100,
])  # fmt: skip
def test_a_body_that_is_no_sync_request_is_malformed(rep: Person, body: bytes) -> None:
    answer = rep.post("/sync/v1/sync", data=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_too_many_mutations_get_413(rep: Person) -> None:
    mutation = {"n": 1, "agg": ["todo", str(new_id())], "op": "create", "at": 0, "doc": {}}
    many = [mutation | {"id": str(new_id()), "n": n + 1} for n in range(201)]
    answer = rep.post("/sync/v1/sync", data=packed(json.dumps(request_of(rep, push=many)).encode()),
                      headers={"content-encoding": "zstd"})  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_huge_headers_are_refused(shared_server: ServerProcess) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", shared_server.port, timeout=10)
    connection.request("GET", "/health", headers={"x-filler": "y" * 100_000})
    assert connection.getresponse().status in (400, 431)
    connection.close()


def test_an_unknown_address_and_method_answer_in_the_same_shape(rep: Person) -> None:
    for method, path, status in (
        ("GET", "/nothing", 404),
        ("PUT", "/health", 405),
        ("GET", "/sync/v1/sync", 405),
    ):
        answer = rep.call(method, path)
        assert answer.status_code == status
        assert set(answer.json()) >= {"code", "message"}


def test_answers_are_packed_as_the_asker_takes_them(rep: Person) -> None:
    plain = rep.get("/sync/v1/schema", headers={"accept-encoding": "identity"})
    zstd = rep.get("/sync/v1/schema", headers={"accept-encoding": "zstd, gzip"}, stream=True)
    gzipped = rep.get("/sync/v1/schema", headers={"accept-encoding": "gzip"}, stream=True)
    assert "content-encoding" not in plain.headers
    assert zstd.headers["content-encoding"] == "zstd"
    assert gzipped.headers["content-encoding"] == "gzip"
    assert zstandard.ZstdDecompressor().decompress(zstd.raw.read(), 10 * MEGABYTE) == plain.content
    assert gzip.decompress(gzipped.raw.read()) == plain.content
    assert plain.headers["x-content-type-options"] == "nosniff"


def _memory(server: ServerProcess) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
