"""A photo used before is found from its bytes, across the team, whatever the laptop said of it."""

from __future__ import annotations

import io
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.evidence import VisitFinding
from fieldcrm.model.visits import Photo, Visit
from server import looking, noted
from server.demo.photos import shelf
from server.files import Store
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON


class Album:
    """Puts stored photos of both reps into a company."""

    def __init__(self, company: Company, folder: Path) -> None:
        self.company, self.store = company, Store(folder / "blobs", folder / "uploads")

    def add(self, picture: Image.Image, day: int, *, other: bool = False, **said: Any) -> UUID:
        """Return the visit that this picture was added to, with its watermark."""
        c = self.company
        rep, account = (c.other_rep, c.other_account) if other else (c.rep, c.account)
        content = stamped(picture)
        digest = sha256(content).hexdigest()
        path = self.store.blob(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        at = NOON + timedelta(days=day)
        where = {"account_id": account.id, "rep_id": rep.id, "territory_id": account.territory_id}
        visit = Visit(id=new_id(), started_at=at, **where)
        facts = {"sha256": digest, "size": 1, "media_type": "image/jpeg", "width": 1, "height": 1}
        photo = Photo(id=new_id(), visit_id=visit.id, taken_at=at, stored=True, **where, **facts, **said)
        with c.database.writing() as connection, Session(connection) as session:
            session.add(visit)
            session.flush()
            session.add(photo)
            session.flush()
            noted.add(connection, [str(visit.id)], 1)
        return visit.id

    def found(self) -> dict[UUID, dict[str, Any]]:
        while looking.look(self.company.database, self.store, NOON):
            pass
        with self.company.database.reading() as connection, Session(connection) as session:
            return {row.visit_id: row.found[0] for row in session.query(VisitFinding)}


def stamped(picture: Image.Image) -> bytes:
    """Return a picture as laptops store it: with a dark band at its foot."""
    made = picture.convert("RGB").resize((1200, 900))
    draw = ImageDraw.Draw(made)
    draw.rectangle((0, 808, 1200, 900), fill=(20, 20, 20))
    draw.text((24, 830), "store, 2026-03-02 09:00", fill="white")
    out = io.BytesIO()
    made.save(out, "JPEG", quality=82)
    return out.getvalue()


def scene(seed: int) -> Image.Image:
    return Image.open(io.BytesIO(shelf(Random(seed)).data)).convert("RGB")


def cropped(picture: Image.Image) -> Image.Image:
    """Return a picture cut a little on every side and saved badly."""
    wide, high = picture.size
    cut = picture.crop((round(wide * 0.05), round(high * 0.04), round(wide * 0.97), round(high * 0.96)))
    out = io.BytesIO()
    cut.save(out, "JPEG", quality=45)
    return Image.open(io.BytesIO(out.getvalue()))


@pytest.fixture
def album(company: Company, tmp_path: Path) -> Album:
    return Album(company, tmp_path)


def test_a_colleagues_photo_cropped_and_recompressed_is_found_though_the_laptop_hid_it(album: Album) -> None:
    old = album.add(scene(3), day=1, other=True)
    new = album.add(cropped(scene(3)), day=4, likeness=None, like_id=None)
    found = album.found()
    assert found[new]["code"] == "reused_photo"
    assert found[new]["facts"]["rep"] == album.company.other_rep.name
    assert old not in found


def test_photos_of_different_shelves_are_left_alone(album: Album) -> None:
    for seed in range(6):
        album.add(scene(seed), day=seed, other=bool(seed % 2))
    assert album.found() == {}


def test_a_file_that_is_no_picture_says_nothing_and_stops_nothing(album: Album) -> None:
    visit = album.add(scene(1), day=1)
    for blob in album.store.blob("0" * 64).parents[1].rglob("*"):
        if blob.is_file():
            blob.write_bytes(b"no picture")
    assert album.found() == {}
    assert visit not in album.found()
