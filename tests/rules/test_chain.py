"""The chain of a device's events: whoever changes one later is found, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from fieldcrm import faults as faults_
from fieldcrm.rules import chain
from fieldcrm.rules.chain import Event, Fault


def events(count: int = 6, name: str = "c1", after: str = "") -> list[Event]:
    """Return a whole chain of answers, ``count`` of them, in one visit."""
    made: list[Event] = []
    link = after
    for n in range(1, count + 1):
        said: dict[str, Any] = {
            "visit_id": "v",
            "step_key": f"s{n}",
            "answers": {"价格": n},
            "answered_at": n,
        }
        seal = chain.next_seal(name, n, link, "step_answer", f"{name}{n}", said)
        made.append(Event("step_answer", f"{name}{n}", "v", n, str(seal), said))
        link = seal.link
    return made


def faults(rows: list[Event]) -> list[tuple[str, Fault]]:
    return [(each.event.row_id, each.fault) for each in chain.broken(rows)]


def edited(event: Event, **said: Any) -> Event:
    return replace(event, said={**event.said, **said})


def sealed_again(event: Event) -> Event:
    """Return an edited event whose editor knew how to make its link fit."""
    old = chain.read(event.seal)
    assert old is not None
    fresh = chain.next_seal(old.chain, old.n, old.before, event.entity, event.row_id, event.said)
    return replace(event, seal=str(fresh))


def test_events_hold_in_whatever_order_and_with_whatever_gaps_they_are_here() -> None:
    rows = events(9)
    Random(1).shuffle(rows)
    for count in range(10):
        assert faults(rows[:count]) == []


@pytest.mark.parametrize("n", range(6))
def test_an_edited_event_is_the_one_that_is_named(n: int) -> None:
    rows = events()
    rows[n] = edited(rows[n], answers={"价格": 99})
    assert faults(rows) == [(rows[n].row_id, Fault.EDITED)]


@pytest.mark.parametrize("n", range(5))
def test_an_editor_who_mends_the_link_tears_the_chain_behind_it(n: int) -> None:
    rows = events()
    rows[n] = sealed_again(edited(rows[n], answers={"价格": 99}))
    assert faults(rows) == [(rows[n].row_id, Fault.TORN)]


def test_what_the_server_sets_is_no_edit() -> None:
    row = events(1)[0]
    assert faults([edited(row, territory_id="elsewhere", archived_at=7, version=3)]) == []


def test_two_events_with_one_number_are_copies_of_a_laptop_and_no_edit() -> None:
    first = events(3)
    other = events(3)[:2]
    link = chain.read(other[-1].seal)
    assert link is not None
    said = {**first[2].said, "step_key": "elsewhere"}
    seal = chain.next_seal("c1", 3, link.link, "step_answer", "copy", said)
    rows = [*first, Event("step_answer", "copy", "v", 3, str(seal), said)]
    assert {fault for _, fault in faults(rows)} == {Fault.FORKED}


def test_a_copys_event_that_never_comes_leaves_no_edit_where_the_server_signed_the_other() -> None:
    mine, theirs = events(3), events(4)
    mine[2] = sealed_again(edited(mine[2], step_key="elsewhere"))
    link = chain.read(mine[2].seal)
    assert link is not None
    rows = [*mine, theirs[3]]  # the copy's third event lies on a laptop that was lost
    assert faults(rows) == [(mine[2].row_id, Fault.TORN)]
    assert [each.fault for each in chain.broken(rows, {link.link})] == [Fault.FORKED]


def test_a_seal_that_was_taken_away_is_noticed_and_events_before_the_chain_are_not() -> None:
    rows = events()
    bare = replace(rows[3], seal=None)
    assert (bare.row_id, Fault.UNSEALED) in faults([*rows[:3], bare, *rows[4:]])
    old = [replace(row, seal=None, at_ms=row.at_ms - 100) for row in events(3, "old")]
    assert faults([*old, *rows]) == []
    assert faults(old) == []


@pytest.mark.parametrize(
    "text", ["", "1.2.3", "1.c.x.y.z", "2.c.1.b.l", "1.c.-1.b.l", "1.c." + "9" * 40 + ".b.l"]
)
def test_what_is_no_seal_or_a_newer_one_says_nothing(text: str) -> None:
    assert chain.read(text) is None
    assert chain.broken([replace(events(1)[0], seal=text)]) == []


def test_a_check_that_believes_every_seal_is_caught() -> None:
    rows = events()
    rows[2] = edited(rows[2], answers={"价格": 99})
    with faults_.plant("edit_unnoticed"):
        assert faults(rows) == []
    assert faults(rows) == [(rows[2].row_id, Fault.EDITED)]
