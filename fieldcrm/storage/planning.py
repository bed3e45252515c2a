"""How this rep's days are planned, kept in this device's own file: nobody else sees where he lives."""

from __future__ import annotations

from sqlalchemy.orm import Session

from fieldcrm.rules.routing import terms as rules
from fieldcrm.rules.routing.day import Terms
from fieldcrm.storage import device

_TERMS, _ROADS, _ADDRESSES = "day_terms", "road_provider", "address_provider"
Chosen = tuple[str, str]
"""What kind of provider, and its address."""


def terms(session: Session) -> Terms:
    """Return the terms of a day; the usual ones until the rep set his."""
    return rules.read(device.fact(session, _TERMS))


def keep_terms(session: Session, chosen: Terms) -> None:
    """Keep the terms of a day, or raise ``Invalid``."""
    device.remember(session, _TERMS, rules.stored(chosen))


def road_provider(session: Session) -> Chosen:
    """Return who is asked for ways; nobody unless the rep chose somebody."""
    return _chosen(device.fact(session, _ROADS))


def keep_road_provider(session: Session, kind: str, address: str) -> None:
    """Keep who is asked for ways."""
    device.remember(session, _ROADS, [kind, address])


def address_provider(session: Session) -> Chosen:
    """Return who is asked where an address is; nobody unless the rep chose somebody."""
    return _chosen(device.fact(session, _ADDRESSES))


def keep_address_provider(session: Session, kind: str, address: str) -> None:
    """Keep who is asked where an address is."""
    device.remember(session, _ADDRESSES, [kind, address])


def _chosen(kept: object) -> Chosen:
    match kept:
        case [str(kind), str(address)]:
            return kind, address
    return "", ""
