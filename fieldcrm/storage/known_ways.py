"""Ways on real roads, kept on this laptop so that they are asked for once and are there offline."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from fieldcrm.rules.routing.distances import Place, Roads
from fieldcrm.storage.local import KnownWay

_AT_ONCE = 5000


def among(
    session: Session, provider: str, places: Iterable[Place]
) -> dict[tuple[Place, Place], tuple[float, float]]:
    """Return the ways kept of one provider between these places."""
    by_text = {_text(place): place for place in places}
    asked = select(KnownWay).where(KnownWay.provider == provider, KnownWay.here.in_(list(by_text)))
    return {
        (by_text[way.here], by_text[way.there]): (way.seconds / 60, way.metres / 1000)
        for way in session.scalars(asked)
        if way.there in by_text
    }


def keep(session: Session, provider: str, ways: Roads) -> None:
    """Keep ways as a provider told them."""
    rows = [
        {
            "provider": provider, "here": _text(here), "there": _text(there),
            "seconds": round(minutes * 60), "metres": round(km * 1000),
        }
        for (here, there), (minutes, km) in ways.items()
    ]  # fmt: skip
    for begin in range(0, len(rows), _AT_ONCE):
        session.execute(insert(KnownWay).prefix_with("OR REPLACE"), rows[begin : begin + _AT_ONCE])


def _text(place: Place) -> str:
    return f"{place.latitude:.6f},{place.longitude:.6f}"
