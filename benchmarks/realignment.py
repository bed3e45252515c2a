"""Every account of a company changes territory by one SQL statement, while 50 laptops sync (F44).

With what hangs on them 100,000 rows move, are numbered, and leave some laptops for others; each
laptop pushes something every two seconds and takes the pages that come. On SQLite and on
PostgreSQL; the load generator runs on the same cores.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert

from benchmarks.burst import at_the_end
from benchmarks.databases import on_both
from benchmarks.figures import Figure, at_most, percentile
from benchmarks.serving import Client, exchanged, lines_of, prepared, request_bytes, serving, signed_in
from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Contact
from fieldcrm.sync.protocol import Mutation, Op, SyncRequest
from server.database import Database, run
from server.demo.company import Company, Size, company
from server.stamp import stamp_all

CLIENTS, ACCOUNTS, CONTACTS = 50, 10_000, 9
PAUSE, LIMIT = 2.0, 2.0


def figures(folder: Path) -> Iterator[Figure]:
    """Measure both databases."""
    made = company(Size(CLIENTS, 10, ACCOUNTS, 0, 0), 7, clock.business_day(clock.now()))
    yield from on_both("realignment", "s", folder, partial(_measure, made))


def _measure(made: Company, name: str, url: str, data: Path) -> Iterator[Figure]:
    database = prepared(url, data, made)
    _add_contacts(database, made)
    with serving(url, data) as address:
        shared: dict[str, str] = {}
        laptops = [
            _Laptop(at_the_end(signed_in(address, f"rep{n + 1}", made.password, n), shared), made, n)
            for n in range(CLIENTS)
        ]
        statement, whole = asyncio.run(_play(laptops, database))
    database.close()
    waited = [seconds for laptop in laptops for seconds in laptop.waited]
    yield at_most(f"realignment {name}: push p99", percentile(waited, 0.99), "s", LIMIT)
    yield Figure(f"realignment {name}: push p50", round(percentile(waited, 0.5), 3), "s")
    yield Figure(f"realignment {name}: slowest push", round(max(waited), 3), "s")
    yield Figure(f"realignment {name}: the statement itself", round(statement, 2), "s")
    yield Figure(f"realignment {name}: until all was moved and told", round(whole, 1), "s")
    yield Figure(f"realignment {name}: rows told", float(sum(each.rows for each in laptops)), "rows")


def _add_contacts(database: Database, made: Company) -> None:
    rows = [
        {"id": new_id(), "name": "人", "account_id": each["id"], "territory_id": each["territory_id"]}
        for each in made.rows["account"]
        for _ in range(CONTACTS)
    ]
    with database.writing() as connection:
        connection.execute(insert(Contact), rows)
    stamp_all(database, clock.to_ms(clock.now()))


def _realign(database: Database) -> float:
    """Give every territory's accounts to the next one, in one statement."""
    begin = time.perf_counter()
    with database.writing() as connection:
        found = run(connection, "SELECT DISTINCT territory_id FROM account ORDER BY 1")
        areas = [area for (area,) in found]
        pairs = [value for pair in zip(areas, areas[1:] + areas[:1], strict=True) for value in pair]
        cases = "WHEN ? THEN ? " * len(areas)
        run(connection, f"UPDATE account SET territory_id = CASE territory_id {cases}END", *pairs)
    return time.perf_counter() - begin


def _settled(database: Database) -> bool:
    with database.reading() as connection:
        return not any(
            run(connection, f"SELECT 1 FROM {table} LIMIT 1").first()
            for table in ("sync_outbox", "sync_move")
        )


async def _play(laptops: list[_Laptop], database: Database) -> tuple[float, float]:
    """Let the laptops sync until everything is told; return the statement's seconds and all of them."""
    over = asyncio.Event()
    turns = [asyncio.create_task(laptop.work(over)) for laptop in laptops]
    await asyncio.sleep(PAUSE)
    begin = time.perf_counter()
    statement = await asyncio.to_thread(_realign, database)
    while not await asyncio.to_thread(_settled, database):
        await asyncio.sleep(0.2)
    over.set()
    await asyncio.gather(*turns)
    return statement, time.perf_counter() - begin


class _Laptop:
    """One that pushes a to-do and pulls a page, again and again."""

    def __init__(self, client: Client, made: Company, number: int) -> None:
        self.client, self.n, self.pause = client, 0, PAUSE * number / CLIENTS
        self.me = str(next(u["id"] for u in made.rows["user"] if u["login"] == f"rep{number + 1}"))
        self.waited: list[float] = []
        self.rows = 0

    async def work(self, over: asyncio.Event) -> None:
        """Sync until it is over and nothing more comes."""
        await asyncio.sleep(self.pause)
        more = True
        while more or not over.is_set():
            more = await self._exchange([self._todo()])
            await asyncio.sleep(0 if more and over.is_set() else PAUSE)

    def _todo(self) -> Mutation:
        self.n += 1
        doc = {"assignee_id": self.me, "created_by": self.me, "title": "between"}
        at = clock.to_ms(clock.now())
        return Mutation(str(new_id()), self.n, ("todo", str(new_id())), Op.CREATE, at, doc=doc)

    async def _exchange(self, push: list[Mutation]) -> bool:
        asked = SyncRequest(self.client.device, 1, self.n + 1, cursor=self.client.cursor, push=push)
        request = request_bytes(self.client, "/sync/v1/sync", msgspec.json.encode(asked))
        begin = time.perf_counter()
        status, _, body = await exchanged(self.client, request)
        self.waited.append(time.perf_counter() - begin)
        if status != 200:
            raise RuntimeError(f"{status}: {body[:300]!r}")
        return self._took(lines_of(body))

    def _took(self, lines: list[dict[str, Any]]) -> bool:
        if [ack["o"] for ack in lines[0]["h"]["acks"]] != ["applied"]:
            raise RuntimeError(f"not applied: {lines[0]['h']['acks']}")
        self.rows += len(lines) - 2
        trailer = lines[-1]["t"]
        self.client = Client(self.client.url, self.client.device, self.client.access, trailer["cursor"])
        return bool(trailer["more"])
