"""The offline lease: without a word from the server for some days the database locks itself.

What keyring or passphrase keeps is only half of the database's key; the other half is the
server's ``share``, kept beside the database until the lease runs out and then destroyed.
Nothing is lost: signing in brings the share again and the lease with it.

Time is what this machine has lived through: the latest moment it ever saw, and the steady
clock while the program runs. Setting the clock back makes the lease no longer. The file is
sealed with a key made from the database's own, so editing it ends the lease. What no file
can prevent is the whole folder put back as it was, together with the clock.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path

import msgspec

from fieldcrm import clock
from fieldcrm.errors import LeaseOver, WrongKey
from fieldcrm.faults import planted
from fieldcrm.storage import disk
from fieldcrm.storage.cipher import KEY_BYTES, translated

DAY_MS = 86_400_000
WARN_DAYS = 3
_NAME = "lease.json"
_TAG_BYTES = 8
_WORTH_WRITING_MS = 60_000


class Lease(msgspec.Struct, frozen=True):
    """What ``lease.json`` holds; without ``share`` the lease has run out.

    ``device`` and the server's public keys are here because they are needed when the database
    cannot be opened: to sign in, to check an order to wipe, to seal what is unsent.
    """

    device: str
    share: str
    days: int
    until_ms: int = 0
    seen_ms: int = 0
    server_key: str = ""
    parcel_key: str = ""
    waiting: int = 0
    before: str = ""
    mac: str = ""


def halved(key: bytes, share: bytes) -> bytes:
    """Return what is kept instead of the key: worth nothing without the share it names."""
    return bytes(a ^ b for a, b in zip(key, share, strict=True)) + _tag(share)


def is_halved(kept: bytes) -> bool:
    """Whether this is half a key, and not a whole one of a laptop that had no lease yet."""
    return len(kept) == KEY_BYTES + _TAG_BYTES


def whole(kept: bytes, *shares: str) -> bytes:
    """Return the key from its two halves; ``WrongKey`` if none of the shares is the other one."""
    for share in map(bytes.fromhex, filter(None, shares)):
        if hmac.compare_digest(kept[KEY_BYTES:], _tag(share)):
            return bytes(a ^ b for a, b in zip(kept[:KEY_BYTES], share, strict=True))
    raise WrongKey(reason="not the other half")


def _tag(share: bytes) -> bytes:
    return hashlib.sha256(b"fieldcrm share" + share).digest()[:_TAG_BYTES]


def read(folder: Path) -> Lease | None:
    """Return the lease as it lies there, unchecked; None if there is none."""
    path = folder / _NAME
    with translated(path):
        try:
            return msgspec.json.decode(path.read_bytes(), type=Lease)
        except (FileNotFoundError, msgspec.DecodeError):
            return None


def over(lease: Lease) -> LeaseOver:
    """Return the error that says so."""
    return LeaseOver(days=lease.days, waiting=lease.waiting)


class Keeper:
    """The lease of one open database."""

    def __init__(
        self,
        folder: Path,
        key: bytes,
        *,
        now_ms: Callable[[], int] = lambda: clock.to_ms(clock.now()),
        mono_ms: Callable[[], int] = clock.monotonic_ms,
    ) -> None:
        self._folder = folder
        self._key = hmac.digest(key, b"fieldcrm lease", "sha256")
        self._now_ms, self._mono_ms = now_ms, mono_ms
        self._mono = mono_ms()

    def left_ms(self) -> int | None:
        """Return how long the lease still runs; 0 when it is over, None without one."""
        lease = read(self._folder)
        if lease is None:
            return None
        if not lease.share or not hmac.compare_digest(lease.mac, self._mac(lease)):
            return 0
        return max(0, lease.until_ms - self._moment(lease))

    def look(self, waiting: int | None = None) -> int | None:
        """Note that time has gone by, and how much waits unsent; return ``left_ms``."""
        left, lease = self.left_ms(), read(self._folder)
        if lease is None or not left:
            return left
        moment = self._moment(lease)
        if moment - lease.seen_ms > _WORTH_WRITING_MS or waiting not in (None, lease.waiting):
            told = lease.waiting if waiting is None else waiting
            self._write(msgspec.structs.replace(lease, seen_ms=moment, waiting=told))
        return left

    def renew(self, fresh: Lease, *, trust: bool = False) -> None:
        """Begin the lease anew: the server has just answered with ``fresh``.

        A share that is replaced is kept beside the new one until ``bound``. The server's key stays
        the first one learned, unless somebody typed a password just now (``trust``).
        """
        old, now = read(self._folder), self._now_ms()
        if old is not None:
            before = old.before if old.share == fresh.share else old.share
            key = fresh.server_key if trust or not old.server_key else old.server_key
            fresh = msgspec.structs.replace(fresh, waiting=old.waiting, before=before, server_key=key)
        self._write(msgspec.structs.replace(fresh, until_ms=now + fresh.days * DAY_MS, seen_ms=now))

    def bound(self) -> None:
        """Forget the share before: what is kept is half of the key with the present one."""
        lease = read(self._folder)
        if lease is not None and lease.before:
            self._write(msgspec.structs.replace(lease, before=""))

    def run_out(self, waiting: int) -> LeaseOver:
        """Destroy the share and return the error that says so; the database stays as it is."""
        lease = read(self._folder)
        if lease is None:
            return LeaseOver(days=0, waiting=waiting)
        disk.shred(self._folder / _NAME)
        share = lease.share if planted("share_kept") else ""
        ended = msgspec.structs.replace(lease, share=share, before="", waiting=waiting)
        self._write(ended)
        return over(ended)

    def _moment(self, lease: Lease) -> int:
        """Return the latest moment that can be proved: the clock's, or the last one seen and what passed."""
        return max(self._now_ms(), lease.seen_ms + self._mono_ms() - self._mono)

    def _mac(self, lease: Lease) -> str:
        plain = msgspec.json.encode(msgspec.structs.replace(lease, mac=""))
        return hmac.digest(self._key, plain, "sha256").hex()

    def _write(self, lease: Lease) -> None:
        self._mono = self._mono_ms()
        kept = msgspec.structs.replace(lease, mac="")
        sealed = msgspec.structs.replace(kept, mac=self._mac(kept))
        disk.write_whole(self._folder / _NAME, msgspec.json.encode(sealed))
