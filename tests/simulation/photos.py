"""Photos: taken, sent in pieces over bad lines, stored, let go; their bytes are never lost (I12).

Bytes go through the server's own file code and the laptop's own lane of photos; what stands
between the two here is this module instead of HTTP.
"""

from __future__ import annotations

import base64
import hashlib
import random
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fieldcrm import clock
from fieldcrm.errors import NotFound, Offline, RuleBroken, SyncError
from fieldcrm.ids import new_id
from fieldcrm.model.visits import Photo, Visit
from fieldcrm.storage.files import Files
from fieldcrm.sync import files as pictures
from fieldcrm.sync.downloads import Downloads
from fieldcrm.sync.remote import Reply
from server import files, holdings
from server.database import run
from tests.simulation.laptop import Crash, Laptop, dying_at
from tests.simulation.oracle import Violation
from tests.simulation.templates import KEY

if TYPE_CHECKING:
    from tests.simulation.world import World

PIECE = 400
_AGES = timedelta(days=400)


@dataclass
class Photos:
    """Every picture that was ever taken in a history: bytes and photo by hash; the server's folder."""

    taken: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    folder: Path = field(init=False)
    store: files.Store = field(init=False)


def begin(world: World) -> None:
    """Give the server a folder for photos."""
    photos = world.own(Photos)
    photos.folder = Path(tempfile.mkdtemp(dir=world.templates.folder))
    photos.store = files.Store(photos.folder / "blobs", photos.folder / "uploads")
    photos.store.uploads.mkdir()
    photos.store.blobs.mkdir()


def local(laptop: Laptop) -> Files:
    """Return the laptop's own photo files."""
    return Files(laptop.path.parent / "photos", KEY)


def sweep(laptop: Laptop) -> None:
    """Delete what the laptop no longer holds, as the engine does after whatever took photos away."""
    pictures.sweep(laptop.database, local(laptop))


