from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.errors import Invalid
from fieldcrm.rules.importing import values


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("30.2741", "30.2741"),
        ("３０.２７", "30.27"),
        ("30,27", "30.27"),
        ("北纬30.27", "30.27"),
        ("S 33.5", "-33.5"),
        ("30°16'12\"N", "30.2700000"),
        ("30°16′N", "30.2666667"),
        ("30度16分12秒", "30.2700000"),
    ],
)
def test_degrees_are_read_as_people_write_them(text: str, degrees: str) -> None:
    assert values.degrees(text, "latitude") == Decimal(degrees)


@pytest.mark.parametrize("text", ["abc", "30.2.1", "30°61'", "1e5", "--30", "12345"])
def test_what_is_no_degree_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        values.degrees(text, "latitude")


@pytest.mark.parametrize("text", ["30.27,120.15", "120.15, 30.27", "(30.27 120.15)", "E120.15 N30.27"])
def test_a_pair_is_read_in_either_order(text: str) -> None:
    assert values.pair(text) == (Decimal("30.27"), Decimal("120.15"))


@given(st.decimals(-90, 90, places=6), st.decimals(-180, 180, places=6))
def test_written_degrees_come_back(latitude: Decimal, longitude: Decimal) -> None:
    assert values.degrees(f"{latitude:f}", "latitude") == latitude
    assert values.degrees(f"{longitude:f}", "longitude") == longitude


@given(st.text(max_size=40))
def test_any_text_is_a_value_or_refused(text: str) -> None:
    for reader in (values.channel, values.grade, values.datum, values.code, values.pair):
        with suppress(Invalid):
            reader(text)


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("便利店", "convenience"),
        ("连锁超市", "supermarket"),
        ("Coffee shop", "catering"),
        ("批发部", "wholesale"),
    ],
)
def test_channels_are_known_by_their_words(text: str, channel: str) -> None:
    assert values.channel(text) == channel


@pytest.mark.parametrize(("text", "grade"), [("a", "A"), ("B级", "B"), ("重点", "A"), ("三级", "C")])
def test_grades_are_known_by_their_words(text: str, grade: str) -> None:
    assert values.grade(text) == grade


def test_a_code_that_a_spreadsheet_made_a_number_is_text_again() -> None:
    assert values.code("1024.0") == "1024"
    with pytest.raises(Invalid, match="code_lost_digits"):
        values.code("1.23457E+11")
