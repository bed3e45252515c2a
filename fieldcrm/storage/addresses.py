"""Addresses that were looked up, and those that wait for a network."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from fieldcrm.rules.positions import Position
from fieldcrm.storage.local import AddressLookup

WAITING, FOUND, NOTHING = "waiting", "found", "nothing"


def lookup(session: Session, address: str) -> AddressLookup | None:
    """Return what is known of an address."""
    return session.get(AddressLookup, address)


def wait(session: Session, address: str, at: datetime) -> None:
    """Look the address up when there is a network, unless it was."""
    values = {"address": address, "provider": "", "state": WAITING, "label": "", "at": at}
    session.execute(insert(AddressLookup).values(values).on_conflict_do_nothing())


def waiting(session: Session) -> list[str]:
    """Return the addresses that wait, the longest first."""
    asked = select(AddressLookup.address).where(AddressLookup.state == WAITING).order_by(AddressLookup.at)
    return list(session.scalars(asked))


def keep(
    session: Session, address: str, provider: str, at: datetime, position: Position | None, label: str
) -> None:
    """Keep the answer; the position in WGS84, None when nobody knows the address."""
    here = None if position is None else position.to("wgs84")
    values = {
        "address": address, "provider": provider, "state": FOUND if here else NOTHING, "label": label,
        "latitude_e7": here.latitude_e7 if here else None,
        "longitude_e7": here.longitude_e7 if here else None, "at": at,
    }  # fmt: skip
    session.execute(insert(AddressLookup).prefix_with("OR REPLACE").values(values))
