"""A parcel that only the server can open: what a laptop leaves behind for it.

An ephemeral X25519 key agrees with the server's public key on a key for ChaCha20-Poly1305;
whoever sealed a parcel cannot open it again. Layout: mark, ephemeral public key, frames of
length and ciphertext. Each frame's nonce counts and the last one says so, so a swapped,
missing or cut frame is noticed, and pieces are never all in memory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from fieldcrm.errors import Damaged

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

MARK = b"FCPARCEL1\n"
_KEY_BYTES = 32
_LENGTH = struct.Struct(">I")
_MOST = 1 << 28
_MORE, _LAST = b"more", b"last"


def seal(out: BinaryIO, public: bytes, pieces: Iterable[bytes]) -> None:
    """Write the pieces so that only the owner of ``public`` reads them."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    mine = X25519PrivateKey.generate()
    told = mine.public_key().public_bytes_raw()
    cipher = _cipher(mine.exchange(X25519PublicKey.from_public_bytes(public)), told, public)
    out.write(MARK + told)
    count = 0
    for piece in pieces:
        _frame(out, cipher.encrypt(_nonce(count), piece, _MORE))
        count += 1
    _frame(out, cipher.encrypt(_nonce(count), b"", _LAST))


def opened(source: BinaryIO, private: bytes) -> Iterator[bytes]:
    """Yield the pieces; ``Damaged`` where the parcel is not whole or is not for this key."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    told = source.read(len(MARK) + _KEY_BYTES)
    if not told.startswith(MARK) or len(told) != len(MARK) + _KEY_BYTES:
        raise Damaged(reason="not a parcel")
    mine, theirs = X25519PrivateKey.from_private_bytes(private), told[len(MARK) :]
    try:
        shared = mine.exchange(X25519PublicKey.from_public_bytes(theirs))
    except ValueError as error:
        raise Damaged(reason="not a parcel") from error
    cipher, count = _cipher(shared, theirs, mine.public_key().public_bytes_raw()), 0
    while True:
        frame = _next(source)
        try:
            piece = cipher.decrypt(_nonce(count), frame, _MORE)
        except InvalidTag:
            break
        yield piece
        count += 1
    try:
        cipher.decrypt(_nonce(count), frame, _LAST)
    except InvalidTag as error:
        raise Damaged(reason="not for this server" if not count else "not whole") from error


def public_of(private: bytes) -> bytes:
    """Return the public key that parcels for ``private`` are sealed to."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def _cipher(shared: bytes, told: bytes, public: bytes) -> ChaCha20Poly1305:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(SHA256(), _KEY_BYTES, salt=told + public, info=b"fieldcrm parcel 1").derive(shared)
    return ChaCha20Poly1305(derived)


def _frame(out: BinaryIO, sealed: bytes) -> None:
    out.write(_LENGTH.pack(len(sealed)) + sealed)


def _next(source: BinaryIO) -> bytes:
    length = source.read(_LENGTH.size)
    wanted = _LENGTH.unpack(length)[0] if len(length) == _LENGTH.size else _MOST + 1
    content = source.read(wanted) if wanted <= _MOST else b""
    if len(content) != wanted:
        raise Damaged(reason="cut short")
    return content


def _nonce(count: int) -> bytes:
    return count.to_bytes(12, "big")
