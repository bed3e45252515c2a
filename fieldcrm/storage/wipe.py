"""Signing out and wiping: the key is destroyed first, and never with work only we have.

A user's own wipe is refused with ``UnsentWork`` while anything waits. ``force`` lifts that
only for work that a rescue bundle already holds. A wipe ordered by the server (a stolen
laptop) asks nobody.
"""

from __future__ import annotations

from pathlib import Path

from fieldcrm.errors import UnsentWork
from fieldcrm.storage import profiles
from fieldcrm.storage.database import Database
from fieldcrm.storage.profiles import Profile
from fieldcrm.storage.unsent import unsent


def sign_out(database: Database, *, force: bool = False) -> None:
    """Close the database, or raise ``UnsentWork`` with the count of what waits."""
    _refuse(database, force=force)
    database.close()


def wipe(home: Path, profile: Profile, database: Database, *, force: bool = False) -> None:
    """Destroy key and files of the profile, or raise ``UnsentWork`` and touch nothing."""
    _refuse(database, force=force)
    database.close()
    profiles.erase(home, profile)


def wipe_as_ordered(home: Path, profile: Profile, database: Database | None) -> None:
    """Destroy key and files at the server's order, whatever waits."""
    if database is not None:
        database.close()
    profiles.erase(home, profile)


def _refuse(database: Database, *, force: bool) -> None:
    with database.reading() as session:
        left = unsent(session)
    if left.not_rescued if force else left.count:
        raise UnsentWork(
            count=left.count, changes=left.changes, photos=left.photos, not_rescued=left.not_rescued
        )
