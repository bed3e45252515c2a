"""Who wins when two people changed one field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.sync import merge
from fieldcrm.sync.merge import Verdict

scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4)
tags = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)
notes = st.text(alphabet="xyz \n", max_size=8)
rules = st.sampled_from(["later", "office", "server"])


@given(rules, scalars, scalars)
def test_a_value_nobody_else_touched_is_taken(rule: str, old: Any, new: Any) -> None:
    result = merge.field(rule, old, new, old)
    assert merge.equal(result.value, new)
    assert result.outcome is (Verdict.SAME if merge.equal(old, new) else Verdict.TAKEN)


@given(st.sampled_from(sorted(merge.RULES)), scalars, scalars)
def test_two_people_who_wrote_the_same_do_not_disagree(rule: str, old: Any, new: Any) -> None:
    assert merge.field(rule, old, new, new) == merge.Merge(new, Verdict.SAME)


@given(st.sampled_from(sorted(merge.RULES)), scalars, scalars)
def test_an_edit_that_changed_nothing_changes_nothing(rule: str, old: Any, current: Any) -> None:
    assert merge.field(rule, old, old, current) == merge.Merge(current, Verdict.SAME)


@given(rules, scalars, scalars, scalars)
def test_a_merge_never_invents_a_value(rule: str, old: Any, new: Any, current: Any) -> None:
    assert merge.field(rule, old, new, current).value in (new, current)


@given(st.sampled_from(sorted(merge.RULES)), scalars, scalars, scalars)
def test_a_value_that_does_not_win_is_called_a_conflict(rule: str, old: Any, new: Any, current: Any) -> None:
    result = merge.field(rule, old, new, current)
    if rule in ("later", "office", "server") and not result.is_conflict:
        assert merge.equal(new, old) or merge.equal(result.value, new)
        assert merge.equal(current, old) or merge.equal(result.value, current)


def test_the_later_arrival_wins_by_default() -> None:
    assert merge.field("later", "1", "2", "3") == merge.Merge("2", Verdict.CONFLICT_NEW_WINS)


@pytest.mark.parametrize("rule", ["office", "server"])
def test_the_office_keeps_what_it_decides(rule: str) -> None:
    assert merge.field(rule, "1", "2", "3") == merge.Merge("3", Verdict.CONFLICT_CURRENT_WINS)


@given(tags, tags, tags)
def test_a_set_gets_every_addition_and_loses_every_removal(old: Any, new: Any, current: Any) -> None:
    result = merge.field("set", old, new, current)
    removed, added = set(old) - set(new), set(new) - set(old)
    assert set(result.value) == (set(current) - removed) | added
    assert not result.is_conflict


@given(tags, tags, tags)
def test_sets_merge_to_the_same_elements_in_either_order(base: Any, mine: Any, theirs: Any) -> None:
    first = merge.field("set", base, theirs, merge.field("set", base, mine, base).value).value
    second = merge.field("set", base, mine, merge.field("set", base, theirs, base).value).value
    assert set(first) == set(second)


@given(notes, notes, notes)
def test_both_notes_survive_in_full(old: str, new: str, current: str) -> None:
    result = merge.field("both", old, new, current)
    if result.is_conflict:
        assert new in result.value
        assert current in result.value


@given(notes, notes, notes)
def test_the_same_note_sent_twice_does_not_grow(old: str, new: str, current: str) -> None:
    once = merge.field("both", old, new, current).value
    assert merge.field("both", old, new, once).value == once


@given(st.none() | st.integers(1, 9), st.none() | st.integers(1, 9), st.none() | st.integers(1, 9))
def test_archive_wins(old: int | None, new: int | None, current: int | None) -> None:
    if current is not None:
        assert merge.field("archive", old, new, current).value == current
    elif new is not None and new != old:
        assert merge.field("archive", old, new, current).value == new


def test_true_and_one_are_two_values() -> None:
    assert merge.field("later", 0, True, 1).outcome is Verdict.CONFLICT_NEW_WINS


def test_an_unknown_rule_is_a_bug() -> None:
    with pytest.raises(KeyError):
        merge.field("coin_toss", 1, 2, 3)
