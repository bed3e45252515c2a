"""Adding a store to today: those due first, those near, or any by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.rules.positions import Position
from fieldcrm.services import candidates
from fieldcrm.services.candidates import Candidate
from fieldcrm.storage import search
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.today import words
from fieldcrm.ui.tokens import REGULAR
from fieldcrm.ui.widgets.buttons import Chips
from fieldcrm.ui.widgets.labels import secondary
from fieldcrm.ui.widgets.lists import Cell, RowList
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import SearchField

DUE, NEAR = "due", "near"
_FOUND = 50


class AddStore(Dialog):
    """A search over two short lists; Enter adds the store that is chosen."""

    def __init__(self, context: Context, here: Position | None, add: Callable[[UUID], object]) -> None:
        super().__init__(tr("Add a store to today"), width=640)
        self._context, self._here, self._add, self._today = context, here, add, context.today()
        self.search = SearchField(tr("Name, code, address or phone"))
        kinds = [(DUE, tr("Due"))] + ([(NEAR, tr("Near me"))] if here is not None else [])
        self._chips = Chips(kinds, current=DUE)
        said: Column[Candidate] = Column("", lambda row: f"{row.name}, {self._fact(row)}")
        self.model: RowsModel[Candidate] = RowsModel((said,), key=lambda row: row.account_id)
        self.list = RowList(self.model, self._draw, 56, name=tr("Stores"))
        self.list.setFixedHeight(56 * 6)
        self._none = secondary("")
        Dialog.add(self, self.search, self._chips, self._none, self.list)
        self.button(tr("Cancel"))
        self.button(tr("Add store"), "primary", self._press, stays=True)
        self.search.settled.connect(lambda _text: self.read())
        self.search.returnPressed.connect(self._press)
        self._chips.changed.connect(self._on_kind)
        self.list.opened.connect(lambda _row: self._press())

    def open(self, host: QWidget) -> None:
        """Show the dialog with the stores that are due."""
        self.ask(host, focus=self.search)
        self.read()

    def read(self) -> None:
        """Read what fits the search, or the chosen list without one."""
        text, kind = self.search.text().strip(), str(self._chips.current)
        me, on, here = self._context.me, self._today, self._here

        def wanted(session: Session) -> list[Candidate]:
            if text:
                found = search.find(session, "account", text, _FOUND)
                return candidates.named(session, me.id, on, found, here)
            if kind == NEAR and here is not None:
                return candidates.near(session, me.id, on, here, _FOUND)
            return candidates.due(session, me.id, me.territory_id, on, here, _FOUND)

        self._context.jobs.read(self, wanted, self._show)

    def _show(self, found: list[Candidate]) -> None:
        self.model.show_rows(found)
        self.list.pick(0)
        self._none.show_text(
            ""
            if found
            else tr("No store fits. Search by another word.")
            if self.search.text().strip()
            else tr("No store is due. Search by name.")
        )
        self._none.setVisible(not found)

    def _on_kind(self) -> None:
        self.search.clear()
        self.read()

    def _press(self) -> None:
        row: Candidate | None = self.list.row()
        if row is None:
            self.search.setFocus()
            return
        self.leave()
        self._add(row.account_id)

    def _fact(self, row: Candidate) -> str:
        if row.due_on is not None:
            return _due(row.due_on, self._today)
        if row.distance_m is not None:
            return formats.distance(row.distance_m)
        return ""

    def _draw(self, cell: Cell) -> None:
        row: Candidate = cell.row
        last = tr("never visited")
        if row.last_visit_on is not None:
            last = tr("last visit {day}", day=formats.days_ago(row.last_visit_on, self._today))
        name = QRectF(cell.rect.x(), cell.rect.y(), cell.rect.width() - 140, cell.rect.height())
        under = " · ".join(word for word in (words.kind(row.channel, row.grade), row.address, last) if word)
        cell.rect = name
        cell.two_lines(row.name, under)
        right = QRectF(name.right(), name.y(), 140, name.height())
        paint.text(cell.painter, right, self._fact(row), 13, REGULAR, "text2", paint.RIGHT)


def _due(due_on: date, today: date) -> str:
    if due_on >= today:
        return tr("due today")
    return tr("due {day}", day=formats.days_ago(due_on, today))
