"""The visit board: what was planned, what became of it, and what to change next (V1).

Counted from the rows of this laptop, so it works without a connection; a manager sees the
team and each rep. A chosen figure shows its rows below.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from PySide6.QtWidgets import QGridLayout, QStackedWidget, QWidget
from sqlalchemy.orm import Session

from fieldcrm.model.users import Role
from fieldcrm.rules.next_period import Change, Proposed
from fieldcrm.rules.visit_board import Board, Line
from fieldcrm.services import cadence, plans, team, visit_board
from fieldcrm.services.team import Member
from fieldcrm.services.visit_board import Whole
from fieldcrm.ui import formats
from fieldcrm.ui.cadence import figures, words
from fieldcrm.ui.cadence.report import ReportDialog
from fieldcrm.ui.cadence.tiles import Tile
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.widgets.buttons import Button, IconButton, Segments
from fieldcrm.ui.widgets.fields import ChoiceField
from fieldcrm.ui.widgets.frames import Header, column, holder, row, scrolling, surface
from fieldcrm.ui.widgets.labels import Paragraph, secondary, section_title
from fieldcrm.ui.widgets.lists import RowTable

_PLACES = ((0, 0), (0, 1), (0, 2), (0, 3, 1, 2), (1, 0), (1, 1), (1, 2), (1, 3), (1, 4))
_SHOWN = 30
_RepRow = tuple[Member, Board]


class BoardPage(Page):
    """Figures over their rows; what to change at the right."""

    watches = frozenset({
        "visit_plan", "visit", "check_out", "order", "account", "cadence_rule", "office_day",
    })  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.span, self.on = "week", context.today()
        self.found: Whole | None = None
        self.chosen = "missed"
        self._team: list[Member] = []
        self._who: Member | None = None
        self._leads = context.me.role != Role.REP
        self._build()

    def _build(self) -> None:
        self.people = ChoiceField([], name=tr("Whose board"))
        self.people.chosen.connect(self._on_who)
        spans = [("day", tr("One day")), ("week", tr("Week")), ("month", tr("Month"))]
        self.spans = Segments(spans, current=self.span, even=False)
        self.spans.setFixedHeight(40)
        self.spans.chosen.connect(self._on_span)
        report = IconButton("file-export-outline", tr("Report as PDF or Excel…"), self.ask_report)
        rules = Button(tr("Visit rules"), icon="tune-variant", on_click=self._open_rules)
        self.header = Header(
            tr("Visit board"), "",
            (
                self.people, self.spans, IconButton("chevron-left", tr("Earlier"), lambda: self.go(-1)),
                Button(tr("Today"), on_click=lambda: self.go(0)),
                IconButton("chevron-right", tr("Later"), lambda: self.go(1)), report, rules,
            ),
            IconButton("arrow-left", tr("Back"), self.context.shell.back, quiet=True),
        )  # fmt: skip
        for control in (self.people, rules):
            control.setVisible(self._leads)
        self.tiles = {key: Tile(tr(kind.name), tr(kind.formula)) for key, kind in figures.KINDS.items()}
        grid = QGridLayout()
        grid.setSpacing(12)
        for place, (key, tile) in zip(_PLACES, self.tiles.items(), strict=True):
            grid.addWidget(tile, *place)
            tile.clicked.connect(partial(self.choose, key))
        self._title, self._formula = section_title(""), secondary("")
        self.lines: RowsModel[Line] = RowsModel(self._columns(), key=_key_of)
        self.table = RowTable(self.lines, self.context.settings.row_height(44), name=tr("Rows of the figure"))
        self.table.opened.connect(self._open_line)
        self.reps: RowsModel[_RepRow] = RowsModel(self._rep_columns(), key=lambda each: each[0].id)
        self.rep_table = RowTable(self.reps, self.context.settings.row_height(44), name=tr("By rep"))
        self.rep_table.opened.connect(lambda each: self._show_one(each[0]))
        self._below = QStackedWidget()
        self._below.addWidget(self.table)
        self._below.addWidget(self.rep_table)
        nothing = column(
            secondary(tr("No visit or store is behind this figure.")), None, margins=(16, 8, 16, 8)
        )
        self._below.addWidget(holder(nothing))
        self._team_button = Button(tr("By rep"), "link", height=24, on_click=lambda: self.choose(""))
        head = row(self._title, self._formula, None, self._team_button, gap=12, margins=(16, 12, 16, 0))
        rows = surface("card", column(head, self._below, gap=8, margins=(1, 1, 1, 1)))
        self._changes = column(gap=12)
        self._act = surface(
            "card",
            column(
                row(section_title(tr("What to change next")), margins=(16, 12, 16, 0)),
                scrolling(holder(self._changes)), gap=8, margins=(1, 1, 1, 1),
            ),
        )  # fmt: skip
        self._act.setFixedWidth(332)
        left = column(grid, rows, gap=16)
        left.setStretch(1, 1)
        body = row(gap=16, margins=(24, 16, 24, 16))
        body.addLayout(left, 1)
        body.addWidget(self._act)
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)
        self.bind("Ctrl+Left", lambda: self.go(-1), tr("Earlier"))
        self.bind("Ctrl+Right", lambda: self.go(1), tr("Later"))
        self.bind("T", lambda: self.go(0), tr("Today"))
        self.bind("Ctrl+P", self.ask_report, tr("Report as PDF or Excel…"))

    def _columns(self) -> tuple[Column[Line], ...]:
        today = self.context.today()
        return (
            Column(
                mark("Day"),
                lambda line: formats.table_day(line.on, today) if line.on else formats.NONE,
                width=120,
            ),
            Column(mark("Store"), lambda line: self._name(line.account_id)),
            Column(mark("Rep"), lambda line: self._person(line.rep_id), width=110),
            Column(mark("What it says"), self._said, width=210),
        )

    def _rep_columns(self) -> tuple[Column[_RepRow], ...]:
        def said(key: str) -> Column[_RepRow]:
            kind = figures.KINDS[key]
            return Column(kind.name, lambda each: kind.said(kind.of(each[1])), width=92)

        return (
            Column(mark("Rep"), lambda each: each[0].name),
            *(said(key) for key in ("planned", "done", "missed", "covered", "strike", "route", "in_time")),
        )

    def panes(self) -> list[QWidget]:
        """Return the figures, the rows and the changes."""
        return [next(iter(self.tiles.values())), self.table, self._act]

    # -- reading --------------------------------------------------------------------------

    def bounds(self) -> tuple[date, date]:
        """Return the first and last day that are shown."""
        if self.span == "day":
            return self.on, self.on
        if self.span == "week":
            monday = self.on - timedelta(self.on.weekday())
            return monday, monday + timedelta(6)
        first = self.on.replace(day=1)
        return first, (first + timedelta(31)).replace(day=1) - timedelta(1)

    def refresh(self) -> None:
        """Count again."""
        first, last = self.bounds()
        me, who, today = self.context.me.id, self._who, self.context.today()

        def read(session: Session) -> tuple[list[Member], Whole]:
            reps = team.reps_of(session, me)
            wanted = [rep for rep in reps if who is None or rep.id == who.id]
            return reps, visit_board.read(session, wanted, first, last, today=today)

        self.jobs.read(self, read, self._show)

    def _show(self, read: tuple[list[Member], Whole]) -> None:
        reps, found = read
        self.found = found
        if reps != self._team:
            self._team = reps
            self.people.show_choices(
                [(None, tr("The whole team")), *((rep, rep.name) for rep in reps)], self._who
            )
        first, last = self.bounds()
        span = formats.day_range(first, last) if first != last else formats.full_day(first)
        self.header.show_facts(tr("{days} · counted on this laptop", days=span))
        for key, tile in self.tiles.items():
            kind = figures.KINDS[key]
            figure = kind.of(found.board)
            share = figure.share if kind.said is figures.percent else None
            tile.show_figure(kind.said(figure), kind.under(found.board), share)
        self.reps.show_rows(found.by_rep)
        self._team_button.setVisible(len(found.by_rep) > 1)
        self.choose(self.chosen)
        self._show_changes(found)

    def choose(self, key: str, _checked: bool = True) -> None:
        """Show the rows of a figure; without one, the team by rep."""
        found = self.found
        if found is None:
            return
        self.chosen = key if key or len(found.by_rep) > 1 else "missed"
        if not self.chosen:
            self._title.show_text(tr("By rep"))
            self._formula.show_text("")
            self._below.setCurrentIndex(1)
            return
        kind = figures.KINDS[self.chosen]
        figure = kind.of(found.board)
        self.tiles[self.chosen].setChecked(True)
        self._title.show_text(f"{tr(kind.name)} {kind.said(figure)}")
        self._formula.show_text(tr(kind.formula))
        self.lines.show_rows(
            sorted(figure.lines, key=lambda line: (line.on or date.max, self._name(line.account_id)))
        )
        self._below.setCurrentIndex(0 if figure.lines else 2)

    def _order(self, line: Line) -> tuple[bool, date, str]:
        return line.counts, line.on or date.min, self._name(line.account_id)

    def _name(self, account_id: UUID) -> str:
        return self.found.names.get(account_id, tr("Unknown store")) if self.found else ""

    def _person(self, rep_id: UUID | None) -> str:
        return self.found.people.get(rep_id, "") if self.found and rep_id else ""

    def _said(self, line: Line) -> str:
        if self.chosen in ("in_store", "on_road"):
            return formats.duration((line.minutes or 0) * 60)
        if self.chosen == "missed":
            return figures.reason(line.note)
        if self.chosen == "planned":
            return figures.reason(line.note) if line.note else ""
        yes, no = _YES_NO[self.chosen]
        return tr(yes) if line.counts else tr(no)

    # -- what to change -------------------------------------------------------------------

    def _show_changes(self, found: Whole) -> None:
        while item := self._changes.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for proposed in found.changes[:_SHOWN]:
            self._changes.addWidget(self._change(proposed))
        if len(found.changes) > _SHOWN:
            more = len(found.changes) - _SHOWN
            self._changes.addWidget(secondary(ntr("{n} more", "{n} more", more)))
        if not found.changes:
            self._changes.addWidget(Paragraph(tr("No store is late again and again."), 13, 400, "text2"))
        self._changes.addStretch(1)
        self._changes.setContentsMargins(16, 4, 16, 12)

    def _change(self, proposed: Proposed) -> QWidget:
        does = Button(figures.act(proposed), height=32, on_click=partial(self.take, proposed))
        opens = Button(self._name(proposed.account_id), "link", height=24)
        opens.clicked.connect(lambda: self.context.shell.open("account", account_id=proposed.account_id))
        text = Paragraph(figures.change(proposed), 13, 400, "text2")
        return holder(column(row(opens, None), text, row(does, None), gap=4))

    def take(self, proposed: Proposed) -> None:
        """Do what is proposed; the toast takes it back."""
        key, today, at = proposed.account_id, self.context.today(), self.context.now()
        name = self._name(key)
        match proposed.change:
            case Change.REASON:
                self.context.shell.open("account_edit", account_id=key, field="opening")
            case Change.SLOWER:
                why = tr("Reached {every} in half a year", every=words.every(proposed.days))
                self.jobs.write(
                    self, lambda s: cadence.override(s, key, proposed.days, why),
                    lambda before: self._told(
                        tr("{store}: {every}", store=name, every=words.every(proposed.days)),
                        lambda s: cadence.put_back(s, key, before),
                    ),
                )  # fmt: skip
            case Change.FIRST:
                rep_id = self._rep_of(key)
                self.jobs.write(
                    self, lambda s: visit_board.go_first(s, key, rep_id, today=today),
                    lambda made: self._told(
                        tr("{store} goes first next week", store=name), lambda s: plans.remove(s, made, at)
                    ),
                )  # fmt: skip

    def _told(self, said: str, undo: object) -> None:
        self.context.shell.toast(said, lambda: self.jobs.write(self, undo))  # type: ignore[arg-type]

    def _rep_of(self, account_id: UUID) -> UUID:
        lines = self.found.board.in_time.lines if self.found else ()
        found = next((line.rep_id for line in lines if line.account_id == account_id), None)
        return found or self.context.me.id

    # -- moving about ---------------------------------------------------------------------

    def go(self, step: int) -> None:
        """Show the span before or after, or the one of today."""
        first, last = self.bounds()
        self.on = (
            self.context.today() if not step else last + timedelta(1) if step > 0 else first - timedelta(1)
        )
        self.refresh_soon()

    def _on_span(self, span: object) -> None:
        self.span = str(span)
        self.refresh_soon()

    def _on_who(self, who: object) -> None:
        self._who = who if isinstance(who, Member) else None
        self.refresh_soon()

    def _show_one(self, rep: Member) -> None:
        self.people.choose(rep)
        self.chosen = "missed"
        self._on_who(rep)

    def _open_line(self, line: Line) -> None:
        if line.visit_id is not None:
            self.context.shell.open("reviews" if self._leads else "reports", visit_id=line.visit_id)
        else:
            self.context.shell.open("account", account_id=line.account_id)

    def ask_report(self) -> None:
        """Write the figures and the visits of these days into a file."""
        reps = [rep for rep in self._team if self._who is None or rep.id == self._who.id]
        ReportDialog(self.context, reps, *self.bounds()).open()

    def _open_rules(self) -> None:
        self.context.shell.open("visit_rules")


def _key_of(line: Line) -> object:
    return line.account_id, line.on, line.visit_id


_YES_NO = {
    "done": (mark("done"), mark("missed")),
    "covered": (mark("visited"), mark("not visited")),
    "strike": (mark("with an order"), mark("without an order")),
    "route": (mark("in the planned order"), mark("out of order")),
    "in_time": (mark("in time"), mark("overdue")),
}
