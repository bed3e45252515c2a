"""A page of server rows into the tables: newer rows only, unsent edits laid on top again.

The version guard makes every page harmless to repeat (I11, I14). A row with unsent work
gets a new ``sync_base`` and shows base plus that work, so no pull changes what the user
sees in an edited field (I10). A row that left (``gone``, ``tomb``) goes at once, unless
unsent work pins it: then its base is null and it goes when the work has its answer (I5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fieldcrm.faults import planted, reach
from fieldcrm.storage import facts, search
from fieldcrm.storage.cipher import Connection
from fieldcrm.sync import contents, documents, filling, intents, outbox, uploads
from fieldcrm.sync.entities import Entity, registry
from fieldcrm.sync.filling import Lot
from fieldcrm.sync.outbox import Entry
from fieldcrm.sync.protocol import Op, Row

_PUT = "put"
_FILL = "fill"
_PHOTO = "photo"
_ACCOUNT = "account"
_LEFT = {"gone": "moved", "tomb": "deleted"}

Body = dict[str, Any]


@dataclass(slots=True)
class Applied:
    """What changed on this device: ids by entity, hashes of photos that left, and who else left.

    ``departed`` holds entity, name and reason of what a user would miss.
    """

    written: dict[str, set[str]] = field(default_factory=dict)
    removed: dict[str, set[str]] = field(default_factory=dict)
    pictures: set[str] = field(default_factory=set)
    departed: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def add(self, entity: str, ids: Iterable[str]) -> None:
        """Note written rows."""
        self.written.setdefault(entity, set()).update(ids)

    def remove(self, entity: str, ids: Iterable[str]) -> None:
        """Note removed rows."""
        self.removed.setdefault(entity, set()).update(ids)

    def depart(self, connection: Connection, entity: str, ids: Mapping[str, str]) -> None:
        """Note rows that leave, each with its reason, while their names can still be read."""
        if entity == _ACCOUNT:
            for some in documents.chunks(ids):
                query = f"SELECT id, name FROM account WHERE id IN ({','.join('?' * len(some))})"  # noqa: S608
                for row_id, name in connection.execute(query, some).fetchall():
                    self.departed[row_id] = (entity, name, ids[row_id])

    @property
    def touched(self) -> frozenset[str]:
        """Return the entities that changed."""
        return frozenset(name for names in (self.written, self.removed) for name in names if names[name])


@dataclass(frozen=True, slots=True)
class Base:
    """The server's last copy of a row with unsent work; ``body`` None says that the row left."""

    version: int
    body: Body | None


def rows(connection: Connection, page: Sequence[Row], applied: Applied) -> None:
    """Apply a page's rows, parents first; the caller's transaction holds the cursor too."""
    newest: dict[str, dict[str, Row]] = {}
    for row in page:
        seen = newest.setdefault(row.entity, {})
        if row.id not in seen or row.version >= seen[row.id].version:
            seen[row.id] = row
    for entity in registry().values():
        if entity.name in newest:
            _entity_rows(connection, entity, newest[entity.name], applied)
            reach("client.page.entity")


def holds_newer(connection: Connection, page: Sequence[Row]) -> bool:
    """Whether some row of a page is newer here: then the page is not what the server would say now."""
    for name in {row.entity for row in page}:
        told = {row.id: row.version for row in page if row.entity == name}
        bases = {row_id: base.version for row_id, base in _bases(connection, name, told).items()}
        for here in (_versions(connection, name, told), bases):
            if any(version > told[row_id] for row_id, version in here.items()):
                return True
    return False


def overwrite(connection: Connection, page: Sequence[Row], applied: Applied) -> None:
    """Take rows as the server has them now, whatever version is here: its history was set back.

    A row that is gone there stays if its creation is about to be sent again.
    """
    for name in {row.entity for row in page}:
        ids = [row.id for row in page if row.entity == name]
        drop_bases(connection, name, ids)
        _set_versions(connection, name, ids, -1)
    rows(connection, page, applied)
    for row in page:
        if row.state in _LEFT:
            _set_versions(connection, row.entity, [row.id], 0)
            if _is_being_made(connection, row):
                drop_bases(connection, row.entity, [row.id])


def _set_versions(connection: Connection, entity: str, ids: Sequence[str], version: int) -> None:
    query = f'UPDATE "{entity}" SET version = ? WHERE id = ?'  # noqa: S608  # names of our own
    connection.executemany(query, [(version, row_id) for row_id in ids])


