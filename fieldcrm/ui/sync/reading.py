"""Everything the sync centre shows, read at one moment.

Fields that mean one thing together (latitude, longitude, their datum) are one choice: half
of mine and half of the office's would be a place where nobody has been.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import ConflictState
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.products import Product
from fieldcrm.model.users import Territory, User
from fieldcrm.services import conflicts, merges
from fieldcrm.services.conflicts import FieldConflict, RefusedChange
from fieldcrm.storage.local import OutboxEntry, SyncState
from fieldcrm.sync import state, status, times
from fieldcrm.sync.status import LogLine, Refused
from fieldcrm.ui.sync import away, merged, parcels
from fieldcrm.ui.sync.away import Departure
from fieldcrm.ui.sync.merged import Change
from fieldcrm.ui.sync.parcels import Key, Parcel, Pictures
from fieldcrm.ui.sync.values import PLACE

_LOG = 100
_SETTLED = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """One question: ``mine`` or ``theirs``, each a value per field, in wire form."""

    entity: str
    fields: tuple[str, ...]
    conflicts: tuple[FieldConflict, ...]

    @property
    def key(self) -> tuple[UUID, ...]:
        """What identifies it across reloads."""
        return tuple(each.conflict_id for each in self.conflicts)

    @property
    def field(self) -> str:
        """The field, or ``position`` for the three that are one."""
        return self.fields[0] if len(self.fields) == 1 else "position"

    @property
    def before(self) -> tuple[Any, ...]:
        """What both saw before they wrote."""
        return tuple(each.base for each in self.conflicts)

    @property
    def mine(self) -> tuple[Any, ...]:
        """What I wrote."""
        return tuple(each.loser if each.mine_lost else each.winner for each in self.conflicts)

    @property
    def theirs(self) -> tuple[Any, ...]:
        """What the other wrote."""
        return tuple(each.winner if each.mine_lost else each.loser for each in self.conflicts)

    @property
    def mine_holds(self) -> bool:
        """Whether my value is the one that stands now."""
        swapped = self.first.state == ConflictState.SWAPPED
        return self.first.mine_lost == swapped

    @property
    def first(self) -> FieldConflict:
        """One of its conflicts: all have the same authors and times."""
        return self.conflicts[0]

    @property
    def my_time(self) -> datetime | None:
        """When I wrote it."""
        return self.first.lost_at if self.first.mine_lost else self.first.won_at

    @property
    def their_time(self) -> datetime | None:
        """When the other wrote it."""
        return self.first.won_at if self.first.mine_lost else self.first.lost_at

    @property
    def they(self) -> str:
        """Who the other is; empty when nobody is named."""
        return self.first.won_by if self.first.mine_lost else self.first.lost_by

    @property
    def can_take(self) -> bool:
        """Whether the row can still take the value that does not stand."""
        return all(each.can_take for each in self.conflicts)


@dataclass(frozen=True, slots=True)
class Clash:
    """One record that two people changed; ``merged`` are my changes that clashed with nothing."""

    entity: str
    row_id: UUID
    title: str
    account: str
    choices: tuple[Choice, ...]
    merged: tuple[tuple[str, Any], ...] = ()

    @property
    def key(self) -> Key:
        """What identifies it across reloads."""
        return self.entity, self.row_id

    @property
    def they(self) -> str:
        """Who the other is."""
        return next((choice.they for choice in self.choices if choice.they), "")


@dataclass(frozen=True, slots=True)
class AttentionOrder:
    """An order the office could not accept as it is."""

    order_id: UUID
    account: str
    number: str
    total: Decimal
    code: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Centre:
    """The whole page; ``elsewhere`` was refused on another device of mine."""

    clashes: tuple[Clash, ...] = ()
    refused: tuple[Refused, ...] = ()
    elsewhere: tuple[RefusedChange, ...] = ()
    orders: tuple[AttentionOrder, ...] = ()
    ready: tuple[Parcel, ...] = ()
    sent: tuple[Parcel, ...] = ()
    settled: tuple[Choice, ...] = ()
    others: tuple[Choice, ...] = ()
    merged: tuple[Change, ...] = ()
    departed: tuple[Departure, ...] = ()
    titles: dict[Key, str] = field(default_factory=dict)
    log: tuple[LogLine, ...] = ()
    pictures: Pictures = Pictures()
    names: dict[str, str] = field(default_factory=dict)
    clock_off: timedelta = timedelta()
    is_first: bool = False
    last_sync_at: datetime | None = None

    @property
    def needs_me(self) -> int:
        """How many rows stand under NEEDS YOU."""
        return len(self.clashes) + len(self.refused) + len(self.elsewhere) + len(self.orders)

    @property
    def changes(self) -> int:
        """How many records wait."""
        return sum(parcel.unsent for parcel in self.ready)


def centre(session: Session, me: UUID, now: datetime) -> Centre:
    """Read everything."""
    open_ones = conflicts.open_conflicts(session, me)
    settled = choices(conflicts.settled_conflicts(session, me, _SETTLED))
    others = choices(conflicts.of_others(session, me, _SETTLED))
    refused = status.refused(session)
    met = merged.changes(merges.lately(session, me, _SETTLED))
    ready = parcels.ready(session)
    sent = parcels.sent(session, now, {parcel.key for parcel in ready})
    quarantined = conflicts.refused(session, me)
    clashes = _clashes(session, open_ones)
    return Centre(
        clashes=clashes, refused=tuple(refused), elsewhere=_elsewhere(session, quarantined),
        orders=_orders(session, me), ready=tuple(ready), sent=tuple(sent), settled=settled, others=others,
        merged=met, departed=tuple(away.lately(session)),
        titles=_titles(session, refused), log=tuple(status.log(session, _LOG)),
        pictures=parcels.all_pictures(session),
        names=_names(session, clashes, (*settled, *others), refused, met),
        clock_off=times.ahead(session),
        is_first=_kept(session, state.EPOCH, None) is None or bool(_kept(session, state.FIRST_SYNC, None)),
        last_sync_at=status.badge(session).last_sync_at,
    )  # fmt: skip


def without(centre: Centre, mutation_id: UUID | None) -> Centre:
    """Return the page without one refused change."""
    return replace(centre, refused=tuple(r for r in centre.refused if r.mutation_id != mutation_id))


def needing_me(session: Session, me: UUID) -> int:
    """Return how many rows stand under NEEDS YOU, for the sidebar."""
    quarantined = _elsewhere(session, conflicts.refused(session, me))
    return (
        conflicts.how_many_open(session, me)
        + len(status.refused(session))
        + len(quarantined)
        + len(_orders(session, me))
    )


def choices(found: Iterable[FieldConflict]) -> tuple[Choice, ...]:
    """Return one choice a field; the parts of a position that one person set at once are one."""
    grouped: dict[Any, list[FieldConflict]] = {}
    for each in found:
        together = (each.mutation_id, each.row_id, "position") if each.field in PLACE else each.conflict_id
        grouped.setdefault(together, []).append(each)
    return tuple(_choice(group) for group in grouped.values())


def _choice(group: Sequence[FieldConflict]) -> Choice:
    ordered = sorted(group, key=lambda each: PLACE.index(each.field) if each.field in PLACE else 0)
    return Choice(ordered[0].entity, tuple(each.field for each in ordered), tuple(ordered))


def _clashes(session: Session, found: Sequence[FieldConflict]) -> tuple[Clash, ...]:
    rows: dict[Key, list[FieldConflict]] = {}
    for each in found:
        rows.setdefault((each.entity, each.row_id), []).append(each)
    return tuple(
        Clash(entity, row_id, group[0].title, group[0].account, choices(group), _merged(session, group))
        for (entity, row_id), group in rows.items()
    )


def _merged(session: Session, group: Sequence[FieldConflict]) -> tuple[tuple[str, Any], ...]:
    """Return what else my edit changed, from this laptop's own list of what it sent."""
    clashed = {each.field for each in group}
    payloads = session.scalars(
        select(OutboxEntry.payload).where(OutboxEntry.mutation_id.in_({each.mutation_id for each in group}))
    )
    changes: dict[str, Any] = {}
    for payload in payloads:
        for name, change in (msgspec.json.decode(payload).get("set") or {}).items():
            if name not in clashed:
                changes[name] = change.get("new")
    return tuple(changes.items())


