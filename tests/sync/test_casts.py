"""What one schema says in the words of another: nothing is lost on the way, in either direction."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldcrm import faults
from fieldcrm.model.wire import Field
from fieldcrm.sync import casts, protocol
from fieldcrm.sync.casts import Added, History, Recast
from fieldcrm.sync.entities import Entity, PartEntity, registry
from fieldcrm.sync.protocol import Change, Mutation, Op

FIRST = Path(__file__).parents[1] / "storage" / "version_1.sql"
_OURS = {"id", "version", "extra", "position"}
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "id": st.uuids().map(str), "text": st.text(max_size=8), "integer": st.integers(0, 2**31 - 1),
    "boolean": st.booleans(), "moment": st.integers(0, 2**41), "day": st.dates().map(str),
    "amount": st.decimals(0, 9, places=2).map(str), "quantity": st.decimals(0, 9, places=2).map(str),
    "json": st.lists(st.integers(), max_size=2), "choice": st.sampled_from(["a", "b", "from the future"]),
}  # fmt: skip

FIVE = History(
    added={
        2: (Added("account", "slogan", "hello"),),
        3: (Added("order", "gift", "", part="lines"), Added("errand")),
        4: (Added("account", "mood"), Added("contact", "nickname", "")),
        5: (Added("order", "urgent", False),),
    },
    recasts={
        3: (Recast("account", "grade", lambda old: f"grade {old}", lambda new: new.removeprefix("grade ")),),
        5: (Recast("account", "grade", str.upper, str.lower),),
    },
)
"""A synthetic past of five schemas, with a field that was written differently twice."""


def value(field: Field) -> st.SearchStrategy[Any]:
    found = _VALUES[field.type]
    return st.none() | found if field.nullable else found


def fields(of: Entity | PartEntity) -> dict[str, st.SearchStrategy[Any]]:
    return {field.name: value(field) for field in of.fields}


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Any document of any entity, with parts and with fields nobody here has heard of."""
    entity = draw(st.sampled_from(list(registry().values())))
    body = draw(st.fixed_dictionaries(fields(entity)))
    for part in entity.parts:
        body[part.name] = draw(st.lists(st.fixed_dictionaries(fields(part)), max_size=3))
    if entity.name == "account":
        body["grade"] = draw(st.sampled_from(["a", "b", "future"]))
    return entity.name, body | draw(st.dictionaries(st.just("unheard"), st.integers()))


def of_schema(name: str, body: dict[str, Any], schema: int, history: History) -> dict[str, Any]:
    """Return a document as a client that never heard of newer fields makes it."""
    known = dict(body)
    for each in history.since(schema, 99):
        if each.entity != name:
            continue
        if each.part:
            known[each.part] = [
                {k: v for k, v in item.items() if k != each.field} for item in known[each.part]
            ]
        else:
            known.pop(each.field, None)
    return known


@pytest.mark.parametrize("history", [casts.HISTORY, FIVE], ids=["real", "five schemas"])
@given(found=documents(), schema=st.integers(1, 6))
def test_up_and_down_again_is_what_it_was_in_every_field_it_knows(
    history: History, found: tuple[str, dict[str, Any]], schema: int
) -> None:
    name, body = found
    told = of_schema(name, body, schema, history)
    assert (
        of_schema(name, history.down(name, history.up(name, told, schema), schema), schema, history) == told
    )


@pytest.mark.parametrize("history", [casts.HISTORY, FIVE], ids=["real", "five schemas"])
@given(found=documents(), schema=st.integers(1, 6))
def test_a_row_that_an_older_client_hands_back_unchanged_erases_nothing(
    history: History, found: tuple[str, dict[str, Any]], schema: int
) -> None:
    name, body = found
    ours = history.up(name, body, 1)
    assert history.up(name, history.down(name, ours, schema), schema) == ours


@given(found=documents(), schema=st.integers(1, 6))
def test_an_older_document_gets_the_defaults_of_what_came_later(
    found: tuple[str, dict[str, Any]], schema: int
) -> None:
    name, body = found
    ours = FIVE.up(name, of_schema(name, body, schema, FIVE), schema)
    for each in FIVE.since(schema, 99):
        if each.entity == name and each.field and not each.part:
            assert ours[each.field] == each.default
        elif each.entity == name and each.part:
            assert all(item[each.field] == each.default for item in ours[each.part])


def edit(schema: int, **changes: tuple[Any, Any]) -> Mutation:
    told = {name: Change(*each) for name, each in changes.items()}
    return Mutation("m", 1, ("account", "a"), Op.PATCH, 0, set=told, schema=schema)


def test_an_older_edit_says_nothing_of_newer_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casts, "HISTORY", FIVE)
    monkeypatch.setattr(protocol, "SCHEMA", 5)
    up = casts.sent(edit(1, phone=("1", "2"), grade=("a", "b")))
    assert up.set == {"phone": Change("1", "2"), "grade": Change("GRADE A", "GRADE B")}
    with faults.plant("cast_erases_field"):
        assert "slogan" in (casts.sent(edit(1, phone=("1", "2"))).set or {})


def test_what_is_of_our_schema_or_a_newer_one_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casts, "HISTORY", FIVE)
    monkeypatch.setattr(protocol, "SCHEMA", 5)
    for schema in (5, 6):
        mutation = edit(schema, grade=("a", "b"))
        assert casts.sent(mutation) is mutation


def test_the_parts_of_an_older_client_keep_what_it_cannot_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casts, "HISTORY", FIVE)
    monkeypatch.setattr(protocol, "SCHEMA", 5)
    held = [{"id": "1", "gift": "cup"}, {"id": "2", "gift": ""}]
    sent = [{"id": "2"}, {"id": "3"}, {"id": "1"}, "no part"]
    whole = casts.with_newer("order", "lines", sent, held, 1)
    assert whole == [{"id": "2", "gift": ""}, {"id": "3"}, {"id": "1", "gift": "cup"}, "no part"]
    assert casts.with_newer("order", "lines", [{"id": "1"}], held, 3) == [{"id": "1"}]


def columns_of_the_first_version() -> dict[str, set[str]]:
    found = {}
    for table, inside in re.findall(r'CREATE TABLE "?(\w+)"? \((.*?)\n\);', FIRST.read_text("utf-8"), re.S):
        names = re.findall(r'^\s+"?(\w+)"? [A-Z]', inside, re.M)
        found[table] = {name for name in names if name not in ("CONSTRAINT", "PRIMARY", "FOREIGN")}
    return found


def test_every_field_the_first_release_did_not_have_is_listed_with_its_number() -> None:
    before = columns_of_the_first_version()
    listed = {(each.entity, each.part, each.field) for each in casts.HISTORY.since(1, protocol.SCHEMA)}
    added = set()
    for entity in registry().values():
        if entity.name not in before:
            added.add((entity.name, "", ""))
            continue
        added |= {(entity.name, "", f.name) for f in entity.fields if f.name not in before[entity.name]}
        for part in entity.parts:
            known = before[part.table.name]
            added |= {(entity.name, part.name, f.name) for f in part.fields if f.name not in known}
    assert added == listed
    assert max(casts.HISTORY.added) <= protocol.SCHEMA
