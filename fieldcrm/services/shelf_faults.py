"""What is wrong with categories and attributes, and with what articles say of themselves by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, DecimalException
from typing import Any

from fieldcrm.errors import FieldCrmError, Invalid, RuleBroken
from fieldcrm.rules.rule_draft import Doc, Docs
from fieldcrm.services import rule_documents

OURS = frozenset({"category", "brand"})  # traits that every article has
FLAGS = ("yes", "no")


def check_category(key: str, doc: Doc, docs: Docs) -> None:
    """Refuse a category without a name, under one that is not there, or under itself."""
    rule_documents.row_of("product_category", doc)
    _named(doc)
    held, at, seen = docs["product_category"], doc.get("parent_id"), {key}
    while at is not None:
        if at not in held:
            raise Invalid("unknown_reference", field="parent_id")
        if at in seen:
            raise RuleBroken("category_cycle", field="parent_id", name=str(doc["name"]))
        seen.add(at)
        at = held[at].get("parent_id")


def check_attribute(_key: str, doc: Doc, docs: Docs) -> None:
    """Refuse an attribute that nobody could fill in, or that goes by a name of ours."""
    rule_documents.row_of("product_attribute", doc)
    _named(doc)
    if str(doc["code"]).strip() in OURS:
        raise RuleBroken("code_doubled", field="code", code=doc["code"])
    if doc.get("kind") == "choice" and not doc.get("choices"):
        raise Invalid("required", field="choices")
    if doc.get("category_id") and doc["category_id"] not in docs["product_category"]:
        raise Invalid("unknown_reference", field="category_id")


def check_article(doc: Doc, docs: Docs) -> None:
    """Refuse an article on a shelf that is not there, or with a value that its attribute does not know."""
    shelf = doc.get("category_id")
    if shelf and shelf not in docs.get("product_category", {}):
        raise Invalid("unknown_reference", field="category_id")
    said: Mapping[str, Any] = doc.get("attributes") or {}
    for each in meant_for(docs, shelf):
        value = said.get(each["code"])
        error = _wrong(each, value)
        if error is not None:
            raise error


def meant_for(docs: Docs, shelf: str | None) -> Iterator[Doc]:
    """Yield the attributes of articles on a shelf: those of all, and of each category above."""
    above = set(_above(docs, shelf))
    for each in docs.get("product_attribute", {}).values():
        if not each.get("category_id") or each["category_id"] in above:
            yield each


def _above(docs: Docs, shelf: str | None) -> Iterator[str]:
    held, seen = docs.get("product_category", {}), set()
    while shelf is not None and shelf in held and shelf not in seen:
        seen.add(shelf)
        yield shelf
        shelf = held[shelf].get("parent_id")


def _wrong(attribute: Doc, value: Any) -> FieldCrmError | None:
    field, name = f"attributes.{attribute['code']}", str(attribute["name"])
    if value in (None, "", []):
        return Invalid("required", field=field, name=name) if attribute.get("required") else None
    kind = attribute.get("kind")
    if kind == "number":
        try:
            if Decimal(str(value)).is_finite():
                return None
        except DecimalException:
            pass
        return Invalid("not_a_number", field=field, value=value)
    choices = attribute.get("choices") or () if kind == "choice" else FLAGS if kind == "flag" else None
    if choices is not None and str(value) not in choices:
        return Invalid("not_a_choice", field=field, value=value)
    return None


def _named(doc: Doc) -> None:
    for name in ("code", "name"):
        if not str(doc.get(name) or "").strip():
            raise Invalid("required", field=name)
