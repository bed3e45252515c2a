"""Data that goes back in time: a server restored from a backup, a laptop from an old copy, a copied laptop.

A restore mostly happens as it does in life: nobody tells the server. The oracle forgets what
the backup does not hold, as the server does; what laptops had been told is theirs to say
again. Copies of laptops and restores of the server do not meet in one history: what a copy
was refused and what a restore forgot would be two stories of one mutation.
"""

from __future__ import annotations

import copy
import random
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from fieldcrm.errors import SyncError, Throttled
from fieldcrm.ids import new_id
from fieldcrm.model.plans import Todo
from fieldcrm.sync import identity, rewind
from fieldcrm.sync.page import Page
from fieldcrm.sync.protocol import HeldRows, RewindRequest, SyncRequest
from fieldcrm.sync.remote import Reply
from server import cursors, epochs
from server import rewind as answers
from server.database import Database, run
from tests.simulation import devices, exchanges, orders_legal, photos
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import Violation, mentions
from tests.simulation.templates import copy_laptop, copy_server

if TYPE_CHECKING:
    from tests.simulation.world import World

_FORGOTTEN = ("accounts", "deleted", "created", "applied_n", "replaced", "people", "answers")
_MOST_LAPTOPS = 5


@dataclass
class Past:
    """What was kept of earlier moments of this history."""

    backup: Database | None = None
    oracle: dict[str, Any] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    told_before: set[str] = field(default_factory=set)
    ahead: set[str] = field(default_factory=set)
    rewound: bool = False
    forked: bool = False
    kept: dict[str, UUID] = field(default_factory=dict)


def backup_server(world: World, _chance: random.Random) -> bool:
    """Make a backup of the server; the latest is the one that will be restored."""
    past = world.own(Past)
    if past.forked:
        return False
    past.backup = past.backup or Database("sqlite://")
    copy_server(world.server, past.backup)
    past.oracle = {name: copy.deepcopy(getattr(world.oracle, name)) for name in _FORGOTTEN}
    past.told_before = past.told | {_cursor(laptop) for laptop in world.laptops}
    return True


def restore_server(world: World, chance: random.Random) -> bool:
    """Put the backup back; one time in three somebody remembers to begin a new epoch."""
    past = world.own(Past)
    if past.backup is None:
        return False
    copy_server(past.backup, world.server)
    _forget(world, past)
    devices.look_again(world)
    world.own(orders_legal.Sold).forget()
    past.rewound = True
    past.ahead = {laptop.name for laptop in world.laptops if _knows_more(world, laptop)}
    if chance.random() < 0.3:
        with world.server.writing() as connection:
            epochs.begin(connection, "restore")
    return True


def _forget(world: World, past: Past) -> None:
    before = world.oracle.answers
    for name, value in past.oracle.items():
        setattr(world.oracle, name, copy.deepcopy(value))
    for laptop in world.laptops:  # what somebody has dealt with is not asked again
        for (mutation_id,) in laptop.raw("SELECT mutation_id FROM outbox WHERE outcome = 'settled'"):
            if mutation_id in before:
                world.oracle.answers.setdefault(mutation_id, before[mutation_id])


def _knows_more(world: World, laptop: Laptop) -> bool:
    """Whether a laptop was told something that the server does not hold any more."""
    if _lost_work(world, laptop):
        return True
    told = _cursor(laptop)
    with world.server.reading() as connection:
        if told == "" or told in world.own(Past).told_before:  # it may have expired, it is not lost
            return False
        at = cursors.read(told, epochs.secret(connection), laptop.user)
        return not cursors.holds(connection, at)


def _lost_work(world: World, laptop: Laptop) -> bool:
    """Whether work of a laptop was acknowledged that the server does not hold any more."""
    acked = [row[0] for row in laptop.raw("SELECT mutation_id FROM outbox WHERE state = 'acked'")]
    with world.server.reading() as connection:
        known = run(connection, "SELECT mutation_id FROM receipt WHERE mutation_id IN ?", acked).all()
    return len(known) < len(acked)


def compared(world: World, laptop: Laptop) -> None:
    """A laptop whose cursor had expired compared everything: only lost work would still be news to it."""
    if not _lost_work(world, laptop):
        world.own(Past).ahead.discard(laptop.name)


