"""Database triggers that write the outbox, made from the registry of synced tables.

They hold for every writer, ours or not. A change that leaves ``version`` alone bumps it; a
row inserted at version 0 becomes 1; a row below 0 is still being put together by its writer
and is announced when its version is set. A changed part bumps its owner. A deleted row's id
is dead for ever. An account that changes territory is noted in ``sync_move``, a change of
what users hold in ``sync_regrant``.
"""

# ruff: noqa: S608 - names in statements come from the registry, never from outside

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection

from fieldcrm.sync.entities import Entity, PartEntity, registry
from server.database import run

_MARK = "triggers"


def install(connection: Connection) -> None:
    """Replace the triggers if this version's differ from those in the database."""
    make = _sqlite if connection.dialect.name == "sqlite" else _postgresql
    statements = list(make())
    mark = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    if run(connection, "SELECT value FROM server_setting WHERE name = ?", _MARK).scalar() == mark:
        return
    _drop(connection)
    for statement in statements:
        connection.exec_driver_sql(statement.replace("%", "%%") if "$$" in statement else statement)
    run(connection, "DELETE FROM server_setting WHERE name = ?", _MARK)
    run(connection, "INSERT INTO server_setting (name, value) VALUES (?, ?)", _MARK, mark)


def _drop(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        names = run(
            connection, "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'sync_%'"
        )
        for (name,) in names.all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        return
    names = run(
        connection,
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger "
        "WHERE tgname LIKE 'sync_%' AND NOT tgisinternal",
    )
    for name, table in names.all():
        connection.exec_driver_sql(f'DROP TRIGGER "{name}" ON {table}')


_REGRANTS = (
    ("user_came", "INSERT", "user", "NEW.id"),
    ("user_went", "UPDATE OF territory_id, role, active, archived_at", "user", "NEW.id"),
    ("territory_came", "INSERT", "territory", "NULL"),
    ("territory_went", "UPDATE OF parent_id", "territory", "NULL"),
)


def _sqlite() -> Iterator[str]:
    for entity in registry().values():
        yield from _sqlite_entity(entity.name)
        for part in entity.parts:
            yield from _sqlite_part(entity, part)
    yield (
        "CREATE TRIGGER sync_account_moved AFTER UPDATE OF territory_id ON account "
        "WHEN OLD.territory_id <> NEW.territory_id "
        "BEGIN INSERT INTO sync_move (account_id) VALUES (NEW.id); END"
    )
    for name, event, table, whose in _REGRANTS:
        yield (
            f'CREATE TRIGGER "sync_{name}" AFTER {event} ON "{table}" '
            f"BEGIN INSERT INTO sync_regrant (user_id) VALUES ({whose}); END"
        )


def _sqlite_entity(name: str) -> Iterator[str]:
    note = f"INSERT INTO sync_outbox (entity, row_id) SELECT '{name}', NEW.id"
    yield (
        f'CREATE TRIGGER "sync_{name}_made" AFTER INSERT ON "{name}" WHEN NEW.version >= 0 BEGIN '
        f"{note} WHERE NEW.version > 0; "
        f'UPDATE "{name}" SET version = 1 WHERE id = NEW.id AND version = 0; END'
    )
    yield (
        f'CREATE TRIGGER "sync_{name}_changed" AFTER UPDATE ON "{name}" WHEN NEW.version >= 0 BEGIN '
        f'UPDATE "{name}" SET version = OLD.version + 1 WHERE id = NEW.id AND NEW.version = OLD.version; '
        f"{note}; END"
    )
    yield (
        f'CREATE TRIGGER "sync_{name}_deleted" AFTER DELETE ON "{name}" BEGIN '
        "INSERT INTO dead_id (row_id) SELECT OLD.id WHERE NOT EXISTS "
        "(SELECT 1 FROM dead_id WHERE row_id = OLD.id); "
        f"INSERT INTO sync_outbox (entity, row_id) VALUES ('{name}', OLD.id); END"
    )


def _sqlite_part(entity: Entity, part: PartEntity) -> Iterator[str]:
    for verb, sides in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",))):
        owners = " OR ".join(f"id = {side}.{part.owner}" for side in sides)
        name = part.table.name
        yield (
            f'CREATE TRIGGER "sync_{name}_{verb.lower()}" AFTER {verb} ON "{name}" BEGIN '
            f'UPDATE "{entity.name}" SET version = version + 1 WHERE ({owners}) AND version > 0; END'
        )


_FUNCTIONS = (
    """CREATE OR REPLACE FUNCTION sync_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.version = 0 THEN NEW.version := 1; END IF;
  ELSIF NEW.version = OLD.version AND NEW.version >= 0 THEN
    NEW.version := OLD.version + 1;
  END IF;
  RETURN NEW;
END $$""",
    """CREATE OR REPLACE FUNCTION sync_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO dead_id (row_id) VALUES (OLD.id) ON CONFLICT DO NOTHING;
    INSERT INTO sync_outbox (entity, row_id) VALUES (TG_TABLE_NAME, OLD.id);
  ELSIF NEW.version > 0 THEN
    INSERT INTO sync_outbox (entity, row_id) VALUES (TG_TABLE_NAME, NEW.id);
  END IF;
  RETURN NULL;
END $$""",
    """CREATE OR REPLACE FUNCTION sync_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was text;
  now_is text;
BEGIN
  IF TG_OP <> 'INSERT' THEN was := to_jsonb(OLD) ->> TG_ARGV[1]; END IF;
  IF TG_OP <> 'DELETE' THEN now_is := to_jsonb(NEW) ->> TG_ARGV[1]; END IF;
  EXECUTE format('UPDATE %I SET version = version + 1 WHERE id IN ($1, $2) AND version > 0', TG_ARGV[0])
    USING was, now_is;
  RETURN NULL;
END $$""",
    """CREATE OR REPLACE FUNCTION sync_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO sync_move (account_id) VALUES (NEW.id);
  RETURN NULL;
END $$""",
    """CREATE OR REPLACE FUNCTION sync_regranted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO sync_regrant (user_id) VALUES (CASE WHEN TG_TABLE_NAME = 'user' THEN NEW.id END);
  RETURN NULL;
END $$""",
)


def _postgresql() -> Iterator[str]:
    yield from _FUNCTIONS
    for entity in registry().values():
        yield (
            f'CREATE TRIGGER sync_1_version BEFORE INSERT OR UPDATE ON "{entity.name}" '
            "FOR EACH ROW EXECUTE FUNCTION sync_version()"
        )
        yield (
            f'CREATE TRIGGER sync_2_note AFTER INSERT OR UPDATE OR DELETE ON "{entity.name}" '
            "FOR EACH ROW EXECUTE FUNCTION sync_note()"
        )
        for part in entity.parts:
            yield (
                f'CREATE TRIGGER sync_part AFTER INSERT OR UPDATE OR DELETE ON "{part.table.name}" '
                f"FOR EACH ROW EXECUTE FUNCTION sync_part('{entity.name}', '{part.owner}')"
            )
    yield (
        "CREATE TRIGGER sync_3_moved AFTER UPDATE OF territory_id ON account FOR EACH ROW "
        "WHEN (OLD.territory_id <> NEW.territory_id) EXECUTE FUNCTION sync_moved()"
    )
    for name, event, table, _whose in _REGRANTS:
        yield (
            f'CREATE TRIGGER sync_4_{name} AFTER {event} ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION sync_regranted()"
        )
