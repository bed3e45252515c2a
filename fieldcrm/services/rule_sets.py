"""Which set of rules is in force, and its rules as pricing values: only ever a whole one.

A set is whole when as many rules are here as it says it has, the same ones where it names their
hash, and, on a laptop, when it was up to date once since the set came: books travel by themselves,
and no laptop can know which new one it should hold. While the next one is on its way the one
before goes on, because nothing of it was changed or taken away. What a set says never changes, so
it is read once and kept.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Table, or_, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from xxhash import xxh64_hexdigest

from fieldcrm.faults import planted
from fieldcrm.model.boms import BomGroup, BomNode, BomRule, SalesBom
from fieldcrm.model.promotions import Promotion
from fieldcrm.model.rebates import RebateProgram
from fieldcrm.model.rule_sets import Ruled, RuleSet
from fieldcrm.model.selling import ApprovalRung, QuantityRule, SellableRange
from fieldcrm.rules.pricing.configuration import Configuration
from fieldcrm.rules.pricing.manual import Rung
from fieldcrm.rules.pricing.promotions import Promotion as Offer
from fieldcrm.rules.pricing.promotions import PromotionIndex, index
from fieldcrm.rules.pricing.quantities import Tie
from fieldcrm.rules.pricing.rebates import Program
from fieldcrm.rules.pricing.sellable import Range
from fieldcrm.services import rule_values

RULED: tuple[type[Ruled], ...] = (
    Promotion, RebateProgram, SellableRange, QuantityRule, ApprovalRung, SalesBom,
)  # fmt: skip
_PARTS = (BomGroup, BomNode, BomRule)
ARRIVED = "arrived"
_NOT_SAID = frozenset({"version", "extra", "archived_at", "until_set"})


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A whole set of rules as pricing values; the one numbered 0 says nothing.

    ``looks_back`` is since when earlier orders matter, ``brings`` what may come into an order that
    nobody ordered (gifts, parts). ``behind`` tells that a newer set has begun and is only partly here.
    """

    number: int = 0
    valid_from: datetime | None = None
    offers: Sequence[Offer] = ()
    promotions: PromotionIndex = PromotionIndex({}, ())
    ranges: Sequence[tuple[Range, date | None, date | None]] = ()
    programs: Mapping[str, Program] = field(default_factory=dict)
    ladder: Sequence[Rung] = ()
    ties: Sequence[Tie] = ()
    configurations: Mapping[str, Configuration] = field(default_factory=dict)
    budgeted: Mapping[str, Decimal] = field(default_factory=dict)
    capped: Mapping[str, int] = field(default_factory=dict)  # uses of everybody together
    counted: frozenset[str] = frozenset()  # uses of one customer
    looks_back: date | None = None
    brings: frozenset[UUID] = frozenset()
    behind: bool = False

    @property
    def looks_at_facts(self) -> bool:
        """Whether prices depend on what was ordered or used before."""
        return bool(self.looks_back or self.programs or self.has_shared_limits)

    @property
    def has_shared_limits(self) -> bool:
        """Whether something of it is limited for everybody together."""
        return bool(self.budgeted or self.capped)

    def ranges_on(self, on: date) -> list[Range]:
        """Return the ranges that hold on a day; both ends are inclusive."""
        return [each for each, first, last in self.ranges if (first or date.min) <= on <= (last or date.max)]


NOTHING = Rulebook()


def in_force(session: Session, at: datetime, among: Sequence[Any] | None = None) -> Rulebook:
    """Return the newest whole set that has begun at ``at``; ``among`` is the listing, if it is known."""
    behind = False
    for row in listing(session) if among is None else among:
        if row.valid_from > at:
            continue
        found = _whole(session, row)
        if found is not None:
            return _with_behind(found, behind=behind)
        behind = True
    return _with_behind(NOTHING, behind=behind)


def numbered(session: Session, number: int | None) -> Rulebook | None:
    """Return the set an order was priced with; None when there is no such set, or it is not whole."""
    if not number:
        return NOTHING
    table = cast(Table, RuleSet.__table__)
    query = select(table).where(table.c.number == number, table.c.archived_at.is_(None))
    row = session.connection().execute(query).first()
    return None if row is None else _whole(session, row)


def next_after(session: Session, number: int) -> Any:
    """Return the row of the set that replaced, or will replace, set ``number``; None if none will."""
    query = select(RuleSet).where(RuleSet.number > number, RuleSet.archived_at.is_(None))
    return session.scalars(query.order_by(RuleSet.number)).first()


def listing(session: Session) -> Sequence[Any]:
    """Return the rows of every set, the newest first."""
    table = cast(Table, RuleSet.__table__)
    query = select(table).where(table.c.archived_at.is_(None)).order_by(table.c.number.desc())
    return session.connection().execute(query).all()


def _with_behind(found: Rulebook, *, behind: bool) -> Rulebook:
    return replace(found, behind=True) if behind else found


_cache: WeakKeyDictionary[Engine, dict[tuple[Any, str], Rulebook]] = WeakKeyDictionary()
_turn = threading.Lock()


