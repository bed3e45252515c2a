"""I6: whatever was committed before a pull began is on the laptop when that pull has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fieldcrm.sync.entities import registry
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
        old = {row_id for (row_id,) in run(connection, "SELECT row_id FROM aged")}
        for entity in registry().values():
            columns = ["id", "version", *(column for _, column in entity.scope)]
            listed = ", ".join(f'"{column}"' for column in columns)
            for row in run(connection, f'SELECT {listed} FROM "{entity.name}"'):
                known = here.get((entity.name, row[0]), -1)
                if row[0] in old:
                    continue
                if known < row[1] and entity.scope_of(dict(zip(columns, row, strict=True))) in granted:
                    raise Violation(f"I6 {laptop.name} misses {entity.name} {row[0]} version {row[1]}")
