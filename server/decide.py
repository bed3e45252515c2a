"""What becomes of one mutation: pure decisions over the rows a ``Batch`` holds.

``decide`` returns a ``Step`` or raises ``Rejected``, ``Invalid`` or ``RuleBroken``; it never
writes. Only a create makes a row, and never under an id that was used before. Who may write
is asked of ``scope.py``, who wins of ``settle.py``, what an order may do of ``acts.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from fieldcrm import faults
from fieldcrm.errors import Invalid, Rejected
from fieldcrm.model.base import Kind
from fieldcrm.sync.entities import Entity, registry
from fieldcrm.sync.protocol import Ack, Change, Mutation, Op, Outcome
from server import acts, documents, evidence, quotes, returns, scope, settle, settled, templates
from server.batch import Author, Batch, Held, Step
from server.rows import Stored

_READ_ONLY = frozenset({Kind.REFERENCE, Kind.ASSIGNMENT})
_OUTSIDE = documents.OUTSIDE
MAX_FIELDS = 200


def decide(batch: Batch, mutation: Mutation) -> Step:
    """Return what the mutation does."""
    entity = registry().get(mutation.agg[0])
    if entity is None:
        raise Rejected("unknown_entity", entity=mutation.agg[0])
    if entity.kind in _READ_ONLY:
        raise Rejected("read_only")
    if entity.kind is Kind.EVENT and mutation.op is not Op.CREATE:
        raise Rejected("append_only")
    if not scope.may_write(batch.standing.principal, entity.name, mutation.op):
        raise Rejected("not_allowed")
    return _DECIDERS[mutation.op](batch, entity, mutation)


def _create(batch: Batch, entity: Entity, mutation: Mutation) -> Step:
    row_id = mutation.agg[1]
    if row_id in batch.dead and not faults.planted("dead_id_forgotten"):
        raise Rejected("gone")
    if batch.held(entity.name, row_id) is not None:
        raise Rejected("exists")
    if mutation.doc is None:
        raise Rejected("no_document")
    if mutation.act is not None and entity.kind is not Kind.DOCUMENT:
        raise Rejected("unknown_act", act=mutation.act)
    row = documents.row_of(entity, mutation, batch.at_ms)
    held = Held(entity, row, documents.parts_of(entity, row_id, mutation.doc, mutation.schema), new=True)
    _check_parts(batch, held)
    _check_references(batch, held, [field.name for field in entity.fields])
    _check_visit(batch, held)
    settled.check(batch, held)
    _derive(batch, held)
    quotes.check(batch, held)
    if entity.name == "order":
        acts.begin(held)
    if entity.name == templates.NAME:
        templates.check(batch, held)
    if entity.name == "check_in":
        evidence.measure(batch, held)
    if entity.name in evidence.TIMED:
        evidence.time(batch, held, mutation)
    step = _created(batch, held, mutation)
    if mutation.act is not None:
        acts.act(batch, step, held, held, mutation)
    if entity.name == "order_return":
        returns.book(batch, step, held)
    return step


def _created(batch: Batch, held: Held, mutation: Mutation) -> Step:
    captured = batch.captured(mutation)
    refusal = scope.refusal(batch.standing, held.entity, Op.CREATE, None, held.row, captured)
    if refusal:
        raise Rejected(refusal)
    _, row_id = held.key
    step = Step(Ack(mutation.id, Outcome.APPLIED, ver=1), rows=[held])
    where = held.entity.scope_of(held.row)
    if where not in batch.standing.held and held.entity.name != "visit_review":
        _mark_outside(batch, step, held)
    _flag_namesakes(batch, step, held, [field.name for field in held.entity.fields])
    if held.entity.kind is Kind.MASTER:
        step.authored[row_id, ""] = Author(batch.standing.me, captured, 1)
    return step


def _mark_outside(batch: Batch, step: Step, held: Held) -> None:
    """Take what was captured while the account was his; his devices hear that it went elsewhere."""
    held.row["extra"] = documents.with_mark(held.row["extra"], _OUTSIDE)
    step.hints.append((*held.key, f"rep:{batch.standing.me}"))
    step.ack = Ack(step.ack.id, Outcome.APPLIED, ver=step.ack.ver, code=_OUTSIDE)


def _patch(batch: Batch, entity: Entity, mutation: Mutation) -> Step:
    held = _existing(batch, entity, mutation)
    _check_fields(batch, entity, mutation)
    if entity.kind is Kind.DOCUMENT:
        acts.check_amendable(held)
    step = settle.patch(batch, held, mutation)
    after = step.rows[0]
    _check_parts(batch, after)
    _check_references(batch, after, after.changed)
    if "account_id" in after.changed:
        _derive(batch, after)
    _check_allowed(batch, mutation, held, after.row)
    _flag_namesakes(batch, step, after, after.changed)
    return step


def _delete(batch: Batch, entity: Entity, mutation: Mutation) -> Step:
    held = _existing(batch, entity, mutation)
    _check_allowed(batch, mutation, held, held.row)
    if entity.kind is Kind.DOCUMENT:
        acts.check_amendable(held)
    return settle.archive(batch, held, mutation)


def _act(batch: Batch, entity: Entity, mutation: Mutation) -> Step:
    if entity.kind is not Kind.DOCUMENT:
        raise Rejected("unknown_act")
    before = _existing(batch, entity, mutation)
    _check_allowed(batch, mutation, before, before.row)
    acts.check_carries(batch, before, mutation)
    step = _carried(batch, entity, mutation, before)
    acts.act(batch, step, before, step.rows[0], mutation)
    return step


def _carried(batch: Batch, entity: Entity, mutation: Mutation, before: Held) -> Step:
    """Return the row with what an act carries merged into it."""
    if not mutation.set:
        held = before.copy()
        return Step(Ack(mutation.id, Outcome.APPLIED, ver=held.bump()), rows=[held])
    _check_fields(batch, entity, mutation)
    step = settle.patch(batch, before, _on_what_stands(before, mutation))
    held = step.rows[0]
    if held.row["version"] == before.row["version"]:
        step.ack = msgspec.structs.replace(step.ack, ver=held.bump())
    if held.parts_changed:
        _check_parts(batch, held)
        _check_references(batch, held, held.changed)
    return step


def _on_what_stands(before: Held, mutation: Mutation) -> Mutation:
    """Return an act's changes as made on the row as it is: its edition says that they were."""
    stands = {
        name: Change(documents.plain(field, before.row[name]) if field is not None else None, change.new)
        for name, change in (mutation.set or {}).items()
        for field in (before.entity.field(name),)
    }
    return msgspec.structs.replace(mutation, set=stands)


