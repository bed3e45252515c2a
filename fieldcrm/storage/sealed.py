"""A file under a passphrase that is written and read piece by piece.

Layout: mark, length and JSON of the head (salt, prefix, argon2id costs), then frames of
length + AES-GCM. Each frame's nonce counts and the last one says so, so a swapped, missing
or cut frame is noticed. Pieces are never all in memory.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from fieldcrm.errors import Damaged, WrongKey
from fieldcrm.storage import disk, key
from fieldcrm.storage.cipher import translated
from fieldcrm.storage.key import Hardness

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_MARK = b"FCSEALED1\n"
_LENGTH = struct.Struct(">I")
_MOST = 1 << 28
_MORE, _LAST = b"more", b"last"


class _Head(msgspec.Struct, frozen=True):
    salt: str
    prefix: str
    hardness: Hardness


def write(path: Path, passphrase: str, pieces: Iterable[bytes], hardness: Hardness | None = None) -> None:
    """Seal the pieces into ``path``; whole or not at all."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with fresh.open("wb") as out:
                _write(out, passphrase, pieces, hardness or Hardness())
            disk.put_in_place(fresh, path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise


def _write(out: BinaryIO, passphrase: str, pieces: Iterable[bytes], hardness: Hardness) -> None:
    salt, prefix = secrets.token_bytes(16), secrets.token_bytes(8)
    head = msgspec.json.encode(_Head(salt.hex(), prefix.hex(), hardness))
    out.write(_MARK + _LENGTH.pack(len(head)) + head)
    cipher, count = _cipher(passphrase, salt, hardness), 0
    for piece in pieces:
        _frame(out, cipher.encrypt(_nonce(prefix, count), piece, _MORE))
        count += 1
    _frame(out, cipher.encrypt(_nonce(prefix, count), b"", _LAST))


def _frame(out: BinaryIO, sealed: bytes) -> None:
    out.write(_LENGTH.pack(len(sealed)) + sealed)


def read(path: Path, passphrase: str) -> Iterator[bytes]:
    """Yield the pieces; ``WrongKey`` before the first one, ``Damaged`` where the file is not whole."""
    from cryptography.exceptions import InvalidTag

    with translated(path), path.open("rb") as source:
        prefix, cipher = _open(source, path, passphrase)
        count = 0
        while True:
            sealed, nonce = _next(source, path), _nonce(prefix, count)
            try:
                piece = cipher.decrypt(nonce, sealed, _MORE)
            except InvalidTag:
                break
            yield piece
            count += 1
        try:
            cipher.decrypt(nonce, sealed, _LAST)
        except InvalidTag as error:
            raise (Damaged if count else WrongKey)(file=path.name) from error


def _open(source: BinaryIO, path: Path, passphrase: str) -> tuple[bytes, AESGCM]:
    if source.read(len(_MARK)) != _MARK:
        raise Damaged(file=path.name, reason="not a rescue bundle")
    try:
        head = msgspec.json.decode(_next(source, path), type=_Head)
        salt, prefix = bytes.fromhex(head.salt), bytes.fromhex(head.prefix)
        return prefix, _cipher(passphrase, salt, head.hardness)
    except (msgspec.DecodeError, ValueError) as error:
        raise Damaged(file=path.name) from error


def _next(source: BinaryIO, path: Path) -> bytes:
    length = source.read(_LENGTH.size)
    wanted = _LENGTH.unpack(length)[0] if len(length) == _LENGTH.size else _MOST + 1
    content = source.read(wanted) if wanted <= _MOST else b""
    if len(content) != wanted:
        raise Damaged(file=path.name, reason="cut short")
    return content


def _cipher(passphrase: str, salt: bytes, hardness: Hardness) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key.stretch(passphrase, salt, hardness))


def _nonce(prefix: bytes, count: int) -> bytes:
    return prefix + _LENGTH.pack(count)
