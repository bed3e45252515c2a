"""Once a night: old rows leave the laptops, old notices and pages are forgotten, chains looked at."""

from __future__ import annotations

import time
from datetime import datetime

from fieldcrm import clock
from server import chains, exchange, noted, old_pages, period_rebates, purge, windows
from server.database import Database

_BREATH = 0.02  # seconds: whoever waits for the writer's lock has it before the next step


def nightly(database: Database, at: datetime) -> None:
    """Do everything that is due; rows that leave are numbered before old notices are looked at."""
    if windows.put_out(database, at):
        settle(database, at)
    purge.purge(database, at)
    old_pages.forget(database, at)
    period_rebates.book(database, at, period_rebates.LONG)
    _look_at_broken_chains(database, at)


def settle(database: Database, at: datetime) -> None:
    """Let everything that waits be numbered, follow its account, be worked out; others get in between."""
    while exchange.settle(database, clock.to_ms(at), steps=1):
        time.sleep(_BREATH)


def _look_at_broken_chains(database: Database, at: datetime) -> None:
    """Let visits whose events were changed in the database be judged again."""
    with database.reading() as connection:
        broken = chains.check(connection).broken
    with database.writing() as connection:
        noted.add(connection, {each.event.visit_id for each in broken}, clock.to_ms(at))
