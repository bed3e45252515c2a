"""Price books as pricing values, each only when it is complete (P5).

A book is complete when as many entries are here as it says it has, and the same ones where it
names their hash: a half-received book never decides. Whoever changes entries calls ``seal`` on
their book, which gives the book a new version; the cache of entries goes by that version.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from xxhash import xxh64_hexdigest

from fieldcrm.faults import planted
from fieldcrm.model.base import SCALE
from fieldcrm.model.prices import BookLevel, PriceBook, PriceEntry, TaxMode
from fieldcrm.rules.pricing import Book, Entry, by_product


@dataclass(frozen=True, slots=True)
class Listing:
    """Every book that is not archived, without its entries, by level and reference."""

    rows: Mapping[tuple[str, str | None], Sequence[Any]]

    def speaking(self, references: Mapping[str, frozenset[str]], on: date) -> Iterator[Any]:
        """Yield the books that may speak to a customer on a day."""
        wanted: list[tuple[str, str | None]] = [key for key in self.rows if key[0] == BookLevel.LIST]
        wanted += [(level, name) for level, names in references.items() for name in sorted(names)]
        for row in (row for key in wanted for row in self.rows.get(key, ())):
            if (row.valid_from or date.min) <= on <= (row.valid_to or date.max):
                yield row


def listing(session: Session) -> Listing:
    """Return the listing of all books."""
    query = select(*PriceBook.__table__.columns).where(PriceBook.archived_at.is_(None))
    rows: dict[tuple[str, str | None], list[Any]] = {}
    for row in session.execute(query):
        rows.setdefault((str(row.level), row.reference), []).append(row)
    return Listing(rows)


def of_customer(
    session: Session, references: Mapping[str, frozenset[str]], on: date, among: Listing | None = None,
    rule_set: int = 0,
) -> tuple[list[Book], tuple[str, ...]]:  # fmt: skip
    """Return the complete books that speak to a customer on a day, as ``rule_set`` has them, and the
    names of the others."""
    complete: list[Book] = []
    incomplete: list[str] = []
    for row in (among or listing(session)).speaking(references, on):
        if not _is_in(rule_set, row.from_set, row.until_set):
            continue
        book = _book(session, row, rule_set)
        if book is None:
            incomplete.append(row.name)
        else:
            complete.append(book)
    return complete, tuple(sorted(incomplete))


def all_in_set(session: Session, rule_set: int) -> list[Book]:
    """Return every complete book that belongs to a set, for everybody and every day."""
    rows = [row for held in listing(session).rows.values() for row in held]
    found = [_book(session, row, rule_set) for row in rows if _is_in(rule_set, row.from_set, row.until_set)]
    return [book for book in found if book is not None]


def _is_in(number: int, first: int | None, until: int | None) -> bool:
    """Say whether what is in force from one set until another belongs to set ``number``."""
    return (first or 0) <= number and (until is None or number < until)


_State = tuple[int, str, int]
_cache: WeakKeyDictionary[Engine, dict[UUID, tuple[_State, _Whole]]] = WeakKeyDictionary()
_cache_turn = threading.Lock()


def _book(session: Session, row: Any, rule_set: int) -> Book | None:
    """Return a complete book's values as a set has them, from the cache while its version stands."""
    state = (row.version, row.entries_hash, row.entry_count)
    with _cache_turn:
        kept = _cache.setdefault(session.get_bind().engine, {})
        found = kept.get(row.id)
    if found is not None and found[0] == state and row.version > 0:
        return found[1].in_set(rule_set)
    entries = _entries(session, row.id)
    is_whole = len(entries) == row.entry_count and row.entries_hash in ("", _hash(entries))
    if not is_whole and not planted("half_book_used"):
        return None
    whole = _Whole(row, entries)
    with _cache_turn:
        kept[row.id] = (state, whole)
    return whole.in_set(rule_set)


_EntryRow = tuple[UUID, str, Decimal, Decimal, str | None, int | None, int | None]


class _Whole:
    """A complete book with the prices of every set, of which a set uses its own."""

    def __init__(self, row: Any, entries: list[_EntryRow]) -> None:
        self._row = row
        self._entries = entries
        self._edges = sorted({edge for entry in entries for edge in entry[5:] if edge is not None})
        self._made: dict[int, Book] = {}

    def in_set(self, number: int) -> Book:
        """Return the book as set ``number`` has it; sets between which no price changed share one."""
        place = bisect_right(self._edges, number)
        found = self._made.get(place)
        if found is None:
            entries = [entry for entry in self._entries if _is_in(number, *entry[5:])]
            found = self._made[place] = _values(self._row, entries)
        return found


def _entries(session: Session, book_id: UUID) -> list[_EntryRow]:
    query = select(
        PriceEntry.product_id, PriceEntry.unit, PriceEntry.price,
        PriceEntry.min_quantity, PriceEntry.min_quantity_unit, PriceEntry.from_set, PriceEntry.until_set,
    ).where(PriceEntry.price_book_id == book_id, PriceEntry.archived_at.is_(None))  # fmt: skip
    return [(*row,) for row in session.execute(query)]


def _hash(entries: Iterable[_EntryRow]) -> str:
    lines = sorted(
        f"{product}|{unit}|{int(price * SCALE)}|{int(least * SCALE)}|{least_unit or ''}" + _sets(*sets)
        for product, unit, price, least, least_unit, *sets in entries
    )
    return xxh64_hexdigest("\n".join(lines).encode())


def _sets(first: int | None, until: int | None) -> str:
    """Return what the hash says of an entry's sets; nothing for one that is in all of them."""
    return "" if first is None and until is None else f"|{first or ''}|{until or ''}"


def _values(row: Any, entries: Iterable[_EntryRow]) -> Book:
    return Book(
        key=str(row.id),
        level=str(row.level),
        reference=row.reference,
        prices=by_product(
            Entry(str(product), unit, price, least, least_unit or "")
            for product, unit, price, least, least_unit, *_ in entries
        ),
        priority=row.priority,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        tax_included=row.tax_mode == TaxMode.INCLUSIVE,
        version=row.version,
        label=row.name,
    )


def seal(session: Session, book: PriceBook) -> None:
    """Say what a book's whole set of entries is; call it after entries were changed."""
    session.flush()
    entries = _entries(session, book.id)
    book.entry_count, book.entries_hash = len(entries), _hash(entries)
