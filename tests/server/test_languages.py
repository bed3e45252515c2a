"""The language of a page follows the browser's wish."""

from __future__ import annotations

import pytest

from server import languages


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("EN-gb", "en"),
        ("de, en;q=0.5, zh", "en"),
        ("fr", None),
        ("", None),
    ],
)
def test_the_first_of_our_languages_counts(accepted: str, language: str | None) -> None:
    assert languages.asked(accepted) == language
