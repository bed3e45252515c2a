"""What the office's pages show: published rules, the draft of this laptop over them, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from fieldcrm.errors import RuleBroken
from fieldcrm.rules.rule_draft import Doc, Docs, Key, RuleDraft, applied, differences
from fieldcrm.services import (
    fault_ages,
    rule_cells,
    rule_documents,
    rule_drafts,
    rule_faults,
    rule_sets,
)
from fieldcrm.services.rule_cells import Names
from fieldcrm.services.rule_faults import RuleFault
from fieldcrm.storage import rule_draft as kept

NOUNS = (
    "product_category", "product_attribute", "product", "cost_price", "price_book", "promotion",
    "rebate_program", "sellable_range", "quantity_rule", "approval_rung", "sales_bom",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One rule as a list shows it; ``doc`` is what it will say, ``before`` what is published."""

    noun: str
    key: str
    doc: Doc | None
    before: Doc | None
    faults: tuple[RuleFault, ...] = ()
    stood: bool = False  # whatever is wrong with it was wrong before the draft

    @property
    def said(self) -> Doc:
        """What there is to show of it, also when it ends."""
        return self.doc or self.before or {}

    @property
    def state(self) -> str:
        """Whether it is wrong, was wrong before, is new, changed, ends, or is as published."""
        if self.doc is None:
            return "ends"
        if self.faults:
            return "stood" if self.stood else "wrong"
        return "new" if self.before is None else "changed" if self.before is not self.doc else ""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything at one moment.

    ``in_force`` is the set that counts now, ``newest`` the one published last. ``earlier`` are the
    faults that were there before the draft: they do not keep it from being published.
    """

    draft: RuleDraft
    published: Docs
    docs: Docs
    faults: Sequence[RuleFault]
    names: Names
    in_force: int
    newest: int
    begins: datetime | None
    earlier: Sequence[RuleFault] = ()
    _by_rule: dict[Key, list[RuleFault]] = field(default_factory=dict)

    @property
    def refused(self) -> list[RuleFault]:
        """What keeps the draft from being published."""
        return [each for each in self.faults if each not in self.earlier]

    @property
    def is_behind(self) -> bool:
        """Whether another set was published since the draft was begun."""
        return bool(self.draft.changes) and self.draft.based_on != self.newest

    def named(self, key: str) -> str:
        """Return the name of an article or a category."""
        for noun in ("product", "product_category"):
            doc = self.docs[noun].get(key) or self.published[noun].get(key)
            if doc is not None:
                return str(doc.get("name") or key)
        return key

    def line(self, noun: str, key: str) -> Line:
        """Return one rule."""
        faults = tuple(self._by_rule.get((noun, key), ()))
        stood = bool(faults) and all(each in self.earlier for each in faults)
        return Line(noun, key, self.docs[noun].get(key), self.published[noun].get(key), faults, stood)

    def lines(self, noun: str) -> list[Line]:
        """Return the rules of a noun, with those that end."""
        keys = {**self.docs[noun], **dict.fromkeys(self.draft.of(noun))}
        found = [
            self.line(noun, key) for key in keys if key in self.docs[noun] or key in self.published[noun]
        ]
        if noun == "product_category":
            return sorted(found, key=lambda line: tuple(map(_place, self.above(line.key))))
        if noun == "cost_price":
            return sorted(found, key=self._by_article)
        return sorted(found, key=_order)

    def _by_article(self, line: Line) -> tuple[str, ...]:
        said = line.said
        code = self.names.code("products", str(said.get("product_id")))
        return code, str(said.get("currency")), str(said.get("valid_from") or "")

    def above(self, key: str) -> list[Doc]:
        """Return a category with those above it, the topmost first."""
        way: list[Doc] = []
        at: str | None = key
        while at is not None and at not in {str(each["id"]) for each in way}:
            doc = self.docs["product_category"].get(at) or self.published["product_category"].get(at)
            if doc is None:
                break
            way.insert(0, doc)
            at = doc.get("parent_id")
        return way

    def changed(self) -> list[Line]:
        """Return what the draft changes, and what is wrong, by noun."""
        wrong = [place for place in self._by_rule if place not in self.draft.changes]
        return [
            *(self.line(each.noun, each.key) for each in differences(self.published, self.draft)),
            *(self.line(*place) for place in wrong),
        ]

    def prices(self, book: str) -> Iterator[Line]:
        """Yield the prices of one book."""
        keys = [key for key, doc in self.docs["price_entry"].items() if doc["price_book_id"] == book]
        keys += [
            key for key in self.draft.of("price_entry")
            if key not in self.docs["price_entry"] and key.startswith(book)
        ]  # fmt: skip
        return (self.line("price_entry", key) for key in keys)


def _place(category: Doc) -> tuple[int, str]:
    return int(category.get("position") or 0), str(category.get("code") or "")


def _order(line: Line) -> tuple[Any, ...]:
    said = line.said
    if line.noun == "approval_rung":
        return (float(said.get("up_to_percent") or 0),)
    return (str(said.get("code") or said.get("name") or line.key),)


def read(session: Session, at: datetime) -> Desk:
    """Return everything; a laptop without a draft has an empty one over what was published last."""
    newest = rule_drafts.newest(session)
    draft = kept.load(session) or RuleDraft(newest)
    published = rule_drafts.published(session)
    own = kept.own_books(session)
    if own:
        published = rule_documents.with_books(published, own)
    docs = applied(published, draft)
    found = rule_faults.faults(docs)
    weighed = fault_ages.weigh(published, docs, found, lambda: rule_faults.faults(published))
    by_rule: dict[Key, list[RuleFault]] = {}
    for each in found:
        by_rule.setdefault((each.noun, each.key), []).append(each)
    force = rule_sets.in_force(session, at)
    return Desk(
        draft, published, docs, found, rule_cells.names(docs), force.number, newest,
        force.valid_from, weighed.earlier, by_rule,
    )  # fmt: skip


_KEYS = {
    "sales_bom": "host_id",
    "approval_rung": "up_to_percent",
    "price_entry": "product_id",
    "cost_price": "valid_from",
}


def taken(desk: Desk, noun: str, key: str, old: str = "") -> RuleFault | None:
    """Return the fault of a rule that would silently stand in the place of another; ``old`` is its own."""
    if key == old or key not in desk.docs[noun]:
        return None
    return RuleFault(noun, key, RuleBroken("rule_taken", field=_KEYS.get(noun, "code")))


def put(session: Session, desk: Desk, changes: Mapping[Key, Doc | None], at: datetime) -> RuleDraft:
    """Keep changes in the draft of this laptop, and return the draft."""
    draft = (kept.load(session) or desk.draft).put_all(desk.published, changes)
    kept.save(session, draft, at, only=list(changes))
    return draft


def put_back(session: Session, before: RuleDraft, places: Sequence[Key], at: datetime) -> None:
    """Make changes what they were in an earlier draft."""
    now = kept.load(session) or before
    changes = {place: doc for place, doc in now.changes.items() if place not in places}
    changes |= {place: before.changes[place] for place in places if place in before.changes}
    draft = RuleDraft(now.based_on, now.name, now.valid_from, changes)
    kept.save(session, draft, at, only=list(places))
