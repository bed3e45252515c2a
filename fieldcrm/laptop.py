"""One profile, opened: its database, photos, server and sync worker. No Qt.

Opening joins the two halves of the key (``storage/lease.py``); one whose lease has run out is
locked until somebody signs in. A laptop that was reported lost obeys here too.

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
from fieldcrm.errors import Damaged, LeaseOver, NoKeyring, SignInRequired, StorageError, SyncError, UnsentWork
from fieldcrm.storage import checkup, key, profiles
from fieldcrm.storage.profiles import Profile

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from fieldcrm.storage.database import Database
    from fieldcrm.storage.files import Files
    from fieldcrm.storage.lease import Keeper, Lease
    from fieldcrm.sync.engine import Engine
    from fieldcrm.sync.remote import Remote, Tokens
    from fieldcrm.wipe_order import WipeOrder

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
    keeper: Keeper

    def close(self) -> None:
        """Let go of the file."""
        if self.database.read_only:
            self.database.close()
            return
        self.look()
        self.database.close()
        checkup.end(profiles.folder(self.home, self.profile))

    def problems(self) -> list[str]:
        """Read the whole file and return what is wrong with it; remember that nothing was."""
        try:
            found = self.database.problems()
        except Damaged as error:
            return [str(error)]
        if not found:
            checkup.passed(profiles.folder(self.home, self.profile), clock.to_ms(clock.now()))
        return found

    def is_check_due(self) -> bool:
        """Whether the file was not closed last time, or has not been read through for a week."""
        return checkup.is_due(profiles.folder(self.home, self.profile), clock.to_ms(clock.now()))

    def look(self) -> int | None:
        """Note that time goes by; return for how many milliseconds the lease still runs, if there is one."""
        from fieldcrm.storage.unsent import unsent

        with self.database.reading() as session:
            return self.keeper.look(unsent(session).count)

    def lock(self) -> LeaseOver:
        """Lock this profile because its lease is over: what is unsent is sealed too, nothing is lost."""
        from fieldcrm.storage.unsent import unsent

        _seal_unsent(self.home, self.profile, self.database, self.files)
        with self.database.reading() as session:
            waiting = unsent(session).count
        self.database.close()
        checkup.end(profiles.folder(self.home, self.profile))
        return self.keeper.run_out(waiting)

    def order(self) -> WipeOrder | None:
        """Return the server's order to wipe this laptop, if there is one and it proves to be the server's."""
        from fieldcrm.storage import lease
        from fieldcrm.sync import wipes

        known = lease.read(profiles.folder(self.home, self.profile))
        return wipes.asked(self.remote, known.server_key) if known and known.server_key else None

    def obey(self, order: WipeOrder) -> int:
        """Seal what is unsent to the server, destroy the key, tell the server; return how much was sealed."""
        from fieldcrm.sync import wipes

        wipe = wipes.begin(self.home, self.profile, order)
        sealed = _seal_unsent(self.home, self.profile, self.database, self.files)
        self.database.close()
        wipes.destroy(self.home, wipe)
        wipes.finish(self.home)
        return sealed

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
            checkup.end(profiles.folder(self.home, self.profile))


def finish_wipes(home: Path) -> None:
    """Tell the servers of wiped profiles, and leave them what was sealed."""
    from fieldcrm.sync import wipes

    wipes.finish(home)


def known(home: Path) -> list[Profile]:
    """Return who has worked on this machine, the latest first; what was to be wiped goes first."""
    if (home / "wipes.json").exists():
        from fieldcrm.sync import wipes

        wipes.destroy_left(home)
    if next((home / "profiles").glob("*/field.db.fresh"), None):
        from fieldcrm import afresh

        afresh.finish(home)
    return [each for each in profiles.known(home) if profiles.database_file(home, each).exists()]


def open_profile(
    home: Path, profile: Profile, passphrase: str | None = None, fresh: Tokens | None = None
) -> Laptop:
    """Unlock and open what is on this machine; needs no network. ``LeaseOver`` when it was away too long.

    ``fresh`` is a session that somebody has just begun.
    """
    from fieldcrm.storage import device
    from fieldcrm.storage.database import Database
    from fieldcrm.sync.remote import Tokens

    secret, is_whole = unlocked(home, profile, passphrase)
    database = Database.open(profiles.database_file(home, profile), secret)
    try:
        with database.reading() as session:
            device_id = device.fact(session, device.DEVICE_ID, "")
            kept = device.fact(session, device.TOKENS)
        tokens = fresh or (msgspec.convert(kept, Tokens) if kept else None)
        laptop = _assembled(home, profile, database, device_id, tokens, secret)
        if fresh is not None:
            _remember_tokens(database, fresh)
        if is_whole and tokens is not None and tokens.terms is not None:
            laptop.keeper.renew(_lease(device_id, tokens))
        _bind(home, profile, laptop.keeper, secret, passphrase, is_whole=is_whole)
        profiles.remember(home, profile, clock.now())
        checkup.begin(profiles.folder(home, profile), clock.to_ms(clock.now()))
        if laptop.keeper.left_ms() == 0:
            raise laptop.lock()
    except BaseException:
        database.close()
        raise
    if next(profiles.folder(home, profile).glob("salvaged-*.fcr"), None):
        from fieldcrm import afresh

        afresh.bring_back(laptop)
    return laptop


def look_in(home: Path, profile: Profile, passphrase: str | None = None) -> Laptop:
    """Open what another window has open, only to look: nothing is written and nothing is sent."""
    from fieldcrm.storage import device
    from fieldcrm.storage.database import Database

    secret, _ = unlocked(home, profile, passphrase)
    database = Database.open(profiles.database_file(home, profile), secret, read_only=True)
    with database.reading() as session:
        device_id = device.fact(session, device.DEVICE_ID, "")
    return _assembled(home, profile, database, device_id, None, secret)


def unlocked(home: Path, profile: Profile, passphrase: str | None = None) -> tuple[bytes, bool]:
    """Return the database's key, and whether it was kept whole, as before there were leases."""
    from fieldcrm.storage import lease

    held = lease.read(profiles.folder(home, profile))
    if held is not None and not held.share:
        raise lease.over(held)
    kept = profiles.unlock(home, profile, passphrase)
    if not lease.is_halved(kept):
        return kept, True
    return lease.whole(kept, *((held.share, held.before) if held else ())), False


