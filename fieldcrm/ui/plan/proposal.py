"""A proposal by cadence and road: each new visit is taken, put on another day, or refused (V1, V5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError
from fieldcrm.rules.routing.weeks import Proposal, Proposed, Store, edited
from fieldcrm.rules.routing.weeks import propose as search
from fieldcrm.services import solving, team, weeks
from fieldcrm.services.team import Member
from fieldcrm.services.weeks import WeeksQuestion
from fieldcrm.storage import planning
from fieldcrm.ui import errors, formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.jobs import Task
from fieldcrm.ui.plan import on_roads, route_words
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import IconButton
from fieldcrm.ui.widgets.fields import Tick
from fieldcrm.ui.widgets.frames import column, holder, row, scrolling
from fieldcrm.ui.widgets.labels import Label, caption, secondary
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.states import ProgressRow

WEEKS = 2
_WIDTH, _HIGH = 760, 400


class Line(QWidget):
    """One visit that is new: ticked it is planned, on the day it was given."""

    def __init__(self, on: date, store: Store[UUID], name: str, today: date, days: Sequence[date]) -> None:
        super().__init__()
        self.on, self.key, self.to = on, store.key, on
        self._today, self._days = today, days
        self.tick = Tick(name, on=True)
        due = tr("due {day}", day=formats.day(store.due_on, today))
        self._facts = caption(tr(" · ").join((tr("Grade {grade}", grade=store.grade), due)))
        self.other = IconButton("calendar-arrow-right", tr("Another day"), self._offer, size=32, quiet=True)
        layout: QHBoxLayout = row(self.tick, None, self._facts, self.other, gap=8, margins=(16, 0, 8, 0))
        self.setLayout(layout)

    def put_on(self, day: date) -> None:
        """Take it on another day; on its own again if that is the day."""
        self.to = day
        self.tick.setChecked(True)
        self._facts.show_text(tr("on {day} instead", day=formats.day(day, self._today)), "accent")

    def _offer(self) -> None:
        menu = QMenu(self)
        for day in self._days:
            if day != self.to:
                menu.addAction(formats.day(day, self._today), partial(self.put_on, day))
        menu.popup(self.other.mapToGlobal(self.other.rect().bottomLeft()))


class ProposalDialog(Dialog):
    """The question which visits of a proposal are planned; ``taken`` hears the days with them."""

    def __init__(
        self, context: Context, rep: Member, first: date, taken: Callable[[Sequence[Proposed[UUID]]], object]
    ) -> None:
        super().__init__(
            tr("Visits proposed for two weeks"),
            tr("By cadence and road; what is planned keeps its day. Nothing is stored before you take it."),
            width=_WIDTH,
        )
        self._context, self._rep, self._from, self._taken = context, rep, first, taken
        self._task: Task | None = None
        self._asked: WeeksQuestion | None = None
        self._found: Proposal[UUID] | None = None
        self.lines: list[Line] = []
        self._progress = ProgressRow(tr("Looking for good days and routes"), self._stop)
        self._progress.cancel.setText(tr("Stop looking"))
        self._list = column(gap=4)
        self._listed = scrolling(holder(self._list))
        self._listed.setFixedHeight(_HIGH)
        self._note = secondary("")
        self.add(self._progress, self._listed, self._note)
        self.button(tr("Keep it as it is"))
        self.take = self.button(tr("Plan these visits"), "primary", self._on_take)
        self.take.setEnabled(False)

    def show_over(self, host: QWidget) -> None:
        """Ask over the window of ``host``, and begin to look."""
        self.ask(host).closed.connect(self._stop)
        rep, first, today = self._rep, self._from, self._context.today()

        def read(session: Session) -> WeeksQuestion:
            territories = team.territories_under(session, rep.territory_id)
            return weeks.ask(
                session, territories, rep.id, first, WEEKS, today=today, terms=planning.terms(session)
            )

        self._context.jobs.read(self, read, self._begin)

    def _begin(self, asked: WeeksQuestion) -> None:
        self._asked = asked
        question, database = asked.question, self._context.database
        self._progress.show_progress(tr("Looking for good days and routes"), 0.0)
        self._task = self._context.jobs.task(
            self,
            lambda stop, told: solving.solve(
                search, on_roads.many_days(database, question, stop), stop=stop, told=told
            ),
            self._show,
            failed=self._fail,
            on_progress=self._on_progress,
        )

    def _on_progress(self, share: object) -> None:
        if isinstance(share, float):
            self._progress.show_progress(tr("Looking for good days and routes"), share)

    def _fail(self, error: FieldCrmError) -> None:
        self._progress.setVisible(False)
        self._note.show_text(errors.worded(error).whole, "bad")

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _show(self, found: Proposal[UUID]) -> None:
        self._progress.setVisible(False)
        self._found = found
        for day in found.days:
            self._show_day(day, [each.on for each in found.days])
        self._list.addStretch(1)
        waiting = len(found.waiting)
        said = ntr(
            "{n} due store finds no room in these days", "{n} due stores find no room in these days", waiting
        )
        self._note.show_text(said if waiting else tr("Every store that falls due has its day."))
        self._count()
        self.take.setFocus()

    def _show_day(self, day: Proposed[UUID], days: Sequence[date]) -> None:
        asked, today = self._asked, self._context.today()
        if asked is None:
            return
        stores = {store.key: store for store in asked.question.stores}
        title = Label(formats.day(day.on, today), 14, SEMIBOLD)
        self._list.addWidget(holder(row(title, None, secondary(_figures(day)), gap=8, margins=(0, 8, 16, 0))))
        for key in day.fresh:
            line = Line(day.on, stores[key], asked.names.get(key, ""), today, days)
            line.tick.toggled.connect(lambda _on: self._count())
            self._list.addWidget(line)
            self.lines.append(line)

    def _count(self) -> None:
        number = sum(line.tick.isChecked() for line in self.lines)
        self.take.setText(
            ntr("Plan {n} visit", "Plan {n} visits", number) if number else tr("Plan these visits")
        )
        self.take.setEnabled(bool(number))

    def _on_take(self) -> None:
        if self._found is None:
            return
        refused = {(line.on, line.key) for line in self.lines if not line.tick.isChecked()}
        moved = {
            (line.on, line.key): line.to
            for line in self.lines
            if line.to != line.on and line.tick.isChecked()
        }
        self._taken(edited(self._found.days, refused, moved))


def _figures(day: Proposed[UUID]) -> str:
    if not day.route.stops:
        return tr("free")
    visits = ntr("{n} visit", "{n} visits", len(day.route.stops))
    road = formats.distance(day.route.km * 1000)
    end = route_words.clock(day.route.finish)
    return tr(
        "{visits}, {n} new · {road} · done by {end}", visits=visits, n=len(day.fresh), road=road, end=end
    )
