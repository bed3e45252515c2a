"""From the command to the first painted window, and to a usable Today, beside bare windows.

Every round starts a fresh process of each kind, in turn. Today opens a demo rep's encrypted
profile with its key in a keyring, without a network.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, against
from fieldcrm import clock
from fieldcrm.model import Base
from fieldcrm.storage import device, facts, key, profiles
from fieldcrm.storage.database import Database
from fieldcrm.sync import state
from server.demo.company import Size, company

ROUNDS = 7
_PATIENCE_SECONDS = 30
_ROOT = Path(__file__).parents[1]


def figures(folder: Path) -> Iterator[Figure]:
    """Start every kind of process a few times."""
    environment = os.environ | {
        "FIELDCRM_HOME": str(folder / "home"), "QT_QPA_PLATFORM": "offscreen",
        "PYTHON_KEYRING_BACKEND": "benchmarks.kept_key.Keyring",
    }  # fmt: skip
    taken: dict[str, list[float]] = {kind: [] for kind in ("bare", "alchemy", "product", "today")}
    (folder / "home").mkdir()
    for kind in ("bare", "product"):  # warm the disk's cache and the byte code
        _started(kind, environment)
    for _ in range(ROUNDS):
        for kind in ("bare", "alchemy", "product"):
            taken[kind].append(_started(kind, environment))
    _profile(folder / "home", environment)
    for _ in range(ROUNDS):
        taken["today"].append(_started("today", environment))
        taken["alchemy"].append(_started("alchemy", environment))
    middle = {kind: statistics.median(values) for kind, values in taken.items()}
    name = "startup: command to first window"
    yield against(name, middle["product"], "s", "bare PySide6 window", middle["bare"], at_most=1.5)
    name = "startup: command to a usable Today"
    peer = "PySide6 + SQLAlchemy window"
    yield against(name, middle["today"], "s", peer, middle["alchemy"], at_most=2.0)


def _started(kind: str, environment: dict[str, str]) -> float:
    """Return the seconds from the command to the last thing it says."""
    wanted = b"today" if kind == "today" else b"window"
    command = [sys.executable, "-m", "benchmarks.window", kind]
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=_ROOT
    )
    deadline = threading.Timer(_PATIENCE_SECONDS, process.kill)
    deadline.start()
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == wanted:
                return time.perf_counter() - begin
        raise RuntimeError(f"{kind} ended without a word")
    finally:
        deadline.cancel()
        process.wait(_PATIENCE_SECONDS)


def _profile(home: Path, environment: dict[str, str]) -> None:
    """Make a signed-in rep's profile with a day's work in it."""
    os.environ.update({name: environment[name] for name in ("FIELDCRM_HOME", "PYTHON_KEYRING_BACKEND")})
    rows = company(Size(1, 1, 86, 40, 0), 7, clock.business_day(clock.now())).rows
    rep = next(user for user in rows["user"] if user["login"] == "rep1")
    profile = profiles.profile_for("http://127.0.0.1:9", rep["id"], "rep1", rep["name"])
    secret = key.new_key()
    profiles.folder(home, profile).mkdir(parents=True)
    profiles.lock_away(home, profile, secret, None)
    database = Database.create(profiles.database_file(home, profile), secret)
    classes: dict[str, Any] = {m.class_.__tablename__: m.class_ for m in Base.registry.mappers}
    with database.writing() as session:
        for table in Base.metadata.sorted_tables:
            session.add_all([classes[table.name](**row) for row in rows.get(table.name, ())])
            session.flush()
        device.remember(session, device.DEVICE_ID, str(rep["id"]))
        device.remember(session, device.SERVER, profile.server)
        device.remember(session, device.USER_ID, str(rep["id"]))
    with database.loading() as connection:
        state.write(connection, state.CURSOR, "as after a first sync")
        facts.rebuild(connection)
    database.close()
    profiles.remember(home, profile, clock.now())
