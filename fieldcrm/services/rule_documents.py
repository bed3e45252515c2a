"""Published rules as documents that the office edits, and documents as rows that pricing reads.

A document holds the columns of its row as plain JSON, and the parts of it under their name. A
node of a bill names its group; everything else is named by id, as in the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid
from fieldcrm.ids import new_id
from fieldcrm.model.base import SCALE
from fieldcrm.model.boms import BomGroup, BomNode, BomRule, SalesBom
from fieldcrm.model.prices import CostPrice, PriceBook, PriceEntry
from fieldcrm.model.products import Product, ProductAttribute, ProductCategory, ProductUnit
from fieldcrm.model.promotions import Promotion
from fieldcrm.model.rebates import RebateProgram
from fieldcrm.model.selling import ApprovalRung, QuantityRule, SellableRange
from fieldcrm.model.wire import Field, amount_text, field_of, from_wire
from fieldcrm.money import CNY
from fieldcrm.rules.rule_draft import Doc, Docs
from fieldcrm.services import rule_sets

RULED: Mapping[str, Any] = {
    "promotion": Promotion, "rebate_program": RebateProgram, "sellable_range": SellableRange,
    "quantity_rule": QuantityRule, "approval_rung": ApprovalRung, "sales_bom": SalesBom,
}  # fmt: skip
SHELVES: Mapping[str, Any] = {"product_category": ProductCategory, "product_attribute": ProductAttribute}
CLASSES: Mapping[str, Any] = {
    **SHELVES, "product": Product, "cost_price": CostPrice, "price_book": PriceBook,
    "price_entry": PriceEntry, **RULED,
}  # fmt: skip
PARTS: Mapping[str, Mapping[str, Any]] = {
    "product": {"units": ProductUnit},
    "sales_bom": {"groups": BomGroup, "nodes": BomNode, "rules": BomRule},
}
OWN_IDS = frozenset({*SHELVES, "product", "price_book"})  # they go by an id that never changes
_OURS = frozenset({"version", "extra", "archived_at", "from_set", "until_set", "position", "bom_id"})
_NOT_SAID: Mapping[str, frozenset[str]] = {
    "product_category": _OURS - {"position"}, "product_attribute": _OURS - {"position"},
    "product": _OURS, "price_book": _OURS | {"entry_count", "entries_hash"},
    "price_entry": _OURS | {"id", "territory_id"},
}  # fmt: skip
_PART_NOT_SAID = _OURS | {"id", "group_id"}


def table(cls: Any) -> Table:
    """Return the table of a mapped class."""
    return cast(Table, cls.__table__)


def entry_key(book: Any, product: Any, unit: str, least: Decimal) -> str:
    """Return the key of a price: one unit of an article in a book, from a quantity on."""
    return f"{book}|{product}|{unit}|{plain(least)}"


def cost_key(product: Any, currency: Any, valid_from: Any) -> str:
    """Return the key of a cost price: an article, a currency and the first day."""
    return f"{product}|{currency or CNY}|{valid_from or ''}"


def key_of(noun: str, doc: Mapping[str, Any]) -> str:
    """Return the key a document goes by."""
    if noun in OWN_IDS:
        return str(doc["id"])
    if noun == "price_entry":
        least = Decimal(doc.get("min_quantity") or 0)
        return entry_key(doc["price_book_id"], doc["product_id"], doc["unit"], least)
    if noun == "cost_price":
        return cost_key(doc["product_id"], doc.get("currency"), doc.get("valid_from"))
    if noun == "approval_rung":
        return str(plain(Decimal(doc["up_to_percent"])))
    return str(doc["host_id"] if noun == "sales_bom" else doc["code"])


def plain(value: Any) -> Any:
    """Return a column's value as it stands in a document."""
    if isinstance(value, Decimal):
        return amount_text(int(value * SCALE))
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | str) else value


def published(session: Session, number: int) -> dict[str, dict[str, Doc]]:
    """Return what set ``number`` says, with the catalogue as it is."""
    found: dict[str, dict[str, Doc]] = {}
    content = rule_sets.content(session, number).rows
    for noun in RULED:
        docs = [_doc(noun, row) for row in content[noun]]
        if noun == "sales_bom":
            docs = [_with_parts(doc, row.id, content) for doc, row in zip(docs, content[noun], strict=True)]
        found[noun] = {key_of(noun, doc): doc for doc in docs}
    for noun, cls in SHELVES.items():
        query = select(table(cls)).where(cls.archived_at.is_(None)).order_by(cls.position, cls.code)
        found[noun] = {str(row.id): _doc(noun, row) for row in session.connection().execute(query)}
    found["product"] = {str(doc["id"]): doc for doc in _products(session)}
    found["cost_price"] = {key_of("cost_price", doc): doc for doc in _costs(session)}
    books = {str(row.id): _doc("price_book", row) for row in _rows(session, PriceBook, number)}
    found["price_book"] = books
    entries = (_doc("price_entry", row) for row in _rows(session, PriceEntry, number))
    found["price_entry"] = {
        key_of("price_entry", doc): doc for doc in entries if doc["price_book_id"] in books
    }
    return found


def with_books(docs: Docs, own: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, dict[str, Doc]]:
    """Return documents with books and prices that came as on the wire; those that sync brought win."""
    found = {noun: dict(held) for noun, held in docs.items()}
    for noun in ("price_book", "price_entry"):
        names = _FIELDS[noun].keys() - _NOT_SAID[noun]
        for row in own.get(noun, ()):
            doc = {name: value for name, value in row.items() if name in names}
            found[noun].setdefault(key_of(noun, doc), doc)
    return found


