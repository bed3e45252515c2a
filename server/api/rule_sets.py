"""``/api/v1/rule-sets``: the office publishes promotions, rebates, ranges and prices together, or tries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.errors import Invalid
from fieldcrm.ids import new_id
from fieldcrm.model.boms import BomGroup, BomNode, BomRule
from fieldcrm.model.products import ProductAttribute, ProductCategory
from fieldcrm.money import CNY
from fieldcrm.services import rule_sets as sets
from fieldcrm.sync.entities import registry
from server import operations, records, scope_office
from server.api import answers, shapes
from server.api.callers import Signed
from server.rule_catalogue import BookChange, CostChange, ProductChange, ShelfChange
from server.rule_sets import Change, Edition, PriceChange, publish
from server.scope_office import Act

router = APIRouter(prefix="/api/v1/rule-sets", tags=["rule sets"])
Text = Annotated[str, StringConstraints(max_length=200, pattern=shapes.PLAIN)]
_CLASSES = {str(cls.__tablename__): cls for cls in sets.RULED}  # type: ignore[attr-defined]  # mapped
_PARTS: dict[str, type[Any]] = {"groups": BomGroup, "nodes": BomNode, "rules": BomRule}
RuleSetPage = shapes.page_model("rule_set", shapes.row_model("rule_set"))


class RuleBody(BaseModel):
    """What a rule says from now on; without ``fields`` it ends. Values are as on the wire."""

    model_config = ConfigDict(extra="forbid")

    entity: Literal[
        "promotion", "rebate_program", "sellable_range", "quantity_rule", "approval_rung", "sales_bom"
    ]
    code: Text
    fields: dict[str, Any] | None = None
    parts: dict[Literal["groups", "nodes", "rules"], list[dict[str, Any]]] = Field(default_factory=dict)


class PriceBody(BaseModel):
    """What an article costs from now on in a book; without ``price`` it has none there any more."""

    model_config = ConfigDict(extra="forbid")

    book_id: UUID
    product_id: UUID
    unit: Text
    price: Annotated[Decimal, Field(gt=0, decimal_places=4)] | None = None
    min_quantity: Annotated[Decimal, Field(ge=0, decimal_places=4)] = Decimal()
    min_quantity_unit: Text | None = None


class BookBody(BaseModel):
    """What a price book says of itself from now on; without ``fields`` it ends."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    fields: dict[str, Any] | None = None


class ProductBody(BaseModel):
    """What is said of an article, with all its units."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    fields: dict[str, Any]
    units: Annotated[list[dict[str, Any]], Field(max_length=20)] = Field(default_factory=list)


class ShelfBody(BaseModel):
    """What a category or an attribute says from now on; without ``fields`` it is gone."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    fields: dict[str, Any] | None = None


class CostBody(BaseModel):
    """What a base unit of an article costs us from a day on, before tax; without ``cost`` it is gone."""

    model_config = ConfigDict(extra="forbid")

    product_id: UUID
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = CNY
    valid_from: date | None = None
    cost: Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=4)] | None = None


class EditionBody(BaseModel):
    """Everything that comes into force together at ``valid_from`` (None: now).

    ``based_on`` names the set that was looked at; another one published meanwhile is refused.
    ``trial`` checks and keeps nothing.
    """

    model_config = ConfigDict(extra="forbid")

    name: Text = ""
    valid_from: AwareDatetime | None = None
    based_on: int | None = None
    categories: Annotated[list[ShelfBody], Field(max_length=2_000)] = Field(default_factory=list)
    attributes: Annotated[list[ShelfBody], Field(max_length=2_000)] = Field(default_factory=list)
    products: Annotated[list[ProductBody], Field(max_length=5_000)] = Field(default_factory=list)
    books: Annotated[list[BookBody], Field(max_length=500)] = Field(default_factory=list)
    rules: Annotated[list[RuleBody], Field(max_length=5_000)] = Field(default_factory=list)
    prices: Annotated[list[PriceBody], Field(max_length=20_000)] = Field(default_factory=list)
    costs: Annotated[list[CostBody], Field(max_length=20_000)] = Field(default_factory=list)
    trial: bool = False


@router.get("", response_model=RuleSetPage)
def rule_sets(caller: Signed, after: shapes.After = None, limit: shapes.Limit = 50) -> Response:
    """List the published sets."""
    with caller.reading() as (connection, _):
        return answers.page(records.listed(connection, "rule_set", [], after=after, limit=limit))


@router.post("", status_code=201)
def publish_rules(body: EditionBody, caller: Signed) -> dict[str, Any]:
    """Publish the next set of rules, or say what is wrong with it."""
    at = clock.now()
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.PUBLISH_RULES)
        trial = connection.begin_nested()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            found = publish(session, _edition(body, principal.user_id, at), at)
            said = {
                "id": str(found.id),
                "number": found.number,
                "rules": found.rule_count,
                "hash": found.rules_hash,
            }
            session.commit()
        if body.trial:
            trial.rollback()
            return said | {"id": None}
        trial.commit()
        operations.record(
            connection, "rules_published", at, user_id=principal.user_id, device_id=principal.device_id,
            entity="rule_set", row_id=UUID(str(said["id"])), number=said["number"],
        )  # fmt: skip
    return said


def _edition(body: EditionBody, by: UUID, at: datetime) -> Edition:
    return Edition(
        body.name, body.valid_from or at, list(map(_change, body.rules)),
        [PriceChange(**price.model_dump()) for price in body.prices], by,
        list(map(_book, body.books)), list(map(_product, body.products)), body.based_on,
        [*_shelves(ProductCategory, body.categories), *_shelves(ProductAttribute, body.attributes)],
        [CostChange(**cost.model_dump()) for cost in body.costs],
    )  # fmt: skip


def _shelves(
    cls: type[ProductCategory] | type[ProductAttribute], bodies: list[ShelfBody]
) -> Iterator[ShelfChange]:
    entity = registry()[cls.__tablename__]
    for body in bodies:
        yield ShelfChange(cls, body.id, None if body.fields is None else records.checked(entity, body.fields))


def _book(body: BookBody) -> BookChange:
    entity = registry()["price_book"]
    return BookChange(body.id, None if body.fields is None else records.checked(entity, body.fields))


def _product(body: ProductBody) -> ProductChange:
    entity = registry()["product"]
    units = [records.checked(entity.parts[0], unit) for unit in body.units]
    return ProductChange(body.id, records.checked(entity, body.fields), units)


def _change(body: RuleBody) -> Change:
    fields = None if body.fields is None else records.checked(registry()[body.entity], body.fields)
    return Change(_CLASSES[body.entity], body.code, fields, list(_parts(body)))


def _parts(body: RuleBody) -> Iterator[Any]:
    """Yield a bill's parts; a node names its group by the id the sender gave it."""
    known = {part.name: part for part in registry()[body.entity].parts}
    for name, items in body.parts.items():
        if name not in known:
            raise Invalid("unknown_field", field=f"parts.{name}")
        for item in items:
            values = dict(item)
            part_id = UUID(str(values.pop("id"))) if "id" in values else new_id()
            yield _PARTS[name](id=part_id, **records.checked(known[name], values))
