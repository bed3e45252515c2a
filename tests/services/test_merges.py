from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from fieldcrm.errors import NotFound
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account, Contact
from fieldcrm.model.conflicts import MergedField
from fieldcrm.model.users import Role
from fieldcrm.services import merges
from fieldcrm.services.merges import FieldMerge
from fieldcrm.storage.database import Database
from tests.builders import MORNING, make_account, make_territory, make_user


class World:
    def __init__(self, laptop: Database) -> None:
        self.laptop = laptop
        territory = make_territory()
        self.rep = make_user(territory)
        self.manager = make_user(territory, login="manager1", name="Lin", role=Role.MANAGER)
        self.store = make_account(territory, phone="2", tags=["a", "b"], credit_limit=Decimal(90))
        self.person = Contact(
            id=new_id(), account_id=self.store.id, territory_id=territory.id, name="Zhou", phone="13"
        )
        with laptop.writing() as session:
            session.add_all([territory, self.rep, self.manager, self.store, self.person])

    def merge(self, field: str, before: Any, after: Any, **more: Any) -> MergedField:
        usual = {"entity": "account", "row_id": self.store.id, "changed_by": self.manager.id}
        made = MergedField(
            id=new_id(), field=field, before=before, after=after, changed_at=MORNING, mutation_id=new_id(),
            territory_id=self.store.territory_id, **usual | more,
        )  # fmt: skip
        with self.laptop.writing() as session:
            session.add(made)
        return made

    def told(self, me: UUID | None = None) -> list[FieldMerge]:
        with self.laptop.reading() as session:
            return merges.of_account(session, self.store.id, me or self.rep.id)

    def put(self, merge: MergedField, value: Any) -> Account:
        with self.laptop.writing() as session:
            merges.put(session, merge.id, value)
        with self.laptop.reading() as session:
            return session.get_one(Account, self.store.id)


@pytest.fixture
def world(laptop: Database) -> World:
    return World(laptop)


def test_a_merge_says_who_made_what_of_what_and_what_stands_now(world: World) -> None:
    world.merge("phone", "1", "2")
    [found] = world.told()
    assert (found.before, found.after, found.now) == ("1", "2", "2")
    assert (found.by, found.mine, found.at) == ("Lin", False, MORNING)
    assert (found.title, found.can_put_back) == (world.store.name, True)


@pytest.mark.parametrize(("field", "before"), [("phone", "1"), ("tags", ["a"]), ("latitude_e7", 300_000_000)])
def test_the_value_before_is_put_back_whatever_its_kind(world: World, field: str, before: Any) -> None:
    made = world.merge(field, before, "whatever")
    assert getattr(world.put(made, before), field) == before
    [found] = world.told()
    assert found.now == before


def test_what_people_of_the_store_changed_is_told_with_it(world: World) -> None:
    world.merge("phone", "12", "13", entity="contact", row_id=world.person.id)
    world.merge("phone", "1", "2", row_id=new_id())
    [found] = world.told()
    assert (found.entity, found.title, found.account) == ("contact", "Zhou", world.store.name)


def test_what_the_office_decides_is_put_back_by_a_manager_only(world: World) -> None:
    world.merge("credit_limit", "80.00", "90.00")
    assert [each.can_put_back for each in world.told()] == [False]
    assert [(each.can_put_back, each.now) for each in world.told(world.manager.id)] == [(True, "90.00")]


def test_of_a_record_that_is_gone_it_is_only_told(world: World) -> None:
    made = world.merge("phone", "1", "2", row_id=new_id())
    with world.laptop.reading() as session:
        [found] = merges.lately(session, world.rep.id)
    assert not found.can_put_back
    with pytest.raises(NotFound):
        world.put(made, "1")
