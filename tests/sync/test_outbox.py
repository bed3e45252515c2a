"""What a save writes down for the server."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldcrm.errors import RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.products import Product
from fieldcrm.model.visits import Visit
from fieldcrm.storage.database import Database
from fieldcrm.sync import outbox
from fieldcrm.sync.outbox import Entry
from fieldcrm.sync.protocol import Op

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
TERRITORY, REP, PRODUCT = new_id(), new_id(), new_id()


def account(**values: object) -> Account:
    return Account(id=new_id(), name="一家", territory_id=TERRITORY, **values)  # type: ignore[arg-type]


def order(account_id: UUID) -> Order:
    return Order(
        id=new_id(), provisional_number="R1-1", account_id=account_id, territory_id=TERRITORY,
        rep_id=REP, ordered_on=date(2026, 11, 2),
    )  # fmt: skip


def line(order_id: UUID, quantity: str) -> OrderLine:
    return OrderLine(
        id=new_id(), order_id=order_id, product_id=PRODUCT, unit="bottle", quantity=Decimal(quantity),
        unit_price=Decimal("1.5"), gross_amount=Decimal(3), net_amount=Decimal(3), tax_rate=Decimal("0.13"),
        tax_amount=Decimal("0.35"),
    )  # fmt: skip


def entries(database: Database) -> list[Entry]:
    with database.reading() as session:
        return outbox.select(outbox.raw(session), "1 = 1")


def known_to_the_server(database: Database, row: Account | Order, *, status: str = "active") -> None:
    with database.writing() as session:
        session.add(row)
        name = row.__tablename__
    send(database)
    with database.loading() as connection:
        connection.execute("DELETE FROM outbox")
        connection.execute(f'UPDATE "{name}" SET version = 3 WHERE id = ?', (str(row.id),))


def send(database: Database) -> None:
    with database.loading() as connection:
        connection.execute("UPDATE outbox SET state = 'inflight'")


def test_a_new_row_is_a_create_with_its_whole_document(database: Database) -> None:
    with database.writing() as session:
        session.add(shop := account(tags=["key"], latitude_e7=302_500_000))
    [entry] = entries(database)
    assert entry.mutation.op is Op.CREATE
    assert entry.mutation.agg == ("account", str(shop.id))
    assert entry.mutation.doc is not None
    assert entry.mutation.doc["tags"] == ["key"]
    assert entry.mutation.doc["receivable"] == "0.00"
    assert entry.mutation.doc["archived_at"] is None


def test_an_edit_is_a_patch_with_what_was_seen_and_what_was_written(database: Database) -> None:
    known_to_the_server(database, shop := account(phone="1"))
    with database.writing() as session:
        session.get_one(Account, shop.id).phone = "2"
    [entry] = entries(database)
    assert entry.mutation.base == 3
    assert {k: (c.old, c.new) for k, c in (entry.mutation.set or {}).items()} == {"phone": ("1", "2")}


def test_edits_before_sending_become_one(database: Database) -> None:
    known_to_the_server(database, shop := account(phone="1", city="杭州"))
    for phone, city in (("2", "杭州"), ("3", "上海")):
        with database.writing() as session:
            row = session.get_one(Account, shop.id)
            row.phone, row.city = phone, city
    [entry] = entries(database)
    changes = {k: (c.old, c.new) for k, c in (entry.mutation.set or {}).items()}
    assert changes == {"phone": ("1", "3"), "city": ("杭州", "上海")}


def test_an_edit_taken_back_before_sending_leaves_nothing(database: Database) -> None:
    known_to_the_server(database, shop := account(phone="1"))
    for phone in ("2", "1"):
        with database.writing() as session:
            session.get_one(Account, shop.id).phone = phone
    assert entries(database) == []


def test_what_was_sent_never_changes(database: Database) -> None:
    known_to_the_server(database, shop := account(phone="1"))
    for phone in ("2", "3"):
        with database.writing() as session:
            session.get_one(Account, shop.id).phone = phone
        send(database)
    assert [e.intent.changes["phone"].new for e in entries(database)] == ["2", "3"]


def test_an_unsent_creation_takes_in_later_edits(database: Database) -> None:
    with database.writing() as session:
        session.add(shop := account(phone="1"))
    with database.writing() as session:
        session.get_one(Account, shop.id).phone = "2"
    [entry] = entries(database)
    assert entry.mutation.doc is not None
    assert entry.mutation.doc["phone"] == "2"


def test_a_row_made_and_removed_before_sending_was_never_there(database: Database) -> None:
    with database.writing() as session:
        session.add(shop := account())
    with database.writing() as session:
        session.delete(session.get_one(Account, shop.id))
    assert entries(database) == []


def test_putting_away_is_a_delete_and_can_be_undone_before_sending(database: Database) -> None:
    known_to_the_server(database, shop := account())
    with database.writing() as session:
        session.get_one(Account, shop.id).archived_at = AT
    assert [e.mutation.op for e in entries(database)] == [Op.DELETE]
    with database.writing() as session:
        session.get_one(Account, shop.id).archived_at = None
    assert entries(database) == []


def test_what_the_server_knows_as_put_away_cannot_be_taken_out_again(database: Database) -> None:
    known_to_the_server(database, shop := account(archived_at=AT))
    with pytest.raises(RuleBroken), database.writing() as session:
        session.get_one(Account, shop.id).archived_at = None


def test_an_order_is_created_as_a_draft_and_submitted_by_an_act(database: Database) -> None:
    with database.writing() as session:
        session.add(paper := order(new_id()))
        session.add(line(paper.id, "2"))
        paper.status = OrderStatus.SUBMITTED
    create, act = entries(database)
    assert create.mutation.doc is not None
    assert create.mutation.doc["status"] == "draft"
    assert [item["quantity"] for item in create.mutation.doc["lines"]] == ["2.00"]
    assert (act.mutation.op, act.mutation.act) == (Op.ACT, "submit")


def test_changed_lines_travel_with_their_order(database: Database) -> None:
    known_to_the_server(database, paper := order(new_id()))
    with database.writing() as session:
        session.add(line(paper.id, "2"))
    with database.writing() as session:
        session.add(line(paper.id, "5"))
    [entry] = entries(database)
    assert entry.mutation.agg == ("order", str(paper.id))
    change = entry.intent.changes["lines"]
    assert change.old == []
    assert [item["quantity"] for item in change.new] == ["2.00", "5.00"]


def test_edits_after_submitting_stay_apart(database: Database) -> None:
    known_to_the_server(database, paper := order(new_id()))
    for status in (OrderStatus.SUBMITTED, OrderStatus.CANCELLED):
        with database.writing() as session:
            session.get_one(Order, paper.id).status = status
    assert [e.mutation.act for e in entries(database)] == ["submit", "cancel"]


def test_what_only_the_server_sets_is_no_intent(database: Database) -> None:
    known_to_the_server(database, shop := account())
    with database.writing() as session:
        row = session.get_one(Account, shop.id)
        row.receivable, row.version = Decimal(5), 9
    assert entries(database) == []


def test_writing_what_the_server_owns_is_a_bug(database: Database) -> None:
    product = Product(
        id=new_id(), code="x", name="x", base_unit="瓶", sales_unit="箱", standard_price=Decimal(1),
        tax_rate=Decimal(0),
    )  # fmt: skip
    with pytest.raises(RuntimeError), database.writing() as session:
        session.add(product)
    with database.reading() as session:
        assert session.get(Product, product.id) is None


def test_an_event_is_never_changed_once_it_is_sent(database: Database) -> None:
    with database.writing() as session:
        session.add(visit := Visit(id=new_id(), account_id=new_id(), rep_id=REP, territory_id=TERRITORY,
                                   started_at=AT))  # fmt: skip
    with database.writing() as session:
        session.get_one(Visit, visit.id).purpose = "巡店"
    send(database)
    with pytest.raises(RuntimeError), database.writing() as session:
        session.get_one(Visit, visit.id).purpose = "other"
    [entry] = entries(database)
    assert entry.mutation.doc is not None
    assert entry.mutation.doc["purpose"] == "巡店"


def test_a_save_that_fails_records_nothing(database: Database) -> None:
    def fail() -> None:
        with database.writing() as session:
            session.add(account())
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert entries(database) == []


def test_the_servers_copy_is_kept_from_the_first_edit(database: Database) -> None:
    known_to_the_server(database, shop := account(phone="1"))
    for phone in ("2", "3"):
        with database.writing() as session:
            session.get_one(Account, shop.id).phone = phone
    with database.loading() as connection:
        [(version, body)] = connection.execute("SELECT version, body FROM sync_base").fetchall()
    assert version == 3
    assert '"phone":"1"' in body


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["phone", "city", "note"]), st.text(max_size=3)), max_size=8))
def test_unsent_patches_laid_on_the_servers_copy_give_what_is_shown(
    database: Database, edits: list[tuple[str, str]]
) -> None:
    known_to_the_server(database, shop := account())
    for n, (field, value) in enumerate(edits):
        with database.writing() as session:
            setattr(session.get_one(Account, shop.id), field, value)
        if n == 3:
            send(database)
    shown = {"phone": "", "city": "", "note": ""}
    for entry in entries(database):
        for field, change in entry.intent.changes.items():
            assert shown[field] == change.old
            shown[field] = change.new
    with database.reading() as session:
        row = session.get_one(Account, shop.id)
        assert {"phone": row.phone, "city": row.city, "note": row.note} == shown
