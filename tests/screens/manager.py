"""A manager's screens: the inbox with an open report, and what was returned."""

from __future__ import annotations

from typing import Any

from fieldcrm.storage import rule_draft
from fieldcrm.ui.cadence.rule_dialog import RuleDialog
from fieldcrm.ui.sandbox.page import COMPARE, PROMOTION
from tests.screens import fulfilment, proof, quotes
from tests.screens.stage import Stage, at
from tests.ui.orders.test_order_screens import busiest_account
from tests.ui.sandbox.test_sandbox_screens import write_draft

ANSWERS = ("无", "买赠", "堆头特价", "第二件半价")  # of the demo's templates


def walk(stage: Stage) -> None:
    """Read reports."""
    stage.context.connection.update(online=True, last_sync=at(10, 16))
    page: Any = stage.open("reviews")
    page._list.setFocus()
    stage.take("44-inbox", data=ANSWERS)
    page._reply.setText("周五我一起去，先把上月合同带上。")
    page._reply.setFocus()
    stage.take("45-report", data=ANSWERS)
    stage.open("team")
    stage.take("47-team", primaries=0)
    board: Any = stage.open("visit_board")
    board.go(-1)
    board.tiles["missed"].setFocus()
    stage.settle()
    stage.take("48-visit-board", primaries=0)
    rules: Any = stage.open("visit_rules")
    rules.table.setFocus()
    stage.take("49-visit-rules")
    rules.edit(None)
    stage.take("49-visit-rule")
    stage.window.findChild(RuleDialog).leave()
    proof.walk(stage)
    quotes.manager(stage)
    fulfilment.manager(stage)
    stage.open("joint")
    stage.take("48-nobody-comes-along", primaries=0)
    _sandbox(stage)


def _sandbox(stage: Stage) -> None:
    """Try rules on a cart, on last month's orders, and one promotion alone."""
    stage.write(write_draft)
    page: Any = stage.open("sandbox")
    stage.take("52-sandbox-empty", primaries=0)
    page.cart.show_account(stage.read(busiest_account))
    stage.settle()
    page.cart.take_last()
    stage.take("53-sandbox-cart", primaries=0)
    page.choose(COMPARE)
    page.compare.run()
    stage.settle()
    page.compare.order_table.setFocus()
    stage.take("54-sandbox-month")
    page.choose(PROMOTION)
    page.promotion.promotion.choose("FULL-5000")
    page.promotion.run()
    stage.take("55-sandbox-promotion")
    stage.write(rule_draft.discard)
