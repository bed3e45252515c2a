from __future__ import annotations

from uuid import UUID

import pytest

from fieldcrm import clock
from fieldcrm.errors import Invalid, NotFound
from fieldcrm.ids import new_id
from fieldcrm.services import contacts
from fieldcrm.storage.database import Database
from tests.builders import make_account, make_territory


@pytest.fixture
def account_id(laptop: Database) -> UUID:
    territory = make_territory()
    account = make_account(territory)
    with laptop.writing() as session:
        session.add_all((territory, account))
    return account.id


def add(laptop: Database, account_id: UUID, name: str, **fields: object) -> UUID:
    with laptop.writing() as session:
        return contacts.add(session, account_id, {"name": name} | fields)


def names(laptop: Database, account_id: UUID) -> list[tuple[str, bool]]:
    with laptop.reading() as session:
        return [(row.name, row.is_primary) for row in contacts.of_account(session, account_id)]


def test_the_first_person_is_the_one_to_ask_for_until_another_is_chosen(
    laptop: Database, account_id: UUID
) -> None:
    add(laptop, account_id, "周国强")
    add(laptop, account_id, "王丽芬")
    assert names(laptop, account_id) == [("周国强", True), ("王丽芬", False)]
    add(laptop, account_id, "陈姐", is_primary=True)
    assert names(laptop, account_id)[0] == ("陈姐", True)
    assert sum(primary for _, primary in names(laptop, account_id)) == 1


def test_fields_are_checked_and_respelled(laptop: Database, account_id: UUID) -> None:
    person = add(laptop, account_id, "周国强", phone="139 1234 4417", email="Zhou@X.CN", influence=5)
    with laptop.reading() as session:
        [row] = contacts.of_account(session, account_id)
    assert (row.id, row.phone, row.email, row.influence) == (person, "13912344417", "Zhou@x.cn", 5)
    for field, value in (("email", "x"), ("phone", "12"), ("influence", 9), ("name", "")):
        with pytest.raises(Invalid), laptop.writing() as session:
            contacts.edit(session, person, {field: value})


def test_a_person_can_be_put_away_and_brought_back(laptop: Database, account_id: UUID) -> None:
    person = add(laptop, account_id, "周国强")
    with laptop.writing() as session:
        contacts.remove(session, person, clock.now())
    assert names(laptop, account_id) == []
    with laptop.writing() as session:
        contacts.bring_back(session, person)
    assert names(laptop, account_id) == [("周国强", True)]


def test_nobody_is_added_to_an_account_that_is_not_here(laptop: Database) -> None:
    with pytest.raises(NotFound):
        add(laptop, new_id(), "x")
