"""The server takes an amendment until the report is approved, and says why not afterwards."""

from __future__ import annotations

from typing import Any

from tests.server.sync.conftest import Company
from tests.server.sync.laptops import outcome


def test_an_amendment_is_taken_until_the_report_is_approved(company: Company) -> None:
    rep, manager = company.laptop(), company.laptop(company.manager)
    of: dict[str, Any] = {"account_id": str(company.account.id), "rep_id": str(company.rep.id)}
    visit = rep.create("visit", of | {"started_at": 1})
    of["visit_id"] = visit.agg[1]

    def amended() -> list[str]:
        amendment = rep.create("visit_amendment", of | {"at": 5, "reason": "counted again", "summary": None})
        answer = rep.create("step_answer", of | {
            "step_key": "s", "answers": {}, "answered_at": 5, "amendment_id": amendment.agg[1],
        })  # fmt: skip
        return [outcome(ack) for ack in rep.push(amendment, answer)]

    def decided(decision: str, at: int) -> str:
        said = {"visit_id": visit.agg[1], "rep_id": str(company.rep.id), "at": at, "decision": decision}
        who = {"reviewer_id": str(company.manager.id), "text": "x"}
        return outcome(manager.push_one(manager.create("visit_review", said | who)))

    assert outcome(rep.push_one(visit)) == "applied"
    assert amended() == ["applied", "applied"]
    assert decided("approved", 10) == "applied"
    assert amended() == ["rejected:visit_settled", "rejected:visit_settled"]
    assert decided("returned", 20) == "applied"
    assert amended() == ["applied", "applied"]
