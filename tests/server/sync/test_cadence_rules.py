"""Who writes the rules of visiting: a manager those of areas of his, an administrator all, a rep none."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from fieldcrm.model.users import Role, User
from tests import builders
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import outcome


def rule(territory: Any = None, **fields: Any) -> dict[str, Any]:
    area = {"territory_id": territory and str(territory.id)}
    return {"grade": "A", "every_days": 7, "seasons": []} | area | fields


def administrator(company: Company) -> User:
    made = builders.make_user(None, login="admin", name="Office", role=Role.ADMIN)
    with company.database.writing() as connection, Session(connection, expire_on_commit=False) as session:
        session.add(made)
        session.flush()
        session.expunge(made)
    return made


_DOCS = {
    "cadence_rule": {"grade": "A", "every_days": 7, "seasons": []},
    "office_day": {"on": "2026-11-20", "is_open": False, "name": "盘点"},
    "planning_default": {"name": "day_terms", "value": {"depart": 510}},
}


@pytest.mark.parametrize("entity", _DOCS)
def test_a_manager_writes_for_his_areas_and_not_for_the_company(company: Company, entity: str) -> None:
    laptop = company.laptop(company.manager).sync()
    doc = _DOCS[entity]
    mine = laptop.create(entity, doc | {"territory_id": str(company.west.id)})
    assert laptop.push_one(mine)["o"] == "applied"
    assert outcome(laptop.push_one(laptop.create(entity, doc))) == "rejected:out_of_territory"
    to_all = laptop.patch(entity, mine.agg[1], territory_id=(str(company.west.id), None))
    assert outcome(laptop.push_one(to_all)) == "rejected:out_of_territory"


def test_a_rule_of_the_company_is_the_administrators_and_reaches_every_laptop(company: Company) -> None:
    office = company.laptop(administrator(company)).sync()
    mutation = office.create("cadence_rule", rule())
    assert outcome(office.push_one(mutation)) == "applied"
    rep = company.laptop().sync()
    assert rep.rows["cadence_rule", mutation.agg[1]][1]["every_days"] == 7
    manager = company.laptop(company.manager).sync()
    patch = manager.patch("cadence_rule", mutation.agg[1], every_days=(7, 1))
    assert outcome(manager.push_one(patch)) == "rejected:out_of_territory"


def test_a_rep_writes_no_rule(company: Company) -> None:
    laptop = company.laptop().sync()
    assert (
        outcome(laptop.push_one(laptop.create("cadence_rule", rule(company.west)))) == "rejected:not_allowed"
    )
