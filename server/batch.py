"""One push as it is being decided: what it touches, loaded once, and what it will write.

Mutations are decided one after the other against the rows held here, each seeing what those
before it did; nothing is written until ``flush``. A mutation that fails half-way leaves no
trace, because it hands over a ``Step`` only when it is complete.
"""

# ruff: noqa: S608 - names in statements come from the registry, never from outside

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from fieldcrm.model.wire import Field, is_plain_id
from fieldcrm.services.pricing import Basis
from fieldcrm.sync.entities import Entity, registry
from fieldcrm.sync.protocol import Ack, Mutation, Op, Outcome
from server.database import quoted, run, run_many
from server.numbers import next_numbers
from server.rows import Parts, Stored, load, load_parts, shape
from server.scope import Standing

Key = tuple[str, str]
WRITTEN_BY = (
    "INSERT INTO authorship (row_id, field, user_id, at, version, prior) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (row_id, field) DO UPDATE SET user_id = excluded.user_id, at = excluded.at, "
    "version = excluded.version, prior = excluded.prior"
)


@dataclass(slots=True)
class Held:
    """A row and its parts; ``changed`` names the columns that differ from the database."""

    entity: Entity
    row: Stored
    parts: Parts = field(default_factory=dict)
    new: bool = False
    changed: set[str] = field(default_factory=set)
    parts_changed: bool = False

    @property
    def key(self) -> Key:
        """Return entity and id."""
        return self.entity.name, self.row["id"]

    def copy(self) -> Held:
        """Return a copy that can be changed without touching this one."""
        return Held(
            self.entity, dict(self.row), dict(self.parts), self.new, set(self.changed), self.parts_changed
        )

    def put(self, name: str, value: Any) -> None:
        """Set one stored value."""
        if self.row[name] != value:
            self.row[name] = value
            self.changed.add(name)

    def bump(self) -> int:
        """Give the row its next version."""
        self.put("version", self.row["version"] + 1)
        return int(self.row["version"])


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a field last, when, which version that made, and the JSON that stood there before."""

    user_id: str
    at: int
    version: int
    prior: str | None = None


@dataclass(slots=True)
class Step:
    """Everything one mutation does."""

    ack: Ack
    rows: list[Held] = field(default_factory=list)
    authored: dict[tuple[str, str], Author] = field(default_factory=dict)
    hints: list[tuple[str, str, str]] = field(default_factory=list)


class Batch:
    """The rows of one push, as its mutations see and change them."""

    def __init__(
        self, connection: Connection, standing: Standing, at_ms: int, seen_ms: int,
        sent: tuple[int, str | None] = (0, None),
    ) -> None:  # fmt: skip
        self.connection = connection
        self.standing = standing
        self.at_ms = at_ms
        self.seen_ms = seen_ms
        self.sent = sent
        # For services that read; it takes part in the connection's transaction and never ends it.
        self.session = Session(connection, autoflush=False, join_transaction_mode="rollback_only")
        self.mutations: Sequence[Mutation] = ()
        self.bases: dict[tuple[UUID, date, int], Basis] | None = None
        self.budgets_held = False
        self.wrong_codes = 0
        self.room: Any = None  # server.slices.Room, once an order was submitted
        self.rule_sets: Sequence[Any] | None = None
        self.flushed = False
        self.rows: dict[Key, Held] = {}
        self.dead: set[str] = set()
        self.authors: dict[tuple[str, str], Author] = {}
        self.known: dict[str, set[str]] = {}
        self.owner_of_part: dict[str, str] = {}
        self.same: dict[tuple[str, str], set[str]] = {}
        self.outcomes: dict[str, Outcome] = {}
        self._dirty: dict[Key, Held] = {}
        self._authored: dict[tuple[str, str], Author] = {}
        self._hints: list[tuple[str, str, str]] = []

    def captured(self, mutation: Mutation) -> int:
        """Return when the user did it, between the device's last contact and now; display only."""
        return max(min(self.told(mutation), self.at_ms), min(self.seen_ms, self.at_ms))

    def told(self, mutation: Mutation) -> int:
        """Return when the device's clocks say it was, in our time.

        Within one boot its steady clock tells how long ago, whatever became of its wall clock.
        """
        mono, boot = self.sent
        if mutation.boot is not None and mutation.boot == boot and 0 <= mutation.mono <= mono:
            return self.at_ms - (mono - mutation.mono)
        return mutation.at + mutation.off

    def accept(self, step: Step) -> None:
        """Let the mutations that follow see what this one did."""
        for held in step.rows:
            self.rows[held.key] = self._dirty[held.key] = held
            if held.entity.name == "account":
                self.bases = None
            for name in (held.entity.name, "row"):
                self.known.setdefault(name, set()).add(held.row["id"])
            for parts in held.parts.values():
                self.owner_of_part.update((part["id"], held.row["id"]) for part in parts)
            for unique in held.entity.fields:
                if unique.unique and held.row[unique.name]:
                    self.same.setdefault((unique.name, held.row[unique.name]), set()).add(held.row["id"])
        self.authors |= step.authored
        self._authored |= step.authored
        self._hints += step.hints

    # -- reading -----------------------------------------------------------------------

    def prepare(self, mutations: Sequence[Mutation]) -> None:
        """Load what these mutations touch or refer to, one query a table, parents locked first."""
        self.mutations = mutations
        wanted: dict[str, list[str]] = {}
        for mutation in mutations:
            wanted.setdefault(mutation.agg[0], []).append(mutation.agg[1])
        for entity in registry().values():
            if entity.name in wanted:
                self._hold(entity, sorted(set(wanted[entity.name])), "FOR UPDATE")
        ids = sorted({mutation.agg[1] for mutation in mutations})
        dead = run(self.connection, "SELECT row_id FROM dead_id WHERE row_id IN ?", ids)
        self.dead |= {row_id for (row_id,) in dead}
        self._load_authors([m.agg[1] for m in mutations if m.op in (Op.PATCH, Op.DELETE)])
        self._load_references(mutations)
        self._load_namesakes(mutations)

    def held(self, entity: str, row_id: str) -> Held | None:
        """Return the row as it stands now in this push."""
        return self.rows.get((entity, row_id))

    def is_dirty(self, entity: str) -> bool:
        """Say whether rows of ``entity`` are decided and not yet written."""
        return any(name == entity for name, _ in self._dirty)

    def exists(self, table: str, row_id: str) -> bool:
        """Say whether a referenced row exists; it was loaded by ``prepare``."""
        return (table, row_id) in self.rows or row_id in self.known.get(table, ())

    def add_rows(self, entity: Entity, ids: Iterable[str], lock: str) -> None:
        """Hold further rows, such as the accounts that documents name."""
        self._hold(entity, sorted(i for i in set(ids) if (entity.name, i) not in self.rows), lock)

    def namesakes(self, entity: Entity, ids: list[str]) -> list[Held]:
        """Return further rows of an entity by id, held from now on."""
        self.add_rows(entity, ids, "FOR UPDATE")
        return [held for row_id in ids if (held := self.held(entity.name, row_id)) is not None]

    def _hold(self, entity: Entity, ids: list[str], lock: str) -> None:
        found = load(self.connection, entity, ids, lock)
        parts = load_parts(self.connection, entity, list(found))
        for row_id, row in found.items():
            self.rows[entity.name, row_id] = Held(entity, row, parts.get(row_id, {}))

    def _load_authors(self, ids: list[str]) -> None:
        if not ids:
            return
        rows = run(
            self.connection, "SELECT row_id, field, user_id, at, version, prior FROM authorship "
            "WHERE row_id IN ?", sorted(set(ids)),
        )  # fmt: skip
        for row_id, name, user_id, at, version, prior in rows:
            self.authors[row_id, name] = Author(user_id, at, version, prior)

    def _load_references(self, mutations: Sequence[Mutation]) -> None:
        wanted: dict[str, set[str]] = {}
        parts: dict[str, set[str]] = {}
        for mutation in mutations:
            for table, value in references(mutation):
                wanted.setdefault(table, set()).add(value)
            for table, value in part_ids(mutation):
                parts.setdefault(table, set()).add(value)
        named = wanted.pop("account", set())
        named |= {held.row["account_id"] for (name, _), held in self.rows.items() if name == "order"}
        self.add_rows(registry()["account"], named, "FOR NO KEY UPDATE")
        self.add_rows(registry()["visit"], wanted.pop("visit", ()), "")
        for table, ids in wanted.items():
            sql = f"SELECT id FROM {quoted(table)} WHERE id IN ?"
            found = run(self.connection, sql, sorted(ids))
            self.known.setdefault(table, set()).update(row_id for (row_id,) in found)
        for entity in registry().values():
            for part in entity.parts:
                part_ids_ = parts.get(part.table.name)
                if part_ids_:
                    sql = f"SELECT id, {quoted(part.owner)} FROM {quoted(part.table.name)} WHERE id IN ?"
                    self.owner_of_part.update(map(tuple, run(self.connection, sql, sorted(part_ids_))))

    def _load_namesakes(self, mutations: Sequence[Mutation]) -> None:
        wanted: dict[tuple[str, str], set[str]] = {}
        for mutation in mutations:
            entity = registry().get(mutation.agg[0])
            for unique in (f for f in entity.fields if f.unique) if entity else ():
                value = sent_value(mutation, unique.name)
                if isinstance(value, str) and value and "\0" not in value:
                    wanted.setdefault((mutation.agg[0], unique.name), set()).add(value)
        for (table, name), values in wanted.items():
            sql = f"SELECT {quoted(name)}, id FROM {quoted(table)} WHERE {quoted(name)} IN ?"
            for value, row_id in run(self.connection, sql, sorted(values)):
                self.same.setdefault((name, value), set()).add(row_id)

    # -- writing -----------------------------------------------------------------------

    def flush(self) -> None:
        """Write everything at once, parents first."""
        self.flushed = True
        dirty = sorted(self._dirty.values(), key=lambda held: held.entity.rank)
        _number(self.connection, dirty)
        _insert(self.connection, [held for held in dirty if held.new])
        _update(self.connection, [held for held in dirty if not held.new])
        run_many(
            self.connection,
            WRITTEN_BY,
            [(*key, who.user_id, who.at, who.version, who.prior) for key, who in self._authored.items()],
        )
        run_many(
            self.connection, "INSERT INTO sync_outbox (entity, row_id, kind) VALUES (?, ?, ?)", self._hints
        )
        for held in dirty:
            held.new, held.parts_changed, held.changed = False, False, set()
        self._dirty, self._authored, self._hints = {}, {}, []


