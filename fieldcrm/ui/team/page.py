"""The live board: each rep's day in one line, and where everybody was last seen (V9).

It follows what arrives: a check-in of a rep who is online moves his line within a second.
Without a network it says as of when it is.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget
from sqlalchemy.orm import Session

from fieldcrm.services import team, team_day
from fieldcrm.services.team_day import Doing, RepDay
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.map import choose
from fieldcrm.ui.map.canvas import MapCanvas
from fieldcrm.ui.map.pins import Mark, Pin
from fieldcrm.ui.page import Page
from fieldcrm.ui.paint import Status
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Header, column, row, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, caption
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.states import EmptyState

_EVERY_MS = 60_000  # minutes in a store go on without any news
_SIDE = 372
DOING: dict[Doing, tuple[str, Status]] = {
    Doing.IN_STORE: (mark("At a store"), Status.CURRENT),
    Doing.ON_THE_ROAD: (mark("Between stores"), Status.OPEN),
    Doing.FINISHED: (mark("All done"), Status.DONE),
    Doing.NOT_BEGUN: (mark("Not begun"), Status.DUE),
    Doing.NOTHING_PLANNED: (mark("Nothing planned"), Status.SKIPPED),
}


class TeamPage(Page):
    """The reps' day, and the map of where they are."""

    watches = frozenset({"visit_plan", "visit", "check_in", "check_out", "order", "user"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._days: list[RepDay] = []
        self._build()
        self.bind("Ctrl+Return", self._open_chosen, tr("Open the rep's report"))
        self._clock = QTimer(self, interval=_EVERY_MS)
        self._clock.timeout.connect(self.refresh_soon)
        self._clock.start()
        context.connection.changed.connect(self._show_facts)

    # -- building -------------------------------------------------------------------------

    def _build(self) -> None:
        self.header = Header(
            tr("Team today"), "", [IconButton("refresh", tr("Sync now"), self.context.shell.sync_now)]
        )
        self.model: RowsModel[RepDay] = RowsModel(self._columns(), key=lambda day: day.id)
        self.table = RowTable(
            self.model, self.context.settings.row_height(52), name=tr("Team today"),
            cells={0: _draw_rep, 1: self._draw_doing, 2: _draw_progress},
        )  # fmt: skip
        self.table.opened.connect(lambda _day: self._open_chosen())
        self.table.picked.connect(self._show_rep)
        self.setFocusProxy(self.table)
        self.map = MapCanvas(tr("Where everybody was last seen"))
        self.map.use_sheet(choose.remembered(self.context.settings))
        self.map.setMinimumHeight(220)
        self.map.mark_clicked.connect(self._on_mark)
        self._placed: list[RepDay] = []
        self._nothing = EmptyState("account-group-outline", tr("Nobody works in your area yet"), "", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._nothing)
        inside = QVBoxLayout()
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self._stack)
        body = row(surface("card", inside), self._side(), gap=16, margins=(24, 16, 24, 16))
        body.setStretch(0, 1)
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)

    def _side(self) -> QWidget:
        self._name, self._about = Label("", 15, SEMIBOLD), Paragraph("", 13, 400, "text2")
        self._open = Button(tr("Open the report"), icon="file-document-outline", on_click=self._open_chosen)
        self._plan = Button(tr("Open the plan"), icon="calendar-week", on_click=self._open_plan)
        whole = column(
            self.map, caption(tr("Positions of the last check-ins")), self._name, self._about,
            row(self._open, self._plan, None, gap=8), gap=12, margins=(16, 16, 16, 16),
        )  # fmt: skip
        whole.setStretch(0, 1)
        made = surface("card", whole)
        made.setFixedWidth(_SIDE)
        return made

    def _columns(self) -> tuple[Column[RepDay], ...]:
        rep: Column[RepDay] = Column(mark("Rep"), lambda d: d.rep.name, sort=lambda d: d.rep.name, width=152)
        doing: Column[RepDay] = Column(mark("Now"), lambda d: f"{tr(DOING[d.doing][0])} {d.store}")
        done: Column[RepDay] = Column(
            mark("Visits"), lambda d: f"{d.done} / {d.planned}", sort=lambda d: d.done, width=148
        )
        orders: Column[RepDay] = Column(
            mark("Orders"), lambda d: formats.figure(d.amount, zero_is_none=True),
            sort=lambda d: d.amount, align=paint.RIGHT, width=116,
        )  # fmt: skip
        heard: Column[RepDay] = Column(
            mark("Last news"), lambda d: "—" if d.heard is None else formats.clock(d.heard),
            sort=lambda d: d.heard.timestamp() if d.heard else 0.0, align=paint.RIGHT, width=96,
        )  # fmt: skip
        return rep, doing, done, orders, heard

    def panes(self) -> list[QWidget]:
        """Return the table and the map."""
        return [self.table, self.map]

    # -- reading --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the team's day again."""
        me, today, now = self.context.me.id, self.context.today(), self.context.now()

        def read(session: Session) -> list[RepDay]:
            return team_day.team_day(session, team.reps_of(session, me), today, now)

        self.jobs.read(self, read, self._show)

    def _show(self, days: list[RepDay]) -> None:
        self._days = days
        self.model.show_rows(days)
        self._stack.setCurrentIndex(0 if days else 1)
        if days and self.table.row() is None:
            self.table.pick(0)
        self._show_rep(self.table.row())
        self._placed = [day for day in days if day.position is not None]
        self.map.show_marks([
            Mark(day.position, _pin(day), paint.initials(day.rep.name), f"{day.rep.name} · {day.store}")
            for day in self._placed
            if day.position is not None
        ])  # fmt: skip
        self._show_facts()

    def _show_facts(self) -> None:
        done, planned = sum(day.done for day in self._days), sum(day.planned for day in self._days)
        inside = sum(day.doing is Doing.IN_STORE for day in self._days)
        late = sum(bool(day.late) for day in self._days)
        facts = [
            tr("{done} of {planned} planned visits done", done=done, planned=planned),
            ntr("{n} in a store", "{n} in a store", inside),
        ]
        if late:
            facts.append(ntr("{n} behind the plan", "{n} behind the plan", late))
        connection = self.context.connection
        if not connection.online and connection.last_sync is not None:
            when = formats.moment(connection.last_sync, self.context.now())
            facts.append(tr("offline, as of {time}", time=when))
        self.header.show_facts(" · ".join(facts))

    def _show_rep(self, day: RepDay | None) -> None:
        self._name.show_text("" if day is None else day.rep.name)
        self._about.show_text("" if day is None else self._told(day))
        self._open.setVisible(day is not None and day.visit_id is not None)
        self._plan.setVisible(day is not None)

    def _told(self, day: RepDay) -> str:
        parts = [tr("In stores for {time}", time=formats.duration(day.minutes_in_store * 60))]
        if day.unplanned:
            parts.append(ntr("{n} visit besides the plan", "{n} visits besides the plan", day.unplanned))
        if day.dropped:
            parts.append(ntr("{n} skipped or moved", "{n} skipped or moved", day.dropped))
        if day.late:
            parts.append(
                ntr("{n} visit over half an hour late", "{n} visits over half an hour late", day.late)
            )
        if day.orders:
            parts.append(ntr("{n} order", "{n} orders", day.orders))
        return " · ".join(parts)

    # -- acting ---------------------------------------------------------------------------

    def _on_mark(self, number: int) -> None:
        self.table.pick(self.model.number_of(self._placed[number].id))

    def _open_chosen(self) -> None:
        day = self.table.row()
        if isinstance(day, RepDay) and day.visit_id is not None and day.doing is not Doing.IN_STORE:
            self.context.shell.open("reviews", visit_id=day.visit_id)
        elif isinstance(day, RepDay):
            self.context.shell.toast(tr("The report comes when the visit has ended."))

    def _open_plan(self) -> None:
        day = self.table.row()
        if isinstance(day, RepDay):
            self.context.shell.open("plan", on=self.context.today(), rep_id=day.rep.id)

    def _draw_doing(self, cell: Cell) -> None:
        day: RepDay = cell.row
        said, status = DOING[day.doing]
        paint.status(cell.painter, status, cell.rect.x(), cell.rect.center().y() - 10, 20)
        cell.rect = cell.rect.adjusted(28, 0, 0, 0)
        cell.two_lines(tr(said) if not day.store else f"{tr(said)} · {day.store}", self._since(day), 400)

    def _since(self, day: RepDay) -> str:
        if day.since is None:
            return ""
        time = formats.clock(day.since)
        return tr("since {time}", time=time) if day.doing is Doing.IN_STORE else tr("left {time}", time=time)


