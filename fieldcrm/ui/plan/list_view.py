"""The week as a list: one row a visit, sorted by any column, worked by keys like the board (V2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget

from fieldcrm.services.plan_board import DayPlan, PlannedVisit, StopState
from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.plan import cards
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.frames import column, surface
from fieldcrm.ui.widgets.lists import Cell, Draw, RowTable
from fieldcrm.ui.widgets.states import EmptyState

_ROW = 44
_UNTIMED = "~"  # after every time
_FAINT = (StopState.SKIPPED, StopState.MOVED)
_STATE = 4


class WeekList(QStackedWidget):
    """Rows by day until a column is clicked; Enter opens the store, Space asks, 1–7 sends."""

    opened = Signal(object)  # PlannedVisit
    asked = Signal(object, QPoint)
    sent = Signal(object, int)

    def __init__(self) -> None:
        super().__init__()
        self._today = date.min
        self._places: dict[object, int] = {}
        self.model = self._model()
        self.table = _Table(self.model, self)
        self.addWidget(surface("card", column(self.table, gap=0, margins=(1, 1, 1, 1))))
        self.addWidget(EmptyState("calendar-blank-outline", tr("No visit is planned in this week.")))

    def _model(self) -> RowsModel[PlannedVisit]:
        shown: tuple[Column[PlannedVisit], ...] = (
            Column(mark("Day"), lambda v: formats.day(v.on, self._today), self._order, width=144),
            Column(mark("Time"), lambda v: v.start_time or formats.NONE,
                   lambda v: (v.start_time or _UNTIMED, *self._order(v)), width=76),
            Column(mark("Store"), lambda v: v.account, lambda v: v.account, hint=lambda v: v.account),
            Column(mark("Grade"), lambda v: v.grade, lambda v: (v.grade, *self._order(v)), width=72),
            Column(mark("Status"), told, lambda v: (list(StopState).index(v.state), *self._order(v)),
                   width=196, hint=lambda v: v.reason),
            Column(mark("Accompanied by"), lambda v: v.partner or formats.NONE,
                   lambda v: (not v.partner, v.partner, *self._order(v)), width=132),
        )  # fmt: skip
        return RowsModel(shown, key=lambda visit: visit.plan_id)

    def _order(self, visit: PlannedVisit) -> tuple[date, int]:
        return visit.on, self._places.get(visit.plan_id, 0)

    def show_days(self, days: Sequence[DayPlan], today: date) -> None:
        """Show the visits of these days, each day in its order."""
        self._today = today
        rows = [stop for day in days for stop in day.stops]
        self._places = {stop.plan_id: place for place, stop in enumerate(rows)}
        self.model.show_rows(rows)
        self.setCurrentIndex(0 if rows else 1)


class _Table(RowTable):
    """A table whose rows are also asked and sent by keys."""

    _ASK: ClassVar = (Qt.Key.Key_Menu, Qt.Key.Key_Space)

    def __init__(self, model: RowsModel[PlannedVisit], owner: WeekList) -> None:
        cells: dict[int, Draw] = {2: _draw_store, _STATE: _draw_state}
        super().__init__(model, _ROW, name=tr("Visits of the week"), cells=cells, sortable=True)
        self._owner = owner
        self.opened.connect(owner.opened.emit)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask)

    def _ask(self, where: QPoint) -> None:
        if self.row() is not None:
            self._owner.asked.emit(self.row(), self.viewport().mapToGlobal(where))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, visit = Qt.Key(event.key()), self.row()
        if visit is not None and key in self._ASK:
            self._ask(self.visualRect(self.currentIndex()).center())
        elif visit is not None and Qt.Key.Key_1 <= key <= Qt.Key.Key_7 and not event.modifiers():
            self._owner.sent.emit(visit, key - Qt.Key.Key_1)
        else:
            super().keyPressEvent(event)


def told(visit: PlannedVisit) -> str:
    """Return how a visit stands, with why it is not made or where it went."""
    state = tr(cards.STATES[visit.state][1])
    if visit.state in _FAINT:
        return cards.told(visit) if visit.moved_to or not visit.reason else f"{state} · {visit.reason}"
    return state


def _draw_store(cell: Cell) -> None:
    faint = cell.row.state in _FAINT
    cell.text(cell.said, 14, SEMIBOLD, "text2" if faint else "text")


def _draw_state(cell: Cell) -> None:
    status, _ = cards.STATES[cell.row.state]
    paint.status(cell.painter, status, cell.rect.x(), cell.rect.center().y() - 8, 16)
    cell.rect = cell.rect.adjusted(24, 0, 0, 0)
    cell.text(cell.said, 13, 400, "bad" if cell.row.state is StopState.OVERDUE else "text2")
