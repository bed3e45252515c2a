"""An order of a confirmed quote keeps its prices and its approval until anything is changed (Q3, R1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from fieldcrm.clock import business_day
from fieldcrm.model.orders import Order, Origin
from fieldcrm.model.products import Product
from fieldcrm.model.quotes import Quote
from fieldcrm.model.selling import ApprovalRung
from fieldcrm.model.users import Role
from fieldcrm.rules.quote_orders import Lost
from fieldcrm.rules.quotes import Act, State
from fieldcrm.services import order_list, orders, pricing, quote_list, quote_news, quote_orders, quotes
from fieldcrm.services.pricing import DraftLine
from fieldcrm.services.quotes import Terms
from fieldcrm.storage.database import Database
from server.rule_sets import Change
from tests import builders
from tests.services import rule_shop
from tests.services.price_shop import AT, ON
from tests.services.rule_shop import LATER, Office

RUNGS = (("2", None), ("10", "manager"), ("20", "director"))


@dataclass
class Desk:
    """A shop with a ladder, and one round with a discount that its manager agreed to."""

    office: Office
    quote_id: UUID
    order_id: UUID

    def line(self, price: str | None = "42.00", count: int = 3) -> DraftLine:
        manual = None if price is None else Decimal(price)
        return DraftLine(self.office.shop.water.id, "case", Decimal(count), manual)

    def save(self, *lines: DraftLine, at: datetime = AT) -> Order:
        orders.save(self.office.session, self.order_id, lines, at=at)
        return self.order

    @property
    def order(self) -> Order:
        return self.office.session.get_one(Order, self.order_id)

    def lost(self, *lines: DraftLine, at: datetime = AT) -> Lost | None:
        session, account = self.office.session, self.office.shop.account.id
        promise = quote_orders.of_order(session, self.order_id, account)
        assert promise is not None
        known = pricing.basis(session, account, business_day(at), at=at)
        promised = quote_orders.basis(session, promise, besides=self.order_id)
        return quote_orders.priced(known, promise, promised, lines, (), business_day(at)).lost


@pytest.fixture
def desk(laptop: Database) -> Iterator[Desk]:
    with laptop.writing() as session:
        office = rule_shop.build(session)
        shop = office.shop
        office.publish(*(
            Change(ApprovalRung, up, {"up_to_percent": Decimal(up), "approver": by}) for up, by in RUNGS
        ))  # fmt: skip
        boss = builders.make_user(
            None, login="boss", role=Role.MANAGER, territory_id=shop.account.territory_id
        )
        session.add(boss)
        session.flush()
        line = DraftLine(shop.water.id, "case", Decimal(3), Decimal("42.00"))
        terms = Terms(ON + timedelta(30), (("Freight", Decimal(20)),))
        quote_id = quotes.save(session, shop.account.id, [line], terms, me=shop.rep.id, at=AT)
        for act, who in (
            (Act.SUBMITTED, shop.rep), (Act.APPROVED, boss), (Act.SENT, shop.rep), (Act.CONFIRMED, shop.rep),
        ):  # fmt: skip
            quotes.do(session, quote_id, act, me=who.id, at=AT)
        order_id, more = quotes.make_order(session, quote_id, me=shop.rep.id, at=AT)
        assert more == 0
        yield Desk(office, quote_id, order_id)


def test_the_order_of_an_approved_quote_waits_for_nobody(desk: Desk) -> None:
    assert (desk.order.origin, desk.order.total_amount, desk.order.approver) == (Origin.QUOTE, 126, None)
    orders.submit(desk.office.session, desk.order_id, at=LATER)
    assert (desk.order.total_amount, desk.order.approver) == (126, None)


def test_it_keeps_the_quotes_prices_when_newer_ones_are_out_and_a_floor_rose(desk: Desk) -> None:
    desk.office.publish(prices=(desk.office.water("52.00"),), starts=LATER)
    desk.office.session.get_one(Product, desk.office.shop.water.id).floor_price = Decimal("4.00")
    on = LATER + timedelta(days=9)
    orders.submit(desk.office.session, desk.order_id, at=on)
    assert (desk.order.total_amount, desk.order.rule_set, desk.order.approver) == (126, 1, None)
    assert desk.order.ordered_on == business_day(on)
    assert order_list.detail(desk.office.session, desk.order_id).lines[0].unit_price == 46


@pytest.mark.parametrize(("price", "count"), [("42.00", 4), ("41.50", 3), ("45.00", 3), ("42.00", 2)])
def test_any_change_loses_the_approval_and_going_back_brings_it_again(
    desk: Desk, price: str, count: int
) -> None:
    assert desk.lost(desk.line(price, count)) is Lost.CHANGED
    changed = desk.save(desk.line(price, count))
    assert changed.approver == "manager"
    assert desk.lost(desk.line()) is None
    assert desk.save(desk.line()).approver is None


def test_a_changed_order_has_the_prices_of_today(desk: Desk) -> None:
    desk.office.publish(prices=(desk.office.water("52.00"),), starts=LATER)
    changed = desk.save(desk.line(None, 3), at=LATER + timedelta(hours=1))
    assert (changed.total_amount, changed.rule_set) == (156, 2)


def test_after_the_quotes_last_day_its_approval_is_over(desk: Desk) -> None:
    late = AT + timedelta(days=31)
    assert desk.lost(desk.line(), at=late) is Lost.ENDED
    orders.submit(desk.office.session, desk.order_id, at=late)
    assert desk.order.approver == "manager"


def test_an_edition_with_the_same_lines_keeps_it_and_another_loses_it(desk: Desk) -> None:
    session = desk.office.session
    orders.submit(session, desk.order_id, at=AT)
    session.flush()
    orders.amend(session, desk.order_id, [desk.line()], reason="later", at=LATER, wanted_on=ON)
    session.flush()
    assert (desk.order.edition, desk.order.approver) == (2, None)
    orders.amend(session, desk.order_id, [desk.line(count=5)], reason="more", at=LATER)
    assert (desk.order.edition, desk.order.approver) == (3, "manager")


def test_a_round_whose_order_was_cancelled_is_confirmed_again_and_may_be_ordered_again(desk: Desk) -> None:
    session, me = desk.office.session, desk.office.shop.rep.id
    orders.cancel(session, desk.order_id)

    def seen() -> quote_list.Detail:
        return quote_list.detail(session, desk.quote_id, me=me, today=ON)

    found = seen()
    assert (found.row.state, [act.undone for act in found.acts][-1]) == (State.CONFIRMED, True)
    assert Act.ORDERED in found.can
    assert [row.state for row in quote_list.rows(session, ON)] == [State.CONFIRMED]
    assert list(quote_news.mine(session, me, ON)) == [], "nobody is told to order what he cancelled"
    again, more = quotes.make_order(session, desk.quote_id, me=me, at=AT)
    assert (more, session.get_one(Order, again).approver) == (0, None), "the approval holds for it, too"
    assert seen().row.state is State.ORDERED
    assert Act.ORDERED not in seen().can


def test_a_cancelled_order_of_somebody_else_undoes_nothing(desk: Desk) -> None:
    session = desk.office.session
    other = builders.make_account(desk.office.shop.account.territory_id, code="C2")
    session.add(other)
    session.flush()
    desk.order.account_id = other.id
    orders.cancel(session, desk.order_id)
    quote = session.get_one(Quote, desk.quote_id)
    assert quotes.state(session, quote, ON) is State.ORDERED
