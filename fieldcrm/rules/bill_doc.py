"""Writing a bill of materials (P3, P4): what is in it, what goes together, and that it never holds itself.

A bill is a document as in ``rule_draft``; every function returns a new one. Relations are kept per
article here, whatever rows say them: what excludes what, what needs what, what is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fieldcrm.rules.rule_draft import Doc

EXCLUDES, REQUIRES, HIDDEN = "excludes", "requires", "hidden"
Bills = Mapping[str, Mapping[str, Any]]


def nodes(doc: Mapping[str, Any]) -> list[Doc]:
    """Return the articles of a bill."""
    return list(doc.get("nodes") or ())


def groups(doc: Mapping[str, Any]) -> list[Doc]:
    """Return the groups of a bill."""
    return list(doc.get("groups") or ())


def goods(doc: Mapping[str, Any]) -> list[str]:
    """Return the ids of the articles of a bill, in their order."""
    return [str(node["product_id"]) for node in nodes(doc)]


def with_group(doc: Mapping[str, Any], name: str) -> Doc:
    """Return the bill with another group."""
    return {**doc, "groups": [*groups(doc), {"name": name, "required": False, "least": 0, "most": 1}]}


def free_name(doc: Mapping[str, Any], wanted: str) -> str:
    """Return a name that no group has yet."""
    taken = {group["name"] for group in groups(doc)}
    if wanted not in taken:
        return wanted
    return next(f"{wanted} {n}" for n in range(2, len(taken) + 3) if f"{wanted} {n}" not in taken)


def changed_group(doc: Mapping[str, Any], number: int, group: Mapping[str, Any]) -> Doc:
    """Return the bill with a group as it is now; what is in it follows its name."""
    before, held = groups(doc)[number]["name"], groups(doc)
    held[number] = dict(group)
    moved = [
        {**node, "group": group.get("name")} if node.get("group") == before else node for node in nodes(doc)
    ]
    return {**doc, "groups": held, "nodes": moved}


def without_group(doc: Mapping[str, Any], number: int) -> Doc:
    """Return the bill without a group and what is in it."""
    name = groups(doc)[number]["name"]
    made: Doc = {**doc, "groups": [each for n, each in enumerate(groups(doc)) if n != number]}
    for node in nodes(doc):
        if node.get("group") == name:
            made = without(made, str(node["product_id"]))
    return made


def with_goods(doc: Mapping[str, Any], group: str | None, products: Iterable[str]) -> Doc:
    """Return the bill with more articles in a group, or always in it; one that is there is not put twice."""
    here = set(goods(doc))
    fresh = [
        {"group": group, "product_id": each, "least": "1", "most": "1", "step": "1", "delta": "0"}
        for each in dict.fromkeys(products)
        if each not in here
    ]
    return {**doc, "nodes": [*nodes(doc), *fresh]}


def changed_node(doc: Mapping[str, Any], product: str, node: Mapping[str, Any]) -> Doc:
    """Return the bill with an article as it is now."""
    held = [dict(node) if str(each["product_id"]) == product else each for each in nodes(doc)]
    return {**doc, "nodes": held}


def without(doc: Mapping[str, Any], product: str) -> Doc:
    """Return the bill without an article, and without what is said of it."""
    left = [node for node in nodes(doc) if str(node["product_id"]) != product]
    made: Doc = {**doc, "nodes": left}
    rules = []
    for rule in made.get("rules") or ():
        products = [each for each in rule["products"] if each != product]
        alone = rule["kind"] != HIDDEN and (len(products) < 2 or _leads(rule) == product)
        if products and not alone:
            rules.append({**rule, "products": products})
    return {**made, "rules": rules}


def moved(doc: Mapping[str, Any], product: str, by: int) -> Doc:
    """Return the bill with an article one place up or down among those beside it."""
    held = nodes(doc)
    here = goods(doc).index(product)
    beside = [n for n, node in enumerate(held) if node.get("group") == held[here].get("group")]
    there = beside.index(here) + by
    if 0 <= there < len(beside):
        other = beside[there]
        held[here], held[other] = held[other], held[here]
    return {**doc, "nodes": held}


# -- what goes together ---------------------------------------------------------------------------


def against(doc: Mapping[str, Any], product: str) -> list[str]:
    """Return what does not go with an article."""
    found = (
        each for rule in _rules(doc, EXCLUDES) if product in rule["products"] for each in rule["products"]
    )
    return [each for each in dict.fromkeys(found) if each != product]


def needs(doc: Mapping[str, Any], product: str) -> list[str]:
    """Return what an article needs."""
    found = (
        each for rule in _rules(doc, REQUIRES) if _leads(rule) == product for each in rule["products"][1:]
    )
    return list(dict.fromkeys(found))


def is_hidden(doc: Mapping[str, Any], product: str) -> bool:
    """Say whether an article shows only when something needs it."""
    return any(product in rule["products"] for rule in _rules(doc, HIDDEN))


def with_against(doc: Mapping[str, Any], product: str, others: Iterable[str]) -> Doc:
    """Return the bill in which exactly ``others`` do not go with an article."""
    wanted = list(dict.fromkeys(others))
    if set(wanted) == set(against(doc, product)):
        return dict(doc)
    kept = []
    for rule in doc.get("rules") or ():
        left = [each for each in rule["products"] if each != product]
        if rule["kind"] != EXCLUDES or product not in rule["products"]:
            kept.append(rule)
        elif len(left) > 1:
            kept.append({**rule, "products": left})
    return {**doc, "rules": [*kept, *({"kind": EXCLUDES, "products": [product, each]} for each in wanted)]}


def with_needs(doc: Mapping[str, Any], product: str, others: Iterable[str]) -> Doc:
    """Return the bill in which an article needs exactly ``others``."""
    wanted = list(dict.fromkeys(others))
    if wanted == needs(doc, product):
        return dict(doc)
    kept = [rule for rule in doc.get("rules") or () if rule["kind"] != REQUIRES or _leads(rule) != product]
    fresh = [{"kind": REQUIRES, "products": [product, *wanted]}] if wanted else []
    return {**doc, "rules": [*kept, *fresh]}


def with_hidden(doc: Mapping[str, Any], product: str, *, on: bool) -> Doc:
    """Return the bill in which an article is hidden, or is not."""
    if on == is_hidden(doc, product):
        return dict(doc)
    kept = []
    for rule in doc.get("rules") or ():
        left = [each for each in rule["products"] if each != product]
        if rule["kind"] != HIDDEN:
            kept.append(rule)
        elif left:
            kept.append({**rule, "products": left})
    return {**doc, "rules": [*kept, *([{"kind": HIDDEN, "products": [product]}] if on else [])]}


def _rules(doc: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    return (rule for rule in doc.get("rules") or () if rule["kind"] == kind)


def _leads(rule: Mapping[str, Any]) -> str:
    return str(next(iter(rule["products"]), ""))


# -- never inside itself --------------------------------------------------------------------------


def way_back(bills: Bills, host: str, product: str) -> tuple[str, ...]:
    """Return the way from ``host`` through ``product`` back to ``host``; nothing when there is none."""
    found = _way(bills, product, host, set())
    return (host, *found) if found else ()


def _way(bills: Bills, start: str, goal: str, seen: set[str]) -> tuple[str, ...]:
    if start == goal:
        return (start,)
    seen.add(start)
    for inner in goods(bills.get(start) or {}):
        if inner not in seen and (rest := _way(bills, inner, goal, seen)):
            return (start, *rest)
    return ()
