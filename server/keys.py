"""The key this server signs its word with: receipts for stored work, orders to wipe a device.

Ed25519, made once and kept with the data it vouches for, so a restored server still signs as
itself. A laptop learns the public half at sign-in and in hello, and can show a receipt to
anybody who knows that half, without this server.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from server.database import run

_NAME = "signing_key"


def begin_first(connection: Connection) -> None:
    """Give a database that has none its key; change nothing otherwise."""
    run(
        connection, "INSERT INTO server_setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
        _NAME, Ed25519PrivateKey.generate().private_bytes_raw().hex(),
    )  # fmt: skip


def public(connection: Connection) -> str:
    """Return the public half as laptops are told it: base64 of 32 bytes."""
    return base64.b64encode(_key(connection).public_key().public_bytes_raw()).decode("ascii")


def sign(connection: Connection, message: bytes) -> str:
    """Return the signature of ``message``, as base64; the message names its own purpose."""
    return base64.b64encode(_key(connection).sign(message)).decode("ascii")


def derived(connection: Connection, purpose: str) -> bytes:
    """Return a secret for one purpose, the same whenever it is asked for."""
    return hmac.digest(_key(connection).private_bytes_raw(), purpose.encode(), "sha256")


def signer(connection: Connection) -> Callable[[bytes], str]:
    """Return what signs many messages as ``sign`` does."""
    key = _key(connection)
    return lambda message: base64.b64encode(key.sign(message)).decode("ascii")


def _key(connection: Connection) -> Ed25519PrivateKey:
    return _loaded(
        str(run(connection, "SELECT value FROM server_setting WHERE name = ?", _NAME).scalar_one())
    )


@lru_cache(4)
def _loaded(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