_DECIDERS: Mapping[Op, Callable[[Batch, Entity, Mutation], Step]] = {
    Op.CREATE: _create, Op.PATCH: _patch, Op.DELETE: _delete, Op.ACT: _act,
}  # fmt: skip


def _existing(batch: Batch, entity: Entity, mutation: Mutation) -> Held:
    row_id = mutation.agg[1]
    held = batch.held(entity.name, row_id)
    if held is not None and _may_know(batch, held):
        return held
    if faults.planted("upsert_unknown_id") and entity.name == "account":
        return _made_up(batch, entity, mutation)
    raise Rejected("gone" if row_id in batch.dead else "unknown_row")


def _made_up(batch: Batch, entity: Entity, mutation: Mutation) -> Held:
    """Do what a careless upsert would do; only a planted bug comes here."""
    territory = str(batch.standing.principal.territory_id)
    doc = {"name": "", "territory_id": territory}
    made = Mutation(mutation.id, mutation.n, mutation.agg, Op.CREATE, mutation.at, doc=doc)
    return Held(entity, documents.row_of(entity, made, batch.at_ms), new=True)


def _check_allowed(batch: Batch, mutation: Mutation, held: Held, after: Stored) -> None:
    refusal = scope.refusal(batch.standing, held.entity, mutation.op, held.row, after)
    if refusal:
        raise Rejected(refusal)


