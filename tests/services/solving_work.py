"""Work for a worker process in tests: a child imports it by its name."""

from __future__ import annotations

import os
from collections.abc import Callable

Told = Callable[[object], None]
Stop = Callable[[], bool]


def count(up_to: int, told: Told, stop: Stop) -> tuple[int, int]:
    """Tell every number, and answer with the last one and with who counted."""
    for number in range(up_to):
        told(number)
    return up_to - 1, os.getpid()


def until_stopped(_question: None, told: Told, stop: Stop) -> str:
    """Go on until somebody says stop."""
    told("ready")
    while not stop():
        pass
    return "stopped"


def deaf(_question: None, told: Told, stop: Stop) -> None:
    """Never look whether to stop."""
    told("ready")
    while True:
        pass


def dies(_question: None, told: Told, stop: Stop) -> None:
    """End as a process does that runs out of memory."""
    told("ready")
    os._exit(9)


def breaks(_question: None, told: Told, stop: Stop) -> None:
    """Have a bug."""
    raise ZeroDivisionError("a bug")
