"""Laptops whose wall clocks are wrong, jump or stand still: nothing may come of it (I19).

In ordinary histories clocks jump now and then, and the oracle knows nothing of it. The
metamorphic rule plays one history again under other clocks and compares everything but the
moments that people are shown.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from fieldcrm.sync.entities import registry
from tests.simulation.laptop import Clock, Laptop
from tests.simulation.oracle import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

YEARS_10 = 10 * 365 * 86_400_000
DAY = 86_400_000
_SHOWN = frozenset({"clock_off_s", "payload", "seal"})  # a seal is made over the moments, too

Wrong = Callable[[int], int]


class Astray(Clock):
    """A wall clock that makes its own of the true time; ticking it moves the true time on."""

    def __init__(self, true: Clock, wrong: Wrong = lambda ms: ms) -> None:
        self.true, self.wrong = true, wrong

    @property
    def ms(self) -> int:  # type: ignore[override]  # what is read differs from what passes
        return self.wrong(self.true.ms)

    def tick(self, ms: int = 1_000) -> int:
        self.true.tick(ms)
        return self.ms


def jumping() -> Wrong:
    """Return a clock that somebody sets to and fro all day."""
    return lambda ms: ms + ((ms // 5_000) % 7 - 3) * YEARS_10 // 3


def frozen() -> Wrong:
    """Return a clock that stands still."""
    first: list[int] = []

    def stands(ms: int) -> int:
        first.append(ms)
        return first[0]

    return stands


DISTORTIONS: dict[str, Callable[[int], Wrong]] = {
    "ten years ahead": lambda _n: lambda ms: ms + YEARS_10,
    "ten years behind": lambda _n: lambda ms: ms - YEARS_10,
    "apart from each other": lambda n: lambda ms: ms + (n - 1) * DAY,
    "jumping": lambda _n: jumping(),
    "frozen": lambda _n: frozen(),
}


def set_wrong(laptop: Laptop, true: Clock, wrong: Wrong) -> None:
    """Give a laptop a wrong clock from now on."""
    laptop.clock = Astray(true, wrong)
    laptop.file.now = laptop.clock.now


def jump_clock(world: World, chance: random.Random) -> bool:
    """Somebody sets a laptop's clock, by seconds or by years."""
    by = chance.choice([0, 3_000, -3_000, DAY, -DAY, YEARS_10, -YEARS_10])
    set_wrong(world.someone(chance), world.clock, lambda ms: ms + by)
    return True


RULES = {"jump_clock": (1, jump_clock)}


def topic(wrong: Callable[[int], Wrong]) -> ModuleType:
    """Return a topic under which the laptops' clocks are wrong from the beginning."""

    def begin(world: World) -> None:
        for n, laptop in enumerate(world.laptops):
            set_wrong(laptop, world.clock, wrong(n))

    made = ModuleType("wrong_clocks")
    made.begin = begin  # type: ignore[attr-defined]  # a topic is a module with these names
    return made


def outcome(world: World) -> dict[str, Any]:
    """Return everything that came of a history but the moments that people are shown."""
    rows = {
        f"{name} {row_id}": (version, scope, without_times(name, body))
        for (name, row_id), (version, body, scope) in world.server_rows().items()
    }
    held = {laptop.name: sorted(map(str, laptop.rows())) for laptop in world.laptops}
    return {"rows": rows, "answers": dict(world.oracle.answers), "held": held}


def without_times(name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return a row in which every moment only says whether it is there."""
    moments = {field.name for field in registry()[name].fields if field.type == "moment"}
    found = {
        key: value is not None if key in moments else value
        for key, value in body.items()
        if key not in _SHOWN
    }
    if body.get("payload") is not None:
        found["payload"] = _refused(body["payload"])
    return found


def _refused(mutation: dict[str, Any]) -> Any:
    entity = mutation["agg"][0]
    written = {name: change.get("new") for name, change in (mutation.get("set") or {}).items()}
    return [mutation["agg"], mutation["op"], without_times(entity, mutation.get("doc") or written)]


def same(one: dict[str, Any], other: dict[str, Any], clocks: str) -> None:
    """I19: two runs of a history under different clocks came to the same."""
    for part in one:
        if one[part] == other[part]:
            continue
        keys = one[part].keys() | other[part].keys()
        key = min(key for key in keys if one[part].get(key) != other[part].get(key))
        raise Violation(
            f"I19 under clocks {clocks} {part} {key} is {other[part].get(key)}, not {one[part].get(key)}"
        )
