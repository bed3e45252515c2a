"""The first sync: every scope read page by page, what a day's work needs before the rest.

It writes straight into the live file. Each page and the key to go on from are one
transaction, so a cut loses at most one page and a crash none; there is no scratch file to
lose or to carry unsent work over from. What makes it fast is left out meanwhile and made at
the end: secondary indexes, the search index, the figures of accounts. The next page is on
its way while one is being written.

Order: catalogue and people, one's own plan, prices, then the stores of one's territories:
from here on a day can be worked (``workable``). Contacts, orders, visits and photos follow.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Table
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.schema import CreateIndex

from fieldcrm.errors import FieldCrmError, Malformed, SyncError
from fieldcrm.faults import reach
from fieldcrm.storage import facts, search
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.database import Database
from fieldcrm.sync import apply, arrivals, outbox, page, protocol, scopes, state
from fieldcrm.sync.apply import Applied
from fieldcrm.sync.entities import GLOBAL_SCOPE, Entity, registry
from fieldcrm.sync.page import Page
from fieldcrm.sync.remote import Remote

LATER = frozenset({
    "contact", "order", "visit", "check_in", "check_out", "step_answer", "photo", "visit_review", "conflict",
})  # fmt: skip
_WAL_PAGES = 20_000
_USUAL_WAL_PAGES = 1_000
_DIALECT = dialect()


class Plan(msgspec.Struct):
    """Where the first sync stands; kept with every page. ``after`` is the key to go on from."""

    cursor: str = ""
    soon: list[str] = msgspec.field(default_factory=list)
    later: list[str] = msgspec.field(default_factory=list)
    after: dict[str, str] = msgspec.field(default_factory=dict)
    grants: list[str] = msgspec.field(default_factory=list)
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    totals: dict[str, int] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FirstProgress:
    """What has come, by entity; ``totals`` is empty while nobody knows."""

    counts: dict[str, int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    workable: bool = False


Tell = Callable[[FirstProgress], None]


def is_needed(database: Database) -> bool:
    """Whether this file has never been filled to the end."""
    with database.reading() as session:
        return not state.read(outbox.raw(session), state.CURSOR, "")


def run(database: Database, remote: Remote, stop: Callable[[], bool], tell: Tell) -> bool:
    """Fill the file, or go on filling it; return whether it is done. The cursor then stands."""
    plan = _begin(database, remote)
    if not _soon(database, remote, plan, stop, tell):
        return False
    _make_indexes(database, [entity for entity in registry().values() if entity.name not in LATER])
    database.announce(registry())
    tell(FirstProgress(dict(plan.counts), plan.totals, workable=True))
    _make_derived(database, ("account", "product"))
    if not _rest(database, remote, plan, stop, tell):
        return False
    _make_indexes(database, registry().values())
    _make_derived(database, ("contact",))
    _end(database, plan)
    return True


def restart(database: Database) -> None:
    """Forget everything that came from the server, but for rows with unsent work; begin anew.

    For a server that is not the one this device knew: its versions say nothing any more.
    """
    with database.loading() as connection:
        for name in registry():
            _keep_only_unsent(connection, registry()[name])
        connection.execute("DELETE FROM sync_base")
        keys = (state.CURSOR, state.EPOCH, state.GRANTS, state.FIRST_SYNC, state.UNCONFIRMED)
        connection.executemany("DELETE FROM sync_state WHERE key = ?", [(key,) for key in keys])
        connection.execute("DELETE FROM cursor_history")
        arrivals.clear(connection)
    database.announce(registry())


def _begin(database: Database, remote: Remote) -> Plan:
    with database.reading() as session:
        kept = state.read(outbox.raw(session), state.FIRST_SYNC)
    if kept is not None:
        return msgspec.convert(kept, Plan)
    hello = remote.hello(protocol.SCHEMA)
    me = f"rep:{remote.tokens.user.id}" if remote.tokens else ""
    grants = sorted(hello["grants"], key=lambda scope: (_weight(scope), scope != me, scope))
    plan = Plan(soon=list(grants), grants=grants, totals=dict(hello.get("counts", {})))
    with database.loading() as connection:
        state.write(connection, state.EPOCH, hello["epoch"])
        state.write(connection, state.SERVER_SCHEMA, hello["schema"])
        _keep(connection, plan)
    _drop_indexes(database)
    return plan


def _weight(scope: str) -> int:
    return (GLOBAL_SCOPE, "rep", "pricebook", "terr").index(scope.partition(":")[0])


def _soon(database: Database, remote: Remote, plan: Plan, stop: Callable[[], bool], tell: Tell) -> bool:
    """Read every scope up to where a day's work is complete."""
    for scope in list(plan.soon):
        if not _scope(database, remote, plan, scope, stop, tell, until_later=True):
            return False
        plan.soon.remove(scope)
        if scope in plan.after:
            plan.later.append(scope)
        with database.loading() as connection:
            _keep(connection, plan)
    return True


def _rest(database: Database, remote: Remote, plan: Plan, stop: Callable[[], bool], tell: Tell) -> bool:
    for scope in list(plan.later):
        if not _scope(database, remote, plan, scope, stop, tell, until_later=False):
            return False
        plan.later.remove(scope)
    return True


