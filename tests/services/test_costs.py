"""Margins of quotes: over the cost of the day they were priced on, for who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.orders import OrderLine
from fieldcrm.model.prices import CostPrice, TaxMode
from fieldcrm.model.products import Product
from fieldcrm.model.users import Role, User
from fieldcrm.rules.margins import Margin
from fieldcrm.services import costs, order_list, orders, pricing, quote_list, quotes
from fieldcrm.services.pricing import DraftLine
from fieldcrm.services.quote_list import Detail
from fieldcrm.services.quotes import Terms
from fieldcrm.storage.database import Database
from server.rule_catalogue import CostChange
from server.rule_sets import Edition, publish
from tests import builders
from tests.services import rule_shop
from tests.services.price_shop import AT, ON, build

D = Decimal


class Desk:
    """A shop and its manager, who sees what is left."""

    def __init__(self, session: Session) -> None:
        self.session, self.shop = session, build(session)
        area = self.shop.account.territory_id
        self.boss = builders.make_user(None, login="boss", role=Role.MANAGER, territory_id=area)
        session.add(self.boss)
        session.flush()

    def cost(self, product: Product, cost: str, **more: Any) -> None:
        self.session.add(CostPrice(id=new_id(), version=1, product_id=product.id, cost=D(cost), **more))
        self.session.flush()

    def quoted(self, *lines: tuple[Product, int], family_id: UUID | None = None) -> UUID:
        drafted = [DraftLine(product.id, "case", D(count)) for product, count in lines]
        terms, me = Terms(ON + timedelta(9), (("Freight", D(20)),)), self.shop.rep.id
        return quotes.save(
            self.session, self.shop.account.id, drafted, terms, me=me, at=AT, family_id=family_id
        )

    def shown(self, quote_id: UUID, who: User | None = None) -> Detail:
        return quote_list.detail(self.session, quote_id, me=(who or self.boss).id, today=ON)


@pytest.fixture
def desk(laptop: Database) -> Iterator[Desk]:
    with laptop.writing() as session:
        yield Desk(session)


def test_a_margin_is_over_the_cost_of_the_day_and_before_tax(desk: Desk) -> None:
    water = desk.shop.water
    desk.cost(water, "1.00", valid_from=ON)
    desk.cost(water, "9.00", valid_from=ON + timedelta(1))
    found = desk.shown(desk.quoted((water, 3)))
    [line] = found.lines
    assert line.margin == Margin(D("122.12"), D("72.00")), "138.00 holds 15.88 of tax; 3 x 24 bottles"
    assert found.margin is not None
    assert (found.margin.margin, found.margin.is_whole) == (line.margin, True), "freight is outside"


def test_of_prices_before_tax_all_is_left(desk: Desk) -> None:
    desk.shop.group_book.tax_mode = TaxMode.EXCLUSIVE
    desk.cost(desk.shop.water, "1.00")
    [line] = desk.shown(desk.quoted((desk.shop.water, 1))).lines
    assert line.margin == Margin(D("46.00"), D("24.00"))


def test_what_has_no_cost_price_is_named_and_not_summed(desk: Desk) -> None:
    desk.cost(desk.shop.water, "1.00")
    found = desk.shown(desk.quoted((desk.shop.water, 1), (desk.shop.tea, 1)))
    water, tea = found.lines
    assert (tea.margin, tea.over_floor, water.over_floor) == (None, None, D("10.00"))
    assert found.margin is not None
    assert (found.margin.known, found.margin.lines, found.margin.margin) == (1, 2, water.margin)


def test_two_rounds_are_compared_by_their_margins_for_who_may_see_them(desk: Desk) -> None:
    desk.cost(desk.shop.water, "1.00")
    first = desk.quoted((desk.shop.water, 1))
    second = desk.quoted((desk.shop.water, 2), family_id=first)
    told = quote_list.compare(desk.session, first, second, me=desk.boss.id)
    assert told.margins is not None
    assert [each.margin.cost for each in told.margins] == [24, 48]
    assert quote_list.compare(desk.session, first, second, me=desk.shop.rep.id).margins is None


def test_a_rep_is_told_nothing_of_it_even_if_a_cost_price_were_on_his_laptop(desk: Desk) -> None:
    desk.cost(desk.shop.water, "1.00")
    found = desk.shown(desk.quoted((desk.shop.water, 1)), desk.shop.rep)
    assert (found.margin, found.sees_margin) == (None, False)
    assert [(line.margin, line.over_floor) for line in found.lines] == [(None, None)]


def test_an_order_has_the_margin_of_its_day_for_who_may_see_it(desk: Desk) -> None:
    desk.cost(desk.shop.water, "1.00")
    session, shop = desk.session, desk.shop
    order_id = orders.start(session, shop.account.id, me=shop.rep.id, at=AT)
    orders.save(session, order_id, [DraftLine(shop.water.id, "case", D(3))], at=AT)
    line = session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).one()
    line.rebate_amount = D("10.00")
    session.flush()
    found = order_list.detail(session, order_id, desk.boss.id).margin
    assert found is not None
    assert found.margin == Margin(D("112.12"), D("72.00")), "what a rebate pays is nothing that comes in"
    assert order_list.detail(session, order_id, shop.rep.id).margin is None


def test_publishing_cost_prices_changes_no_price_and_puts_one_right_where_it_stands(laptop: Database) -> None:
    with laptop.writing() as session:
        office = rule_shop.build(session)
        office.publish(rule_shop.promotion("P", {"percent_off": "5"}))
        water = office.shop.water.id

        def payable() -> Decimal:
            known = pricing.basis(session, office.shop.account.id, ON, at=rule_shop.LATER)
            return pricing.quote(known, rule_shop.drafted(office.shop)).priced.payable

        before, said = payable(), []
        for cost in (D("1.00"), D("1.25"), None):
            edition = Edition("", rule_shop.BEGAN, costs=[CostChange(water, "CNY", None, cost)])
            publish(session, edition, AT)
            said.append(costs.known(session).on(str(water), ON, "CNY"))
            assert payable() == before
        assert said == [1, D("1.25"), None]
        assert [row.version for row in session.scalars(select(CostPrice))] == [3], (
            "one row, put away at the end"
        )
