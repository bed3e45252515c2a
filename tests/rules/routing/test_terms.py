"""The terms of a day are kept as plain JSON; nonsense is refused when it is set and not read later."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from fieldcrm.errors import Invalid
from fieldcrm.rules.routing.day import Terms
from fieldcrm.rules.routing.distances import Place, Travel
from fieldcrm.rules.routing.terms import USUAL, read, stored

MINE = Terms(
    depart=540, start=Place(30.1, 120.2), lunch_from=None, travel=Travel(1.2, 40.0, 5.0),
    end=Place(30.3, 120.4), latest=1080,
)  # fmt: skip


@pytest.mark.parametrize("terms", [USUAL, MINE])
def test_what_was_kept_is_read_back(terms: Terms) -> None:
    assert read(json.loads(json.dumps(stored(terms)))) == terms


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"latest": 500}, "latest"),
        ({"lunch_until": 600}, "lunch_until"),
        ({"lunch_minutes": 500}, "lunch_minutes"),
        ({"depart": -5}, "depart"),
        ({"travel": Travel(kmh=0.0)}, "kmh"),
        ({"travel": Travel(detour=0.5)}, "detour"),
    ],
)
def test_nonsense_is_refused_and_names_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        stored(replace(USUAL, **change))
    assert refused.value.field == field


@pytest.mark.parametrize("kept", [None, [], {"depart": "early"}, {**stored(USUAL), "latest": 3}])
def test_what_cannot_be_read_is_the_usual(kept: Any) -> None:
    assert read(kept) == USUAL
