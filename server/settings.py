"""What one server installation was told; nothing here is a secret.

Secrets live in the data folder (``server/signing.py``) or in the database, never in a
command line, an address or a log. Workers get the same settings through their
environment, because they are processes of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

_PREFIX = "FIELDCRM_SERVER_"


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation; ``data`` holds the embedded database, the photos and the signing key."""

    data: Path
    database: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    trusted_proxies: tuple[str, ...] = ()
    access_minutes: int = 15
    refresh_days: int = 30
    lease_days: int = 14

    @property
    def database_url(self) -> str:
        """Return the given address, or the embedded database in the data folder."""
        return self.database or f"sqlite:///{(self.data / 'server.db').resolve()}"

    @property
    def blobs(self) -> Path:
        """Return the folder of the stored files."""
        return self.data / "blobs"

    @property
    def uploads(self) -> Path:
        """Return the folder of the files that are still arriving."""
        return self.data / "uploads"

    @property
    def prebuilt(self) -> Path:
        """Return the folder of the files that first syncs read; any of them may be deleted."""
        return self.data / "prebuilt"

    @property
    def parcels(self) -> Path:
        """Return the folder of the sealed parcels."""
        return self.data / "parcels"

    def prepared(self) -> Self:
        """Return these settings with their folders made, readable by this user only."""
        for folder in (self.data, self.blobs, self.uploads):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return replace(self, data=self.data.resolve())

    def as_environment(self) -> dict[str, str]:
        """Return what a worker process needs to know."""
        return {
            _PREFIX + "DATA": str(self.data),
            _PREFIX + "DATABASE": self.database,
            _PREFIX + "HOST": self.host,
            _PREFIX + "PORT": str(self.port),
            _PREFIX + "WORKERS": str(self.workers),
            _PREFIX + "LEASE_DAYS": str(self.lease_days),
            _PREFIX + "PROXIES": ",".join(self.trusted_proxies),
        }


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Return what ``Settings.as_environment`` wrote."""
    told = {key.removeprefix(_PREFIX): value for key, value in environment.items() if key.startswith(_PREFIX)}
    return Settings(
        data=Path(told.get("DATA", "server-data")),
        database=told.get("DATABASE", ""),
        host=told.get("HOST", "127.0.0.1"),
        port=int(told.get("PORT", "8000")),
        workers=int(told.get("WORKERS", "1")),
        lease_days=int(told.get("LEASE_DAYS", "14")),
        trusted_proxies=tuple(filter(None, told.get("PROXIES", "").split(","))),
    )
