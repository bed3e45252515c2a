"""What one server on two cores carries: idle syncs, sustained pushes, a crowd's usual day, a restore.

The load generator runs on the same cores and speaks to one worker on SQLite, over sockets.
Scaled down, and honestly: the usual day of 1,000 reps (one sync a minute each) is played by
200 devices at the same rate, and the stampede is a tenth of the 500 devices of the goal.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import text

from benchmarks.burst import at_the_end
from benchmarks.figures import Figure, at_least, at_most, percentile
from benchmarks.orders import mutations
from benchmarks.serving import Client, exchanged, lines_of, prepared, request_bytes, running, signed_in
from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.sync.protocol import MAX_ACKED, Mutation, Op, RewindRequest, SyncRequest, Want
from server.demo.company import Company, Size, company

REPS, ROUNDS, EVERY, ROWS = 200, 3, 12.0, 20
PUSHERS, PUSH_SECONDS, BATCH = 8, 15.0, 20
IDLE = 200
RETURNING, ORDERS, TODOS = 50, 20, 240


@dataclass
class Device:
    """One laptop's side of the talk, as little as it can be."""

    client: Client
    user: dict[str, Any]
    made: Company
    epoch: str | None = None
    n: int = 0
    acked: list[str] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)
    pulled: int = 0

    def work(self, orders: int, todos: int) -> list[Mutation]:
        """Return what its rep did next: orders created and submitted, todos noted."""
        push = mutations(self.made.rows, self.user, orders) if orders else []
        me = str(self.user["id"])
        push += [
            Mutation(
                str(new_id()), 0, ("todo", str(new_id())), Op.CREATE, clock.to_ms(clock.now()),
                doc={"assignee_id": me, "created_by": me, "title": "call back"},
            )
            for _ in range(todos)
        ]  # fmt: skip
        return [msgspec.structs.replace(m, n=self.n + place) for place, m in enumerate(push, 1)]

    async def sync(self, push: list[Mutation], rows: int = 2_000) -> None:
        """Do one whole exchange; everything pushed must be taken."""
        self.n += len(push)
        asked = SyncRequest(self.client.device, 2, self.n + 1, epoch=self.epoch,
                            cursor=self.client.cursor, push=push, want=Want(max_rows=rows))  # fmt: skip
        begin = time.perf_counter()
        body = await self.post("/sync/v1/sync", msgspec.json.encode(asked))
        self.taken.append(time.perf_counter() - begin)
        head, *told, tail = lines_of(body)
        acks = head["h"]["acks"]
        if len(acks) != len(push) or any(ack["o"] != "applied" for ack in acks):
            raise RuntimeError(f"not all of a push was applied: {acks[:3]}")
        self.epoch, self.pulled = head["h"]["epoch"], self.pulled + len(told)
        self.acked += [ack["id"] for ack in acks]
        self.client = Client(self.client.url, self.client.device, self.client.access, tail["t"]["cursor"])

    async def post(self, path: str, body: bytes) -> bytes:
        """Send one request as often as the server asks for; anything but 200 in the end is an error."""
        request = request_bytes(self.client, path, body)
        while True:
            status, headers, answer = await exchanged(self.client, request)
            if status == 200:
                return answer
            if status != 429:
                raise RuntimeError(f"{status}: {answer[:200]!r}")
            await asyncio.sleep(float(headers.get("retry-after", "1")))


def figures(folder: Path) -> Iterator[Figure]:
    """Measure one server through all of it."""
    made = company(Size(REPS, 10, REPS * ROUNDS * ROWS, 0, 0), 7, clock.business_day(clock.now()))
    for account in made.rows["account"]:
        account["credit_limit"] = Decimal(10_000_000)
    url = f"sqlite:///{folder / 'server.db'}"
    database = prepared(url, folder, made)
    with running(url, folder) as (address, process):
        devices = _devices(address, made)
        yield from _idle(devices[0])
        yield from asyncio.run(_sustained(devices[:PUSHERS], process))
        with database.writing() as connection:
            connection.execute(text("UPDATE account SET note = 'by the office', version = version + 1"))
        yield from asyncio.run(_usual_day(devices, process))
        yield Figure("load: memory of the worker", _memory(process), "MB")
    database.close()
    yield from _stampede(url, folder, devices[:RETURNING])


def _devices(address: str, made: Company) -> list[Device]:
    users = {user["login"]: user for user in made.rows["user"]}
    shared: dict[str, str] = {}
    return [
        Device(at_the_end(signed_in(address, login, made.password, n), shared), users[login], made)
        for n, login in enumerate(f"rep{n + 1}" for n in range(REPS))
    ]


def _idle(device: Device) -> Iterator[Figure]:
    async def rounds() -> None:
        for _ in range(IDLE):
            await device.sync([])

    asyncio.run(rounds())
    taken = device.taken[5:]
    yield at_most("load: idle sync, p50", 1000 * percentile(taken, 0.5), "ms", 3)
    yield at_most("load: idle sync, p99", 1000 * percentile(taken, 0.99), "ms", 15)


