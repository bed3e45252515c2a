"""200 laptops come back at once: each pushes ten orders and pulls 100 changes, in one request.

On SQLite and on PostgreSQL, with stamping, scopes, receipts, validation and the price check;
the load generator runs on the same cores.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import requests
from sqlalchemy import text

from benchmarks.figures import Figure, at_least, at_most, percentile
from benchmarks.serving import Client, exchanged, lines_of, prepared, request_bytes, serving, signed_in
from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.sync.protocol import Mutation, Op, SyncRequest
from server.demo.company import Company, Size, company
from tests.fixtures.postgres import Cluster, programs

CLIENTS, ORDERS, CHANGES = 200, 10, 100
_GOALS = {"sqlite": 1_000.0, "postgresql": 900.0}


def figures(folder: Path) -> Iterator[Figure]:
    """Measure both databases."""
    made = company(Size(CLIENTS, 10, CLIENTS * CHANGES, 0, 0), 7, clock.business_day(clock.now()))
    data = folder / "sqlite"
    data.mkdir()
    yield from _measure("sqlite", f"sqlite:///{data / 'server.db'}", data, made)
    found = programs()
    if found is None:
        yield Figure("burst postgresql: not measured, PostgreSQL is missing", 0, "orders/s", met=False)
        return
    folder.chmod(0o755)
    home = folder / "cluster"
    home.mkdir()
    cluster = Cluster(found, home, durable=True)
    try:
        data = folder / "postgresql"
        data.mkdir()
        yield from _measure("postgresql", cluster.create("burst"), data, made)
    finally:
        cluster.stop()


def _measure(name: str, url: str, data: Path, made: Company) -> Iterator[Figure]:
    database = prepared(url, data, made)
    with serving(url, data) as address:
        shared: dict[str, str] = {}
        clients = [
            _at_the_end(signed_in(address, f"rep{n + 1}", made.password, n), shared) for n in range(CLIENTS)
        ]
        with database.writing() as connection:
            connection.execute(
                text("UPDATE account SET note = 'changed by the office', version = version + 1")
            )
        database.close()
        requests_ = [_request(client, made, n) for n, client in enumerate(clients)]
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


def _at_the_end(client: Client, shared: dict[str, str]) -> Client:
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
                    params={"cursor": cursor, "after": after},
                    timeout=60,
                )
                page.raise_for_status()
                trailer = lines_of(page.content)[-1]["t"]
                cursor, after = trailer["cursor"], trailer.get("after")
    return cursor


def _request(client: Client, made: Company, number: int) -> bytes:
    user = next(u for u in made.rows["user"] if u["login"] == f"rep{number + 1}")
    account = next(a for a in made.rows["account"] if a["owner_id"] == user["id"])
    prices = [e for e in made.rows["price_entry"] if e["unit"] == "箱"]
    book = next(b for b in made.rows["price_book"] if b["reference"] == account["price_group"])
    entries = [e for e in prices if e["price_book_id"] == book["id"] and not e["min_quantity"]][:5]
    products = {p["id"]: p for p in made.rows["product"]}
    push: list[Mutation] = []
    for n in range(ORDERS):
        order_id, at = str(new_id()), clock.to_ms(clock.now())
        doc = _document(user, account, [(e, products[e["product_id"]]) for e in entries], book, n)
        create = Mutation(str(new_id()), 2 * n + 1, ("order", order_id), Op.CREATE, at, doc=doc)
        act = Mutation(str(new_id()), 2 * n + 2, ("order", order_id), Op.ACT, at, act="submit")
        push += [create, act]
    asked = SyncRequest(client.device, 1, len(push) + 1, cursor=client.cursor, push=push)
    return request_bytes(client, "/sync/v1/sync", msgspec.json.encode(asked))


def _document(
    user: dict[str, Any], account: dict[str, Any], picks: list[Any], book: Any, n: int
) -> dict[str, Any]:
    lines = []
    for entry, product in picks:
        gross = entry["price"] * (n + 1)
        tax = (gross * product["tax_rate"] / (1 + product["tax_rate"])).quantize(Decimal("0.01"))
        lines.append({
            "id": str(new_id()), "product_id": str(product["id"]), "unit": "箱", "quantity": str(n + 1),
            "unit_price": str(entry["price"]), "price_book_id": str(book["id"]), "book_version": 1,
            "gross_amount": str(gross), "discount_amount": "0.00", "net_amount": str(gross),
            "tax_rate": str(product["tax_rate"]), "tax_amount": str(tax),
        })  # fmt: skip
    total = sum((Decimal(line["net_amount"]) for line in lines), Decimal())
    return {
        "provisional_number": f"R-{n:06d}", "account_id": str(account["id"]), "rep_id": str(user["id"]),
        "status": "draft", "ordered_on": date.today().isoformat(), "currency": "CNY", "note": "",  # noqa: DTZ011
        "goods_amount": str(total), "discount_amount": "0.00", "total_amount": str(total),
        "tax_amount": str(sum((Decimal(line["tax_amount"]) for line in lines), Decimal())), "lines": lines,
    }  # fmt: skip


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
            applied += sum(ack["o"] in ("applied", "merged") for ack in line.get("h", {}).get("acks", ()))
    return applied, rows