def references(mutation: Mutation) -> Iterator[tuple[str, str]]:
    """Yield (table, id) for everything a mutation's values point at; what is no id points nowhere."""
    entity = registry().get(mutation.agg[0])
    if entity is None:
        return
    fields, parts = _pointers(entity)
    for name, table in fields:
        if key := _id_in(sent_value(mutation, name)):
            yield table, key
    for part, pointing in parts:
        for item in _items(mutation, part):
            for name, table in pointing:
                if key := _id_in(item.get(name)):
                    yield table, key


def _id_in(value: Any) -> str | None:
    """Return the id that ``value`` spells, or None: nothing else may reach a query."""
    return lower if isinstance(value, str) and is_plain_id(lower := value.lower()) else None


_Pointers = tuple[tuple[str, str], ...]


@cache
def _pointers(entity: Entity) -> tuple[_Pointers, tuple[tuple[str, _Pointers], ...]]:
    """Return the fields that refer to other rows, of the row itself and of its parts."""

    def pointing(fields: Iterable[Field]) -> _Pointers:
        return tuple((each.name, each.references) for each in fields if each.references)

    return pointing(entity.fields), tuple((part.name, pointing(part.fields)) for part in entity.parts)


def part_ids(mutation: Mutation) -> Iterator[tuple[str, str]]:
    """Yield (table, id) for every part a mutation sends."""
    entity = registry().get(mutation.agg[0])
    for part in entity.parts if entity else ():
        for item in _items(mutation, part.name):
            if key := _id_in(item.get("id")):
                yield part.table.name, key


