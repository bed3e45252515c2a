"""Reads a template's JSON without trust (V4): any JSON gives some steps, never an error.

A step is {"key", "title", "hint", "required", "show", "fields"}, a field {"key", "label",
"type", "required", "choices", "many", "by_unit", "unit", "min", "max", "min_length", "max_length",
"pattern", "photo_on_fail", "prefill", "planned", "show", "require"}, a group besides {"rows",
"labels", "fields", "ask", "share", "price_under", "price_over"}; "show" and "require" are
{"match": "all" or "any", "tests": [{"step", "field", "op", "value"}]}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldcrm.rules.sop import GROUPS, Condition, Field, FieldType, Rows, Step, Test


def steps_of(raw: Any) -> tuple[Step, ...]:
    """Return the steps in a template's JSON; entries without a key are left out."""
    return tuple(_step(entry) for entry in dicts(raw) if entry.get("key"))


def _step(raw: Mapping[str, Any]) -> Step:
    return Step(
        key=str(raw["key"]),
        title=str(raw.get("title") or raw["key"]),
        hint=str(raw.get("hint") or ""),
        required=bool(raw.get("required")),
        fields=tuple(_field(entry) for entry in dicts(raw.get("fields")) if entry.get("key")),
        show=_condition(raw.get("show")),
    )


def _field(raw: Mapping[str, Any]) -> Field:
    kind = _member(FieldType, raw.get("type"), FieldType.OTHER)
    return Field(
        key=str(raw["key"]),
        label=str(raw.get("label") or raw["key"]),
        type=kind,
        required=bool(raw.get("required")) and kind is not FieldType.OTHER,
        choices=texts(raw.get("choices")),
        unit=str(raw.get("unit") or ""),
        minimum=_number(raw.get("min")),
        maximum=_number(raw.get("max")),
        photo_on_fail=bool(raw.get("photo_on_fail")),
        many=bool(raw.get("many")),
        by_unit=bool(raw.get("by_unit")),
        min_length=_whole(raw.get("min_length")),
        max_length=_whole(raw.get("max_length")),
        pattern=str(raw.get("pattern") or ""),
        prefill=bool(raw.get("prefill")),
        planned=str(raw.get("planned") or ""),
        show=_condition(raw.get("show")),
        require=_condition(raw.get("require")),
        **_of_group(kind, raw),
    )


def _of_group(kind: FieldType, raw: Mapping[str, Any]) -> dict[str, Any]:
    if kind not in GROUPS:
        return {}
    usual = Rows.ADDED if kind is FieldType.COMPETITOR else Rows.PLANNED
    return {
        "rows": _member(Rows, raw.get("rows"), usual),
        "labels": texts(raw.get("labels")),
        "fields": _inside(kind, raw),
        "share": kind is FieldType.SHELF and bool(raw.get("share", True)),
        "price_under": _number(raw.get("price_under")),
        "price_over": _number(raw.get("price_over")),
    }


def _inside(kind: FieldType, raw: Mapping[str, Any]) -> tuple[Field, ...]:
    if kind is FieldType.GROUP:
        return tuple(_field(entry) for entry in dicts(raw.get("fields")) if entry.get("key"))
    ready = SHELF_FIELDS if kind is FieldType.SHELF else COMPETITOR_FIELDS
    asked = texts(raw.get("ask")) or tuple(ready)
    entries = [{"key": key, **ready[key]} for key in asked if key in ready]
    for entry in entries:
        if entry["key"] == "position":
            entry["choices"] = list(texts(raw.get("choices")))
        if entry["key"] == "facings":
            entry["planned"] = raw.get("planned")
    return tuple(_field(entry) for entry in entries if entry["key"] != "position" or entry["choices"])


SHELF_FIELDS: Mapping[str, dict[str, Any]] = {
    "facings": {"type": "number", "min": 0, "max": 999},
    "price": {"type": "number", "min": 0, "max": 999999},
    "out": {"type": "yes_no"},
    "position": {"type": "choice"},
}
"""What a shelf check asks of each article; labels are the interface's."""

COMPETITOR_FIELDS: Mapping[str, dict[str, Any]] = {
    "brand": {"type": "text", "required": True, "max_length": 60},
    "product": {"type": "text", "max_length": 120},
    "price": {"type": "number", "min": 0, "max": 999999},
    "promotion": {"type": "text", "max_length": 200},
    "photo": {"type": "photo"},
}
"""What is asked of each competing product."""


def _condition(raw: Any) -> Condition | None:
    if not isinstance(raw, dict):
        return None
    tests = tuple(_test(entry) for entry in dicts(raw.get("tests")))
    return Condition(tests, raw.get("match") == "any") if tests else None


def _test(raw: Mapping[str, Any]) -> Test:
    step, field, op = (str(raw.get(name) or "") for name in ("step", "field", "op"))
    return Test(step, field, op, raw.get("value"))


def _member(kind: type[Any], raw: Any, usual: Any) -> Any:
    try:
        return kind(raw)
    except ValueError:
        return usual


def _number(raw: Any) -> Decimal | None:
    try:
        number = None if raw is None or isinstance(raw, bool) else Decimal(str(raw))
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _whole(raw: Any) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0 else None


def texts(raw: Any) -> tuple[str, ...]:
    """Return a list's entries as words; anything else has none."""
    return tuple(str(entry) for entry in raw) if isinstance(raw, list | tuple) else ()


def dicts(raw: Any) -> Sequence[Mapping[str, Any]]:
    """Return the objects in a list; anything else has none."""
    return [entry for entry in raw if isinstance(entry, dict)] if isinstance(raw, list) else []
