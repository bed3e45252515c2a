"""How many rows each scope holds, so that a first sync can say how far it has come.

Counted by the tables and remembered until the scope's feed moves on: a crowd that signs in
on one morning asks for the same few scopes.
"""

# ruff: noqa: S608 - names in statements come from the registry, never from outside

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

from sqlalchemy import Connection

from fieldcrm.sync.entities import registry
from server import bootstrap, epochs
from server.database import quoted, run

_REMEMBERED = 2_048
_Key = tuple[str, str, int]
_known: OrderedDict[_Key, dict[str, int]] = OrderedDict()
_turn = threading.Lock()


def by_scope(connection: Connection, scopes: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return the number of rows by scope and entity; entities without rows are left out."""
    epoch = epochs.current(connection)
    return {name: _counted(connection, epoch, name) for name in scopes}


def _counted(connection: Connection, epoch: str, name: str) -> dict[str, int]:
    newest = run(connection, "SELECT max(seq) FROM sync_row WHERE scope_id = ?", name).scalar() or 0
    key = (epoch, name, newest)
    with _turn:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    found = _count(connection, name)
    with _turn:
        _known[key] = found
        while len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    return found


def _count(connection: Connection, name: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for entity in registry().values():
        where = bootstrap.where(entity, name)
        if where is not None:
            asked = f"SELECT count(*) FROM {quoted(entity.name)} WHERE {where}"
            count = int(run(connection, asked, name.partition(":")[2] or name).scalar_one())
            found |= {entity.name: count} if count else {}
    return found