def _elsewhere(session: Session, found: Sequence[RefusedChange]) -> tuple[RefusedChange, ...]:
    """Leave out what this laptop itself sent: its own list knows more of it."""
    here = set(
        session.scalars(
            select(OutboxEntry.mutation_id).where(
                OutboxEntry.mutation_id.in_([each.mutation_id for each in found])
            )
        )
    )
    return tuple(each for each in found if each.mutation_id not in here)


def _orders(session: Session, me: UUID) -> tuple[AttentionOrder, ...]:
    rows = session.execute(
        select(Order, Account.name)
        .outerjoin(Account, Account.id == Order.account_id)
        .where(Order.rep_id == me, Order.status == OrderStatus.NEEDS_REVIEW, Order.archived_at.is_(None))
        .order_by(Order.ordered_on)
    )
    return tuple(
        AttentionOrder(
            order.id, name or "", order.number or order.provisional_number, order.total_amount,
            order.review_code or "", order.submitted_at,
        )
        for order, name in rows
    )  # fmt: skip


def _titles(session: Session, refused: Sequence[Refused]) -> dict[Key, str]:
    """Return the store each refused change is about."""
    keys = [(each.entity, each.row_id) for each in refused]
    facts = parcels.row_facts(session, keys)
    stores: dict[Key, UUID | None] = {}
    for each in refused:
        key = each.entity, each.row_id
        told = each.changes.get("account_id") or facts.get(key, {}).get("account_id")
        stores[key] = each.row_id if each.entity == "account" else UUID(str(told)) if told else None
    names = parcels.account_names(session, stores.values())
    return {key: names.get(store, "") for key, store in stores.items()}


def _names(
    session: Session, clashes: Sequence[Clash], settled: Sequence[Choice], refused: Sequence[Refused],
    met: Sequence[Change],
) -> dict[str, str]:  # fmt: skip
    """Return what ids among the values are called."""
    shown = [choice for clash in clashes for choice in clash.choices] + list(settled)
    more = [value for clash in clashes for _, value in clash.merged]
    more += [value for each in refused for value in each.changes.values()]
    return names_in(session, shown, met, more)


def names_in(
    session: Session, shown: Iterable[Choice], met: Iterable[Change], more: Iterable[Any] = ()
) -> dict[str, str]:
    """Return what ids among these values are called."""
    values = [v for choice in shown for v in (*choice.before, *choice.mine, *choice.theirs)]
    values += [v for change in met for v in (*change.before, *change.after, *change.now)]
    ids = [found for value in (*values, *more) if (found := _id(value)) is not None]
    names: dict[str, str] = {}
    for cls in (User, Territory, Account, Product):
        rows = session.execute(select(cls.id, cls.name).where(cls.id.in_(ids))) if ids else ()
        names.update((str(row_id), name) for row_id, name in rows)
    return names


def _id(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        return None


def _kept(session: Session, key: str, default: Any) -> Any:
    row = session.get(SyncState, key)
    return default if row is None else row.value
