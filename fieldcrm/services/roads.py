"""Ways on real roads: OSRM or Valhalla by address, or Valhalla on this laptop (extra ``roads``) (V5).

A provider answers with minutes and kilometres from each place to each; None for a way that it
does not know. Whoever asks falls back to the estimate for that way, and for all of them when
``ProviderFailed`` is raised. Positions are WGS84, as both speak it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests

from fieldcrm.errors import ProviderFailed
from fieldcrm.rules.routing.distances import Place, Roads

ESTIMATE, OSRM, VALHALLA = "estimate", "osrm", "valhalla"
KINDS = (ESTIMATE, OSRM, VALHALLA)
Way = tuple[float, float] | None
Table = list[list[Way]]
_BLOCK = 50  # sources and as many targets: public servers allow a hundred points at once
_MOST_BYTES = 16_000_000
_SECONDS = (5.0, 30.0)
_LONGEST_MINUTES, _FARTHEST_KM = 7 * 24 * 60.0, 20_000.0


class Provider(Protocol):
    """Somebody who knows roads."""

    @property
    def name(self) -> str:
        """Return what its answers are kept under."""
        ...

    def table(self, sources: Sequence[Place], targets: Sequence[Place]) -> Table:
        """Return the way from every source to every target; at most ``_BLOCK`` of each."""
        ...


def provider(kind: str, address: str) -> Provider | None:
    """Return the provider a person chose; None for the estimate."""
    address = address.strip().rstrip("/")
    if kind == OSRM and address:
        return Osrm(address)
    if kind == VALHALLA and address:
        return Valhalla(address) if urlsplit(address).scheme in ("http", "https") else LocalValhalla(address)
    return None


class Osrm:
    """The table service of an OSRM server; ``address`` may name a profile other than driving."""

    def __init__(self, address: str) -> None:
        self._address = address if "/table/" in address else f"{address}/table/v1/driving"
        self.name = f"{OSRM} {self._address}"

    def table(self, sources: Sequence[Place], targets: Sequence[Place]) -> Table:
        """Return the way from every source to every target."""
        points = ";".join(f"{p.longitude:.6f},{p.latitude:.6f}" for p in (*sources, *targets))
        asked = {
            "annotations": "duration,distance",
            "sources": ";".join(map(str, range(len(sources)))),
            "destinations": ";".join(str(len(sources) + n) for n in range(len(targets))),
        }
        found = _asked(lambda session: session.get(f"{self._address}/{points}", params=asked, **_HOW))
        if found.get("code") != "Ok":
            raise ProviderFailed("bad_answer", said=str(found.get("code"))[:80])
        return _paired(
            found.get("durations"), found.get("distances"), len(sources), len(targets), 1 / 60, 1e-3
        )


class Valhalla:
    """The matrix service of a Valhalla server."""

    def __init__(self, address: str) -> None:
        self._address = f"{address.removesuffix('/sources_to_targets')}/sources_to_targets"
        self.name = f"{VALHALLA} {self._address}"

    def table(self, sources: Sequence[Place], targets: Sequence[Place]) -> Table:
        """Return the way from every source to every target."""
        asked = _for_valhalla(sources, targets)
        found = _asked(lambda session: session.post(self._address, json=asked, **_HOW))
        return _of_valhalla(found, len(sources), len(targets))


class LocalValhalla:
    """Valhalla in this process, on tiles built beforehand; ``config`` is its configuration file."""

    def __init__(self, config: str) -> None:
        self._config = config
        self.name = f"{VALHALLA} {config}"

    def table(self, sources: Sequence[Place], targets: Sequence[Place]) -> Table:
        """Return the way from every source to every target."""
        try:
            import valhalla
        except ImportError:
            raise ProviderFailed("not_installed", extra="roads") from None
        try:
            answer = valhalla.Actor(self._config).matrix(json.dumps(_for_valhalla(sources, targets)))
        except (OSError, RuntimeError, ValueError) as error:
            raise ProviderFailed("refused", said=str(error)[:200]) from error
        found = json.loads(answer) if isinstance(answer, str) else answer
        return _of_valhalla(found, len(sources), len(targets))


def ways(
    asked: Provider, places: Iterable[Place], known: Roads, stop: Callable[[], bool] = lambda: False
) -> dict[tuple[Place, Place], tuple[float, float]]:
    """Return the ways among the places that are not ``known`` yet and that the provider knows."""
    distinct = list(dict.fromkeys(places))
    blocks = [distinct[n : n + _BLOCK] for n in range(0, len(distinct), _BLOCK)]
    found: dict[tuple[Place, Place], tuple[float, float]] = {}
    for sources in blocks:
        for targets in blocks:
            if stop():
                return found
            if all((u, v) in known or u == v for u in sources for v in targets):
                continue
            for u, row in zip(sources, asked.table(sources, targets), strict=True):
                found |= {(u, v): way for v, way in zip(targets, row, strict=True) if way and u != v}
    return found


_HOW: dict[str, Any] = {"timeout": _SECONDS, "stream": True, "allow_redirects": False}


def _asked(ask: Callable[[requests.Session], requests.Response]) -> Mapping[str, Any]:
    """Return the JSON object that is answered, of no more than a sensible size."""
    try:
        with requests.Session() as session, ask(session) as answer:
            body = answer.raw.read(_MOST_BYTES + 1, decode_content=True)
    except (requests.RequestException, OSError) as error:
        raise ProviderFailed("unreachable", said=type(error).__name__) from error
    if answer.status_code >= 400:
        raise ProviderFailed("refused", status=answer.status_code)
    try:
        found = json.loads(body) if len(body) <= _MOST_BYTES else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ProviderFailed("bad_answer", status=answer.status_code)
    return found


def _for_valhalla(sources: Sequence[Place], targets: Sequence[Place]) -> dict[str, Any]:
    def points(places: Sequence[Place]) -> list[dict[str, float]]:
        return [{"lat": round(p.latitude, 6), "lon": round(p.longitude, 6)} for p in places]

    return {"sources": points(sources), "targets": points(targets), "costing": "auto", "units": "kilometers"}


def _of_valhalla(found: Mapping[str, Any], sources: int, targets: int) -> Table:
    """Read both forms of its answer: a row of objects per source, or two tables of numbers."""
    rows = found.get("sources_to_targets")
    if isinstance(rows, dict):
        return _paired(rows.get("durations"), rows.get("distances"), sources, targets, 1 / 60, 1.0)
    if not isinstance(rows, list) or not all(isinstance(r, list) and all(map(_is_object, r)) for r in rows):
        raise ProviderFailed("bad_answer")
    times = [[each.get("time") for each in row] for row in rows]
    lengths = [[each.get("distance") for each in row] for row in rows]
    return _paired(times, lengths, sources, targets, 1 / 60, 1.0)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _paired(times: Any, lengths: Any, sources: int, targets: int, in_minutes: float, in_km: float) -> Table:
    """Put times and lengths together; a table of another shape is no answer, a strange number no way."""
    for table in (times, lengths):
        if not isinstance(table, list) or len(table) != sources:
            raise ProviderFailed("bad_answer")
        if any(not isinstance(row, list) or len(row) != targets for row in table):
            raise ProviderFailed("bad_answer")
    return [
        [_way(time, length, in_minutes, in_km) for time, length in zip(*rows, strict=True)]
        for rows in zip(times, lengths, strict=True)
    ]


def _way(time: Any, length: Any, in_minutes: float, in_km: float) -> Way:
    if isinstance(time, bool) or not isinstance(time, int | float) or not isinstance(length, int | float):
        return None
    minutes, km = time * in_minutes, length * in_km
    sane = isfinite(minutes) and isfinite(km) and 0 <= minutes <= _LONGEST_MINUTES and 0 <= km <= _FARTHEST_KM
    return (minutes, km) if sane else None
