"""``/api/v1/products``, ``/price-books`` and ``/cost-prices``: read only, for whom their scope reaches."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import ColumnElement, Connection, func, or_

from fieldcrm.sync.entities import registry
from server import records, scope_office
from server.api import answers, shapes
from server.api.callers import Signed
from server.scope import Principal
from server.scope_office import Act

router = APIRouter(prefix="/api/v1", tags=["catalogue"])
product = registry()["product"].table
book = registry()["price_book"].table
entry = registry()["price_entry"].table
cost = registry()["cost_price"].table

Product = shapes.row_model("product")
ProductPage = shapes.page_model("product", Product)
Book = shapes.row_model("price_book")
BookPage = shapes.page_model("price_book", Book)
EntryPage = shapes.page_model("price_entry", shapes.row_model("price_entry"))
CostPage = shapes.page_model("cost_price", shapes.row_model("cost_price"))


@router.get("/products", response_model=ProductPage)
def products(
    caller: Signed, q: shapes.Search = "", after: shapes.After = None, limit: shapes.Limit = 50
) -> Response:
    """List the catalogue with units."""
    named = [
        func.lower(c).contains(q.strip().lower(), autoescape=True) for c in (product.c.name, product.c.code)
    ]
    with caller.reading() as (connection, _):
        where = [or_(*named)] if q.strip() else []
        return answers.page(records.listed(connection, "product", where, after=after, limit=limit))


@router.get("/products/{product_id}", response_model=Product)
def read_product(product_id: UUID, caller: Signed) -> Response:
    """Return one product with its units."""
    with caller.reading() as (connection, _):
        return answers.row(records.one(connection, "product", product_id, []))


@router.get("/price-books", response_model=BookPage)
def price_books(caller: Signed, after: shapes.After = None, limit: shapes.Limit = 50) -> Response:
    """List the price books the caller sees."""
    with caller.reading() as (connection, principal):
        where = _seen(connection, principal)
        return answers.page(records.listed(connection, "price_book", where, after=after, limit=limit))


@router.get("/price-books/{book_id}", response_model=Book)
def read_price_book(book_id: UUID, caller: Signed) -> Response:
    """Return one price book."""
    with caller.reading() as (connection, principal):
        return answers.row(records.one(connection, "price_book", book_id, _seen(connection, principal)))


@router.get("/price-books/{book_id}/entries", response_model=EntryPage)
def entries(
    book_id: UUID, caller: Signed, product_id: UUID | None = None,
    after: shapes.After = None, limit: shapes.Limit = 200,
) -> Response:  # fmt: skip
    """List the prices of a book."""
    with caller.reading() as (connection, principal):
        records.one(connection, "price_book", book_id, _seen(connection, principal))
        where = [entry.c.price_book_id == book_id]
        where += [entry.c.product_id == product_id] if product_id else []
        return answers.page(records.listed(connection, "price_entry", where, after=after, limit=limit))


@router.get("/cost-prices", response_model=CostPage)
def cost_prices(
    caller: Signed, product_id: UUID | None = None, after: shapes.After = None, limit: shapes.Limit = 200
) -> Response:
    """List what goods cost us, for who may see margins; they are written with a set of rules."""
    with caller.reading() as (connection, principal):
        scope_office.check(principal, Act.SEE_COSTS)
        where: list[ColumnElement[bool]] = [cost.c.archived_at.is_(None)]
        where += [cost.c.product_id == product_id] if product_id else []
        return answers.page(records.listed(connection, "cost_price", where, after=after, limit=limit))


def _seen(connection: Connection, principal: Principal) -> list[ColumnElement[bool]]:
    areas = scope_office.seen_territories(connection, principal)
    return [] if areas is None else [or_(book.c.territory_id.is_(None), book.c.territory_id.in_(areas))]
