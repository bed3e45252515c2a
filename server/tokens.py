"""Access tokens (signed, 15 minutes) and refresh tokens (random, used once).

A laptop whose line broke while its refresh was answered asks again with the same
``attempt``: it gets the same next token, worked out again from the old one, so that a
lost answer is not taken for a theft. Without the attempt a second use is a theft.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from fieldcrm import clock
from fieldcrm.errors import SignInRequired

_NAME = "fieldcrm"
_LEEWAY = timedelta(seconds=30)
_CLAIMS = ["exp", "sub", "dev", "sid", "iss", "aud"]


@dataclass(frozen=True, slots=True)
class Identity:
    """What an access token says; whether it still holds, the database says."""

    user_id: UUID
    device_id: UUID
    sign_in_id: UUID


def access_token(key: bytes, identity: Identity, at: datetime, life: timedelta) -> str:
    """Return a signed token for ``identity``."""
    claims = {
        "iss": _NAME,
        "aud": _NAME,
        "sub": str(identity.user_id),
        "dev": str(identity.device_id),
        "sid": str(identity.sign_in_id),
        "exp": clock.to_ms(at + life) // 1000,
    }
    return jwt.encode(claims, key, algorithm="HS256")


def identity_of(key: bytes, token: str, at: datetime) -> Identity:
    """Return whom ``token`` is for, or raise ``SignInRequired``."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=["HS256"], audience=_NAME, issuer=_NAME,
            options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False},
        )  # fmt: skip
        expires = clock.from_ms(int(claims["exp"]) * 1000)
        identity = Identity(UUID(claims["sub"]), UUID(claims["dev"]), UUID(claims["sid"]))
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, AttributeError) as error:
        raise SignInRequired("token_expired") from error
    if at > expires + _LEEWAY:
        raise SignInRequired("token_expired")
    return identity


def fresh() -> str:
    """Return a random refresh token."""
    return _text(secrets.token_bytes(32))


def successor(key: bytes, token: str, attempt: str | None) -> str:
    """Return the token that follows ``token``; the same again for the same attempt."""
    if attempt is None:
        return fresh()
    return _text(hmac.digest(key, f"refresh\n{token}\n{attempt}".encode(), "sha256"))


def digest(token: str) -> str:
    """Return the form in which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
