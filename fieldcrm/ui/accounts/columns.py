"""The columns of the account list and how their cells are painted: two lines, no widgets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QRectF

from fieldcrm.storage.account_list import AccountRow, Sort
from fieldcrm.ui import formats, paint
from fieldcrm.ui.accounts import words
from fieldcrm.ui.i18n import is_chinese, mark, tr
from fieldcrm.ui.tables import Column
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.lists import Cell, Draw

STORE, CHANNEL, GRADE, VISIT, SALES, WEEKS, RECEIVABLE, STANDING = range(8)
SORT_OF = {
    STORE: Sort.NAME, VISIT: Sort.LAST_VISIT, SALES: Sort.SALES, RECEIVABLE: Sort.RECEIVABLE,
    STANDING: Sort.DUE,
}  # fmt: skip


def columns(today: Callable[[], date]) -> tuple[Column[AccountRow], ...]:
    """Return the columns as of a day; their words also serve screen readers."""
    right = paint.RIGHT
    wide = 76 if is_chinese() else 104

    def said(row: AccountRow) -> str:
        badge = words.standing(row, today())
        return badge[1] if badge else tr("Fine")

    made: list[Column[AccountRow]] = [
        Column(mark("Store"), lambda r: r.name, lambda r: r.name, hint=lambda r: f"{r.name}\n{r.address}"),
        Column(mark("Channel"), lambda r: words.channel(r.channel), width=wide),
        Column(mark("Grade"), lambda r: r.grade, width=64),
        Column(mark("Last visit"), lambda r: _visited(r, today()), lambda r: r.last_visit_on, width=88),
        Column(mark("30 days/¥"), lambda r: formats.figure(r.sales_30d), lambda r: r.sales_30d, right, 104),
        Column(mark("12 weeks"), lambda _: "", width=96),
        Column(
            mark("Owed/¥"),
            lambda r: formats.figure(r.receivable, zero_is_none=True),
            lambda r: r.receivable,
            right,
            100,
        ),
        Column(mark("Status"), said, lambda r: r.due_on, width=120),
    ]
    return tuple(made)


def cells(today: Callable[[], date]) -> dict[int, Draw]:
    """Return how each column is painted."""
    return {
        STORE: _store,
        CHANNEL: lambda cell: cell.text(cell.said, 13, REGULAR, "text2"),
        GRADE: _grade,
        VISIT: lambda cell: _last_visit(cell, today()),
        SALES: _sales,
        WEEKS: _weeks,
        RECEIVABLE: lambda cell: _receivable(cell, today()),
        STANDING: lambda cell: _standing(cell, today()),
    }


def _store(cell: Cell) -> None:
    row: AccountRow = cell.row
    if row.unsent:
        paint.status(
            cell.painter, paint.Status.SAVED, cell.rect.right() - 14, cell.rect.center().y() - 17, 14
        )
        cell.rect = cell.rect.adjusted(0, 0, -20, 0)
    cell.two_lines(row.name, row.address or row.city)


def _grade(cell: Cell) -> None:
    row: AccountRow = cell.row
    box = QRectF(cell.rect.x(), cell.rect.center().y() - 11, 24, 22)
    fill = {"A": "accentSoft", "B": "neutralSoft"}.get(row.grade, "")
    if cell.selected and row.grade == "A":
        fill = ""
    tone = "accent" if row.grade == "A" else "text2"
    border = "" if fill else "accent" if row.grade == "A" else "lineStrong"
    paint.box(cell.painter, box, 6, fill, border)
    paint.text(cell.painter, box, row.grade, 12, SEMIBOLD, tone, paint.CENTRE)


def _last_visit(cell: Cell, today: date) -> None:
    row: AccountRow = cell.row
    if row.last_visit_on is None:
        cell.text(tr("Never"), 13, REGULAR, "text3")
        return
    cell.two_lines(
        formats.table_day(row.last_visit_on, today), formats.days_ago(row.last_visit_on, today), REGULAR
    )


def _visited(row: AccountRow, today: date) -> str:
    return formats.days_ago(row.last_visit_on, today) if row.last_visit_on else tr("Never")


def _sales(cell: Cell) -> None:
    some = cell.row.sales_30d > 0
    cell.text(cell.said, 14, SEMIBOLD if some else REGULAR, "text" if some else "text3")


def _weeks(cell: Cell) -> None:
    row: AccountRow = cell.row
    if not any(row.weekly):
        cell.text(formats.NONE, 14, REGULAR, "text3")
        return
    area = QRectF(cell.rect.x(), cell.rect.center().y() - 13, min(cell.rect.width(), 76), 26)
    paint.bars(cell.painter, area, [float(week) for week in row.weekly])


def _receivable(cell: Cell, today: date) -> None:
    row: AccountRow = cell.row
    late = row.overdue_since is not None and row.overdue_since <= today and row.receivable > 0
    cell.text(cell.said, 14, REGULAR, "bad" if late else "text2" if row.receivable else "text3")


def _standing(cell: Cell, today: date) -> None:
    badge = words.standing(cell.row, today)
    if badge is None:
        cell.text(cell.said, 13, REGULAR, "text2")
        return
    status, said = badge
    paint.status_badge(cell.painter, cell.rect.x(), cell.rect.center().y(), said, status)
