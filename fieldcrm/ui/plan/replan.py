"""Planning a day again: three ways beside each other, what each leaves out, and what would help (V5).

The first plan is there at once; a worker process goes on looking and the figures follow. What
the rep is willing to change asks the question anew; nothing is stored before a plan is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError
from fieldcrm.rules.positions import E7, Position
from fieldcrm.rules.routing.distances import Place
from fieldcrm.rules.routing.offers import Offer, Out, Progress, first, offers
from fieldcrm.rules.routing.planning import Keep
from fieldcrm.rules.routing.relaxing import Change, Relaxation
from fieldcrm.services import routes, solving
from fieldcrm.services.routes import DayQuestion, Wishes
from fieldcrm.storage import planning
from fieldcrm.ui import errors, formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.jobs import Task
from fieldcrm.ui.map import choose
from fieldcrm.ui.map.canvas import MapCanvas
from fieldcrm.ui.map.pins import Mark, Pin
from fieldcrm.ui.plan import on_roads, route_words
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, Segments
from fieldcrm.ui.widgets.frames import card, column, holder, row, scrolling
from fieldcrm.ui.widgets.labels import Label, Sign, caption, secondary
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.states import ProgressRow

Offers = tuple[Offer[UUID], ...]
Taken = Callable[[DayQuestion, Offer[UUID]], object]
_WIDTH, _HIGH, _MAP, _MOST_WAYS = 880, 216, 380, 3


class Replan(Dialog):
    """The question how a day is to be planned; ``taken`` hears the answer."""

    def __init__(
        self, context: Context, rep_id: UUID, on: date, taken: Taken, *, at: datetime | None = None
    ) -> None:
        today = context.today()
        super().__init__(tr("Plan {day} again", day=formats.day(on, today)), width=_WIDTH)
        self._context, self._rep_id, self._on, self._today = context, rep_id, on, today
        self._taken, self._at = taken, at
        self._wishes: list[Wishes] = [Wishes()]
        self._asked: DayQuestion | None = None
        self._offers: dict[Keep, Offer[UUID]] = {}
        self._chosen = Keep.BEST
        self._task: Task | None = None
        self._turn = 0
        self._build()
        self._ask()

    def _build(self) -> None:
        self.ways = Segments([(keep, tr(text)) for keep, text in route_words.WAYS.items()], current=Keep.BEST)
        self.ways.chosen.connect(self._on_way)
        self._figures = {keep: _Figures() for keep in Keep}
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        for place, figures in enumerate(self._figures.values()):
            grid.addWidget(figures, 0, place)
            grid.setColumnStretch(place, 1)
        self._progress = ProgressRow(tr("Looking for a better route"), self._stop)
        self._progress.cancel.setText(tr("Stop looking"))
        self._note = secondary("")
        self._back = Button(tr("Undo"), "link", height=28, on_click=self._on_back)
        self._stops = column(gap=4)
        self._out = column(gap=4)
        stops = scrolling(holder(self._stops))
        stops.setFixedHeight(_HIGH)
        self.map = MapCanvas(tr("The route on the map"))
        self.map.use_sheet(choose.remembered(self._context.settings))
        self.map.setFixedSize(_MAP, _HIGH)
        self._left = scrolling(holder(self._out))
        self._left.setMinimumHeight(0)
        self.add(
            self.ways, grid, self._progress, row(self._note, self._back, None, gap=8),
            row(stops, self.map, gap=16), self._left,
        )  # fmt: skip
        self.button(tr("Keep it as it is"))
        self.take = self.button(tr("Take this plan"), "primary", self._on_take)
        self.take.setEnabled(False)

    def show_over(self, host: QWidget) -> None:
        """Ask over the window of ``host``."""
        self.ask(host, self.ways.button(Keep.BEST)).closed.connect(self._stop)

    # -- asking ------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Ask with the wishes of now; an older search ends."""
        self._stop()
        self._turn += 1
        turn, wishes = self._turn, self._wishes[-1]
        rep_id, on, today, at = self._rep_id, self._on, self._today, self._at

        def read(session: Session) -> tuple[DayQuestion, Offers]:
            terms = planning.terms(session)
            asked = routes.ask(session, rep_id, on, today=today, terms=terms, at=at, wishes=wishes)
            return asked, first(asked.question)

        self._context.jobs.read(self, read, lambda found: self._begin(turn, *found))

    def _begin(self, turn: int, asked: DayQuestion, found: Offers) -> None:
        if turn != self._turn:
            return
        self._asked = asked
        self._show(found)
        question, database = asked.question, self._context.database
        self._progress.show_progress(tr("Looking for a better route"), 0.0)
        self._progress.setVisible(True)
        self._task = self._context.jobs.task(
            self,
            lambda stop, told: solving.solve(
                offers, on_roads.day(database, question, stop), stop=stop, told=told
            ),
            lambda answer: self._finish(turn, answer),
            failed=lambda error: self._fail(turn, error),
            on_progress=lambda progress: self._on_progress(turn, progress),
        )

    def _on_progress(self, turn: int, progress: object) -> None:
        if turn == self._turn and isinstance(progress, Progress):
            self._progress.show_progress(tr("Looking for a better route"), progress.share)
            self._show(progress.offers)

    def _finish(self, turn: int, answer: Offers) -> None:
        if turn == self._turn:
            self._task = None
            self._progress.setVisible(False)
            self._show(answer)

    def _fail(self, turn: int, error: FieldCrmError) -> None:
        if turn == self._turn:
            self._task = None
            self._progress.setVisible(False)
            self._note.show_text(errors.worded(error).whole, "bad")

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    # -- showing -----------------------------------------------------------------------------

    def _show(self, found: Offers) -> None:
        if self._asked is None:
            return
        self._offers = {offer.keep: offer for offer in found}
        for keep, figures in self._figures.items():
            figures.show_offer(self._offers[keep], self._asked)
        said = route_words.wishes(self._wishes[-1], self._names(), self._today)
        self._note.show_text(tr("With {changes}", changes=said) if said else "")
        self._note.setVisible(bool(said))
        self._back.setVisible(bool(said))
        self.take.setEnabled(bool(self._asked.cards))
        self._show_way()

    def _show_way(self) -> None:
        asked, offer = self._asked, self._offers.get(self._chosen)
        if asked is None or offer is None:
            return
        for keep, figures in self._figures.items():
            figures.set_chosen(keep is self._chosen)
        names = self._names()
        _clear(self._stops)
        for place, stop in enumerate(offer.route.stops, start=asked.begun + 1):
            number = Label(str(place), 13, 400, "text3", align=paint.RIGHT, rigid=True)
            number.setFixedWidth(24)
            time = Label(route_words.clock(stop.begin), 13, SEMIBOLD, "text2", rigid=True)
            self._stops.addWidget(holder(row(number, time, Label(names.get(stop.key, "")), gap=12)))
        self._stops.addStretch(1)
        self._show_out(offer, names)
        self._show_map(asked, offer, names)

    def _show_out(self, offer: Offer[UUID], names: dict[UUID, str]) -> None:
        _clear(self._out)
        if offer.left_out:
            text = ntr("{n} store is left out", "{n} stores are left out", len(offer.left_out))
            stay = caption(tr("They stay at the end of the day, without a time."))
            self._out.addWidget(
                holder(row(Sign("alert", 16, "warn"), Label(text, 14, SEMIBOLD), stay, None, gap=8))
            )
        for out in offer.left_out:
            self._out.addWidget(self._out_row(out, names))
        self._left.setVisible(bool(offer.left_out))
        self._left.setFixedHeight(min(132, 28 + 36 * len(offer.left_out)))

    def _out_row(self, out: Out[UUID], names: dict[UUID, str]) -> QWidget:
        key = out.why.key
        line = row(Label(names.get(key, "")), caption(tr(route_words.REASONS[out.why.reason])), None, gap=8)
        for change in out.relaxations[:_MOST_WAYS]:
            line.addWidget(
                _wish(route_words.relaxation(change, names), lambda c=change: self._relax(key, c))  # type: ignore[misc]
            )
        if out.other_day is not None:
            on = out.other_day
            line.addWidget(_wish(tr("Move to {day}", day=formats.weekday(on)), lambda: self._move(key, on)))
        return holder(line)

    def _show_map(self, asked: DayQuestion, offer: Offer[UUID], names: dict[UUID, str]) -> None:
        places = asked.positions
        marks = [
            Mark(_position(places[stop.key]), Pin.OPEN, str(number), names.get(stop.key, ""))
            for number, stop in enumerate(offer.route.stops, start=asked.begun + 1)
            if stop.key in places
        ]
        start = asked.question.terms.start
        ahead = [each.position for each in marks]
        self.map.setVisible(bool(marks))
        self.map.show_marks(marks, [], [_position(start), *ahead] if start else ahead)

    def _names(self) -> dict[UUID, str]:
        return {card.plan_id: card.account for card in self._asked.cards} if self._asked else {}

    # -- choosing ----------------------------------------------------------------------------

    def _on_way(self, keep: object) -> None:
        self._chosen = Keep(str(keep))
        self._show_way()

    def _relax(self, key: UUID, change: Relaxation[UUID]) -> None:
        wishes, minutes = self._wishes[-1], change.minutes
        match change.change:
            case Change.LUNCH_SHORTER if self._asked is not None:
                lunch = self._asked.question.terms.lunch_minutes
                self._wish(replace(wishes, lunch_minutes=lunch - minutes))
            case Change.DAY_LONGER:
                self._wish(replace(wishes, day_longer=wishes.day_longer + minutes))
            case Change.VISIT_SHORTER:
                more = wishes.shorter.get(key, 0) + minutes
                self._wish(replace(wishes, shorter={**wishes.shorter, key: more}))
            case Change.OPEN_LONGER:
                more = wishes.open_longer.get(key, 0) + minutes
                self._wish(replace(wishes, open_longer={**wishes.open_longer, key: more}))
            case Change.INSTEAD_OF if change.instead_of is not None:
                self._wish(replace(wishes, without=wishes.without | {change.instead_of}))

    def _move(self, key: UUID, on: date) -> None:
        self._wish(replace(self._wishes[-1], to_day={**self._wishes[-1].to_day, key: on}))

    def _wish(self, wishes: Wishes) -> None:
        self._wishes.append(wishes)
        self._ask()
        self.ways.button(self._chosen).setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_back(self) -> None:
        if len(self._wishes) > 1:
            self._wishes.pop()
            self._ask()

    def _on_take(self) -> None:
        if self._asked is not None:
            self._taken(self._asked, self._offers[self._chosen])


