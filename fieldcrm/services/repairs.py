"""Store positions that their check-ins contradict: proposals that a person accepts or refuses (V6)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import NotFound
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.evidence import PositionRefusal
from fieldcrm.model.visits import CheckIn, PositionSource
from fieldcrm.rules import positions, repairs
from fieldcrm.rules.evidence import Fix
from fieldcrm.rules.positions import WGS84, Position
from fieldcrm.rules.repairs import Proposal, Reading
from fieldcrm.services import accounts

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Repair:
    """One proposal as lists show it; ``readings`` are the positions behind it."""

    account_id: UUID
    account: str
    address: str
    store: Position | None
    proposal: Proposal
    readings: tuple[Position, ...]


def proposals(session: Session, account_id: UUID | None = None) -> list[Repair]:
    """Return what check-ins propose, for one account or for all, the farthest first."""
    wanted = [account_id] if account_id is not None else _with_enough(session)
    found: list[Repair] = []
    for start in range(0, len(wanted), _BATCH):
        found += _proposals(session, wanted[start : start + _BATCH])
    return sorted(found, key=lambda each: -(each.proposal.away_m or 1_000_000))


def accept(session: Session, repair: Repair, *, me: UUID) -> None:
    """Put the store where its check-ins say; an ordinary edit, in WGS84 as it was measured."""
    accounts.edit(session, repair.account_id, accounts.with_position(repair.proposal.position), me=me)


def refuse(session: Session, repair: Repair, *, me: UUID, at: datetime) -> UUID:
    """Keep the store where it is; the same is not proposed again by these check-ins."""
    account = session.get(Account, repair.account_id)
    if account is None:
        raise NotFound("account", repair.account_id)
    here = repair.proposal.position.to(WGS84)
    row = PositionRefusal(
        id=new_id(),
        account_id=account.id,
        territory_id=account.territory_id,
        refused_by=me,
        at=at,
        latitude_e7=here.latitude_e7,
        longitude_e7=here.longitude_e7,
        datum=here.datum,
    )
    session.add(row)
    return row.id


def _with_enough(session: Session) -> list[UUID]:
    """Return the accounts that have enough measured check-ins to say anything."""
    query = (
        select(CheckIn.account_id)
        .where(CheckIn.source == PositionSource.DEVICE, CheckIn.archived_at.is_(None))
        .group_by(CheckIn.account_id)
        .having(func.count() >= repairs.LEAST)
    )
    return list(session.scalars(query))


def _proposals(session: Session, account_ids: list[UUID]) -> list[Repair]:
    stores = session.scalars(
        select(Account).where(Account.id.in_(account_ids), Account.archived_at.is_(None))
    ).all()
    refused: defaultdict[UUID, list[PositionRefusal]] = defaultdict(list)
    for row in session.scalars(select(PositionRefusal).where(PositionRefusal.account_id.in_(account_ids))):
        refused[row.account_id].append(row)
    arrivals: defaultdict[UUID, list[CheckIn]] = defaultdict(list)
    query = select(CheckIn).where(
        CheckIn.account_id.in_(account_ids),
        CheckIn.source == PositionSource.DEVICE,
        CheckIn.archived_at.is_(None),
    )
    for arrived in session.scalars(query.order_by(CheckIn.at, CheckIn.id)):
        arrivals[arrived.account_id].append(arrived)
    made = (_repair(store, arrivals[store.id], refused[store.id]) for store in stores)
    return [each for each in made if each is not None]


def _repair(store: Account, arrivals: list[CheckIn], refused: list[PositionRefusal]) -> Repair | None:
    last = max((row.at for row in refused), default=None)
    readings = [
        Reading(here, business_day(row.at), last is None or row.at > last)
        for row in arrivals
        if (here := _sharp(row)) is not None
    ]
    known = positions.stored(store.latitude_e7, store.longitude_e7, store.datum)
    no = [Position(row.latitude_e7, row.longitude_e7, str(row.datum)) for row in refused]
    found = repairs.proposal(readings, known, no)
    if found is None:
        return None
    shown = tuple(each.position for each in readings[-repairs.LATEST :])
    return Repair(store.id, store.name, store.address, known, found, shown)


def _sharp(row: CheckIn) -> Position | None:
    fix = Fix(str(row.source), row.accuracy_m, row.fix_age_s, row.distance_m)
    return positions.stored(row.latitude_e7, row.longitude_e7, row.datum) if repairs.is_sharp(fix) else None
