"""One exchange between a laptop and the server, and the bad luck that can meet it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from fieldcrm import faults
from fieldcrm.errors import Malformed, SyncError
from fieldcrm.sync import page
from fieldcrm.sync.protocol import SyncRequest
from server.database import run
from server.exchange import exchange
from tests.simulation import accounts, invariants, photos
from tests.simulation.laptop import Crash, Laptop, dying_at
from tests.simulation.oracle import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

ROUNDS = 3
PAGES = 60

CLIENT_POINTS = (
    "client.push.sealed", "client.push.durable", "client.page.read", "client.page.acks",
    "client.page.entity", "client.page.rows", "client.page.cursor", "client.page.before_commit",
    "client.page.committed", "client.ack.settled", "client.scope.purged", "client.page.cursor_alone",
)  # fmt: skip
SERVER_POINTS = (
    "server.push.begun", "server.push.written", "server.push.committed", "server.stamp.taken",
    "server.stamp.numbered", "server.pull.begun",
)  # fmt: skip


@dataclass(frozen=True)
class Luck:
    """What happens to one exchange."""

    lose_request: bool = False
    lose_reply: bool = False
    send_twice: bool = False
    apply_twice: bool = False
    cut_at: float | None = None
    old_reply: int | None = None
    client_crash: str | None = None
    server_crash: str | None = None
    edit_in_flight: bool = False
    small_page: bool = False
    seed: int = 0


GOOD = Luck()


@dataclass
class Poison:
    """Mutations that the server trips over."""

    mutations: set[str] = field(default_factory=set)


def luck(chance: random.Random) -> Luck:
    """Draw what happens to one exchange; about half of them go well."""
    kind = chance.choices(
        ["good", "lose_request", "lose_reply", "send_twice", "apply_twice", "cut", "old", "client", "server",
         "edit_in_flight", "small_page"],
        [10, 1, 3, 2, 2, 2, 2, 3, 3, 3, 3],
    )[0]  # fmt: skip
    match kind:
        case "cut":
            return Luck(cut_at=chance.random())
        case "old":
            return Luck(old_reply=chance.randrange(8))
        case "client":
            return Luck(client_crash=chance.choice(CLIENT_POINTS), small_page=chance.random() < 0.3)
        case "server":
            return Luck(server_crash=chance.choice(SERVER_POINTS))
        case "edit_in_flight":
            return Luck(edit_in_flight=True, seed=chance.randrange(2**32))
        case "good":
            return GOOD
    return Luck(**{kind: True})


def sync(world: World, chance: random.Random) -> bool:
    """One exchange of one laptop, well or badly."""
    laptop = world.someone(chance)
    exchange_once(world, laptop, luck(chance))
    return True


def poison(world: World, chance: random.Random) -> bool:
    """Make the newest unsent mutation one that the server trips over."""
    found = world.someone(chance).raw(
        "SELECT mutation_id FROM outbox WHERE state = 'pending' ORDER BY n DESC LIMIT 1"
    )
    if not found:
        return False
    world.own(Poison).mutations.add(found[0][0])
    return True


RULES = {"sync": (14, sync), "poison": (1, poison)}


def exchange_once(world: World, laptop: Laptop, luck: Luck = GOOD, *, new_cycle: bool = True) -> bool:
    """Do one exchange; return whether the laptop is up to date with nothing left to push now."""
    if new_cycle:
        laptop.core.begin_cycle()
    asked = laptop.request(luck.client_crash)
    if asked is None or luck.lose_request:
        return False
    if luck.edit_in_flight:
        accounts.edit(world, laptop, random.Random(luck.seed), "phone")
    reply = _serve(world, laptop, asked, luck)
    if luck.send_twice and reply is not None:
        reply = _serve(world, laptop, asked, luck) or reply
    if reply is None or luck.lose_reply:
        return False
    return _take_in(world, laptop, reply, luck)


def whole_cycle(world: World, who: int) -> None:
    """Sync one laptop until it is up to date, as the engine does (I17: it gets there)."""
    laptop = world.laptops[who]
    laptop.core.begin_cycle()
    for _ in range(PAGES):
        if world.sync(who, new_cycle=False):
            world.checked("I17")
            return
    raise Violation(f"I17 {laptop.name} does not come to an end")


def _serve(world: World, laptop: Laptop, asked: bytes, luck: Luck) -> bytes | None:
    request = msgspec.json.decode(asked, type=SyncRequest)
    if luck.small_page:
        want = msgspec.structs.replace(request.want, max_rows=3)
        request = msgspec.structs.replace(request, want=want)
    committed: list[str] = []
    try:
        with (
            faults.watching(committed.append),
            faults.watching(_tripping(world)),
            dying_at(luck.server_crash),
        ):
            reply = exchange(world.server, laptop.principal, request, at=world.clock.now())
    except Crash:
        if "server.push.committed" in committed:
            _replay_from_receipts(world, request)
        return None
    except SyncError as error:
        if "server.push.committed" in committed:
            _replay_from_receipts(world, request)
        if not world.tell("refused", laptop, error):
            raise
        return None
    answer = page.read(reply)
    assert answer.header is not None
    world.oracle.server_took(msgspec.to_builtins(answer.header.acks))
    world.tell("answered", laptop, request, answer)
    laptop.old_bodies.append(reply)
    return reply


def _tripping(world: World) -> faults.Watcher:
    poisoned = world.own(Poison).mutations

    def trip(point: str) -> None:
        if point.removeprefix("server.mutation.") in poisoned:
            raise ZeroDivisionError(point)

    return trip


def _replay_from_receipts(world: World, request: SyncRequest) -> None:
    """Learn what a push did whose answer nobody saw."""
    ids = [m.id for m in request.push if m.id not in world.oracle.answers]
    if not ids:
        return
    with world.server.reading() as connection:
        found = run(connection, "SELECT outcome FROM receipt WHERE mutation_id IN ?", ids).all()
    world.oracle.server_took([msgspec.json.decode(outcome) for (outcome,) in found])


def _take_in(world: World, laptop: Laptop, reply: bytes, luck: Luck) -> bool:
    if luck.cut_at is not None:
        invariants.refuses(world, laptop, reply[: int(luck.cut_at * (len(reply) - 1))])
        return False
    if luck.old_reply is not None and len(laptop.old_bodies) > 1:
        old = laptop.old_bodies[luck.old_reply % (len(laptop.old_bodies) - 1)]
        receive(world, laptop, old, None)
        return False
    before = laptop.shown()
    done = receive(world, laptop, reply, luck.client_crash)
    if done is None:
        return False
    invariants.kept_what_is_shown(world, laptop, before)
    if luck.apply_twice:
        invariants.twice_is_once(world, laptop, reply, world.clock.tick())
    return done


def receive(world: World, laptop: Laptop, body: bytes, crash: str | None) -> bool | None:
    """Let a laptop take a response in; None if it died or did not want it."""
    try:
        with dying_at(crash):
            received = laptop.core.receive(body, world.clock.tick())
    except Crash:
        laptop.restart()
        return None
    except Malformed as error:
        if error.code != "passed_before":
            raise Violation(f"I4 {laptop.name}: {error}") from error
        return None
    if received.pictures:
        photos.sweep(laptop)
    world.tell("received", laptop, page.read(body))
    return not received.more and not laptop.core.has_work()
