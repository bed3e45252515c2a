"""A draft of rules against what is published: what it would price, what is wrong, what to send.

``draft_book`` turns published rules with a draft over them into a ``Version`` that prices carts
like a published set; ``faults`` finds everything that publishing would refuse, by rule and field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.rules.pricing import Book, Entry, Product, by_product
from fieldcrm.rules.rule_draft import Docs, RuleDraft, applied
from fieldcrm.services import pricing, rule_documents, rule_sets
from fieldcrm.services.remembered import Remembered, states
from fieldcrm.services.rule_documents import parts_of, row_of
from fieldcrm.services.rule_sets import Content, Rulebook

_TABLES = tuple(str(rule_documents.table(cls).name) for cls in rule_documents.CLASSES.values())
_newest: Remembered[dict[str, dict[str, Any]]] = Remembered(
    lambda session: rule_documents.published(session, newest(session))
)
ODD = (KeyError, TypeError, ValueError, ArithmeticError, AttributeError)


@dataclass(frozen=True, slots=True)
class Version:
    """One state of all rules, published or not, as pricing values."""

    rulebook: Rulebook
    books: Sequence[Book]
    products: Mapping[str, Product]


def newest(session: Session) -> int:
    """Return the number of the set that was published last, begun or not; 0 before the first."""
    rows = rule_sets.listing(session)
    return rows[0].number if rows else 0


def begun(session: Session) -> RuleDraft:
    """Return an empty draft over what was published last."""
    return RuleDraft(newest(session))


def published(session: Session, number: int | None = None) -> dict[str, dict[str, Any]]:
    """Return the documents of a set; None means the one published last, which is read once and kept."""
    if number is not None:
        return rule_documents.published(session, number)
    found = [each for each in states(session, *_TABLES) if each is not None]
    whole = (
        sum(each[0] for each in found),
        sum(each[1] for each in found),
        "|".join(each[2] for each in found),
    )
    return _newest.value(session, whole if len(found) == len(_TABLES) else None)


def draft_book(session: Session, draft: RuleDraft | None, number: int | None = None) -> Version:
    """Return set ``number`` (None: the one published last) as the draft changes it; None changes nothing.

    Raises ``Invalid`` for a rule that cannot be read, naming the field.
    """
    base = newest(session) if number is None else number
    docs = published(session, number)
    whole = docs if draft is None else applied(docs, draft)
    starts = None if draft is None else draft.valid_from
    return version(whole, base, starts)


def version(docs: Docs, number: int = 0, starts: datetime | None = None) -> Version:
    """Return documents as pricing values."""
    try:
        return Version(_rulebook(docs, number, starts), list(books(docs)), products(docs))
    except ODD as odd:
        raise Invalid("rule_unreadable", field="rules", said=f"{type(odd).__name__}: {odd}") from odd


def _rulebook(docs: Docs, number: int, starts: datetime | None) -> Rulebook:
    rows: dict[str, list[Any]] = {"bom_group": [], "bom_node": [], "bom_rule": []}
    for noun in rule_documents.RULED:
        rows[noun] = [row_of(noun, doc) for doc in docs[noun].values()]
    for row, doc in zip(rows["sales_bom"], docs["sales_bom"].values(), strict=True):
        for name, parts in parts_of("sales_bom", doc, row.id).items():
            rows[f"bom_{name[:-1]}"] += parts
    return rule_sets.rulebook(SimpleNamespace(number=number, valid_from=starts), Content(rows))


def books(docs: Docs) -> Iterator[Book]:
    """Yield every book with its prices."""
    entries: dict[str, list[Entry]] = {}
    for doc in docs["price_entry"].values():
        entries.setdefault(doc["price_book_id"], []).append(entry(doc))
    for key, doc in docs["price_book"].items():
        row = row_of("price_book", doc)
        yield Book(
            key, str(row.level), by_product(entries.get(key, ())), row.reference, row.priority,
            row.valid_from, row.valid_to, str(row.tax_mode) == "inclusive", label=row.name,
        )  # fmt: skip


def entry(doc: Mapping[str, Any]) -> Entry:
    """Return one price."""
    return Entry(
        str(doc["product_id"]), str(doc["unit"]), Decimal(doc["price"]),
        Decimal(doc.get("min_quantity") or 0), doc.get("min_quantity_unit") or "",
    )  # fmt: skip


def products(docs: Docs) -> dict[str, Product]:
    """Return the catalogue."""
    above = shelves(docs)
    return {key: product(key, doc, above) for key, doc in docs["product"].items()}


def shelves(docs: Docs) -> dict[UUID, frozenset[str]]:
    """Return what a category is called, by it: its own code and id, and those above it."""
    held = docs.get("product_category", {})
    found: dict[UUID, frozenset[str]] = {}
    for key in held:
        names: set[str] = set()
        at: str | None = key
        while at is not None and at in held and at not in names:
            names |= {at, str(held[at]["code"])}
            at = held[at].get("parent_id")
        found[UUID(key)] = frozenset(names)
    return found


def product(key: str, doc: Mapping[str, Any], above: Mapping[UUID, frozenset[str]]) -> Product:
    """Return an article as a pricing value; ``above`` are the shelves by category."""
    return product_of(key, doc, row_of("product", doc), above)


def product_of(key: str, doc: Mapping[str, Any], row: Any, above: Mapping[UUID, frozenset[str]]) -> Product:
    """Return an article whose document was read as ``row``."""
    units = {str(each["unit"]): Decimal(each["factor"]) for each in doc.get("units") or ()}
    return Product(
        key=key, base_unit=row.base_unit, units=units, tax_rate=row.tax_rate, floor=row.floor_price,
        promotable=row.promotable, active=row.active, label=row.name, traits=pricing.traits(row, above),
    )  # fmt: skip


def as_error(error: Exception, field: str = "") -> FieldCrmError:
    """Return an error of ours for whatever a document's reading ended with."""
    if isinstance(error, FieldCrmError):
        return error
    return Invalid("rule_unreadable", field=field, said=f"{type(error).__name__}: {error}")
