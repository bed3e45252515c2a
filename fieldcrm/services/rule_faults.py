"""Everything that is wrong with a whole set of rules, each fault with its rule and field.

The laptop shows them all while a draft is written; the server refuses the first one when it is
published. Both ask here, so what a laptop finds sound is not refused later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fieldcrm.errors import FieldCrmError, Invalid, RuleBroken
from fieldcrm.money import CNY
from fieldcrm.rules.pricing import Book, Product, bills, books, conflicts, plausible, rebates, sellable
from fieldcrm.rules.pricing.promotions import Promotion
from fieldcrm.rules.pricing.values import Entry
from fieldcrm.rules.rule_draft import Doc, Docs
from fieldcrm.services import rule_documents, rule_drafts, rule_sets, rule_values, shelf_faults
from fieldcrm.services.rule_drafts import ODD

_FIELDS = {
    "period_reversed": "valid_to", "promotion_tie": "priority",
    "price_tie": "priority", "price_doubled": "min_quantity", "below_floor": "price",
    "ladder_not_rising": "up_to_percent", "bom_cycle": "nodes", "excluded": "rules", "need_unmet": "rules",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RuleFault:
    """One thing that is wrong with one rule; ``other`` is the rule it clashes with."""

    noun: str
    key: str
    error: FieldCrmError
    other: str = ""

    @property
    def field(self) -> str:
        """Which field it is about."""
        named = self.error.data.get("field")
        return str(named) if named else _FIELDS.get(self.error.code, "")


@dataclass(slots=True)
class _Search:
    """What was found so far, and the values that later checks compare."""

    docs: Docs
    found: list[RuleFault] = field(default_factory=list)
    products: dict[str, Product] = field(default_factory=dict)

    def each(self, noun: str, check: Callable[[str, Doc], Any]) -> dict[str, Any]:
        """Check every rule of a noun by itself; returns what the sound ones came to."""
        sound = {}
        for key, doc in self.docs.get(noun, {}).items():
            try:
                sound[key] = check(key, doc)
            except (FieldCrmError, *ODD) as error:
                self.found.append(RuleFault(noun, key, rule_drafts.as_error(error)))
        return sound


def faults(docs: Docs) -> list[RuleFault]:
    """Return what is wrong with a whole set of documents; empty when it could be published."""
    search = _Search(docs)
    above = rule_drafts.shelves(docs)

    def article(key: str, doc: Doc) -> Product:
        row = rule_documents.row_of("product", doc)
        product = search.products[key] = rule_drafts.product_of(key, doc, row, above)
        units = [str(each["unit"]) for each in doc.get("units") or ()]
        if len(set(units)) < len(units):
            raise RuleBroken("unit_doubled", field="units")
        plausible.check_article(product, row.code, row.sales_unit, row.standard_price)
        shelf_faults.check_article(doc, docs)
        return product

    search.each("product_category", lambda key, doc: shelf_faults.check_category(key, doc, docs))
    search.each("product_attribute", lambda key, doc: shelf_faults.check_attribute(key, doc, docs))
    search.each("product", article)
    for noun in ("product_category", "product_attribute", "product"):
        _doubled_codes(search, noun)
    search.each("cost_price", lambda _key, doc: check_cost(doc, docs))
    _check_books(search)
    _check_promotions(search)
    _check_selling(search)
    _check_bills(search)
    return search.found


def _doubled_codes(search: _Search, noun: str) -> None:
    seen: dict[str, str] = {}
    for key, doc in search.docs.get(noun, {}).items():
        other = seen.setdefault(str(doc.get("code")), key)
        if other != key:
            error = RuleBroken("code_doubled", field="code", code=doc.get("code"))
            search.found.append(RuleFault(noun, key, error, other))


def _check_books(search: _Search) -> None:
    entries: dict[str, dict[str, tuple[Entry, ...]]] = {}

    def price(_key: str, doc: Doc) -> None:
        book = doc["price_book_id"]
        if book not in search.docs["price_book"]:
            raise Invalid("unknown_reference", field="price_book_id")
        entry = rule_drafts.entry(doc)
        plausible.check_price(entry, search.products)
        held = entries.setdefault(book, {})
        held[entry.product] = (*held.get(entry.product, ()), entry)

    def book(key: str, doc: Doc) -> Book:
        row = rule_documents.row_of("price_book", doc)
        for name in ("code", "name"):
            if not str(doc.get(name) or "").strip():
                raise Invalid("required", field=name)
        if str(row.level) != "list" and not row.reference:
            raise Invalid("required", field="reference")
        if row.currency != CNY:
            raise Invalid("currency_other", field="currency", value=row.currency)
        if row.honour_days < 0:
            raise Invalid("out_of_range", field="honour_days", value=row.honour_days)
        made = Book(
            key, str(row.level), entries.get(key, {}), row.reference, row.priority, row.valid_from,
            row.valid_to, label=row.name,
        )  # fmt: skip
        books.check((made,), search.products)
        return made

    search.each("price_entry", price)
    sound = list(search.each("price_book", book).values())
    _doubled_codes(search, "price_book")
    for place, one in enumerate(sound):
        for other in sound[place + 1 :]:
            try:
                books.check_pair(one, other, search.products)
            except RuleBroken as error:
                search.found.append(RuleFault("price_book", other.key, error, one.key))


def check_cost(doc: Doc, docs: Docs) -> None:
    """Raise for a cost price of no article, below nothing, or in no currency."""
    if str(doc["product_id"]) not in docs["product"]:
        raise Invalid("product_unknown", field="product_id", product=str(doc["product_id"]))
    row = rule_documents.row_of("cost_price", doc)
    if row.cost is None or row.cost < 0:
        raise Invalid("out_of_range", field="cost", value=row.cost)
    if row.currency != CNY:
        raise Invalid("currency_other", field="currency", value=row.currency)


def of_price(articles: Mapping[str, Doc], doc: Doc) -> FieldCrmError | None:
    """Return what is wrong with one price by itself."""
    try:
        key = str(doc["product_id"])
        known = {key: rule_drafts.product(key, articles[key], {})} if key in articles else {}
        plausible.check_price(rule_drafts.entry(doc), known)
    except (FieldCrmError, *ODD) as error:
        return rule_drafts.as_error(error)
    return None


def _check_promotions(search: _Search) -> None:
    def promotion(_key: str, doc: Doc) -> Promotion:
        _named(doc)
        made = rule_values.promotion(rule_documents.row_of("promotion", doc))
        plausible.check_promotion(made, search.products)
        conflicts.check_promotions([made], search.products)
        return made

    sound = search.each("promotion", promotion)
    alone = [each for each in sound.values() if each.exclusive]
    for place, one in enumerate(alone):
        for other in alone[place + 1 :]:
            try:
                conflicts.check_promotions([one, other], search.products)
            except RuleBroken as error:
                search.found.append(RuleFault("promotion", other.key, error, one.key))


def _check_selling(search: _Search) -> None:
    def range_(_key: str, doc: Doc) -> None:
        _named(doc)
        row = rule_documents.row_of("sellable_range", doc)
        made = rule_values.sellable(row)
        sellable.check([made])
        plausible.check_whom(made.whom)
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            raise RuleBroken("period_reversed", field="valid_to")
        _known(search, row.products, "products")

    def program(_key: str, doc: Doc) -> None:
        _named(doc)
        made = rule_values.program(rule_documents.row_of("rebate_program", doc))
        plausible.check_program(made, search.products)
        rebates.check(made)

    def tie(_key: str, doc: Doc) -> None:
        _named(doc)
        row = rule_documents.row_of("quantity_rule", doc)
        _known(search, [row.for_each_id], "for_each_id")
        _known(search, [row.require_id], "require_id")
        conflicts.check_tie(rule_values.tie(row))

    def rung(_key: str, doc: Doc) -> None:
        conflicts.check_ladder([rule_values.rung(rule_documents.row_of("approval_rung", doc))])

    search.each("sellable_range", range_)
    search.each("rebate_program", program)
    search.each("quantity_rule", tie)
    search.each("approval_rung", rung)


def _check_bills(search: _Search) -> None:
    rows: dict[str, list[Any]] = {"sales_bom": [], "bom_group": [], "bom_node": [], "bom_rule": []}

    def bill(_key: str, doc: Doc) -> None:
        row = rule_documents.row_of("sales_bom", doc)
        parts = rule_documents.parts_of("sales_bom", doc, row.id)
        names = [group.name for group in parts["groups"]]
        if len(set(names)) < len(names):
            raise RuleBroken("code_doubled", field="groups")
        for each in doc.get("nodes") or ():
            if each.get("group") and each["group"] not in names:
                raise Invalid("unknown_reference", field="nodes", group=each["group"])
        _known(search, [row.host_id, *(node.product_id for node in parts["nodes"])], "nodes")
        _known(search, [each for rule in parts["rules"] for each in rule.products], "rules")
        conflicts.check_configuration(rule_values.configuration(row, *parts.values()))
        rows["sales_bom"].append(row)
        for name, held in parts.items():
            rows[f"bom_{name[:-1]}"] += held

    search.each("sales_bom", bill)
    made = dict(rule_sets.configurations(rows))
    for host in made:
        try:
            bills.check_cycle(made, host)
        except RuleBroken as error:
            search.found.append(RuleFault("sales_bom", host, error))


def _named(doc: Mapping[str, Any]) -> None:
    for name in ("code", "name"):
        if not str(doc.get(name) or "").strip():
            raise Invalid("required", field=name)


def _known(search: _Search, keys: Any, name: str) -> None:
    for key in keys:
        if str(key) not in search.docs["product"]:
            raise Invalid("product_unknown", field=name, product=str(key))


def refuse(found: Sequence[RuleFault]) -> None:
    """Raise the first of some faults, with its rule and field; nothing for none."""
    if found:
        worst = found[0]
        worst.error.data |= {"noun": worst.noun, "key": worst.key, "other": worst.other}
        if worst.field:
            worst.error.data["field"] = worst.field
        raise worst.error
