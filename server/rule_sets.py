"""Publishing rules: a new set is checked as a whole, then everything of it is written at once.

Nothing that was published changes. A rule that is replaced or withdrawn is told in which set it
ends; what replaces it is a new row. Prices go the same way, so every order can be priced again
with the set it was taken on. A set may begin later; sets begin in the order of their numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.boms import SalesBom
from fieldcrm.model.prices import PriceBook, PriceEntry
from fieldcrm.model.products import Product
from fieldcrm.model.promotions import PromotionSpent
from fieldcrm.model.rule_sets import Ruled, RuleSet
from fieldcrm.model.selling import ApprovalRung
from fieldcrm.rules.rule_draft import Docs
from fieldcrm.services import fault_ages, price_books, rule_documents, rule_drafts, rule_faults, rule_sets
from server import ledger
from server.rule_catalogue import (
    BookChange,
    CostChange,
    ProductChange,
    ShelfChange,
    put_book,
    put_costs,
    put_product,
    put_shelf,
)

_LOCK = 0x72756C65


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule says from now on, under its code; without ``fields`` it ends.

    ``parts`` holds the rows inside a bill (groups, nodes, rules), without their owner.
    """

    cls: type[Ruled]
    code: str
    fields: Mapping[str, Any] | None = None
    parts: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class PriceChange:
    """What one unit of an article costs from now on in a book; None: it has no price there any more."""

    book_id: UUID
    product_id: UUID
    unit: str
    price: Decimal | None
    min_quantity: Decimal = Decimal()
    min_quantity_unit: str | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """What is to be published together."""

    name: str
    valid_from: datetime
    rules: Sequence[Change] = ()
    prices: Sequence[PriceChange] = ()
    by: UUID | None = None
    books: Sequence[BookChange] = field(default_factory=tuple)
    products: Sequence[ProductChange] = field(default_factory=tuple)
    based_on: int | None = None
    shelves: Sequence[ShelfChange] = field(default_factory=tuple)
    costs: Sequence[CostChange] = field(default_factory=tuple)


def publish(session: Session, edition: Edition, at: datetime) -> RuleSet:
    """Publish an edition as the next set; raises for the first thing that is wrong and keeps nothing."""
    number = _next_number(session, edition)
    before = rule_documents.published(session, rule_drafts.newest(session))
    for shelf in edition.shelves:
        put_shelf(session, shelf, at)
    for product in edition.products:
        put_product(session, product)
    put_costs(session, edition.costs, at)
    moved = {book.id: put_book(session, book, number) for book in edition.books}
    session.flush()
    for change in edition.rules:
        _put(session, change, number)
    prices = [replace(price, book_id=moved.get(price.book_id, price.book_id)) for price in edition.prices]
    _put_prices(session, prices, number)
    session.flush()
    books = _seal(session, {price.book_id for price in prices} | {*moved, *moved.values()})
    said = rule_sets.content(session, number)
    count, digest = said.stated
    published = RuleSet(
        id=new_id(), version=1, number=number, name=edition.name, valid_from=edition.valid_from,
        rule_count=count, rules_hash=digest, books=books, published_by=edition.by, published_at=at,
    )  # fmt: skip
    try:
        rules = rule_sets.rulebook(published, said)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as odd:
        raise Invalid("rule_unreadable", field="rules", said=f"{type(odd).__name__}: {odd}") from odd
    _check(session, number, before)
    for code in {*rules.budgeted, *rules.capped}:
        if session.get(PromotionSpent, ledger.spent_id(code)) is None:
            session.add(PromotionSpent(id=ledger.spent_id(code), version=1, promotion_code=code))
    session.add(published)
    session.flush()
    return published


