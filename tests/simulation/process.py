"""What a process that simulates does differently from the product, to be quick and repeatable.

A history opens a dozen engines, and each would compile the same SQL again: here they share
what they compile. The laptops' files are not encrypted: that is proven elsewhere, with
real files and real processes, and costs a third of the time. Nor do they keep the figures
of the account list, which no rule looks at. The hashes of phone codes are quick to make. Ids are
drawn from the history's seed, so that what is sorted by id comes in the same order again.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock
from uuid import UUID

import sqlalchemy
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from fieldcrm import ids
from fieldcrm.rules import quote_codes
from fieldcrm.storage import cipher, facts
from fieldcrm.storage import database as laptops
from server import database as servers

_FIRST_MS = 1_772_000_000_000
_encrypted = cipher._pragmas


@contextmanager
def simulating() -> Iterator[None]:
    """Make databases that are opened in this block cheap."""
    makes = _sharing()
    with ExitStack() as changed:
        changed.enter_context(mock.patch.object(laptops, "create_engine", makes))
        changed.enter_context(mock.patch.object(servers, "create_engine", makes))
        changed.enter_context(mock.patch.object(cipher, "_pragmas", _plain))
        changed.enter_context(mock.patch.object(facts, "refresh", _no_figures))
        changed.enter_context(mock.patch.object(quote_codes, "_COST", 2))
        yield


@contextmanager
def numbered(seed: int) -> Iterator[None]:
    """Draw ids from ``seed`` in this block, each later than the one before, and secrets as well."""
    chance, ms = random.Random(seed), _FIRST_MS
    hidden = random.Random(seed)

    def next_id() -> UUID:
        nonlocal ms
        ms += 1
        return UUID(
            int=ms << 80 | 0x7 << 76 | chance.getrandbits(12) << 64 | 0b10 << 62 | chance.getrandbits(62)
        )

    def next_bytes(count: int = 32) -> bytes:
        return hidden.randbytes(count)

    def next_key() -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(next_bytes())

    with (
        mock.patch.object(ids.compat, "uuid7", next_id),
        mock.patch.object(secrets, "token_bytes", next_bytes),
        mock.patch.object(secrets, "token_hex", lambda count=32: next_bytes(count).hex()),
        mock.patch.object(secrets, "token_urlsafe", lambda count=32: next_bytes(count).hex()),
        mock.patch.object(Ed25519PrivateKey, "generate", next_key),
    ):
        yield


def _sharing() -> Any:
    """Return a ``create_engine`` whose engines share dialect and compiled statements."""
    made: dict[tuple[str, Any], Engine] = {}

    def create_engine(url: Any, **arguments: Any) -> Engine:
        engine = sqlalchemy.create_engine(url, **arguments)
        first = made.setdefault((engine.dialect.name, arguments.get("module")), engine)
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
        return engine

    return create_engine


def _no_figures(*_about: Any) -> None:
    """Leave the account list's figures as they are."""


def _plain(key: bytes, cache_mb: int, durable: bool) -> tuple[str, ...]:
    of_the_cipher = ("key", "cipher")
    return tuple(p for p in _encrypted(key, cache_mb, durable) if not p.startswith(of_the_cipher))
