"""Addresses of pages are forgotten a while after their end; what was ordered there is not."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.quotes import Quote
from server import old_pages
from server.database import Database
from server.tables import order_link, quote_link
from tests.server.sync.conftest import Company, company, company_on, fill
from tests.server.sync.laptops import NOON

__all__ = ["company", "company_on", "fill"]
DAY = timedelta(days=1)


def quote(company: Company, until: timedelta) -> UUID:
    """Keep a round that holds until then."""
    made = Quote(
        id=new_id(), family_id=new_id(), round=1, version=1, account_id=company.account.id, quoted_at=NOON,
        territory_id=company.west.id, rep_id=company.rep.id, provisional_number=f"Q-{until.days}",
        quoted_on=clock.business_day(NOON), valid_until=clock.business_day(NOON + until), fees=[],
    )  # fmt: skip
    with company.database.writing() as connection, Session(connection) as session:
        session.add(made)
        session.flush()
        return made.id


def tokens(database: Database) -> set[str]:
    with database.reading() as connection:
        pages = (connection.scalars(select(table.c.token)).all() for table in (order_link, quote_link))
        return {token for found in pages for token in found}


def test_a_page_goes_ninety_days_after_its_end_and_nothing_else_does(company: Company) -> None:
    rounds = {"long over": -91 * DAY, "just over": -90 * DAY, "holds": DAY}
    quotes = {name: quote(company, until) for name, until in rounds.items()} | {"of none": new_id()}
    usual = {"made_at": NOON, "made_by": company.rep.id}
    orders = [
        {"token": f"order {name}", "account_id": company.account.id, "ends_at": NOON + ends, **usual}
        for name, ends in (("long over", -91 * DAY), ("just over", -90 * DAY), ("holds", DAY))
    ]
    with company.database.writing() as connection:
        connection.execute(insert(order_link), orders)
        sent = [{"token": f"quote {name}", "quote_id": key, **usual} for name, key in quotes.items()]
        connection.execute(insert(quote_link), sent)
    assert old_pages.forget(company.database, NOON) == 3
    assert tokens(company.database) == {
        f"{kind} {name}" for kind in ("order", "quote") for name in ("just over", "holds")
    }
    with company.database.reading() as connection:
        assert len(connection.execute(select(Quote.id)).all()) == 3
