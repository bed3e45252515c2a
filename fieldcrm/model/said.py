"""What a row says, as the wire would say it: the same on the server and on every laptop."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

from fieldcrm.model.base import Synced
from fieldcrm.model.wire import Field, field_of, to_wire

_DIALECT = sqlite.dialect()
_Column = tuple[Field, Callable[[Any], Any] | None]


def said(row: Synced) -> dict[str, Any]:
    """Return every column of ``row`` in wire form."""
    columns = _columns(row.__table__)  # type: ignore[attr-defined]  # every Synced row is mapped
    return {field.name: _plain(field, bind, getattr(row, field.name)) for field, bind in columns}


@cache
def _columns(table: Table) -> tuple[_Column, ...]:
    return tuple((field_of(column), column.type.bind_processor(_DIALECT)) for column in table.columns)


def _plain(field: Field, bind: Callable[[Any], Any] | None, value: Any) -> Any:
    wire = to_wire(field, bind(value) if bind and value is not None else value)
    return msgspec.json.decode(wire) if isinstance(wire, msgspec.Raw) else wire
