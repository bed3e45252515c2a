"""Visit templates come from managers and administrators, are sound, and are never changed once published."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from fieldcrm.model.users import Role
from fieldcrm.sync.protocol import SCHEMA, Op
from tests import builders
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import PlainLaptop, outcome

FIELD = {"key": "n", "label": "Facings", "type": "number"}


def template(**more: Any) -> dict[str, Any]:
    steps = [{"key": "shelf", "title": "Shelf", "fields": [FIELD]}]
    usual = {"code": "STD", "name": "Standard", "edition": 1, "steps": steps, "valid_from": "2026-01-01"}
    return usual | {"store_types": [], "channels": [], "purpose": ""} | more


def sent(laptop: PlainLaptop, **more: Any) -> dict[str, Any]:
    [ack] = laptop.exchange(laptop.create("sop_template", template(**more)), schema=SCHEMA).acks
    return ack


def test_a_manager_publishes_and_a_rep_gets_it(company: Company) -> None:
    manager, rep = company.laptop(company.manager), company.laptop()
    mutation = manager.create("sop_template", template())
    assert outcome(manager.push_one(mutation)) == "applied"
    body = rep.sync().body("sop_template", mutation.agg[1])
    assert body is not None
    assert body["steps"][0]["fields"] == [FIELD]


def test_a_rep_publishes_nothing(company: Company) -> None:
    assert outcome(sent(company.laptop())) == "rejected:not_allowed"


def test_an_administrator_publishes_too(company: Company) -> None:
    admin = builders.make_user(company.root, login="boss", role=Role.ADMIN)
    with company.database.writing() as connection, Session(connection) as session:
        session.add(admin)
        session.flush()
        session.expunge_all()
    assert outcome(sent(company.laptop(admin))) == "applied"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"steps": []}, "template_wrong"), ({"name": " "}, "required"),
        ({"steps": [{"key": "s", "title": "S", "fields": [FIELD, FIELD]}]}, "template_wrong"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_work_is_refused(company: Company, more: dict[str, Any], code: str) -> None:
    assert outcome(sent(company.laptop(company.manager), **more)) == f"rejected:{code}"


def test_two_managers_do_not_make_the_same_edition_in_one_push_or_two(company: Company) -> None:
    laptop = company.laptop(company.manager)
    both = [laptop.create("sop_template", template(name=name)) for name in ("One", "Two")]
    assert [outcome(ack) for ack in laptop.push(*both)] == ["applied", "rejected:edition_taken"]
    assert outcome(sent(laptop)) == "rejected:edition_taken"
    assert outcome(sent(laptop, edition=2)) == "applied"


def test_a_tie_with_another_template_is_refused(company: Company) -> None:
    laptop = company.laptop(company.manager)
    assert outcome(sent(laptop, channels=["mall", "campus"])) == "applied"
    assert outcome(sent(laptop, code="B", channels=["mall"])) == "rejected:template_tie"
    assert outcome(sent(laptop, code="B", channels=["snack"])) == "applied"


def test_only_the_last_day_of_an_edition_is_changed(company: Company) -> None:
    laptop = company.laptop(company.manager)
    mutation = laptop.create("sop_template", template())
    laptop.push_one(mutation)
    row_id = mutation.agg[1]
    steps = laptop.patch("sop_template", row_id, steps=([], []))
    assert outcome(laptop.push_one(steps)) == "rejected:field_not_yours"
    ended = laptop.patch("sop_template", row_id, valid_to=(None, "2026-12-31"))
    assert outcome(laptop.push_one(ended)) == "applied"
    gone = laptop.mutation("sop_template", row_id, Op.DELETE, base=2)
    assert outcome(laptop.push_one(gone)) == "applied"