class Line:
    """What a laptop's lane of photos sees as its server; it breaks or spoils the ``at``-th piece."""

    def __init__(self, world: World, laptop: Laptop, *, cut: int = 0, spoil: int = 0) -> None:
        self._world, self._laptop = world, laptop
        self._cut, self._spoil = cut, spoil
        self._pieces = 0

    def call(self, method: str, path: str, body: bytes = b"", headers: Any = None) -> Reply:
        """Do what the routes of ``server/api/files.py`` do."""
        try:
            return self._answered(method, path, body, headers or {})
        except files.Mismatch as error:
            raise SyncError(error.code, status=460) from error
        except RuleBroken as error:
            raise SyncError(error.code, status=409) from error
        except NotFound as error:
            raise SyncError("not_found", status=404) from error

    def _answered(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        store, server = self._world.own(Photos).store, self._world.server
        if method == "POST":
            row = self._begun(store, headers)
            if body:
                self._take(store, row, body)
            return Reply(201, {"location": f"/sync/v1/files/{row.id}"}, b"")
        with server.reading() as connection:
            row = files.found(connection, UUID(path.rsplit("/", 1)[1]), self._laptop.user)
        if method == "PATCH":
            if int(headers["upload-offset"]) != store.offset(row):
                raise RuleBroken("wrong_offset", offset=store.offset(row))
            self._take(store, row, body)
        elif files.is_complete(store, row):
            files.finish(server, store, row, clock.now())
        with server.reading() as connection:
            row = files.found(connection, row.id, self._laptop.user)
        return Reply(204, {"upload-offset": str(store.offset(row))}, b"")

    def _begun(self, store: files.Store, headers: dict[str, str]) -> Any:
        pairs = (pair.split(" ") for pair in headers["upload-metadata"].split(","))
        told = {name: base64.b64decode(value).decode() for name, value in pairs}
        file = files.Announced(
            id=UUID(told["id"]), sha256=told["sha256"], size=int(headers["upload-length"]),
            thumbnail_of=UUID(told["photo"]) if "photo" in told else None,
        )  # fmt: skip
        with self._world.server.writing() as connection:
            return files.begin(connection, store, file, self._laptop.user, self._laptop.device, clock.now())

    def _take(self, store: files.Store, row: Any, body: bytes) -> None:
        self._pieces += 1
        if self._pieces == self._spoil:
            body = bytes([body[0] ^ 1]) + body[1:]  # a line without a checksum: only the whole file shows it
        cut = self._pieces == self._cut
        with store.part(row.id).open("ab") as part:
            part.write(body[: len(body) // 2] if cut else body)
        if cut:
            raise Offline("cut_off")
        if store.offset(row) == row.size:
            files.settle(self._world.server, store, row, clock.now())


# -- rules ------------------------------------------------------------------------------------


def take_photo(world: World, chance: random.Random) -> bool:
    """A visit with one photo; its bytes are kept before the record is saved."""
    laptop = world.someone(chance)
    account = world.one(laptop, "account", chance)
    if account is None:
        return False
    territory = UUID(laptop.raw("SELECT territory_id FROM account WHERE id = ?", str(account))[0][0])
    content = world.fresh("picture").encode() + chance.randbytes(chance.randrange(200, 1_500))
    sha256 = local(laptop).put(content)
    of = {"account_id": account, "rep_id": laptop.user, "territory_id": territory}
    visit, photo, at = new_id(), new_id(), laptop.clock.now()
    rows = [
        Visit(id=visit, started_at=at, **of),
        Photo(id=photo, visit_id=visit, sha256=sha256, size=len(content), media_type="image/jpeg",
              width=1, height=1, taken_at=at, **of),
    ]  # fmt: skip
    laptop.save(lambda session: session.add_all(rows))
    world.own(Photos).taken[sha256] = (content, str(photo))
    return True


def _upload(world: World, laptop: Laptop, line: Line) -> bool:
    """Run the lane once; a broken line or a crash of the server ends it."""
    try:
        sent = pictures.send(laptop.database, local(laptop), line, lambda: False, piece=PIECE)  # type: ignore[arg-type]  # the same calls
    except (SyncError, Crash):
        return True
    sweep(laptop)
    return sent > 0


def upload(world: World, chance: random.Random) -> bool:
    laptop = world.someone(chance)
    return _upload(world, laptop, Line(world, laptop))


def cut_upload(world: World, chance: random.Random) -> bool:
    laptop = world.someone(chance)
    return _upload(world, laptop, Line(world, laptop, cut=chance.randrange(1, 3)))


def corrupt_upload(world: World, chance: random.Random) -> bool:
    laptop = world.someone(chance)
    return _upload(world, laptop, Line(world, laptop, spoil=chance.randrange(1, 3)))


def kill_server_at_upload(world: World, chance: random.Random) -> bool:
    """The server dies before hashing, after it, or between rename and commit."""
    laptop = world.someone(chance)
    with dying_at(chance.choice(["file_complete", "file_whole", "file_renamed"])):
        return _upload(world, laptop, Line(world, laptop))


def sweep_server(world: World, _chance: random.Random) -> bool:
    store = world.own(Photos).store
    files.finish_whole(world.server, store, clock.now())
    with world.server.writing() as connection:
        files.forget_expired(connection, store, clock.now())
        holdings.mark_all_stored(connection)
    return True


def evict_photos(world: World, chance: random.Random) -> bool:
    """The retention has passed and there is no room for what the server has too."""
    laptop = world.someone(chance)
    pictures.release(laptop.database, -_AGES)
    Downloads(laptop.database, local(laptop), Line(world, laptop), most=0).make_room()  # type: ignore[arg-type]  # the same calls
    return True


RULES = {
    "take_photo": (3, take_photo),
    "upload": (2, upload),
    "cut_upload": (1, cut_upload),
    "corrupt_upload": (2, corrupt_upload),
    "kill_server_at_upload": (1, kill_server_at_upload),
    "sweep_server": (1, sweep_server),
    "evict_photos": (2, evict_photos),
}


# -- predicates -------------------------------------------------------------------------------


def received(world: World, laptop: Laptop, _answer: Any) -> None:
    """I12: what is said to be stored is stored, and what is not lies on its laptop."""
    _stored_means_stored(world)
    _nothing_is_lost(world)


def _stored_means_stored(world: World) -> None:
    world.checked("I12")
    photos = world.own(Photos)
    with world.server.reading() as connection:
        said = {sha256 for (sha256,) in run(connection, "SELECT sha256 FROM photo WHERE stored = 1")}
    for sha256 in said - photos.found:
        photos.found.add(sha256)
        place = photos.store.blob(sha256)
        if not place.exists() or hashlib.sha256(place.read_bytes()).hexdigest() != sha256:
            raise Violation(f"I12 photo {sha256[:12]} is said to be stored, its bytes are not there")


def _nothing_is_lost(world: World) -> None:
    photos = world.own(Photos)
    doubtful = {
        sha256: photo
        for sha256, (_, photo) in photos.taken.items()
        if sha256 not in photos.found and not photos.store.blob(sha256).exists()
    }
    known = _known(world) if doubtful else {}
    for sha256, photo in doubtful.items():
        holders = known.get(photo, ())
        if holders and not any(local(laptop).has(sha256) for laptop in holders):
            raise Violation(f"I12 picture {sha256[:12]} is neither on a laptop nor on the server")


def _known(world: World) -> dict[str, list[Laptop]]:
    """Return for each photo the laptops that took it, and were neither wiped nor set back since."""
    found: dict[str, list[Laptop]] = {}
    for laptop in world.laptops:
        for (photo,) in laptop.raw("SELECT DISTINCT row_id FROM outbox WHERE entity = 'photo'"):
            found.setdefault(photo, []).append(laptop)
    return found


def at_rest(world: World) -> None:
    """At the end every picture has arrived, each exactly as it was taken."""
    for laptop in world.laptops:
        for _ in range(3):
            if not _upload(world, laptop, Line(world, laptop)):
                break
    sweep_server(world, random.Random(0))
    photos, known = world.own(Photos), _known(world)
    for sha256, (content, photo) in photos.taken.items():
        place = photos.store.blob(sha256)
        is_here = place.exists() and place.read_bytes() == content
        if not is_here and photo in known:
            raise Violation(f"I12 picture {sha256[:12]} did not arrive")
    _stored_means_stored(world)
    _nothing_stays_behind(world)
    shutil.rmtree(photos.folder, ignore_errors=True)


def _nothing_stays_behind(world: World) -> None:
    """I5: no laptop keeps the bytes, the thumbnail or a piece of a photo that left it."""
    for laptop in world.laptops:
        files, mine = local(laptop), _named(laptop)
        held = 0
        for sha256 in world.own(Photos).taken:
            here = files.has(sha256) + files.has_thumbnail(sha256)
            if here and sha256 not in mine:
                raise Violation(f"I5 {laptop.name} still has the bytes of picture {sha256[:12]}, which left")
            held += here
        lying = sum(path.is_file() for path in files.folder.rglob("*"))
        if lying != held:
            raise Violation(f"I5 {laptop.name} has {lying} photo files, of which it knows {held}")


def drop_unknown(world: World, laptop: Laptop) -> None:
    """The folder was put back together with the file: what that does not know is not in it either."""
    mine = _named(laptop)
    for sha256 in world.own(Photos).taken.keys() - mine:
        local(laptop).delete(sha256)


def _named(laptop: Laptop) -> set[str]:
    return {sha256 for (sha256,) in laptop.raw("SELECT sha256 FROM photo UNION SELECT sha256 FROM upload")}
