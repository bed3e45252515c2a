"""Two people, one row: who wins field by field, and what is kept of the value that lost (I9).

``fieldcrm/sync/merge.py`` decides a field; here its verdicts become a row, a new version and
``conflict`` rows with both authors and times. A row put away stays put away: later edits of
it, and edits that a delete did not know of, are kept as conflicts.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fieldcrm.errors import Invalid
from fieldcrm.faults import planted
from fieldcrm.ids import new_id
from fieldcrm.model.wire import from_wire
from fieldcrm.sync import casts, merge
from fieldcrm.sync.entities import PartEntity, registry
from fieldcrm.sync.protocol import Ack, Change, Mutation, Outcome
from server import documents, merges
from server.batch import Author, Batch, Held, Step
from server.merges import Taken
from server.rows import Stored, shape

NOBODY = "00000000-0000-0000-0000-000000000000"


def patch(batch: Batch, before: Held, mutation: Mutation) -> Step:
    """Return what a patch makes of the row: its fields merged one by one."""
    held = before.copy()
    work = _Patch(batch, held, mutation)
    for name, change in (mutation.set or {}).items():
        work.field(name, change)
    return work.step()


def archive(batch: Batch, before: Held, mutation: Mutation) -> Step:
    """Return what a delete does: the row is put away; edits it did not know of are kept."""
    held = before.copy()
    if held.row["archived_at"] is not None:
        return Step(Ack(mutation.id, Outcome.APPLIED, ver=held.row["version"]), rows=[])
    held.put("archived_at", batch.at_ms)
    version = held.bump()
    lost = [
        _conflict(batch, held, mutation, name, _Loss(None, None, _now(held, name), who, "archived"))
        for (row_id, name), who in batch.authors.items()
        if row_id == held.row["id"] and name and who.version > mutation.base
        and who.user_id != batch.standing.me
    ]  # fmt: skip
    outcome = Outcome.MERGED if lost else Outcome.APPLIED
    ack = Ack(mutation.id, outcome, ver=version, conflicts=[row.row["id"] for row in lost])
    return Step(
        ack, rows=[held, *lost], authored={(held.row["id"], "archived_at"): _me(batch, mutation, version)}
    )


class _Loss(msgspec.Struct, frozen=True):
    """A value that did not win; ``author`` is None when it is the sender's own."""

    base: Any
    winner: Any
    loser: Any
    author: Author | None
    reason: str


