from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from fieldcrm.errors import NotFound
from fieldcrm.ids import new_id
from fieldcrm.model.conflicts import Conflict
from fieldcrm.model.orders import OrderStatus
from fieldcrm.model.visits import Decision, VisitReview
from fieldcrm.services import account_pages
from fieldcrm.storage.database import Database
from tests.builders import (
    MORNING,
    TODAY,
    make_account,
    make_check_out,
    make_contact,
    make_order,
    make_order_line,
    make_photo,
    make_plan,
    make_product,
    make_territory,
    make_todo,
    make_user,
    make_visit,
)


def test_one_page_tells_the_whole_story(laptop: Database) -> None:
    territory = make_territory(name="城西 3 线")
    rep = make_user(territory, name="陈嘉禾")
    parent = make_account(territory, name="百联集团", code="P")
    account = make_account(territory, parent_id=parent.id, owner_id=rep.id, district="西湖区", code="A")
    branch = make_account(territory, name="分店", parent_id=account.id, code="B")
    early = make_visit(rep, account, started_at=MORNING - timedelta(days=7))
    late = make_visit(rep, account, started_at=MORNING)
    done = make_check_out(early, at=early.started_at + timedelta(minutes=31), summary="多要两箱")
    product = make_product()
    order = make_order(rep, account, total_amount=Decimal("96.50"), status=OrderStatus.SUBMITTED)
    said = VisitReview(id=new_id(), visit_id=early.id, rep_id=rep.id, reviewer_id=rep.id,
                       decision=Decision.APPROVED, at=MORNING)  # fmt: skip
    clash = Conflict(id=new_id(), entity="account", row_id=account.id, field="phone", lost_by=rep.id,
                     lost_at=MORNING, mutation_id=new_id())  # fmt: skip
    with laptop.writing() as session:
        session.add_all((
            territory, rep, parent, account, branch, early, late, done, product, order,
            make_order_line(order, product), make_contact(account), make_photo(early), said, clash,
            make_plan(rep, account, on=TODAY), make_todo(rep, account_id=account.id, title="换冰柜"),
        ))  # fmt: skip
    with laptop.reading() as session:
        page = account_pages.account_page(session, account.id, me=rep.id, today=TODAY)
    assert (page.territory, page.owner, page.parent) == ("城西 3 线", "陈嘉禾", "百联集团")
    assert page.branches == ((branch.id, "分店"),)
    assert [(v.minutes, v.photos, v.decision, v.summary) for v in page.visits] == [
        (None, 0, "", ""), (31, 1, "approved", "多要两箱"),
    ]  # fmt: skip
    assert [(o.total, o.lines, o.status, o.is_final) for o in page.orders] == [
        (Decimal("96.50"), 1, "submitted", False)
    ]
    assert [len(part) for part in (page.contacts, page.photos, page.todos)] == [1, 1, 1]
    assert page.conflicts == ("phone",)
    assert page.next_planned_on == TODAY
    assert page.full_address == "西湖区文三路 12 号"
    assert page.can_edit


def test_an_account_of_another_territory_is_for_reading(laptop: Database) -> None:
    mine, other = make_territory(), make_territory(code="X")
    rep, account = make_user(mine), make_account(other)
    with laptop.writing() as session:
        session.add_all((mine, other, rep, account))
    with laptop.reading() as session:
        assert not account_pages.account_page(session, account.id, me=rep.id, today=TODAY).can_edit
        with pytest.raises(NotFound):
            account_pages.account_page(session, new_id(), me=rep.id, today=TODAY)
