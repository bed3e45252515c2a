from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import pricing, run

CASES = json.loads((Path(__file__).parent / "cases" / "pricing_cases.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_pricing_case_comes_out_as_worked_by_hand(case: dict[str, Any]) -> None:
    assert pricing.differences(case) == []


def test_the_runner_notices_a_wrong_cent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = json.loads(json.dumps(CASES[0]))
    wrong["expected"]["payable"] = "95.01"
    (tmp_path / "pricing_cases.json").write_text(json.dumps({"cases": [CASES[1], wrong]}), "utf-8")
    assert run.main(tmp_path) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 1 failed"


def test_a_file_without_rules_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "funnel_cases.json").write_text("{}", "utf-8")
    assert run.main(tmp_path) == 0
    assert "funnel_cases.json" in capsys.readouterr().out
