"""Beginning afresh beside a damaged file: read what is unsent out of it, fetch the rest again.

1. Whatever can be read of the unsent work goes into a bundle beside the file, under a
   passphrase made from the file's own key.
2. A new, empty file under the same key and for the same device is made beside the damaged one.
3. The damaged one is set aside and the new one takes its place.
4. Somebody signs in, the first sync fetches everything, and ``bring_back`` takes the bundle in.

A crash after any of these loses nothing: ``finish`` goes on at the next start. What the server
had already is answered ``dup``.
"""

from __future__ import annotations

import hmac
import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fieldcrm import ids
from fieldcrm.errors import Damaged, InUse, StorageError
from fieldcrm.faults import reach
from fieldcrm.storage import device, disk, lease, profiles, salvage
from fieldcrm.storage.backup import Imported, import_rescue
from fieldcrm.storage.cipher import translated
from fieldcrm.storage.database import Database, photo_key
from fieldcrm.storage.files import Files
from fieldcrm.storage.key import Hardness
from fieldcrm.storage.owner import Ownership
from fieldcrm.storage.profiles import Profile
from fieldcrm.storage.salvage import Salvaged

if TYPE_CHECKING:
    from fieldcrm.laptop import Laptop

log = logging.getLogger(__name__)

_BUNDLES = "salvaged-*.fcr"
_NO_STRETCH = Hardness(1, 64, 1)  # the words are random; stretching them would add nothing


@dataclass(frozen=True, slots=True)
class Rescued:
    """What was read out; ``lost`` rows could not be, and without ``readable`` nothing could."""

    changes: int = 0
    drafts: int = 0
    photos: int = 0
    lost: int = 0
    readable: bool = False


def rescue(home: Path, profile: Profile, key: bytes) -> Rescued:
    """Save the unsent work of a damaged file and put an empty one in its place."""
    path = profiles.database_file(home, profile)
    owner = Ownership(path)
    try:
        found = _read_out(home, profile, key)
        reach("client.afresh.salvaged")
        _build(home, profile, key, found.device if found else "")
        reach("client.afresh.built")
        _put_in_place(path)
    finally:
        owner.release()
    if found is None:
        return Rescued()
    return Rescued(found.changes, found.drafts, found.photos, found.lost_rows, readable=True)


def seal_for_office(home: Path, profile: Profile, key: bytes, target: Path) -> Rescued:
    """Write the unsent work of a damaged file into a parcel that only the office opens; nothing changes."""
    held = lease.read(profiles.folder(home, profile))
    if held is None or not held.parcel_key:
        raise Damaged(file=target.name, reason="the office's key is not known")
    path = profiles.database_file(home, profile)
    found = salvage.seal(path, key, _files(home, profile, key), target, held.parcel_key)
    return Rescued(found.changes, found.drafts, found.photos, found.lost_rows, readable=True)


def can_seal(home: Path, profile: Profile) -> bool:
    """Whether the office's key for parcels is known here."""
    held = lease.read(profiles.folder(home, profile))
    return held is not None and bool(held.parcel_key)


def finish(home: Path) -> None:
    """Put new files in place that a crash left beside the damaged ones; needs no key."""
    for profile in profiles.known(home):
        path = profiles.database_file(home, profile)
        if _fresh(path).exists():
            with suppress(InUse):
                owner = Ownership(path)
                try:
                    _put_in_place(path)
                finally:
                    owner.release()


def bring_back(laptop: Laptop) -> Imported | None:
    """Take in what was rescued, once everything has been fetched; None if nothing waits for it."""
    from fieldcrm.sync import first

    bundles = sorted(profiles.folder(laptop.home, laptop.profile).glob(_BUNDLES))
    if not bundles or first.is_needed(laptop.database):
        return None
    done = Imported(0, 0, 0, 0)
    for bundle in bundles:
        try:
            came = import_rescue(laptop.database, laptop.files, bundle, _words(laptop.database.file_key()))
        except StorageError:
            log.exception("a rescued bundle could not be taken in; it is kept")
            continue
        reach("client.afresh.imported")
        bundle.unlink()
        done = Imported(
            done.changes + came.changes, done.known + came.known, done.drafts + came.drafts,
            done.photos + came.photos,
        )  # fmt: skip
    return done


def _read_out(home: Path, profile: Profile, key: bytes) -> Salvaged | None:
    target = profiles.folder(home, profile) / f"salvaged-{ids.new_id()}.fcr"
    path = profiles.database_file(home, profile)
    try:
        files = _files(home, profile, key)
        return salvage.salvage(path, key, files, target, _words(photo_key(key)), _NO_STRETCH)
    except Damaged:
        return None


def _build(home: Path, profile: Profile, key: bytes, device_id: str) -> None:
    """Make the new file whole under another name; it knows whose it is, and nobody is signed in."""
    path = profiles.database_file(home, profile)
    held = lease.read(profiles.folder(home, profile))
    building = path.with_name(path.name + ".building")
    with translated(path):
        disk.remove_database(building)
    database = Database.create(building, key)
    with database.writing() as session:
        known = device_id or (held.device if held else "") or str(ids.new_id())
        device.remember(session, device.DEVICE_ID, known)
        device.remember(session, device.SERVER, profile.server)
        device.remember(session, device.USER_ID, profile.user_id)
    database.checkpoint()
    database.close()
    with translated(path):
        for suffix in (".check", ".lock", "-wal", "-shm"):
            building.with_name(building.name + suffix).unlink(missing_ok=True)
        disk.put_in_place(building, _fresh(path))


def _put_in_place(path: Path) -> None:
    with translated(path):
        if path.exists():
            salvage.set_aside(path)
        reach("client.afresh.aside")
        disk.put_in_place(_fresh(path), path)


def _fresh(path: Path) -> Path:
    return path.with_name(path.name + ".fresh")


def _files(home: Path, profile: Profile, key: bytes) -> Files:
    return Files(profiles.photo_folder(home, profile), photo_key(key))


def _words(secret: bytes) -> str:
    return hmac.digest(secret, b"fieldcrm salvaged work", "sha256").hex()
