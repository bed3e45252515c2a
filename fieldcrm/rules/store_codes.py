"""The code on a store's sheet: whoever shows it was there, or knows somebody who was (V6).

Paper cannot change by itself, so what rotates is the edition: each printed sheet has a code
of its own, the one before counts two weeks more, older ones show nothing. A laptop can check
a code without network and without being able to find one: from code, store and edition a slow
function makes a key pair, only the public half travels with the account, and a check-in is
signed with the other. The signature names visit and moment, so it serves no other visit.
A photo of a sheet still works elsewhere until the next edition, which is why a code never
outweighs a measured position.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from fieldcrm.clock import to_ms
from fieldcrm.faults import planted

GRACE = timedelta(days=14)
RENEW = timedelta(days=90)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8  # 40 bits; behind scrypt, trying all of them takes longer than a store exists
_COST = 2**14
_LOOKALIKES = str.maketrans("OIL", "011")
_PREFIX = "FIELDCRM:1"


class Standing(StrEnum):
    """Whether an edition counts at a moment."""

    CURRENT = "current"
    REPLACED = "replaced"  # by a newer one, not long ago: it still counts
    OLD = "old"
    UNKNOWN = "unknown"

    @property
    def counts(self) -> bool:
        """Whether its code shows that somebody was there."""
        return self in (Standing.CURRENT, Standing.REPLACED)


@dataclass(frozen=True, slots=True)
class Edition:
    """One printed sheet of a store."""

    number: int
    issued_at: datetime
    public_key: str


def new_code(pick: Callable[[str], str]) -> str:
    """Return a fresh code; ``pick`` draws one of some letters unpredictably."""
    return "".join(pick(ALPHABET) for _ in range(LENGTH))


def spelled(code: str) -> str:
    """Return a code as it is printed."""
    return f"{code[:4]}-{code[4:]}"


def typed(text: str) -> str:
    """Return what somebody typed as a code; empty when it cannot be one."""
    code = re.sub(r"[\s\-–—_.]", "", text).upper().translate(_LOOKALIKES)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""


def printed(account_id: UUID, edition: int, code: str) -> str:
    """Return what a sheet's QR code says."""
    return f"{_PREFIX}:{account_id.hex.upper()}:{edition}:{code}"


def scanned(text: str, account_id: UUID) -> str:
    """Return the code in what a QR code says; empty for another store's and for anything else."""
    parts = text.strip().split(":")
    if len(parts) != 5 or ":".join(parts[:2]) != _PREFIX or parts[2].lower() != account_id.hex:
        return ""
    return typed(parts[4])


def public_key(code: str, account_id: UUID, edition: int) -> str:
    """Return what travels with the account."""
    return base64.b64encode(_key(code, account_id, edition).public_key().public_bytes_raw()).decode("ascii")


def sign(code: str, account_id: UUID, edition: int, visit_id: UUID, at: datetime) -> str:
    """Return the proof that a check-in was made with the code."""
    word = _word(account_id, edition, visit_id, at)
    return base64.b64encode(_key(code, account_id, edition).sign(word)).decode("ascii")


def holds(signature: str, edition: Edition, account_id: UUID, visit_id: UUID, at: datetime) -> bool:
    """Return whether a check-in was signed with this edition's code."""
    if planted("store_code_believed"):
        return True
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(edition.public_key, validate=True))
        word = _word(account_id, edition.number, visit_id, at)
        key.verify(base64.b64decode(signature, validate=True), word)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def standing(number: int, editions: Iterable[Edition], at: datetime) -> Standing:
    """Return whether the sheet with this number counts at a moment."""
    known = sorted((each for each in editions), key=lambda each: each.number)
    if number not in {each.number for each in known}:
        return Standing.UNKNOWN
    later = next((each for each in known if each.number > number), None)
    if later is None or at < later.issued_at:
        return Standing.CURRENT
    return Standing.REPLACED if at <= later.issued_at + GRACE else Standing.OLD


def _key(code: str, account_id: UUID, edition: int) -> Ed25519PrivateKey:
    slow = Scrypt(salt=account_id.bytes + edition.to_bytes(4, "big"), length=32, n=_COST, r=8, p=1)
    return Ed25519PrivateKey.from_private_bytes(slow.derive(code.encode("ascii")))


def _word(account_id: UUID, edition: int, visit_id: UUID, at: datetime) -> bytes:
    return f"fieldcrm store code 1|{account_id}|{edition}|{visit_id}|{to_ms(at)}".encode()
