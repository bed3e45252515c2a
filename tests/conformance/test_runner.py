"""The runner of cases as somebody outside uses it: what it reads, what it says, how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import pricing, probes, run
from tests.conformance.test_cases import CASES

GOOD = CASES[0]


def write(path: Path, *cases: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cases": cases}), "utf-8")


def last(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1]


def test_what_cannot_be_read_fails_by_itself_and_the_rest_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "a" / "pricing_cases.json", GOOD)
    for n, text in enumerate(["", "{", "[]", "{}", '{"cases": 3}', "\ufffe"]):
        (tmp_path / f"b{n}").mkdir()
        (tmp_path / f"b{n}" / "pricing_cases.json").write_text(text, "utf-8")
    write(tmp_path / "c" / "deep" / "pricing_cases.json", GOOD)
    assert run.main(tmp_path) == 1
    assert last(capsys) == "2 passed, 6 failed"


@pytest.mark.parametrize(
    "case",
    [
        3,
        {"id": "no given", "expected": {}},
        {"id": "nothing expected", "given": GOOD["given"]},
        {"id": "expects prose", "given": GOOD["given"], "expected": "as above"},
        {"id": "no date", "given": {**GOOD["given"], "date": None}, "expected": GOOD["expected"]},
        {"id": "only prose", "given": GOOD["given"], "expected": {"note": "no gift at all"}},
        {"id": "an unknown word", "given": GOOD["given"], "expected": {"mood": "good"}},
        {
            "id": "a result",
            "given": GOOD["given"],
            "expected": {"error": {"kind": "PRICE_TIE", "about": "A"}},
        },
        {"id": "a probe", "given": GOOD["given"], "probes": [{"change": {"date": "2030-01-01"}}]},
    ],
)
def test_a_case_that_is_not_answered_fails(
    case: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "pricing_cases.json", case, GOOD)
    assert run.main(tmp_path) == 1
    assert last(capsys) == "1 passed, 1 failed"


def test_a_folder_that_is_not_there_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(tmp_path / "nowhere") == 1
    assert last(capsys) == "0 passed, 1 failed"


def test_lines_count_by_their_numbers_in_whatever_order_they_are_written() -> None:
    case = next(each for each in CASES if len(each["given"].get("cart", ())) == 4)
    turned = {**case, "given": {**case["given"], "cart": case["given"]["cart"][::-1]}}
    assert pricing.differences(turned) == []


@pytest.mark.parametrize(
    ("change", "where", "now"),
    [
        ({"cart[0].qty": "7"}, "cart.0.qty", "7"),
        ({"manual_unit_price": "9"}, "cart.0.manual_unit_price", "9"),
        ({"use": "5"}, "use_rebate.R", "5"),
        ({"group": "G2"}, "customer.group", "G2"),
        ({"customer": "C9"}, "customer.code", "C9"),
        ({"promotions[1]": {"code": "NEW"}}, "promotions.1.code", "NEW"),
        ({"promotions[0].give.percent_off": "9"}, "promotions.0.give.percent_off", "9"),
        ({"percent_off": "9"}, "promotions.0.give.percent_off", "9"),
        ({"balance": "1"}, "rebates.0.balance", "1"),
        ({"min_price": "1"}, "products.0.min_price", "1"),
        ({"choose": {"X": 1}}, "choose.X", 1),
        ({"cart[0]": None}, "cart", []),
    ],
)
def test_a_probe_changes_the_place_it_names(change: dict[str, Any], where: str, now: Any) -> None:
    given = {
        "customer": {"code": "C1", "group": "G1"}, "cart": [{"line": 1, "qty": "1"}],
        "promotions": [{"code": "P", "give": {"percent_off": "1"}}], "use_rebate": {"R": "?"},
        "rebates": [{"code": "R", "balance": "2"}], "products": [{"code": "A", "min_price": "2"}],
    }  # fmt: skip
    node: Any = probes.changed(given, change)
    for step in where.split("."):
        node = node[int(step)] if isinstance(node, list) else node[step]
    assert node == now
    assert given["cart"] == [{"line": 1, "qty": "1"}]
