"""What signing in does, put together from the laptop's own functions; all of it runs beside the interface."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from fieldcrm import afresh, laptop
from fieldcrm.afresh import Rescued
from fieldcrm.laptop import Laptop
from fieldcrm.storage.profiles import Profile
from fieldcrm.ui.jobs import Progress, Stop
from fieldcrm.ui.signin.fetch import first_fetch
from fieldcrm.ui.signin.page import Door, Typed


def door(home: Path) -> Door:
    """Return the ways into the profiles of ``home``."""

    def open_profile(profile: Profile, passphrase: str) -> Laptop:
        return laptop.open_profile(home, profile, passphrase or None)

    def sign_in(typed: Typed, passphrase: str, device: str) -> Laptop:
        return laptop.sign_in(
            home, typed.server, typed.login, typed.password, device_name=typed.device_name,
            passphrase=passphrase, device=device,
        )  # fmt: skip

    def fetch(opened: Laptop, stop: Stop, progress: Progress) -> object:
        fetched = first_fetch(opened, stop, progress)
        afresh.bring_back(opened)
        return fetched

    def rescue(profile: Profile, passphrase: str) -> Rescued:
        return afresh.rescue(home, profile, laptop.unlocked(home, profile, passphrase or None)[0])

    def seal(profile: Profile, passphrase: str, target: Path) -> Rescued:
        return afresh.seal_for_office(
            home, profile, laptop.unlocked(home, profile, passphrase or None)[0], target
        )

    def look_in(profile: Profile, passphrase: str) -> Laptop:
        return laptop.look_in(home, profile, passphrase or None)

    return Door(
        open_profile, sign_in, laptop.is_complete, fetch,
        lambda: laptop.free_space(home) > laptop.LEAST_FREE,
        rescue, seal, partial(afresh.can_seal, home), look_in,
    )  # fmt: skip
