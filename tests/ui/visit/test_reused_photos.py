"""A photo used again is recognised though it was cropped and saved again; another shelf is not."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from PIL import Image, ImageDraw, ImageFilter
from PySide6.QtWidgets import QApplication

from fieldcrm.model.visits import Photo
from fieldcrm.rules.findings import Code, Weight
from fieldcrm.rules.likeness import SAME_BITS, differing
from fieldcrm.services import reused_photos, visits
from fieldcrm.services.visits import Picture
from fieldcrm.storage.database import Database
from fieldcrm.ui.visit import pictures
from fieldcrm.ui.visit.pictures import Prepared
from tests.builders import MORNING, make_account, make_territory, make_user, make_visit

SHELVES = 16


def shelf(seed: int) -> Image.Image:
    """Draw a shelf: boards with packs of many widths and colours, some posters before them."""
    random = Random(seed)
    image = Image.new("RGB", (800, 600), _colour(random))
    pen = ImageDraw.Draw(image)
    for board in range(random.randint(3, 6)):
        at = 0
        while at < 800:
            wide = random.randint(18, 75)
            pen.rectangle((at, 20 + board * 100, at + wide - 3, 105 + board * 100), fill=_colour(random))
            at += wide
    for _ in range(random.randint(2, 6)):
        x, y, size = random.randrange(800), random.randrange(600), random.randint(60, 300)
        pen.ellipse((x, y, x + size, y + size // 2), fill=_colour(random))
    return image.filter(ImageFilter.GaussianBlur(1.5))


def _colour(random: Random) -> tuple[int, int, int]:
    return random.randrange(256), random.randrange(256), random.randrange(256)


def cropped(image: Image.Image, random: Random) -> Image.Image:
    """Cut up to a tenth off each side and shrink what is left."""
    left, top, right, bottom = (random.uniform(0, 0.1) for _ in range(4))
    wide, high = image.size
    cut = image.crop((int(left * wide), int(top * high), int(wide * (1 - right)), int(high * (1 - bottom))))
    share = random.uniform(0.5, 1)
    return cut.resize((int(cut.width * share), int(cut.height * share)))


def stored(image: Image.Image, quality: int = 90) -> Prepared:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return pictures.prepared(out.getvalue(), ["佳惠生活超市", "10:36"])


def test_a_cropped_shrunk_recompressed_photo_is_its_original_and_no_other(qapp: QApplication) -> None:
    random = Random(5)
    shelves = [shelf(seed) for seed in range(SHELVES)]
    before = [stored(image) for image in shelves]
    again = [stored(cropped(image, random), quality=random.choice((35, 55, 75))) for image in shelves]
    for number, photo in enumerate(again):
        bits = [differing(str(old.likeness), photo.looks) for old in before]
        assert bits[number] <= SAME_BITS
        assert min(bits[:number] + bits[number + 1 :]) > SAME_BITS


def test_a_blank_photo_is_like_no_other(qapp: QApplication) -> None:
    white = stored(Image.new("RGB", (800, 600), "white"))
    assert (white.likeness, white.looks) == (None, ())


@pytest.mark.parametrize(("same_store", "weight"), [(False, Weight.STRONG), (True, Weight.NOTICE)])
def test_the_report_names_the_colleagues_photo_that_was_used_again(
    qapp: QApplication, laptop: Database, same_store: bool, weight: Weight
) -> None:
    territory = make_territory()
    me, colleague = make_user(territory), make_user(territory, login="li", name="Li")
    store, other = make_account(territory), make_account(territory)
    old = make_visit(colleague, store if same_store else other, started_at=MORNING - timedelta(days=9))
    new = make_visit(me, store)
    with laptop.writing() as session:
        session.add_all([territory, me, colleague, store, other, old, new])
    with laptop.writing() as session:
        first = visits.add_photo(session, old.id, _picture(stored(shelf(3)), "a"))
    with laptop.writing() as session:
        visits.add_photo(session, new.id, _picture(stored(shelf(4)), "c"))
        copied = stored(cropped(shelf(3), Random(1)), quality=50)
        used = visits.add_photo(session, new.id, _picture(copied, "b"))
        twice = replace(_picture(copied, "d"), caption="again")
        visits.add_photo(session, new.id, twice)
    with laptop.reading() as session:
        assert session.get_one(Photo, used).like_id == first
        found = reused_photos.findings(session, [old.id, new.id])
    assert list(found) == [new.id]
    assert [each.code for each in found[new.id]] == [Code.REUSED_PHOTO] * 2
    assert found[new.id][0].weight is weight
    assert found[new.id][0].facts["rep"] == "Li"


def _picture(ready: Prepared, letter: str) -> Picture:
    facts = (letter * 64, len(ready.content), pictures.MEDIA_TYPE, ready.width, ready.height, MORNING)
    return Picture(*facts, likeness=ready.likeness, looks=ready.looks)
