"""A report shown to a colleague elsewhere reaches him alone, follows its visit, and takes his word."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server import looking
from server.files import Store
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON, PlainLaptop, outcome


class Report:
    """The rep's submitted report, on his laptop."""

    def __init__(self, company: Company, folder: Path) -> None:
        self.company, self.rep = company, company.laptop()
        self.store = Store(folder / "blobs", folder / "uploads")
        self.of: dict[str, Any] = {"account_id": str(company.account.id), "rep_id": str(company.rep.id)}
        self.visit = self.rep.create("visit", self.of | {"started_at": 1_000})
        self.of["visit_id"] = self.visit.agg[1]
        left = self.rep.create("check_out", self.of | {"at": 9_000, "summary": "all well"})
        assert [ack["o"] for ack in self.rep.push(self.visit, left)] == ["applied", "applied"]

    def share(self, by: PlainLaptop, to: Any, **said: Any) -> str:
        who = {"visit_id": self.of["visit_id"], "rep_id": self.of["rep_id"], "shared_by": str(by.user.id)}
        doc = who | {"to_id": str(to.id), "text": "look at the shelf", "at": 10_000} | said
        return outcome(by.push_one(by.create("visit_share", doc)))

    def word(self, by: PlainLaptop, decision: str = "comment") -> str:
        who = {"visit_id": self.of["visit_id"], "rep_id": self.of["rep_id"], "reviewer_id": str(by.user.id)}
        doc = who | {"decision": decision, "text": "well done", "at": 20_000}
        return outcome(by.push_one(by.create("visit_review", doc)))

    def look(self) -> None:
        while looking.look(self.company.database, self.store, NOON + timedelta(days=1)):
            pass


@pytest.fixture
def report(company: Company, tmp_path: Path) -> Report:
    return Report(company, tmp_path)


def test_the_colleague_gets_the_report_and_no_other_row_of_the_visit(
    company: Company, report: Report
) -> None:
    colleague = company.laptop(company.other_rep)
    assert report.share(report.rep, company.other_rep) == "applied"
    report.look()
    colleague.sync()
    [shared] = colleague.bodies("shared_report")
    assert (shared["report"]["summary"], shared["report"]["text"]) == ("all well", "look at the shelf")
    assert colleague.bodies("visit") == []
    assert colleague.body("account", company.account.id) is None
    assert report.rep.sync().bodies("shared_report") == []


def test_his_word_reaches_the_rep_and_comes_back_in_the_report(company: Company, report: Report) -> None:
    colleague = company.laptop(company.other_rep)
    assert report.word(colleague) == "rejected:out_of_territory"
    report.share(report.rep, company.other_rep)
    report.look()
    assert report.word(colleague) == "applied"
    assert report.word(colleague, "approved") == "rejected:out_of_territory"
    report.look()
    assert [said["text"] for said in report.rep.sync().bodies("visit_review")] == ["well done"]
    [shared] = colleague.sync().bodies("shared_report")
    assert [said["text"] for said in shared["report"]["said"]] == ["well done"]


def test_nobody_shares_what_he_may_not_see(company: Company, report: Report) -> None:
    thief = company.laptop(company.other_rep)
    assert report.share(thief, company.other_rep) == "rejected:out_of_territory"
    report.share(thief, company.other_rep, rep_id=str(company.other_rep.id))
    report.look()
    assert thief.sync().bodies("shared_report") == []


def test_what_was_shared_follows_an_amendment(company: Company, report: Report) -> None:
    colleague = company.laptop(company.other_rep)
    report.share(report.rep, company.other_rep)
    report.look()
    amendment = report.of | {"at": 30_000, "reason": "forgot", "summary": "shelf is empty"}
    report.rep.push_one(report.rep.create("visit_amendment", amendment))
    report.look()
    [shared] = colleague.sync().bodies("shared_report")
    assert shared["report"]["summary"] == "shelf is empty"
