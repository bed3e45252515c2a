"""Workload S into an empty laptop, then the small syncs of a day; the floor in the same run.

The server is a real process on loopback, the laptop a real encrypted file filled by the
product's own first sync. Every count is checked against the server's tables.
"""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
import zstandard
from sqlalchemy import text

from benchmarks import bare, floor, peers, slow_line
from benchmarks.figures import Figure, against, at_least, at_most, percentile, seconds
from benchmarks.orders import mutations
from benchmarks.serving import lines_of, prepared, request_bytes, serving, signed_in
from benchmarks.workload import Rows, plans, workload
from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.storage import facts, search
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.sync import first, outbox
from fieldcrm.sync.engine import Engine
from fieldcrm.sync.entities import registry
from fieldcrm.sync.first import FirstProgress
from fieldcrm.sync.protocol import MAX_BATCH, SyncRequest
from fieldcrm.sync.remote import Remote, Reply
from server.database import Database as ServerDatabase
from server.demo.company import Company

PASSWORD = "workload-s"
DOWN, UP, IDLE, PUSHED = 1_000, 200, 200, 1_000
ROUNDS = 3
INITIAL = "sync: first sync of S, encrypted, indexed, search ready"
INCREMENTAL = f"sync: {DOWN:,} rows down, {UP} up"
ORDERS = f"sync: push of {PUSHED:,} orders x 5 lines"


def figures(folder: Path) -> Iterator[Figure]:
    """Measure the floor, the first sync, and the small ones after it."""
    rows = workload()
    plans(rows, clock.business_day(clock.now()))
    plain, encrypted = _floor(rows, folder)
    yield Figure("sync: floor, plain SQLite", round(plain, 3), "s")
    yield Figure("sync: floor, SQLCipher", round(encrypted, 3), "s")
    data = folder / "server"
    data.mkdir()
    database = prepared(f"sqlite:///{data / 'server.db'}", data, Company(rows, [], PASSWORD))
    with serving(f"sqlite:///{data / 'server.db'}", data) as url:
        laptops = [_filled(url, folder / f"laptop{n}.db", rows) for n in range(ROUNDS)]
        found = [
            *_initial(laptops, encrypted, sum(len(rows[name]) for name in registry())),
            *_incremental(laptops[-1], database, folder),
            *_idle(laptops[-1], url),
            *_push(url, rows),
            *slow_line.memory(url, PASSWORD, folder / "alone"),
        ]
        for laptop in laptops:
            laptop.database.close()
    database.close()
    yield from found
    yield from slow_line.over_a_slow_line(folder / "far", PASSWORD)
    taken = {figure.name: figure.value for figure in found}
    ours = peers.Ours(taken[INITIAL], taken[INCREMENTAL], taken[ORDERS])
    yield from peers.figures(folder / "peers", _unpacked(folder), ours)


def _unpacked(folder: Path) -> Path:
    """Write the floor's file plain, as the peers read it."""
    plain = folder / "s.ndjson"
    packed = (folder / "s.ndjson.zst").read_bytes()
    plain.write_bytes(zstandard.ZstdDecompressor().decompress(packed, max_output_size=1 << 30))
    return plain


def _floor(rows: Rows, folder: Path) -> tuple[float, float]:
    """Return the median seconds of loading S barely: plain, encrypted."""
    path = folder / "s.ndjson.zst"
    floor.write_file(rows, path)
    taken: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(ROUNDS):
        for secret in (False, True):
            target = folder / ("floor-cipher.db" if secret else "floor.db")
            taken[secret].append(seconds(lambda t=target, s=secret: floor.load(path, t, encrypted=s)))  # type: ignore[misc]
    return statistics.median(taken[False]), statistics.median(taken[True])


# -- the first sync ----------------------------------------------------------------------------


class CountedRemote(Remote):
    """The product's own way to the server, which counts requests and bytes."""

    def __init__(self, server: str, device: str) -> None:
        super().__init__(server, device)
        self.requests = self.up = self.down = 0

    def call(self, method: str, path: str, body: bytes = b"", headers: Any = None) -> Reply:
        """Send as always; both bodies are counted as they are packed."""
        self.requests += 1
        self.up += len(body)
        reply = super().call(method, path, body, headers)
        self.down += len(reply.body)
        return reply


@dataclass
class _Laptop:
    """One filled laptop and how long which part took."""

    database: Database
    remote: CountedRemote
    engine: Engine
    whole: float = 0.0
    workable: float = 0.0
    derived: dict[str, float] = field(default_factory=dict)


