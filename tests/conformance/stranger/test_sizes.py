"""Bodies, packings and names that are too much for a server (SEC ids in the docstrings)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conformance.stranger.client import Refused, uuid7
from tests.conformance.stranger.conftest import House

MEGABYTE = 1024 * 1024


def resident(pid: int) -> int:
    """Return a process's memory in bytes."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def busy(pid: int) -> float:
    """Return the processor seconds a process has spent, however busy the machine is."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // MEGABYTE):
        yield b" " * MEGABYTE


HUGE: dict[str, Callable[[], Any]] = {
    "100 MB with a length": lambda: b'{"a":"' + b"x" * (100 * MEGABYTE) + b'"}',
    "1 GB without a length": lambda: _chunks(1024 * MEGABYTE),
    "a million items": lambda: b"[" + b"{}," * 999_999 + b"{}]",
    "one string of 10 MB": lambda: json.dumps({"user": "x" * 10 * MEGABYTE}).encode(),
    "100,000 deep": lambda: b"[" * 100_000 + b"]" * 100_000,
}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("what", HUGE)
def test_a_body_too_large_is_refused_soon_and_cheaply(embedded: House, what: str) -> None:
    """SEC-13"""
    rep, other = embedded.known("rep1"), embedded.known("rep2")
    for path in ("/sync/v1/sync", "/auth/v1/login", "/api/v1/accounts"):
        body, pid = HUGE[what](), embedded.server.process.pid
        before, began = resident(pid), busy(pid)
        try:
            answer = requests.post(embedded.url + path, data=body, timeout=20, headers={
                "authorization": f"Bearer {rep.access}", "content-type": "application/json"})  # fmt: skip
            assert answer.status_code in (400, 413, 422)
            assert answer.json()["code"] in {"too_large", "too_deep", "malformed", "invalid"}
        except requests.ConnectionError:
            assert "GB" in what  # whoever goes on sending after the answer is cut off
        assert busy(pid) - began < 2
        assert resident(pid) - before < 100 * MEGABYTE
        assert other.json("GET", "/api/v1/accounts?limit=1") is not None


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("where", ["many_keys", "tags"])
def test_what_unpacks_to_very_much_is_refused_soon_and_cheaply(embedded: House, where: str) -> None:
    """SEC-13"""
    rep, pid = embedded.known("rep1"), embedded.server.process.pid
    shape = (
        {f"k{n:07d}": n for n in range(900_000)}
        if where == "many_keys"
        else [f"{n:x}" for n in range(1_200_000)]
    )
    doc = {"name": "x", "territory_id": embedded.area("HZ"), where: shape}
    push = [rep.create("account", doc, schema=9)]
    before, began = resident(pid), busy(pid)
    with contextlib.suppress(Refused):
        assert rep.exchange(push, packing="zstd", apply=False).acks[0]["o"] == "rejected"
    assert busy(pid) - began < 2
    assert resident(pid) - before < 100 * MEGABYTE


def test_a_patch_of_very_many_fields_costs_little(embedded: House) -> None:
    """SEC-13"""
    rep, key = embedded.known("rep1"), embedded.account()
    fields = {f"new_field_{n}": {"old": None, "new": n} for n in range(8_000)}
    began = busy(embedded.server.process.pid)
    change = rep.mutation("account", key, "patch", set=fields, schema=9)
    assert rep.exchange([change], packing="zstd", apply=False).outcomes == ["rejected:too_many"]
    assert busy(embedded.server.process.pid) - began < 2


NAMES = [
    "../../etc/passwd",
    "..\\..\\x",
    "%2e%2e%2f",
    "/abs",
    "C:\\x",
    "a\0b",
    "x" * 300,
    "CON",
    "dot.",
    "a／b",
    "~",
]


_OWN = ("server.db", "high-water", ".log")  # what the server writes whenever it likes


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_never_becomes_a_path(embedded: House, name: str) -> None:
    """SEC-15"""
    rep, content = embedded.known("rep1"), os.urandom(64)
    folder = embedded.server.data
    before = {str(p) for p in folder.parent.rglob("*")}
    told = {"id": uuid7(), "sha256": hashlib.sha256(content).hexdigest(), "filename": name, "name": name}

    def announced(metadata: dict[str, str]) -> int:
        packed = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in metadata.items())
        headers = {"tus-resumable": "1.0.0", "upload-length": "64", "upload-metadata": packed,
                   "content-type": "application/offset+octet-stream"}  # fmt: skip
        status, _, _, _ = rep.raw("POST", "/sync/v1/files", content, headers=headers)
        return status

    assert announced(told) == 201
    assert announced(told | {"id": name}) == 422
    assert announced(told | {"sha256": name}) == 422
    here = {str(p) for p in folder.parent.rglob("*")} - before
    blobs = {p for p in here if Path(p).is_file() and not any(own in p for own in _OWN)}
    sha256 = told["sha256"]
    assert blobs == {str(folder / "blobs" / sha256[:2] / sha256[2:4] / sha256)}
    for path in (f"/sync/v1/files/{name}", f"/sync/v1/bootstrap/{name}", f"/api/v1/accounts/{name}"):
        if not set(name) & {"\0", " "} and name.isascii():
            line = http.client.HTTPConnection("127.0.0.1", embedded.server.port, timeout=10)
            line.putrequest("GET", path, skip_host=False)
            line.putheader("authorization", f"Bearer {rep.access}")
            line.endheaders()
            answer = line.getresponse()
            assert answer.status in (403, 404, 405, 422)
            assert b"root:" not in answer.read()
