"""The month so far, from what is on this laptop."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from fieldcrm.model.accounts import Grade
from fieldcrm.model.orders import OrderStatus
from fieldcrm.model.plans import PlanStatus
from fieldcrm.services import month
from fieldcrm.services.month import Coverage
from fieldcrm.storage.database import Database
from tests.builders import (
    MORNING,
    TODAY,
    make_account,
    make_check_out,
    make_order,
    make_plan,
    make_territory,
    make_user,
    make_visit,
)


def test_the_month_counts_only_what_happened(laptop: Database) -> None:
    with laptop.writing() as session:
        area = make_territory()
        elsewhere = make_territory()
        rep = make_user(area)
        a, b, other = (
            make_account(place, grade=grade)
            for grade, place in ((Grade.A, area), (Grade.A, area), (Grade.B, elsewhere))
        )
        visit = make_visit(rep, a)
        session.add_all([area, elsewhere, rep, a, b, other, visit, make_check_out(visit)])
        session.add_all(
            [
                make_plan(rep, a),
                make_plan(rep, b, TODAY + timedelta(days=1)),
                make_plan(rep, b, status=PlanStatus.SKIPPED),
                make_visit(rep, b, started_at=MORNING - timedelta(days=31)),
                make_order(rep, a, status=OrderStatus.ACCEPTED, total_amount=Decimal("96")),
                make_order(rep, a, total_amount=Decimal("50")),
                make_order(
                    rep,
                    a,
                    ordered_on=TODAY - timedelta(days=2),
                    status=OrderStatus.ACCEPTED,
                    total_amount=Decimal("7"),
                ),
            ]
        )
        session.flush()
        done = month.so_far(session, rep.id, area.id, TODAY)
    assert done.sales == Decimal("96")
    assert (done.visits_done, done.visits_planned, done.visits_expected) == (1, 2, 1)
    assert done.coverage == (Coverage("A", 1, 2),)
