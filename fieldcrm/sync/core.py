"""The client's side of the exchange without a socket, a clock, chance or sleep.

``request`` gives the bytes to send, ``receive`` takes in what came back: all of it in one
transaction with the cursor (I7), or nothing. Between the two the entries that were sent
are sealed on disk, so that an edit made meanwhile is never swallowed by the answer (F12).
A response that repeats a point this device has passed is dropped, like a cut one.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import msgspec

from fieldcrm.errors import Malformed
from fieldcrm.faults import planted, reach
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.database import Database
from fieldcrm.storage.local import OutboxState
from fieldcrm.sync import (
    acks,
    apply,
    arrivals,
    batch,
    departed,
    outbox,
    page,
    protocol,
    receipts,
    scopes,
    state,
    times,
)
from fieldcrm.sync.acks import Settled
from fieldcrm.sync.apply import Applied
from fieldcrm.sync.outbox import Entry
from fieldcrm.sync.page import Page
from fieldcrm.sync.protocol import (
    MAX_BATCH,
    MAX_BODY,
    MAX_ROWS,
    Header,
    Mutation,
    SyncRequest,
    Trailer,
    Want,
)
from fieldcrm.sync.times import Reading

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """What one response did; ``pictures`` are hashes of photos that left."""

    rows: int
    more: bool
    settled: Settled
    written: dict[str, set[str]] = field(default_factory=dict)
    removed: dict[str, set[str]] = field(default_factory=dict)
    pictures: frozenset[str] = frozenset()
    grants_added: tuple[str, ...] = ()
    grants_removed: tuple[str, ...] = ()


class ClientCore:
    """One device's exchange with the server; ``device`` is the id it signed in with."""

    def __init__(self, database: Database, device: str) -> None:
        self._database = database
        self._device = device
        self._postponed: set[str] = set()
        self._repeated = ""
        self._asked: Reading | None = None
        self._awaited = ""
        self.server_key = ""  # receipts are checked with it as soon as it is known

    def begin_cycle(self) -> None:
        """Give mutations that the server postponed another turn."""
        self._postponed.clear()

    def has_work(self) -> bool:
        """Whether something could be pushed now."""
        with self._database.reading() as session:
            return bool(batch.choose(outbox.raw(session), self._postponed, most=1))

    def request(
        self,
        now_ms: int,
        mono_ms: int,
        boot: str,
        *,
        most: int = MAX_BATCH,
        size: int = MAX_BODY,
        rows: int = MAX_ROWS,
    ) -> bytes:
        """Seal what is sent and return the request: push and pull in one."""
        with self._database.writing() as session:
            connection = outbox.raw(session)
            entries = batch.choose(connection, self._postponed, most=most, size=size)
            staying = _staying(connection, len(entries))
            push = [_sealed(connection, entry, now_ms) for entry in entries]
            reach("client.push.sealed")
            request = SyncRequest(
                dev=self._device, schema=protocol.SCHEMA, n_next=_next(connection),
                epoch=state.read(connection, state.EPOCH), cursor=state.read(connection, state.CURSOR, ""),
                lease=state.read(connection, state.LEASE), sent_at=now_ms, mono=mono_ms, boot=boot,
                push=push, unsent=staying,
            )  # fmt: skip
            if rows != MAX_ROWS:  # what is usual goes without saying
                request = msgspec.structs.replace(request, want=Want(rows, MAX_BODY))
        self._asked, self._awaited = Reading(now_ms, mono_ms, boot), protocol.brief(request)
        reach("client.push.durable")
        if push:
            self._database.announce({"outbox"})
        return msgspec.json.encode(request)

    def receive(self, body: bytes, now_ms: int, mono_ms: int | None = None) -> Received:
        """Take in a whole response, or raise ``Malformed`` and change nothing.

        With ``mono_ms`` the answer to the request made last also tells how far our clock is off.
        """
        answer = page.read(body)
        if answer.header is None:
            raise Malformed("no_header")
        reach("client.page.read")
        if planted("cursor_before_rows"):
            self._cursor_first(answer.trailer.cursor, now_ms)
        with self._database.loading() as connection:
            received, touched = self._take_in(connection, answer, answer.header, now_ms)
            if self._asked is not None and mono_ms is not None:
                got = Reading(now_ms, mono_ms, self._asked.boot)
                times.note(connection, self._asked, got, answer.header.server_time)
                self._asked = None
            reach("client.page.before_commit")
        reach("client.page.committed")
        self._postponed |= received.settled.postponed
        self._database.announce(touched)
        return received

    def _take_in(
        self, connection: Connection, answer: Page, header: Header, now_ms: int
    ) -> tuple[Received, frozenset[str]]:
        trailer = answer.trailer
        self._refuse_late(connection, header, trailer)
        self._refuse_replay(connection, trailer)
        _same_epoch(connection, header.epoch)
        applied = Applied()
        coming = {(row.entity, row.id): row.version for row in answer.rows if row.state == "put"}
        settled = acks.settle(connection, header.acks, now_ms, applied, coming)
        if not receipts.keep(connection, header, self._device, self.server_key, now_ms):
            log.error("the server's receipt does not hold; the work is kept as sent without one")
        reach("client.page.acks")
        _empty_what_is_given_again(connection, answer, applied)
        apply.rows(connection, answer.rows, applied)
        reach("client.page.rows")
        scopes.purge(connection, trailer.grants_removed, applied)
        if not trailer.more and trailer.cursor != state.read(connection, state.CURSOR, ""):
            scopes.remove_unconfirmed(connection, applied)  # a leaver is sent no row, and keeps what is his
        acks.release(connection, applied)
        departed.note(connection, applied, now_ms)
        whole = not trailer.more and not state.was_passed(connection, trailer.cursor)
        waited = arrivals.are_waiting(connection, "rule_set") if whole else False
        place = state.move_cursor(connection, trailer.cursor, now_ms, whole=whole)
        arrivals.note(connection, ((row.entity, row.id) for row in answer.rows), place)
        reach("client.page.cursor")
        _count_on(connection, header.n_applied)
        _remember(connection, header, trailer, now_ms)
        touched = applied.touched | ({"outbox"} if header.acks else frozenset())
        touched |= {"rule_set"} if waited else frozenset()  # from now on it is used
        received = Received(
            len(answer.rows), trailer.more, settled, applied.written, applied.removed,
            frozenset(applied.pictures), tuple(trailer.grants_added), tuple(trailer.grants_removed),
        )  # fmt: skip
        return received, touched

    def _refuse_late(self, connection: Connection, header: Header, trailer: Trailer) -> None:
        """Drop an answer to another request than the last one, unless this device stands where it leads.

        Its rows and its news of scopes are older than what is here; what it says of sent work is said again.
        """
        other = header.asked is not msgspec.UNSET and header.asked != self._awaited
        if (
            other
            and trailer.cursor != state.read(connection, state.CURSOR, "")
            and not planted("no_version_guard")
        ):
            raise Malformed("passed_before")

    def _refuse_replay(self, connection: Connection, trailer: Trailer) -> None:
        """Drop a response that repeats a point passed before, unless it takes away what is held here.

        What comes twice in a row is meant: replies came in another order, and this device went back
        with one of them.
        """
        takes = not set(trailer.grants_removed).isdisjoint(state.read(connection, state.GRANTS, []))
        meant = takes or trailer.cursor == self._repeated or planted("no_version_guard")
        if not meant and state.was_passed(connection, trailer.cursor):
            self._repeated = trailer.cursor
            raise Malformed("passed_before")
        self._repeated = ""

    def _cursor_first(self, cursor: str, now_ms: int) -> None:
        with self._database.loading() as connection:
            state.move_cursor(connection, cursor, now_ms, whole=False)
        reach("client.page.cursor_alone")


