"""A manager's yes over the phone: a challenge read to him, a code read back (Q3).

Whatever a laptop can check offline it could also find by trying, if the code is short. So a
code has two halves of twenty bits. One is the manager's seal over what he was told (``seal``);
only his key makes it, and only the server, which can make that key again, checks it: the rep's
laptop holds nothing of it, and five wrong ones stop his codes. The other is a one-time number
that the manager's key gives for the place on a sheet (``once``), folded with what was said; the
rep's laptop knows a slow hash of it, so it notices a code that was misheard or that is for
another quote, without a network.

A seal covers customer, total and discount as the manager typed them, the day, and a digest of
the content. Thirty bits of digest can be searched by somebody who writes programs; the amounts
beside it cannot be changed even then.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from fieldcrm.faults import planted

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PLACES = 1 << 15
GRACE = timedelta(days=14)
MAX_WRONG = 5
_LOOKALIKES = str.maketrans("OIL", "011")
_HALF = 20
_DIGEST = 30
_COST = 2**12
_CHECK = 8
_CHALLENGE, _RESPONSE = 9, 8


@dataclass(frozen=True, slots=True)
class Said:
    """What one told the other: everything that a code is bound to."""

    rep_id: UUID
    place: int
    digest: int
    account_id: UUID
    total: Decimal
    percent: Decimal
    on: date

    @property
    def plain(self) -> bytes:
        """Return it as both sides write it."""
        money = f"{self.total:.2f}|{self.percent:.2f}"
        said = f"{self.rep_id}|{self.place}|{self.digest}|{self.account_id}|{money}|{self.on.isoformat()}"
        return said.encode("ascii")


def digest(content: str) -> int:
    """Return what the challenge says of a round's content."""
    found = sha256(b"fieldcrm quote challenge 1|" + content.encode()).digest()
    return int.from_bytes(found[:4], "big") >> (32 - _DIGEST)


def challenge(place: int, content_digest: int) -> str:
    """Return what the rep reads out."""
    return _grouped(_spelled(place << _DIGEST | content_digest, _CHALLENGE), 3)


def read_challenge(text: str) -> tuple[int, int] | None:
    """Return the place and the digest of what was typed; None if it cannot be a challenge."""
    number = _number(text, _CHALLENGE)
    return None if number is None else (number >> _DIGEST, number & ((1 << _DIGEST) - 1))


def once(key: bytes, rep_id: UUID, place: int) -> int:
    """Return the one-time number of a place on a rep's sheets."""
    return _short(hmac.digest(key, f"fieldcrm quote once 1|{rep_id}|{place}".encode(), "sha256"))


def check_of(number: int, salt: UUID, place: int) -> str:
    """Return what a sheet says of a one-time number: slow to search, and worth nothing without the seal."""
    slow = Scrypt(salt=salt.bytes + place.to_bytes(4, "big"), length=_CHECK, n=_COST, r=8, p=1)
    return base64.b64encode(slow.derive(number.to_bytes(3, "big"))).decode("ascii")


def answer(key: bytes, said: Said) -> str:
    """Return the code that the manager reads back."""
    seal = _seal(key, said)
    folded = once(key, said.rep_id, said.place) ^ _fold(said, seal)
    return _grouped(_spelled(seal << _HALF | folded, _RESPONSE), 4)


def fits(code: str, said: Said, salt: UUID, check: str) -> bool:
    """Say, on the rep's laptop, whether a code was given for this; the server has the last word."""
    halves = _halves(code)
    if halves is None:
        return False
    number = halves[1] ^ _fold(said, halves[0])
    return hmac.compare_digest(check_of(number, salt, said.place), check)


def is_genuine(code: str, said: Said, key: bytes) -> bool:
    """Say, on the server, whether the manager with this key gave the code for exactly this."""
    if planted("phone_code_believed"):
        return True
    halves = _halves(code)
    return halves is not None and hmac.compare_digest(plain(code), plain(answer(key, said)))


def plain(code: str) -> str:
    """Return a code as it is kept: capitals without gaps, letters that look alike as one."""
    return re.sub(r"[\s\-–—_.]", "", code).upper().translate(_LOOKALIKES)


def _halves(code: str) -> tuple[int, int] | None:
    number = _number(code, _RESPONSE)
    return None if number is None else (number >> _HALF, number & ((1 << _HALF) - 1))


def _seal(key: bytes, said: Said) -> int:
    return _short(hmac.digest(key, b"fieldcrm quote seal 1|" + said.plain, "sha256"))


def _fold(said: Said, seal: int) -> int:
    return _short(sha256(b"fieldcrm quote fold 1|%d|%s" % (seal, said.plain)).digest())


def _short(found: bytes) -> int:
    return int.from_bytes(found[:3], "big") >> (24 - _HALF)


def _spelled(number: int, length: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))


def _grouped(text: str, size: int) -> str:
    return "-".join(text[start : start + size] for start in range(0, len(text), size))


def _number(text: str, length: int) -> int | None:
    typed = plain(text)
    if len(typed) != length or not set(typed) <= set(ALPHABET):
        return None
    number = 0
    for letter in typed:
        number = number << 5 | ALPHABET.index(letter)
    return number
