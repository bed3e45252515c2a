"""``migrate``, ``backup``, ``restore`` and ``doctor`` on the command line; answers are JSON lines."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fieldcrm import clock
from server import backups, locks
from server import doctor as examination
from server.database import Database
from server.settings import Settings


def migrate(settings: Settings) -> int:
    """Bring the database to this version."""
    database = Database(settings.prepared().database_url)
    database.migrate()
    database.close()
    return _say({"migrated": database.dialect})


def backup(settings: Settings, file: Path) -> int:
    """Write a backup; the server may be running."""
    return _say(backups.backup(settings.prepared(), file, clock.now()))


def restore(settings: Settings, file: Path) -> int:
    """Put a backup in place; refused while a server is running on the same data folder."""
    settings = settings.prepared()
    with locks.alone(settings.data):
        return _say(backups.restore(settings, file, clock.now()))


def doctor(settings: Settings, *, deep: bool, repair: bool = False) -> int:
    """Print every finding; the exit code is 1 if one is not well."""
    if repair:
        _say(asdict(examination.repair(settings.prepared())))
    findings = list(examination.examine(settings.prepared(), deep=deep))
    for finding in findings:
        _say(asdict(finding))
    return 0 if all(finding.ok for finding in findings) else 1


def _say(line: dict[str, Any]) -> int:
    print(json.dumps(line, ensure_ascii=False, default=str))
    return 0
