"""A report is shared from the inbox; what was shared is read and commented on a page of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fieldcrm.ids import new_id
from fieldcrm.model.shares import SharedReport, VisitShare
from fieldcrm.model.users import Role
from fieldcrm.model.visits import CheckOut, Decision, VisitReview
from fieldcrm.services import reviews, sharing
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.reviews.photos import PhotoTile
from fieldcrm.ui.reviews.shared_page import SharedPage, Shown, _report
from fieldcrm.ui.reviews.sharing import ShareDialog
from tests.ui.conftest import NOW, make_context


@pytest.fixture
def context(laptop_db: Database, jobs: Jobs, qtbot: Any) -> Any:
    from PySide6.QtWidgets import QWidget

    made = make_context(laptop_db, jobs, Role.MANAGER)
    made.shell.widget = QWidget()  # type: ignore[attr-defined]  # a RecordingShell
    qtbot.addWidget(made.shell.widget)  # type: ignore[attr-defined]
    return made


def test_sharing_writes_for_whom_and_why(context: Any, laptop_db: Database, settle: Any) -> None:
    with laptop_db.reading() as session:
        visit = session.scalars(select(CheckOut.visit_id)).first()
        people = sharing.colleagues(session, context.me.id)
    assert visit is not None
    dialog = ShareDialog(context, visit, "好邻居", people)
    dialog.press()
    settle()
    dialog.whom.setCurrentIndex(1)
    dialog.text.setText("看看堆头")
    dialog.press()
    settle()
    with laptop_db.reading() as session:
        [row] = session.scalars(select(VisitShare)).all()
    assert (row.to_id, row.text, row.shared_by) == (people[0].id, "看看堆头", context.me.id)


def test_what_was_shared_is_read_and_commented(
    context: Any, laptop_db: Database, qtbot: Any, settle: Any
) -> None:
    with laptop_db.writing() as session:
        out = session.scalars(select(CheckOut)).first()
        assert out is not None
        share = VisitShare(id=new_id(), visit_id=out.visit_id, rep_id=out.rep_id, shared_by=out.rep_id,
                           to_id=context.me.id, text="看看堆头", at=NOW)  # fmt: skip
        report = sharing.told(session, share)
        session.add(SharedReport(id=new_id(), visit_id=out.visit_id, rep_id=out.rep_id, to_id=context.me.id,
                                 started_at=reviews.report(session, out.visit_id).report.started_at,
                                 report=report))  # fmt: skip
    page = SharedPage(context)
    qtbot.addWidget(page)
    page.resize(1216, 828)
    page.show()
    settle()
    assert page.model.rowCount() == 1
    page.on_comment()
    page.reply.setText("做得好")
    page.on_comment()
    settle()
    with laptop_db.reading() as session:
        said = session.scalars(select(VisitReview).where(VisitReview.text == "做得好")).one()
    assert (said.decision, said.visit_id) == (Decision.COMMENT, out.visit_id)


def test_the_photos_of_a_shared_report_are_shown_small(
    laptop_db: Database, jobs: Jobs, tmp_path: Path, qtbot: Any, settle: Any
) -> None:
    context = make_context(laptop_db, jobs, files=Files(tmp_path / "photos", laptop_db.file_key()))
    told = {"id": str(new_id()), "sha256": "0" * 64, "step": "shelf", "caption": "堆头", "taken_at": 1_000}
    report = {"photos": [told, {"caption": "of an older server"}, "堆头"]}
    [photo] = sharing.photos_of(report)
    assert (photo.caption, photo.step_key) == ("堆头", "shelf")
    whole = {"account": "好邻居", "rep": "李", "shared_by": "李", "text": "", "summary": "", "left_at": 9_000,
             "steps": [], "said": []}  # fmt: skip
    shown = _report(Shown(new_id(), NOW, whole | report), context)
    qtbot.addWidget(shown)
    settle()
    assert len(shown.findChildren(PhotoTile)) == 1
