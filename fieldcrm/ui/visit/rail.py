"""The steps of a visit at the left: done, here, ahead, with gaps marked after they were left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPen

from fieldcrm.ui import paint
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.theme import color
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.frames import ListPane, row
from fieldcrm.ui.widgets.labels import Label
from fieldcrm.ui.widgets.lists import Cell, RowList

WIDTH, _ROW = 248, 60


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step as the rail shows it."""

    key: str
    number: int
    title: str
    fact: str
    complete: bool
    gap: bool
    last: bool

    def spoken(self) -> str:
        """Return the row for a screen reader."""
        state = tr("done") if self.complete else tr("something is missing") if self.gap else ""
        return ", ".join(word for word in (self.title, self.fact, state) if word)


class Rail(ListPane):
    """The list of steps with how many are done."""

    def __init__(self) -> None:
        said: Column[StepRow] = Column("", StepRow.spoken)
        self.model: RowsModel[StepRow] = RowsModel((said,), key=lambda step: step.key)
        self.list = RowList(self.model, _draw, _ROW, name=tr("Steps"), inset=12, lines=False)
        self._count = Label("", 13, SEMIBOLD, "text2")
        head = row(Label(tr("Steps"), 13, SEMIBOLD, "text2"), None, self._count, margins=(24, 0, 20, 0))
        super().__init__(head, self.list, width=WIDTH, gap=8, margins=(0, 20, 1, 16))

    def show_steps(self, steps: Sequence[StepRow], here: str) -> None:
        """Show the steps and where the rep is."""
        self.list.blockSignals(True)
        self.model.show_rows(steps)
        self.list.pick(next((n for n, step in enumerate(steps) if step.key == here), 0))
        self.list.blockSignals(False)
        self._count.show_text(f"{sum(step.complete for step in steps)} / {len(steps)}")


def _draw(cell: Cell) -> None:
    step: StepRow = cell.row
    painter, rect = cell.painter, cell.rect
    middle = QPointF(rect.x() + 28, rect.center().y())
    if not step.last:
        painter.setPen(QPen(color("line"), 2))
        painter.drawLine(middle + QPointF(0, 15), QPointF(middle.x(), rect.bottom()))
    if step.number > 1:
        painter.setPen(QPen(color("line"), 2))
        painter.drawLine(middle - QPointF(0, 15), QPointF(middle.x(), rect.top()))
    _sign(cell, step, middle)
    left = rect.x() + 52
    title = QRectF(left, rect.y() + 10, rect.right() - left - 4, 20)
    fact = QRectF(left, rect.y() + 31, rect.right() - left - 4, 18)
    paint.text(painter, title, step.title, 14, SEMIBOLD if cell.selected else REGULAR)
    paint.text(painter, fact, step.fact, 12, REGULAR, "warn" if step.gap else "text3")


def _sign(cell: Cell, step: StepRow, middle: QPointF) -> None:
    painter = cell.painter
    if step.complete and not cell.selected:
        paint.icon(painter, "check-circle", middle.x() - 12, middle.y() - 12, 24, "ok")
        return
    if step.gap and not cell.selected:
        paint.icon(painter, "alert", middle.x() - 11, middle.y() - 12, 22, "warn")
        return
    disc = QRectF(middle.x() - 12, middle.y() - 12, 24, 24)
    fill, border = ("accent", "accent") if cell.selected else ("card", "lineStrong")
    paint.box(painter, disc, 12, fill, border, 2)
    ink = "onAccent" if cell.selected else "text2"
    if step.complete:
        paint.icon(painter, "check", disc.x() + 4, disc.y() + 4, 16, ink)
    else:
        paint.text(painter, disc, str(step.number), 12, SEMIBOLD, ink, paint.CENTRE)
