"""Choosing the store a new order is for."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.services import order_list
from fieldcrm.services.order_list import StoreRow
from fieldcrm.storage import search
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.widgets.labels import secondary
from fieldcrm.ui.widgets.lists import Cell, RowList
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import SearchField

_FOUND = 50


class StorePicker(Dialog):
    """A search over my stores; Enter takes the order for the chosen one."""

    def __init__(
        self, context: Context, chosen: Callable[[UUID], object], *, title: str = "", verb: str = ""
    ) -> None:
        super().__init__(title or tr("Who is the order for?"), width=560)
        self._context, self._chosen = context, chosen
        self.search = SearchField(tr("Name, code, address or phone"))
        said: Column[StoreRow] = Column("", lambda row: row.name)
        self.model: RowsModel[StoreRow] = RowsModel((said,))
        self.list = RowList(self.model, self._draw, 56, name=tr("Stores"))
        self.list.setFixedHeight(56 * 6)
        self._none = secondary(tr("No store fits. Search by another word."))
        self.add(self.search, self._none, self.list)
        self.button(tr("Cancel"))
        self.button(verb or tr("Take an order"), "primary", self._press, stays=True)
        self.search.settled.connect(lambda _text: self.read())
        self.search.returnPressed.connect(self._press)
        self.list.opened.connect(lambda _row: self._press())

    def open(self, host: QWidget) -> None:
        """Show the dialog with the stores ordered for lately."""
        self.ask(host, focus=self.search)
        self.read()

    def read(self) -> None:
        """Read what fits the search, or who ordered lately without one."""
        text, me = self.search.text().strip(), self._context.me.id

        def wanted(session: Session) -> list[StoreRow]:
            if not text:
                return order_list.recent_stores(session, me, _FOUND)
            return order_list.stores(session, search.find(session, "account", text, _FOUND))

        self._context.jobs.read(self, wanted, self._show)

    def _show(self, found: list[StoreRow]) -> None:
        self.model.show_rows(found)
        self.list.pick(0)
        self._none.setVisible(not found)

    def _press(self) -> None:
        row: StoreRow | None = self.list.row()
        if row is None:
            self.search.setFocus()
            return
        self.leave()
        self._chosen(row.id)

    def _draw(self, cell: Cell) -> None:
        row: StoreRow = cell.row
        cell.two_lines(row.name, row.address)
