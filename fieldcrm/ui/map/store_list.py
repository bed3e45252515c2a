"""The stores in view as a list: what the map shows, for keys and for screen readers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from fieldcrm.ui import paint
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.map.crowd import Crowd
from fieldcrm.ui.paint import Status
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.widgets.lists import Cell, RowList

MOST = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One store of the map; ``number`` is its place in the crowd."""

    number: int
    name: str
    due: bool


class StoreList(RowList):
    """At most ``MOST`` stores, those that are due first; Space chooses, Enter opens."""

    turned = Signal(int)

    def __init__(self) -> None:
        said: Column[Entry] = Column("", self._said)
        self._entries: RowsModel[Entry] = RowsModel((said,), key=lambda entry: entry.number)
        self._chosen: frozenset[int] = frozenset()
        super().__init__(self._entries, self._draw, 40, name=tr("Stores in view"), inset=8)

    def show_stores(self, crowd: Crowd, numbers: Sequence[int], chosen: Iterable[int]) -> None:
        """Show these stores of the crowd."""
        points = crowd.points
        ranked = sorted(numbers, key=lambda n: (not points.due[n], points.names[n]))[:MOST]
        self._chosen = frozenset(chosen)
        self._entries.show_rows([Entry(n, points.names[n], points.due[n]) for n in ranked])

    def show_chosen(self, chosen: Iterable[int]) -> None:
        """Tick the chosen stores."""
        self._chosen = frozenset(chosen)
        self.viewport().update()

    def _said(self, entry: Entry) -> str:
        facts = [
            entry.name,
            tr("due") if entry.due else "",
            tr("chosen") if entry.number in self._chosen else "",
        ]
        return ", ".join(filter(None, facts))

    def _draw(self, cell: Cell) -> None:
        entry: Entry = cell.row
        chosen = entry.number in self._chosen
        icon, tone = ("checkbox-marked", "accent") if chosen else ("checkbox-blank-outline", "text3")
        paint.icon(cell.painter, icon, cell.rect.x(), cell.rect.center().y() - 10, 20, tone)
        words = QRectF(cell.rect).adjusted(28, 0, -24 if entry.due else 0, 0)
        paint.text(cell.painter, words, entry.name, 13)
        if entry.due:
            paint.status(cell.painter, Status.DUE, cell.rect.right() - 18, cell.rect.center().y() - 8, 16)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        entry = self.row()
        if event.key() == Qt.Key.Key_Space and entry is not None:
            self.turned.emit(entry.number)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        entry = self.row()
        if entry is not None and event.position().x() < 40:
            self.turned.emit(entry.number)
