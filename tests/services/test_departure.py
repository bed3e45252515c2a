"""What the departure check says the next days lack, each from the tables alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from fieldcrm.model.accounts import Account
from fieldcrm.model.prices import PriceBook, PriceEntry
from fieldcrm.model.visits import SopTemplate
from fieldcrm.services import departure
from fieldcrm.services.departure import Departure, Lack
from fieldcrm.storage.database import Database
from tests.builders import make_account, make_plan, make_sop
from tests.services.price_shop import AT, ON, Shop, build

TOMORROW = ON + timedelta(1)
DAY_MS = 86_400_000


@pytest.fixture
def shop(laptop: Database) -> Shop:
    with laptop.writing() as session:
        made = build(session)
        session.add_all([make_plan(made.rep, made.account, TOMORROW), make_sop()])
        return made


def check(laptop: Database, shop: Shop, lease_ms: int | None = None, days: int = 1) -> Departure:
    with laptop.reading() as session:
        return departure.check(session, shop.rep.id, TOMORROW, days, at=AT, lease_ms=lease_ms)


def lacks(laptop: Database, shop: Shop, **how: int) -> tuple[Lack, ...]:
    [visit] = check(laptop, shop, **how).visits
    return visit.lacks


def test_a_visit_with_store_prices_and_steps_is_ready(laptop: Database, shop: Shop) -> None:
    assert lacks(laptop, shop) == ()


def test_a_half_received_price_book_is_named(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        gone = session.scalars(
            select(PriceEntry.id).where(PriceEntry.price_book_id == shop.list_book.id)
        ).first()
        session.execute(delete(PriceEntry).where(PriceEntry.id == gone))
    [visit] = check(laptop, shop).visits
    assert (visit.lacks, visit.books) == ((Lack.BOOK,), (shop.list_book.name,))


def test_prices_that_end_before_the_visit_are_missing(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        for book in session.scalars(select(PriceBook)):
            book.valid_to = ON
    assert lacks(laptop, shop) == (Lack.PRICES,)


def test_steps_that_end_before_the_visit_are_missing(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        for template in session.scalars(select(SopTemplate)):
            template.valid_to = ON
    assert lacks(laptop, shop) == (Lack.TEMPLATE,)


def test_a_lease_that_ends_before_the_day_does_is_said(laptop: Database, shop: Shop) -> None:
    assert lacks(laptop, shop, lease_ms=DAY_MS // 2) == (Lack.UNLOCKED,)
    assert lacks(laptop, shop, lease_ms=3 * DAY_MS) == ()


def test_a_store_that_left_the_laptop_or_was_archived_is_said(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        session.get_one(Account, shop.account.id).archived_at = AT
        elsewhere = make_account(shop.account.territory_id, code="C9")
        session.add(make_plan(shop.rep, elsewhere, TOMORROW, sequence=9))
    assert [visit.lacks for visit in check(laptop, shop).visits] == [(Lack.ARCHIVED,), (Lack.STORE,)]


def test_stores_near_the_route_are_looked_at_and_distant_ones_are_not(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        session.add(make_account(shop.account.territory_id, code="N1", name="Near", latitude_e7=302751000))
        session.add(make_account(shop.account.territory_id, code="F1", name="Far", latitude_e7=312751000))
        for template in session.scalars(select(SopTemplate)):
            template.valid_to = ON
    found = check(laptop, shop)
    assert [(visit.name, visit.lacks, visit.is_near) for visit in found.near] == [
        ("Near", (Lack.TEMPLATE,), True)
    ]
    assert (found.lacking, found.near_lacking) == (1, 1)


def test_only_the_days_asked_for_are_looked_at(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        session.add(make_plan(shop.rep, shop.account, TOMORROW + timedelta(2)))
    assert len(check(laptop, shop).visits) == 1
    assert len(check(laptop, shop, days=3).visits) == 2
