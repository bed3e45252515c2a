from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, delete
from sqlalchemy.orm import Session

from fieldcrm.errors import RuleBroken
from fieldcrm.model import Base
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.prices import PriceBook, PriceEntry
from fieldcrm.services import orders, price_books, price_check, pricing
from fieldcrm.services.pricing import DraftLine
from fieldcrm.storage.database import Database
from tests.builders import make_price
from tests.services.price_shop import AT, ON, Shop, build


@pytest.fixture
def shop(laptop: Database) -> Shop:
    with laptop.writing() as session:
        return build(session)


def drafted(shop: Shop, water: int = 2, tea: int = 1) -> list[DraftLine]:
    return [
        DraftLine(shop.water.id, "case", Decimal(water)), DraftLine(shop.tea.id, "case", Decimal(tea)),
    ]  # fmt: skip


def submitted(database: Database, shop: Shop, lines: list[DraftLine]) -> Order:
    with database.writing() as session:
        order_id = orders.start(session, shop.account.id, me=shop.rep.id, at=AT)
        orders.save(session, order_id, lines, at=AT)
        orders.submit(session, order_id, at=AT)
    with database.reading() as session:
        order = session.get(Order, order_id)
        assert order is not None
        return order


def test_the_groups_price_is_found_and_the_list_fills_in(laptop: Database, shop: Shop) -> None:
    with laptop.reading() as session:
        basis = pricing.basis(session, shop.account.id, ON)
    quote = pricing.quote(basis, drafted(shop))
    assert [line.net_amount for line in quote.priced.lines] == [Decimal(92), Decimal(60)]
    assert [line.book for line in quote.priced.lines] == [str(shop.group_book.id), str(shop.list_book.id)]
    assert [line.book_version for line in quote.priced.lines] == [5, 3]


def test_tax_is_inside_the_prices_of_these_books(laptop: Database, shop: Shop) -> None:
    with laptop.reading() as session:
        priced = pricing.quote(pricing.basis(session, shop.account.id, ON), drafted(shop)).priced
    assert (priced.payable, priced.tax, priced.tax_on_top) == (152, Decimal("17.48"), 0)


