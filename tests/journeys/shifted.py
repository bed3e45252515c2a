"""Runs a module on another day or hour: ``python -m tests.journeys.shifted SECONDS MODULE ARGUMENTS``.

``fieldcrm.clock`` is the only place that asks the time, so it is shifted there, before anything
else is imported. A clock shifted beneath the process makes Qt's waiting threads spin.
"""

from __future__ import annotations

import runpy
import sys
from datetime import datetime, timedelta


def command(module: str, ahead_s: int) -> list[str]:
    """Return how to start a module whose clock is so many seconds ahead."""
    shifted = ["tests.journeys.shifted", str(ahead_s)] if ahead_s else []
    return [sys.executable, "-m", *shifted, module]


def main() -> None:
    """Shift the clock and become the module."""
    from fieldcrm import clock

    ahead, module, true = timedelta(seconds=int(sys.argv[1])), sys.argv[2], clock.now

    def now() -> datetime:
        return true() + ahead

    clock.now = now
    sys.argv = sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
