"""A rep killed in the middle of typing into a row finds the digits typed so far."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from fieldcrm.storage.database import Database
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.visit.page import VisitPage
from tests.fixtures.laptop import KEY
from tests.ui.conftest import make_context
from tests.ui.visit.test_killed import REP

_TYPES = """
page._go_to("audit")
settle()
box = page.step.groups["articles"]
page.activateWindow()
settle()
box.table.setFocus()
box.table.setCurrentIndex(box.model.index(0, 1))
QTest.keyClick(QApplication.focusWidget() or box.table, "1")
QTest.keyClick(QApplication.focusWidget() or box.table, "2")
settle()
print(json.dumps({"visit": str(visit_id), "row": box.model.rows[0].key}), flush=True)
QTest.qWait(60_000)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this platform has no SIGKILL")
def test_a_kill_while_a_cell_is_being_typed_into_keeps_its_digits(
    _worked_laptop: Path,  # noqa: PT019  # its value is the folder to copy
    tmp_path: Path,
    qtbot: Any,
    qapp: Any,
) -> None:
    home, root = tmp_path / "profile", Path(__file__).parents[3]
    shutil.copytree(_worked_laptop, home)
    script = REP[: REP.index('page._go_to("shelf")')] + _TYPES
    rep = subprocess.Popen(
        [sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE, text=True, cwd=root,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(root)},
    )  # fmt: skip
    try:
        assert rep.stdout is not None
        said = json.loads(rep.stdout.readline())
    finally:
        rep.send_signal(signal.SIGKILL)
        rep.wait(30)
        if rep.stdout is not None:
            rep.stdout.close()
    database = Database.open(home / "field.db", KEY)
    jobs = Jobs(database)
    page = VisitPage(make_context(database, jobs))
    qtbot.addWidget(page)
    page.show_place(visit_id=UUID(said["visit"]))
    page.show()
    qtbot.waitUntil(lambda: page.step is not None and jobs.is_idle, timeout=10_000)
    assert page.progress.step == "audit"
    assert page.progress.answers["audit"]["articles"] == {said["row"]: {"facings": "12"}}
    jobs.close()
    database.close()
