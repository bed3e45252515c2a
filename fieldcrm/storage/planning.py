"""How this rep's days are planned: by what this device keeps, else by what the organisation gave.

What is kept here stays in this device's own file: nobody else sees where he lives.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.planning_defaults import ADDRESSES, ROADS, TERMS, PlanningDefault
from fieldcrm.model.users import Territory, User
from fieldcrm.rules.routing import terms as rules
from fieldcrm.rules.routing.day import Terms
from fieldcrm.storage import device

Chosen = tuple[str, str]
"""What kind of provider, and its address."""


def terms(session: Session) -> Terms:
    """Return the terms of a day: the rep's own, else the organisation's, else the usual ones."""
    own = device.fact(session, TERMS)
    return rules.read(own if own is not None else _given(session, TERMS))


def keep_terms(session: Session, chosen: Terms) -> None:
    """Keep the terms of a day, or raise ``Invalid``."""
    device.remember(session, TERMS, rules.stored(chosen))


def road_provider(session: Session) -> Chosen:
    """Return who is asked for ways; nobody unless the rep or the organisation chose somebody."""
    return _provider(session, ROADS)


def keep_road_provider(session: Session, kind: str, address: str) -> None:
    """Keep who is asked for ways."""
    device.remember(session, ROADS, [kind, address])


def address_provider(session: Session) -> Chosen:
    """Return who is asked where an address is; nobody unless the rep or the organisation chose somebody."""
    return _provider(session, ADDRESSES)


def keep_address_provider(session: Session, kind: str, address: str) -> None:
    """Keep who is asked where an address is."""
    device.remember(session, ADDRESSES, [kind, address])


def is_own(session: Session, name: str) -> bool:
    """Say whether this device goes its own way."""
    return device.fact(session, name) is not None


def is_given(session: Session, name: str) -> bool:
    """Say whether the organisation gave something to go by."""
    return _given(session, name) is not None


def follow(session: Session, name: str) -> None:
    """Go by what the organisation gave again."""
    device.forget(session, name)


def as_default(session: Session, name: str) -> dict[str, Any]:
    """Return what this device goes by, as an organisation gives it: nobody's own place is in it."""
    if name == TERMS:
        return rules.stored(terms(session)) | {"start": None, "end": None}
    kind, address = _provider(session, name)
    return {"kind": kind, "address": address}


def _provider(session: Session, name: str) -> Chosen:
    own = device.fact(session, name)
    given = _given(session, name) if own is None else None
    return _chosen(own if given is None else [given.get("kind"), given.get("address")])


def _given(session: Session, name: str) -> dict[str, Any] | None:
    """Return the default of the nearest area above me, else the company's."""
    rows = session.execute(
        select(PlanningDefault.territory_id, PlanningDefault.value).where(
            PlanningDefault.name == name, PlanningDefault.archived_at.is_(None)
        )
    ).all()
    if not rows:
        return None
    by_area = {row.territory_id: row.value for row in rows if isinstance(row.value, dict)}
    return next((by_area[area] for area in (*_areas(session), None) if area in by_area), None)


def _areas(session: Session) -> list[UUID]:
    """Return my area and those above it, the nearest first."""
    me = device.fact(session, device.USER_ID)
    user = session.get(User, UUID(str(me))) if me else None
    found: list[UUID] = []
    here = user.territory_id if user is not None else None
    while here is not None and here not in found:
        found.append(here)
        above = session.get(Territory, here)
        here = above.parent_id if above is not None else None
    return found


def _chosen(kept: object) -> Chosen:
    match kept:
        case [str(kind), str(address)]:
            return kind, address
    return "", ""
