"""Choosing out of a long list: one search, ticks by Space or Enter, everything without the pointer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.prices import choices
from fieldcrm.ui.prices.choices import Choice
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.widgets.buttons import Button, Chips
from fieldcrm.ui.widgets.frames import row
from fieldcrm.ui.widgets.labels import secondary
from fieldcrm.ui.widgets.lists import Cell, RowList
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import SearchField

_ROW, _SHOWN = 52, 6
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PickDialog(Dialog):
    """A list to choose from; with ``one`` the first choice is the answer."""

    def __init__(
        self, title: str, offered: Sequence[Choice], chosen: Sequence[str],
        done: Callable[[list[str]], object], *, one: bool = False, text: str = "",
        ask: Callable[[str, Callable[[Sequence[Choice]], object]], object] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(title, width=560)
        self._offered, self._done, self._one = offered, done, one
        self.chosen = dict.fromkeys(chosen)
        self.search = SearchField(tr("Code, name or pinyin"))
        self.search.setText(text)
        self.chips = Chips([("all", ""), ("chosen", "")], current="all")
        self.every = Button(tr("Choose all found"), "link", height=32, on_click=self.choose_all)
        named: Column[Choice] = Column("", lambda each: each.name or each.code)
        self.model: RowsModel[Choice] = RowsModel((named,), key=lambda each: each.code)
        self.list = RowList(self.model, self._draw, _ROW, name=title)
        self.list.setFixedHeight(_ROW * _SHOWN)
        self._ask = ask
        self.office = Button(
            tr("Search at the office"), "ghost", "cloud-search-outline", on_click=self.ask_office
        )
        if ask is None:
            self.office.hide()
        self._none = secondary(tr("Nothing is called so. Search by another word."))
        line = row(self.chips, None, self.every, gap=8)
        if one:
            self.chips.hide()
            self.every.hide()
        self.add(self.search, line, self._none, self.list, row(self.office, None))
        self.button(tr("Cancel"))
        self.take = self.button(
            tr("Choose it") if one else tr("Choose them"), "primary", self.finish, stays=True
        )
        self.search.settled.connect(lambda _text: self.show_found())
        self.chips.changed.connect(self.show_found)
        self.list.opened.connect(lambda _row: self.toggle())
        for each in (self.search, self.list):
            each.installEventFilter(self)

    def open(self, host: QWidget) -> None:
        """Show the list with the search ready for typing."""
        self.ask(host, focus=self.search)
        self.show_found()

    def show_found(self) -> None:
        """Show what fits the search, or what is chosen of it."""
        found = choices.found(self._offered, self.search.text())
        only = self.chips.current == "chosen"
        shown = [each for each in found if each.code in self.chosen] if only else found
        self.model.show_rows(shown)
        if self.list.row() is None:
            self.list.pick(0)
        self._none.setVisible(not shown)
        self.list.setVisible(bool(shown))
        self.chips.show_chips([
            ("all", tr("Found {n}", n=formats.count(len(found)))),
            ("chosen", ntr("{n} chosen", "{n} chosen", len(self.chosen))),
        ])  # fmt: skip
        self.every.setEnabled(bool(shown))

    def toggle(self) -> None:
        """Choose the current row, or let it go."""
        found: Choice | None = self.list.row()
        if found is None:
            return
        if self._one:
            self.chosen = {found.code: None}
            self.finish()
        elif found.code in self.chosen:
            del self.chosen[found.code]
        else:
            self.chosen[found.code] = None
        if not self._one:
            self.show_found()

    def choose_all(self) -> None:
        """Choose everything that is shown."""
        self.chosen |= dict.fromkeys(each.code for each in self.model.rows)
        self.show_found()

    def ask_office(self) -> None:
        """Look for what is not on this laptop."""
        if self._ask is not None:
            self.office.set_running(True)
            self._ask(self.search.text().strip(), self._show_more)

    def _show_more(self, offered: Sequence[Choice]) -> None:
        self.office.set_running(False)
        self._offered = offered
        self.show_found()

    def finish(self) -> None:
        """Answer with what is chosen."""
        if self._one and not self.chosen and (found := self.list.row()) is not None:
            self.chosen = {found.code: None}
        self.leave()
        self._done(list(self.chosen))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() == QEvent.Type.ShortcutOverride and _finishes(event):
            event.accept()  # else the page under the dialog would take it for its own
            return True
        return event.type() == QEvent.Type.KeyPress and self._on_key(watched, event)

    def _on_key(self, watched: QObject, event: QKeyEvent) -> bool:
        key, control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if _finishes(event):
            self.finish()
        elif watched is self.list and key == Qt.Key.Key_Space:
            self.toggle()
        elif watched is self.list and key == Qt.Key.Key_A and control and not self._one:
            self.choose_all()
        elif watched is self.search and key in _ENTER and not self.search.is_composing:
            self.search.settle_now()
            self.toggle()
            self.search.selectAll()
        elif watched is self.search and key == Qt.Key.Key_Down:
            self.list.setFocus()
        else:
            return False
        return True

    def _draw(self, cell: Cell) -> None:
        each: Choice = cell.row
        if not self._one:
            on = each.code in self.chosen
            sign = "checkbox-marked" if on else "checkbox-blank-outline"
            top = cell.rect.center().y() - 10
            paint.icon(cell.painter, sign, cell.rect.x(), top, 20, "accent" if on else "text3")
            cell.rect = cell.rect.adjusted(32, 0, 0, 0)
        more = [each.code, each.more] if each.name and each.name != each.code else [each.more]
        cell.two_lines(each.name or each.code, " · ".join(part for part in more if part), 400)


def _finishes(event: QKeyEvent) -> bool:
    return event.key() in _ENTER and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
