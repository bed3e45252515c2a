"""Templates are chosen by channel, day and edition, and read without trust."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.rules.sop import FieldType
from fieldcrm.rules.sop_choice import Edition, choose
from fieldcrm.rules.sop_reading import steps_of

ON = date(2026, 11, 18)
FIRST = date(2026, 1, 1)


def edition(code: str, number: int = 1, *channels: str, to: date | None = None) -> Edition:
    return Edition(f"{code}{number}", code, number, channels, FIRST, to)


def test_the_template_for_the_channel_beats_the_one_for_all() -> None:
    chosen = choose([edition("all", 9), edition("mall", 1, "mall")], "mall", ON)
    assert chosen is not None
    assert chosen.code == "mall"


def test_the_newest_edition_that_holds_today_wins() -> None:
    past = edition("all", 3, to=date(2026, 11, 17))
    chosen = choose([edition("all", 1), edition("all", 2), past], "mall", ON)
    assert chosen is not None
    assert chosen.edition == 2


def test_no_template_is_an_answer_too() -> None:
    assert choose([edition("mall", 1, "mall")], "campus", ON) is None


def test_a_field_type_of_a_newer_version_is_kept_and_never_required() -> None:
    raw = [{"key": "s", "fields": [{"key": "f", "type": "hologram", "required": True}]}]
    [step] = steps_of(raw)
    assert (step.fields[0].type, step.fields[0].required) == (FieldType.OTHER, False)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(json)
def test_any_json_reads_as_some_steps(raw: Any) -> None:
    assert isinstance(steps_of(raw), tuple)
