"""The guided screen, and a configured article in an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.products import Product
from fieldcrm.rules.pricing.bills import as_choices
from fieldcrm.services import orders, quotes
from fieldcrm.services.configuring import Desk
from fieldcrm.services.pricing import DraftLine
from fieldcrm.services.quotes import Terms
from fieldcrm.ui.configuring.dialog import Configurator
from tests.screens.stage import Stage
from tests.ui.conftest import NOW, TODAY
from tests.ui.orders.test_order_screens import busiest_account

_RACK, _MIXED = "清岚陈列架套装", "清岚茶饮混合箱 500ml×16"
_INSIDE = {
    "大冰柜 280L": 1, "木质层板": 4, _MIXED: 2, f"{_MIXED}/茉莉绿茶 500ml": 4, f"{_MIXED}/桂花乌龙 500ml": 4,
    f"{_MIXED}/青柑乌龙 500ml": 4, f"{_MIXED}/大麦茶 500ml": 4,
}  # fmt: skip


def walk(stage: Stage, account_id: UUID) -> None:
    """See an article chosen step by step, closed choices, and what came of it."""
    named = stage.read(lambda s: dict(s.execute(select(Product.name, Product.id)).all()))
    page: Any = stage.open("order", account_id=account_id)
    page.entry.show_all()
    page.entry.configure((named[_RACK], "套"))
    stage.settle()
    shown: Configurator = stage.window.findChildren(Configurator)[-1]
    stage.take("21-configure")
    for path in ("小冰柜 120L", "木质层板", "价签条", _MIXED):
        step = next(s for s in shown.desk.steps() for row in shown.desk.rows(s.stage)
                    if row.path == str(named[path]))  # fmt: skip
        shown.toggle(next(row for row in shown.desk.rows(step.stage) if row.path == str(named[path])))
    shown.step_list.pick(2)
    shown.options.pick(0)
    stage.take("21-configure-closed", layout=shown.options.setFocus)
    shown.leave()
    _needing(stage, page, named)
    page.entry.chips.choose("ordered")
    page.entry._on_chip()
    stage.take("21-configure-unfinished")
    page.entry.restore({})
    _kept(stage, account_id, _line(named))


def _needing(stage: Stage, page: Any, named: dict[str, UUID]) -> None:
    """See what a fixed part needs offered with its reason, as if the manual needed price tags."""
    known, rack = page.entry.counter.basis, str(named[_RACK])
    of = known.rules.bills[rack]
    needs = (str(named["安装手册"]), str(named["价签条"]))
    against = frozenset({str(named["安装手册"]), str(named["地贴"])})
    of = replace(of, requires=(*of.requires, needs), excludes=(*of.excludes, against))
    rules = replace(known.rules, bills={**known.rules.bills, rack: of})
    desk = Desk(replace(known, rules=rules), DraftLine(named[_RACK], "套", Decimal(1)))
    shown = Configurator(desk, lambda _choices: None)
    shown.open(page)
    shown.step_list.pick(2)
    stage.take("21-configure-needs", layout=shown.options.setFocus)
    shown.leave()


def quoted(stage: Stage) -> None:
    """See a round of a quote with an article of many levels, and its paper's lines on the pane."""
    named = stage.read(lambda s: dict(s.execute(select(Product.name, Product.id)).all()))
    me, account = stage.context.me.id, stage.read(busiest_account)
    terms = Terms(TODAY + timedelta(14), (("运费", Decimal("120.00")),), "送货上门。")

    def write(session: Session) -> UUID:
        return quotes.save(session, account, [_line(named)], terms, me=me, at=NOW)

    page: Any = stage.open("quotes", quote_id=stage.write(write))
    page.table.setFocus()
    stage.take("26-quote-configured", data=("运费", "送货上门。"))


def _line(named: dict[str, UUID]) -> DraftLine:
    told = {
        "/".join(str(named[each]) for each in path.split("/")): Decimal(many)
        for path, many in _INSIDE.items()
    }
    return DraftLine(named[_RACK], "套", Decimal(2), None, as_choices(told))


def _kept(stage: Stage, account_id: UUID, line: DraftLine) -> None:
    me = stage.context.me.id

    def write(session: Session) -> UUID:
        order_id = orders.start(session, account_id, me=me, at=NOW)
        orders.save(session, order_id, [line], at=NOW)
        orders.submit(session, order_id, at=NOW)
        return order_id

    stage.open("order", order_id=stage.write(write))
    stage.take("21-configured-order")