def sent_value(mutation: Mutation, name: str) -> Any:
    """Return what a mutation says of one field, or None."""
    if mutation.doc is not None:
        return mutation.doc.get(name)
    change = (mutation.set or {}).get(name)
    return change.new if change else None


def _items(mutation: Mutation, name: str) -> list[dict[str, Any]]:
    value = sent_value(mutation, name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _number(connection: Connection, dirty: list[Held]) -> None:
    """Give accepted orders their final numbers, at the last moment: the counter locks until commit."""
    years: dict[int, list[Held]] = {}
    for held in dirty:
        if held.entity.name == "order" and held.row["status"] == "accepted" and held.row["number"] is None:
            years.setdefault(date.fromisoformat(held.row["ordered_on"]).year, []).append(held)
    for year, group in years.items():
        numbers = next_numbers(connection, year, len(group))
        for held, number in zip(group, numbers, strict=True):
            held.put("number", number)


def _insert(connection: Connection, new: list[Held]) -> None:
    for entity, group in _by_entity(new):
        columns = shape(entity).columns
        # Below zero while its parts are still missing; the last update announces it once.
        rows = [
            tuple(-1 if entity.parts and name == "version" else held.row[name] for name in columns)
            for held in group
        ]
        run_many(connection, _insert_sql(entity.name, columns), rows)
        if entity.parts:
            _insert_parts(connection, entity, group)
            _announce(connection, entity, group)


def _insert_parts(connection: Connection, entity: Entity, group: list[Held]) -> None:
    for part in entity.parts:
        columns = shape(part).columns
        rows = [
            tuple(line[name] for name in columns) for held in group for line in held.parts.get(part.name, ())
        ]
        run_many(connection, _insert_sql(part.table.name, columns), rows)


def _announce(connection: Connection, entity: Entity, group: list[Held]) -> None:
    sql = f"UPDATE {quoted(entity.name)} SET version = ? WHERE id = ?"
    run_many(connection, sql, [(held.row["version"], held.row["id"]) for held in group])


def _update(connection: Connection, old: list[Held]) -> None:
    for entity, group in _by_entity(old):
        _replace_parts(connection, entity, [held for held in group if held.parts_changed])
        by_columns: dict[tuple[str, ...], list[Held]] = {}
        for held in group:
            by_columns.setdefault(tuple(sorted(held.changed)), []).append(held)
        for columns, same in by_columns.items():
            if columns:
                setting = ", ".join(f"{quoted(name)} = ?" for name in columns)
                sql = f"UPDATE {quoted(entity.name)} SET {setting} WHERE id = ?"
                rows = [(*(held.row[name] for name in columns), held.row["id"]) for held in same]
                run_many(connection, sql, rows)


def _replace_parts(connection: Connection, entity: Entity, group: list[Held]) -> None:
    ids = [(held.row["id"],) for held in group]
    run_many(connection, f"UPDATE {quoted(entity.name)} SET version = -1 WHERE id = ?", ids)
    for part in entity.parts:
        run_many(connection, f"DELETE FROM {quoted(part.table.name)} WHERE {quoted(part.owner)} = ?", ids)
    _insert_parts(connection, entity, group)


def _insert_sql(table: str, columns: Sequence[str]) -> str:
    names = ", ".join(map(quoted, columns))
    return f"INSERT INTO {quoted(table)} ({names}) VALUES ({', '.join('?' * len(columns))})"


def _by_entity(rows: list[Held]) -> Iterator[tuple[Entity, list[Held]]]:
    groups: dict[str, list[Held]] = {}
    for held in rows:
        groups.setdefault(held.entity.name, []).append(held)
    for group in groups.values():
        yield group[0].entity, group