def rules_of(session: Session, noun: str, number: int) -> list[Doc]:
    """Return the rules of one noun as set ``number`` has them."""
    cls = RULED[noun]
    query = select(table(cls)).where(*rule_sets.of_set(cls, number)).order_by(table(cls).c.id)
    return [_doc(noun, row) for row in session.connection().execute(query)]


def _rows(session: Session, cls: Any, number: int) -> Iterable[Any]:
    from_set, until_set = table(cls).c.from_set, table(cls).c.until_set
    query = select(table(cls)).where(
        table(cls).c.archived_at.is_(None), (from_set.is_(None)) | (from_set <= number),
        (until_set.is_(None)) | (until_set > number),
    )  # fmt: skip
    return session.connection().execute(query.order_by(table(cls).c.id)).all()


def _doc(noun: str, row: Any) -> Doc:
    hidden = _NOT_SAID.get(noun, _OURS | {"id"})
    doc = {name: plain(getattr(row, name)) for name in row._fields if name not in hidden}
    if noun == "promotion":
        doc["goods"] = [dict(each) | {"quantity": each.get("quantity", "1")} for each in doc["goods"]]
    return doc


def _products(session: Session) -> Iterator[Doc]:
    units: dict[UUID, list[Doc]] = {}
    query = select(table(ProductUnit)).order_by(ProductUnit.position, ProductUnit.id)
    for row in session.connection().execute(query):
        said = {"unit": row.unit, "factor": plain(row.factor), "barcode": row.barcode}
        units.setdefault(row.product_id, []).append(said)
    query = select(table(Product)).where(Product.archived_at.is_(None)).order_by(Product.code, Product.id)
    for row in session.connection().execute(query):
        yield _doc("product", row) | {"units": units.get(row.id, [])}


def _costs(session: Session) -> Iterator[Doc]:
    query = select(table(CostPrice)).where(CostPrice.archived_at.is_(None)).order_by(CostPrice.id)
    for row in session.connection().execute(query):
        yield _doc("cost_price", row)


def _with_parts(doc: Doc, bom_id: UUID, content: Mapping[str, Any]) -> Doc:
    mine = {name: [row for row in content[name] if row.bom_id == bom_id] for name in _BOM_PARTS.values()}
    groups = {row.id: row.name for row in mine["bom_group"]}
    parts = {
        name: [
            {field: plain(getattr(row, field)) for field in row._fields if field not in _PART_NOT_SAID}
            for row in mine[stored]
        ]
        for name, stored in _BOM_PARTS.items()
    }
    for said, row in zip(parts["nodes"], mine["bom_node"], strict=True):
        said["group"] = groups.get(row.group_id, "")
    return doc | parts


_BOM_PARTS = {"groups": "bom_group", "nodes": "bom_node", "rules": "bom_rule"}


# -- back ------------------------------------------------------------------------------------


def fields_of(cls: Any) -> dict[str, Field]:
    """Return the columns of a class as the wire sees them."""
    return {str(column.name): field_of(column) for column in table(cls).columns}


_FIELDS = {noun: fields_of(cls) for noun, cls in CLASSES.items()}
_PART_FIELDS = {(noun, name): fields_of(cls) for noun, parts in PARTS.items() for name, cls in parts.items()}


def filled(noun: str, doc: Mapping[str, Any]) -> Doc:
    """Return a document whose empty columns say what an empty column says, as "" or no goods at all."""
    made = _filled(_FIELDS[noun], doc)
    for name in PARTS.get(noun, {}):
        if made.get(name) is not None:
            made[name] = [_filled(_PART_FIELDS[noun, name], part) for part in made[name]]
    return made


def _filled(fields: Mapping[str, Field], doc: Mapping[str, Any]) -> Doc:
    empty = [
        name for name, value in doc.items() if value is None and name in fields and not fields[name].nullable
    ]
    return dict(doc) | {name: plain(_usual(fields[name])) for name in empty}


def row_of(noun: str, doc: Mapping[str, Any]) -> Any:
    """Return a document as a row, with every column; ``Invalid`` names the field that cannot be read."""
    said = SimpleNamespace(**_values(_FIELDS[noun], doc))
    said.id = said.id or new_id()
    return said


def parts_of(noun: str, doc: Mapping[str, Any], owner: UUID) -> dict[str, list[Any]]:
    """Return a document's parts as rows under their owner's id."""
    found: dict[str, list[Any]] = {}
    groups: dict[str, UUID] = {}
    for name in PARTS[noun]:
        found[name] = []
        for position, part in enumerate(doc.get(name) or ()):
            row = SimpleNamespace(**_values(_PART_FIELDS[noun, name], part))
            row.id, row.position, row.bom_id = new_id(), position, owner
            if name == "groups":
                groups[row.name] = row.id
            if name == "nodes":
                row.group_id = groups.get(str(part.get("group") or ""))
            found[name].append(row)
    return found


def _values(fields: Mapping[str, Field], doc: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _value(field, doc[name]) if name in doc else _usual(field) for name, field in fields.items()
    }


def _value(field: Field, value: Any) -> Any:
    stored = from_wire(field, value)
    if field.choices and stored is not None and stored not in field.choices:
        raise Invalid("not_a_choice", field=field.name, choices=list(field.choices))
    read: Any = getattr(field.column.type, "process_result_value", None)
    return stored if read is None else read(stored, None)


def _usual(field: Field) -> Any:
    default: Any = field.column.default
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg
