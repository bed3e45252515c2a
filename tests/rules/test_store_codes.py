"""A store's code: checked without network, not found from what a laptop holds, good for one visit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from fieldcrm.rules import evidence, store_codes
from fieldcrm.rules.evidence import EvidenceGrade, Fix
from fieldcrm.rules.store_codes import Edition, Standing
from tests.builders import MORNING

STORE, OTHER, VISIT = UUID(int=1), UUID(int=2), UUID(int=3)
CODE = "7K3M9QXA"
EDITION = Edition(1, MORNING, store_codes.public_key(CODE, STORE, 1))


def test_a_signature_is_good_for_its_store_edition_visit_and_moment_alone() -> None:
    signature = store_codes.sign(CODE, STORE, 1, VISIT, MORNING)
    assert store_codes.holds(signature, EDITION, STORE, VISIT, MORNING)
    assert not store_codes.holds(signature, EDITION, OTHER, VISIT, MORNING)
    assert not store_codes.holds(signature, EDITION, STORE, OTHER, MORNING)
    assert not store_codes.holds(signature, EDITION, STORE, VISIT, MORNING + timedelta(seconds=1))
    assert not store_codes.holds(signature, replace(EDITION, number=2), STORE, VISIT, MORNING)
    assert not store_codes.holds("", EDITION, STORE, VISIT, MORNING)


def test_another_code_makes_another_key() -> None:
    assert store_codes.public_key("7K3M9QXB", STORE, 1) != EDITION.public_key
    assert store_codes.public_key(CODE, OTHER, 1) != EDITION.public_key


@pytest.mark.parametrize("text", ["7k3m-9qxa", " 7K3M 9QXA ", "7K3M9QXA", "7k3m–9qxa"])
def test_a_code_is_read_as_people_type_it(text: str) -> None:
    assert store_codes.typed(text) == CODE


def test_letters_that_look_like_digits_are_meant_as_digits() -> None:
    assert store_codes.typed("OIL0-0000") == "01100000"


@pytest.mark.parametrize("text", ["", "7K3M", "7K3M-9QX!", "7K3M-9QXAA", "中文中文中文中文"])
def test_what_is_no_code_is_none(text: str) -> None:
    assert store_codes.typed(text) == ""


def test_a_scanned_sheet_gives_its_code_at_its_own_store_only() -> None:
    text = store_codes.printed(STORE, 3, CODE)
    assert store_codes.scanned(text, STORE) == CODE
    assert store_codes.scanned(text, OTHER) == ""
    assert store_codes.scanned("https://example.org/a:b:c", STORE) == ""


def test_a_sheet_counts_until_two_weeks_after_the_next_one() -> None:
    later = MORNING + timedelta(days=90)
    known = [EDITION, replace(EDITION, number=2, issued_at=later)]
    at = {
        MORNING + timedelta(days=1): Standing.CURRENT,
        later + timedelta(days=13): Standing.REPLACED,
        later + timedelta(days=15): Standing.OLD,
    }
    assert {moment: store_codes.standing(1, known, moment) for moment in at} == at
    assert store_codes.standing(2, known, later) is Standing.CURRENT
    assert store_codes.standing(3, known, later) is Standing.UNKNOWN


def test_codes_are_spelled_without_letters_that_look_alike() -> None:
    code = store_codes.new_code(Random(5).choice)
    assert len(code) == 8
    assert not set(code) & set("OILU")
    assert store_codes.typed(store_codes.spelled(code)) == code


@pytest.mark.parametrize(
    ("fix", "bare", "coded"),
    [
        (Fix("device", 20, 5, 18), "A", "A"),
        (Fix("device", 500, 5, 18), "B", "A"),
        (Fix("device", 20, 900, 18), "B", "A"),
        (Fix("typed", None, None, 18), "C", "B"),
        (Fix("device", 20, 5, None), "C", "B"),
        (Fix("device", 20, 5, 5_000), "D", "C"),
        (Fix("none"), "D", "B"),
    ],
)
def test_the_code_raises_a_grade_and_never_outweighs_a_measurement(fix: Fix, bare: str, coded: str) -> None:
    assert (evidence.letter(fix), evidence.letter(replace(fix, coded=True))) == (bare, coded)


def test_every_grade_has_a_letter() -> None:
    assert set(evidence.LETTERS) == set(EvidenceGrade)
