"""A small shop in a database: one store, two drinks, a list and a group book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.model.prices import BookLevel, PriceBook
from fieldcrm.model.products import Product
from fieldcrm.model.users import User
from fieldcrm.services import price_books
from tests import builders

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ON = builders.TODAY


@dataclass(frozen=True, slots=True)
class Shop:
    """The rows a test is about."""

    rep: User
    account: Account
    water: Product
    tea: Product
    list_book: PriceBook
    group_book: PriceBook


def build(session: Session) -> Shop:
    """Fill an empty database: water 48.00 a case (46.00 for KA), tea 60.00 a case."""
    area = builders.make_territory()
    rep = builders.make_user(area, login="rep7")
    account = builders.make_account(area, price_group="KA", credit_limit=Decimal(10_000))
    water = builders.make_product(floor_price=Decimal("1.50"))
    tea = builders.make_product(code="P002", name="茉莉绿茶 500ml")
    drinks = builders.make_category()
    water.category_id = tea.category_id = drinks.id
    list_book = builders.make_price_book(name="标准价目", version=3)
    group_book = builders.make_price_book(
        code="KA", name="商超价目", level=BookLevel.GROUP, reference="KA", version=5
    )
    session.add_all([area, rep, account, drinks])
    session.flush()
    session.add_all([water, tea, list_book, group_book])
    session.flush()
    session.add_all([
        builders.make_unit(water, barcode="6901234567892"), builders.make_unit(tea, factor=15),
        builders.make_price(list_book, water, "48.00"), builders.make_price(list_book, tea, "60.00"),
        builders.make_price(group_book, water, "46.00"),
    ])  # fmt: skip
    price_books.seal(session, list_book)
    price_books.seal(session, group_book)
    session.flush()
    return Shop(rep, account, water, tea, list_book, group_book)
