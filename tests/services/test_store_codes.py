"""Issuing a sheet and showing its code at check-in; a check-in that only claims a code is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm import faults
from fieldcrm.errors import Invalid
from fieldcrm.model.accounts import Account
from fieldcrm.model.users import User
from fieldcrm.model.visits import CheckIn
from fieldcrm.rules.findings import Code
from fieldcrm.services import evidence, reviews, store_codes, visits
from fieldcrm.services.store_codes import Sheet
from fieldcrm.services.visits import Arrival
from fieldcrm.storage.database import Database
from tests.builders import MORNING, make_account, make_territory, make_user


@dataclass
class AtStore:
    """A rep, a store and the sheet that hangs there."""

    session: Session
    rep: User
    store: Account
    sheet: Sheet

    def visit(self, *, text: str = "", edition: int | None = None) -> tuple[reviews.FullReport, list[Code]]:
        """Play a short visit, with a shown code or one that is only claimed."""
        code = None
        if text:
            known = store_codes.editions(self.session, self.store.id)
            code = store_codes.shown(text, self.store.id, known, MORNING)
        visit_id = visits.start(self.session, self.store.id, Arrival(code=code), me=self.rep.id, at=MORNING)
        self.session.flush()
        if edition is not None:
            row = self.session.scalars(select(CheckIn)).one()
            row.code_edition, row.code_signature = edition, "AAAA"
        visits.check_out(self.session, visit_id, at=MORNING + timedelta(minutes=9))
        self.session.flush()
        odd = evidence.findings(self.session, [visits.load(self.session, visit_id)])
        return reviews.report(self.session, visit_id), [each.code for each in odd.get(visit_id, ())]


@pytest.fixture
def at_store(laptop: Database) -> Iterator[AtStore]:
    with laptop.writing() as session:
        area = make_territory()
        rep = make_user(area)
        store = make_account(area)
        session.add_all([area, rep, store])
        session.flush()
        sheet = store_codes.issue(session, store.id, me=rep.id, at=MORNING - timedelta(days=1))
        session.flush()
        yield AtStore(session, rep, store, sheet)


def test_the_code_of_the_sheet_is_shown_in_the_report(at_store: AtStore) -> None:
    report, odd = at_store.visit(text=at_store.sheet.text)
    assert report.evidence.coded
    assert (report.evidence.fix.coded, odd) == (True, [])
    assert reviews.Flag.NO_POSITION not in report.report.flags


def test_a_typed_code_is_checked_here_and_a_wrong_one_is_refused(at_store: AtStore) -> None:
    known = store_codes.editions(at_store.session, at_store.store.id)
    right = store_codes.spelled(at_store.sheet.code).lower()
    assert store_codes.shown(right, at_store.store.id, known, MORNING).edition == 1
    with pytest.raises(Invalid, match="not_this_stores_code"):
        store_codes.shown("0000-0000", at_store.store.id, known, MORNING)


def test_an_old_sheet_is_refused_once_the_new_one_has_hung_two_weeks(at_store: AtStore) -> None:
    session, store = at_store.session, at_store.store
    again = store_codes.issue(session, store.id, me=at_store.rep.id, at=MORNING)
    session.flush()
    known = store_codes.editions(session, store.id)
    old, later = at_store.sheet.code, MORNING + timedelta(days=15)
    assert again.edition == 2
    assert store_codes.shown(old, store.id, known, MORNING + timedelta(days=13)).edition == 1
    assert store_codes.shown(again.code, store.id, known, later).edition == 2
    with pytest.raises(Invalid, match="store_code_old"):
        store_codes.shown(old, store.id, known, later)


def test_a_check_in_that_only_claims_a_code_is_found_and_raises_nothing(at_store: AtStore) -> None:
    report, odd = at_store.visit(edition=1)
    assert (report.evidence.coded, odd) == (False, [Code.STORE_CODE])


def test_a_program_that_believes_the_claim_is_caught(at_store: AtStore) -> None:
    with faults.plant("store_code_believed"):
        report, odd = at_store.visit(edition=1)
    assert (report.evidence.coded, odd) == (True, [])
