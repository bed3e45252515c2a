"""The only module that knows SQLCipher; everyone else sees connections and our own errors.

The driver is DB-API like sqlite3 but its exceptions are its own and carry no codes, so
they are told apart by SQLite's fixed messages. A wrong key and a broken first page look
the same to SQLCipher; the small check file beside the database tells them apart.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlcipher3 import dbapi2

from fieldcrm.errors import Damaged, DiskFull, InUse, ReadOnly, StorageError, WrongKey

if TYPE_CHECKING:
    from sqlite3 import Connection as Connection  # the same interface, with types
else:
    Connection = dbapi2.Connection

DRIVER: Any = dbapi2
DriverError: type[Exception] = dbapi2.Error
KEY_BYTES = 32
_BUSY_SECONDS = 30.0
_STATEMENTS = 1_024
_ROOM = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_IO = "disk I/O error"
_SIGNS: tuple[tuple[str, type[StorageError]], ...] = (
    ("database or disk is full", DiskFull),
    ("database is locked", InUse),
    ("readonly database", ReadOnly),
    ("unable to open database file", ReadOnly),
    ("malformed", Damaged),
    ("not a database", Damaged),
    ("file is encrypted", Damaged),
)


def connect(
    path: Path, key: bytes, *, cache_mb: int = 8, durable: bool = True, broken: bool = False
) -> Connection:
    """Open one connection in autocommit mode, or say ``WrongKey`` or ``Damaged``.

    ``durable`` is synchronous=FULL: a commit that returned survives a power cut. ``broken`` opens
    a file that is shorter than it says, to read what is left of it.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("the raw key has 32 bytes")
    connection: Connection | None = None
    try:
        connection = dbapi2.connect(
            str(path),
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
        )
        if broken:
            connection.execute("PRAGMA writable_schema = ON")
        for pragma in _pragmas(key, cache_mb, durable):
            connection.execute(f"PRAGMA {pragma}")
    except dbapi2.Error as error:
        if connection is not None:
            connection.close()
        raise _refusal(error, path, key) from error
    return connection


def _pragmas(key: bytes, cache_mb: int, durable: bool) -> tuple[str, ...]:
    return (
        "cipher_log_level = NONE",
        f"""key = "x'{key.hex()}'" """,
        "cipher_memory_security = OFF",
        "foreign_keys = OFF",
        "secure_delete = ON",
        "temp_store = MEMORY",
        f"synchronous = {'FULL' if durable else 'NORMAL'}",
        f"cache_size = {-1024 * cache_mb}",
    )


def version_of(connection: Connection, path: Path) -> int:
    """Read the file's ``user_version`` and its list of tables; ``Damaged`` if that cannot be read."""
    with translated(path):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return int(version)


def _refusal(error: Exception, path: Path, key: bytes) -> StorageError:
    found = error_for(error, path)
    if "not a database" in str(error) and not _is_the_key(path, key):
        return WrongKey(file=path.name)
    return found


def remember_key(path: Path, key: bytes) -> None:
    """Write the check file that tells a wrong key from a damaged database; it reveals nothing."""
    with translated(path):
        _check_file(path).write_text(_fingerprint(key))


def _is_the_key(path: Path, key: bytes) -> bool:
    check = _check_file(path)
    return check.exists() and hmac.compare_digest(check.read_text().strip(), _fingerprint(key))


def _check_file(path: Path) -> Path:
    return path.with_name(path.name + ".check")


def _fingerprint(key: bytes) -> str:
    return hmac.digest(key, b"fieldcrm database key", hashlib.sha256).hex()[:32]


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what the driver and the operating system raise into our errors, naming only the file."""
    try:
        yield
    except dbapi2.Error as error:
        raise error_for(error, path) from error
    except OSError as error:
        raise os_error_for(error, path) from error


def concerns_the_file(error: BaseException) -> bool:
    """Whether the file or the disk is at fault; otherwise the statement is: a bug."""
    text = str(error)
    return _IO in text or any(sign in text for sign, _ in _SIGNS)


def error_for(error: BaseException, path: Path) -> StorageError:
    """Return our error for a driver error that concerns the file; a bug in SQL is re-raised as it is."""
    text = str(error)
    for sign, kind in _SIGNS:
        if sign in text:
            return kind(file=path.name, reason=text)
    if _IO in text:
        return (DiskFull if _no_room(path.parent) else Damaged)(file=path.name, reason=text)
    raise error


def _no_room(folder: Path) -> bool:
    """Whether a megabyte more does not fit; SQLite does not tell a quota from a broken disk."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(_ROOM))
            probe.flush()
    except OSError as error:
        return error.errno in _FULL
    return False


def os_error_for(error: OSError, path: Path) -> StorageError:
    """Return our error for an operating system error that concerns the disk; others are re-raised."""
    if error.errno in _FULL:
        return DiskFull(file=path.name)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return ReadOnly(file=path.name)
    if error.errno == errno.EIO:
        return Damaged(file=path.name, reason=os.strerror(errno.EIO))
    raise error
