"""Alembic's entry: runs on the connection that ``schema_version`` opened, in its transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from fieldcrm.model import Base
from server import tables, tables_auth

assert tables_auth.credential.metadata is tables.metadata  # noqa: S101 - imported for its tables
TARGET = [Base.metadata, tables.metadata]


def plain_types(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write columns by what is stored, so that a migration never imports the model."""
    if kind == "type" and hasattr(item, "impl_instance"):
        return f"sa.{item.impl_instance!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TARGET,
    render_item=plain_types,
    compare_type=True,
)
context.run_migrations()
