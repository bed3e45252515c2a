"""A manager's screens: the inbox with an open report, and what was returned."""

from __future__ import annotations

from typing import Any

from fieldcrm.ui.cadence.rule_dialog import RuleDialog
from tests.screens import proof
from tests.screens.stage import Stage, at

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
    stage.open("joint")
    stage.take("48-nobody-comes-along", primaries=0)
