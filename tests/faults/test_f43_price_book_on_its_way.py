"""F43: a large price book arrives while an order is taken: it speaks only when all of it is here (K4)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from fieldcrm import faults
from fieldcrm.ids import new_id
from fieldcrm.model.prices import PriceEntry
from fieldcrm.model.products import Product
from fieldcrm.services import price_books
from tests.builders import make_price, make_price_book, make_product
from tests.fixtures.proxy import Proxy
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in

ENTRIES = 3_000
ON = date(2026, 11, 18)


def offer(server: ServerProcess, code: str, price: str, entries: int, **fields: object) -> None:
    """Put a sealed book into the server's database, priced alike throughout."""
    with server.opened() as database, database.writing() as connection:
        session = Session(connection, join_transaction_mode="rollback_only")
        book = make_price_book(code=code, name=code, **fields)
        session.add(book)
        session.flush()
        products = [make_product(id=new_id(), code=f"{code}{n}") for n in range(entries)]
        rows = [make_price(book, product, price) for product in products]
        for cls, made in ((Product, products), (PriceEntry, rows)):
            keys = [column.key for column in cls.__table__.columns]
            values = [{k: v for k in keys if (v := getattr(row, k)) is not None} for row in made]
            session.execute(insert(cls), values)
        price_books.seal(session, book)
        session.flush()


def speaking(rep: Machine) -> tuple[list[str], tuple[str, ...]]:
    """Return the labels of the books that decide, and of those that are not whole yet."""
    with rep.database.reading() as session:
        complete, incomplete = price_books.of_customer(session, {}, ON)
    return sorted(book.label for book in complete), incomplete


@pytest.fixture
def half_way(server_process: ServerProcess, tmp_path: Path) -> Machine:
    """A laptop with a small book, cut off in the middle of a new large one."""
    offer(server_process, "OLD", "48.00", 3)
    proxy = Proxy(server_process.url)
    rep = signed_in(tmp_path / "rep1", proxy.url, "rep1", PASSWORD)
    rep.cycle()
    assert speaking(rep) == (["OLD"], ())
    offer(server_process, "NEW", "45.00", ENTRIES)
    told = 0

    def note(progress: object) -> None:
        nonlocal told
        told = progress.rows  # type: ignore[attr-defined]

    rep.engine.cycle(lambda: told > ENTRIES, note)
    assert 0 < rep.rows("SELECT count(*) FROM price_entry WHERE price = 450000")[0][0] < ENTRIES
    return rep


def test_a_half_received_book_decides_nothing_until_it_is_whole(half_way: Machine) -> None:
    assert speaking(half_way)[0] == ["OLD"]
    assert half_way.cycle().up_to_date
    assert speaking(half_way) == (["NEW", "OLD"], ())


def test_a_book_with_another_entry_than_its_hash_names_decides_nothing(half_way: Machine) -> None:
    half_way.cycle()
    with half_way.database.loading() as connection:
        connection.execute("UPDATE price_entry SET price = price + 1 WHERE rowid IN"
                           " (SELECT max(rowid) FROM price_entry WHERE price = 450000)")  # fmt: skip
        connection.execute("UPDATE price_book SET version = version + 1 WHERE code = 'NEW'")
    assert speaking(half_way) == (["OLD"], ("NEW",))
    with faults.plant("half_book_used"):
        assert "NEW" in speaking(half_way)[0]
