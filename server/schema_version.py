"""Brings the tables to this version's schema with Alembic; safe when several processes start at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from server import lifting

if TYPE_CHECKING:
    from server.database import Database

_LOCK = 0x6669656C64


def config(connection: Connection) -> Config:
    """Return Alembic's configuration bound to one open transaction."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.attributes["connection"] = connection
    return settings


def upgrade(database: Database) -> None:
    """Run every migration that has not run; all or nothing."""
    with database.writing() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        before = MigrationContext.configure(connection).get_current_revision()
        command.upgrade(config(connection), "head")
        if before not in (None, MigrationContext.configure(connection).get_current_revision()):
            lifting.lift(connection)