def _draw_rep(cell: Cell) -> None:
    day: RepDay = cell.row
    centre = cell.rect.topLeft()
    centre.setX(centre.x() + 16)
    centre.setY(cell.rect.center().y())
    paint.avatar(cell.painter, centre, 16, paint.initials(day.rep.name))
    cell.rect = cell.rect.adjusted(42, 0, 0, 0)
    cell.text(day.rep.name, 14, SEMIBOLD)


def _draw_progress(cell: Cell) -> None:
    day: RepDay = cell.row
    upper = QRectF(cell.rect.x(), cell.rect.center().y() - 18, cell.rect.width(), 18)
    said = f"{day.done} / {day.planned}" if day.planned else "—"
    if day.unplanned:
        said = f"{said} +{day.unplanned}"
    paint.text(cell.painter, upper, said, 13, SEMIBOLD)
    if day.late:
        late = ntr("{n} behind", "{n} behind", day.late)
        paint.text(cell.painter, upper, late, 12, 400, "bad", paint.RIGHT)
    bar = QRectF(cell.rect.x(), cell.rect.center().y() + 6, cell.rect.width(), 6)
    paint.bar(
        cell.painter, bar, day.done / day.planned if day.planned else 0, "bad" if day.late else "accent"
    )


def _pin(day: RepDay) -> Pin:
    if day.late:
        return Pin.OVERDUE
    return Pin.NEXT if day.doing is Doing.IN_STORE else Pin.OPEN
