"""Once a night: what has grown too old leaves the laptops, and what left long ago is forgotten."""

from __future__ import annotations

import time
from datetime import datetime

from fieldcrm import clock
from server import exchange, purge, windows
from server.database import Database

_BREATH = 0.02  # seconds: whoever waits for the writer's lock has it before the next step


def nightly(database: Database, at: datetime) -> None:
    """Do everything that is due; rows that leave are numbered before old notices are looked at."""
    if windows.put_out(database, at):
        settle(database, at)
    purge.purge(database, at)


def settle(database: Database, at: datetime) -> None:
    """Let everything that waits be numbered, follow its account, be worked out; others get in between."""
    while exchange.settle(database, clock.to_ms(at), steps=1):
        time.sleep(_BREATH)
