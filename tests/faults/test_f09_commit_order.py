"""F9 many writers commit in any order, some roll back, one holds its transaction open.

Expected: a tailing reader of the feed misses nothing, and nobody's open transaction, here or in
another database, stalls the feed of the others (I6). The classic cursor, the outbox's own
numbers, is the control: on PostgreSQL it must miss rows, or the test proves nothing.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from sqlalchemy.engine import make_url

from fieldcrm.ids import new_id
from server import cursors, stamp
from server.database import Database, run
from tests.fixtures.postgres import Cluster

WRITERS = 8
TRANSACTIONS = 40
AT_ONCE = 4  # connections of one writer where there are many
INSERT = "INSERT INTO territory (id, version, code, name) VALUES (?, 1, 'c', 'n')"
Reader = Callable[[Database, int], tuple[set[str], int]]


def follow_feed(database: Database, last: int) -> tuple[set[str], int]:
    """Read as a pull does: number what waits, then read one snapshot with its end."""
    stamp.stamp_all(database, 0)
    with database.reading() as connection:
        end = cursors.newest(connection).seq
        rows = run(
            connection, "SELECT row_id FROM sync_row WHERE scope_id = 'global' AND seq > ? AND seq <= ?",
            last, end,
        ).all()  # fmt: skip
    return {row_id for (row_id,) in rows}, end


def follow_outbox(database: Database, last: int) -> tuple[set[str], int]:
    """Read the outbox by its own numbers, as the classic mistake does."""
    with database.reading() as connection:
        rows = run(connection, "SELECT id, row_id FROM sync_outbox WHERE id > ? ORDER BY id", last).all()
    return {row_id for _, row_id in rows}, max([last, *(number for number, _ in rows)])


def missed(url: str, read: Reader, at_once: int = 1) -> tuple[int, int]:
    """Return how many committed rows a tailing reader never saw, and how many there are."""
    writers = [_writer(url, seed, at_once) for seed in range(WRITERS)]
    for writer in writers:
        assert _of(writer.stdout).readline() == "ready\n"
    database = Database(url)
    seen: set[str] = set()
    last = 0
    for writer in writers:
        _of(writer.stdin).write("go\n")
        _of(writer.stdin).close()
    while any(writer.poll() is None for writer in writers):
        new, last = read(database, last)
        seen |= new
    seen |= read(database, last)[0]
    assert all(writer.wait() == 0 for writer in writers)
    with database.reading() as connection:
        there = {row_id for (row_id,) in run(connection, "SELECT id FROM territory").all()}
    database.close()
    return len(there - seen), len(there)


def _writer(url: str, seed: int, at_once: int) -> subprocess.Popen[str]:
    parts = make_url(url)
    kind = parts.get_backend_name()
    where = f"host={parts.query.get('host')} user=postgres dbname={parts.database}"
    arguments = [kind, str(parts.database) if kind == "sqlite" else where, str(seed),
                 str(TRANSACTIONS // at_once), str(at_once)]  # fmt: skip
    program = Path(__file__).with_name("writer.py")
    return subprocess.Popen(
        [sys.executable, str(program), *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def _of(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def test_a_tailing_reader_of_the_feed_misses_nothing(server_url: str) -> None:
    lost, written = missed(server_url, follow_feed)
    assert written > WRITERS * TRANSACTIONS
    assert lost == 0


def test_the_classic_cursor_misses_rows_on_postgresql(postgresql: Cluster) -> None:
    name = f"t{new_id().hex}"
    lost, _ = missed(postgresql.create(name, template="model"), follow_outbox)
    postgresql.drop(name)
    assert lost > 0


def test_thirty_two_writers_at_once_change_nothing_about_that(postgresql: Cluster) -> None:
    name = f"t{new_id().hex}"
    lost, written = missed(postgresql.create(name, template="model"), follow_feed, AT_ONCE)
    postgresql.drop(name)
    assert written > WRITERS * TRANSACTIONS
    assert lost == 0


def test_an_open_transaction_does_not_stall_the_feed(postgresql: Cluster) -> None:
    name = f"t{new_id().hex}"
    database = Database(postgresql.create(name, template="model"))
    held, free = str(new_id()), str(new_id())
    with database.writing() as slow:
        run(slow, INSERT, held)
        with database.writing() as quick:
            run(quick, INSERT, free)
        seen, last = follow_feed(database, 0)
        assert seen == {free}
    assert follow_feed(database, last)[0] == {held}
    database.close()
    postgresql.drop(name)


def test_a_transaction_open_through_everything_is_not_missed_in_the_end(postgresql: Cluster) -> None:
    name = f"t{new_id().hex}"
    url = postgresql.create(name, template="model")
    database, held, last = Database(url), str(new_id()), 0
    with database.writing() as slow:
        run(slow, INSERT, held)  # it has the lowest number of all, and commits last
        lost, _ = missed(url, follow_feed)
        last = follow_feed(database, 0)[1]
    assert lost == 0
    assert follow_feed(database, last)[0] == {held}
    database.close()
    postgresql.drop(name)


def test_a_rollback_leaves_no_hole_that_the_feed_waits_at(postgresql: Cluster) -> None:
    name = f"t{new_id().hex}"
    database = Database(postgresql.create(name, template="model"))
    kept = [str(new_id()) for _ in range(3)]
    last = 0
    for row in kept:
        with suppress(ZeroDivisionError), database.writing() as connection:
            run(connection, INSERT, str(new_id()))
            raise ZeroDivisionError
        with database.writing() as connection:
            run(connection, INSERT, row)
        seen, last = follow_feed(database, last)
        assert seen == {row}
    database.close()
    postgresql.drop(name)


def test_a_writer_in_another_database_does_not_stall_the_feed(postgresql: Cluster) -> None:
    names = [f"t{new_id().hex}" for _ in range(2)]
    ours, theirs = (Database(postgresql.create(name, template="model")) for name in names)
    row, last = str(new_id()), follow_feed(ours, 0)[1]
    with theirs.writing() as open_all_the_time:
        run(open_all_the_time, INSERT, str(new_id()))
        with ours.writing() as connection:
            run(connection, INSERT, row)
        assert follow_feed(ours, last)[0] == {row}
    for database, name in zip((ours, theirs), names, strict=True):
        database.close()
        postgresql.drop(name)
