"""What every page of the shell is: it reloads when its entities change, keeps keys, and can be left.

A hidden page does not read; it reads once when it is shown again. Keys bound with ``bind``
work while the page is shown and appear in the list of shortcuts. Text fields take single
letters first, a focused button takes Space and Enter, and nothing reaches a page under an
overlay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QVBoxLayout, QWidget

from fieldcrm.ui.context import Context
from fieldcrm.ui.widgets.overlays import Overlay
from fieldcrm.ui.widgets.typing import takes_text

_PRESSES = frozenset({"Space", "Return", "Enter"})


class Page(QWidget):
    """Base of every page; give it ``watches`` and implement ``refresh``."""

    watches: frozenset[str] = frozenset()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.jobs = context.jobs
        self.keys: list[tuple[str, str]] = []
        self._stale = True
        self.setProperty("surface", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.outer = QVBoxLayout(self)
        self.outer.setContentsMargins(0, 0, 0, 0)
        self.outer.setSpacing(0)
        context.jobs.changed.connect(self._on_changed)

    def refresh(self) -> None:
        """Read again what is shown."""

    def show_place(self, **where: Any) -> None:
        """Show what ``shell.open`` was told; called before the page is shown."""

    def panes(self) -> list[QWidget]:
        """Return the widgets that F6 goes through."""
        return []

    def step_back(self) -> bool:
        """Handle Esc inside the page; False lets the shell go back."""
        return False

    def leaving(self) -> None:
        """Save what is half typed; called before another page is shown and before the end."""

    def bind(self, keys: str, act: Callable[[], object], words: str = "") -> QShortcut:
        """Let ``keys`` do ``act``; ``words`` puts it into the list of shortcuts."""
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.activated.connect(lambda: _run(keys, act))
        if words:
            self.keys.append((keys, words))
        return shortcut

    def refresh_soon(self) -> None:
        """Read again now if shown, else when shown."""
        if self.isVisible():
            self._stale = False
            self.refresh()
        else:
            self._stale = True

    def _on_changed(self, entities: frozenset[str]) -> None:
        if self.watches & entities:
            self.refresh_soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._stale = False
            self.refresh()


def _run(keys: str, act: Callable[[], object]) -> None:
    focus = QApplication.focusWidget()
    if _under_overlay(focus):
        return
    if keys in _PRESSES and isinstance(focus, QAbstractButton):
        focus.click()
    elif not takes_text(focus) or (len(keys) > 1 and keys not in _PRESSES):
        act()


def _under_overlay(widget: QWidget | None) -> bool:
    while widget is not None:
        if isinstance(widget, Overlay):
            return True
        widget = widget.parentWidget()
    return False
