"""The feed's ticks are thinned at night, and a server that was set back is still found out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fieldcrm.clock import to_ms
from fieldcrm.errors import SyncError
from server.database import run
from server.exchange import settle
from server.jobs.nightly import nightly
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON, PlainLaptop

DAY = timedelta(days=1)
CHANGES = 12


def lived(company: Company, first_day: int, last_day: int) -> list[PlainLaptop]:
    """Let something be numbered on some days; return laptops that synced after each."""
    laptops = []
    for day in range(first_day, last_day + 1, (last_day - first_day) // CHANGES or 1):
        with company.database.writing() as connection:
            run(connection, "UPDATE account SET phone = ? WHERE id = ?", f"{day}", str(company.account.id))
        settle(company.database, to_ms(NOON + day * DAY))
        laptop = company.laptop()
        laptop.at = NOON + day * DAY
        laptops.append(laptop.sync())
    return laptops


def ticks(company: Company) -> int:
    with company.database.reading() as connection:
        return int(run(connection, "SELECT count(*) FROM sync_tick").scalar_one())


def refused(laptop: PlainLaptop, day: int) -> str:
    laptop.at = NOON + day * DAY
    with pytest.raises(SyncError) as error:
        laptop.sync()
    return error.value.code


def test_only_ticks_of_the_time_that_cursors_live_are_kept(company: Company) -> None:
    lived(company, 0, 12)
    before = ticks(company)
    nightly(company.database, NOON + 100 * DAY)
    assert ticks(company) == before
    nightly(company.database, NOON + 300 * DAY)
    assert ticks(company) == 1


def test_a_cursor_behind_the_thinned_ticks_has_expired_and_is_no_proof_of_a_restore(company: Company) -> None:
    *away, last = lived(company, 0, 12)
    nightly(company.database, NOON + 300 * DAY)
    assert {refused(laptop, 300) for laptop in away} == {"cursor_expired"}
    assert last.exchange().rows == []
    with company.database.reading() as connection:
        assert run(connection, "SELECT count(*) FROM sync_epoch").scalar() == 1
    behind = away[0]
    scopes = sorted({*behind.scopes.values()} | {"global", f"rep:{behind.user.id}"})
    behind.bootstrap([*scopes, *(s for s in shared(company) if s not in scopes)])
    assert behind.sync().rows == last.rows


def shared(company: Company) -> list[str]:
    return [f"pricebook:{company.book.id}", f"terr:{company.west.id}"]


def test_a_cursor_of_lost_history_is_found_out_behind_and_before_the_fence(company: Company) -> None:
    lived(company, 0, 12)
    nightly(company.database, NOON + 300 * DAY)
    recent = lived(company, 301, 302)[-1]
    with company.database.writing() as connection:
        run(connection, "UPDATE sync_tick SET token = ?", "00" * 8)
    assert refused(recent, 303) == "epoch_changed"