def _bind(
    home: Path, profile: Profile, keeper: Keeper, secret: bytes, passphrase: str | None, *, is_whole: bool
) -> None:
    """Keep half of the key instead of all of it, or instead of half with a share that was replaced."""
    from fieldcrm.storage import lease

    held = lease.read(profiles.folder(home, profile))
    if held is not None and held.share and (is_whole or held.before):
        profiles.lock_away(home, profile, lease.halved(secret, bytes.fromhex(held.share)), passphrase)
        keeper.bound()


def _lease(device_id: str, tokens: Tokens) -> Lease:
    from fieldcrm.storage.lease import Lease

    assert tokens.terms is not None  # noqa: S101 - asked by every caller
    terms = tokens.terms
    return Lease(
        device_id, terms.share, terms.lease_days, server_key=tokens.server_key, parcel_key=terms.parcel_key
    )


def _seal_unsent(home: Path, profile: Profile, database: Database, files: Files) -> int:
    """Seal what is unsent beside the database; what cannot be sealed does not stop what must be done."""
    from fieldcrm.storage import lease, parcel

    place = profiles.folder(home, profile)
    known = lease.read(place)
    if known is None or not known.parcel_key:
        return 0
    with suppress(StorageError):
        found = parcel.write(database, files, place / profiles.PARCEL, known.parcel_key)
        return len(found.mutations) + len(found.photos)
    return 0


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
            return _signed_in_again(home, profile, password, name, passphrase)
    return _joined(home, Remote(server, device or str(ids.new_id())), login, password, name, passphrase)


def _signed_in_again(home: Path, profile: Profile, password: str, name: str, passphrase: str) -> Laptop:
    try:
        laptop = open_profile(home, profile, passphrase)
    except LeaseOver:
        return _let_in(home, profile, password, name, passphrase)
    try:
        tokens = laptop.remote.login(profile.login, password, name)
        if tokens.terms is not None:
            laptop.keeper.renew(_lease(laptop.remote.device, tokens), trust=True)
    except BaseException:
        laptop.close()
        raise
    return laptop


