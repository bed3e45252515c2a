"""What goes into the next push, and in which order."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from fieldcrm.ids import new_id
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.storage.database import Database
from fieldcrm.sync import batch, outbox
from fieldcrm.sync.outbox import Entry
from tests.builders import make_account, make_contact

TERRITORY, REP = new_id(), new_id()


def chosen(database: Database, postponed: tuple[str, ...] = (), **limits: int) -> list[Entry]:
    with database.reading() as session:
        return batch.choose(outbox.raw(session), postponed, **limits)


def order(account: UUID) -> Order:
    return Order(
        id=new_id(), provisional_number="R1-1", account_id=account, territory_id=TERRITORY, rep_id=REP,
        ordered_on=date(2026, 11, 2),
    )  # fmt: skip


def test_orders_go_before_the_rest_but_not_before_what_they_need(database: Database) -> None:
    bystander, customer = make_account(TERRITORY), make_account(TERRITORY)
    with database.writing() as session:
        session.add(bystander)
    with database.writing() as session:
        session.add(customer)
    with database.writing() as session:
        session.add(paper := order(customer.id))
    assert [e.row_id for e in chosen(database)] == [str(customer.id), str(paper.id), str(bystander.id)]
    assert [e.mutation.needs for e in chosen(database)] == [[], [str(customer.id)], []]


def test_an_act_needs_the_unsent_entries_of_its_own_order(database: Database) -> None:
    with database.writing() as session:
        session.add(paper := order(new_id()))
        paper.status = OrderStatus.SUBMITTED
    create, act = chosen(database)
    assert act.mutation.needs == [create.mutation_id]


def test_only_what_depends_on_a_postponed_entry_waits_with_it(database: Database) -> None:
    blocked, free = make_account(TERRITORY), make_account(TERRITORY)
    for row in (blocked, make_contact(blocked), free, make_contact(free)):
        with database.writing() as session:
            session.add(row)
    poison = next(e for e in chosen(database) if e.row_id == str(blocked.id))
    left = chosen(database, (poison.mutation_id,))
    assert [e.entity for e in left] == ["account", "contact"]
    assert left[0].row_id == str(free.id)


def test_two_new_rows_that_point_at_each_other_both_go(database: Database) -> None:
    one, other = make_account(TERRITORY), make_account(TERRITORY)
    one.parent_id, other.parent_id = other.id, one.id
    with database.writing() as session:
        session.add_all([one, other])
    assert {e.row_id for e in chosen(database)} == {str(one.id), str(other.id)}


def test_a_batch_keeps_its_limits_and_one_large_entry_still_goes(database: Database) -> None:
    with database.writing() as session:
        session.add_all([make_account(TERRITORY, note="长" * 3000) for _ in range(10)])
    assert len(chosen(database, most=4)) == 4
    assert 1 < len(chosen(database, size=40_000)) < 10
    assert len(chosen(database, size=1_000)) == 1
