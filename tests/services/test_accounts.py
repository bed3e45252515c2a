from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from fieldcrm import clock
from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.users import Role
from fieldcrm.rules.positions import of_degrees
from fieldcrm.services import accounts
from fieldcrm.storage.database import Database
from tests.builders import make_account, make_territory, make_user


class Office:
    """A rep and a manager of the west, and one account in each territory."""

    def __init__(self, laptop: Database) -> None:
        self.laptop = laptop
        west, east = make_territory(code="W"), make_territory(code="E")
        north = make_territory(code="WN", parent_id=west.id)
        self.west, self.east, self.north = west.id, east.id, north.id
        rep, boss = make_user(west), make_user(west, role=Role.MANAGER, login="boss")
        self.rep, self.boss = rep.id, boss.id
        here = make_account(west, code="A-1")
        there, above = make_account(east, code="A-2"), make_account(north, code="A-3")
        self.here, self.there, self.above = here.id, there.id, above.id
        with laptop.writing() as session:
            session.add_all((west, east, north, rep, boss, here, there, above))

    def create(self, me: UUID, territory: UUID | None = None, **fields: Any) -> Account:
        with self.laptop.writing() as session:
            made = accounts.create(session, {"name": "新店"} | fields, me=me, territory_id=territory)
        return self.get(made)

    def edit(self, account: UUID, me: UUID | None = None, **changes: Any) -> Account:
        with self.laptop.writing() as session:
            accounts.edit(session, account, changes, me=me or self.rep)
        return self.get(account)

    def get(self, account: UUID) -> Account:
        with self.laptop.reading() as session:
            return session.get_one(Account, account)


@pytest.fixture
def office(laptop: Database) -> Office:
    return Office(laptop)


def test_a_rep_creates_accounts_in_the_own_territory(office: Office) -> None:
    made = office.create(office.rep, phone="139 1234 4417", grade="A")
    assert (made.territory_id, made.owner_id, made.phone) == (office.west, office.rep, "13912344417")
    with pytest.raises(RuleBroken, match="not_your_territory"):
        office.create(office.rep, office.north)


def test_a_manager_creates_accounts_in_the_territories_below(office: Office) -> None:
    assert office.create(office.boss, office.north).territory_id == office.north
    with pytest.raises(RuleBroken, match="not_your_territory"):
        office.create(office.boss, office.east)


def test_nobody_edits_an_account_of_a_foreign_territory(office: Office) -> None:
    assert office.edit(office.above, office.boss, grade="A").grade == "A"
    for me, account in ((office.rep, office.above), (office.boss, office.there)):
        with pytest.raises(RuleBroken, match="not_your_territory"):
            office.edit(account, me, grade="A")


def test_a_code_names_one_account(office: Office) -> None:
    with pytest.raises(Invalid, match="code_taken"):
        office.create(office.rep, code="a-1")
    assert office.edit(office.here, code="A-1").code == "A-1"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "), ("phone", "12"), ("grade", "Z"), ("tax_id", "x"), ("service_minutes", 1),
        ("opening", [{"days": [1], "open": "9:00", "close": "10:00"}]), ("credit_limit", 1),
        ("latitude_e7", 300000000),
    ],
)  # fmt: skip
def test_a_wrong_value_names_its_field_and_changes_nothing(office: Office, field: str, value: Any) -> None:
    before = office.get(office.here).version
    with pytest.raises(Invalid) as refused:
        office.edit(office.here, **{field: value})
    assert refused.value.field in (field, "latitude")
    assert office.get(office.here).version == before


def test_an_account_can_be_put_away_and_brought_back(office: Office) -> None:
    with office.laptop.writing() as session:
        accounts.archive(session, office.here, me=office.rep, at=clock.now())
    assert office.get(office.here).archived_at is not None
    with office.laptop.writing() as session:
        accounts.restore(session, office.here, me=office.rep)
    assert office.get(office.here).archived_at is None


def test_a_position_is_set_and_cleared_as_a_whole(office: Office) -> None:
    place = of_degrees(30.27, 120.15, "gcj02")
    assert office.edit(office.here, **accounts.with_position(place)).datum == "gcj02"
    assert office.edit(office.here, **accounts.with_position(None)).latitude_e7 is None


def test_a_place_is_spelled_officially() -> None:
    assert accounts.settle_place({"city": "hangzhou"}) == {"province": "浙江省", "city": "杭州市"}
    assert accounts.settle_place({"city": "Springfield"}) == {"province": "", "city": "Springfield"}


def test_a_missing_account_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        office.edit(new_id(), name="x")


def test_parents_are_found_by_the_beginning_of_their_name(office: Office) -> None:
    office.create(office.rep, name="百联集团")
    with office.laptop.reading() as session:
        assert [name for _, name in accounts.parents(session, "百联")] == ["百联集团"]
        assert accounts.parents(session, "%") == []
        assert {key for key, _ in accounts.territory_names(session, office.boss)} == {
            office.west,
            office.north,
        }
