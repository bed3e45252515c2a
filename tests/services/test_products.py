from __future__ import annotations

from decimal import Decimal

import pytest

from fieldcrm.services import products
from fieldcrm.storage import search
from fieldcrm.storage.database import Database
from tests.services.price_shop import Shop, build


@pytest.fixture
def shop(laptop: Database) -> Shop:
    with laptop.writing() as session:
        return build(session)


def test_units_begin_with_the_one_it_is_sold_in(laptop: Database, shop: Shop) -> None:
    with laptop.reading() as session:
        water = products.articles(session)[0]
    assert [(unit.name, unit.factor) for unit in water.units] == [("case", 24), ("bottle", 1)]
    assert water.sales_unit.name == "case"


def test_a_barcode_finds_article_and_unit(laptop: Database, shop: Shop) -> None:
    with laptop.reading() as session:
        found = products.by_barcode(session, " 6901234567892 ")
        assert found is not None
        assert (found[0].id, found[1].name, found[1].factor) == (shop.water.id, "case", Decimal(24))
        assert products.by_barcode(session, "") is None
        assert products.by_barcode(session, "690") is None


@pytest.mark.parametrize("text", ["茉莉", "P002", "mllc"])
def test_articles_are_found_by_name_code_and_initials(laptop: Database, shop: Shop, text: str) -> None:
    with laptop.reading() as session:
        found = products.in_order(session, search.find(session, "product", text))
    assert [article.id for article in found] == [shop.tea.id]


def test_withdrawn_articles_are_not_sold_but_can_still_be_named(laptop: Database, shop: Shop) -> None:
    with laptop.writing() as session:
        session.merge(shop.tea).active = False
    with laptop.reading() as session:
        assert [article.id for article in products.articles(session)] == [shop.water.id]
        [tea] = products.articles(session, [shop.tea.id])
        assert not tea.active
        [drinks] = products.categories(session)
        assert (drinks.name, drinks.count) == ("饮料", 1)
