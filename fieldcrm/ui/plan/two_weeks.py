"""A proposal for the next two weeks: each day is looked at, ticked or not, and then planned (V1, V5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError
from fieldcrm.rules.routing.day import Terms
from fieldcrm.rules.routing.weeks import Proposal, Proposed
from fieldcrm.rules.routing.weeks import propose as search
from fieldcrm.services import solving, team, weeks
from fieldcrm.services.team import Member
from fieldcrm.services.weeks import WeeksQuestion
from fieldcrm.ui import errors, formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.jobs import Task
from fieldcrm.ui.plan import route_words
from fieldcrm.ui.widgets.fields import Tick
from fieldcrm.ui.widgets.frames import column, holder, row, scrolling
from fieldcrm.ui.widgets.labels import caption, secondary
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.states import ProgressRow

WEEKS = 2
_WIDTH, _HIGH = 760, 400


class TwoWeeks(Dialog):
    """The question which days of a proposal are planned; ``taken`` hears them."""

    def __init__(
        self, context: Context, rep: Member, first: date, taken: Callable[[Sequence[Proposed[UUID]]], object]
    ) -> None:
        super().__init__(
            tr("Plan the next two weeks"),
            tr("By cadence and road; what is planned keeps its day. Nothing is stored before you take it."),
            width=_WIDTH,
        )
        self._context, self._rep, self._from, self._taken = context, rep, first, taken
        self._task: Task | None = None
        self._asked: WeeksQuestion | None = None
        self.days: list[tuple[Tick, Proposed[UUID]]] = []
        self._progress = ProgressRow(tr("Looking for good days and routes"), self._stop)
        self._progress.cancel.setText(tr("Stop looking"))
        self._list = column(gap=4)
        self._listed = scrolling(holder(self._list))
        self._listed.setFixedHeight(_HIGH)
        self._note = secondary("")
        self.add(self._progress, self._listed, self._note)
        self.button(tr("Keep it as it is"))
        self.take = self.button(tr("Plan these days"), "primary", self._on_take)
        self.take.setEnabled(False)

    def show_over(self, host: QWidget) -> None:
        """Ask over the window of ``host``, and begin to look."""
        self.ask(host).closed.connect(self._stop)
        rep, first, today = self._rep, self._from, self._context.today()

        def read(session: Session) -> WeeksQuestion:
            territories = team.territories_under(session, rep.territory_id)
            return weeks.ask(session, territories, rep.id, first, WEEKS, today=today, terms=Terms())

        self._context.jobs.read(self, read, self._begin)

    def _begin(self, asked: WeeksQuestion) -> None:
        self._asked = asked
        question = asked.question
        self._progress.show_progress(tr("Looking for good days and routes"), 0.0)
        self._task = self._context.jobs.task(
            self,
            lambda stop, told: solving.solve(search, question, stop=stop, told=told),
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
        names = self._asked.names if self._asked is not None else {}
        today = self._context.today()
        for day in found.days:
            tick = Tick(formats.day(day.on, today), on=bool(day.fresh))
            tick.setEnabled(bool(day.fresh))
            tick.toggled.connect(lambda _on: self._count())
            self._list.addWidget(
                holder(row(tick, None, secondary(_figures(day)), gap=8, margins=(0, 0, 16, 0)))
            )
            stores = tr(", ").join(names.get(stop.key, "") for stop in day.route.stops)
            self._list.addWidget(holder(row(caption(stores), gap=0, margins=(32, 0, 16, 4))))
            self.days.append((tick, day))
        self._list.addStretch(1)
        waiting = len(found.waiting)
        said = ntr(
            "{n} due store finds no room in these days", "{n} due stores find no room in these days", waiting
        )
        self._note.show_text(said if waiting else tr("Every store that falls due has its day."))
        self._count()
        self.take.setFocus()

    def _count(self) -> None:
        self.take.setEnabled(any(tick.isChecked() for tick, _ in self.days))

    def _on_take(self) -> None:
        self._taken([day for tick, day in self.days if tick.isChecked()])


def _figures(day: Proposed[UUID]) -> str:
    if not day.route.stops:
        return tr("free")
    visits = ntr("{n} visit", "{n} visits", len(day.route.stops))
    road = formats.distance(day.route.km * 1000)
    end = route_words.clock(day.route.finish)
    return tr(
        "{visits}, {n} new · {road} · done by {end}", visits=visits, n=len(day.fresh), road=road, end=end
    )
