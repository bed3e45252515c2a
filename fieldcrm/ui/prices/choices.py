"""What can be chosen in the fields of a rule: found by name, code or pinyin, and by pasted lists.

Articles and categories come from the rules on the desk, so that what the draft adds is offered too;
customers, their groups, partners and territories are those this laptop knows. What it does not know
of these is not wrong: the office writes rules for customers whose rows never come to its laptop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.model.users import Territory
from fieldcrm.rules.rule_draft import Docs
from fieldcrm.services.cell_lists import cut, plain
from fieldcrm.services.rule_cells import Names
from fieldcrm.storage import pinyin, search
from fieldcrm.ui.prices import words

LEVELS = ("customer", "group", "partner", "territory")
STRICT = frozenset({"product", "category"})


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose; ``code`` is what cells say."""

    code: str
    name: str
    more: str = ""

    @property
    def sought(self) -> str:
        """What a search looks through."""
        return f"{search.fold(self.code)}\n{_spelled(self.name)}\n{search.fold(self.more)}"


@lru_cache(1 << 16)
def _spelled(name: str) -> str:
    return "\n".join([search.fold(name), *pinyin.spellings(name, whole=True)])


@dataclass(frozen=True, slots=True)
class Offers:
    """Everything that the fields of a form offer, by kind of thing."""

    known: Names = field(default_factory=Names)
    of: dict[str, list[Choice]] = field(default_factory=dict)
    units: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by an article's code
    docs: Docs = field(default_factory=dict)
    traits: Sequence[str] = ()  # by what articles can be meant
    _by_code: dict[str, dict[str, Choice]] = field(default_factory=dict)

    def named(self, kind: str, code: str) -> Choice | None:
        """Return the choice that goes by a code, or None."""
        if kind not in self._by_code:
            self._by_code[kind] = {each.code: each for each in self.of.get(kind, ())}
        return self._by_code[kind].get(code)

    def learn(self, kind: str, more: Sequence[Choice]) -> None:
        """Offer what was found elsewhere from now on."""
        self.of.setdefault(kind, []).extend(each for each in more if self.named(kind, each.code) is None)
        self._by_code.pop(kind, None)

    def name(self, key: str) -> str:
        """Return the name of an article or a category by its id."""
        for noun in ("product", "product_category"):
            doc = self.docs.get(noun, {}).get(key)
            if doc is not None:
                return str(doc.get("name") or key)
        return key

    def trait(self, name: str) -> str:
        """Return what a trait is called."""
        held = self.docs.get("product_attribute", {}).values()
        named = next((str(each["name"]) for each in held if each["code"] == name), name)
        return words.trait(named)

    def units_of(self, codes: Iterable[str]) -> list[str]:
        """Return the units of some articles; of all when none is named."""
        wanted = list(codes) or list(self.units)
        return list(dict.fromkeys(unit for code in wanted for unit in self.units.get(code, ())))


def offers(session: Session, docs: Docs, known: Names) -> Offers:
    """Return what there is to choose on this laptop."""
    products = sorted(docs.get("product", {}).values(), key=lambda doc: str(doc.get("code")))
    goods = [
        Choice(str(doc["code"]), str(doc.get("name") or ""), str(doc.get("specification") or ""))
        for doc in products
    ]
    units = {
        str(doc["code"]): [str(each["unit"]) for each in doc.get("units") or ()] or [str(doc["base_unit"])]
        for doc in products
    }
    shelves = [
        Choice(str(doc["code"]), str(doc["name"])) for doc in docs.get("product_category", {}).values()
    ]
    traits = {f"trait {name}": values for name, values in _traits(docs).items()}
    of = {"product": goods, "category": shelves, **traits, **_people(session)}
    return Offers(known, of, units, docs, ["category", *_traits(docs)])


def _traits(docs: Docs) -> dict[str, list[Choice]]:
    """Return the values that articles have, by brand and attribute."""
    found: dict[str, dict[str, None]] = {"brand": {}}
    for each in docs.get("product_attribute", {}).values():
        found[str(each["code"])] = dict.fromkeys(map(str, each.get("choices") or ()))
    for doc in docs.get("product", {}).values():
        if doc.get("brand"):
            found["brand"][str(doc["brand"])] = None
        for name, value in (doc.get("attributes") or {}).items():
            found.setdefault(str(name), {})[str(value)] = None
    return {name: [Choice(each, each) for each in sorted(values)] for name, values in found.items()}


def _people(session: Session) -> dict[str, list[Choice]]:
    living = Account.archived_at.is_(None)
    query = select(Account.id, Account.code, Account.name, Account.price_group, Account.parent_id)
    rows = session.execute(query.where(living).order_by(Account.code)).all()
    above = {row.parent_id for row in rows if row.parent_id is not None}
    groups = sorted({row.price_group for row in rows if row.price_group})
    areas = session.execute(
        select(Territory.code, Territory.name).where(Territory.archived_at.is_(None)).order_by(Territory.code)
    )
    return {
        "customer": [Choice(row.code, row.name) for row in rows if row.code],
        "group": [Choice(each, each) for each in groups],
        "partner": [Choice(row.code, row.name) for row in rows if row.id in above and row.code],
        "territory": [Choice(code, name) for code, name in areas],
    }


def found(choices: Sequence[Choice], text: str) -> list[Choice]:
    """Return what has every word of ``text``; whose code or name begins with it comes first."""
    words = search.fold(text).split()
    if not words:
        return list(choices)
    hits = [(each.sought, each) for each in choices]
    hits = [(sought, each) for sought, each in hits if all(word in sought for word in words)]
    whole = search.fold(text)
    return [each for sought, each in sorted(hits, key=lambda hit: f"\n{hit[0]}".find(f"\n{whole}") < 0)]


def exactly(choices: Sequence[Choice], text: str) -> Choice | None:
    """Return what goes by just this code, or the only one that goes by this name."""
    sought = search.fold(text)
    for each in choices:
        if search.fold(each.code) == sought:
            return each
    named = [each for each in choices if search.fold(each.name) == sought]
    return named[0] if len(named) == 1 else None


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a list that was typed or pasted names; ``amounts`` stand beside a code, as in a sheet."""

    known: Sequence[Choice] = ()
    amounts: Mapping[str, str] = field(default_factory=dict)
    unknown: Sequence[tuple[int, str]] = ()  # line and what stands there


_amount = re.compile(r"[0-9][0-9,，]*(\.[0-9]+)?%?").fullmatch


def pasted(choices: Sequence[Choice], text: str) -> Pasted:
    """Read a list: one member a line or parted by ``;``, in the first column that names something."""
    chosen: dict[str, Choice] = {}
    amounts: dict[str, str] = {}
    unknown: list[tuple[int, str]] = []
    for number, line in _members(text):
        cells = [plain(cell) for cell in line.split("\t") if cell.strip()]
        hit = next((each for cell in cells if (each := exactly(choices, cell))), None)
        said = next((cell for cell in cells[1:] if _amount(cell)), "")
        if hit is None and len(parts := cut(line, "*×=＝")) == 2:
            hit, said = exactly(choices, plain(parts[0])), parts[1].strip()
        if hit is None:
            unknown.append((number, line.strip()))
            continue
        chosen[hit.code] = hit
        if said:
            amounts[hit.code] = said
    return Pasted(list(chosen.values()), amounts, unknown)


def _members(text: str) -> Iterator[tuple[int, str]]:
    whole = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    for number, line in enumerate(whole.split("\n"), start=1):
        yield from ((number, each) for each in cut(line, ";；") if each.strip())
