"""F43: a set of rules comes pages before a price book that was made with it.

Expected: nothing on the laptop says that a book is missing, so the set is not used until the laptop
was up to date once since it came; until then the set before decides, whole.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from fieldcrm import clock, faults
from fieldcrm.ids import new_id
from fieldcrm.model.prices import BookLevel
from fieldcrm.services import pricing
from fieldcrm.services.pricing import DraftLine
from server.rule_catalogue import BookChange
from server.rule_sets import Edition, PriceChange, publish
from tests.builders import make_account, make_product, make_unit
from tests.fixtures.server import ServerProcess
from tests.sync.machine import Machine

TAKEN = tuple[int, Decimal | None]


class Office:
    """Publishes sets for one store of rep1 and one article."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.store = make_account(server.company.territories["HZ"], code="F43", name="店")
        self.goods = make_product(id=new_id(), code="F43")
        with server.opened() as database, database.writing() as connection:
            session = Session(connection, join_transaction_mode="rollback_only", expire_on_commit=False)
            session.add_all([self.store, self.goods])
            session.flush()
            session.add(make_unit(self.goods, id=new_id()))
            session.flush()
            session.expunge_all()

    def offer(self, price: str, level: BookLevel = BookLevel.LIST) -> None:
        """Publish a set with a book of its own, which wins over those before."""
        book, at = new_id(), clock.now() - timedelta(seconds=1)
        own = level is BookLevel.CUSTOMER
        fields = {
            "code": price, "name": price, "level": level, "priority": int(Decimal(price)),
            "reference": str(self.store.id) if own else None,
            "territory_id": self.store.territory_id if own else None,
        }  # fmt: skip
        prices = (PriceChange(book, self.goods.id, "case", Decimal(price)),)
        with self.server.opened() as database, database.writing() as connection:
            session = Session(connection, join_transaction_mode="rollback_only")
            publish(session, Edition(price, at, (), prices, books=(BookChange(book, fields),)), at)

    def taken(self, rep: Machine) -> TAKEN:
        """Return the set and the price of an order that is taken now."""
        with rep.database.reading() as session:
            known = pricing.basis(session, self.store.id, clock.business_day(clock.now()))
            [line] = pricing.quote(known, [DraftLine(self.goods.id, "case", Decimal(1))]).priced.lines
            return known.rulebook.number, line.unit_price

    def row_by_row(self, rep: Machine) -> set[TAKEN]:
        """Bring a laptop up to date by pages of one row; return what orders were taken by on the way."""
        rep.engine._page_rows = 1
        seen, done = {self.taken(rep)}, False
        while not done:
            done = page_of(rep)
            seen |= set() if done else {self.taken(rep)}
        return seen


def page_of(rep: Machine) -> bool:
    """Take one page; return whether that was the last."""
    taken: list[object] = []
    return rep.engine.cycle(lambda: bool(taken), taken.append).up_to_date


@pytest.fixture
def office(server_process: ServerProcess) -> Office:
    """An office that has published two sets."""
    made = Office(server_process)
    made.offer("48")
    made.offer("50")
    return made


def test_no_order_is_taken_by_a_set_whose_new_book_is_on_its_way(
    office: Office, lonely_laptop: Callable[[str], Machine]
) -> None:
    rep = lonely_laptop("rep1")
    assert office.taken(rep) == (2, Decimal(50))
    for price, level in (("52", BookLevel.LIST), ("54", BookLevel.CUSTOMER)):
        before = office.taken(rep)
        office.offer(price, level)
        assert office.row_by_row(rep) == {before}
        assert office.taken(rep) == (before[0] + 1, Decimal(price))
    office.offer("58")
    with faults.plant("set_before_its_books"):
        assert (5, Decimal(54)) in office.row_by_row(rep), "half a set would be noticed"
