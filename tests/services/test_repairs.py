"""A proposal is accepted as an ordinary edit, or refused and remembered for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account, Datum
from fieldcrm.model.users import User
from fieldcrm.model.visits import PositionSource
from fieldcrm.services import repairs
from fieldcrm.storage.database import Database
from tests.builders import MORNING, make_account, make_check_in, make_territory, make_user, make_visit


@dataclass
class Street:
    """A rep, a store that is drawn 222 m too far north, and one that is right."""

    session: Session
    rep: User
    wrong: Account
    right: Account

    def arrive(self, store: Account, count: int, first_day: int = 0) -> None:
        for n in range(first_day, first_day + count):
            at = MORNING + timedelta(days=n)
            visit = make_visit(self.rep, store, started_at=at)
            fix = {"source": PositionSource.DEVICE, "accuracy_m": 15, "fix_age_s": 3}
            here = {"latitude_e7": 302741000 + n * 300, "longitude_e7": 1201551000 - n * 200}
            self.session.add_all([visit, make_check_in(visit, at=at, **fix, **here)])
        self.session.flush()


@pytest.fixture
def street(laptop: Database) -> Iterator[Street]:
    with laptop.writing() as session:
        area = make_territory()
        rep = make_user(area)
        wrong = make_account(area, code="W", latitude_e7=302761000)
        right = make_account(area, code="R")
        session.add_all([area, rep, wrong, right])
        session.flush()
        made = Street(session, rep, wrong, right)
        made.arrive(wrong, 6)
        made.arrive(right, 6)
        yield made


def test_the_store_that_is_wrong_is_proposed_and_the_right_one_is_not(street: Street) -> None:
    [repair] = repairs.proposals(street.session)
    assert repair.account_id == street.wrong.id
    assert repair.proposal.away_m == pytest.approx(216, abs=8)
    assert repairs.proposals(street.session, street.right.id) == []


def test_accepting_moves_the_store_in_the_datum_it_was_measured_in(street: Street) -> None:
    gcj = repairs.positions.of_degrees(30.2761, 120.1551).to("gcj02")
    street.wrong.latitude_e7, street.wrong.longitude_e7 = gcj.latitude_e7, gcj.longitude_e7
    street.wrong.datum = Datum.GCJ02
    street.session.flush()
    [repair] = repairs.proposals(street.session, street.wrong.id)
    repairs.accept(street.session, repair, me=street.rep.id)
    street.session.flush()
    assert street.wrong.datum == Datum.WGS84
    assert street.wrong.latitude_e7 == pytest.approx(302741750, abs=100)
    assert repairs.proposals(street.session) == []


def test_a_refusal_holds_until_as_many_new_check_ins_say_the_same(street: Street) -> None:
    [repair] = repairs.proposals(street.session)
    repairs.refuse(street.session, repair, me=street.rep.id, at=MORNING + timedelta(days=6))
    street.session.flush()
    assert repairs.proposals(street.session) == []
    street.arrive(street.wrong, 5, first_day=7)
    assert [each.account_id for each in repairs.proposals(street.session)] == [street.wrong.id]
