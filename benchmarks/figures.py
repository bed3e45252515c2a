"""One measured figure beside its peer, and how medians are taken."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """A value, what it is compared with, and whether the goal is met (None: no goal here)."""

    name: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None


def against(
    name: str, value: float, unit: str, peer: str, peer_value: float, *, at_most: float, note: str = ""
) -> Figure:
    """Compare with a peer: the goal is a ratio of at most ``at_most``."""
    ratio = value / peer_value
    goal = f"<= {at_most}x {peer}" + (f", {note}" if note else "")
    return Figure(
        name, round(value, 4), unit, peer, round(peer_value, 4), round(ratio, 3), goal, ratio <= at_most
    )


def at_most(name: str, value: float, unit: str, limit: float) -> Figure:
    """Hold a figure under a limit."""
    return Figure(name, round(value, 4), unit, goal=f"<= {limit} {unit}", met=value <= limit)


def at_least(name: str, value: float, unit: str, limit: float) -> Figure:
    """Hold a figure over a limit."""
    return Figure(name, round(value, 4), unit, goal=f">= {limit} {unit}", met=value >= limit)


def seconds(work: Callable[[], Any]) -> float:
    """Return how long ``work`` takes, once."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def median(work: Callable[[], Any], rounds: int = 5) -> float:
    """Return the median seconds of some rounds."""
    return statistics.median(seconds(work) for _ in range(rounds))


def percentile(values: list[float], share: float) -> float:
    """Return the value below which ``share`` of them lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
