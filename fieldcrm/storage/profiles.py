"""One folder per server and user: database, photos, and a card that says whose it is.

The card is what the sign-in screen lists before anything is unlocked; it holds no secret.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from fieldcrm import clock
from fieldcrm.storage import disk, key
from fieldcrm.storage.cipher import translated

_CARD = "profile.json"
PARCEL = "unsent.parcel"


class Profile(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who works here and how the database is unlocked: ``keyring`` or ``passphrase``."""

    id: str
    server: str
    user_id: str
    login: str
    name: str
    unlock: str = "keyring"
    opened_ms: int = 0

    @property
    def opened_at(self) -> datetime:
        """When it was last opened."""
        return clock.from_ms(self.opened_ms)


def profile_for(server: str, user_id: UUID, login: str, name: str, unlock: str = "keyring") -> Profile:
    """Describe the profile of this user at this server; the same two always give the same id."""
    address = server.strip().rstrip("/").lower()
    slug = hashlib.sha256(f"{address}|{user_id}".encode()).hexdigest()[:16]
    return Profile(slug, address, str(user_id), login, name, unlock)


def folder(home: Path, profile: Profile) -> Path:
    """Return the profile's folder."""
    return home / "profiles" / profile.id


def database_file(home: Path, profile: Profile) -> Path:
    """Return where the profile's database lies."""
    return folder(home, profile) / "field.db"


def photo_folder(home: Path, profile: Profile) -> Path:
    """Return where the profile's photos lie."""
    return folder(home, profile) / "photos"


def key_file(home: Path, profile: Profile) -> Path:
    """Return where the passphrase-wrapped key lies, if there is one."""
    return folder(home, profile) / "key.json"


def known(home: Path) -> list[Profile]:
    """Return the profiles of this machine, the latest used first; unreadable cards are left out."""
    found = []
    with translated(home):
        for card in (home / "profiles").glob(f"*/{_CARD}"):
            try:
                found.append(msgspec.json.decode(card.read_bytes(), type=Profile))
            except msgspec.DecodeError:
                continue
    return sorted(found, key=lambda profile: -profile.opened_ms)


def remember(home: Path, profile: Profile, at: datetime) -> Profile:
    """Write the profile's card with ``at`` as the last time it was opened."""
    opened = msgspec.structs.replace(profile, opened_ms=clock.to_ms(at))
    place = folder(home, profile)
    with translated(place):
        place.mkdir(parents=True, exist_ok=True)
        if os.name == "posix":
            place.chmod(0o700)
    disk.write_whole(place / _CARD, msgspec.json.encode(opened))
    return opened


def unlock(home: Path, profile: Profile, passphrase: str | None = None) -> bytes:
    """Return the database key from the keyring, or from the passphrase where that was chosen."""
    if profile.unlock == "passphrase":
        return key.unseal(key_file(home, profile), passphrase or "")
    return key.fetch(profile.id)


def lock_away(home: Path, profile: Profile, database_key: bytes, passphrase: str | None = None) -> None:
    """Keep the key the way the profile says."""
    if profile.unlock == "passphrase":
        key.seal(key_file(home, profile), database_key, passphrase or "")
    else:
        key.keep(profile.id, database_key)


def erase(home: Path, profile: Profile) -> None:
    """Destroy the key first, then the folder: a cut in between leaves only noise."""
    place = folder(home, profile)
    if profile.unlock == "passphrase":
        disk.shred(key_file(home, profile))
    else:
        key.destroy(profile.id)
    disk.shred(place / "lease.json")
    with translated(place):
        if place.exists():
            shutil.rmtree(place)
