"""The published schema: every synced entity, enough for a client that someone else writes."""

from __future__ import annotations

from typing import Any

import msgspec

from fieldcrm.model.base import Kind
from fieldcrm.model.wire import Field
from fieldcrm.sync import casts, protocol
from fieldcrm.sync.entities import Entity, PartEntity, registry
from fieldcrm.sync.protocol import Outcome
from server import scope

_ACTS = {"order": ["submit", "amend", "approve", "cancel"]}


def schema() -> dict[str, Any]:
    """Describe every entity, parents first: fields, merge rules, scope, parts, acts, writers."""
    return {
        "protocol": 1,
        "schema": protocol.SCHEMA,
        "min_schema": protocol.MIN_SCHEMA,
        "kinds": [str(kind) for kind in Kind],
        "outcomes": [str(outcome) for outcome in Outcome],
        "added": [
            {"schema": number, **msgspec.to_builtins(each)}
            for number, added in sorted(casts.HISTORY.added.items())
            for each in added
        ],
        "entities": [_entity(entity) for entity in registry().values()],
    }


def _entity(entity: Entity) -> dict[str, Any]:
    return {
        "name": entity.name,
        "rank": entity.rank,
        "kind": str(entity.kind),
        "scope": [{"prefix": prefix, "field": column} for prefix, column in entity.scope],
        "fields": [_field(field) for field in entity.fields],
        "parts": [_part(part) for part in entity.parts],
        "acts": _ACTS.get(entity.name, []),
        "writers": scope.writers(entity.name),
    }


def _part(part: PartEntity) -> dict[str, Any]:
    return {"name": part.name, "fields": [_field(field) for field in part.fields]}


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "nullable": field.nullable,
        "required": not field.nullable and field.column.default is None and not field.server_owned,
        "merge": field.merge,
        "server_owned": field.server_owned,
        "unique": field.unique is not None,
        "choices": list(field.choices),
        "references": field.references,
    }
