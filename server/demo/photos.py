"""Drawn stand-ins for shelf photographs, each one different."""

from __future__ import annotations

import hashlib
import io
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw

_COLOURS = ("#2F8F5B", "#E2A93B", "#C6453C", "#3B74C4", "#E9E4D8", "#7A5BB0", "#E07B39", "#4AA3B5")
WIDTH, HEIGHT = 480, 640


@dataclass(frozen=True, slots=True)
class Picture:
    """JPEG bytes and what is known of them."""

    data: bytes
    sha256: str
    width: int
    height: int


def shelf(chance: random.Random) -> Picture:
    """Draw three shelves of bottles in a random order of brands."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "#CFC6B8")
    pen = ImageDraw.Draw(image)
    shelf_height = HEIGHT // 3
    for level in range(3):
        floor = (level + 1) * shelf_height - 18
        _bottles(pen, chance, floor, shelf_height)
        pen.rectangle((0, floor, WIDTH, floor + 12), fill="#F4F0E8")
        for tag in range(6):
            pen.rectangle((20 + tag * 80, floor + 2, 56 + tag * 80, floor + 10), fill="#C6453C")
    return _jpeg(image)


def _bottles(pen: ImageDraw.ImageDraw, chance: random.Random, floor: int, room: int) -> None:
    left, colour, run = 8, chance.choice(_COLOURS), 0
    while left < WIDTH - 30:
        if run == 0:
            colour, run = chance.choice(_COLOURS), chance.randint(2, 5)
        run -= 1
        width, height = chance.randint(24, 34), int(room * chance.uniform(0.62, 0.74))
        if chance.random() > 0.06:
            top = floor - height
            pen.rounded_rectangle((left, top + 18, left + width, floor), 6, fill=colour)
            pen.rectangle((left + width * 0.3, top, left + width * 0.7, top + 20), fill=colour)
            pen.rectangle(
                (left + 3, top + height * 0.45, left + width - 3, top + height * 0.7), fill="#F7F5F0"
            )
        left += width + 4


def _jpeg(image: Image.Image) -> Picture:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=72)
    data = buffer.getvalue()
    return Picture(data, hashlib.sha256(data).hexdigest(), image.width, image.height)
