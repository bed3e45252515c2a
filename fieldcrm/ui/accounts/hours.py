"""Opening hours: one line per window, with the days as seven small buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.rules.opening import WEEK, Window
from fieldcrm.ui.accounts import words
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.theme import font
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import row
from fieldcrm.ui.widgets.labels import Label
from fieldcrm.ui.widgets.typing import LineField

_USUAL = Window(WEEK, "08:00", "21:00")


class HoursField(QWidget):
    """Any number of windows; none means that nobody knows."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[_Row] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._add = Button(tr("Add hours"), "link", "plus", height=28, on_click=self._add_usual)
        self._layout.addLayout(row(self._add, None))

    def show_windows(self, windows: Sequence[Window]) -> None:
        """Show these windows."""
        for old in self._rows:
            self._layout.removeWidget(old)
            old.deleteLater()
        self._rows = []
        for window in windows:
            self._insert(window)

    def stored(self) -> list[dict[str, Any]]:
        """Return the stored form of what is typed."""
        return [line.typed().as_json() for line in self._rows]

    def _add_usual(self) -> None:
        self._insert(_USUAL)
        self._rows[-1].opens.setFocus()
        self.changed.emit()

    def _insert(self, window: Window) -> None:
        line = _Row(window)
        line.changed.connect(self.changed.emit)
        line.removed.connect(lambda: self._remove(line))
        self._layout.insertWidget(len(self._rows), line)
        self._rows.append(line)

    def _remove(self, line: _Row) -> None:
        self._rows.remove(line)
        self._layout.removeWidget(line)
        line.deleteLater()
        self.changed.emit()

    def setFocus(self) -> None:  # type: ignore[override]
        (self._rows[0].opens if self._rows else self._add).setFocus()


class _Row(QWidget):
    """One window."""

    changed = Signal()
    removed = Signal()

    def __init__(self, window: Window) -> None:
        super().__init__()
        self._days = [self._day(day, day in window.days) for day in WEEK]
        self.opens = LineField(window.open, name=tr("Opens"))
        self.closes = LineField(window.close, name=tr("Closes"))
        for line in (self.opens, self.closes):
            line.setFixedWidth(72)
            line.left.connect(self.changed.emit)
        remove = IconButton("close", tr("Remove these hours"), self.removed.emit, quiet=True)
        self.setLayout(row(*self._days, 8, self.opens, Label("–", 14), self.closes, remove, None, gap=4))

    def _day(self, day: int, on: bool) -> Button:
        button = Button(tr(words.WEEKDAYS[day - 1]), "chip", height=32)
        button.setFont(font(13))
        button.setFixedWidth(52)
        button.setCheckable(True)
        button.setChecked(on)
        button.clicked.connect(lambda _on: self.changed.emit())
        return button

    def typed(self) -> Window:
        """Return what is typed; ``8:30`` becomes ``08:30``."""
        days = tuple(day for day, button in zip(WEEK, self._days, strict=True) if button.isChecked())
        return Window(days, _time(self.opens.text()), _time(self.closes.text()))


def _time(text: str) -> str:
    plain = text.strip().replace("：", ":").replace("点", ":00").replace(".", ":")
    hours, _, minutes = plain.partition(":")
    return f"{hours.zfill(2)}:{minutes.zfill(2)}" if hours.isdigit() and minutes.isdigit() else plain
