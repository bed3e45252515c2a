"""The server's database: SQLite in one file, or PostgreSQL; the only place that opens it.

Writers on SQLite begin IMMEDIATE and queue in the process before they queue at the file,
because SQLite's own waiting is a sleep. Commits are synchronous: an answer means it is on
the disk. Readers see one snapshot for their whole block on both databases.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from server.convoy import Convoy, Shared

BUSY_MS = 20_000
STATEMENTS = 1_024
_POOL: dict[str, Any] = {"pool_size": 16, "max_overflow": 32, "pool_timeout": 30, "hide_parameters": True}


class Database:
    """One server database, by SQLAlchemy URL; ``sqlite://`` is one in memory, for simulations."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.dialect = self.url.get_backend_name()
        self.engine = _sqlite(self.url) if self.dialect == "sqlite" else _postgresql(self.url)
        self._writer = threading.RLock()
        self.convoy = Convoy(self.writing)
        self.settling = Shared()

    @contextmanager
    def _transaction(self, *, write: bool) -> Iterator[Connection]:
        with self._turn(write), self.engine.connect() as connection:
            options: dict[str, Any] = {"fieldcrm_write": write}
            if self.dialect == "postgresql":
                options["isolation_level"] = "READ COMMITTED" if write else "REPEATABLE READ"
            with connection.execution_options(**options).begin():
                yield connection

    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction that commits at the end of the block; ``Session(connection)`` joins it."""
        return self._transaction(write=True)

    def reading(self) -> AbstractContextManager[Connection]:
        """Open one snapshot to read from."""
        return self._transaction(write=False)

    def migrate(self) -> None:
        """Bring the schema to this version: tables by Alembic, triggers from the registry."""
        from server import epochs, keys, schema_version, triggers

        schema_version.upgrade(self)
        with self.writing() as connection:
            triggers.install(connection)
            epochs.begin_first(connection)
            keys.begin_first(connection)

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    @contextmanager
    def _turn(self, write: bool) -> Iterator[None]:
        if write and self.dialect == "sqlite":
            with self._writer:
                yield
        else:
            yield


def _sqlite(url: Any) -> Engine:
    arguments = {"check_same_thread": False, "timeout": BUSY_MS / 1000, "cached_statements": STATEMENTS}
    if url.database in (None, "", ":memory:"):
        engine = create_engine(url, connect_args=arguments, poolclass=StaticPool, hide_parameters=True)
    else:
        engine = create_engine(url, connect_args=arguments, **_POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}",
        "cache_size=-65536", "temp_store=MEMORY", "recursive_triggers=OFF",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("fieldcrm_write", True)
    run(connection, "BEGIN IMMEDIATE" if write else "BEGIN")


def _postgresql(url: Any) -> Engine:
    # Asked before use: after its database died, the pool holds lines that nobody answers any more.
    return create_engine(url, pool_pre_ping=True, **_POOL)


# -- statements without SQLAlchemy on the way --------------------------------------------------


class Rows:
    """What one statement gave: plain tuples, straight from the driver."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def all(self) -> list[tuple[Any, ...]]:
        """Return every row."""
        return self._cursor.fetchall()  # type: ignore[no-any-return]  # the driver is untyped

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.all())

    def first(self) -> tuple[Any, ...] | None:
        """Return the first row, if there is one."""
        return self._cursor.fetchone()  # type: ignore[no-any-return]  # the driver is untyped

    def named(self) -> Any:
        """Return the first row with its columns as attributes, or None."""
        row = self.first()
        names = (column[0] for column in self._cursor.description)
        return None if row is None else SimpleNamespace(**dict(zip(names, row, strict=True)))

    def one(self) -> tuple[Any, ...]:
        """Return the first row; it is an error if there is none."""
        row = self.first()
        if row is None:
            raise LookupError("a row was expected")
        return row

    def scalar(self) -> Any:
        """Return the first column of the first row, or None."""
        row = self.first()
        return None if row is None else row[0]

    def scalar_one(self) -> Any:
        """Return the first column of the first row; it is an error if there is none."""
        return self.one()[0]

    @property
    def rowcount(self) -> int:
        """Return how many rows were changed."""
        return int(self._cursor.rowcount)


def run(connection: Connection, sql: str, *values: Any) -> Rows:
    """Run one statement written with ``?``; ``IN ?`` takes a list of texts."""
    spelled, lists = _spelled(sql, connection.dialect.name)
    if lists and connection.dialect.name == "sqlite":
        texts = {id(v): json.dumps(v) for v in {id(v): v for v in values if isinstance(v, list)}.values()}
        values = tuple(texts.get(id(v), v) for v in values)
    cursor = connection.connection.cursor()
    with _translated(connection, spelled, values):
        cursor.execute(spelled, values)
    return Rows(cursor)


def run_many(connection: Connection, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run one statement for every row; nothing happens for none."""
    if rows:
        spelled, _ = _spelled(sql, connection.dialect.name)
        with _translated(connection, spelled, rows):
            connection.connection.cursor().executemany(spelled, rows)


class _translated:  # noqa: N801 - used like a function
    """Raise the driver's errors as SQLAlchemy's, as ``Connection.execute`` would."""

    __slots__ = ("_about", "_connection")

    def __init__(self, connection: Connection, sql: str, values: Any) -> None:
        self._connection, self._about = connection, (sql, values)

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        dialect = self._connection.dialect
        base = dialect.loaded_dbapi.Error
        if isinstance(error, base):
            lost = dialect.is_disconnect(error, None, None)
            translated = DBAPIError.instance(
                *self._about, error, base,
                hide_parameters=True, connection_invalidated=lost, dialect=dialect,
            )  # fmt: skip
            if lost:
                self._connection.invalidate(error)
            raise translated from error


@lru_cache(2048)
def _spelled(sql: str, dialect: str) -> tuple[str, bool]:
    if dialect == "sqlite":
        return sql.replace("IN ?", "IN (SELECT value FROM json_each(?))"), "IN ?" in sql
    return sql.replace("%", "%%").replace("IN ?", "= ANY(%s)").replace("?", "%s"), "IN ?" in sql


def quoted(name: str) -> str:
    """Return a table or column name as both databases take it, reserved words included."""
    return f'"{name}"'
