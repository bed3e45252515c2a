"""Every fault that the contract names, F1 to F45, has a test of its own here."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

FAULTS = range(1, 46)
SAID = 80  # characters: more than a title
HERE = Path(__file__).parent


@pytest.mark.parametrize("number", FAULTS)
def test_a_fault_has_a_test_that_says_what_is_expected(number: int) -> None:
    files = list(HERE.glob(f"test_f{number:02}_*.py"))
    assert files
    for file in files:
        told = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
        assert re.search(rf"\bF{number}\b", told)
        assert len(told) > SAID
