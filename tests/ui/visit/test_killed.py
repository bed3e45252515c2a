"""A visit that is killed in the middle comes back to the same place with nothing lost.

A real process works the real page on an encrypted file, says where it is, and is killed
with SIGKILL while it waits; another process (this one) opens what is left.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.visit.page import VisitPage
from server.demo.photos import shelf
from tests.fixtures.laptop import KEY
from tests.ui.conftest import make_context

REP = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from fieldcrm.services import today, visits
from fieldcrm.services.visits import Arrival
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.visit.page import VisitPage
from tests.fixtures.laptop import KEY
from tests.ui.conftest import NOW, make_context

folder = Path(sys.argv[1])
app = QApplication([])
database = Database.open(folder / "field.db", KEY)
jobs = Jobs(database)
context = make_context(database, jobs, files=Files(folder / "photos", database.file_key()))
with database.writing() as session:
    day = today.day(session, context.me.id, NOW)
    stop = next(s for s in day.stops if s.channel == "supermarket")
    visit_id = visits.start(session, stop.account_id, Arrival(), me=context.me.id, at=NOW)
page = VisitPage(context)
page.show_place(visit_id=visit_id)
page.resize(1200, 800)
page.show()

def settle():
    while not jobs.is_idle:
        QTest.qWait(10)
    QTest.qWait(30)

settle()
page._go_to("shelf")
settle()
page.step.answer_check("pass")
page.step.answer_check("fail")
page.step.rows["cooler"]._note.setText("第 3 层是竞品")
page.step.rows["cooler"]._note.settle_now()
page.desk.keep_files(page.step.step, "cooler", [folder / "cooler.jpg"])
settle()
page.notes.keep("答应周五送海报", None)
settle()
print(json.dumps({"visit": str(visit_id), "photo": page.progress.photos[0].sha256}), flush=True)
QTest.qWait(60_000)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this platform has no SIGKILL")
def test_a_kill_in_the_middle_of_a_step_loses_nothing(
    _worked_laptop: Path,  # noqa: PT019  # its value is the folder to copy
    tmp_path: Path,
    qtbot: Any,
    qapp: Any,
) -> None:
    home = tmp_path / "profile"
    shutil.copytree(_worked_laptop, home)
    (home / "cooler.jpg").write_bytes(shelf(Random(3)).data)
    root = Path(__file__).parents[3]
    rep = subprocess.Popen(
        [sys.executable, "-c", REP, str(home)],
        stdout=subprocess.PIPE, text=True, cwd=root,
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
    context = make_context(database, jobs, files=Files(home / "photos", database.file_key()))
    page = VisitPage(context)
    qtbot.addWidget(page)
    page.show_place(visit_id=UUID(said["visit"]))
    page.show()
    qtbot.waitUntil(lambda: page.step is not None and jobs.is_idle, timeout=10_000)
    assert page.progress.step == "shelf"
    assert page.progress.answers["shelf"] == {
        "facing": "pass", "cooler": "fail", "cooler.note": "第 3 层是竞品",
    }  # fmt: skip
    assert page.progress.summary == "答应周五送海报"
    [photo] = page.progress.photos
    assert photo.sha256 == said["photo"]
    assert context.files.get(photo.sha256).startswith(b"\xff\xd8")
    jobs.close()
    database.close()
