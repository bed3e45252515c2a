"""What is different at a store since the visit before (V9): a manager reads that first.

Two looks at one store are compared question by question, whoever made them and whatever
edition of the template they used: a question is the same when its step and its key are. What
was not asked or not answered this time is no change, except a product that was on the shelf
and is missing from a count that was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from fieldcrm.rules.sop import Field, FieldType, Step, given
from fieldcrm.rules.sop_logic import as_number


class Kind(StrEnum):
    """What changed; the order is that of urgency."""

    LOST_SKU = "lost_sku"
    OUT_OF_STOCK = "out_of_stock"
    CHECK_FAILED = "check_failed"
    UNPAID = "unpaid"
    PRICE = "price"
    COMPETITOR = "competitor"
    NO_ORDER = "no_order"
    FACINGS = "facings"
    NEW_SKU = "new_sku"
    CHECK_MENDED = "check_mended"
    ANSWER = "answer"


SERIOUS = frozenset({
    Kind.LOST_SKU, Kind.OUT_OF_STOCK, Kind.CHECK_FAILED, Kind.UNPAID, Kind.PRICE, Kind.COMPETITOR,
})  # fmt: skip
"""What puts a report before others; the rest is good news or small."""

_ORDER = {kind: place for place, kind in enumerate(Kind)}
_MONEY_UNITS = frozenset({"元", "¥", "CNY", "yuan"})
_PLAIN = (FieldType.TEXT, FieldType.NUMBER, FieldType.CHOICE, FieldType.YES_NO, FieldType.DATE)

Question = tuple[str, str]  # step key, field key
Answers = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Look:
    """One visit as this rule sees it; amounts are what was ordered and what is overdue now."""

    on: date
    steps: Sequence[Step]
    answers: Answers
    ordered: Decimal = Decimal()
    overdue: Decimal = Decimal()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; ``subject`` is a question's label, a product's id or a brand."""

    kind: Kind
    subject: str
    before: str = ""
    after: str = ""
    question: Question | None = None

    @property
    def serious(self) -> bool:
        """Whether it puts the report before others."""
        return self.kind in SERIOUS


@dataclass(frozen=True, slots=True)
class Compared:
    """The differences, the urgent first, and the questions answered as last time."""

    since: date | None = None
    changes: tuple[Change, ...] = ()
    same: frozenset[Question] = field(default_factory=frozenset)

    @property
    def serious(self) -> tuple[Change, ...]:
        """Return the changes that put a report before others."""
        return tuple(change for change in self.changes if change.serious)


def compare(now: Look, before: Look | None) -> Compared:
    """Return what is different; without a visit before only what is owed counts."""
    changes = list(_unpaid(now))
    same: set[Question] = set()
    if before is not None:
        changes += _no_order(now, before)
        for step in now.steps:
            for asked in step.fields:
                new = now.answers.get(step.key, {}).get(asked.key)
                old = before.answers.get(step.key, {}).get(asked.key)
                if not given(new) or not given(old):
                    continue
                found = list(_of_field(step, asked, old, new))
                changes += found
                if not found:
                    same.add((step.key, asked.key))
    changes.sort(key=lambda change: _ORDER[change.kind])
    return Compared(before.on if before else None, tuple(changes), frozenset(same))


def _unpaid(now: Look) -> Iterator[Change]:
    if now.overdue > 0:
        yield Change(Kind.UNPAID, "", after=str(now.overdue))


def _no_order(now: Look, before: Look) -> Iterator[Change]:
    if before.ordered > 0 and now.ordered <= 0:
        yield Change(Kind.NO_ORDER, "", str(before.ordered))


