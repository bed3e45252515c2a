"""The laptop and the server come to the same cent with the same reasons (issue 5, price proof)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError
from fieldcrm.model import Base
from fieldcrm.model.orders import Order
from fieldcrm.rules.pricing import bills, trace
from fieldcrm.services import orders, price_check, pricing
from fieldcrm.services.pricing import Basis, Quote
from fieldcrm.storage.database import Database
from server.database import Database as ServerDatabase
from tests.services import random_shop
from tests.services.price_shop import AT
from tests.services.random_shop import Company, Wanted

CARTS = 5_000  # with each of two databases, and not the same ones


@pytest.fixture
def company(laptop: Database) -> Company:
    with laptop.writing() as session:
        return random_shop.found(session, random.Random(20261122))


@pytest.fixture
def server(company: Company, laptop: Database, server_database: ServerDatabase) -> Iterator[Session]:
    """The laptop's rows on a server, once on SQLite and once on PostgreSQL."""
    with laptop.reading() as here, Session(server_database.engine) as there:
        copy(here, there)
        yield there


def copy(here: Session, there: Session) -> None:
    mapped = {mapper.class_.__table__: mapper.class_ for mapper in Base.registry.mappers}
    for table in Base.metadata.sorted_tables:
        for row in here.query(mapped[table]):
            there.merge(row)
        there.flush()
    there.commit()


class Side:
    """One of the two, with what it has read for a customer and a day."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[UUID, date], Basis] = {}

    def quote(self, wanted: Wanted) -> Quote:
        key = (wanted.account, wanted.on)
        if key not in self._known:
            self._known[key] = pricing.basis(self._session, *key, at=AT)
        return pricing.quote(self._known[key], wanted.lines, wanted.rebates)


def said(quote: Quote) -> object:
    broken = quote.broken and (quote.broken.code, sorted(map(str, quote.broken.data.items())))
    return quote.priced, quote.problems, broken


def test_ten_thousand_random_carts_agree_to_the_cent_with_the_same_reasons(
    company: Company, laptop: Database, server: Session
) -> None:
    seen: Counter[str] = Counter()
    with laptop.reading() as session:
        here, there = Side(session), Side(server)
        for wanted in random_shop.carts(company, random.Random(server.get_bind().dialect.name), CARTS):
            ours, theirs = here.quote(wanted), there.quote(wanted)
            assert said(ours) == said(theirs)
            assert trace.told(ours.priced, 1) == trace.told(theirs.priced, 1)
            seen.update(_features(ours))
    assert all(seen[each] >= CARTS / 200 for each in FEATURES), seen


FEATURES = (
    "promotion",
    "gift",
    "rebate",
    "lost",
    "problem",
    "broken",
    "approval",
    "tax_on_top",
    "tax_inside",
    "configured",
    "closed",
)


def _features(quote: Quote) -> set[str]:
    priced = quote.priced
    found = {
        "promotion": any(each.amount for each in priced.applied), "gift": bool(priced.gifts),
        "rebate": bool(priced.rebate_used), "lost": bool(priced.steps), "problem": bool(quote.problems),
        "broken": quote.broken is not None, "approval": priced.approval is not None,
        "tax_on_top": bool(priced.tax_on_top), "tax_inside": bool(priced.tax - priced.tax_on_top),
        "configured": any(step.kind == "option" for line in priced.lines for step in line.steps),
        "closed": any(problem.code in bills.WRONG for problem in quote.problems),
    }  # fmt: skip
    return {name for name, is_so in found.items() if is_so}


def test_what_a_laptop_submits_is_replayed_to_the_same_trace_on_the_server(
    company: Company, laptop: Database, server: Session
) -> None:
    taken = []
    with laptop.writing() as session:
        rep = session.query(random_shop.builders.User).one()
        for wanted in random_shop.carts(company, random.Random(11), 60):
            with session.begin_nested() as attempt:
                order_id = orders.start(session, wanted.account, me=rep.id, at=AT)
                try:
                    orders.save(session, order_id, wanted.lines, at=AT, rebates=wanted.rebates)
                    orders.submit(session, order_id, at=AT)
                except FieldCrmError:
                    attempt.rollback()
                    continue
                taken.append(order_id)
    with laptop.reading() as session:
        for order_id in taken:  # one after the other, as they were taken
            copy_order(session, server, order_id)
            order = server.get_one(Order, order_id)
            found = price_check.check_submitted(server, order, AT)
            assert found is None or found.code == "needs_approval", found
    assert len(taken) > 20


def copy_order(here: Session, there: Session, order_id: UUID) -> None:
    there.merge(here.get_one(Order, order_id))
    there.flush()
    for line in pricing.order_lines(here, order_id):
        there.merge(line)
    there.commit()
