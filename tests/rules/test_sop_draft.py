"""A template under construction: every change is a new document, and every change can be undone."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.rules.sop_draft import (
    Document,
    History,
    added,
    at,
    changed,
    duplicated,
    fresh_key,
    moved,
    nudged,
    places,
    removed,
)

FIELD = {"key": "text", "label": "Text", "type": "text"}


def document() -> Document:
    def field(key: str, **more: Any) -> dict[str, Any]:
        return {"key": key, "label": key, "type": "text", **more}

    group = field("g", type="group", fields=[field("i"), field("j")])
    return {
        "name": "T",
        "steps": [
            {"key": "one", "title": "One", "fields": [field("a"), field("b")]},
            {"key": "two", "title": "Two", "fields": [field("a"), group]},
        ],
    }


def shape(made: Document) -> list[str]:
    return [f"{step['key']}:{','.join(f['key'] for f in step['fields'])}" for step in made["steps"]]


def test_places_are_in_the_order_of_the_outline() -> None:
    assert list(places(document())) == [
        (), (0,), (0, 0), (0, 1), (1,), (1, 0), (1, 1), (1, 1, 0), (1, 1, 1),
    ]  # fmt: skip


def test_a_step_is_moved_before_another() -> None:
    made, path = moved(document(), (1,), (0,))
    assert (shape(made), path) == (["two:a,g", "one:a,b"], (0,))


def test_a_field_goes_to_another_step_under_a_key_that_is_free_there() -> None:
    made, path = moved(document(), (0, 0), (1, 1))
    assert (shape(made), path) == (["one:b", "two:a,a2,g"], (1, 1))


def test_a_field_within_its_step_keeps_its_key() -> None:
    made, path = moved(document(), (0, 0), (0, 2))
    assert (shape(made), path) == (["one:b,a", "two:a,g"], (0, 1))


def test_nudging_a_field_at_the_edge_takes_it_into_the_next_step() -> None:
    made, path = nudged(document(), (0, 1), 1)
    assert (shape(made), path) == (["one:a", "two:b,a,g"], (1, 0))
    back, path = nudged(made, path, -1)
    assert (shape(back), path) == (["one:a,b", "two:a,g"], (0, 1))


def test_what_cannot_be_there_is_not_moved() -> None:
    for path, to in (((0,), (0, 0)), ((1, 1, 0), (0, 0, 0)), ((), (0,)), ((9,), (0,))):
        assert moved(document(), path, to)[0] == document()


def test_a_copy_stands_below_under_a_key_of_its_own() -> None:
    made, path = duplicated(document(), (0, 0))
    assert (shape(made)[0], path) == ("one:a,a2,b", (0, 1))


def test_the_old_document_is_left_alone() -> None:
    before = document()
    added(before, (0,), FIELD)
    changed(before, (0, 0), {"label": "other", "key": None})
    removed(before, (1,))
    assert before == document()


def test_undo_and_redo_go_back_and_forth() -> None:
    first = History(document())
    second = first.then(removed(document(), (1,)))
    assert second.undone().document == document()
    assert second.undone().redone().document == second.document
    assert second.undone().then(changed(document(), (), {"name": "X"})).future == ()


def test_typing_on_in_one_property_is_one_change() -> None:
    history = History(document())
    for text in ("N", "Ne", "New"):
        history = history.then(changed(history.document, (), {"name": text}), ((), "name"))
    assert history.undone().document == document()


def test_a_key_is_plain_and_free() -> None:
    assert fresh_key("照片 1", {"___1"}) == "___2"
    assert fresh_key("a", {"a", "a2"}) == "a3"


paths = st.sampled_from([(), (0,), (1,), (2,), (0, 0), (0, 1), (1, 1), (1, 1, 0), (1, 1, 2), (3, 1)])


@given(st.lists(st.tuples(paths, paths), max_size=6))
def test_any_moves_lose_nothing(moves: list[tuple[Any, Any]]) -> None:
    made = document()
    for path, to in moves:
        made, now = moved(made, path, to)
        if now in set(places(made)):
            at(made, now)
    assert len(list(places(made))) == len(list(places(document())))