def test_a_book_that_is_not_complete_does_not_decide(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        session.execute(delete(PriceEntry).where(PriceEntry.price_book_id == shop.group_book.id))
    with laptop.reading() as session:
        basis = pricing.basis(session, shop.account.id, ON)
    assert basis.incomplete == ("商超价目",)
    assert pricing.quote(basis, drafted(shop)).priced.lines[0].net_amount == 96


def test_entries_of_two_versions_side_by_side_do_not_make_a_book(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        session.execute(delete(PriceEntry).where(PriceEntry.price_book_id == shop.group_book.id))
        session.add(make_price(shop.group_book, shop.water, "1.00"))
        book = session.get(PriceBook, shop.group_book.id)
        assert book is not None
        book.version = 6
    with laptop.reading() as session:
        assert pricing.basis(session, shop.account.id, ON).incomplete == ("商超价目",)


def test_a_new_version_of_a_book_is_seen(laptop: Database, shop: Shop) -> None:
    with laptop.reading() as session:
        pricing.basis(session, shop.account.id, ON)
    with laptop.writing() as session:
        book = session.get(PriceBook, shop.group_book.id)
        assert book is not None
        session.execute(delete(PriceEntry).where(PriceEntry.price_book_id == book.id))
        session.add(make_price(book, shop.water, "45.00"))
        price_books.seal(session, book)
        book.version += 1
    with laptop.reading() as session:
        basis = pricing.basis(session, shop.account.id, ON)
    assert pricing.quote(basis, drafted(shop)).priced.lines[0].unit_price == 45


def test_a_line_without_a_price_is_named_and_the_rest_adds_up(laptop: Database, shop: Shop) -> None:
    lines = [*drafted(shop), DraftLine(uuid4(), "case", Decimal(1))]
    with laptop.reading() as session:
        quote = pricing.quote(pricing.basis(session, shop.account.id, ON), lines)
    assert [(problem.line, problem.code) for problem in quote.problems] == [("2", "product_unknown")]
    assert quote.priced.payable == 152


def test_a_stored_order_is_priced_as_its_draft_was(laptop: Database, shop: Shop) -> None:
    order = submitted(laptop, shop, drafted(shop))
    with laptop.reading() as session:
        assert pricing.price_order(session, order.id).payable == order.total_amount


def test_the_server_comes_to_the_same_cent_and_accepts(laptop: Database, shop: Shop, tmp_path: Path) -> None:
    order = submitted(laptop, shop, drafted(shop, 7, 3))
    engine = create_engine(f"sqlite:///{tmp_path / 'server.db'}")
    Base.metadata.create_all(engine)
    with laptop.reading() as here, Session(engine) as there:
        for mapper in sorted(Base.registry.mappers, key=lambda m: str(m.class_.__tablename__)):
            for row in here.query(mapper.class_):
                there.merge(row)
        there.commit()
        copied = there.get(Order, order.id)
        assert copied is not None
        assert price_check.check_submitted(there, copied) is None
        assert pricing.price_order(there, order.id) == pricing.price_order(here, order.id)
    engine.dispose()


def test_a_price_that_changed_meanwhile_is_a_difference_with_both_amounts(
    laptop: Database, shop: Shop
) -> None:
    order = submitted(laptop, shop, drafted(shop))
    with laptop.writing() as session:
        entry = session.query(PriceEntry).filter_by(price_book_id=shop.group_book.id).one()
        entry.price = Decimal(47)
        book = session.get(PriceBook, shop.group_book.id)
        assert book is not None
        price_books.seal(session, book)
        book.version += 1
    with laptop.reading() as session:
        difference = price_check.check_submitted(session, session.get(Order, order.id))  # type: ignore[arg-type]
    assert difference is not None
    assert difference.code == "price_changed"
    [line] = difference.data["lines"]
    assert (line["old"], line["new"]) == ("46.00", "47.00")
    assert (difference.data["old_total"], difference.data["new_total"]) == ("152.00", "154.00")


def test_a_forged_total_is_noticed(laptop: Database, shop: Shop) -> None:
    order = submitted(laptop, shop, drafted(shop))
    with laptop.writing() as session:
        row = session.get(Order, order.id)
        assert row is not None
        row.total_amount = Decimal(1)
        assert price_check.check_submitted(session, row).code == "totals_differ"  # type: ignore[union-attr]


def test_a_forged_unit_price_is_noticed(laptop: Database, shop: Shop) -> None:
    order = submitted(laptop, shop, drafted(shop))
    with laptop.writing() as session:
        line = session.query(OrderLine).filter_by(order_id=order.id, product_id=shop.tea.id).one()
        line.unit_price = Decimal("0.01")
        row = session.get(Order, order.id)
        assert row is not None
        assert price_check.check_submitted(session, row).code == "price_changed"  # type: ignore[union-attr]


def test_a_withdrawn_article_and_a_missing_price_are_told_apart(laptop: Database, shop: Shop) -> None:
    order = submitted(laptop, shop, drafted(shop))
    with laptop.writing() as session:
        session.merge(shop.tea).active = False
        row = session.get(Order, order.id)
        assert row is not None
        assert price_check.check_submitted(session, row).code == "withdrawn"  # type: ignore[union-attr]


def test_the_credit_limit_counts_what_is_owed_and_what_waits(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        account = session.get(Account, shop.account.id)
        assert account is not None
        account.receivable, account.credit_limit = Decimal(100), Decimal(252)
    order = submitted(laptop, shop, drafted(shop))
    with laptop.writing() as session:
        row = session.get(Order, order.id)
        assert row is not None
        assert price_check.check_submitted(session, row) is None
        account = session.get(Account, shop.account.id)
        assert account is not None
        account.credit_limit = Decimal("251.99")
        difference = price_check.check_submitted(session, row)
    assert difference is not None
    assert (difference.code, difference.data["over"]) == ("credit_exceeded", "0.01")


def test_an_empty_order_is_refused(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        order_id = orders.start(session, shop.account.id, me=shop.rep.id, at=AT)
        row = session.get(Order, order_id)
        assert row is not None
        assert price_check.check_submitted(session, row).code == "order_empty"  # type: ignore[union-attr]
        with pytest.raises(RuleBroken, match="order_empty"):
            orders.submit(session, order_id, at=AT)
        assert row.status == OrderStatus.DRAFT
