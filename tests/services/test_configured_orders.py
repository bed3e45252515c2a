"""Configured articles in orders and quotes: kept with the line, priced, and judged by the server's rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from fieldcrm.errors import RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.boms import BomGroup, BomNode, BomRule, BomRuleKind, SalesBom
from fieldcrm.model.orders import Order
from fieldcrm.model.products import Product
from fieldcrm.model.quotes import Quote
from fieldcrm.rules.pricing.bills import Choices, as_choices
from fieldcrm.services import insides, orders, price_check, pricing, quote_rows, quotes
from fieldcrm.services.pricing import DraftLine
from fieldcrm.services.quotes import Terms
from fieldcrm.storage.database import Database
from server.rule_sets import Change, PriceChange
from tests import builders
from tests.services import rule_shop
from tests.services.price_shop import AT
from tests.services.rule_shop import Office

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Rack:
    """A rack to order: one cooler of two, perhaps a lamp, which needs a cable, and always a sticker."""

    office: Office
    host: Product
    small: Product
    large: Product
    lamp: Product
    cable: Product
    sticker: Product

    def line(self, *chosen: Product) -> DraftLine:
        return DraftLine(self.host.id, "case", Decimal(2), None, self.choices(*chosen))

    def choices(self, *chosen: Product) -> Choices:
        return as_choices({str(each.id): ONE for each in chosen})

    def order(self, *lines: DraftLine) -> Order:
        session, shop = self.office.session, self.office.shop
        order_id = orders.start(session, shop.account.id, me=shop.rep.id, at=AT)
        orders.save(session, order_id, lines, at=AT)
        return session.get_one(Order, order_id)


@pytest.fixture
def rack(laptop: Database) -> Iterator[Rack]:
    with laptop.writing() as session:
        office = rule_shop.build(session)
        names = ("rack", "small cooler", "large cooler", "lamp", "cable", "sticker")
        goods = [builders.make_product(code=f"R{n}", name=name) for n, name in enumerate(names)]
        session.add_all(goods)
        session.flush()
        session.add_all(builders.make_unit(each, factor=1) for each in goods)
        made = Rack(office, *goods)
        price = PriceChange(office.shop.list_book.id, made.host.id, "case", Decimal("300.00"))
        office.publish(_bill(made), prices=(price,))
        yield made


def _bill(rack: Rack) -> Change:
    cooler, extras = new_id(), new_id()
    told = ((rack.small, cooler, "0"), (rack.large, cooler, "80"), (rack.lamp, extras, "25"),
            (rack.cable, extras, "0"), (rack.sticker, None, "0"))  # fmt: skip
    nodes = [
        BomNode(id=new_id(), group_id=group, product_id=product.id, least=ONE, most=ONE, step=ONE,
                delta=Decimal(delta))
        for product, group, delta in told
    ]  # fmt: skip
    groups = [BomGroup(id=cooler, name="cooler", required=True, least=1, most=1),
              BomGroup(id=extras, name="extras", required=False, least=0, most=2)]  # fmt: skip
    needs = [str(rack.lamp.id), str(rack.cable.id)]
    rules = [BomRule(id=new_id(), kind=BomRuleKind.REQUIRES, products=needs)]
    return Change(SalesBom, str(rack.host.id), {"host_id": rack.host.id, "name": "Rack"}, [*groups, *nodes, *rules])  # fmt: skip  # noqa: E501


def test_what_is_chosen_is_kept_with_the_line_and_in_its_price(rack: Rack) -> None:
    order = rack.order(rack.line(rack.large, rack.lamp, rack.cable))
    [line] = pricing.order_lines(rack.office.session, order.id)
    assert line.unit_price == 300 + 80 + 25
    assert line.configuration == {str(each.id): "1" for each in (rack.large, rack.lamp, rack.cable)}
    assert pricing.draft_lines(rack.office.session, order.id) == [
        rack.line(rack.large, rack.lamp, rack.cable)
    ]


def test_an_order_that_is_configured_as_the_rules_say_stands(rack: Rack) -> None:
    order = rack.order(rack.line(rack.small))
    orders.submit(rack.office.session, order.id, at=AT)
    assert price_check.check_submitted(rack.office.session, order, AT) is None


def test_an_unfinished_article_is_kept_in_a_draft_and_not_submitted(rack: Rack) -> None:
    order = rack.order(rack.line(rack.lamp, rack.cable))
    assert [
        line.configuration is not None for line in pricing.order_lines(rack.office.session, order.id)
    ] == [True]
    with pytest.raises(RuleBroken, match="lines_without_price"):
        orders.submit(rack.office.session, order.id, at=AT)


def test_the_server_names_what_is_wrong_inside_an_article(rack: Rack) -> None:
    order = rack.order(rack.line(rack.small))
    orders.submit(rack.office.session, order.id, at=AT)
    [line] = pricing.order_lines(rack.office.session, order.id)
    line.configuration = {str(rack.small.id): "1", str(rack.lamp.id): "1"}
    found = price_check.check_submitted(rack.office.session, order, AT)
    assert found is not None
    assert found.code == "configuration_wrong"
    assert found.data["lines"] == [{
        "product_id": str(rack.host.id), "code": "dependency",
        "about": {"product": str(rack.lamp.id), "needed": str(rack.cable.id)},
    }]  # fmt: skip


def test_fulfilment_reads_what_to_pack(rack: Rack) -> None:
    order = rack.order(rack.line(rack.large, rack.lamp, rack.cable))
    [line] = pricing.order_lines(rack.office.session, order.id)
    inside = (rack.sticker, rack.large, rack.lamp, rack.cable)
    packed = insides.to_pack(rack.office.session, order.rule_set, [line])
    assert packed == {line.id: {each.id: Decimal(2) for each in inside}}


def test_a_quote_that_holds_something_else_is_another_offer(rack: Rack) -> None:
    session, shop = rack.office.session, rack.office.shop
    terms = Terms(rule_shop.BEGAN.date().replace(day=30))
    said = []
    for chosen in ((rack.small,), (rack.small, rack.cable)):
        key = quotes.save(session, shop.account.id, [rack.line(*chosen)], terms, me=shop.rep.id, at=AT)
        said.append(session.get_one(Quote, key))
        assert quote_rows.draft_lines(session, key) == [rack.line(*chosen)]
    assert said[0].total_amount == said[1].total_amount
    assert said[0].content != said[1].content


def test_parts_are_named_in_the_order_they_go_together(rack: Rack, laptop: Database) -> None:
    session: Session = rack.office.session
    order = rack.order(rack.line(rack.large, rack.lamp, rack.cable))
    [line] = pricing.order_lines(session, order.id)
    found = insides.of_lines(session, order.rule_set, [line])[line.id]
    assert [(part.name, part.depth, part.quantity) for part in found] == [
        ("sticker", 1, 2), ("large cooler", 1, 2), ("lamp", 1, 2), ("cable", 1, 2),
    ]  # fmt: skip
