"""What time does to scopes, and what silently goes wrong with a row: ageing, forgetting, self-check.

Months pass in a step and the server's nightly work is done; a laptop may be away meanwhile. A
row of a laptop's file is altered behind everybody's back. At the end every laptop has checked
itself once.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from fieldcrm.errors import SyncError
from fieldcrm.sync import digest, reconcile
from fieldcrm.sync.page import Page
from fieldcrm.sync.protocol import DigestRequest, IdsRequest, RowsRequest, SyncRequest, Want
from server import digest as server_digest
from server.database import run
from server.exchange import bootstrap
from server.jobs.nightly import nightly
from tests.simulation import devices, exchanges, photos, rewinds
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

DAY_MS = 86_400_000


@dataclass
class Altered:
    """Rows that were altered, by laptop."""

    rows: set[tuple[str, str]] = field(default_factory=set)


class Line:
    """The server without a wire, for what asks pages and sums of it."""

    def __init__(self, world: World, laptop: Laptop) -> None:
        self.world, self.laptop = world, laptop

    def bootstrap(self, scope: str, *, after: str | None, cursor: str) -> bytes:
        """Return one small page of a scope."""
        at = self.world.clock.now()
        return bootstrap(
            self.world.server, self.laptop.principal, scope, after or "", Want(max_rows=5), at, cursor
        )

    def ask(self, path: str, body: bytes) -> bytes:
        """Answer a question of the self-check."""
        server, who, at = self.world.server, self.laptop.principal, self.world.clock.now()
        answers: dict[str, Callable[[], bytes]] = {
            "digest": lambda: server_digest.differing(
                server, who, msgspec.json.decode(body, type=DigestRequest), at
            ),
            "ids": lambda: server_digest.ids(server, who, msgspec.json.decode(body, type=IdsRequest)),
            "rows": lambda: server_digest.rows(server, who, msgspec.json.decode(body, type=RowsRequest), at),
        }
        return answers[path.rsplit("/", 1)[1]]()


def pass_time(world: World, chance: random.Random) -> bool:
    """Days or months pass, and the server does its nightly work."""
    world.clock.tick(chance.choice([20, 100, 190, 400]) * DAY_MS)
    nightly(world.server, world.clock.now())
    return True


def check_itself(world: World, chance: random.Random) -> bool:
    """A laptop that is up to date compares what it holds with the server."""
    return _check(world, chance.randrange(len(world.laptops)))


def corrupt_row(world: World, chance: random.Random) -> bool:
    """A row of a laptop's file changes by itself; that one is missing is shown by F33's own tests."""
    laptop = world.someone(chance)
    found = laptop.raw(
        "SELECT id FROM account WHERE version > 0 AND id NOT IN (SELECT row_id FROM outbox WHERE state IN"
        " ('pending', 'inflight')) AND id NOT IN (SELECT row_id FROM sync_base) ORDER BY id"
    )
    if not found:
        return False
    account = chance.choice(found)[0]
    with laptop.database.loading() as connection:
        connection.execute("UPDATE account SET address = 'altered' WHERE id = ?", (account,))
    world.own(Altered).rows.add((laptop.name, account))
    return True


RULES = {
    "pass_time": (1, pass_time),
    "check_itself": (1, check_itself),
    "corrupt_row": (1, corrupt_row),
}


def refused(world: World, laptop: Laptop, error: SyncError) -> bool:
    """A laptop that was away too long compares the scopes it is told of, as the engine does."""
    if error.code != "cursor_expired":
        return False
    expired = [str(scope) for scope in error.data["scopes"]]  # type: ignore[attr-defined]  # a list
    line, now = Line(world, laptop), world.clock.tick()
    if reconcile.run(laptop.database, line, expired, lambda: False, now).pictures:
        photos.sweep(laptop)
    rewinds.compared(world, laptop)
    return True


def answered(world: World, laptop: Laptop, _request: SyncRequest, answer: Page) -> None:
    """Nothing that was put out for its age is sent again."""
    put = [row.id for row in answer.rows if row.state == "put"]
    with world.server.reading() as connection:
        old = run(connection, "SELECT row_id FROM aged WHERE row_id IN ?", put).all()
    if old:
        raise Violation(f"I5 {laptop.name} was sent {old[0][0]}, which is too old")


def heal(world: World) -> None:
    """Every laptop checks itself once."""
    for who in range(len(world.laptops)):
        exchanges.whole_cycle(world, who)
        _check(world, who, up_to_date=True)


def at_rest(world: World) -> None:
    """I20: what was altered silently is as the server has it. I8: the dead stay dead."""
    altered = {name for name, _ in world.own(Altered).rows}
    for who, laptop in enumerate(world.laptops):
        if laptop.name in altered:  # what it was working on then is looked at the next day
            _check(world, who)
    for name, account in sorted(world.own(Altered).rows):
        laptop = next(each for each in world.laptops if each.name == name)
        if ("account", account) in laptop.refused_creations():
            continue  # work of this laptop alone by now: there is nobody to compare it with
        world.checked("I20")
        with world.server.reading() as connection:
            there = run(connection, "SELECT address FROM account WHERE id = ?", account).first()
        for (address,) in laptop.raw("SELECT address FROM account WHERE id = ?", account):
            if there is None or address != there[0]:
                raise Violation(f"I20 {name} still holds {account} as it was altered: {address}")
    world.checked("I8")
    with world.server.reading() as connection:
        for account in sorted(world.oracle.deleted):
            if run(connection, "SELECT 1 FROM account WHERE id = ?", account).first():
                raise Violation(f"I8 {account} was deleted for good and is there again")


def _check(world: World, who: int, *, up_to_date: bool = False) -> bool:
    laptop = world.laptops[who]
    if laptop.is_locked or (
        not devices.takes_part(world, laptop)
        or laptop.core.has_work()
        or not laptop.raw("SELECT 1 FROM sync_state WHERE key = 'grants'")
    ):
        return False
    try:
        found = digest.check(laptop.database, Line(world, laptop).ask, world.clock.ms)
        if found.pictures:
            photos.sweep(laptop)
        if up_to_date and found.damaged and not world.own(Altered).rows:
            raise Violation(f"I20 {laptop.name} takes {found.damaged} sound rows for damaged ones")
    except SyncError as error:
        if error.code != "epoch_changed":  # a restore that this laptop has not heard of: later
            raise
    return True