def _sealed(connection: Connection, entry: Entry, now_ms: int) -> Mutation:
    """Mark an entry as sent; from now on it never changes."""
    mutation = entry.mutation
    sealed = OutboxState.ACKED if planted("lost_reply_forgotten") else OutboxState.INFLIGHT
    connection.execute(
        "UPDATE outbox SET state = ?, payload = ?, needs = ?, tries = tries + 1,"
        " sent_at = coalesce(sent_at, ?) WHERE n = ?",
        (sealed, outbox.payload(mutation), msgspec.json.encode(mutation.needs).decode(), now_ms, entry.n),
    )
    return mutation


def _next(connection: Connection) -> int:
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
    return 1 if found is None else int(found[0]) + 1


def _staying(connection: Connection, sent: int) -> int:
    """Return how much this request does not take along; the office's list of laptops shows it."""
    found = connection.execute(
        "SELECT (SELECT count(*) FROM outbox WHERE state IN ('pending', 'inflight'))"
        " + (SELECT count(*) FROM upload WHERE state IN ('waiting', 'sending', 'failed'))"
    )
    return int(found.fetchone()[0]) - sent


def _count_on(connection: Connection, n_applied: int) -> None:
    """Go on counting after what the server has seen: an old copy of this file would count it twice."""
    behind = n_applied - _next(connection) + 1
    if behind <= 0:
        return
    waiting = connection.execute(
        "SELECT n FROM outbox WHERE state = 'pending' AND n <= ? ORDER BY n DESC", (n_applied,)
    )
    for (n,) in waiting.fetchall():
        connection.execute("UPDATE outbox SET n = ? WHERE n = ?", (n + n_applied, n))
    last = connection.execute("SELECT coalesce(max(n), 0) FROM outbox").fetchone()[0]
    connection.execute("DELETE FROM sqlite_sequence WHERE name = 'outbox'")
    connection.execute(
        "INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?)", (max(int(last), n_applied),)
    )


def _same_epoch(connection: Connection, epoch: str) -> None:
    known = state.read(connection, state.EPOCH)
    if known is not None and known != epoch:
        raise Malformed("epoch_changed")
    if known is None:
        state.write(connection, state.EPOCH, epoch)


def _empty_what_is_given_again(connection: Connection, answer: Page, applied: Applied) -> None:
    """Empty scopes that are given as new but are held: this device went back to before them.

    All of them comes again with these pages; of what left them meanwhile nobody would tell. An old
    response says the same, however often it comes: what it tells is older than what is here (I14).
    """
    again = sorted({*answer.trailer.grants_added}.intersection(state.read(connection, state.GRANTS, [])))
    if again and apply.holds_newer(connection, answer.rows):
        raise Malformed("passed_before")
    if again:
        departed_before = dict(applied.departed)
        scopes.purge(connection, again, applied)
        applied.departed = departed_before


def _remember(connection: Connection, header: Header, trailer: Trailer, now_ms: int) -> None:
    if trailer.grants_added or trailer.grants_removed:
        kept = set(state.read(connection, state.GRANTS, [])) - set(trailer.grants_removed)
        state.write(connection, state.GRANTS, sorted(kept | set(trailer.grants_added)))
    state.write(connection, state.SERVER_SCHEMA, header.schema)
    if not trailer.more:
        state.write(connection, state.LAST_SYNC, now_ms)
    state.take_lease(connection, header.lease_next)
