"""A configured line on its way to the server: judged by the same rules, unfolded for whoever packs it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.boms import BomGroup, BomNode, SalesBom
from fieldcrm.model.products import Product
from server import packing
from server.database import run
from server.rule_sets import Change, Edition, publish
from tests import builders
from tests.server.sync.conftest import Company
from tests.server.sync.test_orders import line, order_doc, submit

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def flavours(company: Company) -> list[Product]:
    """The company's article becomes a mixed case: one flavour of two, the second costs 2.00 a bottle more."""
    made = [builders.make_product(code=f"F{n}", name=name) for n, name in enumerate(("peach", "lime"))]
    group = new_id()
    parts: list[Any] = [BomGroup(id=group, name="flavour", required=True, least=1, most=1)]
    with company.database.writing() as connection, Session(connection, expire_on_commit=False) as session:
        session.add_all(made)
        session.flush()
        session.add_all(map(builders.make_unit, made))
        session.flush()
        parts += [
            BomNode(id=new_id(), group_id=group, product_id=each.id, delta=Decimal(2 * n), least=Decimal(1),
                    most=Decimal(1), step=Decimal(1))
            for n, each in enumerate(made)
        ]  # fmt: skip
        bill = {"host_id": company.product.id, "name": "Mixed"}
        publish(
            session, Edition("Bills", BEGAN, [Change(SalesBom, str(company.product.id), bill, parts)]), BEGAN
        )
        session.flush()
        session.expunge_all()
    return made


def pushed(company: Company, chosen: dict[str, str] | None, price: str) -> dict[str, Any]:
    laptop = company.laptop()
    doc = order_doc(company, line(company, 2, price, configuration=chosen), rule_set=1)
    created = laptop.create("order", doc)
    laptop.push(created, submit(laptop, created))
    body = laptop.body("order", created.agg[1])
    assert body is not None
    return {"id": created.agg[1], **body}


def test_a_configured_order_stands_up_and_says_what_to_pack(
    company: Company, flavours: list[Product]
) -> None:
    body = pushed(company, {str(flavours[0].id): "1"}, "48.00")
    assert (body["status"], body["review_code"]) == ("accepted", None)
    with company.database.reading() as connection:
        [row] = packing.of_orders(connection, [body])
    assert [(each["product_id"], each["quantity"]) for each in row["packing"]] == [
        (str(flavours[0].id), "48.00")
    ]


def test_a_published_bill_is_whole_on_a_laptop_too(company: Company, flavours: list[Product]) -> None:
    """Its parts were once numbered through all kinds, on a laptop each by itself: no laptop used the set."""
    with company.database.reading() as connection:
        nodes = run(connection, "SELECT product_id, position FROM bom_node ORDER BY position").all()
    assert nodes == [(str(each.id), n) for n, each in enumerate(flavours)]


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({}, "required_missing"),
        (None, "required_missing"),
        (["peach"], "not_an_option"),
        ({"x": "1"}, "not_an_option"),
    ],
)
def test_a_wrong_choice_needs_review_and_is_named(
    company: Company, flavours: list[Product], chosen: Any, code: str
) -> None:
    body = pushed(company, chosen, "48.00")
    assert (body["status"], body["review_code"]) == ("needs_review", "configuration_wrong")
    [said] = body["review_data"]["lines"]
    assert (said["product_id"], said["code"]) == (str(company.product.id), code)


def test_the_price_of_a_choice_is_worked_out_again(company: Company, flavours: list[Product]) -> None:
    body = pushed(company, {str(flavours[1].id): "1"}, "48.00")
    assert (body["status"], body["review_code"]) == ("needs_review", "price_changed")
