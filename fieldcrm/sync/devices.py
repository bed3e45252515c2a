"""Laptops as the server knows them: asked over REST, so only with a connection; nothing is kept here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from fieldcrm.errors import Malformed
from fieldcrm.sync.remote import Remote

PAGE = 100
Kind = TypeVar("Kind")


class Device(msgspec.Struct, frozen=True):
    """One laptop; moments are milliseconds. ``unsent`` is what it said it holds when last seen."""

    id: str
    login: str
    person: str
    name: str
    state: str
    unsent: int | None = None
    seen_at: int | None = None
    state_at: int | None = None
    wiped_at: int | None = None
    hand_in_until: int | None = None


class DeviceAct(msgspec.Struct, frozen=True):
    """What somebody did about a laptop; without a person it was done at the server itself."""

    at: int
    what: str
    login: str
    person: str


class Page(msgspec.Struct, frozen=True):
    """Some laptops, and the id to go on after."""

    items: Sequence[Device]
    next: str | None = None


class _Acts(msgspec.Struct, frozen=True):
    items: list[DeviceAct]


def listed(remote: Remote, *, search: str = "", state: str = "", after: str = "", mine: bool = False) -> Page:
    """Return a page of the laptops this person sees."""
    asked = {"limit": str(PAGE), "q": search, "state": state, "after": after, "mine": "true" if mine else ""}
    told = urlencode({name: value for name, value in asked.items() if value})
    return _read(remote.call("GET", f"/api/v1/devices?{told}").body, Page)


def acts(remote: Remote, device_id: str) -> list[DeviceAct]:
    """Return who did what about a laptop, the latest first."""
    return _read(remote.call("GET", f"/api/v1/devices/{device_id}/acts").body, _Acts).items


def do(remote: Remote, device_id: str, act: str) -> Device:
    """Decide about a laptop: ``lost``, ``leaver``, ``restore`` or ``sign-out``."""
    return _read(remote.call("POST", f"/api/v1/devices/{device_id}/{act}").body, Device)


def _read(body: bytes, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise Malformed("not_our_protocol") from error
