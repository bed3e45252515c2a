"""One laptop in a process of its own: its first sync, and what memory that took.

``python -m benchmarks.laptop URL PASSWORD FOLDER`` prints one line of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from fieldcrm.ids import new_id
from fieldcrm.storage.database import Database
from fieldcrm.sync import first, outbox
from fieldcrm.sync.first import FirstProgress
from fieldcrm.sync.remote import Remote


class Filled(msgspec.Struct, frozen=True):
    """How a first sync went: seconds, and memory in MB at rest and at most."""

    rows: int
    whole: float
    workable: float
    idle: float
    most: float


def filled(url: str, password: str, folder: Path) -> Filled:
    """Fill a new laptop of rep1 in a process of its own."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.laptop", url, password, str(folder)]
    told = subprocess.run(command, capture_output=True, check=True, cwd=Path(__file__).parents[1])
    return msgspec.json.decode(told.stdout, type=Filled)


def _fill(url: str, password: str, folder: Path) -> Filled:
    remote = Remote(url, str(new_id()))
    remote.login("rep1", password, "bench")
    database = Database.create(folder / "laptop.db", bytes(range(32)))
    outbox.attach(database)
    idle, begin, workable, last = _most(), time.perf_counter(), 0.0, FirstProgress()

    def tell(news: FirstProgress) -> None:
        nonlocal workable, last
        last = news
        if news.workable and not workable:
            workable = time.perf_counter() - begin

    first.run(database, remote, lambda: False, tell)
    whole = time.perf_counter() - begin
    database.close()
    return Filled(sum(last.counts.values()), whole, workable, idle, _most())


def _most() -> float:
    """Return the most memory this program has had, in MB; ``getrusage`` would begin with its parent's."""
    told = Path("/proc/self/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    print(json.dumps(msgspec.to_builtins(_fill(sys.argv[1], sys.argv[2], Path(sys.argv[3])))))
