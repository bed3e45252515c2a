"""OR-Tools and VROOM for the route benchmark, installed beside the project, each in a process of its own."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.peers import HERE, INSTALLED, run, said
from fieldcrm.rules.routing.problem import Problem

SOLVERS = ("OR-Tools", "VROOM")
_PACKAGES = ("ortools==9.15.6755", "pyvroom==1.15.2")
_OPTIONAL = 9e5  # a prize that may be lost, for solvers that take the largest as an order


@dataclass(frozen=True)
class Extras:
    """What some problems have beside: days by number, visits that depend on each other, loads, a fleet."""

    on: Sequence[int] = ()
    pairs: Sequence[tuple[int, int, int]] = ()
    load: Sequence[int] = ()
    capacity: int = 0
    fleet: float = 0.0
    is_optional: bool = False


def tours(problem: Problem, solver: str, seconds: float, extras: Extras = Extras()) -> list[list[int]]:
    """Return the tours one of ``SOLVERS`` finds; ``RuntimeError`` if it cannot be had here."""
    asked = _asked(problem, seconds, extras)
    with tempfile.TemporaryDirectory(prefix="fieldcrm-routes-") as folder:
        path = Path(folder) / "asked.json"
        path.write_bytes(msgspec.json.encode(asked))
        answer = said(run([str(_python()), str(HERE / "route_solvers.py"), str(path), solver], Path(folder)))
    found: list[list[int]] = answer["tours"]
    return found


def _asked(problem: Problem, seconds: float, extras: Extras) -> dict[str, Any]:
    days = [
        {
            "start": day.start, "end": day.end, "depart": day.depart, "latest": day.latest,
            "on": extras.on[number] if extras.on else number,
            "lunch": [day.lunch.earliest, day.lunch.latest, day.lunch.minutes] if day.lunch else None,
        }
        for number, day in enumerate(problem.days)
    ]  # fmt: skip
    prizes = [min(prize, _OPTIONAL) if extras.is_optional else prize for prize in problem.prize]
    return {
        "minutes": problem.minutes, "cost": problem.cost, "service": problem.service, "prize": prizes,
        "windows": problem.windows, "days": days, "seconds": seconds, "pairs": extras.pairs,
        "load": extras.load, "capacity": extras.capacity, "fleet": extras.fleet,
    }  # fmt: skip


def _python() -> Path:
    home = INSTALLED / "routes"
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not (home / "ready").exists():
        INSTALLED.mkdir(exist_ok=True)
        run([sys.executable, "-m", "venv", str(home)], INSTALLED)
        run([str(python), "-m", "pip", "install", "--quiet", *_PACKAGES], INSTALLED)
        (home / "ready").touch()
    return python