class _Patch:
    """One patch being merged into one row."""

    def __init__(self, batch: Batch, held: Held, mutation: Mutation) -> None:
        self.batch, self.held, self.mutation = batch, held, mutation
        self.written: list[str] = []
        self.lost: list[tuple[str, _Loss]] = []
        self.taken: dict[str, Taken] = {}
        self.mingled = False

    def field(self, name: str, change: Change) -> None:
        """Merge one field."""
        entity = self.held.entity
        field = entity.field(name)
        part = next((part for part in entity.parts if part.name == name), None)
        if field is not None:
            old, new = (
                documents.normal(field, change.old),
                documents.plain(field, documents.stored(field, change.new, self.mutation.schema)),
            )
            value = self._settled(name, field.merge, old, new, documents.plain(field, self.held.row[name]))
            self.held.put(name, from_wire(field, value))
        elif part is not None:
            self._parts(part, change)
        else:
            self._unknown(name, change)

    def _unknown(self, name: str, change: Change) -> None:
        """Merge a field of a newer version; what it held is kept as of any other field."""
        held = self.held.row["extra"]
        documents.extra_of(self.held.entity, {name: change.new}, self.mutation.schema, held)
        now = (msgspec.json.decode(held) if held else {}).get(name, change.old)
        value = self._settled(name, "later", change.old, change.new, now)
        if not merge.equal(value, now):
            taken = documents.extra_of(self.held.entity, {name: value}, self.mutation.schema, held)
            self.held.put("extra", taken)

    def _parts(self, part: PartEntity, change: Change) -> None:
        held = self.held.parts.get(part.name, [])
        now = _plain_parts(part, held)
        sent = self._told(part, change.new, held, now)
        old = now if change.old is None else self._seen(part, change.old, held, now)
        value = self._settled(part.name, "later", old, _plain_parts(part, sent), now)
        if not merge.equal(value, now):
            self.held.parts[part.name] = sent
            self.held.parts_changed = True

    def _told(
        self, part: PartEntity, items: Any, held: list[Stored], now: list[dict[str, Any]]
    ) -> list[Stored]:
        """Return a list of parts as sent; what its sender cannot know of them is as we hold it."""
        entity, schema = self.held.entity.name, self.mutation.schema
        whole = casts.with_newer(entity, part.name, items, now, schema) if isinstance(items, list) else items
        kept = {line["id"]: line["extra"] for line in held}
        return [
            line | {"extra": line["extra"] or kept.get(line["id"])}
            for line in documents.part_rows(part, self.held.row["id"], whole, schema)
        ]

    def _seen(self, part: PartEntity, items: Any, held: list[Stored], now: list[dict[str, Any]]) -> Any:
        try:
            return _plain_parts(part, self._told(part, items, held, now))
        except Invalid:
            return items

    def _settled(self, name: str, rule: str, old: Any, new: Any, now: Any) -> Any:
        if self.held.row["archived_at"] is not None and not merge.equal(new, now):
            self.lost.append((name, _Loss(old, now, new, None, "archived")))
            return now
        result = merge.field(rule, old, new, now)
        if planted("merge_by_clock") and self.mutation.at < self._author(name).at:
            result = merge.field("office", old, new, now)
        if result.outcome is merge.Verdict.CONFLICT_NEW_WINS:
            self.lost.append((name, _Loss(old, result.value, now, self._author(name), "both_edited")))
        elif result.outcome is merge.Verdict.CONFLICT_CURRENT_WINS:
            self.lost.append((name, _Loss(old, now, new, None, "office_decides")))
        self.mingled |= not merge.equal(old, now) and not merge.equal(new, now)
        if not merge.equal(result.value, now):
            self.written.append(name)
            self.taken[name] = Taken(now, result.value, clashed=result.is_conflict)
        return result.value

    def _author(self, name: str) -> Author:
        known = self.batch.authors
        row_id = self.held.row["id"]
        return known.get((row_id, name)) or known.get((row_id, "")) or Author(NOBODY, self.batch.at_ms, 0)

    def step(self) -> Step:
        """Return the row, the conflicts and the answer."""
        changed = bool(self.held.changed) or self.held.parts_changed or self.held.new
        version = self.held.bump() if changed else int(self.held.row["version"])
        me = _me(self.batch, self.mutation, version)
        lost = [_conflict(self.batch, self.held, self.mutation, name, loss) for name, loss in self.lost]
        outcome = Outcome.MERGED if lost or self.mingled else Outcome.APPLIED
        ack = Ack(self.mutation.id, outcome, ver=version, conflicts=[row.row["id"] for row in lost])
        told = merges.rows(self.batch, self.held, self.mutation, self.taken, {name for name, _ in self.lost})
        authored = {(self.held.row["id"], name): self._signed(me, name) for name in self.written}
        return Step(ack, rows=[self.held, *lost, *told], authored=authored)

    def _signed(self, me: Author, name: str) -> Author:
        """Return who writes this field; of a plain one also what it held before."""
        plain = self.held.entity.field(name) is not None
        prior = (_json(self.taken[name].before) or "null") if plain else None
        return Author(me.user_id, me.at, me.version, prior)


def _me(batch: Batch, mutation: Mutation, version: int) -> Author:
    return Author(batch.standing.me, batch.captured(mutation), version)


def _now(held: Held, name: str) -> Any:
    field = held.entity.field(name)
    return None if field is None else documents.plain(field, held.row[name])


def _plain_parts(part: PartEntity, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sent = [shape(part).body(row) for row in rows]
    return msgspec.json.decode(msgspec.json.encode(sent))  # type: ignore[no-any-return]  # JSON columns are Raw


def _conflict(batch: Batch, held: Held, mutation: Mutation, name: str, loss: _Loss) -> Held:
    """Return the conflict row that keeps a value which did not win."""
    me = _me(batch, mutation, 0)
    loser = loss.author or me
    winner = me if loss.author else _winner(batch, held, name)
    entity = registry()["conflict"]
    row = {
        "id": str(new_id()), "version": 1, "extra": None, "archived_at": None,
        "entity": held.entity.name, "row_id": held.row["id"], "field": name,
        "base": _json(loss.base), "winner": _json(loss.winner), "loser": _json(loss.loser),
        "won_by": winner.user_id if winner else None, "won_at": winner.at if winner else None,
        "lost_by": loser.user_id, "lost_at": loser.at, "mutation_id": mutation.id,
        "territory_id": held.row.get("territory_id"), "reason": loss.reason, "state": "open",
    }  # fmt: skip
    return Held(entity, row, new=True)


def _winner(batch: Batch, held: Held, name: str) -> Author | None:
    row_id = held.row["id"]
    return batch.authors.get((row_id, name)) or batch.authors.get((row_id, "archived_at"))


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