def _is_being_made(connection: Connection, row: Row) -> bool:
    waiting = outbox.unsent(connection, row.entity, row.id)
    return any(entry.mutation.op is Op.CREATE for entry in waiting)


def fill(connection: Connection, lots: Iterable[Lot]) -> dict[str, int]:
    """Write a page of the first sync and count its new rows; what is derived is made at its end."""
    counts: dict[str, int] = {}
    for whole in lots:
        here = _between(connection, whole)
        rows(connection, [row.row() for row in whole.rows if row.id in here], Applied())
        lot = whole.without(here) if here else whole
        name, ids = lot.entity.name, [row.id for row in lot.rows]
        plain = all(row.state == _PUT for row in lot.rows) and not _waiting(connection, name) & set(ids)
        if not (plain and filling.insert(connection, lot)):
            rows(connection, [row.row() for row in lot.rows], Applied())
        counts[name] = counts.get(name, 0) + len(ids)
    return counts


def _between(connection: Connection, lot: Lot) -> frozenset[str]:
    """Return the ids of rows that are here already, among which this lot's may be."""
    ids = [row.id for row in lot.rows]
    query = f'SELECT id FROM "{lot.entity.name}" WHERE id BETWEEN ? AND ?'  # noqa: S608  # a name of our own
    return frozenset(i for (i,) in connection.execute(query, (min(ids), max(ids))))


def _entity_rows(
    connection: Connection, entity: Entity, incoming: Mapping[str, Row], applied: Applied
) -> None:
    bases = _bases(connection, entity.name, incoming)
    unsent = _unsent(connection, entity.name, incoming)
    versions = _versions(connection, entity.name, incoming)
    _fill_columns(connection, entity, [row for row in incoming.values() if row.state == _FILL], applied)
    fresh = [row for row in incoming.values() if _is_news(row, versions.get(row.id), bases.get(row.id))]
    puts = [(row.id, row.version, row.body or {}) for row in fresh if row.state == _PUT]
    plain = [put for put in puts if put[0] not in unsent]
    store(connection, entity, plain, applied)
    drop_bases(connection, entity.name, [put[0] for put in plain if put[0] in bases])
    edited = [put for put in puts if put[0] in unsent]
    for row_id, version, body in edited:
        set_base(connection, entity.name, row_id, Base(version, body))
    if edited:  # the sum is of what the server told, so that it fits when that is shown again
        contents.note(connection, entity, documents.write(connection, entity, edited).rows)
    shown = [(row_id, version, as_seen(body, unsent[row_id])) for row_id, version, body in edited]
    store(connection, entity, shown, applied, told=False)
    left = [row for row in fresh if row.state in _LEFT]
    applied.depart(connection, entity.name, {row.id: _LEFT[row.state] for row in left})
    for row in left:
        if row.id in unsent:
            set_base(connection, entity.name, row.id, Base(row.version, None))
    discard(connection, entity, [row.id for row in left if row.id not in unsent], applied)


def _fill_columns(connection: Connection, entity: Entity, fills: Sequence[Row], applied: Applied) -> None:
    """Put into rows of just this version what columns hold that this program has only now."""
    here = documents.read(connection, entity, [row.id for row in fills])
    wanted = []
    for row in fills:
        base, document = base_of(connection, entity.name, row.id), here.get(row.id)
        if base is not None and base.body is not None and base.version == row.version:
            whole = base.body | (row.body or {})
            set_base(connection, entity.name, row.id, Base(base.version, whole))
            shown = as_seen(whole, outbox.unsent(connection, entity.name, row.id))
            wanted.append((row.id, row.version, shown))
        elif base is None and document is not None and document.version == row.version:
            wanted.append((row.id, row.version, document.body | (row.body or {})))
    store(connection, entity, wanted, applied)


def _is_news(row: Row, version: int | None, base: Base | None) -> bool:
    if row.state == _FILL:
        return False
    if planted("no_version_guard"):
        return True
    if base is not None and base.body is None:
        return row.version >= base.version
    known = max(version if version is not None else -1, base.version if base else -1)
    return row.version > known or (row.state in _LEFT and row.version == known)


