"""What a rep does with an order after he handed it over, without a network (R1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.model.orders import Fulfilment, Order, OrderStatus, Origin
from fieldcrm.model.prices import OnChange
from fieldcrm.model.users import Role
from fieldcrm.services import order_list, orders, pricing, returns
from fieldcrm.services.order_list import Shown
from fieldcrm.storage.database import Database
from fieldcrm.sync import outbox
from tests import builders
from tests.services import rule_shop
from tests.services.price_shop import AT, ON
from tests.services.rule_shop import LATER, Office, drafted, on, promotion


@pytest.fixture
def office(laptop: Database) -> Iterator[Office]:
    with laptop.writing() as session:
        yield rule_shop.build(session)


def handed_over(office: Office, water: int = 2) -> Order:
    session, shop = office.session, office.shop
    key = orders.start(session, shop.account.id, me=shop.rep.id, at=AT)
    orders.save(session, key, drafted(shop, water), at=AT)
    orders.submit(session, key, at=AT)
    session.flush()
    return session.get_one(Order, key)


def accepted(office: Office, water: int = 2) -> Order:
    """Return an order as it comes back from the server."""
    order = handed_over(office, water)
    order.status, order.number = OrderStatus.ACCEPTED, "SO-2026-000001"
    with office.session.no_autoflush:
        office.session.flush()
    return order


def amend(office: Office, order: Order, water: int = 3, **more: object) -> None:
    lines = drafted(office.shop, water)
    orders.amend(office.session, order.id, lines, **({"reason": "more", "at": LATER} | more))  # type: ignore[arg-type]
    office.session.flush()


def acts(session: Session) -> list[tuple[str | None, set[str]]]:
    entries = outbox.select(outbox.raw(session), "entity = 'order'")
    return [(e.mutation.act, set(e.mutation.set or {})) for e in entries]


def test_an_amendment_is_one_act_with_all_it_changes(laptop: Database) -> None:
    with laptop.writing() as session:
        shop = rule_shop.build(session).shop
    outbox.attach(laptop)
    with laptop.writing() as session:
        office = Office(session, shop)
        order = handed_over(office)
        amend(office, order)
        orders.cancel(session, order.id, "closed")
    with laptop.reading() as session:
        said = acts(session)
        assert [act for act, _ in said] == [None, "submit", "amend", "cancel"]
        assert {"lines", "edition", "reason", "total_amount"} <= said[2][1]
        assert said[3][1] == {"reason"}
        order = session.get_one(Order, order.id)
        assert (order.status, order.edition, order.reason) == ("cancelled", 2, "closed")


def test_an_amended_order_keeps_its_prices_while_no_newer_rules_are_out(office: Office) -> None:
    office.publish(promotion("B", {"percent_off": "10"}))
    order = handed_over(office)
    amend(office, order, 4, at=AT + timedelta(days=40))
    assert (order.ordered_on, order.rule_set, order.edition) == (ON, 1, 2)
    assert order.total_amount == Decimal("219.60")


@pytest.mark.parametrize(
    ("policy", "days", "price"),
    [
        (OnChange.REPRICE, 0, "50.00"), (OnChange.APPROVE, 0, "46.00"), (OnChange.HONOUR, 7, "46.00"),
    ],
)  # fmt: skip
def test_when_newer_rules_are_out_the_policy_of_the_book_decides(
    office: Office, policy: OnChange, days: int, price: str
) -> None:
    office.publish()
    book = office.session.merge(office.shop.group_book)
    book.on_change, book.honour_days = policy, days
    other = office.session.merge(office.shop.list_book)
    other.on_change, other.honour_days = policy, days
    order = handed_over(office)
    office.publish(prices=(office.water("50.00"),), starts=AT + timedelta(minutes=1))
    amend(office, order, 3)
    water = next(
        x for x in pricing.order_lines(office.session, order.id) if x.product_id == office.shop.water.id
    )
    assert water.unit_price == Decimal(price)


def test_what_the_order_itself_took_of_a_budget_is_its_own_again(office: Office) -> None:
    office.publish(promotion("B", {"percent_off": "10"}, budget=Decimal("15.20")))
    order = handed_over(office)
    assert order.discount_amount == Decimal("15.20")
    amend(office, order, 2)
    assert order.discount_amount == Decimal("15.20")


@pytest.mark.parametrize("begun", [Fulfilment.BEGUN, Fulfilment.PARTLY, Fulfilment.DELIVERED])
def test_an_order_in_fulfilment_says_no_at_once(office: Office, begun: Fulfilment) -> None:
    order = accepted(office)
    order.fulfilment = begun
    detail = order_list.detail(office.session, order.id)
    assert (detail.can_amend, detail.can_cancel) == (False, False)
    with pytest.raises(RuleBroken, match="order_in_fulfilment"):
        amend(office, order)
    with pytest.raises(RuleBroken, match="order_in_fulfilment"):
        orders.cancel(office.session, order.id, "closed")
    assert (order.edition, order.total_amount) == (1, 152)


def test_without_a_reason_nothing_is_amended_or_cancelled(office: Office) -> None:
    order = accepted(office)
    for act in (lambda: amend(office, order, reason=" "), lambda: orders.cancel(office.session, order.id)):
        with pytest.raises(Invalid) as caught:
            act()
        assert caught.value.field == "reason"


def give_back(office: Office, order: Order, **quantities: int) -> UUID:
    rows = {
        line.unit + str(line.position): str(line.id) for line in pricing.order_lines(office.session, order.id)
    }
    wanted = {rows[name]: Decimal(many) for name, many in quantities.items()}
    return returns.make(office.session, order.id, wanted, "broken", me=office.shop.rep.id, at=LATER)


def test_a_return_shows_what_it_gives_and_closes_the_order_to_changes(office: Office) -> None:
    order = accepted(office)
    assert order_list.detail(office.session, order.id).can_return
    give_back(office, order, case0=1)
    [row] = returns.returns_of(office.session, order.id)
    assert (row.total_amount, row.reason) == (46, "broken")
    with pytest.raises(RuleBroken, match="order_returned"):
        amend(office, order)
    with pytest.raises(RuleBroken, match="returned_too_much"):
        give_back(office, order, case0=2)
    give_back(office, order, case0=1, case1=1)
    assert not order_list.detail(office.session, order.id).can_return


def test_a_gift_that_the_rest_no_longer_earns_is_withheld(office: Office) -> None:
    shop = office.shop
    gift = {"gift": {"product_id": str(shop.tea.id), "quantity": "1", "unit": "case"}}
    office.publish(promotion("G", gift, **on(shop.water), conditions={"min_quantity": "4", "unit": "case"}))
    order = accepted(office, 5)
    given = [line for line in pricing.order_lines(office.session, order.id) if line.gift_by]
    assert [line.gift_value for line in given] == [60]
    give_back(office, order, case0=1)
    give_back(office, order, case0=2)
    first, second = returns.returns_of(office.session, order.id)
    assert (first.total_amount, first.withheld_amount) == (46, 0), "four cases still earn it"
    assert (second.total_amount, second.withheld_amount) == (32, 60)
    give_back(office, order, case2=1)
    assert returns.returns_of(office.session, order.id)[-1].total_amount == 60, "the gift came back"


def test_a_manager_agrees_and_the_rep_does_not(office: Office) -> None:
    order = handed_over(office)
    boss = builders.make_user(None, login="boss", role=Role.MANAGER)
    office.session.add(boss)
    order.status, order.review_code = OrderStatus.NEEDS_REVIEW, "needs_approval"
    order.review_data = {"by": "manager", "percent": "7"}
    office.session.flush()
    assert order_list.detail(office.session, order.id, boss.id).can_approve
    assert not order_list.detail(office.session, order.id, office.shop.rep.id).can_approve
    with pytest.raises(RuleBroken, match="order_own"):
        orders.approve(office.session, order.id, me=office.shop.rep.id)
    orders.approve(office.session, order.id, me=boss.id)
    assert order.status == OrderStatus.ACCEPTED


def test_all_origins_are_in_one_list_and_can_be_told_apart(office: Office) -> None:
    shop, session = office.shop, office.session
    for origin in Origin:
        orders.start(session, shop.account.id, me=shop.rep.id, at=AT, origin=origin)
    assert order_list.counts(session)[Shown.ALL] == len(Origin)
    assert [row.origin for row in order_list.page(session, origin=Origin.CUSTOMER)] == [Origin.CUSTOMER]
    assert order_list.how_many(session, origin=Origin.QUOTE) == 1
    assert order_list.counts(session, origin=Origin.QUOTE)[Shown.DRAFT] == 1
    assert set(order_list.by_origin(session)) == set(Origin)


def test_the_list_tells_what_is_to_be_delivered(office: Office) -> None:
    orders_ = [accepted(office) for _ in Fulfilment]
    for order, fulfilment in zip(orders_, Fulfilment, strict=True):
        order.fulfilment = fulfilment
    office.session.flush()
    found = order_list.counts(office.session)
    assert (found[Shown.ACCEPTED], found[Shown.TO_DELIVER], found[Shown.DELIVERED]) == (4, 3, 1)
    [row] = order_list.page(office.session, Shown.DELIVERED)
    assert row.fulfilment == Fulfilment.DELIVERED