def _next_number(session: Session, edition: Edition) -> int:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    last = session.scalars(
        select(RuleSet).where(RuleSet.archived_at.is_(None)).order_by(RuleSet.number.desc())
    ).first()
    if edition.based_on is not None and edition.based_on != (last.number if last else 0):
        raise RuleBroken("rules_moved", number=last.number if last else 0, based_on=edition.based_on)
    if last is not None and edition.valid_from < last.valid_from:
        raise Invalid("rules_out_of_order", field="valid_from", number=last.number)
    return (session.scalar(select(func.max(RuleSet.number))) or 0) + 1


def _put(session: Session, change: Change, number: int) -> None:
    current = select(change.cls).where(_goes_by(change), *rule_sets.of_set(change.cls, number))
    for old in session.scalars(current):
        old.until_set, old.version = number, old.version + 1
    if change.fields is None:
        return
    cls: Any = change.cls
    row = cls(**change.fields, id=new_id(), version=1, from_set=number)
    session.add(row)
    session.flush()
    placed: Counter[type[Any]] = Counter()  # a laptop counts the parts of each kind by themselves
    for part in change.parts:
        part.bom_id, part.position = row.id, placed[type(part)]
        placed[type(part)] += 1
        session.add(part)


def _goes_by(change: Change) -> Any:
    """Return what finds a rule: a bill goes by its host, a rung by how far it reaches, the others by code."""
    cls: Any = change.cls
    if cls is SalesBom:
        return cls.host_id == UUID(change.code)
    if cls is ApprovalRung:
        return cls.up_to_percent == Decimal(change.code)
    return cls.code == change.code


def _put_prices(session: Session, changes: Sequence[PriceChange], number: int) -> None:
    """Write prices; those of a book are read once, however many of them change."""
    living: dict[UUID, dict[tuple[UUID, str, Decimal], list[PriceEntry]]] = {}
    for change in changes:
        if change.book_id not in living:
            living[change.book_id] = _living(session, change.book_id)
        place = (change.product_id, change.unit, change.min_quantity)
        _put_price(session, change, number, living[change.book_id].pop(place, []))


def _living(session: Session, book_id: UUID) -> dict[tuple[UUID, str, Decimal], list[PriceEntry]]:
    found: dict[tuple[UUID, str, Decimal], list[PriceEntry]] = {}
    query = select(PriceEntry).where(
        PriceEntry.price_book_id == book_id, PriceEntry.until_set.is_(None), PriceEntry.archived_at.is_(None)
    )
    for entry in session.scalars(query):
        found.setdefault((entry.product_id, entry.unit, entry.min_quantity), []).append(entry)
    return found


def _put_price(session: Session, change: PriceChange, number: int, replaced: Sequence[PriceEntry]) -> None:
    book, product = session.get(PriceBook, change.book_id), session.get(Product, change.product_id)
    if book is None or product is None:
        raise Invalid("unknown_reference", field="prices", book=change.book_id, product=change.product_id)
    for old in replaced:
        if old.from_set == number:
            session.delete(old)  # it was copied into a book that begins with this very set
        else:
            old.until_set, old.version = number, old.version + 1
    if change.price is not None:
        session.add(
            PriceEntry(
                id=new_id(), version=1, price_book_id=book.id, territory_id=book.territory_id,
                product_id=change.product_id, unit=change.unit, price=change.price,
                min_quantity=change.min_quantity, min_quantity_unit=change.min_quantity_unit,
                from_set=number,
            )
        )  # fmt: skip


def _seal(session: Session, books: Iterable[UUID]) -> dict[str, int]:
    """Say what the books hold now and return their versions."""
    sealed = {}
    for book_id in sorted(books):
        book = session.get_one(PriceBook, book_id)
        price_books.seal(session, book)
        book.version += 1
        sealed[str(book_id)] = book.version
    session.flush()
    return sealed


def _check(session: Session, number: int, before: Docs) -> None:
    """Refuse a set that would leave something undecided when goods are sold, or that nobody means."""
    docs = rule_documents.published(session, number)
    found = rule_faults.faults(docs)
    weighed = fault_ages.weigh(before, docs, found, lambda: rule_faults.faults(before))
    rule_faults.refuse(weighed.refused)
