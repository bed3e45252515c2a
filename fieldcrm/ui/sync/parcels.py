"""One parcel is one thing a person did, however many records travel for it.

A visit takes its check-in, answers, photos and check-out along; a choice between two values
goes with the record it is about. A record that is sealed but has never left (it came out of
a rescue bundle, say) counts as waiting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import Conflict
from fieldcrm.model.visits import Decision, Photo, VisitReview
from fieldcrm.storage.local import UNSENT, OutboxEntry, OutboxState, Upload, UploadState
from fieldcrm.sync.entities import registry
from fieldcrm.sync.status import OF_VISIT, Step

Key = tuple[str, UUID]

_ON_THE_WAY = (UploadState.WAITING, UploadState.SENDING)
_SHOWN_DAYS = timedelta(days=7)
_MOST_SENT = 500
_CHUNK = 500
_FACTS = ("account_id", "visit_id", "name", "title", "total_amount", "number", "status", "on", "done_at")


@dataclass(frozen=True, slots=True)
class Pictures:
    """Photos whose bytes are not at the office: how many, how large, how many cannot be read here."""

    count: int = 0
    size: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """What travels together; moments are None while that step is still to come.

    ``does`` is create, patch, delete, submit or cancel; ``fields`` are what a patch touches;
    ``facts`` are columns of the row as it is now; ``after`` are parcels that must go before.
    """

    entity: str
    row_id: UUID
    does: str
    account: str
    label: str
    fields: tuple[str, ...]
    facts: dict[str, Any]
    records: int
    unsent: int
    pictures: Pictures
    step: Step
    saved_at: datetime | None
    sent_at: datetime | None
    stored_at: datetime | None
    seen_at: datetime | None
    tries: int
    after: tuple[Key, ...] = ()

    @property
    def key(self) -> Key:
        """What identifies it across reloads."""
        return self.entity, self.row_id

    @property
    def amount(self) -> Decimal | None:
        """An order's total."""
        found = self.facts.get("total_amount")
        return found if isinstance(found, Decimal) else None


class _Payload(msgspec.Struct):
    set: dict[str, msgspec.Raw] | None = None
    doc: dict[str, Any] | None = None


@dataclass(slots=True)
class _Pile:
    """The entries of one parcel, in their order."""

    entries: list[Any] = field(default_factory=list)
    fields: dict[str, None] = field(default_factory=dict)
    references: set[UUID] = field(default_factory=set)
    account_id: UUID | None = None


def ready(session: Session) -> list[Parcel]:
    """Return what is not whole at the office, the oldest first."""
    piles = _piled(session, OutboxEntry.state.in_(UNSENT))
    pictures = pictures_by_visit(session)
    late = [visit_id for visit_id in pictures if ("visit", visit_id) not in piles]
    for key, pile in _piled(session, OutboxEntry.row_id.in_(late)).items() if late else ():
        piles[key] = pile
    for visit_id in late:
        piles.setdefault(("visit", visit_id), _Pile())
    return _parcels(session, piles, pictures)


def sent(session: Session, now: datetime, waiting: Collection[Key] = ()) -> list[Parcel]:
    """Return what the office took lately, the latest first; ``waiting`` are not whole there yet."""
    lately = and_(OutboxEntry.state == OutboxState.ACKED, OutboxEntry.acked_at >= now - _SHOWN_DAYS)
    piles = _piled(session, lately, latest=_MOST_SENT)
    whole = {key: pile for key, pile in piles.items() if key not in waiting}
    done = _parcels(session, whole, {})
    return sorted(done, key=lambda parcel: parcel.stored_at or now, reverse=True)


def pictures_by_visit(session: Session) -> dict[UUID, Pictures]:
    """Return the photos that wait, by their visit."""
    rows = session.execute(
        select(Photo.visit_id, func.count(), func.sum(Upload.size - Upload.offset))
        .join(Upload, Upload.photo_id == Photo.id)
        .where(Upload.state.in_(_ON_THE_WAY))
        .group_by(Photo.visit_id)
    )
    return {visit_id: Pictures(count, int(size)) for visit_id, count, size in rows}


