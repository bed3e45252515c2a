"""Photos are found by what they are, encrypted one by one, and never silently altered."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from fieldcrm.errors import Damaged, NotFound
from fieldcrm.storage.files import THUMBNAIL_BYTES, Files

KEY = bytes(range(32))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "photos", KEY)


def picture(width: int = 900, height: int = 1600) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(out, "JPEG", quality=92)
    return out.getvalue()


def test_bytes_come_back_by_their_hash(files: Files) -> None:
    content = picture()
    sha256 = files.put(content)
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert files.get(sha256) == content
    assert files.size(sha256) == len(content)


def test_the_same_photo_is_stored_once(files: Files) -> None:
    files.put(b"photo")
    before = files.all_bytes()
    files.put(b"photo")
    assert files.all_bytes() == before


def test_a_deleted_photo_is_gone_with_its_thumbnail(files: Files) -> None:
    sha256 = files.put(picture())
    files.thumbnail(sha256)
    files.delete(sha256)
    files.delete(sha256)
    assert not files.has(sha256)
    assert files.all_bytes() == 0
    with pytest.raises(NotFound):
        files.get(sha256)


def test_a_thumbnail_is_small_in_both_senses(files: Files) -> None:
    sha256 = files.put(picture())
    small = files.thumbnail(sha256)
    assert len(small) <= THUMBNAIL_BYTES
    assert max(Image.open(io.BytesIO(small)).size) == 320
    assert files.thumbnail(sha256) == small


def test_what_is_no_picture_has_no_thumbnail(files: Files) -> None:
    with pytest.raises(Damaged):
        files.thumbnail(files.put(b"no picture"))


@pytest.mark.parametrize("place", [0, 5, 20, -1])
def test_an_altered_file_is_damaged(files: Files, place: int) -> None:
    sha256 = files.put(b"photo" * 100)
    [path] = [path for path in files.folder.rglob("*") if path.is_file()]
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged):
        files.get(sha256)


def test_another_key_opens_nothing_and_names_tell_nothing(files: Files) -> None:
    sha256 = files.put(b"photo")
    assert not Files(files.folder, bytes(32)).has(sha256)
    assert not [path for path in files.folder.rglob("*") if sha256[:8] in path.name]
