"""What is half done survives as plain JSON, whatever it holds."""

from __future__ import annotations

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.clock import from_ms
from fieldcrm.services.visits import Picture
from fieldcrm.ui.visit.progress import Progress, from_json, to_json

keys = st.text(min_size=1, max_size=6)
values = st.text() | st.booleans() | st.dictionaries(keys, st.text(max_size=4), max_size=3)
photos = st.builds(
    Picture,
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.integers(0, 10**7),
    st.just("image/jpeg"),
    st.integers(1, 1600),
    st.integers(1, 1600),
    st.integers(0, 10**13).map(from_ms),
    keys,
    keys,
    st.text(max_size=20),
)
visits = st.builds(
    Progress,
    keys,
    st.dictionaries(keys, st.dictionaries(keys, values, max_size=4), max_size=4),
    st.lists(photos, max_size=3),
    st.text(max_size=50),
    st.none() | st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    st.text(max_size=5),
)


@given(visits)
def test_there_and_back_loses_nothing(progress: Progress) -> None:
    assert from_json(json.loads(json.dumps(to_json(progress)))) == progress


def test_an_empty_answer_is_taken_away() -> None:
    progress = Progress(answers={"shelf": {"a": "pass"}})
    progress.answer("shelf", "a", None)
    progress.answer("shelf", "b", {})
    assert progress.answers == {"shelf": {}}


def test_no_is_an_answer() -> None:
    progress = Progress()
    progress.answer("rival", "seen", False)
    assert progress.answers == {"rival": {"seen": False}}
