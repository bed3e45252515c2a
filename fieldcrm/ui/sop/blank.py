"""What a new step or field begins with, in the language of whoever builds it."""

from __future__ import annotations

from typing import Any

from fieldcrm.rules.sop import FieldType
from fieldcrm.rules.sop_reading import COMPETITOR_FIELDS, SHELF_FIELDS
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.sop import words


def template(name: str) -> dict[str, Any]:
    """Return an empty template."""
    return {"name": name, "code": "", "channels": [], "store_types": [], "purpose": "", "steps": [step()]}


def step() -> dict[str, Any]:
    """Return a new step."""
    return {"key": "step", "title": tr("New step"), "hint": "", "required": True, "fields": []}


def field(kind: FieldType) -> dict[str, Any]:
    """Return a new field of a type."""
    made: dict[str, Any] = {
        "key": str(kind),
        "label": words.type_name(kind),
        "type": str(kind),
        "required": False,
    }
    match kind:
        case FieldType.CHOICE:
            made["choices"] = [tr("Choice {n}", n=1), tr("Choice {n}", n=2)]
        case FieldType.SHELF:
            made |= {"rows": "planned", "ask": list(SHELF_FIELDS), "share": True}
            made["choices"] = [tr("At eye level"), tr("In reach"), tr("At the bottom"), tr("End of aisle")]
        case FieldType.COMPETITOR:
            made |= {"rows": "added", "ask": list(COMPETITOR_FIELDS)}
        case FieldType.GROUP:
            inner = {"key": "number", "label": words.type_name(FieldType.NUMBER), "type": "number"}
            made |= {"rows": "planned", "fields": [inner]}
    return made
