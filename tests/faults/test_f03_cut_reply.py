"""F3 the response is cut at any byte, or garbled.

Expected: without its trailer and checksum a body is worth nothing: it is dropped whole, the
cursor stays, what was sent stays sealed, and the same page comes the next time (I7).
"""

from __future__ import annotations

import pytest

from fieldcrm.errors import Malformed, Offline
from fieldcrm.model.accounts import Account
from fieldcrm.sync.core import ClientCore
from server.database import run
from tests.faults.conftest import cursor, hang_up, new_store
from tests.fixtures.proxy import Line, Proxy
from tests.fixtures.server import ServerProcess
from tests.sync.machine import Machine

BOOT = "00000000-0000-4000-8000-000000000000"


def test_a_line_cut_anywhere_in_a_reply_changes_nothing_and_the_reply_is_asked_for_again(
    shared_server: ServerProcess, proxy: Proxy, rep: Machine
) -> None:
    store = new_store(rep, shared_server)
    rep.cycle()
    with shared_server.opened() as database, database.writing() as connection:
        run(connection, "UPDATE account SET city = 'X' WHERE id = ?", str(store))
    rep.save(lambda s: setattr(s.get_one(Account, store), "phone", "9"))
    before = cursor(rep)
    at = 0
    while True:
        hang_up(rep)
        proxy.line = Line(cut_reply_at=at)
        try:
            rep.cycle()
            break
        except (Offline, Malformed):
            assert cursor(rep) == before
            assert rep.rows("SELECT phone, city FROM account WHERE id = ?", str(store)) == [("9", "")]
            assert rep.rows("SELECT state FROM outbox WHERE state <> 'acked'") == [("inflight",)]
        at += 7
    assert at > 500
    assert rep.rows("SELECT phone, city, version FROM account WHERE id = ?", str(store)) == [("9", "X", 3)]


def test_a_reply_cut_at_any_byte_is_dropped_whole(shared_server: ServerProcess, rep: Machine) -> None:
    store = new_store(rep, shared_server)
    core = ClientCore(rep.database, rep.remote.device)
    reply = rep.remote.sync(core.request(1, 1, BOOT))
    before = cursor(rep), rep.rows("SELECT state FROM outbox ORDER BY n")
    for at in range(len(reply) - 1):
        with pytest.raises(Malformed):
            core.receive(reply[:at], 2)
    assert before == (cursor(rep), rep.rows("SELECT state FROM outbox ORDER BY n"))
    core.receive(reply, 2)
    assert rep.rows("SELECT version FROM account WHERE id = ?", str(store)) == [(1,)]


def test_a_garbled_reply_is_dropped_whole(shared_server: ServerProcess, proxy: Proxy, rep: Machine) -> None:
    store = new_store(rep, shared_server)
    rep.cycle()
    with shared_server.opened() as database, database.writing() as connection:
        run(connection, "UPDATE account SET city = ? WHERE id = ?", "京" * 400, str(store))
    before = cursor(rep)
    proxy.line = Line(corrupt_reply_at=500)
    hang_up(rep)
    with pytest.raises((Malformed, Offline)):
        rep.cycle()
    assert cursor(rep) == before
    proxy.line = Line()
    hang_up(rep)
    assert rep.cycle().up_to_date


def test_a_line_that_breaks_now_and_then_still_gets_everything_through(
    shared_server: ServerProcess, proxy: Proxy, rep: Machine
) -> None:
    stores = [new_store(rep, shared_server) for _ in range(20)]
    proxy.line = Line(cut_request_at=1_000, cuts_left=2)
    tries = 0
    while True:
        hang_up(rep)
        tries += 1
        try:
            rep.cycle()
            break
        except Offline:
            continue
    assert tries == 3
    with shared_server.opened() as database, database.reading() as connection:
        found = run(
            connection, "SELECT count(*) FROM account WHERE id IN ?", [str(s) for s in stores]
        ).scalar()
    assert found == 20
