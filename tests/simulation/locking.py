"""Laptops that were out of touch for too long: locked, opened again by contact, nothing lost (I18).

The key is held in two halves as in life: what a keyring would keep, and the server's share
beside the file while the lease runs. No clock makes a lease longer.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fieldcrm.clock import to_ms
from fieldcrm.errors import SignInRequired, WrongKey
from fieldcrm.storage import lease
from fieldcrm.storage.lease import Keeper, Lease
from server import device_keys
from server import devices as decisions
from server.database import run
from tests.simulation import clocks, devices
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import Violation
from tests.simulation.templates import KEY

if TYPE_CHECKING:
    from tests.simulation.world import World

DAYS = 14
DAY_MS = 86_400_000
_SIGNING = b"the installation's signing key"


@dataclass
class Held:
    """What one laptop keeps of its key, and what it held when it was locked."""

    keeper: Keeper
    kept: bytes
    before: Any = None


@dataclass
class Leases:
    """The leases of a history, by laptop."""

    of: dict[str, Held] = field(default_factory=dict)


def _terms(laptop: Laptop) -> Lease:
    told = device_keys.terms(_SIGNING, laptop.device, DAYS)
    return Lease(str(laptop.device), told["share"], told["lease_days"])


def _keeper(world: World, laptop: Laptop) -> Keeper:
    return Keeper(
        laptop.path.parent, KEY, now_ms=lambda: to_ms(laptop.clock.now()), mono_ms=lambda: world.clock.ms
    )


def _renew(laptop: Laptop, held: Held) -> None:
    """Do what a sign-in brings: the share, the term, and half of the key kept instead of all of it."""
    fresh = _terms(laptop)
    held.keeper.renew(fresh, trust=True)
    held.kept = lease.halved(KEY, bytes.fromhex(fresh.share))
    held.keeper.bound()


def lease_runs_out(world: World, chance: random.Random) -> bool:
    """A laptop has no contact for as long as its lease runs; somebody may set its clock back meanwhile."""
    laptop = world.someone(chance)
    if sum(not each.is_locked for each in world.laptops) == 1:
        return False
    held = Held(_keeper(world, laptop), b"")
    world.own(Leases).of[laptop.name] = held
    _renew(laptop, held)
    _still_runs(world, laptop, held)
    if chance.random() < 0.5:
        by = chance.choice([DAY_MS, DAYS * DAY_MS, clocks.YEARS_10])
        clocks.set_wrong(laptop, world.clock, lambda ms: ms - by)
    world.clock.tick((DAYS + chance.randrange(3)) * DAY_MS)
    if held.keeper.look():
        raise Violation(f"I18 {laptop.name} was out of touch for {DAYS} days and its lease still runs")
    held.before = laptop.rows(), laptop.mutations()
    laptop.lock()
    held.keeper.run_out(len(laptop.mutations()))
    _is_locked(world, laptop, held)
    return True


def _still_runs(world: World, laptop: Laptop, held: Held) -> None:
    """A laptop with a lease opens by what lies on it."""
    found = lease.read(laptop.path.parent)
    if not held.keeper.left_ms() or found is None or lease.whole(held.kept, found.share) != KEY:
        raise Violation(f"I18 {laptop.name} has a new lease and does not open")
    world.checked("I18")


def _is_locked(world: World, laptop: Laptop, held: Held) -> None:
    """I18: nothing that lies on a locked laptop makes a whole key of the half that it keeps."""
    world.checked("I18")
    found, share = lease.read(laptop.path.parent), _terms(laptop).share
    if found is None or found.share or found.before:
        raise Violation(f"I18 {laptop.name} is locked and still holds the server's share")
    for beside in laptop.path.parent.iterdir():
        if beside.is_file() and share.encode() in beside.read_bytes():
            raise Violation(f"I18 {laptop.name} is locked, {beside.name} still holds the server's share")
    try:
        lease.whole(held.kept, found.share, found.before)
    except WrongKey:
        return
    raise Violation(f"I18 {laptop.name} is locked and opens without the server")


def sign_in_again(world: World, chance: random.Random) -> bool:
    """Somebody signs in on a locked laptop: it opens, unless it was reported lost meanwhile."""
    locked = [laptop for laptop in world.laptops if laptop.is_locked]
    return bool(locked) and _sign_in(world, chance.choice(locked))


def _sign_in(world: World, laptop: Laptop) -> bool:
    if not _is_let_in(world, laptop):
        return False
    held = world.own(Leases).of.pop(laptop.name)
    if lease.whole(held.kept, _terms(laptop).share) != KEY:
        raise Violation(f"I18 {laptop.name} does not open with the share that signing in brings")
    laptop.unlock()
    world.checked("I1")
    if held.before != (laptop.rows(), laptop.mutations()):
        raise Violation(f"I1 {laptop.name} was locked, and holds something else since")
    return True


def _is_let_in(world: World, laptop: Laptop) -> bool:
    """Ask the server as signing in does; nobody who is out is told a share."""
    decided = world.own(devices.Decided).states.get(str(laptop.device))
    with world.server.reading() as connection:
        asked = "SELECT state, state_at FROM device WHERE id = ?"
        row = run(connection, asked, str(laptop.device)).first()
    state, since = row if row else (decisions.ACTIVE, None)
    try:
        decisions.check(state, since, world.clock.ms)
    except SignInRequired:
        return False
    world.checked("I18")
    if decided == decisions.LOST:
        raise Violation(f"I18 {laptop.name} is lost and was told its share")
    return True


RULES = {"lease_runs_out": (1, lease_runs_out), "sign_in_again": (4, sign_in_again)}


def heal(world: World) -> None:
    """Everybody signs in: by now everybody may."""
    for laptop in world.laptops:
        if laptop.is_locked and not _sign_in(world, laptop):
            raise Violation(f"I18 {laptop.name} was let back in and does not open")