def _cursor(laptop: Laptop) -> str:
    found = laptop.raw("SELECT value FROM sync_state WHERE key = 'cursor'")
    return msgspec.json.decode(found[0][0]) if found else ""


def clone_client(world: World, chance: random.Random) -> bool:
    """Copy a laptop's file, as an image of its disk does; both go on working."""
    past, laptop = world.own(Past), world.someone(chance)
    if past.rewound or past.backup is not None or len(world.laptops) >= _MOST_LAPTOPS:
        return False
    _seal(laptop)
    twin = world.add_laptop(laptop.user, laptop.role)
    laptop.close()
    twin.close()
    _remove(twin)
    copy_laptop(laptop.path, twin.path)
    if (folder := laptop.path.with_name("photos")).exists():
        shutil.copytree(folder, twin.path.with_name("photos"))
    laptop.open()
    twin.device, twin.seen = laptop.device, dict(laptop.seen)
    twin.open()
    past.forked = True
    return True


def restore_client(world: World, chance: random.Random) -> bool:
    """Keep a copy of a laptop's file, or put the kept one back: everything since is gone from it."""
    past, laptop = world.own(Past), world.someone(chance)
    if past.rewound or past.backup is not None:
        return False
    kept = laptop.path.with_name("kept.db")
    if not kept.exists():
        _seal(laptop)
        laptop.close()
        copy_laptop(laptop.path, kept)
        past.kept[laptop.name] = laptop.device
        laptop.open()
        return True
    before = _unsent(laptop)
    laptop.close()
    _remove(laptop)
    copy_laptop(kept, laptop.path)
    kept.unlink()
    laptop.device = past.kept.pop(laptop.name)  # the file says which device it is
    laptop.open()
    laptop.seen, laptop.old_bodies = {}, []
    photos.drop_unknown(world, laptop)
    _give_up(world, laptop, before)
    past.forked = True
    return True


def _seal(laptop: Laptop) -> None:
    """Let nothing wait that a copy could still change under the same id."""
    laptop.request()


def _remove(laptop: Laptop) -> None:
    for beside in laptop.path.parent.glob(laptop.path.name + "*"):
        if not beside.name.endswith(".lock"):
            beside.unlink()


def _unsent(laptop: Laptop) -> dict[str, str]:
    query = "SELECT mutation_id, payload FROM outbox WHERE state IN ('pending', 'inflight')"
    return dict(laptop.raw(query))


def _give_up(world: World, laptop: Laptop, before: dict[str, str]) -> None:
    """Expect nothing more of work that was only in the file that is gone."""
    here = laptop.mutations()
    applied = world.oracle.applied_n
    world.oracle.applied_n = {key: n for key, n in applied.items() if key[0] != laptop.name}
    for mutation_id, sealed in world.oracle.sealed.items():
        if sealed["device"] == laptop.name and mutation_id not in here:
            sealed["device"] = "gone"
    gone = {i for i in before if i not in here and world.oracle.answers.get(i) is None}
    lost = {place for i in gone for place in _places(before[i])}
    told = [
        _text(sealed) for i, sealed in world.oracle.sealed.items() if i in here or i in world.oracle.answers
    ]
    told += [payload for (payload,) in laptop.raw("SELECT payload FROM outbox")]
    world.oracle.entered = [
        each
        for each in world.oracle.entered
        if each.client != laptop.name
        or (each.row, each.field) not in lost
        or any(mentions(text, each.value) for text in told)
    ]


def _places(payload: str) -> list[tuple[str, str]]:
    """Return row and field of everything that a mutation writes."""
    mutation = msgspec.json.decode(payload)
    return [(mutation["agg"][1], name) for name in mutation.get("set") or mutation.get("doc") or ()]


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


RULES = {
    "backup_server": (1, backup_server), "restore_server": (1, restore_server),
    "clone_client": (1, clone_client), "restore_client": (1, restore_client),
}  # fmt: skip


# -- what laptops do about it -----------------------------------------------------------------


def refused(world: World, laptop: Laptop, error: SyncError) -> bool:
    """Recover or become another device, as the engine does."""
    if error.code == "epoch_changed":
        return _recover(world, laptop)
    if error.code == "device_forked":
        _be_another_device(world, laptop)
        return True
    return False