def _whole(session: Session, row: Any) -> Rulebook | None:
    key = (row.id, row.rules_hash)
    with _turn:
        kept = _cache.setdefault(session.get_bind().engine, {})
        found = kept.get(key)
    if found is not None:
        return found
    if not has_come(session, "rule_set", row.id) and not planted("set_before_its_books"):
        return None
    said = content(session, row.number)
    count, digest = said.stated
    is_whole = count == row.rule_count and row.rules_hash in ("", digest)
    if not is_whole and not planted("half_rule_set_used"):
        return None
    made = rulebook(row, said)
    with _turn:
        kept[key] = made
    return made


def has_come(session: Session, entity: str, row_id: UUID) -> bool:
    """Say whether a row is here with all that was written together with it; always so on the server."""
    arrived: Callable[[Session, str, UUID], bool] | None = session.info.get(ARRIVED)
    return arrived is None or arrived(session, entity, row_id)


@dataclass(frozen=True, slots=True)
class Content:
    """The rows of one set, by table."""

    rows: Mapping[str, Sequence[Any]]

    @property
    def stated(self) -> tuple[int, str]:
        """Return what the set says of itself when it is whole: how many rules, and their hash."""
        lines = sorted(
            f"{table}|{'|'.join(_text(row, name) for name in row._fields if name not in _NOT_SAID)}"
            for table, rows in self.rows.items()
            for row in rows
        )
        count = sum(len(self.rows[_name(cls)]) for cls in RULED)
        return count, xxh64_hexdigest("\n".join(lines).encode())


def content(session: Session, number: int) -> Content:
    """Read the rows of set ``number``."""
    session.flush()
    rows: dict[str, Sequence[Any]] = {}
    for cls in RULED:
        rows[_name(cls)] = session.connection().execute(_select(cls, number)).all()
    boms = {row.id for row in rows["sales_bom"]}
    for part in _PARTS:
        table = _table(part)
        query = select(table).where(table.c.bom_id.in_(boms)).order_by(table.c.position, table.c.id)
        rows[_name(part)] = session.connection().execute(query).all() if boms else ()
    return Content(rows)


def _select(cls: Any, number: int) -> Any:
    return select(_table(cls)).where(*of_set(cls, number)).order_by(_table(cls).c.id)


def of_set(cls: Any, number: int) -> tuple[Any, ...]:
    """Return the conditions on rows of ``cls`` that are in force in set ``number``."""
    table = _table(cls)
    return (
        table.c.from_set <= number,
        or_(table.c.until_set.is_(None), table.c.until_set > number),
        table.c.archived_at.is_(None),
    )


def _table(cls: Any) -> Table:
    return cast(Table, cls.__table__)


def _name(cls: Any) -> str:
    return str(_table(cls).name)


def _text(row: Any, name: str) -> str:
    value = getattr(row, name)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def rulebook(row: Any, said: Content) -> Rulebook:
    """Return the rules of a set as pricing values."""
    rows = said.rows
    promotions = [rule_values.promotion(each) for each in rows["promotion"]]
    made_of = dict(configurations(rows))
    bare = Rulebook(
        number=row.number,
        valid_from=row.valid_from,
        ranges=[
            (rule_values.sellable(each), each.valid_from, each.valid_to) for each in rows["sellable_range"]
        ],
        programs={each.code: rule_values.program(each) for each in rows["rebate_program"]},
        ladder=[rule_values.rung(each) for each in rows["approval_rung"] if each.ladder == "discount"],
        ties=[rule_values.tie(each) for each in rows["quantity_rule"]],
        configurations=made_of,
        brings=frozenset({*_gifts(promotions), *_inside(made_of.values()), *_earned(rows)}),
    )
    return offering(bare, promotions)


def offering(book: Rulebook, promotions: Sequence[Offer]) -> Rulebook:
    """Return a set of rules with these promotions and what they limit."""
    bounded = [each for each in promotions if each.cumulative or each.max_uses is not None]
    return replace(
        book,
        offers=promotions,
        promotions=index(promotions),
        budgeted={each.key: each.budget for each in promotions if each.budget is not None},
        capped={each.key: each.max_uses_in_all for each in promotions if each.max_uses_in_all is not None},
        counted=frozenset(each.key for each in promotions if each.max_uses is not None),
        looks_back=min((each.valid_from or date.min for each in bounded), default=None),
    )


def _earned(rows: Mapping[str, Sequence[Any]]) -> Iterator[UUID]:
    """Yield the articles that rebates in goods give."""
    for row in rows["rebate_program"]:
        if row.earn.get("product_id"):
            yield UUID(str(row.earn["product_id"]))


def _gifts(promotions: Sequence[Offer]) -> Iterator[UUID]:
    for promotion in promotions:
        for give in (promotion.give, *(tier.give for tier in promotion.tiers)):
            if give.gift is not None:
                yield UUID(give.gift.product)


def configurations(rows: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, Configuration]]:
    """Yield the bills of a set by their articles."""
    for bom in rows["sales_bom"]:
        mine = [[part for part in rows[name] if part.bom_id == bom.id] for name in map(_name, _PARTS)]
        yield str(bom.host_id), rule_values.configuration(bom, *mine)


def _inside(configurations: Iterable[Configuration]) -> Iterator[UUID]:
    for each in configurations:
        options = (option.product for group in each.groups for option in group.options)
        yield from map(UUID, (*each.parts, *options, *each.hidden))
