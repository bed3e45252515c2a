"""A stored photo is small, upright, watermarked and tells nothing else."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from fieldcrm.errors import Invalid
from fieldcrm.ui.visit import pictures


def photo(width: int, height: int, **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 60, 60)).save(out, "JPEG", **more)
    return out.getvalue()


def test_the_longer_edge_is_at_most_1600(qapp: QApplication) -> None:
    ready = pictures.prepared(photo(4000, 3000), [])
    assert (ready.width, ready.height) == (1600, 1200)
    with Image.open(io.BytesIO(ready.content)) as image:
        assert image.size == (1600, 1200)


def test_a_small_photo_keeps_its_size(qapp: QApplication) -> None:
    assert pictures.prepared(photo(640, 480), ["x"]).width == 640


def test_the_watermark_stands_at_the_foot(qapp: QApplication) -> None:
    with Image.open(
        io.BytesIO(pictures.prepared(photo(800, 600), ["佳惠生活超市", "10:36"]).content)
    ) as image:
        assert image.getpixel((790, 20))[0] > 180  # type: ignore[index]  # RGB
        assert image.getpixel((790, 590))[0] < 120  # type: ignore[index]  # RGB


def test_a_turned_photo_is_stored_upright_and_without_what_the_camera_hid(qapp: QApplication) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SecretCam"
    ready = pictures.prepared(photo(400, 300, exif=exif.tobytes()), [])
    assert (ready.width, ready.height) == (300, 400)
    assert b"SecretCam" not in ready.content


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", photo(10, 10)[:60]])
def test_what_is_no_picture_is_refused(qapp: QApplication, content: bytes) -> None:
    with pytest.raises(Invalid, match="not_a_picture"):
        pictures.prepared(content, [])
