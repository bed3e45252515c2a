"""Values that came before their column did: out of ``extra``, into the column, without contact.

An older program keeps what a newer server says of a row word for word. Once the file has the
column, the value belongs there; ``extra`` keeps only what is still unknown.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Table

from fieldcrm.model import Base
from fieldcrm.model.wire import field_of, known_of
from fieldcrm.storage.cipher import Connection


def lift(connection: Connection) -> None:
    """Move every value of ``extra`` that has a column by now, in all shared tables."""
    for table in Base.metadata.sorted_tables:
        here = {name for _, name, *_ in connection.execute(f'PRAGMA table_info("{table.name}")')}
        if "extra" in here:
            _lift(connection, table, here)


def _lift(connection: Connection, table: Table, here: set[str]) -> None:
    fields = {str(column.name): field_of(column) for column in table.columns if column.name in here}
    kept = connection.execute(f'SELECT id, extra FROM "{table.name}" WHERE extra IS NOT NULL').fetchall()
    for row_id, extra in kept:
        rest, known = known_of(msgspec.json.decode(extra), fields)
        if known:
            setting = ", ".join(f'"{name}" = ?' for name in known)
            connection.execute(
                f'UPDATE "{table.name}" SET {setting}, extra = ? WHERE id = ?',
                (*known.values(), msgspec.json.encode(rest).decode() if rest else None, row_id),
            )
