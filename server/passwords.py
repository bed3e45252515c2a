"""Passwords, argon2id; a wrong name costs the same time as a wrong password.

Parameters are OWASP's second choice (19 MiB, two passes): the memory matters on a small
server that 200 laptops reach at once, so at most two passwords are hashed at a time.
"""

from __future__ import annotations

import secrets
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fieldcrm.errors import Invalid

MIN_LENGTH = 8
MAX_LENGTH = 256
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_at_once = BoundedSemaphore(2)


def hashed(password: str) -> str:
    """Return what is stored for ``password``; raises ``Invalid`` if it is too short or too long."""
    if len(password) < MIN_LENGTH:
        raise Invalid("too_short", field="password", least=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        raise Invalid("too_long", field="password", most=MAX_LENGTH)
    with _at_once:
        return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Return whether ``password`` is the stored one; without a stored one it takes as long."""
    with _at_once:
        try:
            right = _hasher.verify(stored or _nobodys(), password[:MAX_LENGTH])
        except (VerificationError, InvalidHashError):
            return False
    return right and stored is not None


def generated() -> str:
    """Return a random password that can be read out over the phone (about 79 bits)."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_hex(16))
