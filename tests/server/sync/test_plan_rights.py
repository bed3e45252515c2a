"""Who decides on a week, and who may write an accompanied visit (V2, V3)."""

from __future__ import annotations

from typing import Any

from fieldcrm.ids import new_id
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import outcome


def week(company: Company, **fields: Any) -> dict[str, Any]:
    usual = {"rep_id": str(company.rep.id), "monday": "2026-11-16", "state": "submitted", "visits": 9}
    return usual | {"submitted_at": 1} | fields


def joint(company: Company, **fields: Any) -> dict[str, Any]:
    usual = {
        "joint_id": str(new_id()), "rep_id": str(company.rep.id), "host_id": str(company.rep.id),
        "guest_id": str(company.manager.id), "host_name": "Wu", "guest_name": "Shen",
        "account_id": str(company.account.id), "on": "2026-11-18", "state": "agreed",
    }  # fmt: skip
    return usual | fields


def test_a_rep_submits_his_week_and_only_his_manager_approves_it(company: Company) -> None:
    laptop, boss = company.laptop(), company.laptop(company.manager)
    assert outcome(laptop.push_one(laptop.create("plan_week", week(company, state="approved")))) == (
        "rejected:not_a_manager"
    )
    made = laptop.create("plan_week", week(company))
    assert outcome(laptop.push_one(made)) == "applied"
    mine = laptop.patch("plan_week", made.agg[1], state=("submitted", "approved"))
    assert outcome(laptop.push_one(mine)) == "rejected:not_a_manager"
    boss.sync()
    theirs = boss.patch("plan_week", made.agg[1], state=("submitted", "approved"))
    assert outcome(boss.push_one(theirs)) == "applied"


def test_nobody_writes_the_week_or_the_company_of_a_rep_elsewhere(company: Company) -> None:
    laptop = company.laptop()
    elsewhere = str(company.other_rep.id)
    for entity, doc in (("plan_week", week(company)), ("joint_visit", joint(company))):
        made = laptop.create(entity, doc | {"rep_id": elsewhere})
        assert outcome(laptop.push_one(made)) == "rejected:out_of_territory"


def test_a_manager_joins_his_rep_and_both_hold_the_row(company: Company) -> None:
    boss, laptop = company.laptop(company.manager), company.laptop()
    made = boss.create("joint_visit", joint(company))
    assert outcome(boss.push_one(made)) == "applied"
    laptop.sync()
    signed = laptop.patch("joint_visit", made.agg[1], host_signed=(None, "yes"))
    assert outcome(laptop.push_one(signed)) == "applied"
