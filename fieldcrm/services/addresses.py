"""Where an address is, asked of a service the rep chose, through geopy; nobody is asked by default (A1).

An answer is a proposal: the position counts once a person took it on the map. Nominatim and
Photon are asked by their address and speak WGS84; Baidu is asked with a key and speaks BD-09.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fieldcrm.errors import Invalid, ProviderFailed
from fieldcrm.rules.positions import BD09, WGS84, Position, of_degrees

NOBODY, NOMINATIM, PHOTON, BAIDU = "", "nominatim", "photon", "baidu"
KINDS = (NOBODY, NOMINATIM, PHOTON, BAIDU)
_SECONDS = 10
_WHO = "fieldcrm"


@dataclass(frozen=True, slots=True)
class Found:
    """A position for an address, in the datum the service speaks, and what it calls the place."""

    position: Position
    label: str


@dataclass(frozen=True, slots=True)
class Finder:
    """A service that knows addresses."""

    name: str
    datum: str
    ask: Callable[[str], Any]

    def find(self, address: str) -> Found | None:
        """Return the best hit, None if there is none; ``ProviderFailed`` if nobody could say."""
        from geopy import exc

        try:
            hit = self.ask(address)
        except (exc.GeocoderUnavailable, exc.GeocoderTimedOut) as error:
            raise ProviderFailed("unreachable", said=type(error).__name__) from error
        except exc.GeocoderParseError as error:
            raise ProviderFailed("bad_answer", said=type(error).__name__) from error
        except exc.GeopyError as error:
            raise ProviderFailed("refused", said=str(error)[:200]) from error
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise ProviderFailed("bad_answer", said=type(error).__name__) from error
        try:
            return None if hit is None else Found(_position(hit, self.datum), str(hit.address)[:300])
        except Invalid as error:
            raise ProviderFailed("bad_answer", said=error.code) from error


def finder(kind: str, address: str) -> Finder | None:
    """Return the service a person chose; ``address`` is its URL, or Baidu's key."""
    from geopy import geocoders

    address = address.strip().rstrip("/")
    if kind not in KINDS or not kind or not address:
        return None
    how: dict[str, Any] = {"timeout": _SECONDS, "user_agent": _WHO}
    if kind == BAIDU:
        return Finder(BAIDU, BD09, geocoders.BaiduV3(address, **how).geocode)
    split = urlsplit(address if "//" in address else f"https://{address}")
    place = {"domain": f"{split.netloc}{split.path}", "scheme": split.scheme}
    service = geocoders.Nominatim if kind == NOMINATIM else geocoders.Photon
    return Finder(f"{kind} {address}", WGS84, service(**place, **how).geocode)


def one_line(*parts: str) -> str:
    """Return an address as one asks for it, from the widest part to the narrowest."""
    kept: list[str] = []
    for part in parts:
        text = " ".join(part.split())
        if text and text not in kept:
            kept.append(text)
    return " ".join(kept)


def _position(hit: Any, datum: str) -> Position:
    return of_degrees(float(hit.latitude), float(hit.longitude), datum)
