"""This device's encrypted database: one writer at a time, readers beside it, errors made ours.

- ``writing`` is a user's save: what it committed survives a power cut (synchronous=FULL).
- ``loading`` is sync applying a page on a raw connection (synchronous=NORMAL): rows and
  cursor are one transaction, so a power cut may lose the page but never half of it.
- ``reading`` never waits for either (WAL) and cannot write.

One process owns the file; another one may open it with ``read_only=True`` and look.
Driver exceptions become ``errors.py`` here and nowhere else.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection as EngineConnection
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

from fieldcrm.errors import Damaged, InUse
from fieldcrm.storage import arrived, changes, cipher, device, facts, log, migrations, schema, search
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.owner import Ownership

READERS = 4
MAIN_CACHE_MB = 64
SIDE_CACHE_MB = 8

Listener = Callable[[frozenset[str]], None]
# Services that must tell this device from its user's others, the server's word from an edit, and what has
# come alone from what has come with all that belongs to it, ask these.
_KNOWN = {
    "device": device.own_id, "server_key": device.server_key, "arrived": arrived.with_everything,
}  # fmt: skip


class Database:
    """An open database file; make one with ``create`` or ``open``, and ``close`` it."""

    def __init__(self, path: Path, key: bytes, owner: Ownership | None) -> None:
        self.path = path
        self._key = key
        self._owner = owner
        self._loader: Connection | None = None
        self._turn = threading.Lock()
        self._writer_thread = 0
        self._listeners: list[Listener] = []
        self._writer = self._engine(readers=0)
        self._readers = self._engine(readers=READERS)
        self.sessions: sessionmaker[Session] = sessionmaker(self._writer, expire_on_commit=False, info=_KNOWN)
        self._looking: sessionmaker[Session] = sessionmaker(self._readers, autoflush=False, info=_KNOWN)
        changes.watch(self.sessions)
        search.attach(self.sessions)
        facts.attach(self.sessions)

    @classmethod
    def create(cls, path: Path, key: bytes) -> Database:
        """Make a new file with every table; a crash in the middle leaves no file at ``path``."""
        with cipher.translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                raise FileExistsError(path.name)
        owner = Ownership(path)
        try:
            schema.build(path, key)
            return cls(path, key, owner)
        except BaseException:
            owner.release()
            raise

    @classmethod
    def open(cls, path: Path, key: bytes, *, read_only: bool = False) -> Database:
        """Open an existing file and bring it up to this version.

        Raises ``InUse`` when another process owns it, ``WrongKey``, ``Damaged``, ``TooNew``.
        """
        with cipher.translated(path):
            if not path.exists():
                raise Damaged(file=path.name, reason="missing")
        owner = None if read_only else Ownership(path)
        try:
            if owner:
                log.set_foreign_log_aside(path, key)
            version = schema.check(path, key)
            if owner:
                migrations.bring_up_to_date(path, key, version)
            return cls(path, key, owner)
        except BaseException:
            if owner:
                owner.release()
            raise

    @property
    def read_only(self) -> bool:
        """Whether another process owns the file and this one only looks."""
        return self._owner is None

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose commit, at the end of the block, is the user's save."""
        with self._my_turn(), self.sessions() as session:
            with session.begin():
                yield session
            names = changes.taken(session)
        self.announce(names)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one moment and cannot write."""
        with self._looking() as session:
            yield session

    @contextmanager
    def loading(self) -> Iterator[Connection]:
        """Give sync a raw connection inside one transaction; the caller announces what changed."""
        with self._my_turn(), cipher.translated(self.path):
            if self._loader is None:
                self._loader = self._connect(cache_mb=2 * SIDE_CACHE_MB, durable=False)
                self._loader.execute("PRAGMA secure_delete = ON")  # what left is overwritten (I5)
            self._loader.execute("BEGIN IMMEDIATE")
            try:
                yield self._loader
                self._loader.execute("COMMIT")
            except BaseException:
                self._loader.rollback()
                raise

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after each commit with the tables it changed; returns the way out."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def announce(self, names: Iterable[str]) -> None:
        """Tell every listener that these tables changed."""
        changed = frozenset(names)
        for listener in tuple(self._listeners) if changed else ():
            listener(changed)

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file, so that the file alone is whole."""
        with self._my_turn(), cipher.translated(self.path):
            connection = self._connect(cache_mb=SIDE_CACHE_MB)
            try:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.close()

    def problems(self) -> list[str]:
        """Read the whole file and return what is wrong with it; takes a second per gigabyte or so."""
        connection = self.connect()
        try:
            with cipher.translated(self.path):
                return schema.problems(connection)
        finally:
            connection.close()

    def discard_previous(self) -> None:
        """Delete the file kept from before the last migration; called after a successful sync."""
        with cipher.translated(self.path):
            migrations.previous(self.path).unlink(missing_ok=True)

    def file_key(self) -> bytes:
        """Return the key of the photo files, made from the database's own."""
        return photo_key(self._key)

    def connect(self, path: Path | None = None) -> Connection:
        """Open a raw connection with this key, here or to a copy at ``path``; the caller closes it."""
        return cipher.connect(path or self.path, self._key)

    def close(self) -> None:
        """Close every connection and let other processes own the file."""
        with self._turn:
            if self._loader is not None:
                self._loader.close()
                self._loader = None
            self._readers.dispose()
            self._writer.dispose()
            if self._owner is not None:
                self._owner.release()

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if self._owner is None:
            raise InUse(file=self.path.name)
        me = threading.get_ident()
        if self._writer_thread == me:
            raise RuntimeError("a save inside a save would wait for itself")
        with self._turn:
            self._writer_thread = me
            try:
                yield
            finally:
                self._writer_thread = 0

    def _connect(self, *, cache_mb: int, durable: bool = True) -> Connection:
        connection = cipher.connect(self.path, self._key, cache_mb=cache_mb, durable=durable)
        facts.teach(connection)
        return connection

    def _engine(self, *, readers: int) -> Engine:
        """Return the pool of readers, or with 0 the single writer; the first reader has the big cache."""
        made = 0

        def connection() -> Connection:
            nonlocal made
            made += 1
            big = readers > 0 and made == 1
            fresh = self._connect(cache_mb=MAIN_CACHE_MB if big else SIDE_CACHE_MB)
            if readers:
                fresh.execute("PRAGMA query_only = ON")
            return fresh

        engine = create_engine(
            "sqlite://",
            module=cipher.DRIVER,
            creator=connection,
            poolclass=QueuePool,
            pool_size=readers or 1,
            max_overflow=readers,
            pool_use_lifo=True,
        )
        begin = "BEGIN" if readers else "BEGIN IMMEDIATE"
        event.listen(engine, "begin", lambda c: self._begin(c, begin))
        event.listen(engine, "handle_error", self._on_error)
        return engine

    def _begin(self, connection: EngineConnection, statement: str) -> None:
        with cipher.translated(self.path):
            connection.connection.driver_connection.execute(statement)  # type: ignore[union-attr]  # it is open

    def _on_error(self, context: ExceptionContext) -> None:
        error = context.original_exception
        if isinstance(error, cipher.DriverError) and cipher.concerns_the_file(error):
            raise cipher.error_for(error, self.path) from error


def photo_key(key: bytes) -> bytes:
    """Return the key of the photo files that belong to a database under ``key``."""
    return hmac.digest(key, b"fieldcrm photo files", "sha256")
