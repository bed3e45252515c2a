"""Obeying an order to wipe: prove it, seal what is unsent, destroy the key, and say so afterwards.

The journal in the home folder is written before anything is destroyed and cleared when the
server has taken parcel and confirmation: a crash, a pulled plug or a missing network in
between only means that the next start goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from fieldcrm.errors import StorageError, SyncError
from fieldcrm.faults import reach
from fieldcrm.storage import disk, profiles
from fieldcrm.storage.cipher import translated
from fieldcrm.storage.profiles import Profile
from fieldcrm.sync.remote import Remote
from fieldcrm.wipe_order import WipeOrder, holds

_JOURNAL = "wipes.json"
PARCELS = "parcels"


class Wipe(msgspec.Struct, frozen=True):
    """A wipe that was ordered and has not been confirmed."""

    profile: Profile
    device: str
    nonce: str


def genuine(told: Mapping[str, object], server_key: str, device: str, challenge: str) -> WipeOrder | None:
    """Return the order in the facts of a refusal, if it is the server's own for this very question."""
    try:
        order = msgspec.convert(told.get("order"), WipeOrder)
    except msgspec.ValidationError:
        return None
    return order if holds(order, server_key, device=device, challenge=challenge) else None


def begin(home: Path, profile: Profile, order: WipeOrder) -> Wipe:
    """Write down that this profile is to be wiped; from here on nothing brings it back."""
    wipe = Wipe(profile, order.device, order.nonce)
    _write(home, [each for each in pending(home) if each.device != wipe.device] + [wipe])
    reach("client.wipe.noted")
    return wipe


def parcel_of(home: Path, wipe: Wipe) -> Path:
    """Return where the sealed work of a wiped profile waits for the server."""
    return home / PARCELS / f"{wipe.device}.parcel"


def destroy(home: Path, wipe: Wipe) -> None:
    """Destroy key and files; a sealed parcel that lay beside the database is kept."""
    place = profiles.folder(home, wipe.profile)
    left, kept = place / profiles.PARCEL, parcel_of(home, wipe)
    if left.exists() and not kept.exists():
        with translated(kept), suppress(StorageError):
            kept.parent.mkdir(parents=True, exist_ok=True)
            disk.put_in_place(left, kept)
    reach("client.wipe.sealed")
    profiles.erase(home, wipe.profile)
    reach("client.wipe.destroyed")


def pending(home: Path) -> list[Wipe]:
    """Return the wipes that the server has not heard of, or that a crash cut short."""
    with translated(home / _JOURNAL):
        try:
            return msgspec.json.decode((home / _JOURNAL).read_bytes(), type=list[Wipe])
        except (FileNotFoundError, msgspec.DecodeError):
            return []


def finish(home: Path) -> None:
    """Go on with every wipe in the journal; a server that cannot be reached is told at the next start."""
    destroy_left(home)
    for wipe in pending(home):
        with suppress(SyncError):
            _tell(home, wipe)


def destroy_left(home: Path) -> None:
    """Destroy what a crash left of a profile that was to be wiped; needs no network."""
    for wipe in pending(home):
        if profiles.folder(home, wipe.profile).exists():
            destroy(home, wipe)


def _tell(home: Path, wipe: Wipe) -> None:
    remote, parcel = Remote(wipe.profile.server, wipe.device), parcel_of(home, wipe)
    if parcel.exists():
        remote.leave_parcel(parcel.read_bytes(), wipe.nonce)
    remote.say_wiped(wipe.nonce)
    reach("client.wipe.told")
    parcel.unlink(missing_ok=True)
    _write(home, [each for each in pending(home) if each != wipe])


def _write(home: Path, wipes: list[Wipe]) -> None:
    if wipes:
        disk.write_whole(home / _JOURNAL, msgspec.json.encode(wipes))
    else:
        (home / _JOURNAL).unlink(missing_ok=True)


def asked(remote: Remote, server_key: str) -> WipeOrder | None:
    """Ask the server for the order behind a refusal; None unless it is genuine."""
    told: dict[str, Any] = remote.order()
    return genuine(told, server_key, remote.device, remote.challenge)
