"""F42: a line that hangs up all the time; each connection brings something and nothing begins again."""

from __future__ import annotations

from pathlib import Path

from fieldcrm.errors import Offline
from fieldcrm.sync import first
from tests.fixtures.proxy import Line, Proxy
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import signed_in
from tests.sync.test_engine import stores

STORES = 1_500
BYTES = 6_000  # what a connection carries before it is cut; the stores take three times that


def test_a_line_that_breaks_all_the_time_gets_smaller_pages_and_never_begins_again(
    server_process: ServerProcess, tmp_path: Path
) -> None:
    stores(server_process, STORES)
    proxy = Proxy(server_process.url)
    rep = signed_in(tmp_path / "rep1", proxy.url, "rep1", PASSWORD)
    proxy.change(Line(cut_reply_at=BYTES, bytes_per_second=200_000))
    had, cuts = 0, 0
    while first.is_needed(rep.database):
        try:
            rep.cycle()
        except Offline:
            cuts += 1
        here = rep.rows("SELECT count(*) FROM account")[0][0]
        assert here >= had
        had = here
        assert cuts < 20
    assert had == STORES
    assert cuts >= 2
    proxy.change(Line())
    assert rep.cycle().up_to_date
    rep.close()
    proxy.close()
