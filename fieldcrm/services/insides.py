"""What is inside the configured lines of an order or a quote, for screens, papers and whoever packs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import RuleBroken
from fieldcrm.model.products import Product, ProductUnit
from fieldcrm.rules.pricing import bills
from fieldcrm.rules.pricing.bills import Bills, Node
from fieldcrm.services import rule_sets


class Line(Protocol):
    """What is needed of a stored line."""

    id: UUID
    product_id: UUID
    unit: str
    quantity: Decimal
    configuration: dict[str, object] | None


@dataclass(frozen=True, slots=True)
class Part:
    """One article inside a line, in base units for the whole line; ``depth`` 1 is right inside."""

    product_id: UUID
    name: str
    unit: str
    quantity: Decimal
    depth: int


def of_lines(session: Session, rule_set: int | None, lines: Iterable[Line]) -> dict[UUID, tuple[Part, ...]]:
    """Return what is inside each line by the rules it was taken on; lines of plain articles are left out."""
    all_bills = _bills(session, rule_set)
    held = [line for line in lines if str(line.product_id) in all_bills]
    if not held:
        return {}
    found = {line.id: list(_nodes(all_bills, line)) for line in held}
    ids = {UUID(node.product) for nodes in found.values() for node in nodes}
    goods = {row.id: row for row in session.scalars(select(Product).where(Product.id.in_(ids)))}
    factors = _factors(session, {line.product_id for line in held})
    return {
        line.id: tuple(
            _part(goods, node, line.quantity * factors.get((line.product_id, line.unit), Decimal(1)))
            for node in found[line.id]
        )
        for line in held
    }


def _bills(session: Session, rule_set: int | None) -> Bills:
    book = rule_sets.numbered(session, rule_set)
    return {} if book is None else book.configurations


def _nodes(all_bills: Bills, line: Line) -> Iterator[Node]:
    """Yield what can be made out: a line may hold what no rule offers."""
    try:
        yield from bills.nodes(all_bills, str(line.product_id), dict(bills.heard(line.configuration)))
    except RuleBroken:
        return


def _part(goods: dict[UUID, Product], node: Node, many: Decimal) -> Part:
    row = goods.get(UUID(node.product))
    name, unit = (row.name, row.base_unit) if row is not None else ("", "")
    return Part(UUID(node.product), name, unit, node.quantity * many, node.depth)


def _factors(session: Session, ids: Iterable[UUID]) -> dict[tuple[UUID, str], Decimal]:
    query = select(ProductUnit.product_id, ProductUnit.unit, ProductUnit.factor)
    rows = session.execute(query.where(ProductUnit.product_id.in_(set(ids))))
    return {(product, unit): factor for product, unit, factor in rows}


def to_pack(session: Session, rule_set: int | None, lines: Iterable[Line]) -> dict[UUID, dict[UUID, Decimal]]:
    """Return the articles each configured line is packed of, in base units for the whole line."""
    all_bills = _bills(session, rule_set)
    held = [line for line in lines if str(line.product_id) in all_bills]
    factors = _factors(session, {line.product_id for line in held})
    return {
        line.id: _packed(
            all_bills, line, line.quantity * factors.get((line.product_id, line.unit), Decimal(1))
        )
        for line in held
    }


def _packed(all_bills: Bills, line: Line, many: Decimal) -> dict[UUID, Decimal]:
    try:
        parts = bills.explode(all_bills, str(line.product_id), dict(bills.heard(line.configuration)))
    except RuleBroken:
        return {}
    return {UUID(product): each * many for product, each in parts.items()}
