"""Photo bytes, each file encrypted by itself and found by the sha256 of its plain bytes.

The file key comes from the database key, so photos survive a damaged database and die
with a destroyed key. Names on disk are keyed hashes: the folder does not even tell whether
a known picture is in it.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from pathlib import Path

from fieldcrm.errors import Damaged, NotFound
from fieldcrm.storage import disk
from fieldcrm.storage.cipher import translated

_MARK = b"FCP1"
_NONCE = 12
_TAG = 16
_OVERHEAD = len(_MARK) + _NONCE + _TAG
_WHOLE, _SMALL, _PART = b"whole", b"small", b"part"
THUMBNAIL_EDGE = 320
THUMBNAIL_BYTES = 30 * 1024


class Files:
    """The photos of one profile; ``key`` is ``Database.file_key()``."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.folder = folder
        self._key = key

    def put(self, content: bytes) -> str:
        """Store the bytes durably and return their sha256; the same bytes are stored once."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.has(sha256):
            self._write(self._path(sha256), content, sha256)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes; ``NotFound`` if they are not here, ``Damaged`` if they were altered."""
        return self._read(self._path(sha256), sha256)

    def has(self, sha256: str) -> bool:
        """Whether the bytes are here."""
        return self._path(sha256).exists()

    def size(self, sha256: str) -> int:
        """Return how many plain bytes there are."""
        path = self._path(sha256)
        if not path.exists():
            raise NotFound("photo", sha256)
        return path.stat().st_size - _OVERHEAD

    def delete(self, sha256: str) -> None:
        """Remove the bytes, their thumbnail and what came of them so far; absent ones are fine."""
        self.drop(sha256)
        self.drop(sha256, small=True)
        self.drop_parts(sha256)

    def drop(self, sha256: str, *, small: bool = False) -> None:
        """Remove the bytes, or with ``small`` the thumbnail."""
        self._unlink(self._path(sha256, _SMALL if small else _WHOLE))

    def thumbnail(self, sha256: str) -> bytes:
        """Return a JPEG of at most 320 pixels and 30 KiB, made once and kept encrypted too."""
        if self.has_thumbnail(sha256):
            return self._read(self._path(sha256, _SMALL), sha256)
        content = _shrunk(self.get(sha256))
        self.put_thumbnail(sha256, content)
        return content

    def has_thumbnail(self, sha256: str) -> bool:
        """Whether the thumbnail is here."""
        return self._path(sha256, _SMALL).exists()

    def put_thumbnail(self, sha256: str, content: bytes) -> None:
        """Keep the thumbnail of a photo whose bytes may be elsewhere."""
        self._write(self._path(sha256, _SMALL), content, sha256)

    def keep_part(self, sha256: str, start: int, content: bytes) -> None:
        """Keep a piece of a photo that is still arriving."""
        self._write(self._path(sha256, _PART + start.to_bytes(8)), content, sha256)

    def part(self, sha256: str, start: int) -> bytes | None:
        """Return the piece at ``start``, or None if it must be fetched (again)."""
        try:
            return self._read(self._path(sha256, _PART + start.to_bytes(8)), sha256)
        except (NotFound, Damaged):
            return None

    def drop_parts(self, sha256: str) -> None:
        """Remove the pieces of a photo."""
        start = 0
        while part := self.part(sha256, start):
            self._unlink(self._path(sha256, _PART + start.to_bytes(8)))
            start += len(part)

    def all_bytes(self) -> int:
        """Return what all photos take on disk."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def _unlink(self, path: Path) -> None:
        with translated(path):
            path.unlink(missing_ok=True)

    def _path(self, sha256: str, purpose: bytes = _WHOLE) -> Path:
        name = hmac.digest(self._key, purpose + bytes.fromhex(sha256), hashlib.sha256).hex()
        return self.folder / name[:2] / name

    def _write(self, path: Path, content: bytes, sha256: str) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self._key).encrypt(nonce, content, bytes.fromhex(sha256))
        disk.write_whole(path, _MARK + nonce + sealed)

    def _read(self, path: Path, sha256: str) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            with translated(path):
                sealed = path.read_bytes()
        except FileNotFoundError as error:
            raise NotFound("photo", sha256) from error
        body = len(_MARK) + _NONCE
        if not sealed.startswith(_MARK) or len(sealed) < _OVERHEAD:
            raise Damaged(file=path.name, photo=sha256)
        try:
            return AESGCM(self._key).decrypt(sealed[len(_MARK) : body], sealed[body:], bytes.fromhex(sha256))
        except InvalidTag as error:
            raise Damaged(file=path.name, photo=sha256) from error


def _shrunk(content: bytes) -> bytes:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as image:
            small = ImageOps.exif_transpose(image).convert("RGB")
            small.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise Damaged(reason="not a picture") from error
    for quality in (80, 65, 50, 35, 20, 10):
        out = io.BytesIO()
        small.save(out, "JPEG", quality=quality)
        if out.tell() <= THUMBNAIL_BYTES:
            break
    return out.getvalue()
