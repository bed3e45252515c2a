"""A draft of rules as the server takes it: only what differs, every value as on the wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fieldcrm.ids import new_id
from fieldcrm.money import CNY
from fieldcrm.rules.rule_draft import Doc, Docs, Key, RuleDraft, is_same
from fieldcrm.services.rule_documents import PARTS

Body = dict[str, Any]
_SHELVES = {"product_category": "categories", "product_attribute": "attributes"}


def body(published: Docs, draft: RuleDraft, *, trial: bool = False) -> Body:
    """Return what is sent to publish a draft, or to try it."""
    said: Body = {
        "name": draft.name, "based_on": draft.based_on, "trial": trial, "products": [], "books": [],
        "rules": [], "prices": [],
        "valid_from": draft.valid_from.isoformat() if draft.valid_from else None,
    }  # fmt: skip
    for (noun, key), doc in draft.changes.items():
        if noun in _SHELVES:  # left out where nothing changes, as costs: servers before 0.2 do not know
            fields = None if doc is None else _without(doc, "id")
            said.setdefault(_SHELVES[noun], []).append({"id": key, "fields": fields})
        elif noun == "product":
            said["products"] += _product(key, doc)
        elif noun == "cost_price":
            said.setdefault("costs", []).append(_cost(published.get(noun, {}).get(key) or {}, doc))
        elif noun == "price_book":
            said["books"].append(
                {"id": key, "fields": None if doc is None else _without(doc, "id", "territory_id")}
            )
        elif noun == "price_entry":
            said["prices"].append(_price(published.get(noun, {}).get(key) if doc is None else doc, doc))
        else:
            said["rules"].append(_rule(noun, key, doc))
    return said


def _product(key: str, doc: Doc | None) -> Iterator[Body]:
    if doc is not None:
        yield {"id": key, "fields": _without(doc, "id", "units"), "units": doc.get("units") or []}


def _cost(before: Doc, doc: Doc | None) -> Body:
    known = before if doc is None else doc
    return {
        "product_id": known["product_id"], "currency": known.get("currency") or CNY,
        "valid_from": known.get("valid_from"), "cost": None if doc is None else doc["cost"],
    }  # fmt: skip


def _price(said: Doc | None, doc: Doc | None) -> Body:
    known = said or {}
    return {
        "book_id": known["price_book_id"], "product_id": known["product_id"], "unit": known["unit"],
        "price": None if doc is None else doc["price"], "min_quantity": known.get("min_quantity") or "0",
        "min_quantity_unit": known.get("min_quantity_unit") or None,
    }  # fmt: skip


def _rule(noun: str, key: str, doc: Doc | None) -> Body:
    if doc is None:
        return {"entity": noun, "code": key}
    parts = PARTS.get(noun, {})
    found = {"entity": noun, "code": key, "fields": _without(doc, *parts)}
    return found | {"parts": _bill(doc)} if parts else found


def _bill(doc: Doc) -> Body:
    groups = [dict(group) | {"id": str(new_id())} for group in doc.get("groups") or ()]
    ids = {group["name"]: group["id"] for group in groups}
    nodes = [
        _without(node, "group") | {"group_id": ids.get(node.get("group"))} for node in doc.get("nodes") or ()
    ]
    return {"groups": groups, "nodes": nodes, "rules": list(doc.get("rules") or ())}


def _without(doc: Mapping[str, Any], *names: str) -> Doc:
    return {name: value for name, value in doc.items() if name not in names}


def rebased(before: Docs, after: Docs, draft: RuleDraft, number: int) -> tuple[RuleDraft, list[Key]]:
    """Return the draft over a set that was published meanwhile, and which rules both changed.

    What only the other one changed of a rule stays; where both changed the same, the draft counts.
    """
    moved = [
        (noun, key) for noun, key in draft.changes
        if not is_same(before.get(noun, {}).get(key), after.get(noun, {}).get(key))
    ]  # fmt: skip
    changes = {
        (noun, key): _joined(before.get(noun, {}).get(key), after.get(noun, {}).get(key), doc)
        for (noun, key), doc in draft.changes.items()
    }
    over = RuleDraft(number, draft.name, draft.valid_from).put_all(after, changes)
    return over, [place for place in moved if place in over.changes]


def _joined(before: Doc | None, theirs: Doc | None, mine: Doc | None) -> Doc | None:
    if before is None or theirs is None or mine is None:
        return mine
    return {
        name: theirs.get(name) if is_same(before.get(name), mine.get(name)) else mine.get(name)
        for name in {**theirs, **mine}
    }
