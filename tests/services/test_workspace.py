"""One read gives a visit's whole screen."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from fieldcrm.errors import NotFound
from fieldcrm.ids import new_id
from fieldcrm.services import workspace
from fieldcrm.storage.database import Database
from tests.builders import (
    MORNING,
    TODAY,
    make_account,
    make_answer,
    make_check_in,
    make_order,
    make_order_line,
    make_photo,
    make_product,
    make_sop,
    make_territory,
    make_todo,
    make_unit,
    make_user,
    make_visit,
)

COUNT = {"key": "count", "label": "Count", "type": "stock", "required": True}
STOCK_STEP = {"key": "stock", "title": "Stock", "required": True, "fields": [COUNT]}


def test_a_visit_comes_back_whole(laptop: Database) -> None:
    with laptop.writing() as session:
        area = make_territory()
        rep, store = make_user(area), make_account(area)
        template = make_sop(steps=[STOCK_STEP])
        water, tea = make_product(), make_product(code="P002", name="绿茶")
        earlier = make_visit(rep, store, started_at=MORNING - timedelta(days=7))
        counted = make_answer(
            earlier,
            step_key="stock",
            answers={"count": {str(water.id): "7", "junk": {}}},
        )
        visit = make_visit(rep, store, sop_template_id=template.id)
        order = make_order(rep, store, visit_id=visit.id, total_amount=Decimal(96))
        session.add_all([area, rep, store, template, water, tea, make_unit(water), earlier, counted, visit])
        session.add_all([make_check_in(visit, distance_m=18), make_photo(visit, step_key="stock")])
        session.add_all([order, make_order_line(order, tea), make_todo(rep, account_id=store.id)])
        session.flush()
        seen = workspace.of_visit(session, visit.id, TODAY)
    assert seen.template is not None
    assert seen.arrived is not None
    assert seen.arrived.fix.distance_m == 18
    assert [(row.lines, row.total) for row in seen.orders] == [(1, Decimal(96))]
    assert seen.work.photos["stock", ""] == 1
    assert len(seen.todos) == 1
    assert [item.code for item in seen.shelf] == ["P001", "P002"]


def test_the_last_count_stands_beside_todays(laptop: Database) -> None:
    with laptop.writing() as session:
        area = make_territory()
        rep, store = make_user(area), make_account(area)
        template, water = make_sop(steps=[STOCK_STEP]), make_product()
        earlier = make_visit(rep, store, started_at=MORNING - timedelta(days=7))
        counts = {"count": {str(water.id): "7"}}
        visit = make_visit(rep, store, sop_template_id=template.id)
        session.add_all([area, rep, store, template, water, make_unit(water), earlier, visit])
        session.add(make_answer(earlier, step_key="stock", answers=counts))
        session.flush()
        [item] = workspace.of_visit(session, visit.id, TODAY).shelf
    assert (item.last, item.unit) == (Decimal(7), "case")


def test_a_visit_that_is_not_here_is_not_found(laptop: Database) -> None:
    with laptop.reading() as session, pytest.raises(NotFound):
        workspace.of_visit(session, new_id(), TODAY)
