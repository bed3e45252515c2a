"""The shell around the pages: sidebar, page stack, back stack, keys, toasts, the error bar.

Pages are made when first opened and kept. ``rebuild`` makes them anew after a change of
language or theme, at the same place. Overlays are children of the window.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from fieldcrm.ui import sections, theme
from fieldcrm.ui.context import Context
from fieldcrm.ui.error_bar import ErrorBar
from fieldcrm.ui.find import FindAnything
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.sections import Section
from fieldcrm.ui.shortcuts import shortcuts_sheet
from fieldcrm.ui.sidebar import Sidebar
from fieldcrm.ui.tokens import RAIL_BELOW
from fieldcrm.ui.widgets.overlays import Overlay, Toast

Place = tuple[str, dict[str, object]]


class ShellView(QWidget):
    """Everything a signed-in person sees; implements ``context.Shell``."""

    sync_wanted = Signal()
    leave_wanted = Signal(bool, bool)  # wipe, force
    moved = Signal(str)  # the key of the page that is shown now

    def __init__(self) -> None:
        super().__init__()
        self._context: Context | None = None
        self._sidebar: Sidebar | None = None
        self._pages: dict[str, Page] = {}
        self._trail: list[Place] = []
        self._toast: Toast | None = None
        self._stack = QStackedWidget()
        self.error_bar = ErrorBar()
        right = QVBoxLayout()
        right.setSpacing(0)
        self._bars = QVBoxLayout()
        right.addLayout(self._bars)
        right.addWidget(self.error_bar)
        right.addWidget(self._stack, 1)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addLayout(right, 1)
        self._keys()

    def start(self, context: Context, at: str = "") -> None:
        """Show the sections this person has and go to the first, or to ``at``."""
        self._context = context
        context.jobs.changed.connect(self._on_changed)
        context.jobs.failed.connect(self.show_error)
        context.jobs.broken.connect(self.show_error)
        self._furnish()
        self.open(at or self._sections()[0].key)

    def add_bar(self, bar: QWidget) -> None:
        """Keep a bar above every page."""
        self._bars.addWidget(bar)

    def rebuild(self) -> None:
        """Make everything anew, as after a change of language, at the same place."""
        key, where = self._trail.pop()
        for made in self._pages.values():
            made.leaving()
            self._stack.removeWidget(made)
            made.deleteLater()
        self._pages.clear()
        self.error_bar.leave()
        self._furnish()
        self.open(key, **where)

    def _furnish(self) -> None:
        if self._sidebar is not None:
            self._row.removeWidget(self._sidebar)
            self._sidebar.deleteLater()
        self._sidebar = Sidebar(self.context, self._sections())
        self._sidebar.chosen.connect(lambda key: self.open(key))
        self._sidebar.set_narrow(self.width() < RAIL_BELOW)
        self._row.insertWidget(0, self._sidebar)
        self._count(self._sections())

    @property
    def context(self) -> Context:
        """What the pages are given."""
        if self._context is None:
            raise RuntimeError("the shell has not started")
        return self._context

    @property
    def page(self) -> Page:
        """The page that is shown."""
        shown = self._stack.currentWidget()
        if not isinstance(shown, Page):
            raise RuntimeError("no page is shown")
        return shown

    @property
    def place(self) -> str:
        """The key of the page that is shown."""
        return self._trail[-1][0]

    def _sections(self) -> list[Section]:
        return sections.visible(self.context.me.role)

    def open(self, key: str, **where: object) -> None:
        """Go to a page; the sidebar's sections begin a new way back."""
        if not any(section.key == key for section in sections.SECTIONS):
            return
        section = sections.find(key)
        if section.icon:
            self._trail.clear()
        elif self._trail and self._trail[-1][0] == key:
            self._trail.pop()
        self._trail.append((key, where))
        self._show(section, where)

    def back(self) -> None:
        """Go to the page before; at a section there is none."""
        if len(self._trail) < 2:
            home = sections.find(self.place).under or self._sections()[0].key
            if not sections.find(self.place).icon:
                self.open(home)
            return
        self._trail.pop()
        key, where = self._trail[-1]
        self._show(sections.find(key), where)

    def _show(self, section: Section, where: dict[str, object]) -> None:
        if isinstance(self._stack.currentWidget(), Page):
            self.page.leaving()
        page = self._pages.get(section.key)
        if page is None:
            page = self._pages[section.key] = section.factory(self.context)
            self._stack.addWidget(page)
        page.show_place(**where)
        chosen: QWidget | None = page.focusWidget()  # else the stack would focus whatever comes first
        self._stack.setCurrentWidget(page)
        focus = QApplication.focusWidget()
        if focus is None or not page.isAncestorOf(focus) or (chosen is None and page.focusProxy()):
            page.setFocus()
        if self._sidebar is not None:
            self._sidebar.show_current(section.key if section.icon else self._home(section))
        self.moved.emit(section.key)

    def _home(self, section: Section) -> str:
        """Return the section to light up: where the person came from, unless the page is nobody's."""
        if not section.under:
            return ""
        shown = {each.key for each in self._sections()}
        for key, _ in reversed(self._trail):
            if key in shown:
                return key
        return section.under

    def toast(self, text: str, undo: Callable[[], object] | None = None, action: str = "") -> None:
        """Say something at the bottom; one toast at a time."""
        if self._toast is not None:
            self._toast.leave()
        word = action or (tr("Undo") if undo is not None else "")
        toast = self._toast = Toast(self.window(), text, word, undo)
        toast.destroyed.connect(lambda: self._forget(toast))
        self._place_toast()
        toast.show()
        toast.raise_()

    def _forget(self, toast: Toast) -> None:
        if self._toast is toast:
            self._toast = None

    def _place_toast(self) -> None:
        if self._toast is not None:
            toast, window = self._toast, self.window()
            left = (window.width() - toast.width()) // 2
            toast.move(left, window.height() - toast.height() - 96)

    def show_error(self, error: Exception, retry: Callable[[], object] | None = None) -> None:
        """Say in the bar above the page what went wrong."""
        self.error_bar.show_error(error, retry)

    def relook(self) -> None:
        """Take on another language, theme or density at once."""
        app, settings = QApplication.instance(), self.context.settings
        if isinstance(app, QApplication):
            theme.apply(app, settings.theme, settings.language)
        self.rebuild()

    def leave(self, *, wipe: bool = False, force: bool = False) -> None:
        """Ask to be signed out, or wiped, after every page has saved what is half typed."""
        self.leaving()
        self.leave_wanted.emit(wipe, force)

    def sync_now(self) -> None:
        """Ask for a sync."""
        self.sync_wanted.emit()

    def leaving(self) -> None:
        """Let every page save what is half typed."""
        for page in self._pages.values():
            page.leaving()

    def find_anything(self) -> Overlay:
        """Open the search over everything."""
        panel = FindAnything(self.context, self.open)
        overlay = Overlay(self, panel, top=88)
        panel.done.connect(overlay.close_now)
        overlay.open()
        return overlay

    def show_shortcuts(self) -> Overlay:
        """Show the keys of this page and of the window."""
        overlay = Overlay(self, shortcuts_sheet(self.page.keys))
        overlay.open()
        return overlay

    def _keys(self) -> None:
        for number in range(1, 8):
            self._bind(f"Ctrl+{number}", partial(self._nth, number))
        self._bind("Ctrl+K", self.find_anything)
        self._bind("F6", lambda: self._next_pane(1))
        self._bind("Shift+F6", lambda: self._next_pane(-1))
        self._bind("Alt+Left", self.back)
        self._bind("?", self.show_shortcuts)
        self._bind("F1", lambda: self.open("manual"))

    def _bind(self, keys: str, act: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda: act())

    def _nth(self, number: int) -> None:
        shown = self._sections()
        if number <= len(shown):
            self.open(shown[number - 1].key)

    def _next_pane(self, step: int) -> None:
        panes = [
            pane for pane in (self._sidebar, *self.page.panes()) if pane is not None and pane.isVisible()
        ]
        focus = QApplication.focusWidget()
        inside = [n for n, pane in enumerate(panes) if focus is not None and _holds(pane, focus)]
        pane = panes[((inside[-1] if inside else 0) + step) % len(panes)]
        target = pane if pane.focusPolicy() & Qt.FocusPolicy.TabFocus else _first(pane)
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _count(self, wanted: list[Section]) -> None:
        counted = [section for section in wanted if section.count is not None]
        if not counted:
            return
        context = self.context

        def numbers(session: object) -> dict[str, int]:
            return {each.key: each.count(session, context) for each in counted if each.count is not None}

        context.jobs.read(self, numbers, self._show_counts)

    def _show_counts(self, numbers: dict[str, int]) -> None:
        for item in self._sidebar.items if self._sidebar is not None else ():
            if item.section.key in numbers:
                item.show_count(numbers[item.section.key])

    def _on_changed(self, entities: frozenset[str]) -> None:
        self._count([section for section in self._sections() if section.counts & entities])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._trail:
            if not self.page.step_back():
                self.back()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._sidebar is not None:
            self._sidebar.set_narrow(self.width() < RAIL_BELOW)
        self._place_toast()


def _holds(pane: QWidget, widget: QWidget) -> bool:
    return pane is widget or pane.isAncestorOf(widget)


def _first(pane: QWidget) -> QWidget:
    for child in pane.findChildren(QWidget):
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.isVisible() and child.isEnabled():
            return child
    return pane
