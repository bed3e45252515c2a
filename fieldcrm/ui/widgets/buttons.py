"""Buttons by kind, segmented controls and filter chips.

Labels are verbs. The one primary button of a screen is not disabled when something is
missing: write what is missing beside it and jump to the first gap; ``set_running`` is the
only reason to disable it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from fieldcrm.ui import theme
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.theme import font
from fieldcrm.ui.tokens import CONTROL, REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.flow import FlowLayout

_GAP = 8
_ICON_TONE = {
    "primary": "onAccent", "destroy": "onBad", "danger": "bad", "link": "accent",
}  # fmt: skip


class Button(QPushButton):
    """A button of one kind: primary, default, ghost, danger, destroy, link."""

    def __init__(
        self, text: str, kind: str = "default", icon: str = "", *, height: int = CONTROL,
        on_click: Callable[[], object] | None = None, wide: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(text)
        self._kind = kind
        self.is_running = False
        self.setProperty("kind", kind)
        self.setCursor(Qt.CursorShape.PointingHandCursor if kind == "link" else Qt.CursorShape.ArrowCursor)
        self.setFont(font(15 if height > 44 else 14, SEMIBOLD if kind in ("primary", "destroy") else REGULAR))
        self.setFixedHeight(height)
        self.setAutoDefault(False)
        if kind == "link":
            self.setFont(font(13))
        if icon:
            self.show_icon(icon)
        if wide:
            self.setMinimumWidth(wide)
        if on_click is not None:
            self.clicked.connect(lambda: on_click())

    def show_icon(self, name: str, tone: str = "") -> None:
        """Show an icon before the text."""
        self.setIcon(theme.icon(name, tone or _ICON_TONE.get(self._kind, "text2")))
        self.setIconSize(QSize(22 if self.text() else 18, 18))

    def set_running(self, running: bool) -> None:
        """Take no presses while what was asked for is being done; its key is asked to mind ``is_running``."""
        self.is_running = running
        self.setEnabled(not running)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width() + (4 if not self.icon().isNull() and self.text() else 0), hint.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)


class IconButton(Button):
    """A square button that shows only an icon; ``name`` is its tooltip and accessible name."""

    def __init__(
        self, icon: str, name: str, on_click: Callable[[], object] | None = None, *,
        size: int = CONTROL, quiet: bool = False, tone: str = "text2",
    ) -> None:  # fmt: skip
        super().__init__("", "quiet" if quiet else "icon", "", height=size, on_click=on_click)
        self.show_icon(icon, tone)
        self.setFixedWidth(size)
        self.setToolTip(name)
        self.setAccessibleName(name)


class Segments(QFrame):
    """A choice of one among a few words; arrow keys move it."""

    chosen = Signal(object)

    def __init__(
        self, choices: Sequence[tuple[object, str]], *, height: int = 32, current: object = None,
        even: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.setProperty("surface", "sunken")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 4, 4, 4)
        self._row.setSpacing(4)
        self._group = QButtonGroup(self)
        self._height, self._even = height, even
        self._keys: list[object] = []
        self.show_choices(choices, current)
        self._group.idClicked.connect(lambda number: self.chosen.emit(self._keys[number]))

    def show_choices(self, choices: Sequence[tuple[object, str]], current: object = None) -> None:
        """Offer other words; the same number of choices keeps the buttons and the focus."""
        if len(choices) != len(self._keys):
            self._rebuild(len(choices))
        self._keys = [key for key, _ in choices]
        for number, (_, text) in enumerate(choices):
            self._group.button(number).setText(text)
        self.choose(current)

    def _rebuild(self, number: int) -> None:
        for button in self._group.buttons():
            self._group.removeButton(button)
            self._row.removeWidget(button)
            button.deleteLater()
        for place in range(number):
            button = Button("", "segment", height=self._height)
            button.setCheckable(True)
            if self._even:
                button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._group.addButton(button, place)
            self._row.addWidget(button, 1 if self._even else 0)

    def choose(self, key: object) -> None:
        """Show ``key`` as chosen without telling anybody; None shows no choice."""
        self._group.setExclusive(False)
        for number, each in enumerate(self._keys):
            self._group.button(number).setChecked(each == key and key is not None)
        self._group.setExclusive(True)

    def button(self, key: object) -> QPushButton:
        """Return the button of one choice."""
        found = self._group.button(self._keys.index(key))
        assert isinstance(found, QPushButton)  # noqa: S101 - for the type checker
        return found

    @property
    def current(self) -> object:
        """What is chosen now, or None."""
        number = self._group.checkedId()
        return self._keys[number] if number >= 0 else None


class Chips(QWidget):
    """Filters with their counts: one is on, or with ``several`` any number.

    They run on into further rows; with ``one_row`` what does not fit is offered by a menu at the end
    instead, and what is on always stands in the row.
    """

    changed = Signal()

    def __init__(
        self, chips: Sequence[tuple[object, str]] = (), *, several: bool = False, current: object = None,
        one_row: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self._several = several
        self._flow = FlowLayout(self, _GAP)
        self._buttons: dict[object, Button] = {}
        self.more = Button(tr("More"), "chip", "chevron-down", height=32, on_click=self._offer)
        self.more.setFont(font(13))
        self.more.setParent(self)
        self.more.setVisible(False)
        self._one_row = one_row
        self.show_chips(chips)
        if current is not None:
            self.choose(current)

    def show_chips(self, chips: Sequence[tuple[object, str]]) -> None:
        """Offer these filters; those that stay keep their state."""
        keys = [key for key, _ in chips]
        if keys != list(self._buttons):
            on = self.chosen()
            self._rebuild(keys)
            for key in on:
                if key in self._buttons:
                    self._buttons[key].setChecked(True)
        for key, text in chips:
            if text != self._buttons[key].text():
                self._buttons[key].setText(text)
                self._buttons[key].updateGeometry()
        self._fit()

    def _rebuild(self, keys: Sequence[object]) -> None:
        for button in self._buttons.values():
            self._flow.removeWidget(button)
            button.deleteLater()
        self._buttons = {}
        for key in keys:
            button = Button("", "chip", height=32)
            button.setCheckable(True)
            button.setFont(font(13))
            button.clicked.connect(lambda _on=False, key=key: self._on_clicked(key))
            self._buttons[key] = button
            self._flow.addWidget(button)
        self._flow.removeWidget(self.more)
        self._flow.addWidget(self.more)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Show what fits into the row, and the menu if that is not all."""
        if not self._one_row:
            return
        wide = {key: button.sizeHint().width() + _GAP for key, button in self._buttons.items()}
        shown = list(wide)
        if sum(wide.values()) - _GAP > self.width():
            on = self.chosen()
            room = self.width() - self.more.sizeHint().width() - sum(wide[key] for key in on)
            shown = [key for key in shown if key in on or (room := room - wide[key]) >= 0]
        for key, button in self._buttons.items():
            button.setVisible(key in shown)
        self.more.setVisible(len(shown) < len(self._buttons))

    def _offer(self) -> None:
        menu = QMenu(self)
        for key, button in self._buttons.items():
            if button.isHidden():
                menu.addAction(button.text(), partial(self._on_clicked, key))
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _on_clicked(self, key: object) -> None:
        if not self._several:
            self.choose(key)
        self.changed.emit()

    def choose(self, key: object) -> None:
        """Turn one filter on and the others off, without telling anybody."""
        for each, button in self._buttons.items():
            button.setChecked(each == key)
        self._fit()

    def choose_all(self, keys: Sequence[object]) -> None:
        """Turn exactly these filters on, without telling anybody."""
        for each, button in self._buttons.items():
            button.setChecked(each in keys)

    def chosen(self) -> list[object]:
        """Return the filters that are on."""
        return [key for key, button in self._buttons.items() if button.isChecked()]

    @property
    def current(self) -> object:
        """The filter that is on, or None."""
        return next(iter(self.chosen()), None)