def as_seen(body: Body, unsent: Sequence[Entry]) -> Body:
    """Return a row as its user sees it: the server's copy with the unsent work on top."""
    for entry in unsent:
        body = intents.overlaid(body, entry.intent, entry.mutation.at)
    return body


def store(
    connection: Connection, entity: Entity, wanted: Sequence[tuple[str, int, Body]], applied: Applied, *,
    told: bool = True,
) -> None:  # fmt: skip
    """Write whole rows and bring along what is derived from them.

    What the server has not just ``told`` keeps its sum: a kept copy may be of a damaged row (I20).
    """
    if not wanted:
        return
    written = documents.write(connection, entity, wanted)
    for reads, refresh in ((search.READS, search.index_rows), (facts.READS, facts.note_rows)):
        fields = reads.get(entity.name, frozenset())
        derived = [{**body, "id": i} for i, _, body in wanted if fields & written.changed[i] or entity.parts]
        refresh(connection, entity.name, derived)
    if told:
        contents.note(connection, entity, written.rows)
    if entity.name == _PHOTO:
        uploads.note_stored(connection, [row_id for row_id, _, _ in wanted])
    applied.add(entity.name, (row_id for row_id, _, _ in wanted))


def discard(connection: Connection, entity: Entity, ids: Sequence[str], applied: Applied) -> None:
    """Remove rows with everything of them: parts, base, index."""
    if not ids:
        return
    before = documents.read(connection, entity, ids)
    if not planted("purge_forgets_search"):
        search.forget(connection, entity.name, ids)
    documents.delete(connection, entity, ids)
    contents.forget(connection, entity.name, ids)
    left = [{**document.body, "id": row_id} for row_id, document in before.items()]
    facts.note_rows(connection, entity.name, left)
    if entity.name == _PHOTO:
        hashes = {body["sha256"] for body in left}
        uploads.note_left(connection, hashes)
        applied.pictures |= hashes
    drop_bases(connection, entity.name, ids)
    applied.remove(entity.name, ids)


def base_of(connection: Connection, entity: str, row_id: str) -> Base | None:
    """Return the kept server copy of a row, if there is one."""
    return _bases(connection, entity, (row_id,)).get(row_id)


def set_base(connection: Connection, entity: str, row_id: str, base: Base) -> None:
    """Keep another server copy of a row."""
    connection.execute(
        "INSERT INTO sync_base (entity, row_id, version, body) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (entity, row_id) DO UPDATE SET version = excluded.version, body = excluded.body",
        (entity, row_id, base.version, msgspec.json.encode(base.body).decode()),
    )


def drop_bases(connection: Connection, entity: str, ids: Iterable[str]) -> None:
    """Forget kept server copies."""
    connection.executemany(
        "DELETE FROM sync_base WHERE entity = ? AND row_id = ?", [(entity, row_id) for row_id in ids]
    )


def _bases(connection: Connection, entity: str, ids: Iterable[str]) -> dict[str, Base]:
    found: dict[str, Base] = {}
    kept = connection.execute("SELECT row_id FROM sync_base WHERE entity = ?", (entity,))
    for some in documents.chunks({row_id for (row_id,) in kept}.intersection(ids)):
        query = (
            "SELECT row_id, version, body FROM sync_base WHERE entity = ?"  # noqa: S608  # only marks
            f" AND row_id IN ({','.join('?' * len(some))})"
        )
        for row_id, version, body in connection.execute(query, (entity, *some)):
            found[row_id] = Base(version, msgspec.json.decode(body))
    return found


def _unsent(connection: Connection, entity: str, ids: Iterable[str]) -> dict[str, list[Entry]]:
    waiting = _waiting(connection, entity) & set(ids)
    return {row_id: outbox.unsent(connection, entity, row_id) for row_id in waiting}


def _waiting(connection: Connection, entity: str) -> set[str]:
    """Return the ids of an entity's rows with unsent work."""
    found = connection.execute(
        # Not by entity's index: what was taken stays in it for months.
        "SELECT DISTINCT row_id FROM outbox WHERE state IN ('pending', 'inflight') AND +entity = ?",
        (entity,),
    )
    return {row_id for (row_id,) in found}


def _versions(connection: Connection, entity: str, ids: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in documents.chunks(ids):
        query = f'SELECT id, version FROM "{entity}" WHERE id IN ({",".join("?" * len(some))})'  # noqa: S608
        found.update(connection.execute(query, some).fetchall())
    return found
