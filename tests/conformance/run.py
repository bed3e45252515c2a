"""Run the acceptance cases of a folder: one line a case, the last line counts.

``python -m tests.conformance.run [FOLDER]``; exits 1 when a case fails. Every file of cases below
the folder is run. What cannot be read fails by itself and lets the rest run; files whose rules the
product does not have yet are named, not passed over in silence.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.conformance import pricing

OWN = Path(__file__).parent / "cases"
RUNNERS: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {"pricing_cases.json": pricing.differences}
PLANNED = ("commission_cases.json", "funnel_cases.json")


def run_file(path: Path) -> tuple[int, int]:
    """Run one file of cases; return (passed, failed)."""
    passed = failed = 0
    for name, found in _verdicts(path):
        passed, failed = passed + (not found), failed + bool(found)
        print(f"{'FAIL' if found else 'ok  '} {name}")
        for text in found:
            print(f"       {text}")
    return passed, failed


def _verdicts(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each case's name with how it differs."""
    try:
        cases = json.loads(path.read_text(encoding="utf-8-sig"))["cases"]
        rows = [(f"{_word(case, 'id')} {_word(case, 'title')}", case) for case in cases]
    except (OSError, ValueError, LookupError, TypeError) as error:
        yield str(path), [f"not a file of cases: {type(error).__name__}: {error}"]
        return
    for name, case in rows:
        yield name, _differences(path.name, case)


def _word(case: Any, name: str) -> str:
    return str(case.get(name, "")) if isinstance(case, dict) else ""


def _differences(kind: str, case: Mapping[str, Any]) -> list[str]:
    """A case in words the runner does not know fails by itself and lets the others run."""
    try:
        return RUNNERS[kind](case)
    except Exception as error:
        return [f"the runner does not understand it: {type(error).__name__}: {error}"]


def main(folder: Path) -> int:
    """Run every file of cases in ``folder``."""
    if not folder.is_dir():
        print(f"FAIL no such folder: {folder}\n0 passed, 1 failed")
        return 1
    passed = failed = 0
    for path in sorted(folder.rglob("*_cases.json")):
        if path.name in RUNNERS:
            counts = run_file(path)
            passed, failed = passed + counts[0], failed + counts[1]
        elif path.name in PLANNED:
            print(f"not run: {path.relative_to(folder)}: the product has no rules for it yet")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else OWN))