def _of_field(step: Step, asked: Field, old: Any, new: Any) -> Iterator[Change]:
    where = (step.key, asked.key)
    match asked.type:
        case FieldType.CHECK:
            yield from _check(asked, old, new, where)
        case FieldType.STOCK:
            yield from _stock(_counts(old), _counts(new), where)
        case FieldType.SHELF:
            yield from _shelf(_rows(old), _rows(new), where)
        case FieldType.COMPETITOR:
            yield from _competitors(_rows(old), _rows(new), where)
        case kind if kind in _PLAIN and not _alike(old, new):
            priced = asked.type is FieldType.NUMBER and asked.unit in _MONEY_UNITS
            yield Change(Kind.PRICE if priced else Kind.ANSWER, asked.label, _said(old), _said(new), where)


def _check(asked: Field, old: Any, new: Any, where: Question) -> Iterator[Change]:
    if new == "fail" and old != "fail":
        yield Change(Kind.CHECK_FAILED, asked.label, str(old), "fail", where)
    elif old == "fail" and new == "pass":
        yield Change(Kind.CHECK_MENDED, asked.label, "fail", "pass", where)


def _stock(old: Mapping[str, Decimal], new: Mapping[str, Decimal], where: Question) -> Iterator[Change]:
    for product in {**old, **new}:
        had, has = old.get(product), new.get(product)
        if had and has is None:
            yield Change(Kind.LOST_SKU, product, str(had), "", where)
        elif had and not has:
            yield Change(Kind.OUT_OF_STOCK, product, str(had), "0", where)
        elif has and not had:
            yield Change(Kind.NEW_SKU, product, _said(had), str(has), where)


def _shelf(old: Mapping[str, Any], new: Mapping[str, Any], where: Question) -> Iterator[Change]:
    for product in {**old, **new}:
        had, has = old.get(product) or {}, new.get(product) or {}
        before, after = as_number(had.get("facings")), as_number(has.get("facings"))
        if before and not after:
            yield Change(Kind.LOST_SKU, product, str(before), _said(after), where)
        elif after and not before:
            yield Change(Kind.NEW_SKU, product, _said(before), str(after), where)
        elif before != after:
            yield Change(Kind.FACINGS, product, _said(before), _said(after), where)
        if has.get("out") is True and had.get("out") is not True:
            yield Change(Kind.OUT_OF_STOCK, product, "", "0", where)
        was, costs = as_number(had.get("price")), as_number(has.get("price"))
        if was is not None and costs is not None and was != costs:
            yield Change(Kind.PRICE, product, str(was), str(costs), where)


def _competitors(old: Mapping[str, Any], new: Mapping[str, Any], where: Question) -> Iterator[Change]:
    known = {_rival(row): row for row in old.values()}
    for row in new.values():
        name = _rival(row)
        if not name.strip():
            continue
        before = known.get(name)
        if before is None:
            yield Change(Kind.COMPETITOR, name, "", _offer(row), where)
        elif _offer(before) != _offer(row):
            yield Change(Kind.COMPETITOR, name, _offer(before), _offer(row), where)


def _rival(row: Mapping[str, Any]) -> str:
    return " ".join(str(row[key]).strip() for key in ("brand", "product") if row.get(key))


def _offer(row: Mapping[str, Any]) -> str:
    return " · ".join(str(row[key]).strip() for key in ("price", "promotion") if row.get(key))


def _counts(value: Any) -> dict[str, Decimal]:
    """Return each product's count; counts by unit are added up: only zero or not is compared."""
    counted = {}
    for product, count in value.items() if isinstance(value, Mapping) else ():
        parts = list(count.values()) if isinstance(count, Mapping) else [count]
        numbers = [number for number in map(as_number, parts) if number is not None]
        if numbers:
            counted[str(product)] = sum(numbers, Decimal())
    return counted


def _rows(value: Any) -> dict[str, Mapping[str, Any]]:
    if not isinstance(value, Mapping):
        return {}
    return {str(key): row for key, row in value.items() if isinstance(row, Mapping)}


def _alike(old: Any, new: Any) -> bool:
    one, other = as_number(old), as_number(new)
    return one == other if one is not None and other is not None else bool(old == new)


def _said(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
