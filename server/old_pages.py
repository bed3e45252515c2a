"""Addresses of customers' pages that ended long ago go; what was ordered and answered there stays.

For a while after its end an address still says what became of it, and the basket goes over to the
next one. An order and an answer are rows of their own and name no address.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, select

from fieldcrm.clock import business_day
from fieldcrm.model.quotes import Quote
from server.database import Database
from server.tables import order_link, quote_link

KEPT = timedelta(days=90)


def forget(database: Database, at: datetime) -> int:
    """Forget the pages that ended longer ago than they are kept; return how many."""
    with database.writing() as connection:
        ended = connection.execute(delete(order_link).where(order_link.c.ends_at < at - KEPT)).rowcount
        return ended + _quotes(connection, at)


def _quotes(connection: Connection, at: datetime) -> int:
    """A round's page ends with its validity, or with the round."""
    lasting = select(Quote.id).where(
        Quote.id == quote_link.c.quote_id, Quote.valid_until >= business_day(at - KEPT)
    )
    return connection.execute(delete(quote_link).where(~exists(lasting))).rowcount