def _scope(
    database: Database,
    remote: Remote,
    plan: Plan,
    scope: str,
    stop: Callable[[], bool],
    tell: Tell,
    *,
    until_later: bool,
) -> bool:
    """Read one scope from where it stands; return False if told to stop."""

    def is_enough(found: Page) -> bool:
        return until_later and bool(found.rows) and found.rows[-1].entity in LATER

    try:
        for found in _pages(remote, scope, plan, is_enough):
            if stop():
                return False
            _take_in(database, plan, scope, found)
            tell(FirstProgress(dict(plan.counts), plan.totals, workable=not until_later))
    except SyncError as error:
        if error.code != "not_allowed":
            raise
        _take_back(database, plan, scope)
    return True


def _pages(remote: Remote, scope: str, plan: Plan, is_enough: Callable[[Page], bool]) -> Iterator[Page]:
    """Yield a scope's pages, one ahead: the network works while the disk does."""
    ready: queue.Queue[Page | BaseException | None] = queue.Queue(maxsize=1)
    ended = threading.Event()

    def fetch() -> None:
        after, cursor = plan.after.get(scope), plan.cursor
        try:
            while not ended.is_set():
                found = page.read(remote.bootstrap(scope, after=after, cursor=cursor))
                ready.put(found)
                after, cursor = found.trailer.after, found.trailer.cursor
                if after is None or is_enough(found):
                    break
            ready.put(None)
        except FieldCrmError as error:
            ready.put(error)

    worker = threading.Thread(target=fetch, name="first sync", daemon=True)
    worker.start()
    try:
        while (found := ready.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            yield found
    finally:
        ended.set()
        while worker.is_alive():
            try:
                ready.get(timeout=0.05)
            except queue.Empty:
                continue
        worker.join()


def _take_in(database: Database, plan: Plan, scope: str, found: Page) -> None:
    """Write one page and where to go on, together."""
    if found.header is not None:
        _same_epoch(database, found.header.epoch)
    with database.loading() as connection:
        counts = apply.fill(connection, found.rows)
        reach("client.first.rows")
        plan.cursor = found.trailer.cursor
        if found.trailer.after is None:
            plan.after.pop(scope, None)
        else:
            plan.after[scope] = found.trailer.after
        for name, count in counts.items():
            plan.counts[name] = plan.counts.get(name, 0) + count
        _keep(connection, plan)
        reach("client.first.kept")
    reach("client.first.committed")


def _same_epoch(database: Database, epoch: str) -> None:
    with database.reading() as session:
        if state.read(outbox.raw(session), state.EPOCH) != epoch:
            raise Malformed("epoch_changed")


def _take_back(database: Database, plan: Plan, scope: str) -> None:
    """Drop a scope that was taken away meanwhile."""
    plan.after.pop(scope, None)
    plan.grants = [held for held in plan.grants if held != scope]
    with database.loading() as connection:
        scopes.purge(connection, (scope,), Applied())
        _keep(connection, plan)


def _end(database: Database, plan: Plan) -> None:
    with database.loading() as connection:
        connection.execute("DELETE FROM sync_state WHERE key = ?", (state.FIRST_SYNC,))
        state.write(connection, state.GRANTS, sorted(plan.grants))
        state.write(connection, state.CURSOR, plan.cursor)
        connection.execute(f"PRAGMA wal_autocheckpoint = {_USUAL_WAL_PAGES}")
    reach("client.first.ended")
    database.announce(registry())


def _keep(connection: Connection, plan: Plan) -> None:
    state.write(connection, state.FIRST_SYNC, msgspec.to_builtins(plan))


def _tables(entities: Sequence[Entity]) -> list[Table]:
    return [table for entity in entities for table in (entity.table, *(part.table for part in entity.parts))]


def _drop_indexes(database: Database) -> None:
    with database.loading() as connection:
        connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        for table in _tables(list(registry().values())):
            for index in table.indexes:
                connection.execute(f"DROP INDEX IF EXISTS {index.name}")


def _make_indexes(database: Database, entities: Any) -> None:
    with database.loading() as connection:
        for table in _tables(list(entities)):
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                statement = CreateIndex(index, if_not_exists=True).compile(dialect=_DIALECT)
                connection.execute(str(statement))
    reach("client.first.indexed")


def _make_derived(database: Database, names: Sequence[str]) -> None:
    """Make the search index and the accounts' figures of what has come."""
    with database.loading() as connection:
        for name in names:
            entity = registry()[name]
            columns = ["id", *(field.name for field in entity.fields)]
            listed = ", ".join(f'"{column}"' for column in columns)
            stored = connection.execute(f'SELECT {listed} FROM "{name}" WHERE archived_at IS NULL')  # noqa: S608
            search.index_rows(
                connection, name, (dict(zip(columns, row, strict=True)) for row in stored.fetchall())
            )
        facts.rebuild(connection)
    database.announce(names)


def _keep_only_unsent(connection: Connection, entity: Entity) -> None:
    rows = connection.execute(
        f'SELECT id FROM "{entity.name}" WHERE id NOT IN (SELECT row_id FROM outbox WHERE entity = ?'  # noqa: S608
        " AND state IN ('pending', 'inflight', 'rejected'))",
        (entity.name,),
    ).fetchall()
    apply.discard(connection, entity, [row_id for (row_id,) in rows], Applied())
    connection.execute(f'UPDATE "{entity.name}" SET version = 0')  # noqa: S608