def _filled(url: str, path: Path, rows: Rows) -> _Laptop:
    remote = CountedRemote(url, str(new_id()))
    remote.login("rep1", PASSWORD, "bench")
    database = Database.create(path, bytes(range(32)))
    outbox.attach(database)
    laptop = _Laptop(database, remote, Engine(database, remote, Files(path.parent / "photos", bytes(32))))
    begin = time.perf_counter()

    def tell(news: FirstProgress) -> None:
        if news.workable and not laptop.workable:
            laptop.workable = time.perf_counter() - begin

    first.run(database, remote, lambda: False, tell)
    laptop.whole = time.perf_counter() - begin
    _check(database, rows)
    with database.loading() as connection:
        laptop.derived = {
            "search": seconds(lambda: search.rebuild(connection)),
            "account figures": seconds(lambda: facts.rebuild(connection)),
        }
    return laptop


def _check(database: Database, rows: Rows) -> None:
    """Count every table: a sync that lost something has no speed."""
    with database.reading() as session:
        for entity in registry().values():
            for table in (entity.table.name, *(part.table.name for part in entity.parts)):
                here = session.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
                if here != len(rows.get(table, ())):
                    raise RuntimeError(f"{table}: {here} rows instead of {len(rows.get(table, ()))}")
        if not search.find(session, "account", "便利", 1) or not search.find(session, "product", "商品", 1):
            raise RuntimeError("search finds nothing")


def _initial(laptops: list[_Laptop], encrypted: float, rows: int) -> Iterator[Figure]:
    whole = statistics.median(laptop.whole for laptop in laptops)
    derived = {
        name: statistics.median(laptop.derived[name] for laptop in laptops) for name in laptops[0].derived
    }
    yield against(INITIAL, whole, "s", "SQLCipher floor", encrypted, at_most=2.0)
    for part, taken in derived.items():
        yield Figure(f"sync: of that, {part}", round(taken, 3), "s")
    name = "sync: first sync without search and figures"
    yield against(name, whole - sum(derived.values()), "s", "SQLCipher floor", encrypted, at_most=2.0)
    workable = statistics.median(laptop.workable / laptop.whole for laptop in laptops)
    yield at_most("sync: today's work is workable after", 100 * workable, "% of it", 25.0)
    yield at_least("sync: rows of the first sync", rows / whole, "rows/s", 20_000)


# -- the small ones ----------------------------------------------------------------------------


def _incremental(laptop: _Laptop, server: ServerDatabase, folder: Path) -> Iterator[Figure]:
    """1,000 rows down and 200 up; product and floor in turn.

    The first turn warms both up and is not counted; the self-check after a first sync falls into it.
    """
    ours, bares, asked = [], [], []
    with bare.serving(folder / "floor.db", DOWN) as address, requests.Session() as session:
        pushed = bare.changes(folder / "floor.db", UP)
        for turn in range(ROUNDS + 1):
            _change_both(laptop, server, turn)
            laptop.remote.requests = laptop.remote.up = laptop.remote.down = 0
            begin = time.perf_counter()
            report = laptop.engine.cycle()
            ours.append(time.perf_counter() - begin)
            asked.append(laptop.remote.requests)
            if (report.rows, report.pushed) != (DOWN + UP, UP):
                raise RuntimeError(f"{report.rows} rows down, {report.pushed} up")
            bares.append(seconds(lambda: bare.exchange(session, address, folder / "floor-cipher.db", pushed)))
    floors = statistics.median(bares[1:])
    yield against(INCREMENTAL, statistics.median(ours[1:]), "s", "bare exchange", floors, at_most=1.5)
    yield at_most(f"{INCREMENTAL}: requests", max(asked[1:]), "requests", 1)
    yield from _bytes_per_row(laptop, server)


def _change_both(laptop: _Laptop, server: ServerDatabase, turn: int) -> None:
    """Let the office change 1,000 accounts and the rep another 200."""
    with server.writing() as connection:
        connection.execute(
            text(
                "UPDATE account SET phone = :phone, version = version + 1"
                " WHERE id IN (SELECT id FROM account ORDER BY id LIMIT :count)"
            ),
            {"phone": f"1380000{turn:04d}", "count": DOWN},
        )
    with laptop.database.writing() as session:
        for account in session.query(Account).order_by(Account.id.desc()).limit(UP):
            account.note = f"seen {turn} times"


