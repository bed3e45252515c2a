"""Other products that sync, measured with the same rows in the same run.

Each is installed by the benchmark itself into ``.peers`` beside the project (npm and PyPI) and
runs in processes of its own, server and laptop apart. One that cannot be had here is named.
PouchDB and WatermelonDB do not encrypt; Anki's first sync ships its collection as a file.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.figures import Figure, against

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".peers"
_ANKI = "anki==26.9.3"
_LIMIT_SECONDS = 900


@dataclass(frozen=True)
class Ours:
    """What the product took in this run, in seconds."""

    initial: float
    incremental: float
    push: float


def figures(folder: Path, rows: Path, ours: Ours) -> Iterator[Figure]:
    """Measure every peer with the NDJSON file ``rows`` and compare."""
    first, down_up, push = (
        "sync: first sync of S",
        "sync: 1,000 rows down, 200 up",
        "sync: 1,000 orders pushed",
    )
    for name, measure, goals in (
        ("PouchDB", _node("pouchdb.cjs"), (1 / 8, None, 1.0)),
        ("WatermelonDB", _node("watermelon.cjs"), (1 / 1.8, None, None)),
        ("Anki", _anki, (2.0, 1.0, None)),
    ):
        place = folder / name
        (place / "server").mkdir(parents=True)
        try:
            found = measure(rows, place)
        except (OSError, subprocess.SubprocessError, RuntimeError) as error:
            yield Figure(f"sync: {name} could not be measured ({error})", 0, "")
            continue
        theirs = statistics.median(each["seconds"] for each in found["incremental"])
        yield _beside(
            f"sync: {first} beside {name}", ours.initial, name, found["initial"]["seconds"], goals[0]
        )
        yield _beside(f"sync: {down_up} beside {name}", ours.incremental, name, theirs, goals[1])
        yield _beside(f"sync: {push} beside {name}", ours.push, name, found["push"]["seconds"], goals[2])
        if "requests" in found["initial"]:
            asked = max(each["requests"] for each in found["incremental"])
            yield Figure(f"sync: requests of {name} for {down_up[6:]}", asked, "requests")
            yield Figure(
                f"sync: requests of {name} when nothing is to do", found["idle"]["requests"], "requests"
            )


def _beside(name: str, ours: float, peer: str, theirs: float, goal: float | None) -> Figure:
    if goal is not None:
        return against(name, ours, "s", peer, theirs, at_most=round(goal, 3))
    return Figure(name, round(ours, 4), "s", peer, round(theirs, 4), round(ours / theirs, 3))


def _node(script: str) -> Callable[[Path, Path], dict[str, Any]]:
    def measure(rows: Path, folder: Path) -> dict[str, Any]:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise RuntimeError("Node.js and npm are not here")
        INSTALLED.mkdir(exist_ok=True)
        for name in ("package.json", script):
            shutil.copyfile(HERE / name, INSTALLED / name)
        if not (INSTALLED / "node_modules" / "pouchdb").exists():
            run([npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent"], INSTALLED)
        return said(run([node, script, str(rows.resolve()), str(folder.resolve())], INSTALLED))

    return measure


def _anki(rows: Path, folder: Path) -> dict[str, Any]:
    """Install Anki for an interpreter of its own: it is no dependency of ours."""
    home = INSTALLED / "anki"
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        INSTALLED.mkdir(exist_ok=True)
        run([sys.executable, "-m", "venv", str(home)], INSTALLED)
        run([str(python), "-m", "pip", "install", "--quiet", _ANKI], INSTALLED)
    return said(
        run([str(python), str(HERE / "anki_peer.py"), str(rows.resolve()), str(folder.resolve())], folder)
    )


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it ended with an error"])[-1]
        raise RuntimeError(last[:120])
    return done.stdout


def said(output: str) -> dict[str, Any]:
    """Return the last line as JSON."""
    found: dict[str, Any] = msgspec.json.decode(output.strip().splitlines()[-1])
    return found
