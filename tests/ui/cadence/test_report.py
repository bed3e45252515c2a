"""The visit report says the same on paper and in a workbook (V9)."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PySide6.QtPdf import QPdfDocument
from pytestqt.qtbot import QtBot

from fieldcrm.errors import Invalid
from fieldcrm.services import team, visit_report
from fieldcrm.services.visit_report import VisitReport
from fieldcrm.ui.cadence import report as paper
from fieldcrm.ui.cadence.report import PDF, XLSX, ReportDialog
from fieldcrm.ui.context import Context
from tests.ui.conftest import TODAY, Settle

_RADICALS = str.maketrans("⻝⺠⻔⻘⻓", "食民门青长")  # what a PDF's glyphs are read back as
MONDAY = TODAY - timedelta(TODAY.weekday())


@pytest.fixture
def found(manager_context: Context) -> VisitReport:
    with manager_context.database.reading() as session:
        reps = team.reps_of(session, manager_context.me.id)
        return visit_report.read(session, reps, MONDAY, MONDAY + timedelta(6), today=TODAY)


def test_the_workbook_holds_every_visit_with_days_as_days_and_amounts_as_numbers(
    found: VisitReport, tmp_path: Path
) -> None:
    paper.write(tmp_path / "week.xlsx", XLSX, found, "Who", "made")
    book = load_workbook(tmp_path / "week.xlsx")
    assert len(book.worksheets) == 3
    visits = list(book.worksheets[2].iter_rows(min_row=2, values_only=True))
    assert len(visits) == len(found.visits) > 5
    assert all(row[0].date() >= MONDAY for row in visits)
    sold = sum(row[6] for row in visits if row[6] is not None)
    assert sold == pytest.approx(float(sum(found.sold.values())))
    assert sold > 0


def test_the_pdf_has_text_that_can_be_read_and_nothing_that_people_wrote_becomes_markup(
    found: VisitReport, tmp_path: Path
) -> None:
    text = paper.html(found, "<b>Who</b> & co", "made")
    assert "&lt;b&gt;Who&lt;/b&gt; &amp; co" in text
    assert text.count("<tr>") == 3 + len(found.whole.by_rep) + len(found.whole.board.missed.lines) + len(
        found.visits
    )
    paper.write(tmp_path / "week.pdf", PDF, found, "Who", "made")
    document = QPdfDocument()
    document.load(str(tmp_path / "week.pdf"))
    assert document.pageCount() >= 1
    said = "".join(document.getAllText(n).text() for n in range(document.pageCount()))
    plain = "".join(unicodedata.normalize("NFKC", said.translate(_RADICALS)).split())
    names = [unicodedata.normalize("NFKC", visit.account) for visit in found.visits]
    heads = [name[:4] for name in names]  # cells of several lines are read across
    assert [head for head in heads if head not in plain] == []


def test_days_without_visits_say_so(manager_context: Context) -> None:
    with manager_context.database.reading() as session:
        reps = team.reps_of(session, manager_context.me.id)
        empty = visit_report.read(session, reps, date(2020, 1, 1), date(2020, 1, 1), today=TODAY)
    assert "这些天没有人拜访门店" in paper.html(empty, "", "")
    assert "—" in paper.html(empty, "", "")


def test_a_place_that_cannot_be_written_is_said_in_words(found: VisitReport, tmp_path: Path) -> None:
    for form in (PDF, XLSX):
        with pytest.raises(Invalid, match="cannot_write"):
            paper.write(tmp_path / "none" / f"week.{form}", form, found, "", "")


def test_the_dialog_writes_the_file_and_says_how_many_visits(
    manager_context: Context, qtbot: QtBot, settle: Settle, tmp_path: Path
) -> None:
    from fieldcrm.ui.cadence.board_page import BoardPage

    page = BoardPage(manager_context)
    qtbot.addWidget(page)
    manager_context.shell.widget = page
    page.show()
    settle()
    page.ask_report()
    dialog = page.window().findChild(ReportDialog)
    dialog.write(tmp_path / "week.pdf")
    settle()
    assert (tmp_path / "week.pdf").stat().st_size > 5_000
    assert manager_context.shell.toasts[-1].startswith("报告已生成")
