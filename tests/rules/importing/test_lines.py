from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.rules.importing import lines
from fieldcrm.rules.importing.columns import FIELDS
from fieldcrm.rules.importing.lines import Candidate, Defaults, Weight


def read(defaults: Defaults | None = None, **cells: str) -> Candidate:
    mapping = {name: column for column, name in enumerate(cells)}
    return lines.read(2, list(cells.values()), mapping, defaults or Defaults())


def codes(found: Candidate) -> set[tuple[str, str]]:
    return {(finding.field, finding.code) for finding in found.findings}


def test_a_good_line_becomes_an_account_without_a_word() -> None:
    found = read(
        name="佳惠超市",
        code="A-1",
        city="杭州市",
        province="浙江省",
        phone="0571-88001234",
        grade="A",
        channel="超市",
        latitude="30.2741",
        longitude="120.1551",
    )
    assert found.findings == []
    assert found.values["latitude_e7"] == 302_741_000
    assert found.values["channel"] == "supermarket"


def test_a_line_without_a_name_stays_out() -> None:
    assert not read(name=" ", code="A-1").good
    assert not read(code="A-1").good


def test_bad_coordinates_keep_the_line_out() -> None:
    assert codes(read(name="x", latitude="abc", longitude="120")) == {("latitude", "not_degrees")}
    assert codes(read(name="x", latitude="30", longitude="999")) == {("longitude", "off_the_globe")}
    assert codes(read(name="x", latitude="120.15", longitude="30.27")) == {("latitude", "position_swapped")}
    assert codes(read(name="x", latitude="80.15", longitude="30.27")) == {("latitude", "position_swapped")}
    assert codes(read(name="x", latitude="30.27", longitude="")) == {("longitude", "half_a_position")}
    assert not read(name="x", latitude="30.27", longitude="").good


def test_missing_coordinates_are_no_fault_and_zero_is_nowhere() -> None:
    assert read(name="x", latitude="", longitude="").findings == []
    found = read(name="x", latitude="0", longitude="0.0")
    assert found.good
    assert "latitude_e7" not in found.values


def test_a_rounded_position_goes_in_with_a_note() -> None:
    found = read(name="x", latitude="30.27", longitude="120.2")
    assert found.weight is Weight.NOTE
    assert codes(found) == {("latitude", "position_rough")}


def test_the_line_s_own_datum_beats_the_default() -> None:
    default = Defaults(datum="gcj02")
    assert read(default, name="x", latitude="30.2741", longitude="120.1551").values["datum"] == "gcj02"
    line = read(default, name="x", latitude="30.2741", longitude="120.1551", datum="百度")
    assert line.values["datum"] == "bd09"


def test_an_unknown_word_takes_the_default_and_says_so() -> None:
    found = read(Defaults(grade="B"), name="x", grade="很好", channel="Company Owned")
    assert (found.values["grade"], found.values["channel"]) == ("B", "other")
    assert codes(found) == {("grade", "unknown_grade"), ("channel", "unknown_channel")}
    assert found.good


def test_a_formula_stays_text_and_is_pointed_out() -> None:
    found = read(name='=HYPERLINK("http://x")')
    assert found.good
    assert found.values["name"].startswith("=")
    assert codes(found) == {("name", "formula_like")}


def test_nul_bytes_go_and_unreadable_text_stays_out() -> None:
    assert read(name="佳\x00惠").values["name"] == "佳惠"
    assert codes(read(name="佳\x00惠")) == {("name", "control_characters")}
    assert not read(name="\ufffd\ufffd超市").good


def test_a_contact_needs_a_name_and_a_lone_mobile_becomes_the_store_s_phone() -> None:
    assert read(name="x", contact_phone="13912344417").values["phone"] == "13912344417"
    assert read(name="x", contact_name="周国强", contact_phone="13912344417").contact == {
        "name": "周国强",
        "phone": "13912344417",
    }
    found = read(name="x", phone="0571-88001234", contact_phone="13912344417")
    assert codes(found) == {("contact_name", "contact_without_name")}


def test_a_line_that_is_too_short_is_read_as_empty_cells() -> None:
    found = lines.read(9, ["甲"], {"name": 0, "phone": 5}, Defaults())
    assert found.good
    assert found.line == 9


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=40)))
def test_no_text_in_any_column_is_an_accident(cells: dict[str, str]) -> None:
    found = read(**cells)
    assert found.good is not any(finding.weight is Weight.ERROR for finding in found.findings)
    assert all(isinstance(value, (str, int, list)) for value in found.values.values())
