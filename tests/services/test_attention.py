"""What needs the rep today."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import Conflict, Quarantine
from fieldcrm.model.orders import OrderStatus
from fieldcrm.model.quotes import Quote, QuoteAct
from fieldcrm.model.users import User
from fieldcrm.model.visits import Decision, Visit, VisitReview
from fieldcrm.rules.quotes import Act
from fieldcrm.services import attention
from fieldcrm.services.attention import Concern
from fieldcrm.storage.database import Database
from tests.builders import (
    MORNING,
    TODAY,
    make_account,
    make_check_out,
    make_order,
    make_plan,
    make_territory,
    make_todo,
    make_user,
    make_visit,
)


def review(rep: User, visit: Visit, decision: Decision, minutes_ago: int) -> VisitReview:
    return VisitReview(
        id=new_id(),
        visit_id=visit.id,
        rep_id=rep.id,
        reviewer_id=rep.id,
        decision=decision,
        at=MORNING - timedelta(minutes=minutes_ago),
    )


def add_quote(session: Session, rep: User, store: Account, days: int, *acts: Act) -> None:
    key = new_id()
    where = {"account_id": store.id, "territory_id": store.territory_id, "content": "c"}
    quote = Quote(
        id=key, family_id=key, provisional_number="R1-Q000001", rep_id=rep.id, quoted_on=TODAY,
        quoted_at=MORNING, valid_until=TODAY + timedelta(days), **where,
    )  # fmt: skip
    session.add(quote)
    session.flush()
    for act in acts:
        by = None if act is Act.CONFIRMED else rep.id
        session.add(QuoteAct(id=new_id(), quote_id=key, act=act, by_id=by, at=MORNING, **where))
    session.flush()


def test_a_quiet_day_needs_nothing(laptop: Database) -> None:
    with laptop.reading() as session:
        assert attention.needed(session, new_id(), TODAY) == []


def test_every_concern_is_named_with_its_store(laptop: Database) -> None:
    with laptop.writing() as session:
        area = make_territory()
        rep = make_user(area)
        overdue = TODAY - timedelta(days=12)
        store = make_account(area, overdue_since=overdue, receivable=Decimal(8460))
        clash = Conflict(
            id=new_id(),
            entity="account",
            row_id=store.id,
            field="phone",
            lost_by=rep.id,
            lost_at=MORNING,
            mutation_id=new_id(),
        )
        refused = Quarantine(
            id=new_id(),
            mutation_id=new_id(),
            device_id=new_id(),
            rep_id=rep.id,
            entity="order",
            row_id=new_id(),
            payload={},
            code="unknown_account",
            at=MORNING,
        )
        done, approved = make_visit(rep, store), make_visit(rep, store)
        session.add_all([done, approved, make_check_out(done), make_check_out(approved)])
        session.add_all([area, rep, store, clash, refused, make_plan(rep, store)])
        session.add_all(
            [
                make_visit(rep, store, started_at=MORNING - timedelta(days=1)),
                review(rep, done, Decision.RETURNED, 60),
                review(rep, approved, Decision.RETURNED, 60),
                review(rep, approved, Decision.APPROVED, 50),
                make_order(rep, store, status=OrderStatus.NEEDS_REVIEW),
                make_todo(rep, account_id=store.id, due_on=TODAY - timedelta(days=3)),
            ]
        )
        session.flush()
        for days, acts in ((0, (Act.SENT, Act.CONFIRMED)), (2, (Act.SENT,))):
            add_quote(session, rep, store, days, *acts)
        found = attention.needed(session, rep.id, TODAY)
    assert [item.concern for item in found] == list(Concern)
    assert {item.account for item in found if item.concern is not Concern.REFUSED} == {store.name}
    assert {item.concern: item.days for item in found}[Concern.RECEIVABLE] == 12


def test_a_refused_change_of_an_order_names_the_order_its_store_and_the_reason(laptop: Database) -> None:
    with laptop.writing() as session:
        area = make_territory()
        rep, store = make_user(area), make_account(area)
        order = make_order(rep, store, number="SO-2026-000009")
        session.add_all([area, rep, store, order])
        session.flush()
        session.add(
            Quarantine(
                id=new_id(), mutation_id=new_id(), device_id=new_id(), rep_id=rep.id, entity="order",
                row_id=order.id, payload={}, code="order_in_fulfilment", at=MORNING,
            )
        )  # fmt: skip
        session.flush()
        [item] = attention.needed(session, rep.id, TODAY)
    assert (item.concern, item.account, item.fact) == (Concern.REFUSED, store.name, "SO-2026-000009")
    assert (item.text, item.about) == ("order_in_fulfilment", order.id)
