"""F43: a large price book arrives while an order is taken: it speaks only when all of it is here (K4)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from fieldcrm import clock, faults
from fieldcrm.ids import new_id
from fieldcrm.model.prices import PriceEntry
from fieldcrm.model.products import Product, ProductUnit
from fieldcrm.services import order_list, orders, price_books, pricing
from fieldcrm.services.pricing import DraftLine
from tests.builders import make_price, make_price_book, make_product, make_unit
from tests.fixtures.proxy import Proxy
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in
from tests.sync.test_engine import stores

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
        units = [make_unit(product, id=new_id()) for product in products]
        for cls, made in ((Product, products), (ProductUnit, units), (PriceEntry, rows)):
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


def arrived(rep: Machine) -> int:
    return int(rep.rows("SELECT count(*) FROM price_entry WHERE price = 450000")[0][0])


@pytest.fixture
def half_way(server_process: ServerProcess, tmp_path: Path) -> Machine:
    """A laptop with a small book, cut off in the middle of a new large one."""
    offer(server_process, "OLD", "48.00", 3)
    proxy = Proxy(server_process.url)
    rep = signed_in(tmp_path / "rep1", proxy.url, "rep1", PASSWORD)
    rep.cycle()
    assert speaking(rep) == (["OLD"], ())
    offer(server_process, "NEW", "45.00", ENTRIES)
    rep.engine.cycle(lambda: arrived(rep) > 0)
    assert 0 < arrived(rep) < ENTRIES
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


LARGE = 15_000
GOODS = 500


def succeed(server: ServerProcess, goods: list[UUID]) -> None:
    """Put the next edition of the list into the server: dearer, in tiers, its head before its entries."""
    tiers = LARGE // len(goods)
    head = {"id": new_id(), "code": "LIST-2", "name": "LIST-2", "priority": 1}
    entries = [
        {"price_book_id": head["id"], "unit": "case", "price": Decimal("52.00"), "id": new_id(),
         "product_id": article, "min_quantity": Decimal(tier)}
        for tier in range(tiers) for article in goods
    ]  # fmt: skip
    with server.opened() as database:
        with database.writing() as connection:
            session = Session(connection, join_transaction_mode="rollback_only")
            book = make_price_book(**head)
            session.add(book)
            session.flush()
            session.execute(insert(PriceEntry), entries)
            price_books.seal(session, book)
            sealed = {"entry_count": book.entry_count, "entries_hash": book.entries_hash}
            session.rollback()
            connection.rollback()
        with database.writing() as connection:
            session = Session(connection, join_transaction_mode="rollback_only")
            session.add(make_price_book(**head, **sealed))
            session.flush()
            session.execute(insert(PriceEntry), entries)


def ordered(rep: Machine, order_id: UUID) -> list[tuple[Decimal, str]]:
    """Return the price and the book of each line, as they are kept."""
    with rep.database.reading() as session:
        detail = order_list.detail(session, order_id)
        return [(line.unit_price, line.book) for line in detail.lines]


def asked_now(rep: Machine, account: UUID, wanted: list[DraftLine], at: datetime) -> list[Decimal]:
    """Return what the same lines would cost if they were priced at this moment."""
    with rep.database.reading() as session:
        ids = {line.product_id for line in wanted}
        found = pricing.quote(pricing.basis(session, account, clock.business_day(at), ids), wanted)
        return [line.unit_price for line in found.priced.lines]


def test_an_order_being_taken_stays_as_it_was_priced_while_a_large_book_arrives_page_by_page(
    server_process: ServerProcess, tmp_path: Path
) -> None:
    """15,000 entries, not 100,000: as many as the suite's time allows; page after page either way."""
    offer(server_process, "LIST-1", "48.00", GOODS)
    [store] = stores(server_process, 1)
    rep = signed_in(tmp_path / "rep1", server_process.url, "rep1", PASSWORD)
    rep.cycle()
    goods = [UUID(i) for (i,) in rep.rows("SELECT product_id FROM price_entry WHERE price = 480000")]
    at, wanted = clock.now(), [DraftLine(article, "case", Decimal(3)) for article in goods[:5]]
    with rep.database.writing() as session:
        draft = orders.start(session, store, me=rep.me, at=at)
        orders.save(session, draft, wanted, at=at)
    pinned = ordered(rep, draft)
    assert pinned == [(Decimal(48), "LIST-1")] * 5
    rep.cycle()
    succeed(server_process, goods)
    pages, half_way = 0, 0
    while not (done := page_of(rep)):
        pages += 1
        assert rep.rows("SELECT count(*) FROM price_entry WHERE price = 520000")[0][0] <= LARGE
        assert ordered(rep, draft) == pinned
        if 5 <= rep.rows("SELECT count(*) FROM price_entry WHERE price = 520000")[0][0] < LARGE:
            assert asked_now(rep, store, wanted, at) == [Decimal(48)] * 5
            half_way += speaking(rep)[1] == ("LIST-2",)
    assert done
    assert half_way
    assert pages >= LARGE // 2_000
    assert ordered(rep, draft) == pinned
    assert asked_now(rep, store, wanted, at) == [Decimal(52)] * 5
    with rep.database.writing() as session:
        orders.save(session, draft, wanted, at=at)
    assert ordered(rep, draft) == [(Decimal(52), "LIST-2")] * 5
    rep.close()


def page_of(rep: Machine) -> bool:
    """Take one page and stop; return whether that was the last."""
    seen: list[object] = []
    return rep.engine.cycle(lambda: bool(seen), seen.append).up_to_date
