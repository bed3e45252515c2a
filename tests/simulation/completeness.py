"""I6: whatever was committed before a pull began is on the laptop when that pull has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from fieldcrm.sync.entities import Entity, registry
from fieldcrm.sync.page import Page
from fieldcrm.sync.protocol import SyncRequest
from server.database import run
from tests.simulation import devices
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass
class Answered:
    """The cursor of each laptop's latest answer: an older one that comes late proves nothing."""

    cursors: dict[str, str] = field(default_factory=dict)


def answered(world: World, laptop: Laptop, _request: SyncRequest, answer: Page) -> None:
    """Remember the latest answer."""
    world.own(Answered).cursors[laptop.name] = answer.trailer.cursor


def received(world: World, laptop: Laptop, answer: Page) -> None:
    """Compare what the laptop has with what is committed in its scopes."""
    if answer.trailer.more or world.own(Answered).cursors.get(laptop.name) != answer.trailer.cursor:
        return
    if not devices.takes_part(world, laptop):
        return
    world.checked("I6")
    granted = world.oracle.people.grants(str(laptop.user))
    here = laptop.versions()
    with world.server.reading() as connection:
        for name, row_id, version, *values in run(connection, _every_place()):
            if here.get((name, row_id), -1) >= version:
                continue
            entity = registry()[name]
            told = dict(zip(_placed_by(entity), values, strict=False))
            if entity.scope_of({"id": row_id} | told) in granted:
                raise Violation(f"I6 {laptop.name} misses {name} {row_id} version {version}")


def _placed_by(entity: Entity) -> list[str]:
    return [column for _, column in entity.scope]


@cache
def _every_place() -> str:
    """Return the question for every row that has not been put out, and the columns that place it."""
    width = max(len(entity.scope) for entity in registry().values())
    parts = []
    for entity in registry().values():
        columns = [f'"{column}"' for column in _placed_by(entity)] + ["NULL"] * (width - len(entity.scope))
        parts.append(
            f"SELECT '{entity.name}', id, version, {', '.join(columns)} FROM \"{entity.name}\""
            " WHERE id NOT IN (SELECT row_id FROM aged)"
        )
    return " UNION ALL ".join(parts)
