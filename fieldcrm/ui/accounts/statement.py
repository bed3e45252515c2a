"""The statement of a customer's money as a PDF: of a period, each purse with its balance before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from html import escape
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.services import money
from fieldcrm.services.money import Line, Section
from fieldcrm.ui import formats, papers, saving
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.widgets.fields import ChoiceField, DayField, Field
from fieldcrm.ui.widgets.frames import row
from fieldcrm.ui.widgets.overlays import Dialog

PURSES = {
    "prepay": mark("Paid ahead"),
    "cash": mark("Cash laid down"),
    "rebate": mark("Rebate left"),
    "credit": mark("On credit"),
    "receivable": mark("Receivable"),
    "receipt": mark("Received, not applied"),
}
MOVES = {
    "earned": mark("Rebate earned"),
    "used": mark("Rebate used"),
    "returned": mark("Rebate given back"),
    "expired": mark("Rebate expired"),
    "adjusted": mark("Rebate corrected"),
}
_MONTH, _BEFORE, _YEAR, _ALL, _OTHER = "month", "before", "year", "all", "other"
_SUMS, _MOVED = (-20, 20, 20, 20, 20), (-21, -43, 18, 18)
_STYLE = (
    ".title{font-size:22pt;font-weight:600}.for{font-size:14pt;font-weight:600}.soft{color:#555;font-size:9pt}"
    ".purse{font-size:11pt;font-weight:600}"
    "td,th{padding:3px 4px;font-size:9pt;border-bottom:1px solid #ddd}th{color:#555;font-weight:400}"
)
Period = tuple[date | None, date]


def ask(context: Context, account_id: UUID, account: str) -> None:
    """Ask for which period and where to, and write an account's statement there."""
    today = context.today()

    def write(period: Period) -> None:
        def make(session: Session) -> bytes:
            sections = money.statement(session, account_id, today, *period)
            return paper(account, sections, period, today)

        saving.ask(context, tr("Save the statement"), title(account), make)

    PeriodDialog(today, write).open(context)


class PeriodDialog(Dialog):
    """Which period a statement is of: the usual ones by name, any other by its days."""

    def __init__(self, today: date, then: Callable[[Period], object]) -> None:
        super().__init__(tr("Statement for which period?"))
        self._today, self._then = today, then
        named = ((_MONTH, tr("This month")), (_BEFORE, tr("The month before")), (_YEAR, tr("This year")),
                 (_ALL, tr("From the beginning")), (_OTHER, tr("Other days")))  # fmt: skip
        self.choice = ChoiceField(named, _MONTH, name=tr("Statement period"))
        self.since = DayField(today.replace(day=1), name=tr("First day"))
        self.until = DayField(today, name=tr("Last day"))
        self._until = Field(tr("Last day"), self.until)
        self.add(
            Field(tr("Statement period"), self.choice),
            row(Field(tr("First day"), self.since), self._until, gap=12),
        )
        self.button(tr("Cancel"))
        self.button(tr("Go on"), "primary", self._press, stays=True)
        self.choice.chosen.connect(lambda _key: self._show())
        self._show()

    def open(self, context: Context) -> None:
        """Show the question."""
        self.ask(context.shell.window(), focus=self.choice)

    @property
    def period(self) -> Period:
        """The first day, None for the beginning, and the last."""
        if self.choice.value == _OTHER:
            return self.since.day, self.until.day
        return period(str(self.choice.value), self._today)

    def _show(self) -> None:
        is_other = self.choice.value == _OTHER
        since, until = self.period
        self.since.setEnabled(is_other)
        self.until.setEnabled(is_other)
        if not is_other and since is not None:
            self.since.show_day(since)
        self.until.show_day(until)
        self._until.show_error("")

    def _press(self) -> None:
        since, until = self.period
        if since is not None and since > until:
            self._until.show_error(tr("The last day is before the first."))
            self.until.setFocus()
            return
        self.leave()
        self._then((since, until))