async def _sustained(devices: list[Device], process: int) -> list[Figure]:
    """Let some devices push one batch after the other."""
    end = time.perf_counter() + PUSH_SECONDS
    batches = itertools.count()

    async def pushing(device: Device) -> None:
        device.taken.clear()
        while time.perf_counter() < end:
            await device.sync(device.work(0, BATCH))
            next(batches)

    begin, before = time.perf_counter(), _processor(process)
    await asyncio.gather(*map(pushing, devices))
    done, lasted = next(batches), time.perf_counter() - begin
    taken = [seconds for device in devices for seconds in device.taken]
    return [
        at_least("load: sustained pushes", done / lasted, "batches/s", 200),
        at_least(f"load: the same, {BATCH} mutations each", done * BATCH / lasted, "mutations/s", 3_000),
        Figure("load: a sustained push, p50", round(1000 * percentile(taken, 0.5), 1), "ms"),
        _spent("load: a sustained push, processor time", process, before, done),
    ]


async def _usual_day(devices: list[Device], process: int) -> list[Figure]:
    """Let everybody sync in turn at the rate of 1,000 reps: an order and three todos up, 20 rows down."""
    begin = time.perf_counter()
    for device in devices:
        device.taken.clear()
        device.pulled = 0

    async def day(place: int, device: Device) -> None:
        for turn in range(ROUNDS):
            start = begin + EVERY * (turn + place / len(devices))
            await asyncio.sleep(max(0.0, start - time.perf_counter()))
            await device.sync(device.work(1, 3), ROWS)

    before = _processor(process)
    await asyncio.gather(*(day(place, device) for place, device in enumerate(devices)))
    lasted = time.perf_counter() - begin
    taken = [seconds for device in devices for seconds in device.taken]
    spent = _spent("load: the same, processor time of one", process, before, len(taken))
    share = (_processor(process) - before) / lasted / (os.cpu_count() or 1)
    rate = round(len(taken) / lasted * 60)
    return [
        at_most(f"load: {rate:,} syncs a minute, p99", 1000 * percentile(taken, 0.99), "ms", 500),
        Figure("load: the same, p50", round(1000 * percentile(taken, 0.5), 1), "ms"),
        at_most("load: the same, share of all cores", 100 * share, "%", 70),
        spent,
        Figure("load: the same, rows each", round(sum(d.pulled for d in devices) / len(taken), 1), "rows"),
    ]


def _stampede(url: str, folder: Path, devices: list[Device]) -> Iterator[Figure]:
    """Let devices push a week of work, lose it to a restore, and bring it all again at once."""
    backup = folder / "backup.zip"
    _server("backup", str(backup), url, folder)
    work = [device.work(ORDERS, TODOS) for device in devices]
    with running(url, folder) as (address, _):
        asyncio.run(
            _all(_bringing(device, address, push) for device, push in zip(devices, work, strict=True))
        )
    _server("restore", str(backup), url, folder)
    with running(url, folder) as (address, _):
        begin = time.perf_counter()
        asyncio.run(_all(_coming_back(d, address, push) for d, push in zip(devices, work, strict=True)))
        lasted = time.perf_counter() - begin
        slowest = max(seconds for device in devices for seconds in device.taken)
    lost = sum(map(len, work))
    yield at_most(f"load: {len(devices)} devices bring {lost:,} mutations again", lasted, "s", 90)
    yield at_most("load: the same, slowest answer", slowest, "s", 30)


async def _all(works: Any) -> None:
    await asyncio.gather(*works)


async def _bringing(device: Device, address: str, push: list[Mutation]) -> None:
    device.client = Client(address, device.client.device, device.client.access, device.client.cursor)
    device.n, device.acked = 0, []
    for place in range(0, len(push), 140):
        await device.sync(push[place : place + 140])


async def _coming_back(device: Device, address: str, push: list[Mutation]) -> None:
    """Ask what the restore lost, and bring exactly that."""
    device.client = Client(address, device.client.device, device.client.access, device.client.cursor)
    device.taken.clear()
    assert device.epoch is not None
    asked = RewindRequest(device.client.device, device.epoch, acked=device.acked[:MAX_ACKED])
    told = msgspec.json.decode(await device.post("/sync/v1/rewind", msgspec.json.encode(asked)))
    missing = set(told["missing"])
    if missing != {mutation.id for mutation in push}:
        raise RuntimeError(f"{len(missing)} of {len(push)} mutations are said to be missing")
    device.epoch = told["epoch"]
    device.client = Client(address, device.client.device, device.client.access)
    await _bringing(device, address, push)


def _server(command: str, file: str, url: str, folder: Path) -> None:
    asked = [sys.executable, "-m", "server", command, file, "--database", url, "--data", str(folder)]
    subprocess.run(asked, check=True, stdout=subprocess.DEVNULL)


def _spent(name: str, process: int, before: float, times: int) -> Figure:
    """Say how much processor time each of ``times`` took: what a busy machine does not change much."""
    return Figure(name, round(1000 * (_processor(process) - before) / max(1, times), 1), "ms")


def _processor(process: int) -> float:
    """Return the seconds of processor time a process has had; 0 where the system does not say."""
    try:
        spent = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")


def _memory(process: int) -> float:
    """Return the most memory a process has had, in MB; 0 where the system does not say."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((round(int(line.split()[1]) / 1024, 1) for line in lines if line.startswith("VmHWM")), 0.0)
