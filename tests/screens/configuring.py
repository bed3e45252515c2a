"""The guided screen, and a configured article in an order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.products import Product
from fieldcrm.rules.pricing.bills import as_choices
from fieldcrm.services import orders
from fieldcrm.services.pricing import DraftLine
from fieldcrm.ui.configuring.dialog import Configurator
from tests.screens.stage import Stage
from tests.ui.conftest import NOW

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
    page.entry.chips.choose("ordered")
    page.entry._on_chip()
    stage.take("21-configure-unfinished")
    page.entry.restore({})
    _kept(stage, account_id, _line(named))


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