def period(named: str, today: date) -> Period:
    """Return the days of a period that has a name."""
    first = today.replace(day=1)
    if named == _BEFORE:
        last = first - timedelta(1)
        return last.replace(day=1), last
    return {_MONTH: first, _YEAR: first.replace(month=1)}.get(named), today


def title(account: str) -> str:
    """Return what the paper is called."""
    return f"{tr('Statement')} {account}"


def paper(account: str, sections: Sequence[Section], of: Period, today: date) -> bytes:
    """Return the statement as a PDF."""
    return papers.pdf(html(account, sections, of, today), title(account))


def html(account: str, sections: Sequence[Section], of: Period, today: date) -> str:
    """Return the statement as a text: what every purse holds, then how that came about."""
    since, until = of
    days = tr("Until {last}", last=formats.full_day(until))
    if since is not None:
        days = tr("{first} to {last}", first=formats.full_day(since), last=formats.full_day(until))
    made = tr("Made on {day}; all amounts in ¥", day=formats.full_day(today))
    return (
        f"<style>{_STYLE}</style><p class='title'>{escape(tr('Statement'))}</p>"
        f"<p class='for'>{escape(account)}</p>"
        f"<p class='soft'>{escape(days)}<br>{escape(made)}</p>"
        + (_balances(sections) + "".join(map(_section, sections)) if sections else _nothing())
    )


def _nothing() -> str:
    return f"<p>{escape(tr('Nothing was ever booked for this customer.'))}</p>"


def _balances(sections: Sequence[Section]) -> str:
    heads = (tr("Purse"), tr("Opening balance"), tr("Came in"), tr("Went out"), tr("Closing balance"))
    rows = (
        (name(each.purse), *map(formats.figure, (each.opening, each.came, each.went, each.closing)))
        for each in sections
    )
    return _table(heads, [_cells(row, left=1, bold=4) for row in rows], _SUMS)


def _section(section: Section) -> str:
    heads = (tr("Day"), tr("Text"), tr("Amount/¥"), tr("Balance/¥"))
    rows = [_cells(("", tr("Opening balance"), "", formats.figure(section.opening)), left=2)]
    rows += [_cells(_line(line), left=2) for line in section.lines]
    if not section.lines:
        rows.append(_cells(("", tr("Nothing moved in this period."), "", ""), left=2))
    rows.append(_cells(("", tr("Closing balance"), "", formats.figure(section.closing)), left=2, bold=3))
    title_ = f"<h3 class='purse'>{escape(name(section.purse))}</h3>"
    return title_ + _table(heads, rows, _MOVED)


def _line(line: Line) -> tuple[str, ...]:
    return (
        formats.full_day(line.on), said(line), formats.figure(line.amount), formats.figure(line.balance)
    )  # fmt: skip


def said(line: Line) -> str:
    """Return what a movement is, in words."""
    move = tr(MOVES[line.move]) if line.move in MOVES else line.move
    return " · ".join(part for part in (move, line.text) if part)


def name(purse: str) -> str:
    """Return what a purse is called."""
    return tr(PURSES.get(purse, purse))


def _table(heads: Sequence[str], rows: Sequence[str], widths: Sequence[int]) -> str:
    texts = sum(1 for wide in widths if wide < 0)  # columns of words; figures stand at the right
    head = "".join(
        f'<th width="{abs(wide)}%" align="{"left" if place < texts else "right"}">{escape(each)}</th>'
        for place, (each, wide) in enumerate(zip(heads, widths, strict=True))
    )
    return f'<table width="100%" cellspacing="0"><thead><tr>{head}</tr></thead>{"".join(rows)}</table>'


def _cells(cells: Sequence[str], *, left: int, bold: int = -1) -> str:
    made = []
    for place, each in enumerate(cells):
        text = f"<b>{escape(each)}</b>" if place == bold else escape(each)
        made.append(f"<td>{text}</td>" if place < left else f'<td align="right">{text}</td>')
    return f"<tr>{''.join(made)}</tr>"
