"""Every error that the product can raise is worded in both languages, without codes or ids."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import fieldcrm
from fieldcrm import errors as tree
from fieldcrm.errors import FieldCrmError, NotFound, Offline, RuleBroken
from fieldcrm.ui import error_words, errors, i18n

ROOT = Path(fieldcrm.__file__).parent
SOURCES = [file for folder in ("services", "rules") for file in (ROOT / folder).rglob("*.py")]


def kinds(kind: type[FieldCrmError] = FieldCrmError) -> Iterator[type[FieldCrmError]]:
    for each in kind.__subclasses__():
        yield each
        yield from kinds(each)


def codes() -> set[str]:
    """Return every code that a ``RuleBroken`` or ``Invalid`` of the services and rules is raised with."""
    found = set()
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            raised = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("RuleBroken", "Invalid")
            if raised and node.args and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
    return found


def test_every_kind_of_error_is_worded() -> None:
    named = {kind.__name__ for kind in kinds() if kind.__module__ == tree.__name__}
    assert named <= error_words.CLASSES.keys()


def test_every_rule_says_what_it_forbids() -> None:
    assert sorted(codes() - error_words.CODES.keys()) == []


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_sentence_has_no_code_no_id_and_no_shouting(language: str) -> None:
    i18n.set_language(language)
    for error in (RuleBroken("order_empty", order=7), NotFound("order", "0198-a"), Offline("unreachable")):
        said = errors.worded(error).whole
        assert not re.search(r"[a-z]+_[a-z]+|!|！|0198|please|请您", said)
    i18n.set_language("zh_CN")


def test_a_bug_is_called_a_fault_of_ours_and_its_details_can_be_copied() -> None:
    error = ZeroDivisionError("division by zero")
    assert "division" not in errors.worded(error).whole
    assert "division by zero" in errors.details(error)
