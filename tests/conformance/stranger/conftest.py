"""A real server with a small company, and strangers who sign in to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from server.database import Database
from tests import builders
from tests.conformance.stranger.client import Body, Stranger, uuid7
from tests.fixtures.server import PASSWORD, Company, ServerProcess, found


@dataclass
class House:
    """A running server, what is in it, and a way in for everybody."""

    server: ServerProcess
    product: str
    second: str
    book: str
    database: Database
    newcomers: dict[str, str] = field(default_factory=dict)
    corners: dict[str, str] = field(default_factory=dict)
    _known: dict[str, Stranger] = field(default_factory=dict)
    _synced: dict[str, Stranger] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url

    def stranger(self, login: str, device: str = "") -> Stranger:
        """Return a new device of ``login``."""
        return Stranger(self.url, login, PASSWORD, device)

    def known(self, login: str) -> Stranger:
        """Return a device of ``login`` for asking REST; nothing is synced on it."""
        if login not in self._known:
            self._known[login] = self.stranger(login)
        return self._known[login]

    def synced(self, login: str) -> Stranger:
        """Return a device of ``login`` that has everything; the same one again."""
        if login not in self._synced:
            self._synced[login] = self.stranger(login)
        self._synced[login].sync()
        return self._synced[login]

    def newcomer(self, area: str = "HZ", role: str = "rep") -> str:
        """Make a user and return the login."""
        login = f"u{uuid7()}"
        body = {"login": login, "name": "新人", "role": role, "password": PASSWORD}
        made = self.known("admin").json("POST", "/api/v1/users", body | {"territory_id": self.area(area)})
        self.newcomers[login] = made["id"]
        return login

    def corner(self) -> str:
        """Make a territory that nobody else sees and return its code."""
        code = uuid7()
        made = self.known("admin").json("POST", "/api/v1/territories", {"code": code, "name": "角落"})
        self.corners[code] = made["id"]
        return code

    def area(self, code: str) -> str:
        return self.corners.get(code) or str(self.server.company.territories[code])

    def user(self, login: str) -> str:
        return self.newcomers.get(login) or str(self.server.company.users[login])

    def account(self, area: str = "HZ", **fields: Any) -> str:
        """Make an account as the administrator and return its id."""
        doc = {"name": "解放路便利店", "territory_id": self.area(area), "opening": [], "tags": []} | fields
        return str(self.known("admin").json("POST", "/api/v1/accounts", doc)["id"])

    def account_of(self, account_id: str) -> Body:
        """Return an account as the server has it now."""
        told: Body = self.known("admin").json("GET", f"/api/v1/accounts/{account_id}")
        return told

    def order(self, rep: str, account_id: str, quantity: str = "2", **fields: Any) -> Body:
        """Return the document of an order over ``quantity`` cases at 48.00."""
        return {
            "provisional_number": "R1-000001", "account_id": account_id, "rep_id": self.user(rep),
            "ordered_on": "2026-03-02", "lines": [self.line(quantity)], **_sums(quantity), **fields,
        }  # fmt: skip

    def line(self, quantity: str = "2", **fields: Any) -> Body:
        """Return one order line."""
        sums = _sums(quantity)
        return {
            "id": uuid7(), "product_id": self.product, "unit": "case", "quantity": quantity,
            "unit_price": "48.00", "gross_amount": sums["goods_amount"], "net_amount": sums["goods_amount"],
            "tax_rate": "0.13", "tax_amount": sums["tax_amount"],
            "price_book_id": self.book, "book_version": 1,
        } | fields  # fmt: skip

    def visit(self, rep: str, account_id: str, **fields: Any) -> Body:
        """Return the document of a visit."""
        return {"account_id": account_id, "rep_id": self.user(rep), "started_at": 1_772_420_000_000} | fields

    def todo(self, title: str) -> Body:
        """Return the document of a to-do that the first rep gives himself."""
        return {"title": title, "assignee_id": self.user("rep1"), "created_by": self.user("rep1")}

    def everything(self, login: str) -> dict[tuple[str, str], tuple[int, Body]]:
        """Return all that a new laptop of this person is given."""
        fresh = self.stranger(login)
        fresh.sync()
        return fresh.rows


def _sums(quantity: str) -> Body:
    net = Decimal(quantity) * 48
    tax = (net * 13 / 113).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {"goods_amount": f"{net:.2f}", "tax_amount": f"{tax:.2f}", "total_amount": f"{net:.2f}"}


def _filled(server: ServerProcess) -> House:
    product, second = builders.make_product(), builders.make_product(code="W2")
    book = builders.make_price_book(entry_count=1)
    database = server.opened()
    with database.writing() as connection, Session(connection) as session:
        session.add_all([product, second, book])
        session.flush()
        units = [builders.make_unit(product), builders.make_unit(second)]
        session.add_all([builders.make_price(book, product), *units])
        session.flush()
        return House(server, str(product.id), str(second.id), str(book.id), database)


def _start(kind: str, request: pytest.FixtureRequest) -> Iterator[House]:
    folder = request.getfixturevalue("tmp_path_factory").mktemp("stranger")
    founded = request.getfixturevalue("founded")
    if kind == "sqlite":
        shutil.copytree(founded[0], folder / "server")
        company, url = founded[1], ""
    else:
        url = request.getfixturevalue("postgresql").create(f"s{new_id().hex}", template="model")
        (folder / "server").mkdir(mode=0o700)
        company = _found_on(url)
    server = ServerProcess(folder / "server", company, url)
    house = _filled(server)
    yield house
    server.close()
    house.database.close()


def _found_on(url: str) -> Company:
    database = Database(url)
    try:
        return found(database)
    finally:
        database.close()


@pytest.fixture(scope="session")
def embedded(request: pytest.FixtureRequest) -> Iterator[House]:
    """The company on SQLite; tests leave each other alone."""
    yield from _start("sqlite", request)


@pytest.fixture(scope="session")
def on_postgresql(request: pytest.FixtureRequest) -> Iterator[House]:
    """The company on PostgreSQL; tests leave each other alone."""
    yield from _start("postgresql", request)


@pytest.fixture(params=["embedded", "on_postgresql"])
def house(request: pytest.FixtureRequest) -> House:
    """The company, once on each kind of database."""
    found: House = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def make_house(request: pytest.FixtureRequest) -> Iterator[Callable[[], House]]:
    """A maker of companies on SQLite that one test may spoil."""
    started = []

    def make() -> House:
        started.append(_start("sqlite", request))
        return next(started[-1])

    yield make
    for each in started:
        next(each, None)
