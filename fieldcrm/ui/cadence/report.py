"""The visit report of a day, week or month as a PDF and as a workbook (V9).

Both say the same: each rep's figures, what was missed and why, and every visit with what
changed at the store. The PDF is laid out for A4 and repeats its table heads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from fieldcrm.clock import DEFAULT_ZONE
from fieldcrm.services import visit_report, workbooks
from fieldcrm.services.reviews import Report
from fieldcrm.services.team import Member
from fieldcrm.services.visit_report import VisitReport
from fieldcrm.services.workbooks import Cell, Sheet
from fieldcrm.ui import formats, papers
from fieldcrm.ui.cadence import figures
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import listed, ntr, tr
from fieldcrm.ui.reviews import changes, words
from fieldcrm.ui.widgets.buttons import Segments
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.overlays import Dialog

PDF, XLSX = "pdf", "xlsx"
_KINDS = {PDF: "PDF (*.pdf)", XLSX: "Excel (*.xlsx)"}
_FIGURES = ("planned", "done", "missed", "covered", "strike", "route", "in_store", "on_road", "in_time")
_MOST_CHANGES, _MOST_NAMES = 3, 4
_STYLE = """
.title { font-size: 16pt; font-weight: 600; } .part { font-size: 11pt; font-weight: 600; }
p, td, th { font-size: 8pt; } .soft { color: #5D6676; }
td, th { vertical-align: top; } th { text-align: left; background-color: #EFF1F4; }
td.n, th.n { text-align: right; }
"""


class ReportDialog(Dialog):
    """Asks for the form and the file, then writes it beside the interface."""

    def __init__(self, context: Context, reps: Sequence[Member], first: date, last: date) -> None:
        super().__init__(tr("Visit report"), tr("The file is not encrypted. Keep it safe."))
        self._context, self._reps, self._begin, self._end = context, reps, first, last
        self.form = Segments([(PDF, "PDF"), (XLSX, "Excel")], current=PDF)
        self.add(Field(tr("File"), self.form))
        self.button(tr("Cancel"))
        self.button(tr("Write the report"), "primary", self._choose)

    def open(self) -> None:
        """Show the question."""
        self.ask(self._context.shell.window())

    def _choose(self) -> None:
        form = str(self.form.current)
        name = f"{tr('Visit report')} {self._begin:%Y-%m-%d}.{form}"
        window = self._context.shell.window()
        path, _ = QFileDialog.getSaveFileName(window, tr("Visit report"), name, _KINDS[form])
        if path:
            self.write(Path(path))

    def write(self, path: Path) -> None:
        """Read what the report says, and write it beside the interface."""
        context, form = self._context, str(self.form.current)
        reps, first, last, today = self._reps, self._begin, self._end, context.today()
        who = ", ".join(rep.name for rep in reps[:_MOST_NAMES]) + ("…" if len(reps) > _MOST_NAMES else "")
        who = tr(" · ").join(filter(None, (context.me.company, who)))
        made = tr(
            "made {time} by {person}",
            time=formats.moment(context.now(), context.now()),
            person=context.me.name,
        )

        def run(_stop: object, _progress: object) -> int:
            with context.database.reading() as session:
                report = visit_report.read(session, reps, first, last, today=today)
            write(path, form, report, who, made)
            return len(report.visits)

        def done(visits: int) -> None:
            context.shell.toast(
                ntr("The report of {n} visit is written", "The report of {n} visits is written", visits)
            )

        shell = context.shell
        context.jobs.task(shell.window(), run, done, failed=lambda error: shell.show_error(error))


def title(report: VisitReport) -> str:
    """Return what the report is of."""
    first, last = report.first, report.last
    days = formats.full_day(first) if first == last else formats.day_range(first, last)
    return tr("Visit report {days}", days=days)


def html(report: VisitReport, who: str, made: str) -> str:
    """Return the paper's text; everything that people wrote is escaped."""
    return "".join((
        f"<html><head><style>{_STYLE}</style></head><body>",
        f"<p class='title'>{escape(title(report))}</p><p class='soft'>{escape(who)} · {escape(made)}</p>",
        _part(tr('Figures')), _table(_figure_titles(), _figure_rows(report), numbers=True),
        _part(tr('Missed')), _missed(report),
        _part(ntr('{n} visit', '{n} visits', len(report.visits))), *_visits(report),
        "</body></html>",
    ))  # fmt: skip


def sheets(report: VisitReport) -> Iterator[Sheet]:
    """Return the workbook's sheets."""
    heads = [(each, 14) for each in _figure_titles()]
    yield Sheet(tr("Figures"), heads, _figure_rows(report))
    missed = [(tr("Day"), 12), (tr("Rep"), 14), (tr("Store"), 32), (tr("Reason"), 32)]
    yield Sheet(tr("Missed"), missed, _missed_rows(report))
    heads = [
        (tr("Day"), 12), (tr("Rep"), 14), (tr("Store"), 32), (tr("From"), 8), (tr("To"), 8),
        (tr("Minutes"), 10), (tr("Order"), 12), (tr("State"), 12), (tr("Flags"), 24),
        (tr("What changed"), 60),
    ]  # fmt: skip
    yield Sheet(tr("Visits"), heads, _visit_rows(report))


def write(path: Path, form: str, report: VisitReport, who: str, made: str) -> None:
    """Write the file; ``Invalid`` when it cannot be written there."""
    if form == XLSX:
        with papers.writable(path):
            workbooks.write(path, sheets(report))
    else:
        papers.save(path, papers.pdf(html(report, who, made), title(report)))


def _figure_titles() -> list[str]:
    return [tr("Rep"), *(tr(figures.KINDS[key].name) for key in _FIGURES)]


def _figure_rows(report: VisitReport) -> list[list[Cell]]:
    boards = [(member.name, board) for member, board in report.whole.by_rep]
    if len(boards) > 1:
        boards.append((tr("Together"), report.whole.board))
    kinds = [figures.KINDS[key] for key in _FIGURES]
    return [[name, *(kind.said(kind.of(board)) for kind in kinds)] for name, board in boards]


def _missed_rows(report: VisitReport) -> list[list[Cell]]:
    lines = sorted(report.whole.board.missed.lines, key=lambda line: (str(line.on), str(line.rep_id)))
    return [
        [
            line.on,
            report.whole.people.get(line.rep_id, "") if line.rep_id else "",
            report.whole.names.get(line.account_id, ""),
            figures.reason(line.note),
        ]
        for line in lines
    ]


def _visit_rows(report: VisitReport) -> Iterator[list[Cell]]:
    for visit in report.visits:
        begun, left = visit.started_at.astimezone(DEFAULT_ZONE), visit.left_at.astimezone(DEFAULT_ZONE)
        yield [
            begun.date(), visit.rep, visit.account, f"{begun:%H:%M}", f"{left:%H:%M}",
            round((left - begun).total_seconds() / 60), report.sold.get(visit.visit_id),
            tr(words.STATES[visit.state][0]), _flags(visit), _changes(visit, report),
        ]  # fmt: skip


def _flags(visit: Report) -> str:
    return listed(tr(words.FLAGS[flag][0]) for flag in visit.flags)


def _changes(visit: Report, report: VisitReport) -> str:
    said = [changes.sentence(each, report.names) for each in visit.changes[:_MOST_CHANGES]]
    return tr("; ").join(said)


def _missed(report: VisitReport) -> str:
    rows = [[formats.table_day(row[0]), *row[1:]] for row in _missed_rows(report)]  # type: ignore[arg-type]
    if not rows:
        return f"<p>{escape(tr('Nothing was missed.'))}</p>"
    return _table([tr("Day"), tr("Rep"), tr("Store"), tr("Reason")], rows)


def _visits(report: VisitReport) -> Iterator[str]:
    if not report.visits:
        yield f"<p>{escape(tr('Nobody visited a store in these days.'))}</p>"
        return
    heads = [tr("Day"), tr("Rep"), tr("Store"), tr("Time"), tr("Order"), tr("State"), tr("What stands out")]
    rows: list[list[Cell]] = []
    for visit in report.visits:
        begun = visit.started_at.astimezone(DEFAULT_ZONE)
        sold = report.sold.get(visit.visit_id)
        said = tr("; ").join(filter(None, (_flags(visit), _changes(visit, report))))
        rows.append([
            formats.table_day(begun.date()), visit.rep, visit.account,
            formats.clock_range(visit.started_at, visit.left_at),
            formats.NONE if sold is None else formats.money(sold),
            tr(words.STATES[visit.state][0]), said,
        ])  # fmt: skip
    yield _table(heads, rows)


def _part(name: str) -> str:
    return f"<h3 class='part'>{escape(name)}</h3>"


def _table(heads: Sequence[str], rows: Sequence[Sequence[Cell]], *, numbers: bool = False) -> str:
    tone = " class='n'" if numbers else ""
    head = "".join(f"<th{tone if place else ''}>{escape(each)}</th>" for place, each in enumerate(heads))
    body = "".join(
        "<tr>"
        + "".join(f"<td{tone if n else ''}>{escape(str(cell or ''))}</td>" for n, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    whole = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f"<table width='100%' cellspacing='0' cellpadding='4'>{whole}</table>"
