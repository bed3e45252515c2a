"""Every finding has a sentence in both languages, with its facts in it."""

from __future__ import annotations

import pytest

from fieldcrm.clock import to_ms
from fieldcrm.rules.findings import Code, Finding, Weight
from fieldcrm.services.reviews import Evidence, Flag
from fieldcrm.ui import i18n
from fieldcrm.ui.reviews import findings, words
from tests.builders import MORNING

FACTS = {
    Code.TRAVEL: {"metres": 33_000, "other": "Shop 7", "seconds": 300, "kmh": 396},
    Code.BURST: {"visits": 10, "minutes": 20},
    Code.BACKWARDS: {"seconds": 7_200},
    Code.SAME_SPOT: {"other": "Shop 7"},
    Code.REUSED_PHOTO: {"caption": "Shelf", "other": "Shop 7", "rep": "Wu", "at": to_ms(MORNING)},
    Code.SAME_ANSWERS: {"other": "Shop 7", "answers": 12},
    Code.EDITED: {"what": "step_answer", "at": to_ms(MORNING)},
    Code.STORE_CODE: {"edition": 2},
    Code.PHOTO_TIME: {"caption": "Shelf", "at": to_ms(MORNING)},
    Code.PHOTO_PLACE: {"caption": "Shelf", "metres": 4_200},
    Code.PHOTO_EDITED: {"caption": "", "software": "Snapseed 2.0"},
}


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("code", Code)
def test_each_finding_is_a_sentence_with_its_facts(language: str, code: Code) -> None:
    before = i18n.language()
    try:
        i18n.set_language(language)
        said = findings.sentence(Finding(code, Weight.STRONG, FACTS[code]))
        assert ("Shop 7" in said) == ("other" in FACTS[code])
        assert said.endswith("。" if language == "zh_CN" else ".")
        assert i18n.tr(words.FLAGS[Flag(code)][0])
    finally:
        i18n.set_language(before)


def test_a_check_in_says_its_grade_and_why() -> None:
    before = i18n.language()
    try:
        i18n.set_language("en")
        assert (
            findings.grade(Evidence("device", 20, 5, 18, "")) == "Check-in evidence A: measured at the store"
        )
        assert (
            findings.grade(Evidence("none", None, None, None, ""))
            == "Check-in evidence D: without a position"
        )
    finally:
        i18n.set_language(before)
