"""The route list: one painted row per stop, with its state, time, badge and fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QRectF

from fieldcrm.services.today import Stop, StopState
from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.paint import Status
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.today import words
from fieldcrm.ui.today.stages import Stage
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.lists import Cell, RowList

ROW = 48
_FACT = 148
_TIME, _NAME = 36, 92
_FINISHED = (StopState.DONE, StopState.SKIPPED, StopState.MOVED)


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A stop with what its row says besides."""

    stop: Stop
    stage: Stage | None
    today: date

    @property
    def fact(self) -> str:
        """Return the words at the right."""
        if self.stop.state is StopState.MOVED:
            return words.moved(self.stop, self.today)
        return words.fact(self.stop)

    @property
    def time(self) -> str:
        """Return the planned time, or when an unplanned visit began."""
        if self.stop.start_time is not None:
            return self.stop.start_time
        return formats.clock(self.stop.started_at) if self.stop.started_at else formats.NONE

    @property
    def badge(self) -> tuple[Status, str] | None:
        """Return the one badge of the row."""
        if self.stage is not None:
            status, text = words.STAGE[self.stage]
            return status, tr(text)
        if self.stop.state in _FINISHED:
            return None
        if self.stop.facts.overdue_since is not None:
            return Status.OVERDUE, tr("Payment due")
        if self.stop.state is StopState.LATE:
            return Status.DUE, tr("Late")
        return None

    def spoken(self) -> str:
        """Return the row for a screen reader."""
        parts = (self.time, self.stop.name, tr(words.STATE[self.stop.state]), self.fact)
        badge = self.badge
        return ", ".join([part for part in parts if part] + ([badge[1]] if badge else []))


def rows(stops: Sequence[Stop], stages: Mapping[int, Stage], today: date) -> list[RouteRow]:
    """Return the rows of a day."""
    return [RouteRow(stop, stages.get(stop.number), today) for stop in stops]


def model() -> RowsModel[RouteRow]:
    """Return an empty route."""
    said: Column[RouteRow] = Column("", RouteRow.spoken, hint=lambda row: row.stop.name)
    return RowsModel((said,), key=lambda row: row.stop.plan_id or row.stop.visit_id)


def route_list(rows_model: RowsModel[RouteRow], height: int = ROW) -> RowList:
    """Return the view of a route."""
    view = RowList(rows_model, _draw, height, name=tr("Today's route"), inset=20, lines=False)
    view.setProperty("surface", "clear")
    return view


def _draw(cell: Cell) -> None:
    row: RouteRow = cell.row
    painter, rect, stop = cell.painter, cell.rect, row.stop
    middle = rect.center().y()
    if not cell.selected:
        line = QRectF(rect.x() + _NAME, rect.bottom() - 1, rect.width() - _NAME, 1)
        paint.box(painter, line, 0, "line")
    done = stop.state in _FINISHED
    next_one = stop.state in (StopState.CURRENT, StopState.NEXT)
    paint.status(painter, words.STATUS[stop.state], rect.x(), middle - 11, 22)
    time_box = QRectF(rect.x() + _TIME, rect.y(), _NAME - _TIME, rect.height())
    weight = SEMIBOLD if next_one else REGULAR
    paint.text(painter, time_box, row.time, 14, weight, "text2" if done else "text")
    room = rect.width() - _NAME - _FACT - _badge_room(row)
    _name(cell, row, room, done)
    fact_box = QRectF(rect.right() - _FACT, rect.y(), _FACT, rect.height())
    paint.text(painter, fact_box, row.fact, 13, REGULAR, "text2", paint.RIGHT)
    if row.badge is not None:
        status, text = row.badge
        paint.status_badge(painter, rect.right() - _FACT - 12, middle, text, status, to_left=True)


def _badge_room(row: RouteRow) -> float:
    if row.badge is None:
        return 12
    status, text = row.badge
    return paint.badge_width(text, paint.SIGN[status][0]) + 28


def _name(cell: Cell, row: RouteRow, room: float, done: bool) -> None:
    stop, rect = row.stop, cell.rect
    left, top = rect.x() + _NAME, rect.center().y() - 19
    tone = "text2" if done else "text"
    paint.text(cell.painter, QRectF(left, top, room, 20), stop.name, 14, SEMIBOLD, tone)
    under = words.kind(stop.channel, stop.grade)
    if stop.started_at and stop.ended_at:
        under += "   " + formats.clock_range(stop.started_at, stop.ended_at)
    elif stop.state is StopState.CURRENT:
        under += "   " + tr("Visit running")
    elif stop.facts.todos:
        under += " · " + ntr("{n} to-do", "{n} to-dos", len(stop.facts.todos))
    paint.text(cell.painter, QRectF(left, top + 20, room, 18), under, 12, REGULAR, "text3")
