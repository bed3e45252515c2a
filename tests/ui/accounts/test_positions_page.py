"""The proposals of check-ins in front of a person: moved with a way back, or kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from fieldcrm.model.accounts import Account
from fieldcrm.model.evidence import PositionRefusal
from fieldcrm.model.users import Role, User
from fieldcrm.model.visits import PositionSource
from fieldcrm.rules.positions import Position
from fieldcrm.services import repairs
from fieldcrm.storage.database import Database
from fieldcrm.ui.accounts.positions_page import PositionsPage
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.reviews.page import ReviewsPage
from tests.builders import make_check_in, make_visit
from tests.ui.conftest import NOW, make_context


@pytest.fixture
def misplaced(laptop_db: Database) -> UUID:
    """A store whose six latest check-ins agree on a place some 220 m north of it."""
    with laptop_db.writing() as session:
        store = session.scalars(select(Account).where(Account.latitude_e7.is_not(None))).first()
        rep = session.scalars(select(User).where(User.role == "rep")).first()
        assert store is not None
        assert rep is not None
        here = Position(store.latitude_e7 or 0, store.longitude_e7 or 0, str(store.datum)).to("wgs84")
        for n in range(16):
            at = NOW - timedelta(days=n, hours=1)
            visit = make_visit(rep, store, started_at=at)
            fix = {"source": PositionSource.DEVICE, "accuracy_m": 12, "fix_age_s": 2, "at": at}
            place = {"latitude_e7": here.latitude_e7 + 20_000 + n * 90, "longitude_e7": here.longitude_e7}
            session.add_all([visit, make_check_in(visit, **fix, **place)])
        return store.id


@pytest.fixture
def page(laptop_db: Database, jobs: Jobs, misplaced: UUID, qtbot: Any, settle: Any) -> PositionsPage:
    made = PositionsPage(make_context(laptop_db, jobs))
    qtbot.addWidget(made)
    made.resize(1216, 828)
    made.show_place(account_id=misplaced)
    made.show()
    settle()
    return made


def latitude(page: PositionsPage, account_id: UUID) -> int:
    with page.context.database.reading() as session:
        found = session.get(Account, account_id)
        assert found is not None
        return found.latitude_e7 or 0


def test_the_store_asked_for_is_chosen_and_explained(page: PositionsPage, misplaced: UUID) -> None:
    chosen = page.table.row()
    assert chosen is not None
    assert chosen.account_id == misplaced
    assert page._said.text()


def test_moving_a_store_can_be_undone(page: PositionsPage, misplaced: UUID, settle: Any) -> None:
    before = latitude(page, misplaced)
    page.on_accept()
    settle()
    assert latitude(page, misplaced) != before
    shell: Any = page.context.shell
    shell.undo()
    settle()
    assert latitude(page, misplaced) == before


def test_a_refusal_is_kept_and_the_store_leaves_the_list(
    page: PositionsPage, misplaced: UUID, settle: Any
) -> None:
    before, listed = latitude(page, misplaced), page.model.rowCount()
    page.on_refuse()
    settle()
    page.refresh()
    settle()
    assert latitude(page, misplaced) == before
    assert page.model.rowCount() == listed - 1
    with page.context.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PositionRefusal)) == 1


def test_the_inbox_counts_them_and_leads_there(
    laptop_db: Database, jobs: Jobs, misplaced: UUID, qtbot: Any, settle: Any
) -> None:
    inbox = ReviewsPage(make_context(laptop_db, jobs, Role.MANAGER))
    qtbot.addWidget(inbox)
    inbox.show()
    settle()
    with laptop_db.reading() as session:
        number = len(repairs.proposals(session))
    assert number > 0
    assert inbox._misplaced.isVisible()
    assert inbox._misplaced.text() == str(number)
    inbox._misplaced.click()
    assert inbox.context.shell.opened[-1][0] == "positions"