def _let_in(home: Path, profile: Profile, password: str, name: str, passphrase: str) -> Laptop:
    """Open a locked profile with the share that signing in brings; a lost one is wiped instead."""
    from fieldcrm.storage import lease
    from fieldcrm.sync import wipes
    from fieldcrm.sync.remote import Remote

    place = profiles.folder(home, profile)
    held = lease.read(place)
    assert held is not None  # noqa: S101 - it was read to find that it is over
    remote = Remote(profile.server, held.device)
    try:
        tokens = remote.login(profile.login, password, name)
    except SignInRequired as error:
        order = wipes.genuine(error.data, held.server_key, held.device, remote.challenge)
        if order is None:
            raise
        sealed = held.waiting if (place / profiles.PARCEL).exists() else 0
        wipes.destroy(home, wipes.begin(home, profile, order))
        wipes.finish(home)
        raise SignInRequired("device_wiped", sealed=sealed) from error
    fresh = _lease(held.device, tokens)
    secret = lease.whole(profiles.unlock(home, profile, passphrase), fresh.share)
    lease.Keeper(place, secret).renew(fresh, trust=True)
    return open_profile(home, profile, passphrase, tokens)


def _joined(home: Path, remote: Remote, login: str, password: str, name: str, passphrase: str) -> Laptop:
    from fieldcrm.storage import device, lease
    from fieldcrm.storage.database import Database
    from fieldcrm.storage.lease import Keeper

    user = remote.login(login, password, name).user
    if not passphrase and not key.has_keyring():
        raise NoKeyring(device=remote.device)
    unlock = "passphrase" if passphrase else "keyring"
    profile = profiles.profile_for(remote.server, UUID(user.id), user.login, user.name, unlock)
    secret = key.new_key()
    profiles.folder(home, profile).mkdir(parents=True, exist_ok=True)
    kept, keeper = secret, Keeper(profiles.folder(home, profile), secret)
    if remote.tokens is not None and remote.tokens.terms is not None:
        fresh = _lease(remote.device, remote.tokens)
        keeper.renew(fresh, trust=True)
        keeper.bound()
        kept = lease.halved(secret, bytes.fromhex(fresh.share))
    profiles.lock_away(home, profile, kept, passphrase or None)
    database = Database.create(profiles.database_file(home, profile), secret)
    with database.writing() as session:
        device.remember(session, device.DEVICE_ID, remote.device)
        device.remember(session, device.SERVER, remote.server)
        device.remember(session, device.USER_ID, user.id)
        device.remember(session, device.TOKENS, msgspec.to_builtins(remote.tokens))
    profile = profiles.remember(home, profile, clock.now())
    checkup.begin(profiles.folder(home, profile), clock.to_ms(clock.now()))
    return _assembled(home, profile, database, remote.device, remote.tokens, secret)


def _remember_tokens(database: Database, tokens: Tokens) -> None:
    from fieldcrm.storage import device

    with database.writing() as session:
        device.remember(session, device.TOKENS, msgspec.to_builtins(tokens))


def _assembled(
    home: Path, profile: Profile, database: Database, device_id: str, tokens: Tokens | None, secret: bytes
) -> Laptop:
    from fieldcrm.storage.files import Files
    from fieldcrm.storage.lease import Keeper
    from fieldcrm.sync import outbox
    from fieldcrm.sync.engine import Engine
    from fieldcrm.sync.remote import Remote

    keeper = Keeper(profiles.folder(home, profile), secret)

    def keep(fresh: Tokens) -> None:
        _remember_tokens(database, fresh)
        if fresh.terms is not None:
            keeper.renew(_lease(remote.device, fresh))

    outbox.attach(database)
    remote = Remote(profile.server, device_id, tokens, keep)
    files = Files(profiles.photo_folder(home, profile), database.file_key())
    return Laptop(home, profile, database, files, remote, Engine(database, remote, files), keeper)


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
