from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.rules import phones


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("139 1234 4417", "13912344417"),
        ("+86-139-1234-4417", "13912344417"),
        ("8613912344417", "13912344417"),
        ("１３９１２３４４４１７", "13912344417"),
        ("(010)51626616", "010-51626616"),
        ("022-2330-9510", "022-23309510"),
        ("0731- 84304271", "0731-84304271"),
        ("0755-6182 5861", "0755-61825861"),
        ("0898-88757961\u00a0\u00a0", "0898-88757961"),
        ("010-51626616-802", "010-51626616-802"),
        ("010-51626616转802", "010-51626616-802"),
        ("0574-65132278 ext. 12", "0574-65132278-12"),
        ("4008208820", "400-820-8820"),
        ("95588", "95588"),
        ("", ""),
    ],
)
def test_a_mainland_number_has_one_spelling(written: str, kept: str) -> None:
    assert phones.read(written) == phones.Phone(kept)


@pytest.mark.parametrize(
    ("written", "kept"), [("1085197361", "010-85197361"), ("75583217677", "0755-83217677")]
)
def test_a_first_zero_that_a_spreadsheet_ate_comes_back(written: str, kept: str) -> None:
    assert phones.read(written).text == kept


@pytest.mark.parametrize(
    ("written", "region", "kept"),
    [
        ("29783933", "HK", "+852 2978 3933"),
        ("(853)28723613", "MO", "+853 2872 3613"),
        ("85328852606", "MO", "+853 2885 2606"),
        ("206-555-1234", "US", "+1 206-555-1234"),
        ("+852 29783933", "CN", "+852 2978 3933"),
        ("13912344417", "HK", "13912344417"),
    ],
)
def test_a_number_abroad_is_written_internationally(written: str, region: str, kept: str) -> None:
    assert phones.read(written, region) == phones.Phone(kept)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("50482915", "no_area_code"),
        ("01-62713050", "wrong_length"),
        ("00551-68136069", "wrong_length"),
        ("0731-843031361", "wrong_length"),
        ("139123444", "wrong_length"),
        ("call the shop", "not_a_phone"),
    ],
)
def test_what_cannot_be_read_stays_as_it_was_with_the_reason(written: str, problem: str) -> None:
    assert phones.read(written) == phones.Phone(written, problem)


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_accident(text: str) -> None:
    number = phones.read(text)
    assert "\x00" not in number.text or number.problem


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", " ", "-"]))
def test_reading_twice_changes_nothing(mobile: str, gap: str) -> None:
    once = phones.read(f"{mobile[:3]}{gap}{mobile[3:7]}{gap}{mobile[7:]}").text
    assert phones.read(once).text == once == mobile
