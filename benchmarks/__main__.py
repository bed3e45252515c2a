"""Run the benchmarks, print a table, write ``bench.json``; every figure is reported, met or not."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.figures import Figure

NAMES = (
    "sync", "digest", "pokes", "burst", "load", "realignment", "photos", "accounts", "map", "boards",
    "pricing", "sandbox", "routes", "startup",
)  # fmt: skip


def main() -> int:
    """Return 0 when every benchmark ran, whatever it measured."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", choices=NAMES, action="append")
    names = parser.parse_args().only or NAMES
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    busy = Figure("machine: processes waiting before the first benchmark", round(os.getloadavg()[0], 1), "")
    print(_line(busy), flush=True)
    figures = [busy]
    for name in names:
        with tempfile.TemporaryDirectory(prefix="fieldcrm-bench-") as folder:
            for figure in _measured(name, Path(folder)):
                print(_line(figure), flush=True)
                figures.append(figure)
    Path("bench.json").write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1))
    missed = [figure.name for figure in figures if figure.met is False]
    print(f"\n{len(figures)} figures, {len(missed)} goals missed{': ' + ', '.join(missed) if missed else ''}")
    return 0


def _measured(name: str, folder: Path) -> Iterator[Figure]:
    """Yield one benchmark's figures; one that breaks is a goal missed, and the others still run."""
    try:
        yield from importlib.import_module(f"benchmarks.{name}").figures(folder)
    except RuntimeError as error:
        yield Figure(f"{name}: {error}", 0, "", met=False)


def _line(figure: Figure) -> str:
    peer = f"{figure.peer} {figure.peer_value:g} {figure.unit}" if figure.peer_value is not None else ""
    ratio = f"{figure.ratio:.2f}x" if figure.ratio is not None else ""
    met = {True: "met", False: "MISSED", None: ""}[figure.met]
    value = f"{figure.value:g} {figure.unit}"
    return f"{figure.name:<46}{value:>16}  {ratio:>7}  {peer:<38}{figure.goal:<34}{met}"


if __name__ == "__main__":
    sys.exit(main())
