"""A real server process for a benchmark, filled with rows, and clients that cost next to nothing."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
import zstandard

from fieldcrm import clock
from fieldcrm.ids import new_id
from server.database import Database
from server.demo.company import Company
from server.demo.filling import fill
from server.files import Store
from server.stamp import stamp_all

_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Client:
    """One signed-in device: where it asks, as whom, and where its pulls stand."""

    url: str
    device: str
    access: str
    cursor: str = ""


def prepared(url: str, folder: Path, company: Company) -> Database:
    """Fill an empty database and number every row."""
    database = Database(url)
    database.migrate()
    fill(database, Store(folder / "blobs", folder / "uploads"), company, clock.now())
    stamp_all(database, clock.to_ms(clock.now()))
    return database


@contextmanager
def serving(url: str, folder: Path, workers: int = 1) -> Iterator[str]:
    """Run ``python -m server serve`` and give its address."""
    with running(url, folder, workers) as (address, _):
        yield address


@contextmanager
def running(url: str, folder: Path, workers: int = 1) -> Iterator[tuple[str, int]]:
    """Run ``python -m server serve`` and give its address and process."""
    command = [sys.executable, "-m", "server", "serve", "--database", url, "--data", str(folder),
               "--port", "0", "--workers", str(workers), "--trusted-proxy", "127.0.0.1"]  # fmt: skip
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=_ROOT, env=os.environ)
        try:
            line = process.stdout.readline() if process.stdout else b""
            yield str(json.loads(line)["ready"]), process.pid
        finally:
            process.terminate()
            process.wait(20)


def signed_in(url: str, login: str, password: str, number: int = 0) -> Client:
    """Sign a device in; each one seems to come from an address of its own."""
    device = str(new_id())
    answer = requests.post(
        f"{url}/auth/v1/login",
        json={"user": login, "password": password, "device": {"id": device, "name": "bench"}},
        headers={"X-Forwarded-For": f"10.1.{number // 250}.{number % 250 + 1}"},
        timeout=60,
    )
    answer.raise_for_status()
    return Client(url, device, answer.json()["access"])


def lines_of(body: bytes) -> list[dict[str, Any]]:
    """Return the JSON lines of a sync response."""
    return [msgspec.json.decode(line) for line in body.splitlines() if line]


def request_bytes(client: Client, path: str, body: bytes) -> bytes:
    """Return a whole HTTP request, ready to be written to a socket."""
    host = urlsplit(client.url).netloc
    packed = zstandard.ZstdCompressor(level=3).compress(body)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {client.access}\r\n"
        f"Content-Type: application/json\r\nContent-Encoding: zstd\r\nAccept-Encoding: zstd\r\n"
        f"Content-Length: {len(packed)}\r\nConnection: keep-alive\r\n\r\n"
    )
    return head.encode() + packed


async def exchanged(client: Client, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send one request over a connection of its own; return status, headers and body."""
    where = urlsplit(client.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        writer.write(request)
        await writer.drain()
        return await _answer(reader)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    if headers.get("content-encoding") == "zstd":
        body = zstandard.ZstdDecompressor().decompress(body, max_output_size=1 << 28)
    return int(head[0].split()[1]), headers, body