def all_pictures(session: Session) -> Pictures:
    """Return the photos of this laptop that are not at the office."""
    rows = session.execute(
        select(Upload.state, func.count(), func.sum(Upload.size - Upload.offset)).group_by(Upload.state)
    ).all()
    waiting = [(count, size) for state, count, size in rows if state in _ON_THE_WAY]
    lost = sum(count for state, count, _ in rows if state == UploadState.FAILED)
    return Pictures(sum(count for count, _ in waiting), int(sum(size for _, size in waiting)), lost)


# -- piling entries ----------------------------------------------------------------------------


def _piled(session: Session, where: Any, latest: int = 0) -> dict[Key, _Pile]:
    query = select(
        OutboxEntry.n, OutboxEntry.entity, OutboxEntry.row_id, OutboxEntry.op, OutboxEntry.act,
        OutboxEntry.payload, OutboxEntry.state, OutboxEntry.at, OutboxEntry.sent_at, OutboxEntry.acked_at,
        OutboxEntry.tries, OutboxEntry.label,
    ).where(where, OutboxEntry.state != OutboxState.REJECTED)  # fmt: skip
    if latest:
        entries = list(session.execute(query.order_by(OutboxEntry.n.desc()).limit(latest)))[::-1]
    else:
        entries = list(session.execute(query.order_by(OutboxEntry.n)))
    chosen = _targets(session, [entry.row_id for entry in entries if entry.entity == "conflict"])
    piles: dict[Key, _Pile] = {}
    for entry in entries:
        told = msgspec.json.decode(entry.payload, type=_Payload)
        pile = piles.setdefault(_subject(entry, told, chosen), _Pile())
        pile.entries.append(entry)
        pile.fields.update(dict.fromkeys(told.set or ()) if entry.entity != "conflict" else {})
        for name, value in (told.doc or {}).items():
            if name.endswith("_id") and value:
                pile.references.add(UUID(value))
                pile.account_id = UUID(value) if name == "account_id" else pile.account_id
    return piles


def _subject(entry: Any, told: _Payload, chosen: dict[UUID, Key]) -> Key:
    if entry.entity in OF_VISIT and told.doc and told.doc.get("visit_id"):
        return "visit", UUID(told.doc["visit_id"])
    if entry.entity == "conflict":
        return chosen.get(entry.row_id, ("conflict", entry.row_id))
    return entry.entity, entry.row_id


def _targets(session: Session, conflict_ids: Sequence[UUID]) -> dict[UUID, Key]:
    rows = session.execute(
        select(Conflict.id, Conflict.entity, Conflict.row_id).where(Conflict.id.in_(conflict_ids))
    )
    return {conflict_id: (entity, row_id) for conflict_id, entity, row_id in rows}


# -- from piles to parcels ---------------------------------------------------------------------


def _parcels(
    session: Session, piles: dict[Key, _Pile], pictures: dict[UUID, Pictures]
) -> list[Parcel]:  # fmt: skip
    facts = row_facts(session, piles)
    visits = row_facts(session, {("visit", f["visit_id"]) for f in facts.values() if f.get("visit_id")})
    seen = _seen(session, [row_id for entity, row_id in piles if entity == "visit"])
    stores = {key: _store_id(key, pile, facts.get(key, {}), visits) for key, pile in piles.items()}
    names = account_names(session, stores.values())
    making = {row_id: (entity, row_id) for entity, row_id in piles if _makes(piles[entity, row_id])}
    return [
        _parcel(
            key, pile, facts.get(key, {}), names.get(stores[key], ""),
            pictures.get(key[1], Pictures()) if key[0] == "visit" else Pictures(), seen.get(key[1]),
            tuple(making[each] for each in pile.references if each in making and each != key[1]),
        )
        for key, pile in piles.items()
    ]  # fmt: skip


