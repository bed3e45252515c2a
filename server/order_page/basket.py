"""What a customer put together so far, as he typed it: kept with his page, so that nothing is lost.

A line's key is its article, its unit and, for what is put together differently, a number. What was
typed is kept even when it is no quantity, to be shown where it was typed.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from fieldcrm.errors import FieldCrmError
from fieldcrm.rules.orders import MAX_LINES, check_quantity
from fieldcrm.rules.pricing import bills
from fieldcrm.rules.pricing.bills import Choices

_MOST_TYPED = 20
_MOST_NOTE = 500
_MOST_UNIT = 60
is_id = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch  # UUID() takes many spellings
is_number = re.compile(r"[0-9]{0,4}").fullmatch


def quantity(said: str) -> Decimal | None:
    """Return the quantity that somebody typed, in digits of any width; None when it is none."""
    try:
        return check_quantity(Decimal(unicodedata.normalize("NFKC", said).strip()))
    except (InvalidOperation, FieldCrmError):
        return None


def plain_key(product: UUID, unit: str) -> str:
    """Return the key of the line of an article in a unit."""
    return f"{product}~{unit}"


def split_key(key: str) -> tuple[UUID, str] | None:
    """Return the article and the unit of a line's key; None for what is no key as we write it."""
    product, unit, number = (*key.split("~", 2), "", "")[:3]
    if not is_id(product) or not 0 < len(unit) <= _MOST_UNIT or not is_number(number):
        return None
    return UUID(product), unit


@dataclass(frozen=True, slots=True)
class Line:
    """One line; ``chosen`` is what goes into an article that is put together, None for all others."""

    key: str
    said: str
    chosen: Choices | None = None

    @property
    def product(self) -> UUID:
        """The article."""
        return UUID(self.key.partition("~")[0])

    @property
    def unit(self) -> str:
        """The unit it is ordered in."""
        return self.key.split("~")[1]

    @property
    def quantity(self) -> Decimal | None:
        """How much of it, if what was typed says so."""
        return quantity(self.said)


@dataclass(frozen=True, slots=True)
class Basket:
    """The lines, what was said about the order, and ``number``, under which it is made once.

    ``before`` is what the last step that took much away or brought much in can be taken back to.
    """

    lines: tuple[Line, ...] = ()
    number: str = field(default_factory=lambda: secrets.token_hex(6))
    note: str = ""
    wanted_on: str = ""
    before: tuple[Line, ...] | None = None

    @classmethod
    def heard(cls, kept: Any) -> Basket:
        """Return a basket as it was kept; none is an empty one."""
        if not kept:
            return cls()
        before = kept.get("before")
        return cls(
            tuple(map(_line, kept["lines"])), kept["number"], kept["note"], kept["wanted_on"],
            None if before is None else tuple(map(_line, before)),
        )  # fmt: skip

    def told(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "lines": list(map(_told, self.lines)), "number": self.number, "note": self.note,
            "wanted_on": self.wanted_on,
            "before": None if self.before is None else list(map(_told, self.before)),
        }  # fmt: skip

    def line(self, key: str) -> Line | None:
        """Return a line by its key."""
        return next((line for line in self.lines if line.key == key), None)

    def of(self, product: UUID) -> tuple[Line, ...]:
        """Return the lines of an article."""
        return tuple(line for line in self.lines if line.product == product)

    @property
    def wrong(self) -> tuple[Line, ...]:
        """The lines whose quantity cannot be made out."""
        return tuple(line for line in self.lines if line.quantity is None)

    @property
    def is_full(self) -> bool:
        """Whether no other line fits into an order."""
        return len(self.lines) >= MAX_LINES

    def typed(self, form: Mapping[str, str]) -> Basket:
        """Return it with everything that stands in a form: quantities, the note, the day."""
        made = self
        for name, said in form.items():
            if name.startswith("n."):
                made = made.put(name[2:], said)
        note = form.get("note", self.note).replace("\r\n", "\n")[:_MOST_NOTE]
        return replace(made, note=note, wanted_on=form.get("wanted_on", self.wanted_on)[:_MOST_TYPED])

    def put(self, key: str, said: str) -> Basket:
        """Return it with what was typed for a line; nothing or zero takes the line out."""
        said, line = said.strip()[:_MOST_TYPED], self.line(key)
        if line is not None and line.said == said:
            return self
        if not said or _is_zero(said):
            return self.without(key)
        if line is not None:
            fresh = replace(line, said=said)
            return replace(self, lines=tuple(fresh if each.key == key else each for each in self.lines))
        if self.is_full or split_key(key) is None:
            return self
        return replace(self, lines=(*self.lines, Line(key, said)))

    def step(self, key: str, by: int) -> Basket:
        """Return it with one more or one less of a line."""
        line = self.line(key)
        now = (line.quantity if line is not None else None) or Decimal()
        return self.put(key, f"{max(now + by, Decimal()).normalize():f}")

    def without(self, key: str) -> Basket:
        """Return it without a line; one that was put together can be brought back."""
        line = self.line(key)
        if line is None:
            return self
        left = tuple(each for each in self.lines if each.key != key)
        return replace(self, lines=left, before=self.before if line.chosen is None else self.lines)

    def dropped(self, key: str) -> Basket:
        """Return it without a line that can be brought back."""
        return replace(self.without(key), before=self.lines)

    def begun(self, product: UUID, unit: str) -> tuple[Basket, str]:
        """Return it with one more of an article that is put together, and the key of that line."""
        taken = {line.key for line in self.lines}
        keys = (f"{plain_key(product, unit)}~{number}" for number in range(1, MAX_LINES + 2))
        key = next(each for each in keys if each not in taken)
        return (self if self.is_full else replace(self, lines=(*self.lines, Line(key, "1", ())))), key

    def filled(self, key: str, chosen: Choices) -> Basket:
        """Return it with other things in a line."""
        return replace(
            self, lines=tuple(replace(x, chosen=chosen) if x.key == key else x for x in self.lines)
        )

    def joined(self, lines: Iterable[Line]) -> Basket:
        """Return it with lines that are not in it yet; they can be taken back out."""
        held = {line.key for line in self.lines}
        fresh = [line for line in lines if line.key not in held]
        return replace(self, lines=(*self.lines, *fresh)[:MAX_LINES], before=self.lines)

    def back(self) -> Basket:
        """Return it as it was before the last great step."""
        return self if self.before is None else replace(self, lines=self.before, before=None)

    def emptied(self) -> Basket:
        """Return it with nothing in it, which can be taken back."""
        return replace(self, lines=(), before=self.lines)


def _is_zero(said: str) -> bool:
    try:
        return not Decimal(unicodedata.normalize("NFKC", said))
    except InvalidOperation:
        return False


def _line(kept: Mapping[str, Any]) -> Line:
    chosen = kept["chosen"]
    return Line(kept["key"], kept["said"], None if chosen is None else bills.heard(chosen))


def _told(line: Line) -> dict[str, Any]:
    chosen = None if line.chosen is None else bills.told(line.chosen) or {}
    return {"key": line.key, "said": line.said, "chosen": chosen}
