"""Run the acceptance cases of a folder: one line a case, the last line counts.

``python -m tests.conformance.run [FOLDER]``; exits 1 when a case fails. Files whose rules the
product does not have yet are named, not passed over in silence.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.conformance import pricing

OWN = Path(__file__).parent / "cases"
RUNNERS: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {"pricing_cases.json": pricing.differences}
PLANNED = ("commission_cases.json", "funnel_cases.json")


def run_file(path: Path) -> tuple[int, int]:
    """Run one file of cases; return (passed, failed)."""
    passed = failed = 0
    for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
        found = _differences(path.name, case)
        passed, failed = passed + (not found), failed + bool(found)
        print(f"{'FAIL' if found else 'ok  '} {case['id']} {case.get('title', '')}")
        for text in found:
            print(f"       {text}")
    return passed, failed


def _differences(name: str, case: Mapping[str, Any]) -> list[str]:
    """A case in words the runner does not know fails by itself and lets the others run."""
    try:
        return RUNNERS[name](case)
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        return [f"the runner does not understand it: {type(error).__name__}: {error}"]


def main(folder: Path) -> int:
    """Run every file of cases in ``folder``."""
    passed = failed = 0
    for name in RUNNERS:
        if (folder / name).exists():
            counts = run_file(folder / name)
            passed, failed = passed + counts[0], failed + counts[1]
    for name in PLANNED:
        if (folder / name).exists():
            print(f"not run: {name}: the product has no rules for it yet")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else OWN))