def _may_know(batch: Batch, held: Held) -> bool:
    """Say whether he may learn that a row exists; his own he knows, also before it has a number."""
    where, standing = held.entity.scope_of(held.row), batch.standing
    known = where in standing.held or where in standing.lately
    own = scope.is_author(standing, held.entity, held.row)
    return known or own or scope.has_held(batch.connection, standing, held.row["id"])


def _check_fields(batch: Batch, entity: Entity, mutation: Mutation) -> None:
    if len(mutation.set or {}) > MAX_FIELDS:
        raise Invalid("too_many", field="set", most=MAX_FIELDS)
    for name in mutation.set or {}:
        field = entity.field(name)
        if name in documents.MARKS or (field is not None and field.merge in ("server", "archive")):
            raise Rejected("server_owned", field=name)
        if field is not None and not scope.may_write(
            batch.standing.principal, entity.name, mutation.op, name
        ):
            raise Rejected("field_not_yours", field=name)
        if entity.kind is Kind.DOCUMENT and name in acts.BY_ACT_ONLY and mutation.op is not Op.ACT:
            raise Rejected("use_act", field=name)


def _check_parts(batch: Batch, held: Held) -> None:
    for parts in held.parts.values():
        for part in parts:
            if batch.owner_of_part.get(part["id"], held.row["id"]) != held.row["id"]:
                raise Rejected("exists", part=part["id"])


def _check_references(batch: Batch, held: Held, names: Iterable[str]) -> None:
    for name in names:
        field = held.entity.field(name)
        if field is not None and field.references and not field.server_owned:
            _check_reference(batch, field.references, held.row[name], name)
    for part in held.entity.parts:
        for field in (field for field in part.fields if field.references):
            for line in held.parts.get(part.name, ()):
                _check_reference(batch, str(field.references), line[field.name], f"{part.name}.{field.name}")


def _check_reference(batch: Batch, table: str, value: Any, name: str) -> None:
    if value is None:
        return
    row = batch.held(table, value)
    if not batch.exists(table, value) or (row is not None and not _may_know(batch, row)):
        raise Rejected("unknown_reference", field=name, id=value)


def _check_visit(batch: Batch, held: Held) -> None:
    """Raise unless what belongs to a visit is of the visit's own account and rep."""
    field = held.entity.field("visit_id")
    if field is None or field.references != "visit":
        return
    visit = batch.held("visit", held.row["visit_id"])
    if visit is None or visit.row["account_id"] != held.row["account_id"]:
        raise Rejected("unknown_reference", field="visit_id", id=held.row["visit_id"])
    if visit.row["rep_id"] != held.row["rep_id"]:
        raise Rejected("not_the_author")


def _derive(batch: Batch, held: Held) -> None:
    """Set the territory that follows from the account; what the client said of it is not asked."""
    field = held.entity.field("territory_id")
    if field is None or not field.server_owned or "account_id" not in held.row:
        return
    account = batch.held("account", held.row["account_id"])
    if account is None:
        raise Rejected("unknown_reference", field="account_id", id=held.row["account_id"])
    held.put("territory_id", account.row["territory_id"])


def _flag_namesakes(batch: Batch, step: Step, held: Held, names: Iterable[str]) -> None:
    """Keep both rows that claim one business key, and mark both for the office (K6)."""
    for name in names:
        field = held.entity.field(name)
        if field is None or not field.unique or not held.row[name]:
            continue
        others = batch.same.get((field.unique, held.row[name]), set()) - {held.row["id"]}
        if others:
            held.put("possible_duplicate", True)
        for other in batch.namesakes(held.entity, sorted(others)):
            if not other.row["possible_duplicate"]:
                marked = other.copy()
                marked.put("possible_duplicate", True)
                marked.bump()
                step.rows.append(marked)
