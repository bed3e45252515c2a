"""What the ERP and the office say of an order's goods, over REST (R1)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from fieldcrm.ids import new_id
from fieldcrm.model.orders import OrderStatus
from tests.fixtures.server import Person, ServerProcess
from tests.server.conftest import Filling

DAY = "2026-11-21"


@pytest.fixture(scope="module")
def people(shared_server: ServerProcess) -> dict[str, Person]:
    return {login: shared_server.person(login) for login in ("finance1", "manager1", "rep1")}


@pytest.fixture
def order(filling: Filling) -> UUID:
    """An accepted order of two bottles."""
    return filling.order("HZ", status=OrderStatus.ACCEPTED)


def line_of(people: dict[str, Person], order: UUID) -> str:
    return str(people["finance1"].get(f"/api/v1/orders/{order}").json()["lines"][0]["id"])


def delivered(person: Person, order: UUID, line: str, quantity: str, reference: str = "") -> Any:
    body = {"quantities": {line: quantity}, "delivered_on": DAY, "reference": reference}
    return person.post(f"/api/v1/orders/{order}/deliveries", json=body)


def standing(people: dict[str, Person], order: UUID) -> str:
    return str(people["rep1"].get(f"/api/v1/orders/{order}").json()["fulfilment"])


def test_deliveries_add_up_to_the_order_and_no_further(people: dict[str, Person], order: UUID) -> None:
    erp, line = people["finance1"], line_of(people, order)
    assert standing(people, order) == "open"
    assert delivered(erp, order, line, "1").status_code == 201
    assert standing(people, order) == "partly_delivered"
    too_much = delivered(erp, order, line, "2")
    assert (too_much.status_code, too_much.json()["code"]) == (409, "delivered_too_much")
    assert delivered(erp, order, line, "1").status_code == 201
    assert standing(people, order) == "delivered"
    assert delivered(erp, order, line, "-1").status_code == 201, "a correction"
    assert standing(people, order) == "partly_delivered"
    listed = people["rep1"].get(f"/api/v1/orders/{order}/deliveries").json()["items"]
    assert [item["quantities"][line] for item in listed] == ["1", "1", "-1"]


def test_a_delivery_is_said_once_by_its_reference(people: dict[str, Person], order: UUID) -> None:
    erp, line = people["finance1"], line_of(people, order)
    first = delivered(erp, order, line, "1", "D-1")
    again = delivered(erp, order, line, "1.00", "D-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    other = delivered(erp, order, line, "2", "D-1")
    assert (other.status_code, other.json()["code"]) == (409, "delivery_reference_taken")


@pytest.mark.parametrize("quantities", [{}, {"x": "1"}, {"00000000-0000-0000-0000-000000000000": "1"}])
def test_a_delivery_of_nothing_known_is_refused(
    people: dict[str, Person], order: UUID, quantities: dict[str, str]
) -> None:
    body = {"quantities": quantities, "delivered_on": DAY}
    assert people["finance1"].post(f"/api/v1/orders/{order}/deliveries", json=body).status_code == 422


def test_what_the_warehouse_has_begun_is_not_cancelled(people: dict[str, Person], order: UUID) -> None:
    path = f"/api/v1/orders/{order}"
    assert people["manager1"].post(f"{path}/fulfil").status_code == 403
    assert people["finance1"].post(f"{path}/fulfil").json()["fulfilment"] == "begun"
    refused = people["manager1"].post(f"{path}/cancel", json={"reason": "closed"})
    assert (refused.status_code, refused.json()["code"]) == (409, "order_in_fulfilment")


def test_the_office_cancels_with_a_reason_and_nothing_of_it_is_delivered(
    people: dict[str, Person], order: UUID
) -> None:
    path, line = f"/api/v1/orders/{order}", line_of(people, order)
    answer = people["manager1"].post(f"{path}/cancel", json={"reason": "closed"}).json()
    assert (answer["status"], answer["reason"]) == ("cancelled", "closed")
    late = delivered(people["finance1"], order, line, "1")
    assert (late.status_code, late.json()["code"]) == (409, "order_not_accepted")


def test_the_office_books_a_return_once_and_no_rep_does_so_here(
    people: dict[str, Person], order: UUID
) -> None:
    path, line, key = f"/api/v1/orders/{order}/returns", line_of(people, order), str(new_id())
    body = {"quantities": {line: "1"}, "reason": "sent back by post"}
    assert people["rep1"].post(path, json=body).status_code == 403
    answers = [people["finance1"].post(f"{path}?id={key}", json=body) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 200]
    assert answers[0].json()["total_amount"] == "2.00"
    assert standing(people, order) == "delivered"
    too_much = people["manager1"].post(path, json={**body, "quantities": {line: "2"}})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "returned_too_much")
    assert [item["id"] for item in people["rep1"].get(path).json()["items"]] == [key]


def test_the_office_finds_an_order_and_sees_what_of_it_may_come_back(
    people: dict[str, Person], order: UUID
) -> None:
    finance, line = people["finance1"], line_of(people, order)
    where = f"/api/v1/returnable-orders/{order}"
    number = finance.get(f"/api/v1/orders/{order}").json()["provisional_number"]
    found = finance.get(f"/api/v1/returnable-orders?q={number.lower()}").json()["items"]
    assert str(order) in {each["id"] for each in found}
    assert finance.get("/api/v1/returnable-orders?q=no-such-order").json()["items"] == []
    assert people["rep1"].get("/api/v1/returnable-orders").status_code == 403
    body = {"quantities": {line: "1"}}
    assert finance.post(f"{where}/worth", json=body).json()["total"] == "2.00"
    assert finance.get(where).json()["returns"] == [], "to reckon books nothing"
    refused = finance.post(f"{where}/worth", json={"quantities": {line: "3"}})
    assert (refused.status_code, refused.json()["code"]) == (409, "returned_too_much")
    booked = finance.post(f"/api/v1/orders/{order}/returns", json={**body, "reason": "by post"})
    assert booked.status_code == 201
    read = finance.get(where).json()
    assert [(each["returned"], each["left"]) for each in read["lines"]] == [("1.00", "1.00")]
    assert [(each["total"], each["reason"]) for each in read["returns"]] == [("2.00", "by post")]
