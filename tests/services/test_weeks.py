"""A proposal for weeks becomes plans by cadence, and none of it is lost when it is taken back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from fieldcrm.model.plans import PlanOrigin, VisitPlan
from fieldcrm.rules.routing.day import Terms
from fieldcrm.rules.routing.weeks import propose
from fieldcrm.rules.workdays import Workdays
from fieldcrm.services import weeks
from fieldcrm.storage.database import Database
from fieldcrm.ui.plan import changes
from tests.builders import MORNING, TODAY, make_account, make_plan, make_territory, make_user, make_visit


def test_due_stores_are_planned_on_working_days_with_times_and_undo_takes_them_out(laptop: Database) -> None:
    territory = make_territory()
    rep = make_user(territory)
    stores = [make_account(territory, code=f"C{n}", name=f"Store {n}") for n in range(4)]
    monday = TODAY + timedelta(7 - TODAY.weekday())
    planned = make_plan(rep, stores[0], monday, start_time="10:00", locked=True)
    seen = make_visit(rep, stores[1], started_at=MORNING)
    with laptop.writing() as session:
        session.add_all([territory, rep, *stores, planned])
        session.flush()
        session.add(seen)
    with laptop.reading() as session:
        asked = weeks.ask(session, [territory.id], rep.id, monday, 2, today=TODAY, terms=Terms())
    found = propose(asked.question)
    assert all(Workdays().is_open(day.on) and day.on > TODAY for day in found.days)
    fresh = {key: day.on for day in found.days for key in day.fresh}
    assert {stores[2].id, stores[3].id} <= fresh.keys()
    assert stores[0].id not in fresh
    do = changes.take_weeks(found.days, rep_id=rep.id, at=MORNING, today=TODAY)
    with laptop.writing() as session:
        step, number = do(session)
    with laptop.reading() as session:
        open_plans = session.scalars(select(VisitPlan).where(VisitPlan.archived_at.is_(None))).all()
        assert number == len(fresh) == len(open_plans) - 1
        assert all(plan.start_time for plan in open_plans)
        assert next(plan.start_time for plan in open_plans if plan.id == planned.id) == "10:00"
        assert {plan.origin for plan in open_plans if plan.id != planned.id} == {PlanOrigin.CADENCE}
    with laptop.writing() as session:
        step.undo(session)
    with laptop.reading() as session:
        assert [p.id for p in session.scalars(select(VisitPlan).where(VisitPlan.archived_at.is_(None)))] == [
            planned.id
        ]
