"""Devices that are lost, handed in and let back in: after the decision no row reaches them (I18)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fieldcrm.errors import SignInRequired, SyncError
from fieldcrm.sync.page import Page
from fieldcrm.sync.protocol import SyncRequest
from server import devices
from server.database import run
from tests.simulation.oracle import Violation

if TYPE_CHECKING:
    from tests.simulation.laptop import Laptop
    from tests.simulation.world import World


@dataclass
class Decided:
    """What the office decided, by device; what is not named here takes part as usual."""

    states: dict[str, str] = field(default_factory=dict)


def revoke_lost(world: World, chance: random.Random) -> bool:
    """Somebody reports a laptop lost."""
    return _decide(world, chance.choice(world.laptops), devices.lost, devices.LOST)


def make_leaver(world: World, chance: random.Random) -> bool:
    """Somebody leaves: the laptop only hands in."""
    return _decide(world, chance.choice(world.laptops), devices.leaver, devices.PUSH_ONLY)


def let_back_in(world: World, chance: random.Random) -> bool:
    """A laptop was found again, or a leaver stays."""
    states = world.own(Decided).states
    out = [laptop for laptop in world.laptops if str(laptop.device) in states]
    return bool(out) and _decide(world, chance.choice(out), devices.restore, devices.ACTIVE)


RULES = {"revoke_lost": (1, revoke_lost), "make_leaver": (1, make_leaver), "let_back_in": (2, let_back_in)}


def _decide(world: World, laptop: Laptop, work: Callable[..., None], state: str) -> bool:
    device, user = str(laptop.device), str(laptop.user)
    with world.server.writing() as connection:
        enrol = "INSERT INTO device (id, user_id) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"
        run(connection, enrol, device, user)
        work(connection, world.clock.now(), laptop.device)
    states = world.own(Decided).states
    states.pop(device, None)
    if state != devices.ACTIVE:
        states[device] = state
    return True


def answered(world: World, laptop: Laptop, _request: SyncRequest, answer: Page) -> None:
    """I18: nothing leaves the server for a lost device, and no row for a leaver's."""
    world.checked("I18")
    state = world.own(Decided).states.get(str(laptop.device))
    if state == devices.LOST:
        raise Violation(f"I18 {laptop.name} is lost and was answered")
    if state == devices.PUSH_ONLY and answer.rows:
        raise Violation(f"I18 {laptop.name} only hands in and was sent {len(answer.rows)} rows")


def refused(world: World, laptop: Laptop, error: SyncError) -> bool:
    """Say whether a refusal is the decision's own."""
    state = world.own(Decided).states.get(str(laptop.device))
    if not isinstance(error, SignInRequired) or state is None:
        return False
    return error.code == ("device_revoked" if state == devices.LOST else "hand_in_over")


def look_again(world: World) -> None:
    """Learn what the server holds for decided, after it was set back."""
    with world.server.reading() as connection:
        found = run(connection, "SELECT id, state FROM device WHERE state != ?", devices.ACTIVE)
        world.own(Decided).states = dict(found.all())  # type: ignore[arg-type]  # pairs


def takes_part(world: World, laptop: Laptop) -> bool:
    """Whether nothing was decided about this laptop, so that rows reach it."""
    return str(laptop.device) not in world.own(Decided).states


def heal(world: World) -> None:
    """Everybody is let back in, also a device that a copy has moved to, so that all work finds its end."""
    with world.server.writing() as connection:
        run(connection, "UPDATE device SET state = 'active', state_at = NULL")
    world.own(Decided).states.clear()
