"""What a save meant, worked out from a row before and after it. Pure.

new row -> create, changed fields -> patch, put away -> delete, an order's status -> act.
What only the server sets (server-owned fields, ``version``) is never an intent. An order
is always created as a draft; submitting, approving or cancelling it is an act of its own. An
amendment is one act that carries all it changes, and so is a cancellation: it is done whole
or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fieldcrm.errors import RuleBroken
from fieldcrm.model.base import Kind
from fieldcrm.sync import merge
from fieldcrm.sync.entities import Entity
from fieldcrm.sync.protocol import Change, Op

ARCHIVED = "archived_at"
STATUS = "status"
SUBMITTED_AT = "submitted_at"
DRAFT = "draft"
EDITION = "edition"
AMEND, CANCEL = "amend", "cancel"
_BY_ACT_ONLY = frozenset({SUBMITTED_AT, "rep_id"})
ACTS: Mapping[str, str] = {"submitted": "submit", "cancelled": CANCEL, "accepted": "approve"}
STATUS_AFTER: Mapping[str, str] = {act: status for status, act in ACTS.items()} | {AMEND: "submitted"}
_FROM: Mapping[str, str] = {"accepted": "needs_review"}
_READ_ONLY = (Kind.REFERENCE, Kind.ASSIGNMENT)


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing to tell the server of one aggregate."""

    op: Op
    act: str | None = None
    changes: dict[str, Change] = field(default_factory=dict)
    doc: dict[str, Any] | None = None


def of_save(
    entity: Entity, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> Sequence[Intent]:
    """Return what the change from ``before`` to ``after`` tells the server; None is no row.

    A write to what the server owns alone is a bug of the caller: ``RuntimeError``.
    """
    if before is None and after is None:
        return ()
    if before is not None and after is not None:
        return _changed(entity, before, after)
    _may_write(entity)
    if after is None:
        return (Intent(Op.DELETE),)
    return _created(entity, after)


def _created(entity: Entity, after: Mapping[str, Any]) -> Sequence[Intent]:
    doc = dict(after)
    if entity.kind is not Kind.DOCUMENT:
        return (Intent(Op.CREATE, doc=doc),)
    status, doc[STATUS], doc[SUBMITTED_AT] = doc[STATUS], DRAFT, None
    return (Intent(Op.CREATE, doc=doc), *_acts(DRAFT, status))


def _changed(entity: Entity, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Intent]:
    changes = {
        name: Change(before.get(name), after.get(name))
        for name in _writable(entity)
        if not merge.equal(before.get(name), after.get(name))
    }
    status = None
    if entity.kind is Kind.DOCUMENT:
        status = changes.pop(STATUS, None)
        changes = {name: change for name, change in changes.items() if name not in _BY_ACT_ONLY}
    archived = changes.pop(ARCHIVED, None)
    if not (changes or status or archived):
        return ()
    _may_write(entity)
    if EDITION in changes:
        return (Intent(Op.ACT, act=AMEND, changes=changes),)
    if status is not None and status.new == "cancelled" and archived is None:
        return (Intent(Op.ACT, act=CANCEL, changes=changes),)
    if archived is not None and archived.new is None:
        changes[ARCHIVED], archived = archived, None
    return (
        *([Intent(Op.PATCH, changes=changes)] if changes else []),
        *(_acts(status.old, status.new) if status else []),
        *([Intent(Op.DELETE)] if archived is not None else []),
    )


def _acts(old: str, new: str) -> Sequence[Intent]:
    if old == new:
        return ()
    if new not in ACTS or _FROM.get(new, old) != old:
        raise RuleBroken("status_of_server", old=old, new=new)
    return (Intent(Op.ACT, act=ACTS[new]),)


def _writable(entity: Entity) -> list[str]:
    own = [f.name for f in entity.fields if not f.server_owned]
    return own + [part.name for part in entity.parts]


def _may_write(entity: Entity) -> None:
    if entity.kind in _READ_ONLY:
        raise RuntimeError(f"{entity.name} belongs to the server")


def overlaid(body: Mapping[str, Any], intent: Intent, at: int) -> dict[str, Any]:
    """Return ``body`` as the user who made ``intent`` sees it."""
    shown = dict(body)
    if intent.op is Op.CREATE:
        shown.update(intent.doc or {})
    elif intent.op is Op.PATCH:
        shown.update({name: change.new for name, change in intent.changes.items()})
    elif intent.op is Op.ACT and intent.act is not None:
        shown.update({name: change.new for name, change in intent.changes.items()})
        shown[STATUS] = STATUS_AFTER.get(intent.act, shown.get(STATUS))
        if intent.act in ("submit", AMEND):
            shown[SUBMITTED_AT] = at
    elif intent.op is Op.DELETE and shown.get(ARCHIVED) is None:
        shown[ARCHIVED] = at
    return shown


def coalesced(first: Intent, later: Intent) -> Intent | None:
    """Return one intent that means both, or None if they must stay apart; an empty patch means nothing."""
    if later.op is not Op.PATCH:
        return None
    if first.op is Op.DELETE and ARCHIVED in later.changes:
        rest = {name: change for name, change in later.changes.items() if name != ARCHIVED}
        return Intent(Op.PATCH, changes=rest)
    if ARCHIVED in later.changes:
        return None
    if first.op is Op.CREATE and first.doc is not None:
        return Intent(Op.CREATE, doc=overlaid(first.doc, later, 0))
    if first.op is not Op.PATCH:
        return None
    changes = dict(first.changes)
    for name, change in later.changes.items():
        changes[name] = Change(changes[name].old if name in changes else change.old, change.new)
    kept = {name: c for name, c in changes.items() if not merge.equal(c.old, c.new)}
    return Intent(Op.PATCH, changes=kept)