class _Figures(QWidget):
    """What one way costs: the road, the end of the day, the visits, how much is new."""

    def __init__(self) -> None:
        super().__init__()
        self._road = Label("", 20, SEMIBOLD)
        self._end, self._ways = secondary("", "text"), caption("")
        layout = column(card(self._road, self._end, self._ways, gap=2, margins=(16, 8, 16, 8)))
        self.setLayout(layout)

    def show_offer(self, offer: Offer[UUID], asked: DayQuestion) -> None:
        """Show what ``offer`` costs."""
        self._road.show_text(formats.distance(offer.route.km * 1000))
        count = len(offer.route.stops) + asked.begun
        end = route_words.clock(offer.route.finish)
        minutes = offer.route.finish - asked.question.terms.depart
        visits = ntr("{n} visit", "{n} visits", count)
        self._end.show_text(
            tr("{visits} · {time} · done by {end}", visits=visits, end=end, time=formats.hours(minutes))
        )
        self._ways.show_text(route_words.changed(offer.ways_changed))
        self.setAccessibleName(f"{self._road.text()}, {self._end.text()}")

    def set_chosen(self, chosen: bool) -> None:
        """Stand out or step back."""
        self._road.set_tone("accent" if chosen else "text2")


def _wish(text: str, then: Callable[[], object]) -> Button:
    return Button(text, "link", height=28, on_click=then)


def _position(place: Place) -> Position:
    return Position(round(place.latitude * E7), round(place.longitude * E7))


def _clear(layout: object) -> None:
    while (item := layout.takeAt(0)) is not None:  # type: ignore[attr-defined]
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
