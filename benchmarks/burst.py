"""200 laptops come back at once: each pushes ten orders and pulls 100 changes, in one request.

On SQLite and on PostgreSQL, with stamping, scopes, receipts, validation and the price check;
the load generator runs on the same cores. The laptops are today's: their orders are priced by the
set of rules in force, with promotions, gifts and their reasons.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import msgspec
import requests
from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.databases import on_both
from benchmarks.figures import Figure, at_least, at_most, percentile
from benchmarks.orders import of_today
from benchmarks.serving import Client, exchanged, lines_of, prepared, request_bytes, serving, signed_in
from fieldcrm import clock
from fieldcrm.sync.protocol import SCHEMA, SyncRequest
from server.database import Database
from server.demo.company import Company, Size, company

CLIENTS, ORDERS, CHANGES = 200, 10, 100
_GOALS = {"sqlite": 1_000.0, "postgresql": 900.0}


def figures(folder: Path) -> Iterator[Figure]:
    """Measure both databases."""
    made = company(Size(CLIENTS, 10, CLIENTS * CHANGES, 0, 0), 7, clock.business_day(clock.now()))
    for account in made.rows["account"]:  # every order has its credit checked, and passes
        account["credit_limit"] = Decimal(10_000_000)
    yield from on_both("burst", "orders/s", folder, partial(_measure, made))


def _measure(made: Company, name: str, url: str, data: Path) -> Iterator[Figure]:
    database = prepared(url, data, made)
    with serving(url, data) as address:
        shared: dict[str, str] = {}
        clients = [
            at_the_end(signed_in(address, f"rep{n + 1}", made.password, n), shared) for n in range(CLIENTS)
        ]
        with database.writing() as connection:
            connection.execute(
                text("UPDATE account SET note = note || '.', version = version + 1")  # by the office
            )
        requests_ = [_request(client, made, database, n) for n, client in enumerate(clients)]
        database.close()
        begin = time.perf_counter()
        answers = asyncio.run(_all_at_once(clients, requests_))
        whole = time.perf_counter() - begin
    accepted, rows = _counted(answers)
    if accepted != CLIENTS * ORDERS * 2:
        raise RuntimeError(f"{accepted} of {CLIENTS * ORDERS * 2} mutations were applied")
    yield at_least(f"burst {name}: orders/s", CLIENTS * ORDERS / whole, "orders/s", _GOALS[name])
    yield at_most(f"burst {name}: slowest of 200 answers", max(a[2] for a in answers), "s", 3.0)
    yield Figure(f"burst {name}: median answer", round(percentile([a[2] for a in answers], 0.5), 3), "s")
    yield Figure(f"burst {name}: rows pulled", float(rows), "rows")


def at_the_end(client: Client, shared: dict[str, str]) -> Client:
    """Return the client with a cursor that has seen everything; ``shared`` scopes are read once."""
    own = {"Authorization": f"Bearer {client.access}"}
    answer = requests.post(f"{client.url}/sync/v1/hello", headers=own, json={}, timeout=60)
    grants = sorted(answer.json()["grants"], key=lambda scope: scope.startswith(("terr:", "rep:")))
    if "cursor" not in shared:
        common = [scope for scope in grants if not scope.startswith(("terr:", "rep:"))]
        shared["cursor"] = _read(client, common, "")
    mine = [scope for scope in grants if scope.startswith(("terr:", "rep:"))]
    return Client(client.url, client.device, client.access, _read(client, mine, shared["cursor"]))


def _read(client: Client, scopes: list[str], cursor: str) -> str:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {client.access}"
        for scope in scopes:
            after: str | None = ""
            while after is not None:
                page = session.get(
                    f"{client.url}/sync/v1/bootstrap/{scope}",
                    params={"cursor": cursor, "after": after, "schema": str(SCHEMA)},
                    timeout=60,
                )
                page.raise_for_status()
                trailer = lines_of(page.content)[-1]["t"]
                cursor, after = trailer["cursor"], trailer.get("after")
    return cursor


def _request(client: Client, made: Company, database: Database, number: int) -> bytes:
    user = next(u for u in made.rows["user"] if u["login"] == f"rep{number + 1}")
    with database.reading() as connection, Session(connection) as session:
        push = of_today(session, made.rows, user, ORDERS)
    asked = SyncRequest(client.device, SCHEMA, len(push) + 1, cursor=client.cursor, push=push)
    return request_bytes(client, "/sync/v1/sync", msgspec.json.encode(asked))


async def _all_at_once(clients: list[Client], asked: list[bytes]) -> list[tuple[int, bytes, float]]:
    async def one(client: Client, request: bytes) -> tuple[int, bytes, float]:
        begin = time.perf_counter()
        status, headers, body = await exchanged(client, request)
        while status in (429, 503):
            await asyncio.sleep(float(headers.get("retry-after", "1")))
            status, headers, body = await exchanged(client, request)
        return status, body, time.perf_counter() - begin

    return await asyncio.gather(*(one(c, r) for c, r in zip(clients, asked, strict=True)))


def _counted(answers: list[tuple[int, bytes, float]]) -> tuple[int, int]:
    applied = rows = 0
    for status, body, _ in answers:
        if status != 200:
            raise RuntimeError(f"{status}: {body[:300]!r}")
        for line in lines_of(body):
            rows += "r" in line
            acks = line.get("h", {}).get("acks", ())
            applied += sum(ack["o"] == "applied" and "code" not in ack for ack in acks)
    return applied, rows
