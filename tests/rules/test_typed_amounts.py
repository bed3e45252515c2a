"""A number a person typed: signs of thousands are left out, a comma that parts nothing makes it none."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import pytest

from fieldcrm.money import typed


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("12.5", "12.5"), ("1,234.50", "1234.50"), ("1,234,567", "1234567"),
        ("￥１，２３４．５０", "1234.50"),
        (" ¥ 12 ", "12"), ("12.50元", "12.50"), ("-1,000", "-1000"),
    ],
)  # fmt: skip
def test_thousands_and_full_width_signs_are_read(text: str, means: str) -> None:
    assert Decimal(typed(text)) == Decimal(means)


@pytest.mark.parametrize("text", ["12,5", "1,23", "12，50", "1,2345", ",5", "1.234,50", "12 5"])
def test_a_comma_that_parts_no_thousands_is_no_number(text: str) -> None:
    with pytest.raises(InvalidOperation):
        Decimal(typed(text))
