"""F26: the server is set back while laptops are in the middle of a push, and all return at once.

Expected: nothing is doubled and nothing lost; they do not stampede: by itself each waits a
random time of up to ten minutes, and the server lets only so many begin at once (429 with
Retry-After), which they honour.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldcrm.errors import Throttled
from fieldcrm.sync import rewind
from server import epochs
from server import rewind as recovery
from server.database import run
from tests.faults.test_f28_cloned_laptop import open_store, times_there
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import signed_in


def test_a_push_cut_by_a_restore_is_done_once(server_process: ServerProcess, tmp_path: Path) -> None:
    laptops = [signed_in(tmp_path / f"l{n}", server_process.url, "rep1", PASSWORD) for n in range(3)]
    for each in laptops:
        each.cycle()
    shops = [open_store(each, server_process) for each in laptops]
    requests = [each.engine._core.request(1, 1, "") for each in laptops]
    laptops[0].remote.sync(requests[0])  # committed; the answer never came
    with server_process.opened() as database, database.writing() as connection:
        epochs.begin(connection, "restored")
    assert laptops[1].remote.tokens is not None
    for each in laptops:
        assert each.engine.cycle(asked=True).up_to_date
    assert times_there(server_process, *shops) == [1, 1, 1]
    for each in laptops:
        each.close()


def test_a_crowd_is_spread_and_the_servers_word_to_wait_is_honoured(
    server_process: ServerProcess, tmp_path: Path
) -> None:
    laptop = signed_in(tmp_path / "laptop", server_process.url, "rep1", PASSWORD)
    laptop.cycle()
    with server_process.opened() as database, database.writing() as connection:
        epochs.begin(connection, "restored")
    with pytest.raises(Throttled) as waits:
        laptop.cycle()
    first = float(str(waits.value.data["seconds"]))
    assert 0 < first <= rewind.SPREAD_SECONDS
    with pytest.raises(Throttled) as again:
        laptop.cycle()
    assert float(str(again.value.data["seconds"])) <= first, "drawn once, not anew each time"
    with server_process.opened() as database, database.writing() as connection:
        run(
            connection, 'INSERT INTO throttle ("key", level, at) VALUES (?, ?, ?)',
            recovery.RECOVERIES.key("server"), recovery.RECOVERIES.holds + 60.0, 4_000_000_000_000,
        )  # fmt: skip
    with pytest.raises(Throttled) as told:
        laptop.engine.cycle(asked=True)
    assert told.value.code == "throttled"
    assert float(str(told.value.data["seconds"])) >= 30
    laptop.close()
