from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from fieldcrm.model.accounts import Account
from fieldcrm.rules.positions import of_degrees
from fieldcrm.storage import drafts
from fieldcrm.storage.database import Database
from fieldcrm.storage.local import OutboxEntry
from fieldcrm.ui.accounts.editor import AccountEditorPage
from fieldcrm.ui.shell import ShellView
from tests.ui.conftest import LOOKS, Settle, Shoot


@pytest.fixture
def page(show: Callable[[type], AccountEditorPage], busiest: UUID, settle: Settle) -> AccountEditorPage:
    made = show(AccountEditorPage)
    made.show_place(account_id=busiest)
    settle()
    return made


def account(laptop_db: Database, key: UUID) -> Account:
    with laptop_db.reading() as session:
        return session.get_one(Account, key)


def test_only_what_changed_is_written(
    page: AccountEditorPage, laptop_db: Database, busiest: UUID, settle: Settle
) -> None:
    page.form.lines["phone"].setText("139 1234 4417")
    page.save()
    settle()
    assert account(laptop_db, busiest).phone == "13912344417"
    with laptop_db.reading() as session:
        [entry] = session.scalars(select(OutboxEntry)).all()
    assert '"set":{"phone":' in entry.payload
    assert "opening" not in entry.payload


def test_a_wrong_field_stops_the_save_and_gets_the_focus(
    page: AccountEditorPage, laptop_db: Database, busiest: UUID, settle: Settle
) -> None:
    before = account(laptop_db, busiest).name
    page.form.lines["name"].setText(" ")
    page.form.lines["latitude"].setText("120.2")
    page.save()
    settle()
    assert page.form.lines["name"].hasFocus()
    assert account(laptop_db, busiest).name == before


def test_what_is_typed_is_kept_and_comes_back(
    page: AccountEditorPage,
    laptop_db: Database,
    busiest: UUID,
    settle: Settle,
    show: Callable[[type], AccountEditorPage],
) -> None:  # fmt: skip
    page.form.lines["name"].setText("改了一半")
    page.form.changed.emit()
    page.leaving()
    settle()
    with laptop_db.reading() as session:
        assert drafts.load(session, "account", busiest) == {"name": "改了一半"}
    again = show(AccountEditorPage)
    again.show_place(account_id=busiest)
    settle()
    assert again.form.lines["name"].text() == "改了一半"
    again.save()
    settle()
    with laptop_db.reading() as session:
        assert drafts.load(session, "account", busiest) is None
    assert account(laptop_db, busiest).name == "改了一半"


def test_a_picked_position_brings_its_datum(
    page: AccountEditorPage, laptop_db: Database, busiest: UUID, settle: Settle
) -> None:
    page.form.show_position(of_degrees(30.28, 120.16, "bd09"))
    page.save()
    settle()
    saved = account(laptop_db, busiest)
    assert (saved.latitude_e7, saved.longitude_e7, saved.datum) == (302_800_000, 1_201_600_000, "bd09")


def test_hours_are_written_as_windows(
    page: AccountEditorPage, laptop_db: Database, busiest: UUID, settle: Settle
) -> None:
    page.form.hours.show_windows(())
    page.form.hours._add_usual()
    line = page.form.hours._rows[0]
    line.opens.setText("9:00")
    line._days[6].click()
    page.save()
    settle()
    assert account(laptop_db, busiest).opening == [
        {"days": [1, 2, 3, 4, 5, 6], "open": "09:00", "close": "21:00"}
    ]


def test_a_new_account_goes_into_the_rep_s_territory(
    page: AccountEditorPage, laptop_db: Database, settle: Settle
) -> None:
    page.show_place()
    settle()
    page.form.lines["name"].setText("三墩福旺食品批发部")
    page.form.lines["city"].setText("hangzhou")
    page.save()
    page.save()  # an impatient key makes no second one
    settle()
    with laptop_db.reading() as session:
        made = session.scalars(select(Account).where(Account.name == "三墩福旺食品批发部")).one()
    assert (made.territory_id, made.city) == (page.context.me.territory_id, "杭州市")
    assert page.context.shell.opened[-1] == ("account", {"account_id": made.id})


def test_a_code_that_is_taken_is_said_at_its_field(
    page: AccountEditorPage, laptop_db: Database, settle: Settle
) -> None:
    with laptop_db.reading() as session:
        code = session.scalars(select(Account.code).where(Account.id != page._account)).first()
    page.form.lines["code"].setText(str(code))
    page.save()
    settle()
    assert page.form.lines["code"].hasFocus()
    assert page.context.shell.errors == []


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_pictures(
    window: ShellView, busiest: UUID, shoot: Shoot, settle: Settle, look: Callable[[str, str], None],
    language: str, mode: str,
) -> None:  # fmt: skip
    look(language, mode)
    window.rebuild()
    window.show()
    window.open("account_edit", account_id=busiest, field="name")
    settle()
    window.page.form.lines["phone"].setText("1391234")
    window.page.form._check("phone")
    shoot(window, f"account-edit-{language}-{mode}")
