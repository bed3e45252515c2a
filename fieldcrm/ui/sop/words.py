"""What a template's parts are called: types, rows, conditions, findings, states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fieldcrm.rules.sop import FieldType, Op, Rows
from fieldcrm.rules.sop_check import MOST_CHOICES, MOST_FIELDS, MOST_STEPS, Fault, Finding
from fieldcrm.services.sop_publishing import Published
from fieldcrm.ui import formats, paint
from fieldcrm.ui.accounts.words import CHANNEL
from fieldcrm.ui.i18n import mark, tr

TYPES: dict[FieldType, tuple[str, str]] = {
    FieldType.TEXT: (mark("Text"), "format-text"),
    FieldType.NUMBER: (mark("Number"), "numeric"),
    FieldType.CHOICE: (mark("Choice"), "format-list-bulleted"),
    FieldType.YES_NO: (mark("Yes or no"), "toggle-switch-outline"),
    FieldType.CHECK: (mark("Pass or fail"), "check-circle-outline"),
    FieldType.DATE: (mark("Day"), "calendar-blank-outline"),
    FieldType.PHOTO: (mark("Photos"), "camera-outline"),
    FieldType.STOCK: (mark("Stock count"), "counter"),
    FieldType.SHELF: (mark("Shelf check"), "view-grid-outline"),
    FieldType.COMPETITOR: (mark("Competitors"), "account-switch-outline"),
    FieldType.GROUP: (mark("Rows of questions"), "table-row"),
    FieldType.ORDER: (mark("Order"), "cart-outline"),
    FieldType.PAYMENT: (mark("Payment"), "cash"),
    FieldType.SIGNATURE: (mark("Signature"), "draw"),
}
ROWS = {
    Rows.PLANNED: mark("What the store has or took lately"),
    Rows.SELLABLE: mark("Everything that can be sold"),
    Rows.FIXED: mark("Rows named here"),
    Rows.ADDED: mark("Rows the rep adds"),
}
OPS = {
    Op.IS: mark("is"),
    Op.IS_NOT: mark("is not"),
    Op.CONTAINS: mark("contains"),
    Op.OVER: mark("is over"),
    Op.UNDER: mark("is under"),
    Op.ANSWERED: mark("is answered"),
    Op.EMPTY: mark("is not answered"),
}
_FAULTS = {
    Fault.NO_STEPS: mark("There is no step yet"),
    Fault.TOO_MANY: mark("Too many steps or questions ({steps} and {fields} at most)"),
    Fault.NO_TITLE: mark("The step has no title"),
    Fault.BAD_KEY: mark("Its column key is not plain letters, digits and _"),
    Fault.KEY_TWICE: mark("Its column key is used twice"),
    Fault.NO_LABEL: mark("The question has no words"),
    Fault.UNKNOWN_TYPE: mark("This version does not know its type"),
    Fault.FEW_CHOICES: mark("It needs 2 to {choices} choices, none of them empty"),
    Fault.CHOICE_TWICE: mark("One choice stands there twice"),
    Fault.MIN_OVER_MAX: mark("Its least is over its most"),
    Fault.BAD_PATTERN: mark("Its form cannot be read"),
    Fault.SLOW_PATTERN: mark("Its form would take too long to check"),
    Fault.NO_QUESTIONS: mark("Its rows ask nothing"),
    Fault.NO_ROWS: mark("Its rows have no names"),
    Fault.NOT_INSIDE: mark("Rows cannot ask for this"),
    Fault.CONDITION_LOST: mark("Its condition looks at a question that is not there"),
    Fault.CONDITION_OP: mark("Its condition does not suit that question"),
    Fault.CONDITION_VALUE: mark("Its condition compares with something that cannot be answered"),
    Fault.CONDITION_CIRCLE: mark("Its condition depends on itself"),
}
_MOST = {"steps": MOST_STEPS, "fields": MOST_FIELDS, "choices": MOST_CHOICES}


def type_name(kind: str) -> str:
    """Return what a type is called; one of a newer version says so."""
    found = TYPES.get(FieldType(kind)) if kind in set(FieldType) else None
    return tr(found[0]) if found else tr("Of a newer version")


def finding(found: Finding) -> tuple[str, str]:
    """Return where something is wrong, and what."""
    where = " · ".join(part for part in (found.step, found.field) if part)
    return where or tr("The template"), tr(_FAULTS[found.code], **_MOST)


def made_for(channels: tuple[str, ...], types: tuple[str, ...], purpose: str) -> str:
    """Return for which visits a template is made."""
    parts = [purpose, *types, *(tr(CHANNEL.get(channel, channel)) for channel in channels)]
    return " · ".join(part for part in parts if part) or tr("All stores")


def made_for_draft(document: Mapping[str, Any]) -> str:
    """Return for which visits a draft is made."""
    channels, types = (tuple(document.get(key) or ()) for key in ("channels", "store_types"))
    return made_for(channels, types, str(document.get("purpose") or ""))


def state(edition: Published, today: date) -> tuple[str, paint.Status]:
    """Return where an edition stands on a day."""
    if edition.valid_to is not None and edition.valid_to < today:
        return tr("Ended {day}", day=formats.table_day(edition.valid_to, today)), paint.Status.SKIPPED
    if edition.valid_from > today:
        return tr("From {day}", day=formats.table_day(edition.valid_from, today)), paint.Status.DUE
    if not edition.newest:
        return tr("Replaced"), paint.Status.SKIPPED
    return tr("Published"), paint.Status.DONE
