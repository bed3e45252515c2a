"""Going over to another edition says beforehand what would no longer count."""

from __future__ import annotations

from fieldcrm.rules.sop_migration import Why, migration
from fieldcrm.rules.sop_reading import steps_of
from tests.rules.test_sop_logic import field, step

OLD = steps_of([
    step("shelf", field("n", "number"), field("gone"), field("c", "choice", choices=["a", "b"]), field("t")),
    step("old", field("x")),
    step("rows", field("g", "group", fields=[field("n", "number"), field("m")])),
])  # fmt: skip
NEW = steps_of([
    step("shelf", field("n", "number"), field("c", "choice", choices=["a", "z"]), field("t", "number"),
         field("must", required=True)),
    step("rows", field("g", "group", fields=[field("n", "number")])),
])  # fmt: skip
ANSWERS = {
    "shelf": {"n": "3", "n.note": "seen", "gone": "words", "c": "b", "t": "text"},
    "old": {"x": "1"},
    "rows": {"g": {"p": {"n": "1", "m": "k"}}},
}


def test_every_answer_goes_over_or_is_named_with_the_reason() -> None:
    found = migration(OLD, NEW, ANSWERS)
    assert {(loss.field.key, loss.why) for loss in found.lost} == {
        ("gone", Why.FIELD_GONE), ("c", Why.NOT_VALID), ("t", Why.OTHER_TYPE), ("x", Why.STEP_GONE),
        ("m", Why.COLUMN_GONE),
    }  # fmt: skip
    assert found.answers == {"shelf": {"n": "3", "n.note": "seen"}, "rows": {"g": {"p": {"n": "1"}}}}


def test_what_is_asked_anew_is_named() -> None:
    assert [(s.key, f.key) for s, f in migration(OLD, NEW, ANSWERS).asked_anew] == [("shelf", "must")]


def test_the_same_edition_loses_nothing() -> None:
    same = migration(OLD, OLD, ANSWERS)
    assert (same.lost, same.asked_anew, same.answers) == ((), (), ANSWERS)
