"""A hand on the real windows: finds what a person would look for, presses, types, waits.

Widgets are found by what they say (text or accessible name) in the language shown, so a
journey breaks when a person could no longer find the way.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QPlainTextEdit, QWidget

from fieldcrm.ui.i18n import tr

WAIT_S = 60.0
Kind = TypeVar("Kind", bound=QWidget)


class Lost(AssertionError):
    """Something that a person would have found is not there; says what is."""


class Hand:
    """Works one application window; its pictures are numbered on from those in the folder."""

    def __init__(self, window: QWidget, pictures: Path, who: str = "") -> None:
        self.window = window
        self.pictures = pictures
        self._who = f"{who}-" if who else ""

    def wait(self, done: Callable[[], object], what: str, seconds: float = WAIT_S) -> None:
        """Let the application run until ``done`` or raise ``Lost``."""
        end = time.monotonic() + seconds
        while not done():
            QApplication.processEvents()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            if time.monotonic() > end:
                self.picture("lost")
                raise Lost(f"waited {seconds:.0f} s for {what}; shown: {self.said()}")
            time.sleep(0.005)
        self.settle()

    def settle(self) -> None:
        """Deliver what is queued."""
        for _ in range(3):
            QApplication.processEvents()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def find(self, kind: type[Kind], name: str = "", *, within: QWidget | None = None) -> Kind | None:
        """Return the visible widget of this kind that says ``name``, or None."""
        for widget in (within or self.window).findChildren(kind):
            if widget.isVisible() and (not name or name in _sayings(widget)):
                return widget
        return None

    def see(self, kind: type[Kind], name: str = "", seconds: float = WAIT_S) -> Kind:
        """Return it as soon as it is there."""
        self.wait(lambda: self.find(kind, name), f"{kind.__name__} “{name}”", seconds)
        found = self.find(kind, name)
        if found is None:
            raise Lost(name)
        return found

    def press(self, message: str, seconds: float = WAIT_S, **values: object) -> None:
        """Click the button with this text (English message id, shown in any language)."""
        text = tr(message, **values)
        self.wait(lambda: self._enabled(text), f"button “{text}”", seconds)
        button = self.find(QAbstractButton, text)
        if button is None:
            raise Lost(text)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.settle()

    def press_widget(self, button: QAbstractButton) -> None:
        """Click this button once it can be pressed."""
        self.wait(lambda: button.isVisible() and button.isEnabled(), f"button “{button.text()}”")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.settle()

    def _enabled(self, text: str) -> bool:
        button = self.find(QAbstractButton, text)
        return button is not None and button.isEnabled()

    def type_into(self, message: str, text: str, **values: object) -> None:
        """Replace what stands in the field of this name."""
        name = tr(message, **values)
        field = self.find(QLineEdit, name) or self.find(QPlainTextEdit, name) or self.see(QLineEdit, name)
        field.setFocus()
        if isinstance(field, QLineEdit):
            field.clear()
            QTest.keyClicks(field, text) if text.isascii() else field.insert(text)
        else:
            field.setPlainText(text)
        self.settle()

    def key(self, keys: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the focus is."""
        QTest.keyClick(QApplication.focusWidget() or self.window, keys, modifiers)
        self.settle()

    def picture(self, name: str) -> Path:
        """Save what is on the screen, numbered."""
        self.settle()
        self.pictures.mkdir(parents=True, exist_ok=True)
        number = sum(1 for _ in self.pictures.glob("[0-9]*.png")) + 1
        file = self.pictures / f"{number:02d}-{self._who}{name}.png"
        self.window.grab().save(str(file))
        return file

    def said(self) -> str:
        """Return the words on the screen, for a message when the way is lost."""
        words = [next(iter(_sayings(w)), "") for w in self.window.findChildren(QWidget) if w.isVisible()]
        return " | ".join(dict.fromkeys(word for word in words if word))[:1500]


def _sayings(widget: QWidget) -> list[str]:
    said = [widget.accessibleName(), widget.toolTip()]
    text = getattr(widget, "text", None)
    if callable(text):
        said.insert(0, str(text()))
    return [word.strip() for word in said if word]
