"""The first sync: every scope read page by page, what a day's work needs before the rest.

It writes straight into the live file. Each page and the key to go on from are one
transaction, so a cut loses at most one page and a crash none; there is no scratch file to
lose or to carry unsent work over from. What makes it fast is left out meanwhile and made at
the end: secondary indexes, the search index, the figures of accounts. The next page is on
its way while one is being written.

Order: catalogue and people, one's own plan, the prices in force, then the stores of this week's
plan with all they need: from here on a day can be worked (``workable``). The other stores follow,
then contacts, orders, visits and photos. Without a plan the day can be worked once all stores are here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Table
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.schema import CreateIndex

from fieldcrm.errors import Malformed, Offline, SyncError
from fieldcrm.faults import reach
from fieldcrm.storage import facts, search
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.database import Database
from fieldcrm.sync import apply, arrivals, fetching, outbox, protocol, scopes, state
from fieldcrm.sync.apply import Applied
from fieldcrm.sync.entities import GLOBAL_SCOPE, Entity, registry
from fieldcrm.sync.fetching import Fetched, Pace
from fieldcrm.sync.page import RawPage
from fieldcrm.sync.protocol import MAX_ROWS
from fieldcrm.sync.remote import Remote

LATER = frozenset({
    "contact", "account_strategy",
    "order", "visit", "check_in", "check_out", "step_answer", "photo", "visit_review",
    "conflict", "phone_call", "promotion_use", "rebate_entry", "money_entry",
    "visit_amendment", "position_refusal",
    "visit_finding", "visit_share", "shared_report", "merged_field", "joint_visit",
    "quote", "quote_act", "order_version", "delivery", "order_return",
})  # fmt: skip
_OF_STORES = LATER | {"account"}
_TODAY = "today"
_WAL_PAGES = 20_000
_USUAL_WAL_PAGES = 1_000
_DIALECT = dialect()


class Plan(msgspec.Struct):
    """Where the first sync stands; kept with every page. ``after`` is the key to go on from.

    Scopes are ``needed`` for any day, asked for what ``today`` needs, read up to the stores
    (``soon``) and then to their end (``later``); the server named them at ``named_at``.
    """

    cursor: str = ""
    needed: list[str] = msgspec.field(default_factory=list)
    today: list[str] = msgspec.field(default_factory=list)
    workable: bool = False
    soon: list[str] = msgspec.field(default_factory=list)
    later: list[str] = msgspec.field(default_factory=list)
    after: dict[str, str] = msgspec.field(default_factory=dict)
    grants: list[str] = msgspec.field(default_factory=list)
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    totals: dict[str, int] = msgspec.field(default_factory=dict)
    files: dict[str, str] = msgspec.field(default_factory=dict)
    prebuilt: bool = False
    rows: int = MAX_ROWS
    named_at: int = 0


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
    if not _soon(database, remote, plan, plan.needed, stop, tell):
        return False
    if plan.today and not _today(database, remote, plan, stop, tell):
        return False
    if not _soon(database, remote, plan, plan.soon, stop, tell):
        return False
    _stores_are_here(database, plan, tell)
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
        connection.execute("DELETE FROM sync_base")
        for name in registry():
            _keep_only_unsent(connection, registry()[name])
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
    grants = sorted(hello["grants"], key=lambda scope: (_weight(scope), scope))
    features, not_yet = hello.get("features", ()), hello.get("not_yet", ())
    needed = [s for s in grants if s == me or (fetching.is_shared(s) and s not in not_yet)]
    plan = Plan(
        needed=needed, soon=[s for s in grants if s not in needed], grants=grants,
        today=[s for s in grants if s.startswith("terr:") and _TODAY in features],
        totals=_totals(hello.get("counts", {})), prebuilt="prebuilt" in features,
        named_at=hello.get("server_time", 0),
    )  # fmt: skip
    with database.loading() as connection:
        state.write(connection, state.EPOCH, hello["epoch"])
        state.write(connection, state.SERVER_SCHEMA, hello["schema"])
        _keep(connection, plan)
    _drop_indexes(database)
    return plan


def _weight(scope: str) -> int:
    return (GLOBAL_SCOPE, "pricebook", "cost", "rep", "terr").index(scope.partition(":")[0])


def _totals(counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Add up what the server counted by scope and entity."""
    totals: dict[str, int] = {}
    for held in counts.values():
        for name, count in held.items():
            totals[name] = totals.get(name, 0) + count
    return totals


def _today(database: Database, remote: Remote, plan: Plan, stop: Callable[[], bool], tell: Tell) -> bool:
    """Read the stores of this week's plan; with any of them a day can be worked."""

    def is_enough(found: RawPage) -> bool:
        return not (found.trailer.after or "").startswith(_TODAY)

    for scope in list(plan.today):
        plan.after.setdefault(scope, _TODAY)
        if not _scope(database, remote, plan, scope, stop, tell, is_enough):
            return False
        plan.today.remove(scope)
    if plan.counts.get("account"):
        complete = [entity for entity in registry().values() if entity.name not in _OF_STORES]
        _be_workable(database, plan, tell, complete, ("product", "account", "contact"))
    return True


