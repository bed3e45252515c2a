from typing import Any

import pytest

from fieldcrm.errors import NotFound
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import Conflict, ConflictState
from fieldcrm.services import conflicts
from fieldcrm.storage.database import Database
from tests.builders import MORNING, make_account, make_territory, make_user


class World:
    def __init__(self, laptop: Database) -> None:
        self.laptop = laptop
        territory = make_territory()
        self.rep, self.office = make_user(territory), make_user(territory, login="office", name="Lin")
        self.store = make_account(territory, phone="office", credit_limit=None)
        with laptop.writing() as session:
            session.add_all([territory, self.rep, self.office, self.store])

    def conflict(self, field: str = "phone", winner: Any = "office", loser: Any = "mine") -> Conflict:
        conflict = Conflict(
            id=new_id(), entity="account", row_id=self.store.id, field=field, base="old", winner=winner,
            loser=loser, won_by=self.office.id, won_at=MORNING, lost_by=self.rep.id, lost_at=MORNING,
            mutation_id=new_id(), territory_id=self.store.territory_id,
        )  # fmt: skip
        with self.laptop.writing() as session:
            session.add(conflict)
        return conflict

    def store_now(self) -> Account:
        with self.laptop.reading() as session:
            return session.get_one(Account, self.store.id)


@pytest.fixture
def world(laptop: Database) -> World:
    return World(laptop)


def test_an_open_conflict_shows_all_three_values_and_both_authors(world: World) -> None:
    world.conflict()
    with world.laptop.reading() as session:
        [found] = conflicts.open_conflicts(session, world.rep.id)
    assert (found.base, found.winner, found.loser) == ("old", "office", "mine")
    assert (found.won_by, found.lost_by, found.mine_lost) == ("Lin", "Li Na", True)
    assert found.title == world.store.name


def test_taking_the_other_value_writes_it_and_settles(world: World) -> None:
    conflict = world.conflict()
    with world.laptop.writing() as session:
        conflicts.take_other(session, conflict.id)
    assert world.store_now().phone == "mine"
    with world.laptop.reading() as session:
        assert conflicts.open_conflicts(session, world.rep.id) == []
        assert conflicts.settled_conflicts(session, world.rep.id)[0].state == ConflictState.SWAPPED


def test_amounts_come_back_from_their_wire_form(world: World) -> None:
    conflict = world.conflict("credit_limit", winner=None, loser="12000.50")
    with world.laptop.writing() as session:
        conflicts.take_other(session, conflict.id)
    assert str(world.store_now().credit_limit) == "12000.5"


def test_keeping_leaves_the_value(world: World) -> None:
    conflict = world.conflict()
    with world.laptop.writing() as session:
        conflicts.keep(session, conflict.id)
    assert world.store_now().phone == "office"


def test_a_decision_can_be_taken_back(world: World) -> None:
    conflict = world.conflict()
    with world.laptop.writing() as session:
        conflicts.take_other(session, conflict.id)
    with world.laptop.writing() as session:
        conflicts.reopen(session, conflict.id)
    assert world.store_now().phone == "office"
    with world.laptop.reading() as session:
        assert len(conflicts.open_conflicts(session, world.rep.id)) == 1


def test_a_row_that_left_cannot_take_a_value(world: World) -> None:
    conflict = world.conflict()
    with world.laptop.writing() as session:
        session.delete(session.get_one(Account, world.store.id))
    with pytest.raises(NotFound), world.laptop.writing() as session:
        conflicts.take_other(session, conflict.id)


def test_a_clash_between_two_others_is_not_mine(world: World) -> None:
    world.conflict()
    with world.laptop.reading() as session:
        assert conflicts.how_many_open(session, world.office.id) == 1
        assert conflicts.open_conflicts(session, new_id()) == []
        assert conflicts.how_many_open(session, new_id()) == 0


def test_a_swapped_value_is_put_back_by_keeping_the_winner(world: World) -> None:
    conflict = world.conflict()
    with world.laptop.writing() as session:
        conflicts.take_other(session, conflict.id)
    with world.laptop.writing() as session:
        conflicts.keep(session, conflict.id)
    assert world.store_now().phone == "office"
    with world.laptop.reading() as session:
        [settled] = conflicts.settled_conflicts(session, world.rep.id)
    assert settled.state == ConflictState.KEPT


@pytest.mark.parametrize("field", ["phone", "field_of_tomorrow"])
def test_a_row_that_was_put_away_or_does_not_know_the_field_takes_nothing(world: World, field: str) -> None:
    world.conflict(field)
    with world.laptop.writing() as session:
        if field == "phone":
            session.get_one(Account, world.store.id).archived_at = MORNING
    with world.laptop.reading() as session:
        [found] = conflicts.open_conflicts(session, world.rep.id)
    assert not found.can_take
