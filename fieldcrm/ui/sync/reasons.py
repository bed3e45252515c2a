"""Why the office refused a change, in plain words, and what can be done about it.

Codes of a field's value (too long, not a number) are worded by ``ui/error_words.py``; the field's
name goes before them.
"""

from __future__ import annotations

from fieldcrm.ui.error_words import CODES
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.sync import values

WHY: dict[str, tuple[str, str]] = {
    "out_of_territory": (
        mark("This store is looked after by somebody else now."),
        mark("Copy it as text and send it to whoever has the store, then let it go."),
    ),
    "not_allowed": (
        mark("Your role may not change this."),
        mark("Ask the office to change it; copy it as text if that helps."),
    ),
    "not_the_author": (
        mark("It was written in somebody else's name."),
        mark("Only its author can change it. Copy it as text and let it go."),
    ),
    "not_a_manager": (
        mark("Only a manager decides on a report."),
        mark("Send your words as a comment instead."),
    ),
    "read_only": (
        mark("Only the office changes this."),
        mark("Ask the office; copy it as text if that helps."),
    ),
    "append_only": (
        mark("What happened in a visit is never changed afterwards."),
        mark("Add a new answer in the visit instead."),
    ),
    "server_owned": (mark("Only the office sets this field."), mark("Ask the office to change it.")),
    "field_not_yours": (
        mark("Only a manager sets this field."),
        mark("Ask your manager to set it, then let this change go."),
    ),
    "edition_taken": (
        mark("Somebody else published this edition first."),
        mark("Look at theirs under visit templates, then publish yours as the next one."),
    ),
    "template_tie": (
        mark("Another template is made for the same visits."),
        mark("Change the stores or the purpose of one of them, then publish again."),
    ),
    "template_wrong": (
        mark("Something in the template cannot work."),
        mark("Open it under visit templates; its check names the step and the question."),
    ),
    "use_act": (
        mark("An order's state changes only by sending or cancelling it."),
        mark("Open the order and send or cancel it there."),
    ),
    "gone": (
        mark("The record was deleted for good at the office."),
        mark("Copy what you wrote, in case it is needed elsewhere, then let it go."),
    ),
    "unknown_row": (
        mark("The office does not have this record."),
        mark("Try again after the next sync; if it stays, copy it as text."),
    ),
    "exists": (mark("The office has this record already."), mark("Nothing is missing there. Let it go.")),
    "mutation_reused": (
        mark("The office knows this change with other content."),
        mark("Try again; it is sent as a new one."),
    ),
    "id_taken": (
        mark("The office has something else under this number."),
        mark("Try again; it gets a new one."),
    ),
    "unknown_reference": (
        mark("It points at a record that the office does not have."),
        mark("Send that record first, or choose another one, then try again."),
    ),
    "needs_rejected": (
        mark("Something it belongs to was refused."),
        mark("Settle that one first, then try this one again."),
    ),
    "needs_missing": (
        mark("Something it belongs to has not arrived."),
        mark("Sync once more, then try this one again."),
    ),
    "internal": (
        mark("The office could not work on it, through no fault of yours."),
        mark("Try again later; tell your administrator if it stays."),
    ),
    "visit_settled": (
        mark("Your manager had approved the report before the amendment arrived."),
        mark("It stays as it was approved. Ask your manager to send it back, then amend it again."),
    ),
    "order_fixed": (
        mark("The order had been accepted or cancelled by then."),
        mark("Make a new order for what is still needed."),
    ),
    "unknown_field": (
        mark("The office does not know one of its fields yet."),
        mark("Try again when the office has been updated."),
    ),
    "no_document": (mark("It arrived without its content."), mark("Try again.")),
    "unknown_act": (
        mark("The office does not know this step yet."),
        mark("Try again when it has been updated."),
    ),
    "unknown_entity": (
        mark("The office does not know this kind of record yet."),
        mark("Try again when the office has been updated."),
    ),
}

# Trying the very same once more cannot help here.
_FINAL = frozenset(
    {"not_allowed", "not_the_author", "not_a_manager", "read_only", "append_only", "server_owned", "use_act",
     "gone", "exists", "order_fixed", "field_not_yours"}
)  # fmt: skip


def why(code: str, entity: str = "", field: str = "") -> tuple[str, str]:
    """Return why the office said no and what can be done."""
    found = WHY.get(code) or CODES.get(code)
    if found is None:
        return (
            tr("The office could not take it as it is."),
            tr("Correct it and save it again, or copy it as text and ask the office."),
        )
    reason, remedy = tr(found[0]), tr(found[1]) if found[1] else ""
    if field and values.is_known(entity, field) and code not in WHY:
        reason = f"{values.label(entity, field)}{tr(': ')}{reason}"
        remedy = tr("Correct it and save it again; that sends it once more.")
    return reason, remedy


def can_try_again(code: str) -> bool:
    """Whether sending the same once more may help."""
    return code not in _FINAL
