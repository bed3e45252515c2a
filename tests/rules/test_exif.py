"""What a photo's file says of itself is read with care, and held against its visit."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fieldcrm.clock import to_ms
from fieldcrm.rules import exif
from fieldcrm.rules.findings import Code, Weight
from fieldcrm.rules.positions import of_degrees
from tests.builders import MORNING

LEFT = MORNING + timedelta(minutes=30)
STORE = of_degrees(30.2741, 120.1551)


def jpeg(
    taken: str = "2026:03:02 09:10:00", offset: str = "", place: tuple[Any, ...] = (), software: str = ""
) -> bytes:
    """Return a JPEG with these facts in it; 09:10 in Shanghai is within the visit."""
    tags = Image.Exif()
    tags[0x010F], tags[0x0110] = "HUAWEI", "P60"
    if software:
        tags[0x0131] = software
    inner = tags.get_ifd(0x8769)
    inner[0x9003] = taken
    if offset:
        inner[0x9011] = offset
    if place:
        tags.get_ifd(0x8825).update(dict(zip((1, 2, 3, 4), place, strict=True)))
    out = io.BytesIO()
    Image.new("RGB", (32, 24), "grey").save(out, "JPEG", exif=tags)
    return out.getvalue()


def found(content: bytes) -> dict[Code, Weight]:
    said = exif.read(content) or {}
    return {each.code: each.weight for each in exif.contradictions(said, "Shelf", MORNING, LEFT, STORE)}


def test_time_place_device_and_software_are_read_and_nothing_else() -> None:
    north, east = ("N", (30.0, 16.0, 26.76)), ("E", (120.0, 9.0, 18.36))
    said = exif.read(jpeg(offset="+08:00", place=(*north, *east), software="Camera 13"))
    assert said == {
        "taken_at": to_ms(datetime(2026, 3, 2, 1, 10, tzinfo=UTC)),
        "latitude_e7": 302741000, "longitude_e7": 1201551000,
        "device": "HUAWEI P60", "software": "Camera 13",
    }  # fmt: skip


def test_a_photo_of_the_visit_contradicts_nothing() -> None:
    assert found(jpeg()) == {}
    assert found(jpeg(place=("N", (30.0, 16.0, 30.0), "E", (120.0, 9.0, 20.0)))) == {}


def test_a_camera_without_its_zone_may_be_off_by_a_little() -> None:
    assert found(jpeg("2026:03:02 11:30:00")) == {}


def test_a_photo_of_another_day_is_found_and_weighs_more_than_one_of_another_hour() -> None:
    assert found(jpeg("2026:03:02 04:00:00")) == {Code.PHOTO_TIME: Weight.NOTICE}
    assert found(jpeg("2026:02:20 09:10:00")) == {Code.PHOTO_TIME: Weight.STRONG}
    assert found(jpeg("2026:03:05 09:10:00")) == {Code.PHOTO_TIME: Weight.STRONG}


def test_a_photo_of_another_place_is_found() -> None:
    assert found(jpeg(place=("N", (30.0, 20.0, 0.0), "E", (120.0, 9.0, 18.0)))) == {
        Code.PHOTO_PLACE: Weight.NOTICE
    }


@pytest.mark.parametrize("software", ["Adobe Photoshop 25.0", "Snapseed 2.0", "美图秀秀"])
def test_a_photo_saved_by_an_editor_is_found(software: str) -> None:
    assert found(jpeg(software=software)) in ({Code.PHOTO_EDITED: Weight.NOTICE}, {})
    assert exif.contradictions({"software": software}, "", MORNING, LEFT, None) is not None
    [edited] = exif.contradictions({"software": software}, "", MORNING, LEFT, None)
    assert edited.code is Code.PHOTO_EDITED


@given(st.binary(max_size=400))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    assert exif.read(content) is None
    whole = jpeg()
    assert isinstance(exif.read(whole[: len(whole) // 2] + content), dict | None)