class _Line:
    """The server's routes for a laptop that recovers, without HTTP."""

    def __init__(self, world: World, laptop: Laptop) -> None:
        self.world, self.laptop, self.device = world, laptop, str(laptop.device)

    def call(self, _method: str, path: str, body: bytes) -> Reply:
        world, who, at = self.world, self.laptop.principal, self.world.clock.now()
        if path == "/sync/v1/rewind":
            asked = msgspec.json.decode(body, type=RewindRequest)
            return Reply(200, {}, msgspec.json.encode(answers.recover(world.server, who, asked, at)))
        assert path == "/sync/v1/rewind/rows"
        told = msgspec.json.decode(body, type=HeldRows)
        return Reply(200, {}, answers.tell_anew(world.server, who, told, at))


class _NoFiles:
    def has(self, _sha256: str) -> bool:
        return False


def _recover(world: World, laptop: Laptop) -> bool:
    world.clock.tick(60_000)
    try:
        done = rewind.recover(laptop.database, _Line(world, laptop), _NoFiles(), world.clock.ms)  # type: ignore[arg-type]
    except Throttled:
        return True
    if done.pictures:
        photos.sweep(laptop)
    laptop.seen, laptop.old_bodies = {}, []
    world.own(Past).ahead.discard(laptop.name)
    return True


def _be_another_device(world: World, laptop: Laptop) -> None:
    if world.own(Past).rewound:
        raise Violation(f"I16 {laptop.name} is taken for a copy in a history without copies")
    laptop.old_bodies = []
    with laptop.database.loading() as connection:
        identity.forget_lease(connection)
    if identity.planted("fork_keeps_device"):
        return
    laptop.device = new_id()
    laptop.restart()
    world.tell("moved", laptop)


# -- predicates ---------------------------------------------------------------------------------


def answered(world: World, laptop: Laptop, _request: SyncRequest, answer: Page) -> None:
    """I15: nobody who knows more than the restored server gets a page before that is noticed."""
    world.own(Past).told.add(answer.trailer.cursor)
    if world.own(Past).rewound:
        world.checked("I15")
        if laptop.name in world.own(Past).ahead:
            raise Violation(f"I15 {laptop.name} went on as if the server had not been set back")


def heal(world: World) -> None:
    """Let copies work and sync by turns until each has pushed something of its own twice."""
    if not world.own(Past).forked:
        return
    for who in range(len(world.laptops)):  # a user with two laptops hears of one's refusals on the other
        exchanges.whole_cycle(world, who)
    for _ in range(2):
        for laptop in world.laptops:
            if any(each is not laptop and each.device == laptop.device for each in world.laptops):
                laptop.save(lambda session, user=laptop.user: session.add(_todo(world, user)))
                world.sync(world.laptops.index(laptop))


def _todo(world: World, user: UUID) -> Todo:
    return Todo(id=new_id(), assignee_id=user, created_by=user, title=world.fresh("copy"))


def at_rest(world: World) -> None:
    """I15: what was acknowledged is there, once. I16: copies that both work are two devices."""
    past = world.own(Past)
    if past.rewound:
        world.checked("I15")
        _acknowledged_is_there(world)
    if past.forked:
        world.checked("I16")
        _are_themselves(world)


def _acknowledged_is_there(world: World) -> None:
    for laptop in world.laptops:
        acked = [row[0] for row in laptop.raw("SELECT mutation_id FROM outbox WHERE state = 'acked'")]
        with world.server.reading() as connection:
            known = run(connection, "SELECT mutation_id FROM receipt WHERE mutation_id IN ?", acked)
            lost = set(acked) - {row[0] for row in known}
        if lost:
            raise Violation(f"I15 {laptop.name} holds {sorted(lost)} for done, the server lost them")
        for (mutation_id,) in laptop.raw("SELECT mutation_id FROM outbox WHERE outcome = 'settled'"):
            world.oracle.answers.setdefault(mutation_id, "rejected")  # dealt with before it was asked again


def _are_themselves(world: World) -> None:
    devices = [laptop.device for laptop in world.laptops]
    if len(set(devices)) < len(devices):
        raise Violation("I16 two copies that both work are still one device")
