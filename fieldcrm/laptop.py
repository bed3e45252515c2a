"""One profile, opened: its database, photos, server and sync worker. No Qt.

``app.py`` and ``cli.py`` open a laptop through here and nowhere else. The session with the
server (device id, tokens) lies inside the encrypted database, so signing in once is enough
and a later start needs no network.
"""

from __future__ import annotations

import platform
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from fieldcrm import clock, ids
from fieldcrm.errors import NoKeyring, SyncError, UnsentWork
from fieldcrm.storage import key, profiles
from fieldcrm.storage.profiles import Profile

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from fieldcrm.storage.database import Database
    from fieldcrm.storage.files import Files
    from fieldcrm.sync.engine import Engine
    from fieldcrm.sync.remote import Remote, Tokens

LEAST_FREE = 500_000_000


@dataclass(frozen=True, slots=True)
class Laptop:
    """The parts of one open profile; ``close`` it when done."""

    home: Path
    profile: Profile
    database: Database
    files: Files
    remote: Remote
    engine: Engine

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    def may_leave(self, session: Session, *, force: bool) -> None:
        """Raise ``UnsentWork`` while work exists only here (with ``force``: and in no rescue bundle)."""
        from fieldcrm.storage.unsent import unsent

        left = unsent(session)
        if left.not_rescued if force else left.count:
            raise UnsentWork(count=left.count, changes=left.changes, photos=left.photos)

    def leave(self, *, wipe: bool, force: bool) -> None:
        """End the session with the server as far as it can be reached, then close or wipe."""
        from fieldcrm.storage import wipe as wiping

        with suppress(SyncError):
            self.remote.logout()
        if wipe:
            wiping.wipe(self.home, self.profile, self.database, force=force)
        else:
            wiping.sign_out(self.database, force=force)


def known(home: Path) -> list[Profile]:
    """Return who has worked on this machine, the latest first."""
    return [each for each in profiles.known(home) if profiles.database_file(home, each).exists()]


def open_profile(home: Path, profile: Profile, passphrase: str | None = None) -> Laptop:
    """Unlock and open what is on this machine; needs no network."""
    from fieldcrm.storage import device
    from fieldcrm.storage.database import Database
    from fieldcrm.sync.remote import Tokens

    secret = profiles.unlock(home, profile, passphrase)
    database = Database.open(profiles.database_file(home, profile), secret)
    try:
        with database.reading() as session:
            device_id = device.fact(session, device.DEVICE_ID, "")
            kept = device.fact(session, device.TOKENS)
        tokens = msgspec.convert(kept, Tokens) if kept else None
        laptop = _assembled(home, profile, database, device_id, tokens)
        profiles.remember(home, profile, clock.now())
    except BaseException:
        database.close()
        raise
    return laptop


def sign_in(
    home: Path, server: str, login: str, password: str, *, device_name: str = "", passphrase: str = "",
    device: str = "",
) -> Laptop:  # fmt: skip
    """Sign in and open the profile, making it (without any rows yet) if it is new.

    A profile that is known keeps its device, and ``passphrase`` unlocks it if it has one. A
    new one keeps its key in the keyring. Where there is none, ``NoKeyring`` names the device
    that the server has just met; call again with it and a ``passphrase`` that wraps the key.
    """
    from fieldcrm.sync.remote import Remote

    server, name = address(server), device_name or platform.node()
    for profile in known(home):
        if (profile.server, profile.login) == (server, login):
            laptop = open_profile(home, profile, passphrase)
            try:
                laptop.remote.login(login, password, name)
            except BaseException:
                laptop.close()
                raise
            return laptop
    return _joined(home, Remote(server, device or str(ids.new_id())), login, password, name, passphrase)


def _joined(home: Path, remote: Remote, login: str, password: str, name: str, passphrase: str) -> Laptop:
    from fieldcrm.storage import device
    from fieldcrm.storage.database import Database

    user = remote.login(login, password, name).user
    if not passphrase and not key.has_keyring():
        raise NoKeyring(device=remote.device)
    unlock = "passphrase" if passphrase else "keyring"
    profile = profiles.profile_for(remote.server, UUID(user.id), user.login, user.name, unlock)
    secret = key.new_key()
    profiles.folder(home, profile).mkdir(parents=True, exist_ok=True)
    profiles.lock_away(home, profile, secret, passphrase or None)
    database = Database.create(profiles.database_file(home, profile), secret)
    with database.writing() as session:
        device.remember(session, device.DEVICE_ID, remote.device)
        device.remember(session, device.SERVER, remote.server)
        device.remember(session, device.USER_ID, user.id)
        device.remember(session, device.TOKENS, msgspec.to_builtins(remote.tokens))
    profile = profiles.remember(home, profile, clock.now())
    return _assembled(home, profile, database, remote.device, remote.tokens)


def _assembled(
    home: Path, profile: Profile, database: Database, device_id: str, tokens: Tokens | None
) -> Laptop:
    from fieldcrm.storage import device
    from fieldcrm.storage.files import Files
    from fieldcrm.sync import outbox
    from fieldcrm.sync.engine import Engine
    from fieldcrm.sync.remote import Remote

    def keep(fresh: Tokens) -> None:
        with database.writing() as session:
            device.remember(session, device.TOKENS, msgspec.to_builtins(fresh))

    outbox.attach(database)
    remote = Remote(profile.server, device_id, tokens, keep)
    files = Files(profiles.photo_folder(home, profile), database.file_key())
    return Laptop(home, profile, database, files, remote, Engine(database, remote, files))


def address(typed: str) -> str:
    """Return a server's address as profiles spell it; https unless something else is written."""
    plain = typed.strip().rstrip("/").lower()
    return plain if "://" in plain or not plain else f"https://{plain}"


def free_space(home: Path) -> int:
    """Return the bytes left where the profiles lie."""
    place = home
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def is_complete(laptop: Laptop) -> bool:
    """Return whether everything this person may see has come at least once."""
    from fieldcrm.sync import first

    return not first.is_needed(laptop.database)
