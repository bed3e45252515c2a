"""A yes over the phone: short enough to say, bound to what was said, not to be made by who asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.rules import quote_codes
from fieldcrm.rules.quote_codes import Said

KEY, OTHER = b"k" * 32, b"o" * 32
SHEET = UUID(int=9)
SAID = Said(
    UUID(int=1), 7, quote_codes.digest("c1"), UUID(int=2), Decimal("12345.60"), Decimal("12.5"),
    date(2026, 3, 2),
)  # fmt: skip
CHECK = quote_codes.check_of(quote_codes.once(KEY, SAID.rep_id, 7), SHEET, 7)
CODE = quote_codes.answer(KEY, SAID)
CHANGED = [
    replace(SAID, rep_id=UUID(int=3)), replace(SAID, place=8), replace(SAID, digest=SAID.digest ^ 1),
    replace(SAID, account_id=UUID(int=3)), replace(SAID, total=Decimal("12345.61")),
    replace(SAID, percent=Decimal("12.51")), replace(SAID, on=SAID.on + timedelta(1)),
]  # fmt: skip


def test_a_code_fits_what_was_said_and_is_genuine() -> None:
    assert len(CODE) == 9
    assert quote_codes.fits(CODE, SAID, SHEET, CHECK)
    assert quote_codes.is_genuine(CODE, SAID, KEY)
    spoken = CODE.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert quote_codes.fits(spoken, SAID, SHEET, CHECK)
    assert quote_codes.is_genuine(spoken, SAID, KEY)


@pytest.mark.parametrize("said", CHANGED)
def test_whatever_is_changed_voids_the_code(said: Said) -> None:
    assert not quote_codes.fits(CODE, said, SHEET, CHECK)
    assert not quote_codes.is_genuine(CODE, said, KEY)


def test_a_laptop_that_learned_a_one_time_number_cannot_make_a_code_for_another_quote() -> None:
    """What the rep could fold again himself passes his own laptop and not the server."""
    number = quote_codes.once(KEY, SAID.rep_id, SAID.place)
    other = replace(SAID, total=Decimal(1))
    forged = []
    for seal in range(64):
        folded = number ^ quote_codes._fold(other, seal)
        forged.append(quote_codes._spelled(seal << 20 | folded, 8))
    assert all(quote_codes.fits(code, other, SHEET, CHECK) for code in forged[:2])
    assert not any(quote_codes.is_genuine(code, other, KEY) for code in forged)
    assert not quote_codes.is_genuine(quote_codes.answer(OTHER, other), other, KEY)


@given(place=st.integers(0, quote_codes.PLACES - 1), content=st.text(max_size=8))
def test_a_challenge_is_read_as_it_was_spelled(place: int, content: str) -> None:
    digest = quote_codes.digest(content)
    text = quote_codes.challenge(place, digest)
    assert len(text) == 11
    assert quote_codes.read_challenge(text.lower()) == (place, digest)


@pytest.mark.parametrize("text", ["", "ABC", "ABCD-EFGH-12", "ÄBC-DEF-GHJ", "UUU-UUU-UUU"])
def test_what_is_no_challenge_or_code_is_none(text: str) -> None:
    assert quote_codes.read_challenge(text) is None
    assert not quote_codes.fits(text, SAID, SHEET, CHECK)
    assert not quote_codes.is_genuine(text, SAID, KEY)
