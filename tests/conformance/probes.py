"""What a probe asks: what its case gives, with a change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

BUYER = {"group", "territory", "partner", "channel"}
WHOLE = {
    "approval", "bom", "bom_levels", "cart", "choose", "customer", "date", "history", "price_books",
    "price_mode", "products", "promotions", "rebates", "rules", "sellable", "use_rebate",
}  # fmt: skip


def changed(given: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``given`` with one probe's change; paths look like ``cart[0].qty``, nothing takes a row out.

    A single word that ``given`` does not have stands for the one open place ("?") it fits, or for the
    first line, promotion, rebate, earlier order, article or book that has such a field.
    """
    copy = deepcopy(dict(given))
    for path, value in change.items():
        steps = re.findall(r"[^.\[\]]+", path)
        if path == "use":
            copy["use_rebate"] = dict.fromkeys(copy.get("use_rebate") or ["auto"], value)
        elif path == "customer" and isinstance(value, str):
            copy["customer"]["code"] = value
        elif len(steps) > 1 or path in copy or path in WHOLE:
            _put(copy, steps, value)
        else:
            _place(copy, path)[path] = value
    return copy


def _place(given: dict[str, Any], name: str) -> Any:
    if name in BUYER:
        return given["customer"]
    holders = [row for row in _rows(given) if name in row]
    asked = [row for row in holders if row[name] == "?"]
    return next(iter(asked or holders), next(iter(given.get("cart", ())), given))


def _rows(given: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what has fields: lines, rules and what they give or earn, articles, books, prices."""
    rows = [row for part in ("cart", "promotions", "rebates", "history") for row in given.get(part, ())]
    yield from rows
    yield from (row[part] for row in rows for part in ("give", "earn") if isinstance(row.get(part), dict))
    yield from given.get("products", ())
    yield from given.get("price_books", ())
    yield from (entry for book in given.get("price_books", ()) for entry in book["entries"])


def _put(node: Any, steps: list[str], value: Any) -> None:
    *way, last = (int(step) if step.isdigit() else step for step in steps)
    for step in way:
        node = node[step] if isinstance(node, list) else node.setdefault(step, {})
    if isinstance(node, list) and last == len(node):
        node.append(value)
    elif isinstance(node, list) and value is None:
        del node[last]
    else:
        node[last] = value