def _bytes_per_row(laptop: _Laptop, server: ServerDatabase) -> Iterator[Figure]:
    """Measure a page of 1,000 rows of which one field changed, as it comes over the wire."""
    _change_both(laptop, server, 99)
    wire = _Wire(laptop.remote)
    up, down = wire.sync(laptop)
    yield at_most("sync: bytes per changed row down", down / (DOWN + UP), "B", 100.0)
    yield at_most("sync: bytes per changed row up", up / UP, "B", 180.0)


class _Wire:
    """Counts the bodies as they are sent and received, packed."""

    def __init__(self, remote: CountedRemote) -> None:
        self._remote = remote
        self.up = self.down = 0

    def sync(self, laptop: _Laptop) -> tuple[int, int]:
        """Run one cycle; return the packed bytes up and down."""
        http_ = self._remote._http  # noqa: SLF001 - nobody else needs to look there
        real = http_.request

        def counted(method: str, url: str, **options: Any) -> Any:
            self.up += len(options.get("data") or b"")
            answer = real(method, url, **options)
            self.down += int(answer.headers.get("content-length", "0"))
            return answer

        http_.request = counted  # type: ignore[method-assign,assignment]
        try:
            laptop.engine.cycle()
        finally:
            http_.request = real  # type: ignore[method-assign]
        return self.up, self.down


def _idle(laptop: _Laptop, url: str) -> Iterator[Figure]:
    """Sync when nothing is to be done: bodies, and the server's answer time on one connection."""
    laptop.engine.cycle()
    laptop.remote.requests = 0
    wire = _Wire(laptop.remote)
    up, down = wire.sync(laptop)
    yield at_most("sync: nothing to do: requests", laptop.remote.requests, "requests", 1)
    yield at_most("sync: nothing to do: body up", up, "B", 400)
    yield at_most("sync: nothing to do: body down", down, "B", 400)
    taken = _asked_again(laptop, url)
    yield at_most("sync: nothing to do: p50", 1000 * percentile(taken, 0.5), "ms", 3.0)
    yield at_most("sync: nothing to do: p99", 1000 * percentile(taken, 0.99), "ms", 15.0)


def _asked_again(laptop: _Laptop, url: str) -> list[float]:
    body = laptop.engine._core.request(0, 0, "bench")  # noqa: SLF001 - exactly what the product would send
    token = laptop.remote.tokens
    headers = {
        "Authorization": f"Bearer {token.access if token else ''}",
        "Content-Type": "application/json", "Accept-Encoding": "zstd",
    }  # fmt: skip
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    taken = []
    for _ in range(IDLE):
        begin = time.perf_counter()
        connection.request("POST", "/sync/v1/sync", body, headers)
        answer = connection.getresponse()
        answer.read()
        taken.append(time.perf_counter() - begin)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}")
    connection.close()
    return taken


def _push(url: str, rows: Rows) -> Iterator[Figure]:
    """Push 1,000 orders of five lines, priced again by the server, in as many requests as it takes."""
    client = signed_in(url, "rep1", PASSWORD)
    push = mutations(rows, rows["user"][0], PUSHED)
    parts = [push[start : start + MAX_BATCH] for start in range(0, len(push), MAX_BATCH)]
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    cursor, applied, taken = _cursor(client), 0, 0.0
    for part in parts:
        asked = SyncRequest(client.device, 1, part[-1].n + 1, cursor=cursor, push=part)
        request = request_bytes(client, "/sync/v1/sync", msgspec.json.encode(asked))
        head, _, body = request.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        headers["Accept-Encoding"] = "identity"
        begin = time.perf_counter()
        connection.request("POST", "/sync/v1/sync", body, headers)
        answer = connection.getresponse().read()
        taken += time.perf_counter() - begin
        lines = lines_of(answer)
        applied += sum(ack["o"] == "applied" and "code" not in ack for ack in lines[0]["h"]["acks"])
        cursor = lines[-1]["t"]["cursor"]
    connection.close()
    if applied != len(push):
        raise RuntimeError(f"{applied} of {len(push)} mutations were applied")
    yield Figure(ORDERS, round(taken, 3), "s")
    yield Figure("sync: orders pushed by one laptop", round(PUSHED / taken), "orders/s")


def _cursor(client: Any) -> str:
    """Return a cursor at the end of every scope."""
    from benchmarks.burst import at_the_end

    return str(at_the_end(client, {}).cursor)
