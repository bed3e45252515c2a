"""Who holds a row as it is now: which colleagues' laptops were told of this version, and since when.

Answered only for a row that the asker may see, and only with people who may see it now too;
``told`` is when a page with it left the server, ``held`` when the laptop proved to have it.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from fieldcrm.errors import NotFound
from fieldcrm.model.users import Role
from fieldcrm.sync.entities import registry
from server import progress, scope
from server.database import run
from server.scope import Principal

_MOST_PEOPLE = 60


def of_row(connection: Connection, asker: Principal, entity: str, row_id: UUID) -> dict[str, Any]:
    """Return the version and its holders, the first to hold it first; raises ``NotFound``."""
    place = run(
        connection,
        "SELECT scope_id, seq, ver FROM sync_row WHERE row_id = ? AND entity = ? AND state = 'put'",
        str(row_id), entity,
    ).first()  # fmt: skip
    if entity not in registry() or place is None or place[0] not in scope.grants(connection, asker):
        raise NotFound(entity, row_id)
    scope_id, seq, version = place
    holders = _holders(connection, asker, scope_id, seq)
    return {"version": version, "holders": holders}


def _holders(connection: Connection, asker: Principal, scope_id: str, seq: int) -> list[dict[str, Any]]:
    people = {str(p.user_id): (p, name) for p, name in _people(connection, scope_id)}
    devices = run(
        connection, "SELECT id, user_id FROM device WHERE user_id IN ? AND state = 'active' AND id <> ?",
        sorted(people), str(asker.device_id),
    ).all()  # fmt: skip
    since = progress.since(connection, [device_id for device_id, _ in devices], seq)
    found = [
        {
            "user_id": user_id, "name": people[user_id][1], "role": str(people[user_id][0].role),
            "told_at": since[device_id][0], "held_at": since[device_id][1],
        }
        for device_id, user_id in devices
        if device_id in since
    ]  # fmt: skip
    return sorted(found, key=lambda each: each["told_at"])


def _people(connection: Connection, scope_id: str) -> list[tuple[Principal, str]]:
    """Return who holds a scope now; ``scope.grants`` has the last word on everybody."""
    kind, _, key = scope_id.partition(":")
    if kind not in ("terr", "rep"):
        return []  # everybody's: nobody asks who has the price list
    root = key
    if kind == "rep":
        root = run(connection, 'SELECT territory_id FROM "user" WHERE id = ?', key).scalar() or ""
    rows = run(
        connection,
        "WITH RECURSIVE up (id, parent_id, depth) AS (SELECT id, parent_id, 0 FROM territory WHERE id = ? "
        "UNION ALL SELECT t.id, t.parent_id, up.depth + 1 FROM territory t JOIN up ON t.id = up.parent_id "
        "WHERE up.depth < 12) "
        'SELECT id, role, territory_id, name FROM "user" WHERE active AND archived_at IS NULL '
        "AND (id = ? OR territory_id IN (SELECT id FROM up)) LIMIT ?",
        root, key, _MOST_PEOPLE,
    )  # fmt: skip
    people = [
        (Principal(UUID(user_id), Role(role), UUID(territory) if territory else None, UUID(int=0)), name)
        for user_id, role, territory, name in rows.all()
    ]
    return [(who, name) for who, name in people if scope_id in scope.grants(connection, who)]