def _parcel(
    key: Key, pile: _Pile, facts: dict[str, Any], account: str, pictures: Pictures, seen: datetime | None,
    after: tuple[Key, ...],
) -> Parcel:  # fmt: skip
    entries = pile.entries
    own = [entry for entry in entries if (entry.entity, entry.row_id) == key] or entries
    step = _step(entries, pictures, seen)
    acked = [entry.acked_at for entry in entries if entry.acked_at is not None]
    left = [entry.sent_at for entry in entries if entry.sent_at is not None]
    return Parcel(
        entity=key[0], row_id=key[1], does=_does(own), account=account,
        label=next((e.label for e in own if e.label), ""), fields=tuple(pile.fields), facts=facts,
        records=len(entries), unsent=sum(entry.state in UNSENT for entry in entries),
        pictures=pictures, step=step,
        saved_at=max((entry.at for entry in entries), default=None),
        sent_at=max(left) if left and len(left) == len(entries) else None,
        stored_at=max(acked) if acked and len(acked) == len(entries) else None,
        seen_at=seen if step is Step.SEEN else None,
        tries=max((entry.tries for entry in entries), default=0), after=after,
    )  # fmt: skip


def _step(entries: Sequence[Any], pictures: Pictures, seen: datetime | None) -> Step:
    unsent = [entry for entry in entries if entry.state in UNSENT]
    if any(entry.state == OutboxState.PENDING or entry.sent_at is None for entry in unsent):
        return Step.QUEUED
    if unsent or pictures.count:
        return Step.SENT
    return Step.SEEN if seen is not None else Step.STORED


def _does(entries: Sequence[Any]) -> str:
    said = [entry.act or entry.op for entry in entries]
    for does in ("create", "submit", "cancel", "delete"):
        if does in said:
            return does
    return "patch"


def _makes(pile: _Pile) -> bool:
    return any(entry.op == "create" and entry.state in UNSENT for entry in pile.entries)


def _store_id(key: Key, pile: _Pile, facts: dict[str, Any], visits: dict[Key, dict[str, Any]]) -> UUID | None:
    if key[0] == "account":
        return key[1]
    visit = visits.get(("visit", facts["visit_id"]), {}) if facts.get("visit_id") else {}
    found = facts.get("account_id") or pile.account_id or visit.get("account_id")
    return found if isinstance(found, UUID) else None


def row_facts(session: Session, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
    """Return what the list says of these rows, as far as they are here."""
    by_entity: dict[str, list[UUID]] = {}
    for entity, row_id in keys:
        by_entity.setdefault(entity, []).append(row_id)
    found: dict[Key, dict[str, Any]] = {}
    for entity, ids in by_entity.items():
        if entity not in registry():
            continue
        table = registry()[entity].table
        columns = [table.c.id, *(column for column in table.columns if column.name in _FACTS)]
        for some in _chunks(ids):
            for row in session.execute(select(*columns).where(table.c.id.in_(some))).mappings():
                found[entity, row["id"]] = dict(row)
    return found


def account_names(session: Session, ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Return the names of these stores."""
    wanted = list({each for each in ids if each is not None})
    found: dict[UUID | None, str] = {}
    for some in _chunks(wanted):
        query = select(Account.id, Account.name).where(Account.id.in_(some))
        found.update((row_id, name) for row_id, name in session.execute(query))
    return found


def _seen(session: Session, visit_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Return when somebody else first looked at these visits."""
    found: dict[UUID, datetime] = {}
    for some in _chunks(visit_ids):
        rows = session.execute(
            select(VisitReview.visit_id, func.min(VisitReview.at))
            .where(VisitReview.visit_id.in_(some), VisitReview.reviewer_id != VisitReview.rep_id)
            .where(VisitReview.decision.in_(tuple(Decision)))
            .group_by(VisitReview.visit_id)
        )
        found.update((visit_id, at) for visit_id, at in rows)
    return found


def _chunks(ids: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
