"""Whether two photos show the same picture, though one was cropped, shrunk or saved again (V6).

A photo's likeness is 64 bits of its coarse structure, taken from the middle that a crop of up
to a tenth on each side leaves. Whoever looks for that middle in another picture tries every
place where it could be: ``looks`` are those tries. Two likenesses that differ in few bits are
one picture; pictures of different things differ in about half.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import product
from math import cos, pi

EDGE = 128
SAME_BITS = 8
_SIDE = 32
_KEPT = 8
_MIDDLE = 0.1
_TRIES = (0.0, 0.05, 0.1)
_FLAT = 1.0


def likeness(grey: bytes) -> str | None:
    """Return the likeness of a picture given as 128 × 128 grey values; None for a blank one."""
    return _bits(grey, (_MIDDLE,) * 4)


def looks(grey: bytes) -> tuple[str, ...]:
    """Return the likenesses that pictures have which this one may be cut from, or be."""
    tries = (_bits(grey, cut) for cut in product(_TRIES, repeat=4))
    return tuple(sorted({each for each in tries if each is not None}))


def differing(one: str, looks: Iterable[str]) -> int:
    """Return in how many bits a likeness differs from the nearest of the looks; 64 without any."""
    bits = int(one, 16)
    return min(((bits ^ int(look, 16)).bit_count() for look in looks), default=64)


def _bits(grey: bytes, cut: tuple[float, ...]) -> str | None:
    from PIL import Image

    left, top, right, bottom = (share * EDGE for share in cut)
    whole = Image.frombytes("L", (EDGE, EDGE), grey)
    small = whole.resize((_SIDE, _SIDE), Image.Resampling.BOX, (left, top, EDGE - right, EDGE - bottom))
    waves = _waves(small.tobytes())
    middle = sorted(waves)[len(waves) // 2]
    if max(map(abs, waves)) < _FLAT * _SIDE * _SIDE:
        return None
    return f"{sum(1 << place for place, wave in enumerate(waves) if wave > middle):016x}"


def _waves(pixels: bytes) -> list[float]:
    """Return the strengths of the 64 coarsest waves of a picture, without its brightness."""
    across = [
        [sum(map(float.__mul__, wave, map(float, pixels[at : at + _SIDE]))) for wave in _cosines()]
        for at in range(0, _SIDE * _SIDE, _SIDE)
    ]
    columns = list(zip(*across, strict=True))
    return [sum(map(float.__mul__, wave, column)) for wave in _cosines() for column in columns]


@cache
def _cosines() -> tuple[tuple[float, ...], ...]:
    return tuple(
        tuple(cos(pi * (2 * x + 1) * wave / (2 * _SIDE)) for x in range(_SIDE))
        for wave in range(1, _KEPT + 1)
    )
