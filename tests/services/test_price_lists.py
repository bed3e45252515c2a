"""A customer's price list says what an order would cost: the same books, breaks, ranges and promotions."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from fieldcrm.model.selling import SellableRange
from fieldcrm.services import price_lists, pricing
from fieldcrm.services.pricing import DraftLine
from server.rule_sets import Change, PriceChange
from tests.services.price_shop import AT, ON
from tests.services.rule_shop import Office, promotion


def listed(office: Office) -> price_lists.PriceList:
    return price_lists.price_list(office.session, office.shop.account.id, ON, AT)


def test_every_price_of_the_list_is_what_an_order_costs(office: Office) -> None:
    shop = office.shop
    dozen = PriceChange(shop.group_book.id, shop.water.id, "case", Decimal("44.00"), Decimal(10), "case")
    bottle = PriceChange(shop.list_book.id, shop.water.id, "bottle", Decimal("2.20"))
    office.publish(prices=(dozen, bottle))
    known = pricing.basis(office.session, shop.account.id, ON, at=AT)
    rows = [row for _shelf, held in listed(office).shelves for row in held]
    assert [(row.name, row.unit, len(row.breaks)) for row in rows] == [
        (shop.water.name, "case", 2), (shop.water.name, "bottle", 2), (shop.tea.name, "case", 1),
    ]  # fmt: skip
    products = {shop.water.name: shop.water.id, shop.tea.name: shop.tea.id}
    for row in rows:
        for each in row.breaks:
            draft = [DraftLine(products[row.name], row.unit, each.least)]
            (line,) = pricing.quote(known, draft).priced.lines
            assert line.unit_price == each.price, (row, each)


def test_what_may_not_be_sold_is_not_listed_and_promotions_are_those_of_the_day(office: Office) -> None:
    shop = office.shop
    denied = {"code": "S", "name": "No tea", "allows": False, "whom": {"group": ["KA"]},
              "products": [str(shop.tea.id)]}  # fmt: skip
    ten = {"percent_off": "10"}
    office.publish(
        Change(SellableRange, "S", denied),
        promotion("NOW", ten),
        promotion("OTHER", ten, whom={"group": ["CVS"]}),
        promotion("LATER", ten, valid_from=ON + timedelta(1)),
    )
    found = listed(office)
    assert {row.name for _shelf, held in found.shelves for row in held} == {shop.water.name}
    assert [each["code"] for each in found.promotions] == ["NOW"]