def _stores_are_here(database: Database, plan: Plan, tell: Tell) -> None:
    complete = [entity for entity in registry().values() if entity.name not in LATER]
    if not plan.workable:
        _be_workable(database, plan, tell, complete, ("product", "account"))
        return
    _make_indexes(database, complete)
    with database.loading() as connection:
        search.rebuild(connection, ("account",))
    database.announce(("account",))


def _be_workable(
    database: Database, plan: Plan, tell: Tell, complete: Sequence[Entity], found: Sequence[str]
) -> None:
    """Make what a day's work reads of tables that are complete, and what can be found."""
    _make_indexes(database, complete)
    _make_derived(database, found)
    plan.workable = True
    with database.loading() as connection:
        _keep(connection, plan)
        arrivals.note_later_sets(connection, plan.named_at)
    database.announce(registry())
    tell(FirstProgress(dict(plan.counts), plan.totals, workable=True))


def _soon(
    database: Database, remote: Remote, plan: Plan, wanted: list[str], stop: Callable[[], bool], tell: Tell
) -> bool:
    """Read scopes, and take them from those ``wanted``, up to where a day's work is complete."""

    def is_enough(found: RawPage) -> bool:
        return bool(found.rows) and found.rows[-1].entity in LATER

    for scope in list(wanted):
        if not _scope(database, remote, plan, scope, stop, tell, is_enough):
            return False
        wanted.remove(scope)
        if scope in plan.after:
            plan.later.append(scope)
        with database.loading() as connection:
            _keep(connection, plan)
    return True


def _rest(database: Database, remote: Remote, plan: Plan, stop: Callable[[], bool], tell: Tell) -> bool:
    for scope in list(plan.later):
        if not _scope(database, remote, plan, scope, stop, tell, lambda _found: False):
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
    is_enough: Callable[[RawPage], bool],
) -> bool:
    """Read one scope from where it stands, as far as is enough; return False if told to stop."""
    pace = Pace(plan.rows)
    try:
        for fetched in fetching.ahead(
            remote, scope, plan.after.get(scope), plan.cursor, pace,
            as_file=plan.prebuilt and fetching.is_shared(scope), is_enough=is_enough,
        ):  # fmt: skip
            if stop():
                return False
            _take_in(database, plan, scope, fetched)
            tell(FirstProgress(dict(plan.counts), plan.totals, workable=plan.workable))
    except Offline:
        pace.broke()
        raise
    except SyncError as error:
        if error.code != "not_allowed":
            raise
        _take_back(database, plan, scope)
    finally:
        plan.rows = pace.rows
        _keep_pace(database, plan)
    return True


def _take_in(database: Database, plan: Plan, scope: str, fetched: Fetched) -> None:
    """Write one page and where to go on, together."""
    found = fetched.page
    if found.header is not None:
        _same_epoch(database, found.header.epoch)
    with database.loading() as connection:
        counts = apply.fill(connection, fetched.lots)
        reach("client.first.rows")
        _move_on(plan, scope, fetched)
        for name, count in counts.items():
            plan.counts[name] = plan.counts.get(name, 0) + count
        _keep(connection, plan)
        reach("client.first.kept")
    reach("client.first.committed")


def _move_on(plan: Plan, scope: str, fetched: Fetched) -> None:
    """Note where to go on from. A file's cursor counts once all of it is here.

    It is that of the first file, should another have taken its place half-way: what left between
    the two is in neither, and only the feed from there on tells of it.
    """
    if fetched.from_file:
        plan.files.setdefault(scope, fetched.page.trailer.cursor)
    else:
        plan.cursor = fetched.page.trailer.cursor
    if fetched.after is not None:
        plan.after[scope] = fetched.after
        return
    plan.after.pop(scope, None)
    if scope in plan.files:
        plan.cursor = ",".join(filter(None, (plan.cursor, plan.files.pop(scope))))


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
        state.write(connection, state.CHECK_AFTER, 0)
        state.write(connection, state.CHECK_ASKED, True)
        connection.execute(f"PRAGMA wal_autocheckpoint = {_USUAL_WAL_PAGES}")
    reach("client.first.ended")
    database.announce(registry())


def _keep_pace(database: Database, plan: Plan) -> None:
    """Keep how much the line took, beside what is written: a page that was undone stays undone."""
    with database.loading() as connection:
        kept = state.read(connection, state.FIRST_SYNC)
        if kept is not None:
            state.write(connection, state.FIRST_SYNC, kept | {"rows": plan.rows})


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
        search.rebuild(connection, names)
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
    # Not to be seen any more unless the server tells of it: an edit alone does not keep a row.
    edited = connection.execute(
        f'SELECT id FROM "{entity.name}" WHERE id NOT IN (SELECT row_id FROM outbox WHERE entity = ?'  # noqa: S608
        " AND op = 'create' AND state IN ('pending', 'inflight', 'rejected'))",
        (entity.name,),
    ).fetchall()
    for (row_id,) in edited:
        apply.set_base(connection, entity.name, row_id, apply.Base(0, None))
