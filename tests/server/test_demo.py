"""The demo company: the same from the same seed, and order numbers go on where its orders end."""

from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.model.quotes import Quote
from fieldcrm.services import quote_list, quote_rows, quotes
from server.database import Database
from server.demo.company import SIZES, Size, company
from server.demo.filling import fill
from server.files import Store
from server.numbers import next_number, next_quote_number

TODAY = date(2026, 1, 7)
TINY = Size(reps=1, managers=1, accounts=30, days=20, pictured=1)


def test_the_same_seed_and_day_make_the_same_company() -> None:
    assert company(TINY, 5, TODAY) == company(TINY, 5, TODAY)
    assert company(TINY, 6, TODAY).rows["account"] != company(TINY, 5, TODAY).rows["account"]


def test_the_small_company_has_three_reps_a_manager_and_300_accounts() -> None:
    made = company(SIZES["small"], 7, TODAY)
    roles = [user["role"] for user in made.rows["user"]]
    assert (roles.count("rep"), roles.count("manager"), len(made.rows["account"])) == (3, 1, 300)


def test_new_order_numbers_go_on_after_the_demos_own(tmp_path: Path) -> None:
    made = company(TINY, 5, TODAY)
    database = Database(f"sqlite:///{tmp_path / 'server.db'}")
    database.migrate()
    fill(database, Store(tmp_path / "blobs", tmp_path / "uploads"), made, clock.now())
    numbers = {order["number"] for order in made.rows["order"]}
    with database.writing() as connection:
        fresh = [next_number(connection, year) for year in (2025, 2026)]
    database.close()
    assert len(numbers) == len(made.rows["order"])
    assert not numbers & set(fresh)


def test_the_demo_has_quotes_in_every_state_that_needs_somebody(tmp_path: Path) -> None:
    made = company(Size(reps=1, managers=1, accounts=30, days=20, pictured=0, quoting=1), 5, TODAY)
    database = Database(f"sqlite:///{tmp_path / 'server.db'}")
    database.migrate()
    fill(database, Store(tmp_path / "blobs", tmp_path / "uploads"), made, clock.now())
    with database.writing() as connection, Session(connection) as session:
        fresh = [next_quote_number(connection, year) for year in (2025, 2026)]
        stored = session.scalars(select(Quote)).all()
        assert all(q.content == quotes.content_of(q, quote_rows.lines_of(session, q.id)) for q in stored)
        states = {str(row.state) for row in quote_list.rows(session, TODAY)}
    database.close()
    assert states == {"waiting", "sent", "confirmed", "draft", "expired"}
    assert not {row["number"] for row in made.rows["quote"]} & set(fresh)


def test_every_photo_of_the_demo_lies_where_the_server_looks(tmp_path: Path) -> None:
    made = company(TINY, 5, TODAY)
    store = Store(tmp_path / "blobs", tmp_path / "uploads")
    database = Database(f"sqlite:///{tmp_path / 'server.db'}")
    database.migrate()
    fill(database, store, made, clock.now())
    database.close()
    assert made.rows["photo"]
    assert all(store.blob(photo["sha256"]).exists() for photo in made.rows["photo"])


def test_large_stores_have_prices_of_their_own() -> None:
    made = company(TINY, 5, TODAY)
    own = [book for book in made.rows["price_book"] if book["level"] == "customer"]
    codes = {account["code"] for account in made.rows["account"]}
    assert {book["reference"] for book in own} < codes
    assert all(book["entry_count"] == 8 for book in own)
